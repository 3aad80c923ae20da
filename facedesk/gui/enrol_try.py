"""The wizard's last step: the camera looks at the person as the kiosk will, before anything is
saved.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.language import tr
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import label
from facedesk.gui.enrol_look import LiveLook
from facedesk.gui.enrol_steps import Step
from facedesk.gui.hints import reason_text
from facedesk.gui.photo_card import Badge
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.video_view import VideoView
from facedesk.gui.wording import apart

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.newcomer import Newcomer, Tried

_LOOK_EVERY_S = 0.3


class TryStep(Step):
    """Score, lead and verdict of each look. Nobody has to be recognised here: photos may come from
    files, and the person may be elsewhere.
    """

    def __init__(self, desk: "Desk", bridge: Bridge, pulse: Pulse, theme: Theme) -> None:
        super().__init__(tr("Try it"))
        self._desk = desk
        self._newcomer: Newcomer | None = None
        self.recognised = False
        self.tried: Tried | None = None
        self.view = VideoView(theme, desk.clock.monotonic_s)
        self.view.setMinimumHeight(150)
        self.view.mirrored = desk.settings.mirror
        self._look = LiveLook(
            desk, bridge, self.view, _LOOK_EVERY_S, tr("You can save without trying.")
        )
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
        self._look.stop()

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
        newcomer = self._newcomer
        if self._look.show() and newcomer is not None:
            self._look.look(
                lambda use: newcomer.judge(use.examine_newest()), self._seen, self.reason.setText
            )

    def _seen(self, tried: "Tried") -> None:
        if not self.isVisible():
            return
        self.tried = tried
        self.recognised = self.recognised or tried.known
        self._show()
        self.changed.emit()

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
                    name=apart(tried.runner_up_name),
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
