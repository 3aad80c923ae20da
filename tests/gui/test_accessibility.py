"""Every control has a name for a screen reader, a focus for the keyboard, and goes through tr()."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

import facedesk.gui
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.enrol_wizard import EnrolWizard
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit
)  # fmt: skip
# Parts that Qt makes inside of its own controls; the control around them is the named one.
INNER = ("qt_", "ScrollLeftButton", "ScrollRightButton")


def own_controls(root: QWidget) -> list[QWidget]:
    return [
        widget
        for widget in root.findChildren(QWidget)
        if isinstance(widget, CONTROLS)
        and not widget.objectName().startswith(INNER)
        and not isinstance(widget.parent(), CONTROLS)
        and type(widget).__module__.startswith("facedesk") | (type(widget).__name__ in NAMED)
    ]


NAMED = ("QLineEdit", "QPlainTextEdit", "QToolButton", "QRadioButton")


def in_calendar(widget: QWidget) -> bool:
    parent: QWidget | None = widget
    while parent is not None:
        if type(parent).__name__.startswith("QCalendar"):
            return True
        parent = parent.parentWidget()
    return False


def name_of(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return widget.accessibleName() or interface.text(QAccessible.Text.Name)


def test_every_control_has_a_name_and_can_be_reached(desk: FakeDesk, window: MainWindow) -> None:
    ada = desk.add_person("Ada", samples=2)
    dialog = EnrolDialog(desk, window.bridge, window.pulse, window._theme, ada, window)  # type: ignore[arg-type]
    wizard = EnrolWizard(desk, window.bridge, window.pulse, window._theme, parent=window)  # type: ignore[arg-type]
    controls = [widget for widget in own_controls(window) if not in_calendar(widget)]
    assert len(controls) > 40
    nameless = [f"{type(w).__name__} {w.objectName()}" for w in controls if not name_of(w)]
    assert nameless == []
    unreachable = [
        name_of(w)
        for w in controls
        if w.isEnabled() and not w.focusPolicy() & Qt.FocusPolicy.TabFocus and not w.focusProxy()
    ]
    assert unreachable == []
    dialog.reject()
    wizard.reject()


def test_tab_goes_round_every_page(desk: FakeDesk, window: MainWindow) -> None:
    desk.add_person("Ada")
    window.people.refresh()
    for page in range(5):
        window.show_page(page)
        start = window.rail.buttons[0]
        start.setFocus()
        seen = []
        for _ in range(80):
            window.focusNextChild()
            focused = window.focusWidget()
            assert focused is not None
            if focused is start:
                break
            seen.append(focused)
        else:
            raise AssertionError(f"the focus never came round on page {page}")
        inside = [w for w in seen if window.pages.currentWidget().isAncestorOf(w)]
        assert inside, page


SHOWN_BY = {
    "label", "Button", "Line", "setText", "setWindowTitle", "setToolTip", "setPlaceholderText",
    "setAccessibleName", "setAccessibleDescription", "say", "addAction", "Notice", "show_idle",
    "confirm", "addItem", "Column",
}  # fmt: skip


@pytest.mark.parametrize(
    "module", sorted(Path(facedesk.gui.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_every_shown_sentence_goes_through_the_translation_door(module: Path) -> None:
    """A literal that starts like a sentence or has a space must not reach a widget untranslated."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    naked = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name not in SHOWN_BY:
            continue
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                text = argument.value
                if text[:1].isupper() or " " in text:
                    naked.append(f"line {argument.lineno}: {text}")
    assert naked == []
