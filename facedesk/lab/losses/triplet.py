"""Triplet losses on unit vectors; distances are squared Euclidean, ``2 - 2 cos``.

Source: Schroff et al. 2015, "FaceNet", equations 1 to 4; Hermans et al. 2017, "In Defense of the
Triplet Loss", equations 5 (batch-hard) and 6 (batch-all).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def squared_distances(embeddings: Tensor) -> Tensor:
    """(n, n) squared distances of the unit vectors of (n, d)."""
    unit = functional.normalize(embeddings)
    return (2 - 2 * unit @ unit.T).clamp_min(0)


def offline_triplet(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin_squared: float = 0.4
) -> Tensor:
    """Triplets drawn beforehand, each (n, d)."""
    a, p, n = (functional.normalize(vectors) for vectors in (anchor, positive, negative))
    near, far = ((a - p) ** 2).sum(1), ((a - n) ** 2).sum(1)
    return functional.relu(near - far + margin_squared).mean()


def batch_all(embeddings: Tensor, labels: Tensor, margin_squared: float = 0.4) -> Tensor:
    """Every triplet of the batch; the mean of those that still cost something."""
    distances = squared_distances(embeddings)
    positive, negative = _masks(labels)
    cost = functional.relu(distances[:, :, None] - distances[:, None, :] + margin_squared)
    valid = positive[:, :, None] & negative[:, None, :]
    active = valid & (cost > 0)
    return (cost * active).sum() / active.sum().clamp_min(1)


def batch_hard(embeddings: Tensor, labels: Tensor, margin_squared: float = 0.4) -> Tensor:
    """For every anchor its farthest positive and its nearest negative."""
    distances = squared_distances(embeddings)
    positive, negative = _masks(labels)
    farthest = distances.masked_fill(~positive, -torch.inf).amax(dim=1)
    nearest = distances.masked_fill(~negative, torch.inf).amin(dim=1)
    usable = positive.any(dim=1) & negative.any(dim=1)
    if not usable.any():
        return distances.sum() * 0
    return functional.relu(farthest[usable] - nearest[usable] + margin_squared).mean()


def semi_hard(embeddings: Tensor, labels: Tensor, margin_squared: float = 0.4) -> Tensor:
    """For every pair the nearest negative that is farther than the positive.

    Where no negative is, the farthest one serves, as in FaceNet's reference practice.
    """
    distances = squared_distances(embeddings)
    positive, negative = _masks(labels)
    farther = negative[:, None, :] & (distances[:, None, :] > distances[:, :, None])
    candidates = distances[:, None, :].expand_as(farther)
    semi = candidates.masked_fill(~farther, torch.inf).amin(dim=2)
    easiest = distances.masked_fill(~negative, -torch.inf).amax(dim=1)
    chosen = torch.where(farther.any(dim=2), semi, easiest[:, None].expand_as(semi))
    usable = positive & negative.any(dim=1)[:, None]
    if not usable.any():
        return distances.sum() * 0
    return functional.relu(distances - chosen + margin_squared)[usable].mean()


def _masks(labels: Tensor) -> tuple[Tensor, Tensor]:
    same = labels[:, None] == labels[None, :]
    return same & ~torch.eye(len(labels), dtype=torch.bool), ~same
