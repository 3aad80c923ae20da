"""Numbers from scores: numpy only, no pictures, no networks.

Everywhere a score is a cosine, a comparison is accepted when its score is AT OR ABOVE the
threshold, ``genuine`` are scores of the same person and ``impostor`` scores of different people.
FAR and FMR (share of impostors accepted) and TPR = 1 - FNMR (share of genuine accepted) count
comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
# Of a card. The loose ones show a site whose people are more alike: a few people prove them.
RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its confidence bounds, and the count it rests on."""

    share: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """A cosine for a false match rate; ``extrapolated`` where too few impostors lie above it."""

    fmr: float
    cosine: float
    extrapolated: bool


def threshold_at_far(impostor: Scores, far: float) -> float:
    """The lowest threshold at which the share of impostors accepted is at most ``far``.

    At most ``floor(far * n)`` impostors score at or above it: of 3,000 impostors at 0.1 %, three.
    Between two scores it lies just above the lower one.
    """
    if len(impostor) == 0:
        raise ValueError("no impostor scores")
    allowed_count = math.floor(far * len(impostor) + 1e-9)
    if allowed_count >= len(impostor):
        return float(np.min(impostor))
    # The first impostor that must be refused, in descending order.
    refused = np.partition(impostor, len(impostor) - 1 - allowed_count)[
        len(impostor) - 1 - allowed_count
    ]
    return float(np.nextafter(refused, np.inf))


def tpr_at_far(genuine: Scores, impostor: Scores, far: float) -> float:
    """Share of genuine comparisons accepted at the threshold for ``far``."""
    return float((genuine >= threshold_at_far(impostor, far)).mean())


