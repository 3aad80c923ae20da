"""Do errors fall on some groups more than on others? Rates by every label of a set of faces.

The set is a CSV file with the column ``file`` (a path beside the file) and one column a label; a
column ``person`` says whose face it is, where that is known.

- FMR: comparisons of two different people within a group, at a threshold of the model's card.
- FPIR: strangers of a group before galleries that are drawn from everybody, under FaceDesk's rules;
  "own": before galleries of the group alone, as at a place where all are of one origin.
- cosine at 1e-3: the threshold that would give the group an FMR of 1 in 1,000; ``--write`` puts it
  and that of 1 in 10,000, where enough comparisons lie above it, into the card.
- FNMR: comparisons of a person's pictures; where nobody has two, of a picture with itself as a desk
  camera might see it (`lab.visits`), which is a lower bound.

Sources: ISO/IEC 19795-10 (groups); Efron 1979 (bootstrap: pairs share pictures, so that the bounds
of FMR come from drawing pictures anew, not pairs).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.operating_point import ImpostorTail, tail_of
from facedesk.core.quality import QualityLimits, assess
from facedesk.core.records import DecisionKind, Face, QualityReason
from facedesk.core.rules import Wanted, rules_before
from facedesk.core.voting import decide_once
from facedesk.lab.card import with_groups, write_card
from facedesk.lab.faces import (
    LoadedModel,
    landmarks_name,
    open_detector,
    open_model,
    read_picture,
)
from facedesk.lab.metrics import (
    Interval,
    Threshold,
    clopper_pearson,
    thresholds_for_fmr,
    zero_error_bound,
)
from facedesk.lab.options import FILE, card_argument, detector_option, weights_option
from facedesk.lab.visits import decoded, frames_of_visit, subject
from facedesk.settings import Settings
from facedesk.vision.align import align
from facedesk.vision.detect import Detector

Vectors = NDArray[np.float32]
_DRAWS, _GALLERY = 10, 200
_BOOTSTRAPS = 200
_LEAST = 30  # pictures of a group below which its rates say nothing
_PERSON = "person"
_RATES = (1e-3, 1e-4)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """``labels`` maps each label column to the group of each picture; ``people`` (n,) are numbers,
    all different where nobody is known.
    """

    pictures: tuple[Path, ...]
    labels: dict[str, NDArray[np.str_]]
    people: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of the pictures and of another view of each, where a usable face was ``found``."""

    vectors: Vectors
    again: Vectors
    found: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GroupRates:
    group: str
    pictures: int
    fmr: Interval
    fnmr: Interval
    fpir: Interval
    fpir_own: Interval
    thresholds: tuple[Threshold, ...]  # of _RATES


