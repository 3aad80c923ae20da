"""Who is here now, and the hours of a month: of everybody, or day by day of one person."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from facedesk.core.attendance import working_day
from facedesk.core.board import Presence, Standing
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Fact, Person, PunchRecorded
from facedesk.core.schedules import Minute, moment_of
from facedesk.core.totals import DayTotal, Flag
from facedesk.engine.reports import Grouping, notes_of, person_table
from facedesk.engine.timesheets import Sheet
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Line, SearchChoice, label
from facedesk.gui.login import needs
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import clock_text, hours_text, short_day_text
from facedesk.store.tables import Table as ExportTable
from facedesk.store.tables import write_xlsx

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress

BoardRow = tuple[Person, Presence]
DayRow = tuple[Person, DayTotal]
_TODAY, _THIS_MONTH, _LAST_MONTH = range(3)
_LATENESS_SHOWS_AFTER_MS = 30_000
_ORDER = {standing: number for number, standing in enumerate(Standing)}
_CHIPS = {
    Standing.IN: ("arrive", "on_arrive"),
    Standing.BREAK: ("leave", "on_leave"),
    Standing.LATE: ("warn", "on_warn"),
    Standing.ABSENT: ("warn", "on_warn"),
}
_CALM = ("calm", "on_calm")


def standing_text(standing: Standing) -> str:
    return {
        Standing.IN: tr("In"),
        Standing.BREAK: tr("On break"),
        Standing.LEFT: tr("Left"),
        Standing.NOT_YET: tr("Not yet"),
        Standing.LATE: tr("Late"),
        Standing.ABSENT: tr("Absent"),
        Standing.EXCUSED: tr("Excused"),
        Standing.FREE: tr("Free"),
    }[standing]


def _figure(heading: str, name: str, *, signed: bool = False) -> Column[Sheet]:
    return Column(
        heading,
        lambda row: hours_text(getattr(row.total, name), signed=signed),
        key=lambda row: getattr(row.total, name),
    )


def _day_figure(heading: str, name: str, *, signed: bool = False) -> Column[DayRow]:
    return Column(
        heading,
        lambda row: hours_text(getattr(row[1].minutes, name), signed=signed),
        key=lambda row: getattr(row[1].minutes, name),
    )


class HoursPage(QWidget):
    """Today's board stays current while it is shown; a month is added up in the jobs thread."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._asked = 0  # the newest question; answers to older ones are dropped
        self._sheets: list[Sheet] = []
        self.person = SearchChoice(theme)
        self.person.setAccessibleName(tr("Person"))
        self.person.setMinimumWidth(160)
        self.person.setMaximumWidth(280)
        self.spans = QButtonGroup(self)
        self.export_button = Button(theme, tr("Export to Excel"), "primary")
        self.summary = Line("", "muted")
        self.board: RowsModel[BoardRow] = RowsModel(
            self._board_columns(), lambda row: (row[0].id, row[0].name)
        )
        self.totals: RowsModel[Sheet] = RowsModel(
            self._total_columns(), lambda row: (row.person.id, row.person.name)
        )
        self.days: RowsModel[DayRow] = RowsModel(
            self._day_columns(), lambda row: (row[0].id, row[0].name)
        )
        self.stack = QStackedWidget()
        self.tables = [
            Table(theme, portraits, self.board, person_column=0, wide_column=1),
            Table(theme, portraits, self.totals, person_column=0, wide_column=1),
            Table(theme, portraits, self.days, person_column=None, wide_column=8),
        ]
        self._timer = QTimer(self)
        self._timer.setInterval(_LATENESS_SHOWS_AFTER_MS)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_PX)
        head.addWidget(label(tr("Hours"), "pageTitle"))
        head.addStretch(1)
        head.addWidget(self.person)
        for number, text in enumerate((tr("Today"), tr("This month"), tr("Last month"))):
            made = Button(self._theme, text, "quiet")
            made.setCheckable(True)
            self.spans.addButton(made, number)
            head.addWidget(made)
        self.spans.button(_TODAY).setChecked(True)
        head.addWidget(self.export_button)
        names = (tr("Where everybody is"), tr("Hours of everybody"), tr("Days of one person"))
        for table, name in zip(self.tables, names, strict=True):
            table.setAccessibleName(name)
            card = Card(padding=1)
            card.body.addWidget(table)
            self.stack.addWidget(card)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addLayout(head)
        whole.addWidget(self.stack, 1)
        whole.addWidget(self.summary)

    def _connect(self) -> None:
        self.spans.idClicked.connect(lambda _number: self.refresh())
        self.person.currentIndexChanged.connect(self.refresh)
        self.export_button.clicked.connect(self._export)
        self.tables[1].doubleClicked.connect(lambda index: self._open(index.row()))
        self._timer.timeout.connect(self._renew)
        self._bridge.fact_told.connect(self._hear)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill_people()
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    @property
    def period(self) -> tuple[date, date]:
        """First and last day of the month that is chosen; of this one until today."""
        hour = self._desk.settings.day_starts_hour
        today = working_day(self._desk.clock.utc(), self._desk.zone, hour)
        if self.spans.checkedId() == _LAST_MONTH:
            last = today.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        return today.replace(day=1), today

    def refresh(self) -> None:
        """Ask for what the buttons say."""
        self._asked += 1
        today = self.spans.checkedId() == _TODAY
        self.export_button.setEnabled(not today)
        if today:
            self._show_board()
            return
        asked, (first, last) = self._asked, self.period
        person_id = self.person.currentData()
        person_ids = None if person_id is None else [person_id]

        def work(_progress: "Progress") -> list[Sheet]:
            return self._desk.timesheets.sheets(first, last, person_ids=person_ids)

        def done(sheets: list[Sheet]) -> None:
            if asked == self._asked:
                self._show_sheets(sheets, person_id is not None)

        self._bridge.run(work, done=done, failed=self._failed)

    def _show_board(self) -> None:
        try:
            board = self._desk.timesheets.board()
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        person_id = self.person.currentData()
        shown = [row for row in board if person_id in (None, row[0].id)]
        # Who is here first, then who should be; within that by name, as the store gives them.
        self.board.fill(sorted(shown, key=lambda row: _ORDER[row[1].standing]))
        self.stack.setCurrentIndex(0)
        counts = Counter(presence.standing for _, presence in shown)
        self.summary.say(
            " · ".join(f"{counts[one]} {standing_text(one)}" for one in Standing if counts[one])
        )

    def _show_sheets(self, sheets: list[Sheet], one_person: bool) -> None:
        self._sheets = sheets
        if one_person:
            self.days.fill([(sheet.person, day) for sheet in sheets for day in sheet.days])
        else:
            self.totals.fill(sheets)
        self.stack.setCurrentIndex(2 if one_person else 1)
        first, last = self.period
        missing = sum(_missing(sheet) for sheet in sheets)
        words = [
            tr("{first} to {last}", first=short_day_text(first), last=short_day_text(last)),
            tr("{hours} worked", hours=hours_text(sum(one.total.worked_min for one in sheets)))
            if any(one.total.worked_min for one in sheets)
            else tr("nothing worked"),
        ]
        if missing:
            words.append(
                tr("1 missing punch")
                if missing == 1
                else tr("{count} missing punches", count=missing)
            )
        self.summary.say(" · ".join(words))

    def _open(self, row: int) -> None:
        """From everybody to the days of one."""
        self.person.setCurrentIndex(self.person.findData(self.totals.row(row).person.id))

    def _renew(self) -> None:
        if self.spans.checkedId() == _TODAY:
            self._show_board()

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, PunchRecorded) and self.isVisible():
            self._renew()

    def _fill_people(self) -> None:
        chosen = self.person.currentData()
        blocked = self.person.blockSignals(True)
        self.person.clear()
        self.person.addItem(tr("Everybody"), None)
        for person in self._desk.people.list():
            self.person.addItem(person.name, person.id)
        self.person.setCurrentIndex(max(0, self.person.findData(chosen)))
        self.person.blockSignals(blocked)

    @needs("report")
    def _export(self) -> None:
        """What is shown, and the days of each person, as a workbook."""
        first, last = self.period
        folder = self._desk.paths.exports
        folder.mkdir(parents=True, exist_ok=True)
        name = f"facedesk-hours-{first:%Y-%m-%d}-to-{last:%Y-%m-%d}.xlsx"
        path = dialogs.ask_save_path(self, folder / name, "xlsx")
        if path is None:
            return
        sheets = self._sheets

        def work(_progress: "Progress") -> Path:
            write_xlsx(path, _workbook(sheets, f"{first} to {last}"))
            return path

        self._bridge.run(work, done=self._exported, failed=self._failed)

    def _exported(self, path: Path) -> None:
        self.summary.say(tr("Written to {path}", path=path))

    def _failed(self, error: Exception) -> None:
        dialogs.show_error(self._theme, self, error)

    def _clock(self, minute: Minute | None) -> str:
        return "" if minute is None else clock_text(moment_of(minute), self._desk.zone)

    def _board_columns(self) -> list[Column[BoardRow]]:
        return [
            Column(tr("Person"), lambda row: row[0].name, key=lambda row: row[0].name.casefold()),
            Column(tr("Department"), lambda row: row[0].department),
            Column(
                tr("Standing"),
                lambda row: standing_text(row[1].standing),
                key=lambda row: _ORDER[row[1].standing],
                chip=lambda row: _CHIPS.get(row[1].standing, _CALM),
            ),
            Column(
                tr("Since"),
                lambda row: self._clock(row[1].since),
                key=lambda row: row[1].since or 0,
            ),
            Column(
                tr("Worked today"),
                lambda row: hours_text(row[1].total.minutes.worked_min),
                key=lambda row: row[1].total.minutes.worked_min,
            ),
            Column(
                tr("Late by"),
                lambda row: hours_text(row[1].total.minutes.late_min),
                key=lambda row: row[1].total.minutes.late_min,
            ),
        ]

    def _total_columns(self) -> list[Column[Sheet]]:
        return [
            Column(
                tr("Person"),
                lambda row: row.person.name,
                key=lambda row: row.person.name.casefold(),
            ),
            Column(tr("Department"), lambda row: row.person.department),
            _figure(tr("Target"), "target_min"),
            _figure(tr("Worked"), "worked_min"),
            _figure(tr("Excused"), "credited_min"),
            _figure(tr("Overtime"), "overtime_min"),
            _figure(tr("Balance"), "balance_min", signed=True),
            _figure(tr("Late"), "late_min"),
            Column(
                tr("Missing"),
                lambda row: str(_missing(row) or ""),
                key=_missing,
                tip=lambda _row: tr("Check-ins and check-outs that are missing"),
            ),
        ]

    def _day_columns(self) -> list[Column[DayRow]]:
        return [
            Column(tr("Day"), lambda row: short_day_text(row[1].day), key=lambda row: row[1].day),
            Column(
                tr("In"), lambda row: self._clock(row[1].first_in),
                key=lambda row: row[1].first_in or 0,
            ),
            Column(
                tr("Out"), lambda row: self._clock(row[1].last_out),
                key=lambda row: row[1].last_out or 0,
            ),
            _day_figure(tr("Target"), "target_min"),
            _day_figure(tr("Worked"), "worked_min"),
            _day_figure(tr("Break"), "break_min"),
            _day_figure(tr("Overtime"), "overtime_min"),
            _day_figure(tr("Balance"), "balance_min", signed=True),
            Column(tr("Notes"), lambda row: notes_of(row[1]), tip=lambda row: notes_of(row[1])),
        ]  # fmt: skip


def _missing(sheet: Sheet) -> int:
    return sheet.count(Flag.MISSING_IN) + sheet.count(Flag.MISSING_OUT)


def _workbook(sheets: list[Sheet], title: str) -> list[ExportTable]:
    return [
        person_table(title, sheets, Grouping.PERIOD),
        *(person_table(sheet.person.name, [sheet], Grouping.DAY) for sheet in sheets),
    ]
