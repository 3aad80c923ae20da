"""The punches of one day under the time sheet: press one to correct it, or add what is missing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.core.schedules import moment_of
from facedesk.core.totals import DayTotal
from facedesk.gui import dialogs
from facedesk.gui.controls import Button, Card, label
from facedesk.gui.correct_dialog import CorrectDialog
from facedesk.gui.login import needs
from facedesk.gui.recent_list import direction_text
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import clock_text, short_day_text
from facedesk.store.punches import LogRow

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class DayPanel(Card):
    """Shows the log of a person's working day; `corrected` follows each change."""

    corrected = Signal()

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__(padding=2)
        self._desk = desk
        self._theme = theme
        self._buttons: list[Button] = []
        self._day: tuple[Person, DayTotal] | None = None
        self.words = label("", "muted")
        self.add_button = Button(theme, tr("Add a punch"), "quiet", "plus")
        self.add_button.clicked.connect(lambda: self.correct(None))
        self.punches = QHBoxLayout()
        self.punches.setSpacing(SPACE_PX)
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX)
        row.addWidget(self.words)
        row.addLayout(self.punches)
        row.addStretch(1)
        row.addWidget(self.add_button)
        self.body.addLayout(row)
        self.clear()

    def clear(self) -> None:
        """No day is chosen."""
        self._day = None
        self._remove_buttons()
        self.words.setText(tr("Choose a day to see and correct its punches."))
        self.add_button.setEnabled(False)

    def show_day(self, person: Person, day: DayTotal) -> None:
        planned = day.planned
        try:
            log = self._desk.punches.log(
                moment_of(planned.start), moment_of(planned.end), person.id
            )
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        self._day = (person, day)
        self._remove_buttons()
        self.words.setText(short_day_text(day.day) + ("" if log else ": " + tr("no punches")))
        self.add_button.setEnabled(True)
        for entry in log:
            made = self._button(entry)
            self.punches.addWidget(made)
            self._buttons.append(made)

    def buttons(self) -> list[Button]:
        """One a punch, in order of time."""
        return list(self._buttons)

    @needs("correct add")
    def correct(self, entry: LogRow | None) -> None:
        """Edit a punch, or add one to the day."""
        if self._day is None:
            return
        person, day = self._day
        dialog = CorrectDialog(
            self._desk, self._theme, self, entry, person_id=person.id, day=day.day
        )
        dialog.saved.connect(self.corrected)
        dialog.open()

    def _button(self, entry: LogRow) -> Button:
        punch = entry.punch
        text = f"{clock_text(punch.utc, punch.zone)} {direction_text(punch.direction)}"
        made = Button(self._theme, f"{text} *" if entry.corrected else text)
        made.setAccessibleName(
            tr("{punch}, changed by hand", punch=text) if entry.corrected else text
        )
        made.setToolTip(punch.reason)
        made.clicked.connect(lambda: self.correct(entry))
        return made

    def _remove_buttons(self) -> None:
        for made in self._buttons:
            self.punches.removeWidget(made)
            made.deleteLater()
        self._buttons.clear()
