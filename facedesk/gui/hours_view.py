"""What the views of the hours page have in common, and the choice of a month."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QDate, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDateEdit, QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.attendance import working_day
from facedesk.core.language import tr
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, SearchChoice, label
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import locale

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress

Result = TypeVar("Result")


class HoursView(QWidget):
    """Filled when it is shown; `bar` takes its controls, `body` its content."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._asked = 0  # the newest question; answers to older ones are dropped
        self.bar = QHBoxLayout()
        self.bar.setSpacing(SPACE_PX)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(2 * SPACE_PX)
        self.body.addLayout(self.bar)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Read again what is shown."""
        raise NotImplementedError

    @property
    def today(self) -> date:
        """The working day that it is now."""
        hour = self._desk.settings.day_starts_hour
        return working_day(self._desk.clock.utc(), self._desk.zone, hour)

    def ask(self, work: Callable[[], Result], done: Callable[[Result], None]) -> None:
        """Do slow work in the jobs thread; only the answer to the newest question is used."""
        self._asked += 1
        asked = self._asked

        def in_thread(_progress: "Progress") -> Result:
            return work()

        def answered(result: Result) -> None:
            if asked == self._asked:
                done(result)

        self._bridge.run(in_thread, done=answered, failed=self.failed)

    def failed(self, error: Exception) -> None:
        dialogs.show_error(self._theme, self, error)

    def fill_people(self, choice: SearchChoice, everybody: str) -> None:
        """All people by name, after an entry without data; what was chosen stays chosen."""
        chosen = choice.currentData()
        blocked = choice.blockSignals(True)
        choice.clear()
        choice.addItem(everybody, None)
        for person in self._desk.people.list():
            choice.addItem(person.name, person.id)
        choice.setCurrentIndex(max(0, choice.findData(chosen)))
        choice.blockSignals(blocked)


def chosen_day(edit: QDateEdit) -> date:
    """The day in a field."""
    day = edit.date().toPython()
    assert isinstance(day, date)
    return day


def show_day(edit: QDateEdit, day: date) -> None:
    """Put a day into a field."""
    edit.setDate(QDate(day.year, day.month, day.day))


class MonthChoice(QWidget):
    """A month with steps to the ones before and after it; never one that lies ahead of `today`."""

    changed = Signal()

    def __init__(self, theme: Theme, today: Callable[[], date]) -> None:
        super().__init__()
        self._today = today
        self._month: date | None = None  # None: the month that it is
        self.before = Button(theme, "", "quiet", "back", name=tr("The month before"))
        self.after = Button(theme, "", "quiet", "forth", name=tr("The month after"))
        self.words = label("", "fieldLabel")
        self.words.setMinimumWidth(120)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for part in (self.before, self.words, self.after):
            row.addWidget(part)
        self.before.clicked.connect(lambda: self.step(-1))
        self.after.clicked.connect(lambda: self.step(1))
        self.say()

    @property
    def month(self) -> date:
        """Its first day."""
        return self._month or self._today().replace(day=1)

    @property
    def days(self) -> tuple[date, date]:
        """First and last day; of the month that it is, until today."""
        following = (self.month + timedelta(days=32)).replace(day=1)
        return self.month, min(following - timedelta(days=1), self._today())

    def step(self, months: int) -> None:
        """One month back (-1) or on (1)."""
        middle = self.month.replace(day=15) + timedelta(days=30 * months)
        newest = self._today().replace(day=1)
        self._month = None if middle.replace(day=1) >= newest else middle.replace(day=1)
        self.say()
        self.changed.emit()

    def say(self) -> None:
        """Show the month; again when another day has begun."""
        month = self.month
        text = locale().toString(QDate(month.year, month.month, 1), "MMMM yyyy")
        self.words.setText(text)
        self.setAccessibleName(tr("Month: {month}", month=text))
        self.after.setEnabled(self._month is not None)
