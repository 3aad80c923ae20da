"""A month of each department: who is here, hours, and what somebody should look at."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedesk.core.board import Standing
from facedesk.core.language import tr
from facedesk.core.totals import Flag, Minutes, summed
from facedesk.engine.timesheets import Sheet
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Card, Line
from facedesk.gui.hours_view import HoursView, MonthChoice
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import Theme
from facedesk.gui.timesheet_view import missing_punches
from facedesk.gui.wording import hours_text, short_day_text

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """The sum of the people of one department; `here` are those who are in now."""

    name: str
    people: int
    here: int
    total: Minutes
    late_days: int
    absent_days: int
    missing: int


class DepartmentView(HoursView):
    """One row a department."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__(desk, bridge, theme)
        self.month = MonthChoice(theme, lambda: self.today)
        self.summary = Line("", "muted")
        self.rows: RowsModel[DepartmentRow] = RowsModel(_columns(), lambda row: (0, row.name))
        self.table = Table(theme, portraits, self.rows, person_column=None, wide_column=8)
        self.table.setAccessibleName(tr("Hours of the departments"))
        self.bar.addWidget(self.month)
        self.bar.addStretch(1)
        card = Card(padding=1)
        card.body.addWidget(self.table)
        self.body.addWidget(card, 1)
        self.body.addWidget(self.summary)
        self.month.changed.connect(self.refresh)

    def refresh(self) -> None:
        self.month.say()
        first, last = self.month.days
        self.summary.say(
            tr("{first} to {last}", first=short_day_text(first), last=short_day_text(last))
        )
        timesheets = self._desk.timesheets

        def work() -> list[DepartmentRow]:
            here = Counter(
                person.department
                for person, presence in timesheets.board()
                if presence.standing is Standing.IN
            )
            return department_rows(timesheets.sheets(first, last), here)

        self.ask(work, self.rows.fill)


def department_rows(sheets: list[Sheet], here: Counter[str]) -> list[DepartmentRow]:
    """In order of name; '' are the people without a department."""
    members: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        members.setdefault(sheet.person.department, []).append(sheet)
    return [
        DepartmentRow(
            name,
            len(members[name]),
            here[name],
            summed(sheet.total for sheet in members[name]),
            sum(sheet.count(Flag.LATE) for sheet in members[name]),
            sum(sheet.count(Flag.ABSENT) for sheet in members[name]),
            sum(missing_punches(sheet) for sheet in members[name]),
        )
        for name in sorted(members, key=str.casefold)
    ]


def _columns() -> list[Column[DepartmentRow]]:
    def count(heading: str, name: str) -> Column[DepartmentRow]:
        return Column(
            heading,
            lambda row: str(getattr(row, name) or ""),
            key=lambda row: getattr(row, name),
        )

    def figure(heading: str, name: str, *, signed: bool = False) -> Column[DepartmentRow]:
        return Column(
            heading,
            lambda row: hours_text(getattr(row.total, name), signed=signed),
            key=lambda row: getattr(row.total, name),
        )

    return [
        Column(
            tr("Department"),
            lambda row: row.name or tr("No department"),
            key=lambda row: row.name.casefold(),
        ),
        Column(
            tr("In now"),
            lambda row: f"{row.here} / {row.people}",
            key=lambda row: row.here,
            chip=lambda row: ("arrive", "on_arrive") if row.here else ("calm", "on_calm"),
        ),
        figure(tr("Target"), "target_min"),
        figure(tr("Worked"), "worked_min"),
        figure(tr("Overtime"), "overtime_min"),
        figure(tr("Balance"), "balance_min", signed=True),
        count(tr("Days late"), "late_days"),
        count(tr("Days absent"), "absent_days"),
        count(tr("Missing"), "missing"),
    ]
