"""Is a living face before the camera? What several frames show together, as one probability.

Each frame gives a `Glance`: what a network thinks of the face's surroundings and surface, and what
can be seen without training. One frame decides nothing. The probability is a logistic regression
(weights below), fitted by `facedesk evaluate liveness --fit` on people whom the network never saw
and who are not measured either.
"""

import math
from collections import Counter, deque
from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

# A mean of at most so many frames: a second and a half at a slow kiosk.
WINDOW_FRAMES = 16
# A network's certainty on one frame is worth this much and no more: frames of one visit err alike.
_MOST_LOGIT = 4.0
# The very same picture never comes twice from a sensor: its noise is new each time. Repeated frames
# of a slow camera come at once after each other and are no replay.
_REPEATS = 3
# A face whose mean stirring is below is a sheet's; of few looks more is asked for. A head that does
# move stays above the last (simulated: 5 to 30 degrees within the frames compared).
_STIFFEST, _STIFFEST_FEW, _STIFFEST_MOVING = -0.5, 0.6, -0.25


@dataclass(frozen=True, slots=True)
class Glance:
    """What one frame shows of one face.

    `logit`: the network's, above 0 is alive. `sheet`: 0 to 1, how many sides of a rectangle stand
    around the face. `together`: 0 to 1, how far the surroundings move as the face does (1: as one
    sheet); None while the face stands still or nothing around it can be followed. `stirring`: how
    far the face moves as no flat picture does, see `stirring_of`; None where it cannot be followed.
    `fingerprint`: a hash of the face's pixels. `light`, `light_around`: mean grey of the face and
    of the rest of its window, 0 to 255. `edges`: 0 to 1, on how many sides of the face an edge as
    long as half the picture is, that is not there without it; None: not looked for. `grid`: how far
    a regular pattern stands out on the face, as a natural logarithm.
    """

    logit: float
    sheet: float
    together: float | None
    fingerprint: int
    light: float
    light_around: float
    stirring: float | None = None
    edges: float | None = None
    grid: float = 0.0


class Policy(StrEnum):
    """What a face must do before it counts. The values are those of the setting `liveness`."""

    OFF = "off"
    PASSIVE = "passive"
    IF_UNSURE = "challenge if unsure"
    ALWAYS = "always challenge"


def stirring_of(bent: float, moved: float) -> float:
    """-2 (a still or stiff sheet) to 1 (alive), 0 in between.

    Both in per cent of the face's width within a quarter of a second: `bent` is what is left of the
    motion of the face's points when that of a plane (a homography) is taken away, `moved` their
    motion itself. A living face is never quite still and never stiff: eyes, mouth and the depth of
    the nose bend it more than a sheet that is moved as far. What a camera's noise and compression
    leave of a sheet grows with its motion.
    """
    return max(-2.0, min(1.0, math.log(max(bent, 1e-3) / (0.5 + 0.12 * moved))))


class Liveness(StrEnum):
    LOOKING = "looking"  # more frames are needed
    LIVE = "live"
    UNSURE = "unsure"  # enough frames, and no certainty: a picture, or a person in poor light
    REPLAYED = "replayed"  # the same pixels again: a recording is fed in


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """Log-odds of a living face: bias + what each cue adds. `logit` belongs to one network."""

    bias: float
    logit: float
    sheet: float
    together: float
    flicker: float
    stirring: float = 0.0


@dataclass(frozen=True, slots=True)
class PassiveRules:
    """`accept`: the probability from which a face is taken for alive, after `least_frames` at the
    earliest; after `most_frames` below it the answer is UNSURE. From `sure` on, nobody need ask for
    more, unless long edges stand on as many of the face's sides as `edged`, a share. A pattern that
    stands out as far as `patterned` is that of a screen's or a printer's dots: never alive.
    """

    weights: FusionWeights
    accept: float = 0.6
    sure: float = 0.86
    edged: float = 0.15
    patterned: float = 2.6
    least_frames: int = 6
    most_frames: int = 15


# Ours is fitted on 131 visits of people who are not measured (32 living, 54 prints, 45 made
# attacks): all of the living and 2 made attacks are accepted, `sure` are all of the living and no
# attack. Flicker weighs nothing: lamps make living faces flicker as screens do. A network has its
# own, by its name.
RULES: dict[str, PassiveRules] = {
    "facedesk-liveness": PassiveRules(
        FusionWeights(1.09, 1.22, -1.8, -1.1, 0.0, 2.38), accept=0.75, sure=0.8
    ),
    "minifasnet_v2_2.7_80+minifasnet_v1se_4_80": PassiveRules(
        FusionWeights(-0.482, 0.952, -0.886, -0.489, -0.216)
    ),
}
# Of a network that nobody fitted, a cautious guess: its own even chance is the limit.
UNFITTED = PassiveRules(FusionWeights(0.0, 1.0, -0.5, -0.5, -0.3, 1.0))


@dataclass(frozen=True, slots=True)
class Cues:
    """The means over the frames so far: what the fusion sees, and what an admin is told."""

    logit: float
    sheet: float
    together: float
    flicker: float
    stirring: float | None  # None: could not be seen so far
    edges: float
    grid: float

    def log_odds(self, weights: FusionWeights) -> float:
        return (
            weights.bias
            + weights.logit * self.logit
            + weights.sheet * self.sheet
            + weights.together * self.together
            + weights.flicker * self.flicker
            + weights.stirring * (self.stirring or 0.0)
        )


