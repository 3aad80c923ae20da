"""The wizard's last step: the camera looks at the person as the kiosk will, before anything is
saved.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import CameraState, Frame
from facedesk.gui.bridge import Bridge, Task
from facedesk.gui.controls import label
from facedesk.gui.enrol_steps import Step
from facedesk.gui.hints import reason_text
from facedesk.gui.photo_card import Badge
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.video_view import Notice, VideoView

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.newcomer import Newcomer, Tried

_LOOK_EVERY_S = 0.3


class TryStep(Step):
    """Score, lead and verdict of each look. Nobody has to be recognised here: photos may come from
    files, and the person may be elsewhere.
    """

    title = tr("Try it")

    def __init__(self, desk: "Desk", bridge: Bridge, pulse: Pulse, theme: Theme) -> None:
        super().__init__()
        self._desk = desk
        self._bridge = bridge
        self._newcomer: Newcomer | None = None
        self._task: Task | None = None
        self._looked_at: Frame | None = None
        self._looked_s = float("-inf")
        self.recognised = False
        self.tried: Tried | None = None
        self.view = VideoView(theme, desk.clock.monotonic_s)
        self.view.setMinimumHeight(150)
        self.view.mirrored = desk.settings.mirror
        self.badge = Badge(theme)
        self.score = label("", "sectionTitle", wrap=True)
        self.lead = label("", "", wrap=True)
        self.reason = label("", "muted", wrap=True)
        side = QVBoxLayout()
        side.setSpacing(SPACE_PX)
        side.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignLeft)
        for words in (self.score, self.lead, self.reason):
            side.addWidget(words)
        side.addStretch(1)
        panel = QWidget()
        panel.setMinimumWidth(220)
        panel.setLayout(side)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(3 * SPACE_PX)
        whole.addWidget(self.view, 3)
        whole.addWidget(panel, 2)
        pulse.beat.connect(self.beat)

    def use(self, newcomer: "Newcomer") -> None:
        """Try this one from now on."""
        if newcomer is not self._newcomer:
            self._newcomer, self.tried, self.recognised = newcomer, None, False
            self._show()

    def enter(self) -> None:
        self._show()
        self.beat()

    def leave(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks any more."""
        super().hideEvent(event)
        self.leave()

    @property
    def words(self) -> str:
        if self.recognised:
            return tr("Recognised. Saved people can check in at once.")
        return tr("Look at the camera, or save without trying.")

    def beat(self) -> None:
        """Show the newest picture, and look at it when the last look is over."""
        if not self.view.isVisible():
            return
        live = self._desk.camera_state is CameraState.LIVE
        frame = self._desk.frames.peek() if live else None
        lost = Notice(
            "camera_off",
            tr("No camera picture"),
            tr("Goes on by itself when the camera is back. You can save without trying."),
        )
        self.view.show_notice(None if frame is not None else lost)
        self.view.show_frame(frame, None)
        now_s = self._desk.clock.monotonic_s()
        due = now_s - self._looked_s >= _LOOK_EVERY_S and frame is not self._looked_at
        if frame is None or self._newcomer is None or self._task is not None or not due:
            return
        self._looked_at, self._looked_s = frame, now_s
        desk, newcomer = self._desk, self._newcomer
        self._task = self._bridge.run(
            lambda _progress: newcomer.judge(desk.enrolment.examine_newest()),
            done=self._seen,
            failed=self._not_seen,
        )
        self._task.ended.connect(self._look_over)

    def _look_over(self) -> None:
        self._task = None

    def _seen(self, tried: "Tried") -> None:
        if not self.isVisible():
            return
        self.tried = tried
        self.recognised = self.recognised or tried.known
        self._show()
        self.changed.emit()

    def _not_seen(self, error: Exception) -> None:
        """The camera went away between two looks: the next look tells."""
        title = error.title if isinstance(error, FaceDeskError) else type(error).__name__
        self.reason.setText(title)

    def _show(self) -> None:
        tried = self.tried
        if tried is None or tried.face is None or tried.decision is None:
            waiting = tr("Nobody is before the camera") if tried else tr("Looking")
            self.badge.say(waiting, ("calm", "on_calm"))
            for words in (self.score, self.lead, self.reason):
                words.setText("")
            return
        decision, quality = tried.decision, tried.face.quality
        rules = self._newcomer.rules if self._newcomer is not None else None
        if tried.known:
            self.badge.say(tr("Recognised"), ("arrive", "on_arrive"))
        else:
            self.badge.say(tr("Not recognised yet"), ("warn", "on_warn"))
        self.score.setText(
            tr("Similarity {score:.2f}", score=decision.score)
            + "\n"
            + tr("{threshold:.2f} is needed", threshold=decision.threshold)
        )
        if tried.runner_up_name and rules is not None:
            self.lead.setText(
                tr(
                    "Next: {name}, {score:.2f}. The lead is {lead:.2f}; {needed:.2f} is needed.",
                    name=tried.runner_up_name,
                    score=decision.runner_up,
                    lead=decision.score - decision.runner_up,
                    needed=rules.margin,
                )
            )
        else:
            self.lead.setText(tr("Nobody else is enrolled."))
        reasons = ", ".join(reason_text(reason) for reason in quality.reasons)
        self.reason.setText(reasons or decision.reason)
        self.setAccessibleDescription(f"{self.badge.text}. {self.score.text()} {self.lead.text()}")
