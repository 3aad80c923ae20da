"""A badge reader that types like a keyboard, heard while the kiosk page is shown."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from facedesk.core.badge_burst import BadgeBurst

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)


class BadgeReader(QObject):
    """`badge_read` carries a code. Text fields are left alone, whatever is typed there.

    The keys themselves are passed on, for a person who types sends the same; only the Enter that
    ends a code is swallowed.
    """

    badge_read = Signal(str)

    def __init__(self, page: QWidget, monotonic_s: Callable[[], float]) -> None:
        super().__init__(page)
        self._page = page
        self._monotonic_s = monotonic_s
        self._burst = BadgeBurst()
        self.enabled = True
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not self._listens(watched):
            return False
        assert isinstance(event, QKeyEvent)
        at_ms = float(event.timestamp()) or self._monotonic_s() * 1000.0
        if event.key() in _ENDS:
            code = self._burst.end(at_ms)
            if code:
                self.badge_read.emit(code)
            return bool(code)
        if event.text().isprintable() and event.text():
            self._burst.key(event.text(), at_ms)
        return False

    def _listens(self, watched: QObject) -> bool:
        """Once a key: it goes to the focused widget first, then to those around it."""
        focused = QApplication.focusWidget()
        return (
            self.enabled
            and watched is focused
            and self._page.isVisible()
            and QApplication.activeModalWidget() is None
            and not focused.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        )
