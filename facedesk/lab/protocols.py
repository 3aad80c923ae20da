"""Evaluation protocols: who is compared with whom. numpy only, vectors in, results out.

All vectors are float32 (n, d) of unit length; ``people`` (n,) says whose each is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facedesk.lab.metrics import (
    Interval,
    area_under_curve,
    best_threshold,
    clopper_pearson,
    equal_error_rate,
    macro_f1,
    threshold_at_far,
    tpr_at_far,
    wilson,
)

Vectors = NDArray[np.float32]
VERIFICATION_FARS = (0.1, 0.01, 0.001)
ALL_PAIRS_FARS = (1e-3, 1e-4, 1e-5)
OPEN_SET_FPIRS = (0.01, 0.003, 0.001)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A list of comparisons: names of two pictures, whether they show one person, the fold."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    same: NDArray[np.bool_]
    fold: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Verification:
    """Ten-fold result: accuracy over folds, rates over all pairs."""

    accuracy: float
    accuracy_deviation: float
    accuracy_bounds: Interval
    tpr: dict[float, Interval]
    auc: float
    eer: float
    genuine: NDArray[np.float32]
    impostor: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AllPairs:
    """Every impostor pair of a set of pictures against the genuine pairs."""

    tpr: dict[float, Interval]
    genuine_count: int
    impostor_count: int
    impostor: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OpenSet:
    """Enrolled people and strangers before one gallery; FNIR by FPIR."""

    enrolled: int
    samples: int
    mated: int
    strangers: int
    fnir: dict[float, Interval]
    threshold: dict[float, float]


@dataclass(frozen=True, slots=True)
class ClosedSet:
    """Everybody is enrolled with one picture; the nearest is the answer."""

    people: int
    rank_1: Interval
    f1: float


def read_lfw_pairs(path: Path) -> Pairs:
    """LFW's ``pairs.txt``: a line of folds and pairs a fold, then ``name i j`` or ``a i b j``.

    Raises:
        ValueError: a line has another form.
    """
    lines = path.read_text(encoding="utf-8").strip().splitlines()
    pairs_a_fold = 2 * int(lines[0].split()[1])
    first, second, same = [], [], []
    for number, line in enumerate(lines[1:], start=2):
        words = line.split()
        if len(words) == 3:
            left, right = (words[0], words[1]), (words[0], words[2])
        elif len(words) == 4:
            left, right = (words[0], words[1]), (words[2], words[3])
        else:
            raise ValueError(f"{path}: line {number} has {len(words)} words, not 3 or 4")
        first.append(f"{left[0]}_{int(left[1]):04d}")
        second.append(f"{right[0]}_{int(right[1]):04d}")
        same.append(len(words) == 3)
    fold = np.arange(len(same)) // pairs_a_fold
    return Pairs(tuple(first), tuple(second), np.array(same), fold)


def verification(
    scores: NDArray[np.float32],
    same: NDArray[np.bool_],
    fold: NDArray[np.int64],
    fars: tuple[float, ...] = VERIFICATION_FARS,
) -> Verification:
    """Accuracy with the threshold chosen on the other folds; TPR at FAR, AUC, EER over all."""
    shares, right = [], 0
    for held in np.unique(fold):
        threshold = best_threshold(scores[fold != held], same[fold != held])
        correct = (scores[fold == held] >= threshold) == same[fold == held]
        shares.append(correct.mean())
        right += int(correct.sum())
    genuine, impostor = scores[same], scores[~same]
    return Verification(
        accuracy=float(np.mean(shares)),
        accuracy_deviation=float(np.std(shares)),
        accuracy_bounds=wilson(right, len(scores)),
        tpr={far: _share(genuine >= threshold_at_far(impostor, far)) for far in fars},
        auc=area_under_curve(genuine, impostor),
        eer=equal_error_rate(genuine, impostor),
        genuine=genuine,
        impostor=impostor,
    )


def all_pairs(
    vectors: Vectors,
    people: NDArray[np.int64],
    genuine: NDArray[np.float32],
    fars: tuple[float, ...] = ALL_PAIRS_FARS,
) -> AllPairs:
    """TPR of ``genuine`` scores at thresholds set by every pair of pictures of two people."""
    impostor = impostor_scores(vectors, people)
    return AllPairs(
        tpr={far: _share(genuine >= threshold_at_far(impostor, far)) for far in fars},
        genuine_count=len(genuine),
        impostor_count=len(impostor),
        impostor=impostor,
    )


def impostor_scores(
    vectors: Vectors, people: NDArray[np.int64], block: int = 1024
) -> NDArray[np.float32]:
    """Cosines of every pair of rows of different people, each pair once, in no useful order."""
    parts = []
    for start in range(0, len(vectors), block):
        scores = vectors[start : start + block] @ vectors[start:].T
        rows, columns = np.triu_indices(len(scores), 1, scores.shape[1])
        different = people[start + rows] != people[start + columns]
        parts.append(scores[rows[different], columns[different]])
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def open_set(
    vectors: Vectors,
    people: NDArray[np.int64],
    enrolled: int,
    strangers: int,
    samples: int = 1,
    fpirs: tuple[float, ...] = OPEN_SET_FPIRS,
    seed: int = 0,
) -> OpenSet:
    """A kiosk's task: some people enrolled, everybody comes, strangers must stay unknown.

    Enrolled are drawn from people with more than ``samples`` pictures; their first ``samples``
    drawn pictures are the gallery and all others mated probes. Strangers give one picture a person
    while that is enough, then more. A probe's score is its best in the gallery. A mated probe
    errs when that is below the threshold or another person's: FNIR counts both.

    Raises:
        ValueError: there are not enough people or pictures.
    """
    random = np.random.default_rng(seed)
    rows_of = {person: np.flatnonzero(people == person) for person in np.unique(people)}
    able = [person for person, rows in rows_of.items() if len(rows) > samples]
    if len(able) < enrolled:
        raise ValueError(f"{len(able)} people have over {samples} pictures, {enrolled} are wanted")
    members = random.choice(np.array(able), enrolled, replace=False)
    gallery: list[int] = []
    mated: list[int] = []
    for person in members:
        rows = random.permutation(rows_of[person])
        gallery.extend(rows[:samples])
        mated.extend(rows[samples:])
    outside = [random.permutation(rows) for p, rows in rows_of.items() if p not in set(members)]
    outside = [outside[i] for i in random.permutation(len(outside))]
    deepest = max((len(rows) for rows in outside), default=0)
    probes = [rows[k] for k in range(deepest) for rows in outside if len(rows) > k][:strangers]
    if len(probes) < strangers:
        raise ValueError(f"{len(probes)} pictures of strangers, {strangers} are wanted")
    stranger_best = (vectors[probes] @ vectors[gallery].T).max(axis=1)
    scores = vectors[mated] @ vectors[gallery].T
    right = people[gallery][scores.argmax(axis=1)] == people[mated]
    best = scores.max(axis=1)
    thresholds = {fpir: threshold_at_far(stranger_best, fpir) for fpir in fpirs}
    return OpenSet(
        enrolled=enrolled,
        samples=samples,
        mated=len(mated),
        strangers=strangers,
        fnir={fpir: _share(~(right & (best >= t))) for fpir, t in thresholds.items()},
        threshold=thresholds,
    )


def closed_set(vectors: Vectors, people: NDArray[np.int64]) -> ClosedSet:
    """One registered picture (the first) a person with two or more; all others are probes."""
    gallery: list[int] = []
    probes: list[int] = []
    for person in np.unique(people):
        rows = np.flatnonzero(people == person)
        if len(rows) > 1:
            gallery.append(rows[0])
            probes.extend(rows[1:])
    predicted = people[gallery][(vectors[probes] @ vectors[gallery].T).argmax(axis=1)]
    truth = people[probes]
    return ClosedSet(len(gallery), _share(predicted == truth), macro_f1(truth, predicted))


def identity_spread(vectors: Vectors, people: NDArray[np.int64]) -> tuple[float, float]:
    """Mean cosine of pictures to their person's mean, and of people's means to one another."""
    means = np.stack([vectors[people == p].mean(axis=0) for p in np.unique(people)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    index = np.searchsorted(np.unique(people), people)
    within = float((vectors * means[index]).sum(axis=1).mean())
    between = means @ means.T
    return within, float(between[np.triu_indices(len(means), 1)].mean())


def _share(flags: NDArray[np.bool_]) -> Interval:
    return clopper_pearson(int(flags.sum()), len(flags))


__all__ = [
    "AllPairs",
    "ClosedSet",
    "OpenSet",
    "Pairs",
    "Verification",
    "all_pairs",
    "closed_set",
    "identity_spread",
    "impostor_scores",
    "open_set",
    "read_lfw_pairs",
    "tpr_at_far",
    "verification",
]
