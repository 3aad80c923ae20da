"""The close of a month: what is still open in it, and that it is paid from now on."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from facedesk.core.corrections import Closing
from facedesk.core.language import tr
from facedesk.core.totals import Flag
from facedesk.engine.timesheets import Sheet
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, DayEdit, Line, label
from facedesk.gui.form_dialog import FormDialog, SignatureFields
from facedesk.gui.hours_view import HoursView, MonthChoice, chosen_day, show_day
from facedesk.gui.login import needs
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.timesheet_view import missing_punches
from facedesk.gui.wording import local_day, short_day_text

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class ClosingView(HoursView):
    """Above what the month still needs, below every closing that was ever declared."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__(desk, bridge, theme)
        self.month = MonthChoice(theme, lambda: self.today)
        self.close_button = Button(theme, tr("Close the month"), "primary", "lock")
        self.state = label("", "sectionTitle", wrap=True)
        self.needs_words = label("", "muted", wrap=True)
        self.open_rows: RowsModel[Sheet] = RowsModel(
            _open_columns(), lambda row: (row.person.id, row.person.name)
        )
        self.open_table = Table(theme, portraits, self.open_rows, person_column=0, wide_column=1)
        self.open_table.setAccessibleName(tr("What the month still needs"))
        self.rows: RowsModel[Closing] = RowsModel(
            _columns(lambda: self._desk.zone), lambda _row: (0, "")
        )
        self.table = Table(theme, portraits, self.rows, person_column=None, wide_column=3)
        self.table.setAccessibleName(tr("Closings"))
        self.summary = Line("", "muted")
        self.bar.addWidget(self.month)
        self.bar.addStretch(1)
        self.bar.addWidget(self.close_button)
        above = Card()
        above.body.setSpacing(SPACE_PX)
        above.body.addWidget(self.state)
        above.body.addWidget(self.needs_words)
        above.body.addWidget(self.open_table, 100)
        above.body.addStretch(1)  # all the room where there is no table
        self.past = Card(padding=1)
        self.past.body.addWidget(self.table)
        self.body.addWidget(above, 2)
        self.body.addWidget(self.past, 1)
        self.body.addWidget(self.summary)
        self.month.step(-1)  # what is closed is over
        self.month.changed.connect(self.refresh)
        self.close_button.clicked.connect(self.close_month)

    def refresh(self) -> None:
        self.month.say()
        first, last = self.month.days
        closings = self._desk.corrections.closings()
        self.rows.fill(list(reversed(closings)))
        self.past.setVisible(bool(closings))
        until = closings[-1].until if closings else None
        self.state.setText(
            tr("Nothing is closed yet.")
            if until is None
            else tr("Paid and closed up to {day}.", day=short_day_text(until))
        )
        self.summary.say(tr("A closed day refuses corrections, absences and changes of schedules."))
        self.ask(lambda: self._desk.timesheets.sheets(first, last), self._show_open)

    def _show_open(self, sheets: list[Sheet]) -> None:
        found = [one for one in sheets if missing_punches(one) or one.count(Flag.ABSENT)]
        self.open_rows.fill(found)
        self.open_table.setVisible(bool(found))
        missing = sum(missing_punches(one) for one in found)
        absent = sum(one.count(Flag.ABSENT) for one in found)
        self.needs_words.setText(
            tr(
                "Before you close: {missing} missing punches, {absent} days absent without excuse.",
                missing=missing,
                absent=absent,
            )
            if found
            else tr("Nothing is missing in this month.")
        )

    @needs("correct close")
    def close_month(self) -> None:
        """Proposes the last day of the month, or yesterday in the month that it is."""
        last = min(self.month.days[1], self.today - timedelta(days=1))
        dialog = ClosingDialog(self._desk, self._theme, self)
        show_day(dialog.until, last)
        dialog.saved.connect(self.refresh)
        dialog.open()


class ClosingDialog(FormDialog):
    """Declares days paid. An earlier day than the last one opens days again."""

    def __init__(self, desk: "Desk", theme: Theme, parent: QWidget | None) -> None:
        self._desk = desk
        self.until = DayEdit(theme)
        self.signed = SignatureFields(desk, tr("For example: payroll of March is done"))
        super().__init__(
            theme,
            parent,
            tr("Close a period"),
            tr(
                "All days up to and including this one are paid: nothing in them can be changed. "
                "An earlier day than before opens the days after it again."
            ),
            [(tr("Up to"), self.until), *self.signed.rows],
        )
        self.offer(tr("Close the period"), "primary", self._save)

    def _save(self) -> None:
        self._desk.corrections.close(chosen_day(self.until), self.signed.signature)


def _open_columns() -> list[Column[Sheet]]:
    return [
        Column(
            tr("Person"), lambda row: row.person.name, key=lambda row: row.person.name.casefold()
        ),
        Column(tr("Department"), lambda row: row.person.department),
        Column(
            tr("Missing punches"), lambda row: str(missing_punches(row) or ""), key=missing_punches
        ),
        Column(
            tr("Days absent"),
            lambda row: str(row.count(Flag.ABSENT) or ""),
            key=lambda row: row.count(Flag.ABSENT),
        ),
    ]


def _columns(zone: Callable[[], str]) -> list[Column[Closing]]:
    return [
        Column(
            tr("Closed up to"), lambda row: short_day_text(row.until), key=lambda row: row.until
        ),
        Column(
            tr("On"),
            lambda row: short_day_text(local_day(row.created_utc, zone())),
            key=lambda row: row.created_utc,
        ),
        Column(tr("Who"), lambda row: row.signature.who),
        Column(tr("Why"), lambda row: row.signature.why),
    ]
