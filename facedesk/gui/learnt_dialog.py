"""What the kiosk learnt of a person after enrolment: to be seen, and to be taken back."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.gui import dialogs
from facedesk.gui.controls import Button, label
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import day_text, local_day

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class LearntDialog(Message):
    """Remembered mistakes and samples of check-ins; `changed` is emitted after each undoing."""

    changed = Signal()

    def __init__(self, desk: "Desk", theme: Theme, parent: QWidget | None, person: Person) -> None:
        super().__init__(theme, parent, tr("What the kiosk learnt of {name}", name=person.name), [])
        self._desk = desk
        self._person = person
        self._body = QWidget()
        self.extra.addWidget(self._body)
        self.forget_buttons: list[Button] = []
        self.undo_button = Button(theme, tr("Take the newest back"))
        self.undo_all_button = Button(theme, tr("Back to enrolment"))
        learning = desk.learning
        self.undo_button.clicked.connect(
            lambda: self._try(lambda: learning.renewals.undo(person.id))
        )
        self.undo_all_button.clicked.connect(
            lambda: self._try(lambda: learning.renewals.undo_all(person.id))
        )
        self._rows = QVBoxLayout(self._body)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE_PX)
        undo = QHBoxLayout()
        undo.addWidget(self.undo_button)
        undo.addWidget(self.undo_all_button)
        undo.addStretch(1)
        self.extra.addLayout(undo)
        self.add(tr("Close"), "primary").setDefault(True)
        self._fill()

    def _fill(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.forget_buttons = []
        learning, person = self._desk.learning, self._person
        mistakes = learning.negatives.list(person.id)
        self._rows.addWidget(label(tr("Faces that are not this person"), "sectionTitle"))
        if not mistakes:
            self._rows.addWidget(label(tr("Nobody has pressed “not me” here."), "muted", wrap=True))
        for mistake in mistakes:
            words = tr(
                "“Not me” on {day}, remembered until {end}",
                day=self._day(mistake.created_utc), end=self._day(mistake.expires_utc),
            )  # fmt: skip
            self._rows.addWidget(self._mistake_row(words, mistake.id))
        renewals = learning.renewals.of_person(person.id)
        self._rows.addWidget(label(tr("Faces of check-ins"), "sectionTitle"))
        if not renewals:
            self._rows.addWidget(label(tr("Only what was enrolled counts."), "muted", wrap=True))
        for renewal in renewals:
            words = tr(
                "From the check-in of {day}, likeness {score:.2f}",
                day=self._day(renewal.created_utc), score=renewal.score,
            )  # fmt: skip
            self._rows.addWidget(label(words, wrap=True))
        self.undo_button.setVisible(bool(renewals))
        self.undo_all_button.setVisible(bool(renewals))

    def _mistake_row(self, words: str, number: int) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(label(words, wrap=True), 1)
        forget = Button(self._theme, tr("Forget"))
        forget.setAccessibleDescription(words)
        forget.clicked.connect(
            lambda: self._try(lambda: self._desk.learning.negatives.remove(number))
        )
        line.addWidget(forget)
        self.forget_buttons.append(forget)
        return row

    def _day(self, utc: datetime) -> str:
        return day_text(local_day(utc, self._desk.zone))

    def _try(self, undo: Callable[[], object]) -> None:
        try:
            undo()
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        self._fill()
        self.fit()
        self.changed.emit()
