"""How should the frames of a visit speak together? Candidates compared at the same measured FPIR.

Each candidate turns the scores of a visit's good frames (frames x people) into one number a
person; the best person's number is what a threshold is held against. The threshold is then chosen
by the strangers themselves, so that candidates differ in nothing but in who is refused. What a
candidate has to learn (densities of scores) it learns from one half of the people and is judged on
the other half, in both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from facedesk.core.matching import Gallery, one_row_a_person
from facedesk.lab.faces import lfw_faces, open_model
from facedesk.lab.openset import Material, gallery_of, gather
from facedesk.lab.options import card_argument, detector_option, lfw_option, weights_option

Scores = NDArray[np.float32]  # (frames, people) of one visit
Rule = Callable[[Scores], NDArray[np.float64]]  # a number a person
FPIRS = (1e-2, 3e-3, 1e-3)
_LEAST_FRAMES = 3
_LEAST_COUNT = 3.0  # scores in a bin of a density that is believed
_COHORT = 100  # nearest others that stand for "people like this"
_BINS = np.linspace(-1, 1, 401)


@dataclass(frozen=True, slots=True)
class Half:
    """The visits of one half of the people: scores, who it is (row of the gallery, -1: nobody)."""

    scores: Sequence[Scores]
    owner: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a candidate said of each visit: the best person's number, and whether that is right."""

    value: NDArray[np.float64]
    right: NDArray[np.bool_]
    stranger: NDArray[np.bool_]

    def refused(self, fpir: float) -> NDArray[np.bool_]:
        """Of the enrolled people's visits, those without the right name at this FPIR."""
        strangers = np.sort(self.value[self.stranger])[::-1]
        bound = strangers[int(fpir * len(strangers))]
        mated = ~self.stranger
        named: NDArray[np.bool_] = (self.value[mated] > bound) & self.right[mated]
        return ~named


def best_three(scores: Scores) -> NDArray[np.float64]:
    """The rule of `core.voting`: the mean of the best three frames."""
    best = np.sort(scores, axis=0)[-_LEAST_FRAMES:]
    return mean_of_all(best)


def mean_of_all(scores: Scores) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = scores.mean(axis=0, dtype=np.float64)
    return mean


def best_frame(scores: Scores) -> NDArray[np.float64]:
    best: NDArray[np.float64] = scores.max(axis=0).astype(np.float64)
    return best


def sequential(ratio: NDArray[np.float64], correlation: float) -> Rule:
    """Wald's test: log-likelihood ratios add up frame by frame, and the highest sum so far counts.

    Frames of a visit are alike: n of them are worth n / (1 + (n - 1) correlation).
    """

    def rule(scores: Scores) -> NDArray[np.float64]:
        each = ratio[np.clip(np.digitize(scores, _BINS) - 1, 0, len(ratio) - 1)]
        count = np.arange(1, len(scores) + 1)[:, np.newaxis]
        sums = np.cumsum(each, axis=0) / (1 + (count - 1) * correlation)
        best: NDArray[np.float64] = sums[_LEAST_FRAMES - 1 :].max(axis=0)
        return best

    return rule


def log_ratios(half: Half) -> NDArray[np.float64]:
    """Log of how much likelier each bin of scores is for the own person than for the best other
    one, both densities smoothed; where either has too few scores it goes on as a straight line.
    """
    own = np.concatenate([s[:, o] for s, o in zip(half.scores, half.owner, strict=True) if o >= 0])
    others = []
    for scores, owner in zip(half.scores, half.owner, strict=True):
        if owner < 0:
            others.append(scores[:, scores.mean(axis=0).argmax()])
    width = 0.03 / (_BINS[1] - _BINS[0])
    reach = np.arange(-round(3 * width), round(3 * width) + 1)
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    smooth = [
        np.convolve(np.histogram(values, _BINS)[0], kernel / kernel.sum(), mode="same")
        for values in (own, np.concatenate(others))
    ]
    usable = np.flatnonzero(np.minimum(*smooth) >= _LEAST_COUNT)
    ratio = np.log(smooth[0][usable] / smooth[0].sum()) - np.log(
        smooth[1][usable] / smooth[1].sum()
    )
    slope, start = np.polyfit(usable, ratio, 1)
    everywhere = start + slope * np.arange(len(_BINS) - 1)
    everywhere[usable] = ratio
    everywhere[: usable[0]] += ratio[0] - (start + slope * usable[0])
    everywhere[usable[-1] + 1 :] += ratio[-1] - (start + slope * usable[-1])
    return np.maximum.accumulate(everywhere)


def correlation_of(half: Half, ratio: NDArray[np.float64]) -> float:
    """How alike the frames of a stranger's visit are: the share of the variance of their ratios
    that lies between visits.
    """
    visits = []
    for scores, owner in zip(half.scores, half.owner, strict=True):
        if owner < 0:
            column = scores[:, scores.mean(axis=0).argmax()]
            visits.append(ratio[np.clip(np.digitize(column, _BINS) - 1, 0, len(ratio) - 1)])
    within = float(np.mean([visit.var(ddof=1) for visit in visits]))
    total = float(np.concatenate(visits).var(ddof=1))
    return max(0.0, 1 - within / total)


