"""Guided enrolment photos: which views are missing, when to shoot, and what to say until then.

A state machine on what is seen, moment by moment; it knows neither camera nor window. Left and
right are the person's own: somebody who turns to their left moves the nose to the right of the
(never mirrored) picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from facedesk.core.agreement import NEARLY_SAME
from facedesk.core.language import tr
from facedesk.core.records import Face, Quality, QualityReason, Vector


class View(StrEnum):
    """A side of the head, in the order in which the views are asked for; GLASSES is the front once
    more with the glasses put on or taken off, for those who say that they wear some.
    """

    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    GLASSES = "glasses"


@dataclass(frozen=True, slots=True)
class Spans:
    """How far a head is turned or nodded in a view: (least, most) degrees from the front view, and
    by how much the other axis may be off.
    """

    turned_deg: tuple[float, float]
    nodded_deg: tuple[float, float]
    aside_deg: float


# Degrees, of which the others are relative to the person's own front view: where the nose sits
# between eyes and mouth differs from face to face by more than a small nod. Of five landmarks by
# yunet_2023mar, 1.2 of a degree of yaw and 0.32 of a degree of pitch are seen (slopes against
# MediaPipe's mesh on 160 LFW faces; correlation 0.95 and 0.59); some detectors show no nod at all.
_FRONT_YAW_DEG = 10.0
_FRONT_PITCH_DEG = 20.0
_BY_POINTS = Spans((12.0, 34.0), (3.5, 12.0), 12.0)
_BY_MESH = Spans((10.0, 30.0), (8.0, 28.0), 15.0)

_HELD_S = 0.5  # so long a view is held before the photo is taken
_MOVED = 0.12  # of a face's width between two looks: not still
_PAUSE_S = 0.8  # after a photo, so that it is noticed
_CHANGE_S = 4.0  # so long it takes to put glasses on or off: no photo before
_WORDS_S = 0.7  # words stay at least so long, or nobody can read them
# Not every neck turns and not every detector sees a nod: a view that does not come is let go.
_PATIENCE_S = 12.0
_GAP_S = 1.0  # after such a gap between two looks the camera was away: begin again


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one look at the camera showed. `face` is the nearest one, None for nobody; `others`
    counts further faces near the camera. `by_mesh`: the angles of `quality` are a face mesh's.
    """

    at_s: float
    face: Face | None = None
    quality: Quality | None = None
    vector: Vector | None = None
    others: int = 0
    by_mesh: bool = False

    @property
    def spans(self) -> Spans:
        return _BY_MESH if self.by_mesh else _BY_POINTS


@dataclass(frozen=True, slots=True)
class Guidance:
    """`say` is one sentence for the person; `shoot`: this look IS the photo of that view."""

    say: str
    shoot: View | None = None


