"""Everything that judging a visit needs to know, made for the people who are enrolled now."""

import math
from dataclasses import dataclass, replace

import numpy as np

from facedesk.core.look_alikes import look_alikes, partners
from facedesk.core.matching import Gallery, one_row_a_person
from facedesk.core.operating_point import (
    FLOOR_RATE,
    HIGHEST_THRESHOLD,
    ImpostorTail,
    OperatingPoint,
    operating_point,
)
from facedesk.core.voting import VotingRules

# How much a person resembles others is the mean cosine to so many nearest ones.
_NEAREST = 10
# Among fewer people that says little; among so many it is believed by half as much as among many.
_LEAST_PEOPLE = 12
_PRIOR_PEOPLE = 10.0
# By how much it is believed among many: who has close neighbours here will have fewer among people
# who are still to come. With all of it strangers before 1,680 people got names 2 to 3 times as
# often as wanted, with half of it 2 to 5 in 100 more of the enrolled were refused.
_BELIEVED = 0.75
# Twins are searched among so many people, the first ones by id, in half a second; the lead over the
# next person holds for all.
_COMPARED_PEOPLE = 5000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the organisation asks for: a stranger's visit ends with a name at most `fpir` of the
    time, the best person leads by the cosine `margin`, `votes` frames agree.
    """

    fpir: float
    margin: float
    votes: int


def rules_before(
    gallery: Gallery, tail: ImpostorTail, wanted: Wanted
) -> tuple[OperatingPoint, VotingRules]:
    """How to judge before `gallery`, which has all samples; matching is with one row a person.

    Look-alikes are pairs of people who score at least the threshold less the margin with each
    other: a picture that is a little more like one of them may be the other's. From half a margin
    below the threshold on they are twins: one's samples would nearly be recognised as the other.
    Among 1,679 people of LFW who are none, 4 were taken for twins.
    """
    point = operating_point(tail, gallery, wanted.fpir, wanted.votes)
    kept = np.isin(gallery.person_ids, np.unique(gallery.person_ids)[:_COMPARED_PEOPLE])
    compared = one_row_a_person(
        replace(gallery, vectors=gallery.vectors[kept], person_ids=gallery.person_ids[kept])
    )
    pairs = look_alikes(compared, point.threshold - wanted.margin)
    twins_from = point.threshold - wanted.margin / 2
    rules = VotingRules(
        point.threshold,
        wanted.margin,
        wanted.votes,
        point.in_words(),
        own_bounds(compared, tail, point),
        partners(pairs),
        frozenset(partners([pair for pair in pairs if pair.score >= twins_from])),
    )
    return point, rules


def own_bounds(known: Gallery, tail: ImpostorTail, point: OperatingPoint) -> dict[int, float]:
    """The threshold of each person, by id: higher for whom many resemble ("lambs"), lower for whom
    few do, so that a stranger is as unlikely to be taken for one as for another. Among few people
    there is none. `known` has one row a person, `tail` is the card's.

    A person's own tail is taken to lie higher by most of what the person's nearest others do. With
    `shared` taken off for all, the false matches of all together stay what they are at `point`'s
    threshold, along an exponential tail. What it gains over one threshold for all is measured by
    `facedesk evaluate openset`, with the table in facedesk/lab/README.md.

    Source: Doddington et al. 1998, "Sheep, goats, lambs and wolves"; Auckenthaler et al. 2000,
    "Score normalization for text-independent speaker verification systems" (zero normalisation).
    """
    people = len(known.vectors)
    if people < _LEAST_PEOPLE:
        return {}
    nearest = np.empty(people)
    for start in range(0, people, 1024):
        scores = known.vectors[start : start + 1024] @ known.vectors.T
        rows = np.arange(len(scores))
        scores[rows, start + rows] = -1.0  # not oneself
        nearest[start : start + 1024] = np.partition(scores, -_NEAREST)[:, -_NEAREST:].mean(axis=1)
    more = _BELIEVED * (nearest - nearest.mean()) * people / (people + _PRIOR_PEOPLE)
    decade = tail.cosine(1e-6) - tail.cosine(1e-5)
    shared = decade * math.log10(float(np.mean(10 ** (more / decade))))
    bounds = np.clip(point.threshold - shared + more, tail.cosine(FLOOR_RATE), HIGHEST_THRESHOLD)
    return dict(zip(known.person_ids.tolist(), bounds.tolist(), strict=True))
