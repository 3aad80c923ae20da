"""What each liveness policy shows at the kiosk, for `tests.gui.shots`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
    desk.credentials.set_pin(studio.people[0].id, "5928")
    studio.window.kiosk.people_changed()
    studio.window.kiosk.ways.refresh()
    studio.camera(CameraState.LIVE, message="")
    face = seen_face(DecisionKind.UNDECIDED, box)
    moves = [(None, 0.0), *((move, 0.6) for move in Move if move is not Move.FOLLOW)]
    for move, done in moves:
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
    for refused_by, reason, rests_s in (
        ("passive", "The camera found no living face.", 0.0),
        ("challenge", "The movement did not come in time.", 0.0),
        ("challenge", "Too many tries with this face.", 60.0),
    ):
        desk.clock.advance(10)
        refused = seen_face(DecisionKind.REFUSED, box)
        desk.show(image, replace(refused, decision=replace(refused.decision, reason=reason)))
        desk.tell(LivenessRefused(desk.clock.utc(), 1, refused_by, 0.1, "", rests_s))
        name = "resting" if rests_s else refused_by
        studio.snap(f"refused-{name}")
        desk.clock.advance(5)
        desk.show(image, replace(refused, decision=replace(refused.decision, reason=reason)))
        studio.settle(50)
        studio.snap(f"refused-{name}-after")


PARTS: dict[str, Callable[[Studio], None]] = {"challenge": liveness}
