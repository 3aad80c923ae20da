"""Where everybody is now: in, late, absent, not yet, on break, left; live, with a search."""

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit

from facedesk.core.board import Presence, Standing
from facedesk.core.facts import Fact, PunchCancelled, PunchRecorded
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.core.schedules import Minute, moment_of
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Card, Line
from facedesk.gui.hours_view import HoursView
from facedesk.gui.portraits import Portraits
from facedesk.gui.statements_card import StatementsCard
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import Theme
from facedesk.gui.wording import clock_text, hours_text
from facedesk.store.texts import folded

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

BoardRow = tuple[Person, Presence]
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
        Standing.IN: tr("In now"),
        Standing.BREAK: tr("On break"),
        Standing.LEFT: tr("Gone"),
        Standing.NOT_YET: tr("Not yet"),
        Standing.LATE: tr("Late"),
        Standing.ABSENT: tr("Absent"),
        Standing.EXCUSED: tr("Excused"),
        Standing.FREE: tr("Free"),
    }[standing]


class TodayView(HoursView):
    """Current while it is shown: with each punch, and every half minute for who becomes late."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__(desk, bridge, theme)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search name or department"))
        self.search.setAccessibleName(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(320)
        self.summary = Line("", "muted")
        self.board: RowsModel[BoardRow] = RowsModel(
            self._columns(), lambda row: (row[0].id, row[0].name)
        )
        self.table = Table(theme, portraits, self.board, person_column=0, wide_column=1)
        self.table.setAccessibleName(tr("Where everybody is"))
        self.bar.addWidget(self.search, 1)
        self.bar.addStretch(1)
        self.statements = StatementsCard(desk, theme)
        self.statements.decided.connect(self.refresh)
        self.body.addWidget(self.statements)
        card = Card(padding=1)
        card.body.addWidget(self.table)
        self.body.addWidget(card, 1)
        self.body.addWidget(self.summary)
        self.timer = QTimer(self)
        self.timer.setInterval(_LATENESS_SHOWS_AFTER_MS)
        self.timer.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _text: self._show())
        self._found: list[BoardRow] = []
        bridge.fact_told.connect(self._hear)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.statements.refresh()
        self.timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.timer.stop()

    def refresh(self) -> None:
        self.ask(self._desk.timesheets.board, self._read)

    def _read(self, board: list[BoardRow]) -> None:
        self._found = board
        self._show()

    def _show(self) -> None:
        words = folded(self.search.text()).split()
        shown = [
            row
            for row in self._found
            if all(word in folded(f"{row[0].name} {row[0].department}") for word in words)
        ]
        # Who is here first, then who should be; within that by name, as the store gives them.
        self.board.fill(sorted(shown, key=lambda row: _ORDER[row[1].standing]))
        counts = Counter(presence.standing for _, presence in shown)
        self.summary.say(
            " · ".join(f"{counts[one]} {standing_text(one)}" for one in Standing if counts[one])
        )

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, PunchRecorded | PunchCancelled) and self.isVisible():
            self.refresh()

    def _clock(self, minute: Minute | None) -> str:
        return "" if minute is None else clock_text(moment_of(minute), self._desk.zone)

    def _columns(self) -> list[Column[BoardRow]]:
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
