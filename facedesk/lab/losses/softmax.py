"""Softmax classification, plain and with unit vectors: the zero point of all margin losses."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Softmax(nn.Module):
    """Cross entropy over a linear layer: ``loss(embeddings (n, d), labels (n,))``."""

    def __init__(self, dimension: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, dimension) * 0.01)
        self.bias = nn.Parameter(torch.zeros(classes))

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(
            functional.linear(embeddings, self.weight, self.bias), labels
        )


class CosineSoftmax(nn.Module):
    """Cross entropy over ``scale`` times cosines; margins override ``with_margin``.

    Source: Wang et al. 2017, "NormFace", equation 6.
    """

    def __init__(self, dimension: int, classes: int, scale: float = 32.0) -> None:
        super().__init__()
        self.scale = scale
        self.weight = nn.Parameter(torch.randn(classes, dimension) * 0.01)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        cosines = functional.linear(
            functional.normalize(embeddings), functional.normalize(self.weight)
        )
        own = cosines.gather(1, labels[:, None])
        logits = cosines.scatter(1, labels[:, None], self.with_margin(own))
        return functional.cross_entropy(self.scale * logits, labels)

    def with_margin(self, cosine: Tensor) -> Tensor:
        """The own class's cosine as the loss sees it; here unchanged."""
        return cosine


def angle(cosine: Tensor) -> Tensor:
    """arccos that keeps a finite gradient at the ends."""
    edge = 1 - 1e-7
    return torch.arccos(cosine.clamp(-edge, edge))
