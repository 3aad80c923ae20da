"""The forms of schedules: the agreement itself, whom it is for, and when that ends."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.patterns import breaks_of, breaks_text, minutes_of, weeks_of
from facedesk.core.schedules import Assignment, Favour, Schedule
from facedesk.engine.public_holidays import holiday_name
from facedesk.gui.controls import Choice, DayEdit, SearchChoice, Switch, WholeNumber
from facedesk.gui.form_dialog import FormDialog
from facedesk.gui.hours_view import chosen_day, show_day
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import hours_text

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_ROUNDINGS = (0, 5, 6, 10, 15, 30)


class ScheduleDialog(FormDialog):
    """Edits `schedule`, or makes a new one where it is None. What is typed is checked at once."""

    room_px = 560

    def __init__(
        self,
        desk: "Desk",
        theme: Theme,
        parent: QWidget | None,
        schedule: Schedule | None,
        today: date,
    ) -> None:
        self._desk = desk
        self._today = today
        self._before = schedule or Schedule(rotation_from=today)
        before = self._before
        self.name = QLineEdit(before.name)
        self.name.setReadOnly(schedule is not None)  # a new name would be a new schedule
        self.pattern = QLineEdit(before.pattern)
        self.pattern.setPlaceholderText(
            tr("For example: {text}", text="Mon-Thu 09:00-17:30, Fri 6h")
        )
        self.rotation = DayEdit(theme)
        show_day(self.rotation, before.rotation_from)
        self.grace = WholeNumber(theme)
        self.grace.setRange(0, 240)
        self.grace.setSuffix(" " + tr("min"))
        self.grace.setValue(before.grace_min)
        self.rounding = Choice(theme)
        for minutes in _ROUNDINGS:
            self.rounding.addItem(
                tr("{count} min", count=minutes) if minutes else tr("None"), minutes
            )
        self.rounding.setCurrentIndex(self.rounding.findData(before.rounding_min))
        self.favour = Choice(theme)
        for favour in Favour:
            self.favour.addItem(favour_text(favour), favour)
        self.favour.setCurrentIndex(self.favour.findData(before.favour))
        rounding = QWidget()
        side_by_side = QHBoxLayout(rounding)
        side_by_side.setContentsMargins(0, 0, 0, 0)
        side_by_side.setSpacing(SPACE_PX)
        side_by_side.addWidget(self.rounding, 1)
        side_by_side.addWidget(self.favour, 2)
        rounding.setFocusProxy(self.rounding)
        self.rounding.setAccessibleName(tr("Rounding"))
        self.favour.setAccessibleName(tr("In whose favour times are rounded"))
        self.favour.setEnabled(before.rounding_min > 0)
        self.rounding.currentIndexChanged.connect(self.favour.setEnabled)  # the first is none
        self.breaks = QLineEdit(breaks_text(before.breaks))
        self.breaks.setPlaceholderText(tr("For example: {text}", text="6h:30min, 9h:45min"))
        self.holidays = QLineEdit(before.holidays)
        self.holidays.setPlaceholderText(tr("For example: {text}", text="DE-BY"))
        self.overtime = QLineEdit(hours_text(before.overtime_week_min or 0))
        self.overtime.setPlaceholderText(tr("For example: {text}", text="40h"))
        super().__init__(
            theme,
            parent,
            tr("New schedule") if schedule is None else tr("Edit the schedule"),
            tr("Hours or times a day; “|” parts weeks that take turns."),
            [
                (tr("Name"), self.name),
                (tr("Week"), self.pattern),
                (tr("First week begins"), self.rotation),
                (tr("Breaks"), self.breaks),
                (tr("Grace"), self.grace),
                (tr("Rounding"), rounding),
                (tr("Holidays of"), self.holidays),
                (tr("Weekly overtime after"), self.overtime),
            ],
        )
        self.offer(tr("Save"), "primary", self._save)
        self.pattern.textChanged.connect(lambda _text: self._check())
        self._check()

    def _check(self) -> None:
        """A red ring while the pattern cannot be read; a first week only where weeks take turns."""
        try:
            weeks = len(weeks_of(self.pattern.text()))
            wrong = False
        except FaceDeskError:
            weeks, wrong = 1, True
        self.form.setRowVisible(self.rotation, weeks > 1)
        self.fit()
        if bool(self.pattern.property("wrong")) != wrong:
            self.pattern.setProperty("wrong", wrong)
            self.pattern.style().unpolish(self.pattern)
            self.pattern.style().polish(self.pattern)

    def _save(self) -> None:
        overtime = self.overtime.text().strip()
        holidays = self.holidays.text().strip()
        if holidays:
            holiday_name(holidays, self._today)  # told now, not with the first report
        self._desk.schedules.save(
            Schedule(
                self.name.text(),
                self.pattern.text(),
                self._before.zone,
                chosen_day(self.rotation),
                self.grace.value(),
                int(self.rounding.currentData()),
                Favour(self.favour.currentData()),
                breaks_of(self.breaks.text()),
                holidays,
                self._before.overtime_day_min,
                minutes_of(overtime) if overtime else None,
            )
        )


class AssignDialog(FormDialog):
    """Gives a schedule to everybody, a department or a person."""

    def __init__(
        self, desk: "Desk", theme: Theme, parent: QWidget | None, proposed: str, today: date
    ) -> None:
        self._desk = desk
        self.schedule = Choice(theme)
        for one in desk.schedules.all():
            self.schedule.addItem(one.name, one.name)
        self.schedule.setCurrentIndex(max(0, self.schedule.findData(proposed)))
        self.whom = SearchChoice(theme)
        people = desk.people.list()
        self.whom.addItem(tr("Everybody"), (None, ""))
        for department in sorted({person.department for person in people} - {""}):
            self.whom.addItem(tr("Department: {name}", name=department), (None, department))
        for person in people:
            self.whom.addItem(person.name, (person.id, ""))
        self.first = DayEdit(theme)
        show_day(self.first, today)
        self.ends = Switch(theme)
        self.last = DayEdit(theme)
        show_day(self.last, today + timedelta(days=365))
        self.last.setEnabled(False)
        self.ends.toggled.connect(self.last.setEnabled)
        super().__init__(
            theme,
            parent,
            tr("Assign a schedule"),
            tr("A person's own schedule wins over the department's, and that over everybody's."),
            [
                (tr("Schedule"), self.schedule),
                (tr("For"), self.whom),
                (tr("From day"), self.first),
                (tr("It ends"), self.ends),
                (tr("To day"), self.last),
            ],
        )
        self.offer(tr("Assign"), "primary", self._save)

    def _save(self) -> None:
        person_id, department = self.whom.currentData()
        self._desk.schedules.assign(
            Assignment(
                str(self.schedule.currentData()),
                chosen_day(self.first),
                chosen_day(self.last) if self.ends.isChecked() else None,
                person_id,
                department,
            )
        )


class EndDialog(FormDialog):
    """The last day of an assignment; a day before its first removes it."""

    def __init__(
        self,
        desk: "Desk",
        theme: Theme,
        parent: QWidget | None,
        assignment: Assignment,
        whom: str,
        proposed: date,
    ) -> None:
        self._desk = desk
        self._assignment = assignment
        self.last = DayEdit(theme)
        show_day(self.last, assignment.last or proposed)
        super().__init__(
            theme,
            parent,
            tr("End the assignment"),
            tr(
                "“{schedule}” for {whom}. A day before {first} removes it.",
                schedule=assignment.schedule,
                whom=whom,
                first=assignment.first,
            ),
            [(tr("Last day"), self.last)],
        )
        self.offer(tr("End"), "primary", self._save)

    def _save(self) -> None:
        self._desk.schedules.end(self._assignment.id, chosen_day(self.last))


def favour_text(favour: Favour) -> str:
    return {
        Favour.NEAREST: tr("To the nearest"),
        Favour.EMPLOYER: tr("Employer's favour"),
        Favour.EMPLOYEE: tr("Employee's favour"),
    }[favour]