def roc(genuine: Scores, impostor: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The operating curve as (FAR, TPR), both rising from 0 to 1, one point a distinct score."""
    scores = np.concatenate([genuine, impostor]).astype(np.float64)
    same = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostor))])
    order = np.argsort(-scores, kind="stable")
    scores, same = scores[order], same[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    accepted_genuine = np.cumsum(same)[last] / len(genuine)
    accepted_impostor = np.cumsum(1 - same)[last] / len(impostor)
    return np.append(0.0, accepted_impostor), np.append(0.0, accepted_genuine)


def area_under_curve(genuine: Scores, impostor: Scores) -> float:
    """Chance that a genuine score is above an impostor's, ties counting half."""
    far, tpr = roc(genuine, impostor)
    return float(np.trapezoid(tpr, far))


def equal_error_rate(genuine: Scores, impostor: Scores) -> float:
    """Where FAR equals FNMR on the operating curve, linear between its points."""
    far, tpr = roc(genuine, impostor)
    gap = far - (1 - tpr)
    after = int(np.argmax(gap >= 0))
    if gap[after] == 0 or after == 0:
        return float(far[after])
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(far[after - 1] + share * (far[after] - far[after - 1]))


def best_threshold(scores: Scores, same: NDArray[np.bool_]) -> float:
    """The threshold with the highest accuracy; the middle of the gap below the best cut."""
    order = np.argsort(-scores, kind="stable")
    ordered, labels = scores[order], same[order]
    # Accepting the first k: true accepts among them and true rejects after them.
    right = np.append(0, np.cumsum(labels)) + (~labels).sum() - np.append(0, np.cumsum(~labels))
    cut_allowed = np.append(True, np.append(ordered[1:] < ordered[:-1], True))
    k = int(np.argmax(np.where(cut_allowed, right, -1)))
    if k == 0:
        return float(np.nextafter(ordered[0], np.inf))
    if k == len(ordered):
        return float(ordered[-1])
    return float((ordered[k - 1] + ordered[k]) / 2)


def wilson(successes: int, count: int, z: float = 1.959964) -> Interval:
    """A share with its 95 % Wilson score interval.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if count <= 0:
        raise ValueError("no trials")
    share = successes / count
    denominator = 1 + z * z / count
    centre = (share + z * z / (2 * count)) / denominator
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / denominator
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half), count)


def clopper_pearson(successes: int, count: int, confidence: float = 0.95) -> Interval:
    """A share with its exact binomial interval, found by bisection on the binomial tail.

    Source: Clopper and Pearson 1934. It is never too narrow, which is what a claim needs.
    """
    if count <= 0:
        raise ValueError("no trials")
    tail = (1 - confidence) / 2
    low = (
        0.0 if successes == 0 else _bisect(lambda p: _binomial_at_least(successes, count, p) > tail)
    )
    high = (
        1.0
        if successes == count
        else _bisect(lambda p: 1 - _binomial_at_least(successes + 1, count, p) < tail)
    )
    return Interval(successes / count, low, high, count)


def zero_error_bound(count: int, confidence: float = 0.95) -> float:
    """Upper bound of an error rate after no error in ``count`` trials: about 3 / n at 95 %."""
    if count <= 0:
        raise ValueError("no trials")
    return float(1 - (1 - confidence) ** (1 / count))


def thresholds_for_fmr(
    impostor: Scores, rates: tuple[float, ...] = RATES, least: int = 20
) -> tuple[Threshold, ...]:
    """The cosine for each false match rate, measured where ``least`` impostors lie above it.

    Beyond that the tail is extrapolated as an exponential of the cosine, fitted to the top 1 in
    1,000 (at least 100 scores): the mean excess over a high threshold is the slope (the peaks over
    threshold method with shape 0). It is a guess, marked as one.

    Source: Pickands 1975, "Statistical inference using extreme order statistics".
    """
    ordered = np.sort(impostor.astype(np.float64))[::-1]
    count = len(ordered)
    found = []
    for rate in rates:
        if rate * count >= least:
            found.append(Threshold(rate, threshold_at_far(impostor, rate), False))
            continue
        top = min(max(100, count // 1000), count - 1)
        start = ordered[top]
        excess = float((ordered[:top] - start).mean())
        cosine = start + excess * math.log(top / count / rate)
        found.append(Threshold(rate, float(min(cosine, 1.0)), True))
    return tuple(found)


def macro_f1(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Mean over the classes of ``truth`` of 2 TP / (2 TP + FP + FN)."""
    scores = []
    for label in np.unique(truth):
        hit = int(((truth == label) & (predicted == label)).sum())
        wrong = int(((truth == label) != (predicted == label)).sum())
        scores.append(2 * hit / (2 * hit + wrong))
    return float(np.mean(scores))


@dataclass(frozen=True, slots=True)
class ClassReport:
    """Precision, recall and F1 of one answer ("one person" or "two people")."""

    precision: float
    recall: float
    f1: float
    count: int


def classification_report(
    genuine: Scores, impostor: Scores, far: float
) -> tuple[ClassReport, ClassReport]:
    """Of "one person" and of "two people", at the threshold for ``far``."""
    threshold = threshold_at_far(impostor, far)
    hits, alarms = int((genuine >= threshold).sum()), int((impostor >= threshold).sum())
    misses, rights = len(genuine) - hits, len(impostor) - alarms
    same = _class_report(hits, alarms, misses)
    different = _class_report(rights, misses, alarms)
    return same, different


def _class_report(right: int, wrongly_given: int, missed: int) -> ClassReport:
    return ClassReport(
        precision=right / max(right + wrongly_given, 1),
        recall=right / max(right + missed, 1),
        f1=2 * right / max(2 * right + wrongly_given + missed, 1),
        count=right + missed,
    )


def _binomial_at_least(successes: int, count: int, p: float) -> float:
    """P(X >= successes) for X binomial(count, p), by summing the shorter exact tail."""
    if p <= 0:
        return 1.0 if successes <= 0 else 0.0
    if p >= 1:
        return 1.0
    k = np.arange(successes, count + 1)
    logarithms = (
        math.lgamma(count + 1)
        - np.array([math.lgamma(i + 1) + math.lgamma(count - i + 1) for i in k])
        + k * math.log(p)
        + (count - k) * math.log1p(-p)
    )
    return float(min(1.0, np.exp(logarithms).sum()))


def _bisect(is_too_high: Callable[[float], bool], steps: int = 60) -> float:
    low, high = 0.0, 1.0
    for _ in range(steps):
        middle = (low + high) / 2
        if is_too_high(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2
