"""Open-set identification on LFW with the application's own rules: who is named, who is not.

Some people are enrolled, everybody comes, strangers must stay without a name. People with two or
more pictures can be enrolled; their last picture (in a fixed random order) is never enrolled and is
their visit. Strangers are the people with one picture, and whoever of the others is not enrolled.
Small galleries are drawn several times; the same strangers come to each, so that bounds over draws
are a little too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.operating_point import ImpostorTail, operating_point
from facedesk.core.records import DecisionKind, Match
from facedesk.core.rules import Wanted, rules_before
from facedesk.core.voting import Voter, VotingRules
from facedesk.lab.faces import (
    Faces,
    LoadedModel,
    landmarks_name,
    open_detector,
)
from facedesk.lab.metrics import Interval, clopper_pearson
from facedesk.lab.visits import Visits, embed_pictures, embed_visits
from facedesk.settings import Settings

SIZES = (50, 200, 500, 1000, 1680)
DRAWS = {50: 4, 200: 3, 500: 2}  # small galleries are drawn several times
STRANGER_VISITS = 3000
_SEED = 7
_SECOND_NAME = 1_000_000  # added to the number of a person who is enrolled twice
# One person under two names, or one picture under two: naming them is right, and no error.
MISNAMED = {
    "Cristina_Kirchner": "Cristina_Fernandez",
    "Gabrielle_Rose": "Martha_Bowen",
    "Hasan_Wirayuda": "Hassan_Wirajuda",
    "Mireya_Elisa_Moscoso_Rodriguez": "Mireya_Moscoso",
    "Wang_Nan": "Nan_Wang",
}


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
    left_out: frozenset[int]


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
    kind: str
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
    """One gallery: who is enrolled, who of them has a look-alike, and what each rule said."""

    enrolled: NDArray[np.int64]
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
    cache = cache / landmarks_name(detector_model)
    random = np.random.default_rng(_SEED)
    rows_of = [
        random.permutation(np.flatnonzero(faces.people == person))
        for person in range(int(faces.people.max()) + 1)
    ]
    mated = np.array([rows[-1] for rows in rows_of if len(rows) > 1])
    alone = np.array([rows[0] for rows in rows_of if len(rows) == 1])
    again = random.permutation(alone)[: max(0, STRANGER_VISITS - len(alone))]
    shown = random.permutation(np.concatenate([mated, alone, again]))
    enrolable = {person: rows[:-1] for person, rows in enumerate(rows_of) if len(rows) > 1}
    used = np.sort(np.concatenate([*(rows[:3] for rows in enrolable.values()), mated, alone]))
    vectors = np.zeros((len(faces.pictures), model.card.dimension), np.float32)
    vectors[used] = embed_pictures(model, faces, used, cache)
    detector = open_detector(detector_model, smallest_face_px=Settings().smallest_face_px)
    visits = embed_visits(
        model, detector, faces, shown, cache, lambda done, total: tell(f"visit {done} of {total}")
    )
    persons_of = {
        name[:-5]: int(person) for name, person in zip(faces.names, faces.people, strict=True)
    }
    left_out = frozenset(persons_of[name] for name in MISNAMED if name in persons_of)
    return Material(vectors, visits, faces.people[shown], shown, enrolable, left_out)


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
    material: Material, matches: Sequence[Match], single: bool, rule: str, rules: VotingRules
) -> Verdicts:
    """Let the visitors come, each with the frames of the visit or with one picture."""
    count = len(material.visitor)
    named, frames = np.full(count, -1), np.zeros(count, np.int64)
    pin = np.zeros(count, bool)
    for visit in range(count):
        where = slice(visit, visit + 1) if single else material.visits.frames_of(visit)
        good = np.ones(1, bool) if single else material.visits.good[where]
        shown = [matches[int(row)] for row in np.arange(where.start, where.stop)[good]]
        if all(one.score < rules.threshold for one in shown):
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


def measure(
    material: Material,
    tail: ImpostorTail,
    card_threshold: float,
    enrolled: int,
    samples: int,
    wanted_fpir: float,
) -> tuple[Setting, Setting]:
    """Single pictures and visits before galleries of one size."""
    random = np.random.default_rng(enrolled)
    members = np.array(sorted(material.enrolable))
    deep = np.array([p for p in members if len(material.enrolable[p]) >= samples])
    pool = deep if len(deep) >= enrolled else members
    count = DRAWS.get(enrolled, 1)
    draws: dict[bool, list[Draw]] = {True: [], False: []}
    average = 0.0
    wanted = Wanted(wanted_fpir, Settings().runner_up_margin, Settings().votes)
    everybody, _ = gallery_of(material, "lab", members, samples)
    strict = operating_point(tail, everybody, wanted_fpir, wanted.votes).threshold
    for _ in range(count):
        chosen = np.sort(random.choice(pool, min(enrolled, len(pool)), replace=False))
        gallery, average = gallery_of(material, "lab", chosen, samples)
        known = one_row_a_person(gallery)
        _, ours = rules_before(gallery, tail, wanted)
        for single in (True, False):
            # A still picture is judged by the threshold of a visit, as `facedesk identify` does.
            votes = 1 if single else wanted.votes
            plain = VotingRules(ours.threshold, wanted.margin, votes)
            vectors = material.pictures[material.picture] if single else material.visits.vectors
            matches = match(known, vectors)
            rules = {
                "FaceDesk": replace(ours, votes=votes),
                "without look-alikes": plain,
                "fixed, card fmr_1e-5": replace(plain, threshold=card_threshold),
                "fixed, for the largest": replace(plain, threshold=strict),
                "fixed 0.5, any frame": VotingRules(0.5, 0.0, 1),
            }
            draws[single].append(
                Draw(
                    chosen,
                    np.array(sorted(ours.look_alikes), np.int64),
                    tuple(judge(material, matches, single, *rule) for rule in rules.items()),
                )
            )
    return (
        _setting(material, draws[True], enrolled, average, single=True),
        _setting(material, draws[False], enrolled, average, single=False),
    )


def _setting(
    material: Material, draws: list[Draw], enrolled: int, samples: float, *, single: bool
) -> Setting:
    # Some strangers come twice; their one picture counts once.
    counted = np.ones(len(material.picture), bool)
    if single:
        counted[:] = False
        counted[np.unique(material.picture, return_index=True)[1]] = True
    kind = "single pictures" if single else "visits of 3 to 10 frames"
    return Setting(
        enrolled,
        samples,
        kind,
        len(draws),
        tuple(_outcome(material, counted, draws, index) for index in range(len(draws[0].verdicts))),
        _twins(material, draws),
    )


def _outcome(
    material: Material, counted: NDArray[np.bool_], draws: list[Draw], index: int
) -> Outcome:
    false = strangers = missed = mated = wrong = pins = 0
    waited = []
    for draw in draws:
        said = draw.verdicts[index]
        known = np.isin(material.visitor, draw.enrolled)
        stranger = counted & ~known & ~np.isin(material.visitor, list(material.left_out))
        right = said.named == material.visitor
        false += int((said.named[stranger] >= 0).sum())
        strangers += int(stranger.sum())
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


@dataclass(frozen=True, slots=True)
class Doubles:
    """People who are enrolled twice, under two names, as identical twins would be: how their visits
    ended. Whoever is named is named wrongly half of the time.
    """

    people: int
    found: int
    visits: int
    named: int
    asked_for_pin: int


def doubles(
    material: Material, tail: ImpostorTail, enrolled: int, wanted_fpir: float
) -> tuple[Doubles, Doubles]:
    """Twins' visits under FaceDesk's rules, and as they would be without: the nearest person at
    the same threshold, whatever the lead. Each name has one picture of the person.
    """
    random = np.random.default_rng(enrolled)
    members = np.array(sorted(material.enrolable))
    deep = np.array([p for p in members if len(material.enrolable[p]) >= 2])
    chosen = np.sort(random.choice(deep, min(enrolled, len(deep)), replace=False))
    rows = np.array([material.enrolable[int(person)][:2] for person in chosen])
    people = np.stack([chosen, chosen + _SECOND_NAME], axis=1).ravel()
    gallery = Gallery("lab", material.pictures[rows.ravel()], people, {})
    wanted = Wanted(wanted_fpir, Settings().runner_up_margin, Settings().votes)
    _, ours = rules_before(gallery, tail, wanted)
    matches = match(gallery, material.visits.vectors)
    theirs = np.isin(material.visitor, chosen)
    found = sum(
        person + _SECOND_NAME in ours.look_alikes.get(person, ()) for person in chosen.tolist()
    )
    outcomes = []
    for rules in (ours, VotingRules(ours.threshold, -1.0, wanted.votes)):
        said = judge(material, matches, False, "", rules)
        named = said.named[theirs] != -1
        outcomes.append(
            Doubles(
                len(chosen), found, int(theirs.sum()), int(named.sum()), int(said.pin[theirs].sum())
            )
        )
    return outcomes[0], outcomes[1]