def normalised(known: Gallery) -> Rule:
    """AS-norm, then the best three: a score against those of the nearest others, on both sides.

    Source: Matejka et al. 2017, "Analysis of score normalization in multilingual speaker
    recognition" (adaptive symmetric normalisation).
    """
    each = known.vectors @ known.vectors.T
    np.fill_diagonal(each, -np.inf)
    size = min(_COHORT, len(each) - 1)
    nearest = np.partition(each, -size, axis=1)[:, -size:]
    mean, deviation = nearest.mean(axis=1), nearest.std(axis=1)

    def rule(scores: Scores) -> NDArray[np.float64]:
        # The best person is left out: for an enrolled visitor it is no other.
        others = np.partition(scores, -size - 1, axis=1)[:, -size - 1 :]
        others = np.sort(others, axis=1)[:, :-1]
        of_probe = (scores - others.mean(axis=1)[:, np.newaxis]) / others.std(axis=1)[:, np.newaxis]
        return best_three(((scores - mean) / deviation + of_probe) / 2)

    return rule


def judged(half: Half, rule: Rule) -> Judged:
    values, right = [], []
    for scores, owner in zip(half.scores, half.owner, strict=True):
        numbers = rule(scores)
        best = int(numbers.argmax())
        values.append(float(numbers[best]))
        right.append(best == owner)
    return Judged(np.array(values), np.array(right), half.owner < 0)


def halves(material: Material, known: Gallery) -> tuple[Half, Half]:
    """Visits with enough good frames, split by person."""
    random = np.random.default_rng(1)
    people = np.unique(material.visitor)
    first = set(random.permutation(people)[: len(people) // 2].tolist())
    row_of = {int(person): row for row, person in enumerate(known.person_ids)}
    parts: tuple[list[tuple[Scores, int]], list[tuple[Scores, int]]] = ([], [])
    for visit, person in enumerate(material.visitor.tolist()):
        where = material.visits.frames_of(visit)
        frames = material.visits.vectors[where][material.visits.good[where]]
        if len(frames) >= _LEAST_FRAMES:
            parts[person in first].append((frames @ known.vectors.T, row_of.get(person, -1)))
    made = [Half([s for s, _ in part], np.array([o for _, o in part])) for part in parts]
    return made[0], made[1]


def compared(material: Material, enrolled: int, samples: int) -> dict[str, Judged]:
    """Every candidate on both halves, before one gallery."""
    random = np.random.default_rng(enrolled)
    members = np.array(sorted(material.enrolable))
    chosen = np.sort(random.choice(members, min(enrolled, len(members)), replace=False))
    known = one_row_a_person(gallery_of(material, "lab", chosen, samples)[0])
    one, other = halves(material, known)
    by_name: dict[str, list[Judged]] = {}
    for learnt, shown in ((one, other), (other, one)):
        ratio = log_ratios(learnt)
        alike = correlation_of(learnt, ratio)
        candidates: dict[str, Rule] = {
            "best three (in force)": best_three,
            "sequential ratios": sequential(ratio, alike),
            "sequential, frames independent": sequential(ratio, 0.0),
            "AS-norm, best three": normalised(known),
            "mean of all frames": mean_of_all,
            "best frame": best_frame,
        }
        for name, rule in candidates.items():
            by_name.setdefault(name, []).append(judged(shown, rule))
    return {
        name: Judged(
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.right for part in parts]),
            np.concatenate([part.stranger for part in parts]),
        )
        for name, parts in by_name.items()
    }


def as_table(found: dict[str, Judged]) -> str:
    """FNIR at each FPIR, and how many visits more or fewer are refused than by the rule in force.

    A difference is marked when it is no chance at 95 % (sign test on the visits that differ).
    """
    base = next(iter(found.values()))
    lines = [f"  {'candidate':32s}" + "".join(f"{f'FNIR at {100 * f:g} %':>22s}" for f in FPIRS)]
    for name, said in found.items():
        cells = []
        for fpir in FPIRS:
            ours, theirs = base.refused(fpir), said.refused(fpir)
            more, fewer = int((theirs & ~ours).sum()), int((ours & ~theirs).sum())
            sure = abs(more - fewer) > 1.96 * np.sqrt(max(more + fewer, 1))
            cells.append(f"{100 * theirs.mean():8.2f} ({more - fewer:+d}{'*' if sure else ''})")
        lines.append(f"  {name:32s}" + "".join(f"{cell:>22s}" for cell in cells))
    return "\n".join(lines)


@click.command("evidence")
@card_argument
@lfw_option
@detector_option
@weights_option
@click.option("--cache", type=click.Path(path_type=Path), default=Path(".cache/openset"))
@click.option("--enrolled", multiple=True, type=int, default=(500, 1680), show_default=True)
@click.option("--samples", default=1, show_default=True)
def evidence(
    card: Path,
    lfw: Path,
    detector: Path,
    weights: tuple[Path, ...],
    cache: Path,
    enrolled: tuple[int, ...],
    samples: int,
) -> None:
    """Compare ways to add up the frames of a visit, with CARD's embedder on LFW visits.

    Sequential likelihood ratios and normalised scores beside the rule in force, each at the
    threshold that lets the same share of strangers through.
    """
    model = open_model(card, weights)
    material = gather(model, lfw_faces(lfw, detector, cache), detector, cache, click.echo)
    for size in enrolled:
        found = compared(material, size, samples)
        visits = next(iter(found.values())).stranger
        click.echo(
            f"\n{size} enrolled with {samples} picture(s): {int((~visits).sum())} visits of "
            f"enrolled people, {int(visits.sum())} of strangers; in brackets refused visits more "
            "or fewer than by the rule in force, * where that is no chance"
        )
        click.echo(as_table(found))
