"""CosFace, also AM-Softmax: a margin taken off the cosine."""

from __future__ import annotations

from torch import Tensor

from facedesk.lab.losses.softmax import CosineSoftmax


class CosFace(CosineSoftmax):
    """``cos(theta) - margin_cosine`` for the own class.

    Source: Wang et al. 2018, "CosFace", equation 4; Wang et al. 2018, "Additive Margin Softmax for
    Face Verification", equation 6.
    """

    def __init__(
        self, dimension: int, classes: int, scale: float = 32.0, margin_cosine: float = 0.35
    ) -> None:
        super().__init__(dimension, classes, scale)
        self.margin_cosine = margin_cosine

    def with_margin(self, cosine: Tensor) -> Tensor:
        return cosine - self.margin_cosine
