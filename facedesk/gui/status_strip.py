"""The line at the bottom: camera, what really runs the models, frame rate, people."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from facedesk.core.language import tr
from facedesk.core.records import CameraState
from facedesk.gui.controls import Line, label
from facedesk.gui.login import AccountButton
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import provider_text

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class Dot(QWidget):
    """A coloured dot; the words beside it say the same, colour alone tells nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._colour = QColor()
        self.setFixedSize(QSize(12, 12))

    def use(self, colour: QColor) -> None:
        if colour != self._colour:
            self._colour = colour
            self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._colour)
        painter.setBrush(self._colour)
        painter.drawEllipse(self.rect().adjusted(2, 2, -2, -2))


class StatusStrip(QFrame):
    """Reads the desk once a second; `refresh` reads at once."""

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setFixedHeight(36)
        self._desk = desk
        self._theme = theme
        self._why_provider = ""
        self.dot = Dot()
        self.camera = Line()
        self.provider = label("")
        self.rate = label("")
        self.people = label("")
        self.account = AccountButton(desk, theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE_PX, 0, 2 * SPACE_PX, 0)
        row.setSpacing(SPACE_PX)
        row.addWidget(self.dot)
        row.addWidget(self.camera, 1)
        for part in (self.provider, self.rate, self.people, self.account):
            row.addSpacing(2 * SPACE_PX)
            row.addWidget(part)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        state = self._desk.camera_state
        token, words = {
            CameraState.OPENING: ("field_border", tr("Opening the camera")),
            CameraState.LIVE: ("good", tr("Camera live")),
            CameraState.STALLED: ("waits", tr("Camera waits")),
            CameraState.LOST: ("danger", tr("No camera")),
            CameraState.STOPPED: ("field_border", tr("Camera off")),
        }[state]
        self.dot.use(self._theme.colour(token))
        source = self._desk.source_name
        self.camera.say(f"{words} · {source}" if source else words)
        provider = provider_text(self._desk.provider)
        words = tr("Runs on {provider}", provider=provider)
        if self._why_provider:
            words = tr("Runs on {provider}, not as set", provider=provider)
        self.provider.setText(words if provider else "")
        self.provider.setToolTip(self._why_provider)
        live = state is CameraState.LIVE
        fps = self._desk.counters.fps
        self.account.refresh()
        self.rate.setText(tr("{fps:.0f} frames/s", fps=fps) if live else "")

    def explain_provider(self, why: str) -> None:
        """Why the models run elsewhere than set; '' when they run where they should."""
        self._why_provider = why
        self.refresh()

    def count_people(self, count: int) -> None:
        self.people.setText(tr("1 person") if count == 1 else tr("{count} people", count=count))
