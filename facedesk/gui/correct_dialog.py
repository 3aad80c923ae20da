"""Correct a punch, or add one that nobody saw. What it said before stays readable."""

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QLineEdit, QWidget

from facedesk.core.attendance import working_day
from facedesk.core.corrections import PunchState
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Direction
from facedesk.gui.controls import Choice, DayEdit, SearchChoice
from facedesk.gui.form_dialog import FormDialog, SignatureFields
from facedesk.gui.hours_view import chosen_day, show_day
from facedesk.gui.recent_list import direction_text
from facedesk.gui.theme import Theme
from facedesk.gui.wording import clock_text, local_day
from facedesk.store.punches import LogRow

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class CorrectDialog(FormDialog):
    """Edits `row`, or adds a punch where it is None; `saved` is emitted after the commit."""

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
        self._desk = desk
        self._row = row
        self._zone = desk.zone if row is None else row.punch.zone
        self.person = SearchChoice(theme)
        self.day = DayEdit(theme)
        self.time = QLineEdit()
        self.time.setPlaceholderText("08:58")
        self.direction = Choice(theme)
        self.signed = SignatureFields(desk, tr("For example: forgot to check out"))
        super().__init__(
            theme,
            parent,
            tr("Add a punch") if row is None else tr("Correct a punch"),
            tr("The original stays in the log, with who changed it, when and why."),
            [
                (tr("Person"), self.person),
                (tr("Day"), self.day),
                (tr("Time"), self.time),
                (tr("Direction"), self.direction),
                *self.signed.rows,
            ],
            leave="" if row is None else tr("Close"),  # beside “Cancel the punch”
        )
        if row is not None:
            self.cancel_punch = self.offer(tr("Cancel the punch"), "danger", self._cancel)
        self.save = self.offer(tr("Save"), "primary", self._save)
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
        show_day(self.day, day)

    def _wanted(self) -> PunchState:
        """What the fields say. Raises BadInputError for a time that is none."""
        if self.person.currentIndex() < 0:
            raise BadInputError(tr("Nobody chosen"), tr("Choose a person."))
        try:
            clock = datetime.strptime(self.time.text().strip(), "%H:%M").time()
        except ValueError as error:
            raise BadInputError(
                tr("Time not understood"), tr("Write the time as 08:58.")
            ) from error
        utc = datetime.combine(chosen_day(self.day), clock, ZoneInfo(self._zone))
        if self._row is not None and self._as_shown(utc) == self._as_shown(self._row.punch.utc):
            utc = self._row.punch.utc  # seconds that are not shown are not changed either
        return PunchState(self.person.currentData(), Direction(self.direction.currentData()), utc)

    def _as_shown(self, moment: datetime) -> tuple[object, str]:
        return local_day(moment, self._zone), clock_text(moment, self._zone)

    def _save(self) -> None:
        wanted, signature = self._wanted(), self.signed.signature
        if self._row is None:
            self._desk.corrections.add(
                wanted.person_id, wanted.direction, wanted.utc, self._zone, signature
            )
        else:
            self._desk.corrections.change(self._row.punch.id, wanted, signature)

    def _cancel(self) -> None:
        assert self._row is not None
        self._desk.corrections.cancel(self._row.punch.id, self.signed.signature)
