"""How the learning rate moves, and when a run has nothing more to gain."""

from __future__ import annotations

import math
from dataclasses import dataclass

from facedesk.lab.recipe import Recipe

STEP_FACTOR = 0.1


def learning_rate(recipe: Recipe, step: int, progress: float) -> float:
    """Linear warm-up over steps, then a fall over ``progress`` (0 to 1) as the recipe has it.

    ``cosine``: half a cosine down to the ``final_learning_rate`` share of the peak (Loshchilov and
    Hutter, ICLR 2017, equation 5, one period). ``exponential``: by the same factor in equal times,
    to the same end. ``step``: to a tenth at each of ``decay_at``.
    """
    warm = min(1.0, (step + 1) / max(recipe.warmup_steps, 1))
    done = min(progress, 1.0)
    floor = recipe.final_learning_rate
    if recipe.decay == "exponential":
        share = math.pow(floor, done)
    elif recipe.decay == "step":
        share = math.pow(STEP_FACTOR, sum(done >= place for place in recipe.decay_at))
    else:
        share = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))
    return recipe.learning_rate * warm * share


@dataclass(slots=True)
class EarlyStop:
    """Ends a run after ``patience`` checks in a row without a better score; 0: never."""

    patience: int
    best: float = -math.inf
    checks_without_gain: int = 0

    def observe(self, score: float) -> bool:
        """Take a score (higher is better); True when it is time to stop."""
        if score > self.best:
            self.best, self.checks_without_gain = score, 0
        else:
            self.checks_without_gain += 1
        return 0 < self.patience <= self.checks_without_gain
