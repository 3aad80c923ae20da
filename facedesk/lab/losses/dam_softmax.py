"""DAM-Softmax: a cosine margin that depends on how far off a sample is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from facedesk.lab.losses.softmax import CosineSoftmax


class DamSoftmax(CosineSoftmax):
    """``cos(theta) - m_i`` with ``m_i = margin_cosine * exp(1 - cos(theta)) / damping``.

    A sample that lies well (cosine near 1) gets the small margin ``margin_cosine / damping``, a
    hard one up to e squared times as much. The margin takes part in the gradient.

    Source: Zhou et al. 2020, "Dynamic Margin Softmax Loss for Speaker Verification", section 3.
    """

    def __init__(
        self,
        dimension: int,
        classes: int,
        scale: float = 32.0,
        margin_cosine: float = 0.2,
        damping: float = 1.0,
    ) -> None:
        super().__init__(dimension, classes, scale)
        self.margin_cosine = margin_cosine
        self.damping = damping

    def with_margin(self, cosine: Tensor) -> Tensor:
        return cosine - self.margin_cosine * torch.exp(1 - cosine) / self.damping


def margin_curve(
    cosines: Sequence[float], margin_cosine: float = 0.2, damping: float = 1.0
) -> list[float]:
    """The margin of samples at these cosines, for the report."""
    return [margin_cosine * math.exp(1 - cosine) / damping for cosine in cosines]
