"""Everything that judging a visit needs to know, made for the people who are enrolled now."""

from dataclasses import dataclass, replace

import numpy as np

from facedesk.core.look_alikes import look_alikes, partners
from facedesk.core.matching import Gallery, one_row_a_person
from facedesk.core.operating_point import (
    HIGHEST_THRESHOLD,
    ImpostorTail,
    OperatingPoint,
    operating_point,
)
from facedesk.core.voting import VotingRules

# So many expected close others must stand behind a person's own count before it outweighs that of
# everybody: people differ far more than sites do (Doddington et al. 1998).
_PRIOR_OTHERS = 2.0
_MUCH_RESEMBLED = 2.0  # smaller excesses are chance
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
    other: a picture that is a little more like one of them may be the other's. At the threshold
    and above they are twins: one's samples would be recognised as the other. Among people who are
    not, that happens as seldom as a stranger gets a name.
    """
    point = operating_point(tail, gallery, wanted.fpir, wanted.votes)
    kept = np.isin(gallery.person_ids, np.unique(gallery.person_ids)[:_COMPARED_PEOPLE])
    compared = one_row_a_person(
        replace(gallery, vectors=gallery.vectors[kept], person_ids=gallery.person_ids[kept])
    )
    pairs = look_alikes(compared, point.threshold - wanted.margin)
    rules = VotingRules(
        point.threshold,
        wanted.margin,
        wanted.votes,
        point.in_words(),
        own_bounds(compared, tail, point),
        partners(pairs),
        frozenset(partners([pair for pair in pairs if pair.score >= point.threshold])),
    )
    return point, rules


def own_bounds(known: Gallery, tail: ImpostorTail, point: OperatingPoint) -> dict[int, float]:
    """Stricter thresholds of people whom many others resemble ("lambs"), by id; all others have
    `point`'s. `known` has one row a person.

    As for a site, a person's close others are counted at the card's points and shrunk towards what
    is expected (gamma prior of a Poisson rate, mean 1). Who draws k times the false matches is
    given a kth of the false match rate.
    """
    if len(known.vectors) < 2:
        return {}
    seen = np.zeros((len(tail.cosines), len(known.vectors)))
    for start in range(0, len(known.vectors), 1024):
        scores = known.vectors[start : start + 1024] @ known.vectors.T
        for place, cosine in enumerate(tail.cosines):
            seen[place, start : start + 1024] = (scores >= cosine).sum(axis=1) - 1  # not oneself
    expected = np.array([10**log_rate for log_rate in tail.log_rates]) * (len(known.vectors) - 1)
    expected *= point.site
    excess = ((seen + _PRIOR_OTHERS) / (expected[:, np.newaxis] + _PRIOR_OTHERS)).max(axis=0)
    rate = tail.rate(point.threshold)
    return {
        int(person_id): min(tail.cosine(rate / times), HIGHEST_THRESHOLD)
        for person_id, times in zip(known.person_ids, excess.tolist(), strict=True)
        if times >= _MUCH_RESEMBLED
    }
