"""A flat picture of the embedding space: t-SNE of the people with the most pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EmbeddingMap:
    """``points`` (n, 2) within -1..1, ``people`` (n,) whose each is, ``shown`` the people."""

    points: NDArray[np.float32]
    people: NDArray[np.int64]
    shown: tuple[int, ...]


def embedding_map(
    vectors: NDArray[np.float32],
    people: NDArray[np.int64],
    most_people: int = 16,
    most_pictures: int = 25,
    seed: int = 0,
) -> EmbeddingMap:
    """Lay the unit vectors (n, d) of some people flat.

    t-SNE keeps who is near whom; distances between far groups mean nothing.

    Source: van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 9, 2008.
    """
    from sklearn.manifold import TSNE

    known, counts = np.unique(people, return_counts=True)
    shown = known[np.argsort(-counts, kind="stable")][:most_people]
    rows = np.concatenate([np.flatnonzero(people == person)[:most_pictures] for person in shown])
    perplexity = min(20.0, (len(rows) - 1) / 3)
    flat = TSNE(metric="cosine", init="random", random_state=seed, perplexity=perplexity)
    points = flat.fit_transform(vectors[rows])
    points = points - points.mean(axis=0)
    points /= max(float(np.abs(points).max()), 1e-9)
    return EmbeddingMap(
        points.astype(np.float32), people[rows], tuple(int(person) for person in shown)
    )
