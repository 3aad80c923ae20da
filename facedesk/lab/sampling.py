"""Which faces make a batch, and which people are kept apart for validation."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def class_batch(
    labels: NDArray[np.int64], people: int, pictures: int, seed: int, step: int
) -> NDArray[np.int64]:
    """Rows of ``people`` different people with ``pictures`` each, for one step.

    A function of seed and step alone, so that a run can be resumed. People who have fewer pictures
    give some of them twice (each view is augmented anew).

    Returns:
        (people * pictures,) row numbers, people one after another.

    Raises:
        ValueError: ``labels`` holds fewer people.
    """
    random = np.random.default_rng([seed, step])
    known = np.unique(labels)
    if len(known) < people:
        raise ValueError(f"{people} people are wanted in a batch, there are {len(known)}")
    rows = []
    for label in random.choice(known, people, replace=False):
        own = np.flatnonzero(labels == label)
        rows.append(random.choice(own, pictures, replace=len(own) < pictures))
    return np.concatenate(rows)


def validation_people(identity: NDArray[np.str_], share: float) -> NDArray[np.bool_]:
    """True for every row whose person belongs to the validation set.

    Decided by the name's hash: a person is on one side in every shard, on every machine, and stays
    there when others are added.
    """
    limit = int(share * 2**32)

    def held(name: str) -> bool:
        digest = hashlib.sha256(name.encode()).digest()
        return int.from_bytes(digest[:4], "big") < limit

    decided = {str(name): held(str(name)) for name in np.unique(identity)}
    return np.array([decided[str(name)] for name in identity], bool)
