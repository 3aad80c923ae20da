"""Open-set identification on LFW with the application's own rules: who is named, who is not.

Some people are enrolled, everybody comes, strangers must stay without a name. People with two or
more pictures can be enrolled; their last picture (in a fixed random order) is never enrolled and is
their visit. Strangers are the people with one picture, and whoever of the others is not enrolled;
some of them come twice, so that there are 3,000 visits of strangers before the largest gallery.
Small galleries are drawn several times; the same strangers come to each, so that bounds over draws
are a little too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.operating_point import ImpostorTail, tail_of
from facedesk.core.records import DecisionKind, Match
from facedesk.core.rules import Wanted, rules_before
from facedesk.core.voting import Voter, VotingRules
from facedesk.lab.faces import (
    Faces,
    LoadedModel,
    landmarks_key,
    open_detector,
)
from facedesk.lab.metrics import Interval, clopper_pearson, thresholds_for_fmr
from facedesk.lab.protocols import impostor_scores
from facedesk.lab.visits import Visits, embed_pictures, embed_visits
from facedesk.settings import Settings

SIZES = (50, 200, 500, 1000, 1680)
DRAWS = {50: 8, 200: 3, 500: 2, 1000: 3}  # one draw would leave too much to chance
STRANGER_VISITS = 3000
_SEED = 7
FACEDESK, SAME_RATE = "FaceDesk", "FaceDesk, at this rate"
EVERY_SIZE, THIS_SIZE = "fixed, best of all sizes", "fixed, best of this size"


@dataclass(frozen=True, slots=True)
class Material:
    """Vectors of pictures and visits. ``visitor`` (v,) is the person of each visit, ``picture``
    (v,) the row of its picture; ``enrolable`` gives each person's pictures but the last.
    """

    pictures: NDArray[np.float32]
    visits: Visits
    visitor: NDArray[np.int64]
    picture: NDArray[np.int64]
    enrolable: dict[int, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule did: strangers named (FPIR), enrolled people not named rightly (FNIR), given a
    colleague's name, asked for a PIN, and good frames until the right name.
    """

    rule: str
    threshold: float
    fpir: Interval
    fnir: Interval
    colleague_names: int
    asked_for_pin: float
    frames_median: float
    frames_p95: float


@dataclass(frozen=True, slots=True)
class Twins:
    """The enrolled who have a look-alike, under FaceDesk's rule: their share of the enrolled, and
    how their visits ended; the rest was refused.
    """

    share: float
    visits: int
    named: int
    asked_for_pin: int
    misnamed: int


