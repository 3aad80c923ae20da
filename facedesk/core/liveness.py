"""Is a living face before the camera? What several frames show together, as one probability.

Each frame gives a `Glance`: what a network thinks of the face's surroundings and surface, and what
can be seen without training. One frame decides nothing. The probability is a logistic regression
(weights below), fitted by `facedesk evaluate liveness --fit` on people whom the network never saw
and who are not measured either.
"""

import math
from collections import Counter, deque
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


@dataclass(frozen=True, slots=True)
class Glance:
    """What one frame shows of one face.

    `logit`: the network's, above 0 is alive. `sheet`: 0 to 1, how many sides of a rectangle stand
    around the face. `together`: 0 to 1, how far the surroundings move as the face does (1: as one
    sheet); None while the face stands still or nothing around it can be followed. `fingerprint`:
    a hash of the face's pixels. `light`, `light_around`: mean grey of the face and of the rest of
    its window, 0 to 255.
    """

    logit: float
    sheet: float
    together: float | None
    fingerprint: int
    light: float
    light_around: float


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


@dataclass(frozen=True, slots=True)
class PassiveRules:
    """`accept`: the probability from which a face is taken for alive, after `least_frames` at the
    earliest; after `most_frames` below it the answer is UNSURE.
    """

    weights: FusionWeights
    accept: float = 0.6
    least_frames: int = 6
    most_frames: int = 15


# Fitted on NUAA's people 0004 and 0014, and attacks made of their pictures, by `facedesk evaluate
# liveness --fit`; there 0.6 accepts every living visit. A network has its own, by its name.
RULES: dict[str, PassiveRules] = {
    "facedesk-liveness": PassiveRules(FusionWeights(0.562, 1.025, -1.048, -0.536, -0.363)),
    "minifasnet_v2_2.7_80+minifasnet_v1se_4_80": PassiveRules(
        FusionWeights(-0.482, 0.952, -0.886, -0.489, -0.216)
    ),
}
# Of a network that nobody fitted, a cautious guess: its own even chance is the limit.
UNFITTED = PassiveRules(FusionWeights(0.0, 1.0, -0.5, -0.5, -0.3))


@dataclass(frozen=True, slots=True)
class Cues:
    """The means over the frames so far: what the fusion sees, and what an admin is told."""

    logit: float
    sheet: float
    together: float
    flicker: float

    def log_odds(self, weights: FusionWeights) -> float:
        return (
            weights.bias
            + weights.logit * self.logit
            + weights.sheet * self.sheet
            + weights.together * self.together
            + weights.flicker * self.flicker
        )


class Evidence:
    """What the frames of one track have shown. One per track."""

    def __init__(self, rules: PassiveRules) -> None:
        self._rules = rules
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

    def add(self, glance: Glance) -> Liveness:
        """Count one more frame; the verdict so far. UNSURE may still become LIVE, and LIVE falls
        only when the later frames speak clearly against it.
        """
        self._frames += 1
        self._glances.append(glance)
        if glance.fingerprint != self._last_print:
            self._repeats += self._prints[glance.fingerprint] > 0
            self._prints[glance.fingerprint] += 1
        self._last_print = glance.fingerprint
        self._standing = self._judge()
        return self._standing

    def cues(self) -> Cues:
        glances = self._glances
        logits = [max(-_MOST_LOGIT, min(_MOST_LOGIT, glance.logit)) for glance in glances]
        moved = [glance.together for glance in glances if glance.together is not None]
        return Cues(
            float(np.mean(logits)),
            float(np.mean([glance.sheet for glance in glances])),
            # 0: says nothing. One still moment is no evidence for either side.
            float(np.mean(moved)) - 0.5 if len(moved) >= 2 else 0.0,
            _flicker(glances),
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
        if score >= rules.accept:
            return Liveness.LIVE
        return Liveness.UNSURE if self._frames >= rules.most_frames else Liveness.LOOKING


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
