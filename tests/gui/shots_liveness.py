"""The challenge and a refusal at the kiosk, for `tests.gui.shots`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from facedesk.core.challenge import Move, Prompt
from facedesk.core.facts import LivenessRefused
from facedesk.core.records import CameraState, DecisionKind
from tests.gui.drawn import scene
from tests.gui.fake_desk import seen_face

if TYPE_CHECKING:
    from tests.gui.shots import Studio


def liveness(studio: Studio) -> None:
    desk = studio.desk
    image, box = scene(3)
    studio.camera(CameraState.LIVE, message="")
    face = seen_face(DecisionKind.UNDECIDED, box)
    for move, done in ((None, 0.0), (Move.TURN_LEFT, 0.6)):
        prompt = Prompt(1, move, 0, 2, done, 2.6, 4.0, can_swap=True)
        desk.show(image, face, challenge=prompt)
        studio.settle(50)
        desk.clock.advance(0.7)
        desk.show(image, face, challenge=prompt)
        studio.snap(f"challenge-{move.name.lower() if move else 'ahead'}")
    desk.show(image, face, challenge=Prompt(1, Move.FOLLOW, 1, 2, 0.5, 3.1, 4.0, False, 1.0))
    desk.clock.advance(0.7)
    studio.settle(50)
    studio.snap("challenge-dot")
    desk.show(image, face)
    desk.tell(LivenessRefused(desk.clock.utc(), 1, "passive", 0.1, ""))
    studio.snap("challenge-refused")


PARTS: dict[str, Callable[[Studio], None]] = {"challenge": liveness}