class GuidedCapture:
    """One per person being photographed. Call `observe` for each look, a few times a second.

    `same_person_score` is the cosine from which two photos show one person; `known` are vectors of
    the person's earlier photos.
    """

    def __init__(self, same_person_score: float, known: Sequence[Vector] = ()) -> None:
        self._same_person_score = same_person_score
        self._known = list(known)
        self._shots: dict[View, Glimpse] = {}
        self._let_go_views: set[View] = {View.GLASSES}  # until somebody wears some
        self._change_until_s = float("-inf")
        self._asked: tuple[View, float] | None = None  # the next view and since when
        self._held: list[Glimpse] = []
        self._holding: View | None = None
        self._said = ""
        self._said_at_s = float("-inf")
        self._quiet_until_s = float("-inf")
        self._last_s = float("-inf")

    @property
    def missing(self) -> tuple[View, ...]:
        """The views that have no photo yet and are still asked for, next one first."""
        return tuple(v for v in View if v not in self._shots and v not in self._let_go_views)

    @property
    def taken(self) -> tuple[View, ...]:
        return tuple(view for view in View if view in self._shots)

    @property
    def held(self) -> tuple[View, float] | None:
        """The view that is being held, and which share of the wanted time is over."""
        if self._holding is None or not self._held:
            return None
        over_s = self._held[-1].at_s - self._held[0].at_s
        return self._holding, min(1.0, over_s / _HELD_S)

    @property
    def last_words(self) -> str:
        """What is said when nothing is missing."""
        if View.GLASSES in self._let_go_views:
            return tr("That is all, unless you wear glasses at times.")
        return tr("That is all. Thank you.")

    def observe(self, glimpse: Glimpse) -> Guidance:
        """Judge one look. Looks come in order of time."""
        if glimpse.at_s - self._last_s > _GAP_S:
            self._let_go()
            self._asked = None
        self._last_s = glimpse.at_s
        if not self.missing:
            return Guidance(self._say(self.last_words, glimpse.at_s, now=True))
        if glimpse.at_s < self._quiet_until_s:
            return Guidance(self._said)
        trouble = self._trouble(glimpse)
        if trouble:
            self._let_go()
            return Guidance(self._say(trouble, glimpse.at_s))
        view, words = self._pose(glimpse)
        if view is None:
            self._let_go()
            self._lose_patience(glimpse.at_s)
            return Guidance(self._say(words, glimpse.at_s))
        return self._hold(view, glimpse)

    def count(self, glimpse: Glimpse) -> View | None:
        """A photo that was taken by hand: the view that it fills, if it is a missing one."""
        if self._trouble(glimpse):
            return None
        view, _ = self._pose(glimpse)
        if view is not None:
            self._take(view, glimpse)
        return view

    def ask_glasses(self, now_s: float) -> None:
        """The person wears glasses at times: the front is wanted once more, the other way."""
        self._let_go_views.discard(View.GLASSES)
        self._change_until_s = now_s + _CHANGE_S
        self.forget(View.GLASSES)

    def forget(self, view: View) -> None:
        """The photo of this view was thrown away: it is wanted again."""
        self._shots.pop(view, None)
        self._asked = None
        self._let_go()

    def _hold(self, view: View, glimpse: Glimpse) -> Guidance:
        if view is not self._holding or _moved(self._held[-1], glimpse):
            self._let_go()
            self._holding = view
        self._held.append(glimpse)
        if len(self._held) < 2 or glimpse.at_s - self._held[0].at_s < _HELD_S:
            return Guidance(self._say(tr("Good. Hold still."), glimpse.at_s))
        self._take(view, glimpse)
        self._quiet_until_s = glimpse.at_s + _PAUSE_S
        left = len(self.missing)
        words = tr("Photo taken. {count} to go.", count=left) if left else tr("Photo taken.")
        return Guidance(self._say(words, glimpse.at_s, now=True), view)

    def _lose_patience(self, now_s: float) -> None:
        wanted = self.missing[0]
        if self._asked is None or self._asked[0] is not wanted:
            self._asked = (wanted, now_s)
        elif wanted is not View.FRONT and now_s - self._asked[1] > _PATIENCE_S:
            self._let_go_views.add(wanted)

    def _take(self, view: View, glimpse: Glimpse) -> None:
        self._shots[view] = glimpse
        self._let_go()

    def _let_go(self) -> None:
        self._held, self._holding = [], None

    def _say(self, words: str, at_s: float, *, now: bool = False) -> str:
        """The words to show: the last ones stay until they could be read."""
        if words != self._said and (now or at_s - self._said_at_s >= _WORDS_S):
            self._said, self._said_at_s = words, at_s
        return self._said

    def _trouble(self, glimpse: Glimpse) -> str:
        """What is in the way of any photo; '' for nothing."""
        if glimpse.face is None or glimpse.quality is None or glimpse.vector is None:
            return tr("Look at the camera.")
        if glimpse.others:
            return tr("Only one person, please.")
        for reason, words in _reason_words():
            if reason in glimpse.quality.reasons:
                return words
        if self._likeness(glimpse) < self._same_person_score:
            return tr("This is not the person of the photos before.")
        return ""

    def _likeness(self, glimpse: Glimpse) -> float:
        """Highest cosine to an earlier photo; 1.0 for the first, which has nobody to be unlike."""
        assert glimpse.vector is not None
        taken = (shot.vector for shot in self._shots.values() if shot.vector is not None)
        return max(
            (float(vector @ glimpse.vector) for vector in (*self._known, *taken)), default=1.0
        )

    def _pose(self, glimpse: Glimpse) -> tuple[View | None, str]:
        """The missing view that this look shows, or what to do for the next one."""
        assert glimpse.quality is not None
        yaw_deg, pitch_deg = glimpse.quality.yaw_deg, glimpse.quality.pitch_deg
        front = self._shots.get(View.FRONT)
        if front is None:
            if abs(yaw_deg) <= _FRONT_YAW_DEG and abs(pitch_deg) <= _FRONT_PITCH_DEG:
                return View.FRONT, ""
            return None, tr("Look straight at the camera.")
        assert front.quality is not None
        yaw_deg -= front.quality.yaw_deg
        pitch_deg -= front.quality.pitch_deg
        if glimpse.at_s < self._change_until_s and self.missing[0] is View.GLASSES:
            return None, tr("Put your glasses on, or take them off.")
        for view in self.missing:
            if _shows(view, yaw_deg, pitch_deg, glimpse.spans):
                # A photograph that is tilted, not a head that turns, or a camera that hangs.
                if self._likeness(glimpse) > NEARLY_SAME:
                    return None, tr("This is nearly the same picture. Move your head a little.")
                return view, ""
        return None, _pose_words(self.missing[0], yaw_deg, pitch_deg, glimpse.spans)


