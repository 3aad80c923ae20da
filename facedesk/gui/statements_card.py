"""What people said at the kiosk about a check-out they forgot, to be confirmed or refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.gui import dialogs
from facedesk.gui.controls import Button, Card, Line, label
from facedesk.gui.login import needs
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import clock_text, local_day, short_day_text
from facedesk.store.statements import Statement

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_MOST = 4  # the rest follows when these are decided


class StatementsCard(Card):
    """Hidden while nothing waits; read again whenever the page around it is shown."""

    decided = Signal()

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__(padding=2)
        self._desk = desk
        self._theme = theme
        self.rows: list[StatementRow] = []
        self.more = label("", "muted")
        self.body.setSpacing(SPACE_PX)
        self.body.addWidget(label(tr("Forgotten check-outs, as people said"), "sectionTitle"))
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE_PX)
        self.body.addLayout(self._list)
        self.body.addWidget(self.more)
        self.hide()

    def refresh(self) -> None:
        """Show what waits now."""
        try:
            waiting = self._desk.statements.waiting()
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = [self._row(statement) for statement in waiting[:_MOST]]
        for row in self.rows:
            self._list.addWidget(row)
        rest = len(waiting) - len(self.rows)
        self.more.setText(tr("{count} more", count=rest))
        self.more.setVisible(rest > 0)
        self.setVisible(bool(waiting))

    def _row(self, statement: Statement) -> "StatementRow":
        name = self._desk.people.get(statement.person_id).name
        row = StatementRow(self._theme, statement, name)
        row.confirm.clicked.connect(lambda: self.confirm(statement.id))
        row.refuse.clicked.connect(lambda: self.refuse(statement.id))
        return row

    @needs("correct confirm")
    def confirm(self, statement_id: int) -> None:
        """It becomes a check-out, signed by who works here."""
        self._decide(lambda who: self._desk.statements.confirm(statement_id, who))

    @needs("correct refuse")
    def refuse(self, statement_id: int) -> None:
        """The day stays open."""
        self._decide(lambda who: self._desk.statements.refuse(statement_id, who))

    def _decide(self, decide: Callable[[str], object]) -> None:
        try:
            decide(self._desk.access.actor().who)
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
        self.refresh()
        self.decided.emit()


class StatementRow(QWidget):
    """One statement: who, which day, from when to when, and the two answers."""

    def __init__(self, theme: Theme, statement: Statement, name: str) -> None:
        super().__init__()
        zone, came = statement.zone, statement.open_punch.utc
        words = tr(
            "{name}, {day}: last seen at {came}, left at {time} by their own account",
            name=name,
            time=clock_text(statement.utc, zone),
            day=short_day_text(local_day(came, zone)),
            came=clock_text(came, zone),
        )
        self.words = Line(words)
        self.confirm = Button(theme, tr("Confirm"), "primary", name=tr("Confirm: ") + words)
        self.refuse = Button(theme, tr("Refuse"), name=tr("Refuse: ") + words)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_PX)
        row.addWidget(self.words, 1)
        row.addWidget(self.refuse)
        row.addWidget(self.confirm)
