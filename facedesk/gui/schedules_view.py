"""Schedules and who has them: written as on a wall, checked while one types."""

from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.patterns import breaks_text
from facedesk.core.schedules import Assignment, Schedule
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Line, label
from facedesk.gui.hours_view import HoursView
from facedesk.gui.login import needs
from facedesk.gui.portraits import Portraits
from facedesk.gui.schedule_dialogs import AssignDialog, EndDialog, ScheduleDialog
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import hours_text, short_day_text

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

AssignmentRow = tuple[Assignment, str]  # with whom it is for


class SchedulesView(HoursView):
    """The schedules above, the assignments below."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__(desk, bridge, theme)
        self.new_button = Button(theme, tr("New schedule"), "primary", "plus")
        self.edit_button = Button(theme, tr("Edit"))
        self.remove_button = Button(theme, tr("Remove"))
        self.assign_button = Button(theme, tr("Assign"), "primary", "plus")
        self.end_button = Button(theme, tr("End"))
        self.summary = Line("", "muted")
        self.schedules: RowsModel[Schedule] = RowsModel(
            _schedule_columns(), lambda row: (0, row.name)
        )
        self.table = Table(theme, portraits, self.schedules, person_column=None, wide_column=1)
        self.table.setAccessibleName(tr("Schedules"))
        self.assignments: RowsModel[AssignmentRow] = RowsModel(
            _assignment_columns(), lambda row: (0, row[1])
        )
        self.assigned = Table(theme, portraits, self.assignments, person_column=None, wide_column=0)
        self.assigned.setAccessibleName(tr("Who has which schedule"))
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        groups = (
            (tr("Schedules"), self.table, (self.remove_button, self.edit_button, self.new_button)),
            (tr("Who has them"), self.assigned, (self.end_button, self.assign_button)),
        )
        for title, table, buttons in groups:
            card = Card(padding=2)
            card.body.setSpacing(SPACE_PX)
            head = QHBoxLayout()
            head.setSpacing(SPACE_PX)
            head.addWidget(label(title, "sectionTitle"))
            head.addStretch(1)
            for made in buttons:
                head.addWidget(made)
            card.body.addLayout(head)
            card.body.addWidget(table, 1)
            self.body.addWidget(card, 1)
        self.body.addWidget(self.summary)

    def _connect(self) -> None:
        self.new_button.clicked.connect(self.new)
        self.edit_button.clicked.connect(self.edit)
        self.table.doubleClicked.connect(lambda _index: self.edit())
        self.remove_button.clicked.connect(self.remove)
        self.assign_button.clicked.connect(self.assign)
        self.end_button.clicked.connect(self.end)
        for table, model in ((self.table, self.schedules), (self.assigned, self.assignments)):
            table.selectionModel().selectionChanged.connect(self._selected)
            model.modelReset.connect(self._selected)

    def refresh(self) -> None:
        names = {person.id: person.name for person in self._desk.people.list()}
        schedules = self._desk.schedules.all()
        self.schedules.fill(schedules)
        self.assignments.fill(
            [(one, whom_text(one, names)) for one in self._desk.schedules.assignments()]
        )
        self.assign_button.setEnabled(bool(schedules))
        self.summary.say(
            tr("A person's own schedule wins over the department's, and that over everybody's.")
            if schedules
            else tr("Without a schedule, hours are added up and nobody is late.")
        )

    def _selected(self) -> None:
        chosen = self.table.selected_row() is not None
        self.edit_button.setEnabled(chosen)
        self.remove_button.setEnabled(chosen)
        self.end_button.setEnabled(self.assigned.selected_row() is not None)

    @needs("schedule set")
    def new(self) -> None:
        self._open(ScheduleDialog(self._desk, self._theme, self, None, self.today))

    @needs("schedule set")
    def edit(self) -> None:
        number = self.table.selected_row()
        if number is not None:
            schedule = self.schedules.row(number)
            self._open(ScheduleDialog(self._desk, self._theme, self, schedule, self.today))

    @needs("schedule remove")
    def remove(self) -> None:
        number = self.table.selected_row()
        if number is None:
            return
        name = self.schedules.row(number).name
        dialogs.confirm(
            self._theme,
            self,
            tr("Remove this schedule?"),
            [tr("“{name}” can be removed while nobody has or had it.", name=name)],
            tr("Remove"),
            lambda: self._remove(name),
            dangerous=True,
        )

    def _remove(self, name: str) -> None:
        try:
            self._desk.schedules.remove(name)
        except FaceDeskError as error:
            self.failed(error)
        self.refresh()

    @needs("schedule assign")
    def assign(self) -> None:
        number = self.table.selected_row()
        proposed = "" if number is None else self.schedules.row(number).name
        self._open(AssignDialog(self._desk, self._theme, self, proposed, self.today))

    @needs("schedule end")
    def end(self) -> None:
        number = self.assigned.selected_row()
        if number is not None:
            assignment, whom = self.assignments.row(number)
            yesterday = self.today - timedelta(days=1)
            self._open(EndDialog(self._desk, self._theme, self, assignment, whom, yesterday))

    def _open(self, dialog: ScheduleDialog | AssignDialog | EndDialog) -> None:
        dialog.saved.connect(self.refresh)
        dialog.open()


def whom_text(assignment: Assignment, names: dict[int, str]) -> str:
    """A person, a department, or everybody."""
    if assignment.person_id is not None:
        return names[assignment.person_id]
    return assignment.department or tr("Everybody")


def _schedule_columns() -> list[Column[Schedule]]:
    return [
        Column(tr("Name"), lambda row: row.name, key=lambda row: row.name.casefold()),
        Column(tr("Pattern"), lambda row: row.pattern, tip=lambda row: row.pattern),
        Column(tr("Breaks"), lambda row: breaks_text(row.breaks)),
        Column(
            tr("Grace"),
            lambda row: tr("{count} min", count=row.grace_min) if row.grace_min else "",
            key=lambda row: row.grace_min,
        ),
        Column(
            tr("Rounding"),
            lambda row: tr("{count} min", count=row.rounding_min) if row.rounding_min else "",
            key=lambda row: row.rounding_min,
        ),
        Column(tr("Holidays"), lambda row: row.holidays),
        Column(
            tr("Overtime a week after"),
            lambda row: hours_text(row.overtime_week_min or 0),
            key=lambda row: row.overtime_week_min or 0,
        ),
    ]


def _assignment_columns() -> list[Column[AssignmentRow]]:
    return [
        Column(tr("For"), lambda row: row[1], key=lambda row: row[1].casefold()),
        Column(tr("Schedule"), lambda row: row[0].schedule),
        Column(
            tr("From day"), lambda row: short_day_text(row[0].first), key=lambda row: row[0].first
        ),
        Column(
            tr("To day"),
            lambda row: (
                tr("until further notice") if row[0].last is None else short_day_text(row[0].last)
            ),
            key=lambda row: (row[0].last is None, row[0].last or row[0].first),
        ),
    ]
