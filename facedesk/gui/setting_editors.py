"""The right control for each declared setting: switch, number with unit, choice, or text."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from facedesk.core.language import tr
from facedesk.gui.controls import Choice, Fraction, Switch, WholeNumber
from facedesk.gui.theme import Theme
from facedesk.settings import Declared


class Editor(QWidget):
    """Holds one control; `value` is what the setting would become. `edited` follows each change."""

    edited = Signal()

    def __init__(self, control: QWidget, about: Declared) -> None:
        super().__init__()
        self.control = control
        control.setAccessibleName(tr(about.label))
        control.setAccessibleDescription(tr(about.help))
        control.setFixedWidth(52 if isinstance(control, Switch) else 260)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignRight)
        self.setFocusProxy(control)

    @property
    def value(self) -> Any:
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        raise NotImplementedError

    def mark_wrong(self, wrong: bool) -> None:
        """A red ring; the words stand below the label."""
        if bool(self.control.property("wrong")) == wrong:
            return  # styling anew is slow
        self.control.setProperty("wrong", wrong)
        self.control.style().unpolish(self.control)
        self.control.style().polish(self.control)


class SwitchEditor(Editor):
    def __init__(self, theme: Theme, about: Declared) -> None:
        self._switch = Switch(theme)
        super().__init__(self._switch, about)
        self._switch.toggled.connect(self.edited)

    @property
    def value(self) -> bool:
        return self._switch.isChecked()

    def show_value(self, value: bool) -> None:
        self._switch.setChecked(value)


class NumberEditor(Editor):
    """Whole numbers and fractions; the range comes from the declaration."""

    def __init__(self, theme: Theme, about: Declared, *, whole: bool) -> None:
        self._box: WholeNumber | Fraction
        if whole:
            self._box = WholeNumber(theme)
            self._box.setRange(int(about.minimum or 0), int(about.maximum or 1_000_000))
            if (about.maximum or 0) >= 10_000:  # '1,000,000' is easier to read, and to step through
                self._box.setGroupSeparatorShown(True)
                self._box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        else:
            self._box = Fraction(theme)
            self._box.setRange(about.minimum or 0.0, about.maximum or 1e6)
        if about.unit:
            self._box.setSuffix(f" {tr(about.unit)}")
        super().__init__(self._box, about)
        self._box.valueChanged.connect(self.edited)

    @property
    def value(self) -> int | float:
        return self._box.value()

    def show_value(self, value: float) -> None:
        self._box.setValue(value)  # type: ignore[arg-type]


class ChoiceEditor(Editor):
    """A fixed list, or one that is filled later (cameras, models) around the stored value."""

    def __init__(self, theme: Theme, about: Declared, choices: Sequence[tuple[str, str]]) -> None:
        self._box = Choice(theme)
        super().__init__(self._box, about)
        self.offer(choices)
        self._box.currentIndexChanged.connect(self.edited)

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """Replace the list with (value, words); a chosen value that is not in it stays chosen."""
        before = self.value
        blocked = self._box.blockSignals(True)
        self._box.clear()
        for value, words in choices:
            self._box.addItem(words, value)
        if before is not None:
            self.show_value(before)
        self._box.blockSignals(blocked)

    @property
    def value(self) -> Any:
        return self._box.currentData()

    def show_value(self, value: str) -> None:
        if self._box.findData(value) < 0:
            self._box.addItem(tr("{name} (not found)", name=value), value)
        self._box.setCurrentIndex(self._box.findData(value))


class TextEditor(Editor):
    def __init__(self, about: Declared, *, words: Sequence[str] = ()) -> None:
        self._line = QLineEdit()
        self._line.setMaxLength(200)
        if about.secret:
            self._line.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        super().__init__(self._line, about)
        if words:
            completer = QCompleter(list(words), self._line)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            popup = completer.popup()
            assert popup is not None
            popup.setObjectName("completions")
            self._line.setCompleter(completer)
        self._line.textChanged.connect(self.edited)

    @property
    def value(self) -> str:
        return self._line.text().strip()

    def show_value(self, value: str) -> None:
        if value != self.value:
            self._line.setText(value)


class ParagraphEditor(Editor):
    """Several lines, for what people read."""

    def __init__(self, about: Declared) -> None:
        self._text = QPlainTextEdit()
        self._text.setTabChangesFocus(True)
        self._text.setFixedHeight(132)
        super().__init__(self._text, about)
        self._text.setFixedWidth(360)
        self._text.textChanged.connect(self.edited)

    @property
    def value(self) -> str:
        return self._text.toPlainText().strip()

    def show_value(self, value: str) -> None:
        if value != self.value:
            self._text.setPlainText(value)


def editor_for(name: str, default: object, about: Declared, theme: Theme) -> Editor:
    """The editor of a declared setting."""
    if isinstance(default, bool):
        return SwitchEditor(theme, about)
    if isinstance(default, int | float):
        return NumberEditor(theme, about, whole=isinstance(default, int))
    if about.choices:
        return ChoiceEditor(
            theme, about, [(choice, choice_text(choice)) for choice in about.choices]
        )
    if name in ("camera", "detector", "embedder", "liveness_model"):
        return ChoiceEditor(theme, about, [("", tr("Automatic"))])
    if name == "privacy_notice":
        return ParagraphEditor(about)
    if name == "zone":
        editor = TextEditor(about, words=sorted(available_timezones()))
        editor.control.setPlaceholderText(tr("As the computer"))  # type: ignore[attr-defined]
        return editor
    return TextEditor(about)


def choice_text(choice: str) -> str:
    """The words for a declared choice; the choice itself where it needs none."""
    return {
        "auto": tr("Automatic"),
        "cuda": "CUDA (NVIDIA)",
        "directml": "DirectML (Windows)",
        "coreml": "Core ML (macOS)",
        "openvino": "OpenVINO (Intel)",
        "cpu": tr("Processor (CPU)"),
        "system": tr("As the system"),
        "light": tr("Light"),
        "dark": tr("Dark"),
        "json": "JSON",
        "csv": "CSV",
        "en": "English",
        "de": "Deutsch",
    }.get(choice, tr(choice))