class Evidence:
    """What the frames of one track have shown. One per track.

    `played`: fingerprints of earlier visits; a recording may be fed in once for each.
    """

    def __init__(self, rules: PassiveRules, played: Container[int] = ()) -> None:
        self._rules = rules
        self._played = played
        self._glances: deque[Glance] = deque(maxlen=WINDOW_FRAMES)
        self._prints: Counter[int] = Counter()
        self._last_print: int | None = None
        self._repeats = 0
        self._frames = 0
        self._standing = Liveness.LOOKING

    @property
    def frames(self) -> int:
        return self._frames

    @property
    def full(self) -> bool:
        """Whether as many frames were seen as a doubt may take."""
        return self._frames >= self._rules.most_frames

    @property
    def fingerprints(self) -> Iterable[int]:
        """Of all frames so far."""
        return self._prints.keys()

    @property
    def score(self) -> float:
        """Probability of a living face, 0 to 1; 0.5 without a frame."""
        if not self._glances:
            return 0.5
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, self.log_odds))))

    @property
    def log_odds(self) -> float:
        return self.cues().log_odds(self._rules.weights)

    @property
    def verdict(self) -> Liveness:
        return self._standing

    @property
    def sure(self) -> bool:
        """Alive beyond a doubt that could be cleared by asking for more."""
        alive = self._standing is Liveness.LIVE and self.score >= self._rules.sure
        return alive and not self.stiff and not self.edged

    @property
    def edged(self) -> bool:
        """Whether long edges stand around the face, as those of paper and screens do."""
        return self.cues().edges >= self._rules.edged

    @property
    def stiff(self) -> bool:
        """Whether the latest frames showed no depth.

        Then nothing else makes a face alive: the network errs on good prints, a sheet stays one.
        """
        looks = sum(glance.stirring is not None for glance in self._glances)
        return self._stirs_less_than(_STIFFEST + _STIFFEST_FEW / max(1, looks))

    @property
    def stiff_in_motion(self) -> bool:
        """As `stiff`, of frames of movements that were asked for."""
        return self._stirs_less_than(_STIFFEST_MOVING)

    def _stirs_less_than(self, bound: float) -> bool:
        stirring = self.cues().stirring if self._rules.weights.stirring else None
        return stirring is not None and stirring < bound

    @property
    def patterned(self) -> bool:
        """Whether there is a screen's or a printer's regular pattern on the face."""
        return self.cues().grid >= self._rules.patterned

    def add(self, glance: Glance) -> Liveness:
        """Count one more frame; the verdict so far. UNSURE may still become LIVE, and LIVE falls
        only when the later frames speak clearly against it.
        """
        self._frames += 1
        self._glances.append(glance)
        if glance.fingerprint != self._last_print:
            again = self._prints[glance.fingerprint] > 0 or glance.fingerprint in self._played
            self._repeats += again
            self._prints[glance.fingerprint] += 1
        self._last_print = glance.fingerprint
        self._standing = self._judge()
        return self._standing

    def cues(self) -> Cues:
        glances = self._glances
        logits = [max(-_MOST_LOGIT, min(_MOST_LOGIT, glance.logit)) for glance in glances]
        moved = [glance.together for glance in glances if glance.together is not None]
        stirred = [glance.stirring for glance in glances if glance.stirring is not None]
        edges = [glance.edges for glance in glances if glance.edges is not None]
        return Cues(
            float(np.mean(logits)),
            float(np.mean([glance.sheet for glance in glances])),
            # 0: says nothing. One still moment is no evidence for either side.
            float(np.mean(moved)) - 0.5 if len(moved) >= 2 else 0.0,
            _flicker(glances),
            float(np.mean(stirred)) if stirred else None,
            float(np.mean(edges)) if edges else 0.0,
            float(np.mean([glance.grid for glance in glances])),
        )

    def _judge(self) -> Liveness:
        rules = self._rules
        if self._repeats >= _REPEATS or self._standing is Liveness.REPLAYED:
            return Liveness.REPLAYED
        if self._frames < rules.least_frames:
            return Liveness.LOOKING
        score = self.score
        if self._standing is Liveness.LIVE:
            return Liveness.LIVE if score >= rules.accept / 2 else Liveness.UNSURE
        stirs = not rules.weights.stirring or self.cues().stirring is not None
        if score >= rules.accept and stirs and not self.stiff and not self.patterned:
            return Liveness.LIVE
        return Liveness.UNSURE if self.full else Liveness.LOOKING


def _flicker(glances: deque[Glance]) -> float:
    """How much more the face's light jumps from frame to frame than its surroundings', in per cent.

    Second differences, so that somebody who walks into the light does not count.
    """
    if len(glances) < 4:
        return 0.0
    face = np.array([glance.light for glance in glances])
    around = np.array([glance.light_around for glance in glances])
    jumps = np.abs(np.diff(face, 2)).mean() - np.abs(np.diff(around, 2)).mean()
    return float(np.clip(100 * jumps / max(face.mean(), 1.0), 0.0, 5.0))
