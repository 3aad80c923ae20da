"""Correct a punch, or add one that nobody saw. What it said before stays readable."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from facedesk.core.attendance import working_day
from facedesk.core.corrections import PunchState, Signature
from facedesk.core.errors import BadInputError, FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Direction
from facedesk.gui.controls import Choice, DayEdit, SearchChoice, label
from facedesk.gui.dialogs import Message
from facedesk.gui.recent_list import direction_text
from facedesk.gui.theme import Theme
from facedesk.gui.wording import clock_text, local_day
from facedesk.store.punches import LogRow

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class CorrectDialog(Message):
    """Edits `row`, or adds a punch where it is None; `saved` is emitted after the commit."""

    saved = Signal()

    def __init__(
        self,
        desk: "Desk",
        theme: Theme,
        parent: QWidget | None,
        row: LogRow | None,
        *,
        person_id: int | None = None,
        day: date | None = None,
    ) -> None:
        """`person_id` and `day` are proposed for a punch that is added."""
        title = tr("Add a punch") if row is None else tr("Correct a punch")
        words = tr("The original stays in the log, with who changed it, when and why.")
        super().__init__(theme, parent, title, [words])
        self._desk = desk
        self._row = row
        self._zone = desk.zone if row is None else row.punch.zone
        self.person = SearchChoice(theme)
        self.day = DayEdit(theme)
        self.time = QLineEdit()
        self.time.setPlaceholderText("08:58")
        self.direction = Choice(theme)
        self.who = QLineEdit(desk.access.actor().who)
        self.who.setReadOnly(desk.access.guarded)  # nobody signs for somebody else
        self.why = QLineEdit()
        self.why.setPlaceholderText(tr("For example: forgot to check out"))
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        form = QFormLayout()
        form.setVerticalSpacing(12)
        for text, field in (
            (tr("Person"), self.person),
            (tr("Day"), self.day),
            (tr("Time"), self.time),
            (tr("Direction"), self.direction),
            (tr("Who"), self.who),
            (tr("Why"), self.why),
        ):
            caption = label(text)
            caption.setBuddy(field)
            field.setAccessibleName(text)
            form.addRow(caption, field)
        self.extra.addLayout(form)
        self.extra.addWidget(self.problem)
        self.add(tr("Close"), then=None)
        if row is not None:
            self.cancel_punch = self.add(tr("Cancel the punch"), "danger", close=False)
            self.cancel_punch.clicked.connect(lambda: self._try(self._cancel))
        self.save = self.add(tr("Save"), "primary", close=False)
        self.save.clicked.connect(lambda: self._try(self._save))
        self._fill(person_id, day)

    def _fill(self, person_id: int | None, day: date | None) -> None:
        for person in self._desk.people.list():
            self.person.addItem(person.name, person.id)
        for direction in Direction:
            self.direction.addItem(direction_text(direction), direction)
        hour = self._desk.settings.day_starts_hour
        day = day or working_day(self._desk.clock.utc(), self._zone, hour)
        if person_id is not None:
            self.person.setCurrentIndex(self.person.findData(person_id))
        if self._row is not None:
            punch = self._row.punch
            if self.person.findData(punch.person_id) < 0:  # somebody who was removed
                self.person.addItem(self._row.name, punch.person_id)
            self.person.setCurrentIndex(self.person.findData(punch.person_id))
            self.direction.setCurrentIndex(self.direction.findData(punch.direction))
            self.time.setText(clock_text(punch.utc, self._zone))
            day = local_day(punch.utc, self._zone)
        self.day.setDate(QDate(day.year, day.month, day.day))

    def _wanted(self) -> PunchState:
        """What the fields say. Raises BadInputError for a time that is none."""
        if self.person.currentIndex() < 0:
            raise BadInputError(tr("Nobody chosen"), tr("Choose a person."))
        day = self.day.date().toPython()
        try:
            clock = time.fromisoformat(self.time.text().strip())
        except ValueError as error:
            raise BadInputError(
                tr("Time not understood"), tr("Write the time as 08:58.")
            ) from error
        utc = datetime.combine(day, clock, ZoneInfo(self._zone))  # type: ignore[arg-type]
        if self._row is not None and self._as_shown(utc) == self._as_shown(self._row.punch.utc):
            utc = self._row.punch.utc  # seconds that are not shown are not changed either
        return PunchState(self.person.currentData(), Direction(self.direction.currentData()), utc)

    def _as_shown(self, moment: datetime) -> tuple[object, str]:
        return local_day(moment, self._zone), clock_text(moment, self._zone)

    def _save(self, signature: Signature) -> None:
        wanted = self._wanted()
        if self._row is None:
            self._desk.corrections.add(
                wanted.person_id, wanted.direction, wanted.utc, self._zone, signature
            )
        else:
            self._desk.corrections.change(self._row.punch.id, wanted, signature)

    def _cancel(self, signature: Signature) -> None:
        assert self._row is not None
        self._desk.corrections.cancel(self._row.punch.id, signature)

    def _try(self, change: Callable[[Signature], None]) -> None:
        """The dialog stays open with the reason when the change is refused."""
        try:
            change(Signature(self.who.text(), self.why.text()))
        except FaceDeskError as error:
            self.problem.setText(" ".join(filter(None, (error.message, error.hint))))
            self.problem.show()
            self.setFixedHeight(self.sizeHint().height())
            return
        self.accept()
        self.saved.emit()