def read_set(
    path: Path, limit: int, without: tuple[tuple[str, str], ...] = (), seed: int = 0
) -> LabelledSet:
    """At most ``limit`` pictures, drawn at random, none with a (label, group) of ``without``.

    Raises ClickException without the column ``file`` or a label's.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or "file" not in rows[0]:
        raise click.ClickException(f"{path} has no column 'file'")
    if missing := {label for label, _ in without} - set(rows[0]):
        raise click.ClickException(f"{path} has no column {', '.join(sorted(missing))}")
    rows = [row for row in rows if not any(row[label] == group for label, group in without)]
    order = np.random.default_rng(seed).permutation(len(rows))[:limit]
    kept = [rows[int(number)] for number in np.sort(order)]
    columns = [name for name in kept[0] if name not in ("file", _PERSON)]
    names = [row.get(_PERSON) or row["file"] for row in kept]
    _, people = np.unique(names, return_inverse=True)
    return LabelledSet(
        tuple(path.parent / row["file"] for row in kept),
        {column: np.array([row[column] for row in kept]) for column in columns},
        people.astype(np.int64),
    )


def embed_set(
    model: LoadedModel,
    detector: Detector,
    faces: LabelledSet,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Embedded:
    """Each picture as it is and as one frame of a visit, where the kiosk would use both."""
    count = len(faces.pictures)
    vectors = np.zeros((2, count, model.card.dimension), np.float32)
    found = np.ones(count, bool)
    for number, path in enumerate(faces.pictures):
        image = read_picture(path)
        for view, picture in enumerate((image, decoded(frames_of_visit(image, number)[0]))):
            face = subject(picture, detector)
            if face is None or not _usable(picture, face):
                found[number] = False
                break
            crop = model.embedder.crop(picture, face.landmarks)
            vectors[view, number] = model.embedder.embed([crop])[0]
        if number % 100 == 99:
            progress(number + 1, count)
    return Embedded(vectors[0], vectors[1], found)


def _usable(picture: NDArray[np.uint8], face: Face) -> bool:
    """Whether the kiosk would judge this face. Such sets are cut out close around it: that alone is
    no reason.
    """
    size = (picture.shape[1], picture.shape[0])
    quality = assess(align(picture, face.landmarks), face, size, QualityLimits())
    return not set(quality.reasons) - {QualityReason.CUT_OFF}


def rates_by(
    faces: LabelledSet, embedded: Embedded, label: str, tail: ImpostorTail, threshold: float
) -> list[GroupRates]:
    """One line a group of ``label`` that has enough pictures; FMR and FNMR at ``threshold``."""
    named, shown = _strangers_named(faces, embedded, tail)
    rates = []
    for group in np.unique(faces.labels[label]):
        members = np.flatnonzero((faces.labels[label] == group) & embedded.found)
        if len(members) < _LEAST:
            continue
        rates.append(
            GroupRates(
                str(group),
                len(members),
                _false_matches(embedded.vectors[members], faces.people[members], threshold),
                _false_non_matches(embedded, faces.people, members, threshold),
                clopper_pearson(int(named[members].sum()), int(shown[members].sum())),
                _fpir_among(faces, embedded, members, tail),
                _thresholds(embedded.vectors[members], faces.people[members]),
            )
        )
    return rates


def _fpir_among(
    faces: LabelledSet, embedded: Embedded, members: NDArray[np.int64], tail: ImpostorTail
) -> Interval:
    """Strangers named before galleries of which all are members."""
    among = Embedded(
        embedded.vectors, embedded.again, np.isin(np.arange(len(faces.people)), members)
    )
    named, shown = _strangers_named(faces, among, tail)
    return clopper_pearson(int(named.sum()), int(shown.sum()))


def _thresholds(vectors: Vectors, people: NDArray[np.int64]) -> tuple[Threshold, ...]:
    first, second = np.triu_indices(len(people), 1)
    scores = (vectors @ vectors.T)[first, second]
    return thresholds_for_fmr(scores[people[first] != people[second]], _RATES)


def _false_matches(vectors: Vectors, people: NDArray[np.int64], threshold: float) -> Interval:
    different = people[:, np.newaxis] != people
    close = ((vectors @ vectors.T >= threshold) & different).astype(np.float32)
    pairs = different.astype(np.float32)
    random = np.random.default_rng(0)
    draws = []
    for _ in range(_BOOTSTRAPS):
        weight = np.bincount(
            random.integers(0, len(people), len(people)), minlength=len(people)
        ).astype(np.float32)
        draws.append(float(weight @ close @ weight) / max(float(weight @ pairs @ weight), 1.0))
    low, high = np.percentile(draws, (2.5, 97.5))
    if not close.any():  # nothing to draw anew: pairs that share no picture are independent
        high = zero_error_bound(max(len(people) // 2, 1))
    count = int(pairs.sum()) // 2
    return Interval(float(close.sum() / max(pairs.sum(), 1.0)), float(low), float(high), count)


def _false_non_matches(
    embedded: Embedded, people: NDArray[np.int64], members: NDArray[np.int64], threshold: float
) -> Interval:
    same = np.triu(people[members][:, np.newaxis] == people[members], 1)
    first, second = np.nonzero(same)
    if len(first):
        scores = (embedded.vectors[members[first]] * embedded.vectors[members[second]]).sum(axis=1)
    else:
        scores = (embedded.vectors[members] * embedded.again[members]).sum(axis=1)
    return clopper_pearson(int((scores < threshold).sum()), len(scores))


def _strangers_named(
    faces: LabelledSet, embedded: Embedded, tail: ImpostorTail
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How often each picture was named as a stranger, and before how many galleries it came."""
    random = np.random.default_rng(1)
    named = np.zeros(len(faces.people), np.int64)
    shown = np.zeros(len(faces.people), np.int64)
    usable = np.flatnonzero(embedded.found)
    people = np.unique(faces.people[usable])
    now = Settings()
    wanted = Wanted(1 / now.stranger_visits_per_name, now.runner_up_margin, now.votes)
    for _ in range(_DRAWS):
        chosen = random.permutation(people)[: min(_GALLERY, len(people) // 2)]
        enrolled = usable[np.isin(faces.people[usable], chosen)]
        ids = faces.people[enrolled] + 1
        gallery = Gallery("lab", embedded.vectors[enrolled], ids, {})
        _, rules = rules_before(gallery, tail, wanted)
        strangers = usable[~np.isin(faces.people[usable], chosen)]
        found = match(one_row_a_person(gallery), embedded.vectors[strangers])
        for stranger, one in zip(strangers, found, strict=True):
            shown[stranger] += 1
            if one.score >= rules.lowest:
                named[stranger] += decide_once(one, rules).kind is DecisionKind.KNOWN
    return named, shown


def as_table(label: str, rates: list[GroupRates]) -> str:
    lines = [
        f"  {label:24s} {'pictures':>8s} {'FMR':>9s} {'bounds':>20s} {'FNMR %':>7s} "
        f"{'bounds':>13s} {'FPIR %':>7s} {'bounds':>13s} {'own %':>7s} {'bounds':>13s} "
        f"{'cosine at 1e-3':>14s}"
    ]
    for one in sorted(rates, key=lambda rate: -rate.fmr.share):
        lines.append(
            f"  {one.group:24s} {one.pictures:8d} {one.fmr.share:9.2e} "
            f"{f'{one.fmr.low:.2e}..{one.fmr.high:.2e}':>20s} {_percent(one.fnmr)} "
            f"{_percent(one.fpir)} {_percent(one.fpir_own)} {one.thresholds[0].cosine:14.3f}"
        )
    if len(rates) > 1:
        shares = [one.fmr.share for one in rates]
        most = (
            f"{max(shares) / min(shares):.1f}" if min(shares) > 0 else "more than can be measured"
        )
        lines.append(f"  highest FMR against lowest: {most}")
    return "\n".join(lines)


def _percent(share: Interval) -> str:
    bounds = f"{100 * share.low:.2f}..{100 * share.high:.2f}"
    return f"{100 * share.share:7.2f} {bounds:>13s}"


@click.command("fairness")
@card_argument
@click.argument("labels", type=FILE)
@click.option("--by", multiple=True, help="A label column; all of them where omitted.")
@click.option("--at", "rate", default="fmr_1e-4", show_default=True, help="Threshold of the card.")
@click.option("--limit", default=5000, show_default=True, help="Pictures at most.")
@click.option("--without", nargs=2, multiple=True, metavar="LABEL GROUP",
              help="Leave the pictures of a group out, children for one; repeatable.")  # fmt: skip
@click.option("--write", is_flag=True, help="Write each group's thresholds into CARD.")
@detector_option
@weights_option
def fairness(
    card: Path, labels: Path, by: tuple[str, ...], rate: str, limit: int,
    without: tuple[tuple[str, str], ...], write: bool, detector: Path, weights: tuple[Path, ...],
) -> None:  # fmt: skip
    """Break the errors of CARD's embedder down by the label columns of LABELS, a CSV file.

    For FairFace: fairface_label_val.csv, beside the folder that its column "file" names.
    """
    model = open_model(card, weights)
    if rate not in model.card.thresholds:
        raise click.ClickException(f"{card} has no threshold {rate}")
    faces = read_set(labels, limit, without)
    if missing := set(by) - set(faces.labels):
        raise click.ClickException(f"{labels} has no column {', '.join(sorted(missing))}")
    embedded = embed_set(
        model, open_detector(detector, smallest_face_px=32.0), faces,
        lambda done, total: click.echo(f"{done} of {total} pictures"),
    )  # fmt: skip
    known = "their pictures" if len(np.unique(faces.people)) < len(faces.people) else "two views"
    click.echo(
        f"{model.card.name}, {int(embedded.found.sum())} of {len(faces.pictures)} pictures with a "
        f"usable face; FMR and FNMR (of {known}) at {rate} = {model.card.thresholds[rate]:.3f}; "
        f"FPIR of single pictures before {_DRAWS} galleries of {_GALLERY}"
    )
    tail = tail_of(model.card.thresholds)
    groups: dict[str, tuple[Threshold, ...]] = {}
    for label in by or tuple(faces.labels):
        rates = rates_by(faces, embedded, label, tail, model.card.thresholds[rate])
        click.echo("\n" + as_table(label, rates))
        groups |= {f"{label}: {one.group}": one.thresholds for one in rates}
    if write:
        protocol = (
            f"impostor pairs within each group of {int(embedded.found.sum())} pictures of "
            f"{labels.name}, landmarks by {landmarks_name(detector)}"
            + "".join(f", without {label} {group}" for label, group in without)
        )
        write_card(with_groups(json.loads(card.read_text("utf-8")), groups, protocol), card)
