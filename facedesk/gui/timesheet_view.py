"""Hours of a month: of everybody, or day by day of one person, whose punches are corrected here."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QStackedWidget

from facedesk.core.audit import Act
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.core.schedules import Minute, moment_of
from facedesk.core.totals import DayTotal, Flag
from facedesk.engine.personal_copy import personal_copies
from facedesk.engine.reports import Grouping, notes_of, person_table
from facedesk.engine.timesheets import Sheet
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Line, SearchChoice
from facedesk.gui.day_panel import DayPanel
from facedesk.gui.hours_view import HoursView, MonthChoice
from facedesk.gui.login import needs
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import Theme
from facedesk.gui.timesheet_pdf import write_timesheets
from facedesk.gui.wording import clock_text, hours_text, short_day_text
from facedesk.paths import resources_dir
from facedesk.store import audit
from facedesk.store.profiles import Profiles, Rows, write_profile
from facedesk.store.tables import Table as ExportTable
from facedesk.store.tables import write_xlsx

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress

_DAY_PX = 38
DayRow = tuple[Person, DayTotal]


class TimesheetView(HoursView):
    """A month is added up in the jobs thread. Choosing a day shows its punches."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__(desk, bridge, theme)
        self._sheets: list[Sheet] = []
        self.person = SearchChoice(theme)
        self.person.setAccessibleName(tr("Person"))
        self.person.setMinimumWidth(200)
        self.person.setMaximumWidth(280)
        self.month = MonthChoice(theme, lambda: self.today)
        self.export_button = Button(theme, tr("Export"), "primary")
        self.menu = QMenu(self)
        self.export_button.setMenu(self.menu)
        self.summary = Line("", "muted")
        self.totals: RowsModel[Sheet] = RowsModel(
            _total_columns(), lambda row: (row.person.id, row.person.name)
        )
        self.days: RowsModel[DayRow] = RowsModel(
            self._day_columns(), lambda row: (row[0].id, row[0].name)
        )
        self.total_table = Table(theme, portraits, self.totals, person_column=0, wide_column=0)
        self.total_table.setAccessibleName(tr("Hours of everybody"))
        self.day_table = Table(theme, portraits, self.days, person_column=None, wide_column=8)
        self.day_table.verticalHeader().setDefaultSectionSize(_DAY_PX)  # a month, not a list
        self.day_table.setAccessibleName(tr("Days of one person"))
        self.panel = DayPanel(desk, theme)
        self.stack = QStackedWidget()
        for table in (self.total_table, self.day_table):
            card = Card(padding=1)
            card.body.addWidget(table)
            self.stack.addWidget(card)
        for part in (self.person, self.month):
            self.bar.addWidget(part)
        self.bar.addStretch(1)
        self.bar.addWidget(self.export_button)
        self.body.addWidget(self.stack, 1)
        self.body.addWidget(self.panel)
        self.body.addWidget(self.summary)
        self._connect()

    def _connect(self) -> None:
        self.menu.aboutToShow.connect(self._fill_menu)
        self.month.changed.connect(self.refresh)
        self.person.currentIndexChanged.connect(self.refresh)
        self.total_table.doubleClicked.connect(
            lambda index: self.open_person(self.totals.row(index.row()).person.id)
        )
        self.day_table.selectionModel().selectionChanged.connect(self._show_day)
        self.days.modelReset.connect(self._show_day)
        self.panel.corrected.connect(self.refresh)

    def open_person(self, person_id: int) -> None:
        """From everybody to the days of one."""
        self.person.setCurrentIndex(self.person.findData(person_id))

    def refresh(self) -> None:
        self.fill_people(self.person, tr("Everybody"))
        self.month.say()
        first, last = self.month.days
        person_id = self.person.currentData()
        person_ids = None if person_id is None else [person_id]
        self.ask(
            lambda: self._desk.timesheets.sheets(first, last, person_ids=person_ids),
            lambda sheets: self._show(sheets, person_id is not None),
        )

    def _show(self, sheets: list[Sheet], one_person: bool) -> None:
        self._sheets = sheets
        if one_person:
            chosen = self.day_table.selected_row()
            self.days.fill([(sheet.person, day) for sheet in sheets for day in sheet.days])
            if chosen is not None and chosen < self.days.rowCount():
                self.day_table.selectRow(chosen)
        else:
            self.totals.fill(sheets)
        self.stack.setCurrentIndex(1 if one_person else 0)
        self.panel.setVisible(one_person)
        first, last = self.month.days
        missing = sum(missing_punches(sheet) for sheet in sheets)
        worked_min = sum(one.total.worked_min for one in sheets)
        words = [
            tr("{first} to {last}", first=short_day_text(first), last=short_day_text(last)),
            tr("{hours} worked", hours=hours_text(worked_min))
            if worked_min
            else tr("nothing worked"),
        ]
        if missing:
            words.append(
                tr("1 missing punch")
                if missing == 1
                else tr("{count} missing punches", count=missing)
            )
        self.summary.say(" · ".join(words))

    def _show_day(self) -> None:
        number = self.day_table.selected_row()
        if number is None or not self.days.rowCount():
            self.panel.clear()
        else:
            self.panel.show_day(*self.days.row(number))

    def _fill_menu(self) -> None:
        self.menu.clear()
        self.menu.addAction(tr("Excel workbook"), self.export_workbook)
        self.menu.addAction(tr("People's own copies (PDF)"), self.export_copies)
        self.menu.addSeparator()
        for profile in self._profiles().all():
            if profile.rows is not Rows.PUNCHES:
                self.menu.addAction(profile.name, partial(self.export_profile, profile.name))

    def _profiles(self) -> Profiles:
        return Profiles(resources_dir() / "profiles", self._desk.paths.profiles)

    @needs("report")
    def export_workbook(self) -> None:
        """The totals, and the days of each person, as a workbook."""
        sheets, title = self._sheets, self._title()
        self._write("hours", "xlsx", lambda path: write_xlsx(path, _workbook(sheets, title)))

    @needs("report")
    def export_copies(self) -> None:
        """A page a person, with what was corrected."""
        person_ids = [sheet.person.id for sheet in self._sheets]
        first, last = self.month.days

        def write(path: Path) -> None:
            desk = self._desk
            copies = personal_copies(
                desk.timesheets, desk.corrections, desk.settings.organisation, first, last,
                person_ids=person_ids,
            )  # fmt: skip
            write_timesheets(path, copies)

        self._write("time-sheets", "pdf", write)

    @needs("export")
    def export_profile(self, name: str) -> None:
        """What a profile makes of the month."""
        profile = self._profiles().get(name)
        sheets = self._sheets
        suffix = "txt" if profile.preamble else "csv"
        self._write(
            name,
            suffix,
            lambda path: write_profile(
                path, person_table(name, sheets, Grouping(profile.rows)), profile
            ),
        )

    def _write(self, what: str, suffix: str, write: Callable[[Path], object]) -> None:
        first, last = self.month.days
        folder = self._desk.paths.exports
        folder.mkdir(parents=True, exist_ok=True)
        name = f"facedesk-{what}-{first:%Y-%m-%d}-to-{last:%Y-%m-%d}.{suffix}"
        path = dialogs.ask_save_path(self, folder / name, suffix)
        if path is None:
            return

        def work(_progress: "Progress") -> Path:
            write(path)
            written = {"hours": what, "days": f"{first} - {last}", "kind": suffix}
            audit.note(self._desk.database, Act.DATA_EXPORTED, after=written)
            return path

        self._bridge.run(
            work,
            done=lambda _path: self.summary.say(tr("Written to {path}", path=path)),
            failed=self.failed,
        )

    def _title(self) -> str:
        first, last = self.month.days
        return f"{first} to {last}"

    def _clock(self, minute: Minute | None) -> str:
        return "" if minute is None else clock_text(moment_of(minute), self._desk.zone)

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


def missing_punches(sheet: Sheet) -> int:
    """Check-ins and check-outs that somebody forgot."""
    return sheet.count(Flag.MISSING_IN) + sheet.count(Flag.MISSING_OUT)


def _total_columns() -> list[Column[Sheet]]:
    return [
        Column(
            tr("Person"), lambda row: row.person.name, key=lambda row: row.person.name.casefold()
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
            lambda row: str(missing_punches(row) or ""),
            key=missing_punches,
            tip=lambda _row: tr("Check-ins and check-outs that are missing"),
        ),
    ]


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


def _workbook(sheets: list[Sheet], title: str) -> list[ExportTable]:
    return [
        person_table(title, sheets, Grouping.PERIOD),
        *(person_table(sheet.person.name, [sheet], Grouping.DAY) for sheet in sheets),
    ]
