"""Tells the desk of input, and the window when somebody else (or nobody) works here."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from facedesk.core.errors import StoreError
from facedesk.core.roles import Account

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_INPUT = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.KeyPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)


class AccessWatch(QObject):
    """`changed` follows each sign-in, sign-out and time-out, within a second."""

    changed = Signal()

    def __init__(self, desk: "Desk", parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known = self._state()
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self._listen(self._known[1] is not None)

    def look(self) -> None:
        """Look at once, where waiting for the next second would show."""
        try:
            state = self._state()
        except StoreError:
            return  # who works here does not change because the database is in trouble
        if state != self._known:
            self._known = state
            self._listen(state[1] is not None)
            self.changed.emit()

    def close(self) -> None:
        """Before the desk is gone."""
        self._timer.stop()
        self._listen(False)

    def _listen(self, wanted: bool) -> None:
        """Every event of the window comes by, so nobody listens while nobody is signed in."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
            if wanted:
                application.installEventFilter(self)

    def _state(self) -> tuple[bool, Account | None]:
        return self._desk.access.guarded, self._desk.access.account

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            self._desk.access.touch()
        return False
