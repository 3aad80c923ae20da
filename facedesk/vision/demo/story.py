"""What happens in the demonstration: who is where at which second."""

import math
from dataclasses import dataclass
from enum import StrEnum

from facedesk.vision.demo.figure import Pose


class Actor(StrEnum):
    KNOWN = "known"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the stage: `scale` grows towards the camera."""

    x_px: float
    y_px: float
    scale: float
    light: float


_DESK = Spot(640, 408, 1.72, 1.0)
_BY_THE_WINDOW = Spot(-430, 372, 1.36, 1.06)
_BY_THE_DOOR = Spot(1660, 372, 1.36, 0.84)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody comes from one side, stands at the desk, and leaves by a side. Times in seconds."""

    actor: Actor
    start_s: float
    stay_s: float
    comes_from: Spot
    leaves_to: Spot

    @property
    def desk_s(self) -> tuple[float, float]:
        """When the desk is reached and when it is left."""
        arrival_s = self.start_s + _WALK_S
        return arrival_s, arrival_s + self.stay_s

    @property
    def end_s(self) -> float:
        return self.desk_s[1] + _WALK_S


_WALK_S = 2.0
_STEPS_HZ = 1.9

VISITS = (
    Visit(Actor.KNOWN, 1.0, 3.4, _BY_THE_DOOR, _BY_THE_WINDOW),
    Visit(Actor.STRANGER, 9.4, 3.2, _BY_THE_DOOR, _BY_THE_DOOR),
    Visit(Actor.KNOWN, 17.4, 3.0, _BY_THE_WINDOW, _BY_THE_DOOR),
)
STORY_S = 25.2


def on_stage(story_s: float) -> tuple[Actor, Pose] | None:
    """Who is in the room at that second of the story, and where; None while it is empty."""
    for visit in VISITS:
        if visit.start_s <= story_s < visit.end_s:
            return visit.actor, _pose(visit, story_s)
    return None


def standing(tilt_deg: float, nearer: float = 1.0, light: float = 1.0) -> Pose:
    """A still pose at the desk, for a picture to enrol; `nearer` multiplies the size."""
    return Pose(_DESK.x_px, _DESK.y_px, _DESK.scale * nearer, 0.0, tilt_deg, light)


def _pose(visit: Visit, story_s: float) -> Pose:
    arrival_s, leaving_s = visit.desk_s
    if story_s < arrival_s:
        done = (story_s - visit.start_s) / _WALK_S
        side, nearness = visit.comes_from, _eased_in(done)
        walking = 1 - done**3
    else:
        done = max(0.0, (story_s - leaving_s) / _WALK_S)
        side, nearness = visit.leaves_to, 1 - _eased_out(done)
        walking = min(1.0, done * 3)
    mixed = _between(side, _DESK, nearness)
    stride = math.pi * _STEPS_HZ * (story_s - visit.start_s)
    bob_px = 9.0 * mixed.scale / _DESK.scale * walking * abs(math.sin(stride))
    towards = math.copysign(1.0, _DESK.x_px - side.x_px) * (1 if story_s < arrival_s else -1)
    breath = math.sin(1.9 * story_s)
    return Pose(
        x_px=mixed.x_px + 5.0 * math.sin(1.1 * story_s) + 3.0 * math.sin(0.47 * story_s + 1),
        y_px=mixed.y_px - bob_px + 1.6 * breath,
        scale=mixed.scale * (1 + 0.012 * math.sin(0.8 * story_s)),
        lean_deg=walking * (1.6 * towards + 1.1 * math.sin(stride)) + 0.5 * math.sin(0.9 * story_s),
        tilt_deg=_head_tilt_deg(story_s) * (1 - 0.7 * walking),
        light=mixed.light + 0.01 * math.sin(0.6 * story_s),
    )


def _head_tilt_deg(story_s: float) -> float:
    return 2.4 * math.sin(1.3 * story_s) + 1.2 * math.sin(0.7 * story_s + 2)


def _between(side: Spot, desk: Spot, nearness: float) -> Spot:
    def mix(first: float, second: float) -> float:
        return first + (second - first) * nearness

    return Spot(
        mix(side.x_px, desk.x_px),
        mix(side.y_px, desk.y_px),
        mix(side.scale, desk.scale),
        mix(side.light, desk.light),
    )


def _eased_in(done: float) -> float:
    """0 to 1: walks at full speed out of the wings and comes to rest at the desk."""
    return 1 - (1 - done) ** 2 * (1 + 0.4 * done)


def _eased_out(done: float) -> float:
    """0 to 1: sets off gently and leaves at full speed."""
    return 1 - _eased_in(1 - done)
