"""A shallow classifier of two vectors, beside plain cosine: does it pay?

It sees commutative transforms only (the element product and the squared difference), so that the
answer does not depend on who comes first. Plain cosine is the special case of weight 1 on every
product and 0 on every difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PairHead:
    """Weights (2 d,) and an offset; a pair's score is a log-odds of being one person."""

    weights: Vectors
    offset: float

    def score(self, first: Vectors, second: Vectors) -> Vectors:
        """(n,) scores of n pairs of rows."""
        scores: Vectors = transforms(first, second) @ self.weights + np.float32(self.offset)
        return scores


def transforms(first: Vectors, second: Vectors) -> Vectors:
    """(n, d), (n, d) -> (n, 2 d): products, then squared differences."""
    return np.concatenate([first * second, (first - second) ** 2], axis=1)


def fit(
    first: Vectors, second: Vectors, same: NDArray[np.bool_], penalty: float = 1e-4
) -> PairHead:
    """Logistic regression by L-BFGS, both classes weighing the same.

    It starts from a multiple of cosine and is penalised for leaving it, so that few pairs lead to
    cosine and not to noise.
    """
    seen = torch.from_numpy(transforms(first, second)).double()
    wanted = torch.from_numpy(same).double()
    width = first.shape[1]
    start = torch.cat([torch.full((width,), 10.0), torch.zeros(width)]).double()
    weights = start.clone().requires_grad_(True)
    offset = torch.tensor(-3.0, dtype=torch.float64, requires_grad=True)
    share = wanted.mean()
    balance = torch.where(wanted > 0, 0.5 / share, 0.5 / (1 - share))
    optimiser = torch.optim.LBFGS([weights, offset], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        cost = torch.nn.functional.binary_cross_entropy_with_logits(
            seen @ weights + offset, wanted, weight=balance
        )
        cost = cost + penalty * ((weights - start) ** 2).mean()
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return PairHead(weights.detach().numpy().astype(np.float32), float(offset.detach()))


def training_pairs(
    labels: NDArray[np.int64], count: int, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Row numbers of ``count`` genuine and ``count`` impostor pairs drawn at random."""
    random = np.random.default_rng(seed)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    able = [rows for rows in members if len(rows) > 1]
    firsts, seconds = [], []
    for _ in range(count):
        a, b = random.choice(able[random.integers(len(able))], 2, replace=False)
        firsts.append(a)
        seconds.append(b)
    for _ in range(count):
        i, j = random.choice(len(members), 2, replace=False)
        firsts.append(random.choice(members[i]))
        seconds.append(random.choice(members[j]))
    return np.array(firsts), np.array(seconds), np.arange(2 * count) < count
