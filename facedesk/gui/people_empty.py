"""What the people page shows before anybody is enrolled."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from facedesk.core.language import tr
from facedesk.gui.controls import Button, Card, label
from facedesk.gui.icons import pixmap_of
from facedesk.gui.theme import Theme


class EmptyPeople(Card):
    """An invitation to enrol the first person."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = label(tr("Nobody is enrolled yet"), "dialogTitle")
        words = label(
            tr("Add the first person with a name and a photo or two. Then the kiosk greets them."),
            "muted",
            wrap=True,
        )
        for part in (title, words):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.first_button = Button(theme, tr("Add the first person"), "primary", "plus")
        self.body.addStretch(1)
        self.body.addWidget(self._picture)
        self.body.addWidget(title)
        self.body.addWidget(words)
        self.body.addWidget(self.first_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addStretch(1)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _recolour(self) -> None:
        self._picture.setPixmap(pixmap_of("people", self._theme.colour("muted"), 72))
