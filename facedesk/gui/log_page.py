"""Today's and past punches: filter by person and day, see why, export."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.attendance import day_bounds, working_day
from facedesk.core.audit import Act
from facedesk.core.errors import FaceDeskError
from facedesk.core.facts import Fact, PunchRecorded
from facedesk.core.language import tr
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, DayEdit, Line, SearchChoice, label
from facedesk.gui.correct_dialog import CorrectDialog
from facedesk.gui.log_columns import count_text, log_columns, why
from facedesk.gui.login import needs
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import RowsModel, Table
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.store import audit, export
from facedesk.store.punches import Asked, LogRow

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress


# The first rows are there at once. Whoever scrolls to their end or sorts gets more; nobody reads
# more by eye than the last, and a year of a large house does not fit into memory.
_FIRST_ROWS = 200
_MORE_TIMES = 10
_MOST_ROWS = 20_000


class LogPage(QWidget):
    """Filters above, the table below. New punches appear while today is shown."""

    corrected = Signal()

    def __init__(
        self,
        desk: "Desk",
        bridge: Bridge,
        theme: Theme,
        portraits: Portraits,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._stale = True
        self._question = 0  # the newest one; answers to older ones are dropped
        self._more = False  # than the table has
        self._reading = False
        self.person = SearchChoice(theme)
        self.person.setAccessibleName(tr("Person"))
        self.person.setMinimumWidth(200)
        self.person.setMaximumWidth(280)
        self.first_day = DayEdit(theme)
        self.first_day.setAccessibleName(tr("From day"))
        self.last_day = DayEdit(theme)
        self.last_day.setAccessibleName(tr("To day"))
        self.spans = QButtonGroup(self)
        self.export_button = Button(theme, tr("Export"), "primary")
        self.add_button = Button(theme, tr("Add a punch"), icon="plus")
        self.correct_button = Button(theme, tr("Correct"))
        self.rows: RowsModel[LogRow] = RowsModel(
            log_columns(), lambda row: (row.punch.person_id, row.name)
        )
        self.table = Table(theme, portraits, self.rows, person_column=2, wide_column=5)
        self.table.setAccessibleName(tr("Attendance log"))
        self.count = Line("", "muted")
        self.why = label("", "muted", wrap=True)  # the whole sentence: the table shrinks for it
        self._lay_out()
        self._connect()
        self.show_span(0)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_PX)
        head.addWidget(label(tr("Log"), "pageTitle"))
        head.addStretch(1)
        for number, text in enumerate((tr("Today"), tr("7 days"), tr("This month"))):
            made = Button(self._theme, text, "quiet")
            made.setCheckable(True)
            self.spans.addButton(made, number)
            head.addWidget(made)
        head.addWidget(self.export_button)
        filters = QHBoxLayout()
        filters.setSpacing(SPACE_PX)
        filters.addWidget(self.person)
        filters.addSpacing(SPACE_PX)
        for text, field in ((tr("From"), self.first_day), (tr("to"), self.last_day)):
            caption = label(text, "muted")
            caption.setBuddy(field)
            filters.addWidget(caption)
            filters.addWidget(field)
        filters.addStretch(1)
        card = Card(padding=1)
        card.body.addWidget(self.table)
        empty = Card()
        empty.body.addStretch(1)
        words = label(tr("Nobody checked in or out in this time."), "muted")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.body.addWidget(words)
        empty.body.addStretch(1)
        self.stack = QStackedWidget()
        self.stack.addWidget(card)
        self.stack.addWidget(empty)
        foot = QHBoxLayout()
        foot.addWidget(self.count)
        foot.addSpacing(3 * SPACE_PX)
        foot.addWidget(self.why, 1)
        foot.addSpacing(2 * SPACE_PX)
        foot.addWidget(self.correct_button)
        foot.addWidget(self.add_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addLayout(head)
        whole.addLayout(filters)
        whole.addWidget(self.stack, 1)
        whole.addLayout(foot)

    def _connect(self) -> None:
        menu = QMenu(self)
        menu.addAction(tr("As CSV (spreadsheet)"), lambda: self.export("csv"))
        menu.addAction(tr("As Excel"), lambda: self.export("xlsx"))
        menu.addAction(tr("As JSON"), lambda: self.export("json"))
        self.export_button.setMenu(menu)
        self.person.currentIndexChanged.connect(self.refresh)
        self.first_day.dateChanged.connect(self._days_edited)
        self.last_day.dateChanged.connect(self._days_edited)
        self.spans.idClicked.connect(self.show_span)
        self.add_button.clicked.connect(lambda: self._correct(None))
        self.correct_button.clicked.connect(self._correct_selected)
        self.table.doubleClicked.connect(lambda _index: self._correct_selected())
        self.table.selectionModel().selectionChanged.connect(self._show_why)
        self.rows.modelReset.connect(self._show_why)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        # What is sorted is sorted as a whole, not only the newest of it.
        self.table.horizontalHeader().sectionClicked.connect(lambda _: self._read_on(_MOST_ROWS))
        self._bridge.fact_told.connect(self._hear)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._renew()

    def people_changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self.refresh()

    def settings_changed(self) -> None:
        """The zone decides which punches belong to a day."""
        self.people_changed()

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, PunchRecorded):
            self._stale = True
            if self.isVisible():
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

    @property
    def days(self) -> tuple[date, date]:
        """First and last day shown, in the kiosk's zone."""
        first, last = self.first_day.date().toPython(), self.last_day.date().toPython()
        assert isinstance(first, date) and isinstance(last, date)
        return first, last

    def show_span(self, number: int) -> None:
        """0 today, 1 the last seven days, 2 the calendar month."""
        hour = self._desk.settings.day_starts_hour
        today = working_day(self._desk.clock.utc(), self._desk.zone, hour)
        first = (today, today - timedelta(days=6), today.replace(day=1))[number]
        for edit, day in ((self.first_day, first), (self.last_day, today)):
            blocked = edit.blockSignals(True)
            edit.setDate(QDate(day.year, day.month, day.day))
            edit.blockSignals(blocked)
        self.spans.button(number).setChecked(True)
        self.refresh()

    def _renew(self) -> None:
        """With the next working day, today is another day."""
        span = self.spans.checkedId()
        if span >= 0:
            self.show_span(span)
        elif self._stale:
            self.refresh()

    def _days_edited(self) -> None:
        self.spans.setExclusive(False)
        for made in self.spans.buttons():
            made.setChecked(False)
        self.spans.setExclusive(True)
        first, last = self.first_day.date(), self.last_day.date()
        if first > last:  # the edited end wins, the other one follows
            other = self.last_day if self.sender() is self.first_day else self.first_day
            other.setDate(first if other is self.last_day else last)
            return
        self.refresh()

    def _bounds(self) -> tuple[datetime, datetime]:
        first, last = self.days
        zone, hour = self._desk.zone, self._desk.settings.day_starts_hour
        return day_bounds(first, zone, hour)[0], day_bounds(last, zone, hour)[1]

    def _asked_for(self) -> Asked:
        return Asked(*self._bounds(), self.person.currentData())

    def _newest(self, asked: Asked, limit: int) -> list[LogRow]:
        return self._desk.punches.log(
            asked.start_utc, asked.end_utc, asked.person_id, limit, newest_first=True
        )

    def refresh(self) -> None:
        """Read the punches of these days, newest first."""
        self._question += 1
        question, asked = self._question, self._asked_for()
        try:
            if self._stale:
                self._fill_people()
            found = self._newest(asked, _FIRST_ROWS + 1)
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        self._stale = False
        self._show(found, _FIRST_ROWS)
        self.count.say(count_text(len(found), len({row.punch.person_id for row in found})))
        if self._more:
            self.count.say("")

            def counted(counts: tuple[int, int]) -> None:
                if question == self._question:
                    self.count.say(count_text(*counts))

            self._bridge.run(
                lambda _progress: self._desk.punches.count(asked),
                done=counted,
                failed=dialogs.teller(self._theme, self),
            )

    def _read_on(self, most: int) -> None:
        """More of the same, in the jobs thread."""
        if not self._more or self._reading or self.rows.rowCount() >= _MOST_ROWS:
            return
        self._reading = True
        question, asked, most = self._question, self._asked_for(), min(most, _MOST_ROWS)

        def read(found: list[LogRow]) -> None:
            if question == self._question:
                self._show(found, most)

        task = self._bridge.run(
            lambda _progress: self._newest(asked, most + 1),
            done=read,
            failed=dialogs.teller(self._theme, self),
        )
        task.ended.connect(self._read_ended)

    def _read_ended(self) -> None:
        self._reading = False

    def _scrolled(self, value: int) -> None:
        bar = self.table.verticalScrollBar()
        if bar.maximum() and value + bar.pageStep() >= bar.maximum():
            self._read_on(self.rows.rowCount() * _MORE_TIMES)

    def _show(self, found: list[LogRow], most: int) -> None:
        """At most so many of the rows; where somebody looks and what is chosen stays."""
        chosen, scrolled = self.table.selected_row(), self.table.verticalScrollBar().value()
        self._more = len(found) > most
        shown = found[:most]
        self.rows.fill(shown)
        if chosen is not None and chosen < len(shown):
            self.table.selectRow(chosen)
        self.table.verticalScrollBar().setValue(scrolled)
        self.stack.setCurrentIndex(0 if shown else 1)
        self.export_button.setEnabled(bool(shown))

    def _show_why(self) -> None:
        number = self.table.selected_row()
        self.correct_button.setEnabled(number is not None)
        self.why.setText("" if number is None else why(self.rows.row(number)).replace("\n", " · "))

    def _correct_selected(self) -> None:
        number = self.table.selected_row()
        if number is not None:
            self._correct(self.rows.row(number))

    @needs("correct add")
    def _correct(self, row: LogRow | None) -> None:
        dialog = CorrectDialog(self._desk, self._theme, self, row)
        dialog.saved.connect(self.refresh)
        dialog.saved.connect(self.corrected)
        dialog.open()

    @needs("export")
    def export(self, kind: str) -> None:
        """Write what is shown, oldest first, in the jobs thread; `kind` is one of WRITERS."""
        first, last = self.days
        folder = self._desk.paths.exports
        name = f"facedesk-{first:%Y-%m-%d}" + ("" if first == last else f"-to-{last:%Y-%m-%d}")
        folder.mkdir(parents=True, exist_ok=True)
        path = dialogs.ask_save_path(self, folder / f"{name}.{kind}", kind)
        if path is None:
            return
        start_utc, end_utc = self._bounds()
        rows = self._desk.punches.stream(start_utc, end_utc, self.person.currentData())
        zone = self._desk.zone

        def work(progress: "Progress") -> Path:
            def counted() -> Iterator[LogRow]:
                for number, row in enumerate(rows):
                    if number % 200 == 0:
                        progress(number, 0, path.name)
                    yield row

            export.WRITERS[kind](path, counted(), zone)
            days = {"days": f"{first} - {last}", "kind": kind}
            audit.note(self._desk.database, Act.DATA_EXPORTED, after=days)
            return path

        task = self._bridge.run(work, done=self._exported, failed=dialogs.teller(self._theme, self))
        dialogs.wait_for(self._theme, self, tr("Exporting"), task)

    def _exported(self, path: Path) -> None:
        self.count.say(tr("Exported to {path}", path=path))
