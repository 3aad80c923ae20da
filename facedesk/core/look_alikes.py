"""Who is like whom in the gallery: twins, siblings, doubles, and people whom many resemble."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facedesk.core.matching import Gallery
from facedesk.core.records import Vector

_BLOCK_ROWS = 1024
_LAMB_PARTNERS = 3


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Two people, `person_id` < `other_id`; `score` is the highest cosine between their samples."""

    person_id: int
    other_id: int
    score: float


@dataclass(frozen=True, slots=True)
class ClosePairs:
    """Pairs of samples of two people: rows of the gallery and their cosines, all (n,)."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    scores: Vector


def close_pairs(gallery: Gallery, least_score: float) -> ClosePairs:
    """Every pair of samples of two different people that scores at or above `least_score`.

    The whole triangle is computed in blocks: 1,000 people with 3 samples take a tenth of a second,
    100,000 take minutes.
    """
    vectors, person_ids = gallery.vectors, gallery.person_ids
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], Vector]] = []
    for start in range(0, len(vectors), _BLOCK_ROWS):
        scores = vectors[start : start + _BLOCK_ROWS] @ vectors[: start + _BLOCK_ROWS].T
        rows, columns = np.nonzero(scores >= least_score)
        wanted = columns < rows + start
        wanted &= person_ids[rows + start] != person_ids[columns]
        rows, columns = rows[wanted], columns[wanted]
        parts.append((columns, rows + start, scores[rows, columns]))
    if not parts:
        nothing = np.empty(0, np.int64)
        return ClosePairs(nothing, nothing, np.empty(0, np.float32))
    first, second, found = (np.concatenate(part) for part in zip(*parts, strict=True))
    return ClosePairs(first, second, found)


def look_alikes(gallery: Gallery, least_score: float) -> list[LookAlike]:
    """Pairs of people that score at or above `least_score`, the most alike first."""
    pairs = close_pairs(gallery, least_score)
    best: dict[tuple[int, int], float] = {}
    for first, second, score in zip(pairs.first, pairs.second, pairs.scores, strict=True):
        ids = sorted((int(gallery.person_ids[first]), int(gallery.person_ids[second])))
        key = (ids[0], ids[1])
        best[key] = max(best.get(key, -1.0), float(score))
    found = [LookAlike(first, second, score) for (first, second), score in best.items()]
    return sorted(found, key=lambda pair: (-pair.score, pair.person_id, pair.other_id))


def partners(pairs: list[LookAlike]) -> dict[int, frozenset[int]]:
    """Whom each person resembles."""
    found: dict[int, set[int]] = {}
    for pair in pairs:
        found.setdefault(pair.person_id, set()).add(pair.other_id)
        found.setdefault(pair.other_id, set()).add(pair.person_id)
    return {person_id: frozenset(others) for person_id, others in found.items()}


def lambs(pairs: list[LookAlike], least_partners: int = _LAMB_PARTNERS) -> dict[int, int]:
    """People who resemble `least_partners` or more others, with the number of those, most first.

    The name is the field's for people who are easily taken for others.
    Source: Doddington et al. 1998, "Sheep, goats, lambs and wolves".
    """
    counts = {person_id: len(others) for person_id, others in partners(pairs).items()}
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return {person_id: count for person_id, count in ordered if count >= least_partners}
