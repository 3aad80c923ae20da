"""SphereFace, also A-Softmax: the angle times a whole number."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from facedesk.lab.losses.softmax import CosineSoftmax, angle


class SphereFace(CosineSoftmax):
    """``psi(theta) = (-1)^k cos(m theta) - 2 k`` for theta in ``[k pi / m, (k + 1) pi / m]``.

    ``softening`` is the paper's lambda, annealed from large to small by the trainer: the own
    class's logit is ``(lambda cos(theta) + psi(theta)) / (1 + lambda)``. Vectors have unit length
    and a fixed scale here, where the paper uses their own length.

    Source: Liu et al. 2017, "SphereFace", equations 6 and 7.
    """

    def __init__(
        self,
        dimension: int,
        classes: int,
        scale: float = 32.0,
        margin_multiple: int = 4,
        softening: float = 5.0,
    ) -> None:
        super().__init__(dimension, classes, scale)
        self.margin_multiple = margin_multiple
        self.softening = softening

    def with_margin(self, cosine: Tensor) -> Tensor:
        if self.margin_multiple == 1:
            return cosine
        theta = angle(cosine)
        k = torch.floor(self.margin_multiple * theta.detach() / math.pi)
        sign = 1 - 2 * (k % 2)
        psi = sign * torch.cos(self.margin_multiple * theta) - 2 * k
        return (self.softening * cosine + psi) / (1 + self.softening)
