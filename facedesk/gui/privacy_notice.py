"""What people may read at the kiosk about their data, before they are recognised."""

from collections.abc import Callable

from PySide6.QtCore import QTimer

from facedesk.core.language import tr
from facedesk.gui.controls import Button
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import Theme

_SHOWN_S = 45  # nobody closes it for the next one in the queue


class PrivacyNotice(Button):
    """A quiet button; `text` gives the words of the settings."""

    def __init__(self, theme: Theme, text: Callable[[], str]) -> None:
        super().__init__(theme, tr("Your data"), "quiet", "lock")
        self._words = text
        self.clicked.connect(self.show_notice)

    def show_notice(self) -> None:
        paragraphs = [part for part in self._words().split("\n") if part.strip()]
        message = Message(self._theme, self.window(), tr("Your data"), paragraphs)
        message.add(tr("Close"), "primary").setDefault(True)
        closing = QTimer(message)
        closing.setSingleShot(True)
        closing.timeout.connect(message.accept)
        closing.start(_SHOWN_S * 1000)
        message.open()
