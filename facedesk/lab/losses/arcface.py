"""ArcFace: a margin added to the angle."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from facedesk.lab.losses.softmax import CosineSoftmax, angle


class ArcFace(CosineSoftmax):
    """``cos(theta + margin_rad)`` for the own class.

    Where theta + margin passes 180 degrees the cosine would rise again; from there on it continues
    as a straight line that falls (the reference code's way), so that the worst samples are still
    pulled in the right direction.

    Source: Deng et al. 2019, "ArcFace", equation 3.
    """

    def __init__(
        self, dimension: int, classes: int, scale: float = 32.0, margin_rad: float = 0.5
    ) -> None:
        super().__init__(dimension, classes, scale)
        self.margin_rad = margin_rad

    def with_margin(self, cosine: Tensor) -> Tensor:
        if self.margin_rad == 0:
            return cosine
        turned = torch.cos(angle(cosine) + self.margin_rad)
        beyond = cosine - self.margin_rad * math.sin(self.margin_rad)
        return torch.where(cosine > -math.cos(self.margin_rad), turned, beyond)
