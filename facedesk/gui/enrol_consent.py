"""The wizard's second step: the person reads what is asked, and agrees or does not."""

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPlainTextEdit,
    QRadioButton,
    QVBoxLayout,
)

from facedesk.core.consent import Consent, ConsentAnswer, ConsentText
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.gui.controls import DayEdit, label
from facedesk.gui.enrol_person import line
from facedesk.gui.enrol_steps import Step
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class ConsentStep(Step):
    """The organisation's text in the person's language, two answers, the day and who recorded it.

    `enter` reads the text; `fallback` says whether the person has a PIN or a badge.
    """

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__(tr("Consent"))
        self._desk = desk
        self._language = ""
        self._fallback = False
        self.text: ConsentText | None = None
        self.heading = label("", "sectionTitle", wrap=True)
        self.body = QPlainTextEdit()
        self.body.setReadOnly(True)
        self.body.setAccessibleName(tr("Consent"))
        self.body.setTabChangesFocus(True)
        self.agree = QRadioButton(tr("I agree: the camera may know me by my face."))
        self.decline = QRadioButton(tr("I do not agree: I check in with a PIN or a badge."))
        self._answers = QButtonGroup(self)
        for button in (self.agree, self.decline):
            self._answers.addButton(button)
        self.day = DayEdit(theme)
        self.day.setAccessibleName(tr("Date of the answer"))
        today = desk.clock.utc().date()
        self.day.setDate(QDate(today.year, today.month, today.day))
        self.day.setMaximumDate(QDate(today.year, today.month, today.day).addDays(1))
        self.recorded_by = line(tr("Recorded by"), tr("Your name"))
        self.recorded_by.setText(desk.database.actor().who)
        self.note = label("", "muted", wrap=True)
        self._lay_out()
        self._answers.buttonToggled.connect(self._answered)
        self.recorded_by.textChanged.connect(self.changed)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        for text, field in (
            (tr("Date"), self.day),
            (tr("Recorded by"), self.recorded_by),
        ):
            caption = label(text, "fieldLabel")
            caption.setBuddy(field)
            foot.addWidget(caption)
            foot.addWidget(field)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(SPACE_PX)
        whole.addWidget(self.heading)
        whole.addWidget(self.body, 1)
        whole.addWidget(self.agree)
        whole.addWidget(self.decline)
        whole.addWidget(self.note)
        whole.addLayout(foot)
        self.note.hide()

    def prepare(self, language: str, *, fallback: bool) -> None:
        """Another text is another question: what was ticked before does not count any more."""
        self._fallback = fallback
        self._language = language

    def enter(self) -> None:
        settings = self._desk.settings
        try:
            text = self._desk.administration.texts.text(self._language, settings.organisation)
        except FaceDeskError as error:
            self.text = None
            self.heading.setText(error.title)
            self.body.setPlainText(f"{error.message}\n{error.hint}")
            self._clear()
            return
        if text != self.text:
            self.text = text
            self.heading.setText(text.title)
            self.body.setPlainText(text.body)
            self.body.setAccessibleName(text.title)
            right_to_left = text.language.split("-")[0] in ("ar", "fa", "he", "ur")
            self.body.setLayoutDirection(
                Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
            )
            self._clear()
        self._answered()
        self.body.setFocus()

    @property
    def answer(self) -> ConsentAnswer | None:
        if self.agree.isChecked():
            return ConsentAnswer.GIVEN
        return ConsentAnswer.DECLINED if self.decline.isChecked() else None

    @property
    def consent(self) -> Consent | None:
        """The answer as it will be recorded; None without one."""
        if self.answer is None:
            return None
        day = self.day.date()
        answered = date(day.year(), day.month(), day.day())
        return Consent(self.answer, answered, self.recorded_by.text())

    @property
    def complete(self) -> bool:
        answered = self.text is not None and self.answer is not None
        return answered and bool(self.recorded_by.text().strip())

    @property
    def words(self) -> str:
        if self.text is None:
            return tr("Without a text nobody can agree.")
        if self.answer is None:
            return tr("The person ticks one of the two answers.")
        return "" if self.recorded_by.text().strip() else tr("Who records this?")

    def _clear(self) -> None:
        self._answers.setExclusive(False)
        for button in (self.agree, self.decline):
            button.setChecked(False)
            button.setEnabled(self.text is not None)
        self._answers.setExclusive(True)

    def _answered(self) -> None:
        declined = self.answer is ConsentAnswer.DECLINED
        if declined and not self._fallback:
            words = tr("Go back and give a PIN or a badge: without one nobody can check in here.")
        else:
            words = tr("No photo is taken and no face is stored.") if declined else ""
        self.note.setText(words)
        self.note.setVisible(bool(words))
        self.changed.emit()
