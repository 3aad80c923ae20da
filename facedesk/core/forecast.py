"""What an operating point means at one site: how alike its people are, who would be refused, and
how often a stranger would be given a name.
"""

from dataclasses import dataclass

import numpy as np

from facedesk.core.matching import Gallery
from facedesk.core.operating_point import OperatingPoint
from facedesk.core.records import Vector
from facedesk.core.voting import VotingRules

# Enough to see the shape, and quick: the first people by id.
_SHOWN_PEOPLE = 500
_DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class Forecast:
    """Scores of the site's own photos, and what they are held against.

    `own` (n,): each photo with the person's other photos; `others` (m,): each photo with the person
    of the others who is most like it, as a stranger would be met. `refused` is how many of `own`
    would not have been enough for a name, `needed` the least and the most that a person needs.
    """

    point: OperatingPoint
    own: Vector
    others: Vector
    refused: int
    needed: tuple[float, float]
    twins: int

    def wrong_names_a_year(self, strangers_a_day: int) -> float:
        """At most so many strangers get a name in a year of such days."""
        return _DAYS_A_YEAR * strangers_a_day * self.point.expected_fpir


def forecast(gallery: Gallery, point: OperatingPoint, rules: VotingRules) -> Forecast:
    """Compare everybody with everybody. `gallery` has all samples of a person."""
    bounds = [point.threshold, *rules.bounds.values()]
    needed, twins = (min(bounds), max(bounds)), len(rules.twins)
    people = np.unique(gallery.person_ids)[:_SHOWN_PEOPLE]
    kept = np.isin(gallery.person_ids, people)
    vectors, owners = gallery.vectors[kept], np.searchsorted(people, gallery.person_ids[kept])
    if not len(vectors):
        nothing = np.empty(0, np.float32)
        return Forecast(point, nothing, nothing, 0, needed, twins)
    sums = np.zeros((len(people), vectors.shape[1]), np.float32)
    np.add.at(sums, owners, vectors)
    rest = sums[owners] - vectors  # a person's other photos
    lengths = np.linalg.norm(rest, axis=1)
    several = np.bincount(owners)[owners] > 1
    own = (rest * vectors).sum(axis=1)[several] / np.maximum(lengths[several], 1e-12)
    bound = np.array([rules.bound_of(person) for person in people.tolist()])[owners[several]]
    means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    scores = vectors @ means.T
    scores[np.arange(len(vectors)), owners] = -1.0
    others = scores.max(axis=1) if len(people) > 1 else np.empty(0, np.float32)
    return Forecast(
        point,
        own.astype(np.float32),
        others.astype(np.float32),
        int((own < bound).sum()),
        needed,
        twins,
    )
