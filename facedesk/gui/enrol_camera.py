"""Enrolment photos by camera: looks all the time, says what to change, shoots by itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.guided_capture import GuidedCapture, View
from facedesk.core.language import tr
from facedesk.core.records import Vector
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, label
from facedesk.gui.enrol_guide import GuideView
from facedesk.gui.enrol_look import LiveLook
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.enrolment import Examined

_LOOK_EVERY_S = 0.1  # often enough to hold a pose, seldom enough to leave the kiosk its processor


class GuidedCamera(QWidget):
    """Live picture, ring, words and a shutter. The camera belongs to the desk and runs on.

    `photo_taken` carries an Examined and the View that it shows; `photo_asked` is told when the
    user presses the shutter, `closed` for Esc.
    """

    photo_taken = Signal(object, object)
    photo_asked = Signal()
    closed = Signal()

    def __init__(self, desk: "Desk", bridge: Bridge, pulse: Pulse, theme: Theme) -> None:
        super().__init__()
        self._desk = desk
        self._bridge = bridge
        self._guide: GuidedCapture | None = None
        self._words = tr("Getting ready")
        self.view = GuideView(theme, desk.clock.monotonic_s)
        self.view.setMinimumHeight(190)
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view.mirrored = desk.settings.mirror
        self._look = LiveLook(
            desk, bridge, self.view, _LOOK_EVERY_S, tr("Photos from files work too.")
        )
        self.glasses = Button(theme, tr("Glasses"), name=tr("Glasses on or off: one more photo"))
        self.glasses.setToolTip(tr("For who wears glasses at times: one more photo the other way"))
        self.glasses.clicked.connect(self._ask_glasses)
        self.shutter = Button(theme, tr("Take photo"), "primary", "camera")
        self.shutter.setToolTip(tr("Space"))
        self.shutter.clicked.connect(self.photo_asked)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        by_itself = tr("Photos are taken by themselves, or with Space.")
        foot.addWidget(label(by_itself, "muted", wrap=True), 1)
        foot.addWidget(self.glasses)
        foot.addWidget(self.shutter)
        panel = QVBoxLayout(self)
        panel.setContentsMargins(0, 0, 0, 0)
        panel.setSpacing(SPACE_PX)
        panel.addWidget(self.view, 1)
        panel.addLayout(foot)
        for key, act in ((Qt.Key.Key_Space, self._shoot_by_hand), (Qt.Key.Key_Escape, self._close)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        pulse.beat.connect(self.beat)

    @property
    def guide(self) -> GuidedCapture | None:
        return self._guide

    def begin(self, agreement_score: float, known: Sequence[Vector]) -> None:
        """Guide from now on. `known` are vectors of the person's photos so far; a capture that
        has begun goes on.
        """
        if self._guide is None:
            self._guide = GuidedCapture(agreement_score, known)

    def explain(self, words: str) -> None:
        """Say why nobody is guided: photos by hand still work."""
        self._words = words

    def count(self, examined: "Examined") -> View | None:
        """A photo by hand was examined: the view that it fills."""
        if self._guide is None:
            return None
        return self._guide.count(examined.glimpse(self._desk.clock.monotonic_s()))

    def forget(self, view: View) -> None:
        """The photo of a view was thrown away."""
        if self._guide is not None:
            self._guide.forget(view)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks any more."""
        super().hideEvent(event)
        self.stop()

    def stop(self) -> None:
        self._look.stop()

    def beat(self) -> None:
        """Show the newest picture, and look at it when the last look is over."""
        if not self.view.isVisible():
            return
        live = self._look.show()
        if self._guide is not None and not self._guide.missing:
            self._words = self._guide.last_words
        self.view.show_guide(self._guide, self._words)
        self.shutter.setEnabled(live)
        self.glasses.setEnabled(live and self._guide is not None)
        if self._guide is not None and self._guide.missing:
            self._look.look(lambda use: use.examine_newest(), self._seen, self.explain)

    def _seen(self, examined: "Examined") -> None:
        if self._guide is None or not self.isVisible():
            return
        guidance = self._guide.observe(examined.glimpse(self._look.looked_s))
        self._words = guidance.say
        if guidance.shoot is not None:
            self.photo_taken.emit(examined, guidance.shoot)

    def _ask_glasses(self) -> None:
        if self._guide is not None:
            self._guide.ask_glasses(self._desk.clock.monotonic_s())

    def _shoot_by_hand(self) -> None:
        if self.shutter.isEnabled():
            self.photo_asked.emit()

    def _close(self) -> None:
        self.closed.emit()
