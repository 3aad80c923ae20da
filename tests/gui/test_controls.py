import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from facedesk.gui.controls import Line, SearchChoice, Switch
from facedesk.gui.theme import Theme


@pytest.fixture
def room(qtbot: QtBot) -> QWidget:
    made = QWidget()
    QVBoxLayout(made)
    qtbot.addWidget(made)
    return made


def put(room: QWidget, widget: QWidget, qtbot: QtBot) -> None:
    layout = room.layout()
    assert layout is not None
    layout.addWidget(widget)
    room.show()
    qtbot.waitExposed(room)


def test_a_search_finds_the_middle_of_a_name_and_forgets_nonsense(
    theme: Theme, room: QWidget, qtbot: QtBot
) -> None:
    choice = SearchChoice(theme)
    for number, name in enumerate(("Everybody", "Ada Lindqvist", "Zoe Muller")):
        choice.addItem(name, number)
    other = QLineEdit()
    put(room, choice, qtbot)
    put(room, other, qtbot)
    line = choice.lineEdit()
    assert line is not None
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "mull")
    completer = choice.completer()
    assert completer is not None
    assert completer.completionCount() == 1
    assert completer.currentCompletion() == "Zoe Muller"
    completer.popup().hide()  # as a click elsewhere does
    room.activateWindow()
    qtbot.waitUntil(line.hasFocus)
    other.setFocus()
    assert choice.currentText() == "Everybody"
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "Zoe Muller")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert choice.currentData() == 2


def test_a_long_line_is_cut_and_says_all_of_it(room: QWidget, qtbot: QtBot) -> None:
    line = Line("A sentence that is much longer than the window is wide")
    put(room, line, qtbot)
    room.resize(120, 60)
    qtbot.waitUntil(lambda: line.text().endswith("…"))
    assert line.toolTip() == line.accessibleName() == line.said
    room.resize(900, 60)
    qtbot.waitUntil(lambda: line.text() == line.said)
    assert line.toolTip() == ""


def test_a_switch_is_switched_by_mouse_and_by_space(
    theme: Theme, room: QWidget, qtbot: QtBot
) -> None:
    switch = Switch(theme)
    put(room, switch, qtbot)
    off = switch.grab().toImage()
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert switch.isChecked()
    assert switch.grab().toImage() != off
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