def _reason_words() -> tuple[tuple[QualityReason, str], ...]:
    """What to change, the most helpful first."""
    return (
        (QualityReason.TOO_SMALL, tr("Come closer.")),
        (QualityReason.CUT_OFF, tr("Move into the middle of the picture.")),
        (QualityReason.TOO_DARK, tr("It is too dark. Turn on a light, or face the window.")),
        (QualityReason.TOO_BRIGHT, tr("It is too bright. Turn away from the light.")),
        (QualityReason.TURNED_AWAY, tr("Not so far. Turn back a little.")),
        (QualityReason.UNCLEAR, tr("Show your whole face, with nothing before it.")),
        (QualityReason.DRAWN, tr("A person is needed, not a drawing.")),
        (QualityReason.BLURRED, tr("Hold still.")),
        (QualityReason.LIFELESS, tr("One moment: looking for signs of life.")),
    )


def _along(
    view: View, yaw_deg: float, pitch_deg: float, spans: Spans
) -> tuple[float, float, tuple[float, float]]:
    """(degrees into the view's direction, degrees off it, wanted span)."""
    if view in (View.LEFT, View.RIGHT):
        return (yaw_deg if view is View.LEFT else -yaw_deg), pitch_deg, spans.turned_deg
    return (pitch_deg if view is View.DOWN else -pitch_deg), yaw_deg, spans.nodded_deg


def _shows(view: View, yaw_deg: float, pitch_deg: float, spans: Spans) -> bool:
    if view is View.GLASSES:
        return abs(yaw_deg) <= _FRONT_YAW_DEG and abs(pitch_deg) <= _FRONT_PITCH_DEG
    along, aside, (least, most) = _along(view, yaw_deg, pitch_deg, spans)
    return least <= along <= most and abs(aside) <= spans.aside_deg


def _pose_words(view: View, yaw_deg: float, pitch_deg: float, spans: Spans) -> str:
    if view is View.GLASSES:
        return tr("Look straight at the camera.")
    along, aside, (least, most) = _along(view, yaw_deg, pitch_deg, spans)
    if along > most:
        return tr("Not so far. Turn back a little.")
    if along >= least / 2 and abs(aside) <= spans.aside_deg:
        return tr("A little further.")
    return {
        View.LEFT: tr("Turn your head a little to your left."),
        View.RIGHT: tr("Turn your head a little to your right."),
        View.UP: tr("Lift your chin a little."),
        View.DOWN: tr("Lower your chin a little."),
    }[view]


def _moved(before: Glimpse, after: Glimpse) -> bool:
    """Whether the face went too far between two looks to be sharp and steady."""
    assert before.face is not None
    assert after.face is not None
    way = after.face.landmarks.mean(axis=0) - before.face.landmarks.mean(axis=0)
    return float(np.hypot(*way)) > _MOVED * after.face.width_px