@dataclass(frozen=True, slots=True)
class Setting:
    """One size of gallery, as single pictures or as visits."""

    enrolled: int
    samples: float
    visit: bool  # of several frames
    draws: int
    outcomes: tuple[Outcome, ...]
    twins: Twins


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How each visit ended under one rule: who was named (-1: nobody) after how many good frames,
    and whether a name was near enough to ask for a PIN instead.
    """

    rule: str
    threshold: float
    named: NDArray[np.int64]
    frames: NDArray[np.int64]
    pin: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Draw:
    """One gallery: who is enrolled, which visits are strangers', who of the enrolled has a
    look-alike, and what each rule said.
    """

    enrolled: NDArray[np.int64]
    strangers: NDArray[np.bool_]
    alike: NDArray[np.int64]
    verdicts: tuple[Verdicts, ...]


def gather(
    model: LoadedModel,
    faces: Faces,
    detector_model: Path,
    cache: Path,
    tell: Callable[[str], None],
) -> Material:
    """Embed what the protocol needs; done parts are kept in ``cache``, by detector and model."""
    cache = cache / landmarks_key(detector_model)
    random = np.random.default_rng(_SEED)
    _, names = np.unique([name[:-5] for name in faces.names], return_inverse=True)
    rows_of = [random.permutation(np.flatnonzero(names == one)) for one in range(names.max() + 1)]
    mated = np.array([rows[-1] for rows in rows_of if len(rows) > 1])
    alone = np.array([rows[0] for rows in rows_of if len(rows) == 1])
    enrolable: dict[int, NDArray[np.int64]] = {}
    for rows in rows_of:
        if len(rows) > 1:
            person = int(faces.people[rows[0]])
            enrolable[person] = np.concatenate([enrolable.get(person, rows[:0]), rows[:-1]])
    again, spare = np.split(random.permutation(alone), [max(0, STRANGER_VISITS - len(alone))])
    shown = random.permutation(np.concatenate([mated, alone, again]))
    # Whoever has one picture under a second name comes under it, too, and is no stranger.
    missing = STRANGER_VISITS - int((~np.isin(faces.people[shown], list(enrolable))).sum())
    spare = spare[~np.isin(faces.people[spare], list(enrolable))]
    shown = np.concatenate([shown, spare[: max(0, missing)]])
    used = np.sort(np.concatenate([*(rows[:3] for rows in enrolable.values()), mated, alone]))
    vectors = np.zeros((len(faces.pictures), model.card.dimension), np.float32)
    vectors[used] = embed_pictures(model, faces, used, cache)
    detector = open_detector(detector_model, smallest_face_px=Settings().smallest_face_px)
    visits = embed_visits(
        model, detector, faces, shown, cache, lambda done, total: tell(f"visit {done} of {total}")
    )
    return Material(vectors, visits, faces.people[shown], shown, enrolable)


def tail_for(
    model: LoadedModel, material: Material, faces: Faces, tell: Callable[[str], None]
) -> ImpostorTail:
    """The tail of the model's card; where the card has none, that of the material's pictures."""
    if len(model.card.thresholds) > 1:
        return tail_of(model.card.thresholds)
    used = material.pictures.any(axis=1)
    scores = impostor_scores(material.pictures[used], faces.people[used])
    found = {f"fmr_{one.fmr:.0e}": one.cosine for one in thresholds_for_fmr(scores)}
    told = ", ".join(f"{rate} {cosine:.3f}" for rate, cosine in found.items())
    tell(f"its card has no thresholds; worked out from {len(scores):,} impostor pairs: {told}")
    return tail_of(found)


def gallery_of(
    material: Material, contract: str, members: NDArray[np.int64], samples: int
) -> tuple[Gallery, float]:
    """All samples of the members, and how many a member has on average."""
    rows = [material.enrolable[int(person)][:samples] for person in members]
    people = np.repeat(members, [len(own) for own in rows])
    names = {int(person): str(person) for person in members}
    gallery = Gallery(contract, material.pictures[np.concatenate(rows)], people, names)
    return gallery, len(people) / len(members)


def judge(
    material: Material,
    kiosk: Kiosk,
    rule: str,
    rules: VotingRules,
    visits: NDArray[np.bool_] | None = None,
) -> Verdicts:
    """Let the visitors come (all, or those of ``visits``), each with the frames of the visit or
    with one picture.
    """
    count = len(material.visitor)
    named, frames = np.full(count, -1), np.zeros(count, np.int64)
    pin = np.zeros(count, bool)
    lowest = rules.lowest
    for visit in range(count) if visits is None else np.flatnonzero(visits).tolist():
        where = slice(visit, visit + 1) if kiosk.single else material.visits.frames_of(visit)
        good = np.ones(1, bool) if kiosk.single else material.visits.good[where]
        shown = [kiosk.matches[int(row)] for row in np.arange(where.start, where.stop)[good]]
        if all(one.score < lowest for one in shown):
            continue  # no frame reaches it: neither does a mean of frames
        voter = Voter(rules)
        for frame, one in enumerate(shown, start=1):
            decision = voter.observe(visit, one)
            if decision.kind is DecisionKind.KNOWN and decision.person_id is not None:
                named[visit], frames[visit] = decision.person_id, frame
                break
        else:
            pin[visit] = len(shown) >= rules.votes and decision.score >= rules.threshold
    return Verdicts(rule, rules.threshold, named, frames, pin)


@dataclass(frozen=True, slots=True)
class Kiosk:
    """One gallery and what everybody's pictures or visits (``single``) match in it; ``strangers``
    (v,) are the visits by which FPIR is counted.
    """

    enrolled: NDArray[np.int64]
    samples: float
    gallery: Gallery
    single: bool
    matches: Sequence[Match] | Mapping[int, Match]
    strangers: NDArray[np.bool_]


def kiosks(material: Material, enrolled: int, samples: int) -> Iterator[Kiosk]:
    """Each drawn gallery of one size, before single pictures and before visits."""
    random = np.random.default_rng(enrolled)
    members = np.array(sorted(material.enrolable))
    deep = np.array([p for p in members if len(material.enrolable[p]) >= samples])
    pool = deep if len(deep) >= enrolled else members
    for _ in range(DRAWS.get(enrolled, 1)):
        chosen = np.sort(random.choice(pool, min(enrolled, len(pool)), replace=False))
        gallery, average = gallery_of(material, "lab", chosen, samples)
        known = one_row_a_person(gallery)
        unknown = ~np.isin(material.visitor, chosen)
        for single in (True, False):
            counted = unknown
            if single:  # some strangers come twice; their one picture counts once
                counted = np.zeros(len(unknown), bool)
                counted[np.unique(material.picture, return_index=True)[1]] = True
                counted &= unknown
            vectors = material.pictures[material.picture] if single else material.visits.vectors
            matches = tuple(match(known, vectors))
            yield Kiosk(chosen, average, gallery, single, matches, counted)


def moved(rules: VotingRules, by: float) -> VotingRules:
    """The rules with every bound moved by a cosine."""
    bounds = {person: bound + by for person, bound in rules.bounds.items()}
    return replace(rules, threshold=rules.threshold + by, bounds=bounds)


def plain(threshold: float) -> VotingRules:
    """One threshold for all."""
    return VotingRules(threshold, Settings().runner_up_margin, Settings().votes)


def wanted(fpir: float) -> Wanted:
    """What the application asks for by default, at this FPIR."""
    return Wanted(fpir, Settings().runner_up_margin, Settings().votes)


def measure(
    material: Material,
    tail: ImpostorTail,
    enrolled: int,
    samples: int,
    wanted_fpir: float,
    fixed: Mapping[str, dict[bool, float]],
    shift: dict[bool, float],
) -> tuple[Setting, Setting]:
    """Single pictures and visits before galleries of one size, by FaceDesk's rules, by the same
    with all bounds moved by ``shift``, and by ``fixed`` thresholds, by name; each for ``single``
    pictures and for visits.
    """
    asked = wanted(wanted_fpir)
    draws: dict[bool, list[Draw]] = {True: [], False: []}
    average = 0.0
    for kiosk in kiosks(material, enrolled, samples):
        average = kiosk.samples
        _, ours = rules_before(kiosk.gallery, tail, asked)
        # A still picture is judged by the threshold of a visit, as `facedesk identify` does.
        votes = 1 if kiosk.single else asked.votes
        rules = {
            FACEDESK: ours,
            SAME_RATE: moved(ours, shift[kiosk.single]),
            "the same for everybody": plain(ours.threshold),
            "fixed, card fmr_1e-5": plain(tail.cosine(1e-5)),
            **{name: plain(threshold[kiosk.single]) for name, threshold in fixed.items()},
        }
        verdicts = [
            judge(material, kiosk, name, replace(rule, votes=votes)) for name, rule in rules.items()
        ]
        verdicts.append(judge(material, kiosk, "fixed 0.5, any frame", VotingRules(0.5, 0.0, 1)))
        alike = np.array(sorted(ours.look_alikes), np.int64)
        draws[kiosk.single].append(Draw(kiosk.enrolled, kiosk.strangers, alike, tuple(verdicts)))
    return (
        _setting(material, draws[True], average, visit=False),
        _setting(material, draws[False], average, visit=True),
    )


def _setting(material: Material, draws: list[Draw], samples: float, *, visit: bool) -> Setting:
    return Setting(
        len(draws[0].enrolled),
        samples,
        visit,
        len(draws),
        tuple(_outcome(material, draws, index) for index in range(len(draws[0].verdicts))),
        _twins(material, draws),
    )


def _outcome(material: Material, draws: list[Draw], index: int) -> Outcome:
    false = strangers = missed = mated = wrong = pins = 0
    waited = []
    for draw in draws:
        said = draw.verdicts[index]
        known = np.isin(material.visitor, draw.enrolled)
        right = said.named == material.visitor
        false += int((said.named[draw.strangers] >= 0).sum())
        strangers += int(draw.strangers.sum())
        missed += int((known & ~right).sum())
        mated += int(known.sum())
        wrong += int((known & ~right & (said.named >= 0)).sum())
        pins += int((known & said.pin).sum())
        waited.append(said.frames[known & right])
    took = np.concatenate(waited)
    return Outcome(
        draws[0].verdicts[index].rule,
        float(np.mean([draw.verdicts[index].threshold for draw in draws])),
        clopper_pearson(false, strangers),
        clopper_pearson(missed, mated),
        wrong,
        pins / mated,
        float(np.median(took)) if len(took) else 0.0,
        float(np.percentile(took, 95)) if len(took) else 0.0,
    )


def _twins(material: Material, draws: list[Draw]) -> Twins:
    visits = named = pins = misnamed = 0
    for draw in draws:
        said = draw.verdicts[0]
        theirs = np.isin(material.visitor, draw.alike)
        right = said.named == material.visitor
        visits += int(theirs.sum())
        named += int((theirs & right).sum())
        pins += int((theirs & said.pin).sum())
        misnamed += int((theirs & ~right & (said.named >= 0)).sum())
    share = float(np.mean([len(draw.alike) / len(draw.enrolled) for draw in draws]))
    return Twins(share, visits, named, pins, misnamed)
