"""The threshold that follows from a wanted error rate, the model and who is enrolled.

What an organisation can judge is how often a stranger may be given a colleague's name: the false
positive identification rate (FPIR) of a visit. A stranger is compared with every person of the
gallery, so the same cosine that is safe among ten people is not among ten thousand:

    FPIR = 1 - (1 - FMR(threshold - site)) ** (looks * people)

FMR is the share of comparisons of two different people at or above a cosine. The model's card gives
it at a few points; between them its logarithm is a straight line, beyond them the line goes on. An
exponential tail is a generalised Pareto tail of shape 0; cosines have a lighter one (their tail
ends at 1), so that the line errs towards refusing.

`looks` is how many chances a visit of several frames gives a stranger, against one picture.

`site` is by which cosine this organisation's people are more alike than those of the card, and a
stranger with them: people of one origin, age and sex before one camera are, to every embedder.
Every enrolled person is an impostor of every other, so their own comparisons are counted at the
card's points. How many more of them lie above a cosine says how far the whole tail has moved, and
the points of 1 in 10 and 1 in 100 show it with a dozen people. Few people prove little: the count
is shrunk towards the card's (gamma prior of a Poisson rate, mean 1), and it never makes the
threshold lower than the card alone would.

Sources: ISO/IEC 19795-1 (FPIR, FMR); Pickands 1975, "Statistical inference using extreme order
statistics" (tail); Grother et al., NIST IR 8271 (identification error grows with the gallery).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facedesk.core.language import tr
from facedesk.core.matching import Gallery, one_row_a_person

# A model without a measured card gets a tail that is meant to refuse too much.
UNMEASURED_THRESHOLD = 0.6
_UNMEASURED_RATE = 1e-6
# Cosine a decade of FMR where a card offers fewer than two points; public embedders have 0.063 to
# 0.085 on LFW.
_USUAL_DECADE = 0.08
# Whatever the gallery, one comparison with one colleague may be wrong 1 in 100,000 times at most:
# the first few people cannot show yet that this place has people who are more alike.
FLOOR_RATE = 1e-5
HIGHEST_THRESHOLD = 0.95
# So many expected close pairs must stand behind a site's own count before it outweighs the card's.
_PRIOR_PAIRS = 1.0
# Chances of a stranger's visit of 3 to 10 frames by the number of frames that must agree, measured
# on LFW (`facedesk evaluate openset`) and rounded up: 2.4, 1.6, 1.2, and no more with more frames.
_LOOKS = {1: 2.5, 2: 1.75}
_LOOKS_OF_MORE = 1.25
# The first people by id are enough to know the site, and take a tenth of a second.
_SITE_PEOPLE = 1000
_BLOCK_ROWS = 1024


@dataclass(frozen=True, slots=True)
class ImpostorTail:
    """Cosines, rising, and the false match rate at or above each, as log10, falling."""

    cosines: tuple[float, ...]
    log_rates: tuple[float, ...]

    def cosine(self, rate: float) -> float:
        """The cosine that two different people reach at this rate (more than 0)."""
        return self._line(math.log10(rate), self.log_rates, self.cosines)

    def rate(self, cosine: float) -> float:
        """The share of comparisons of two different people at or above the cosine, at most 1."""
        return float(10 ** min(0.0, self._line(cosine, self.cosines, self.log_rates)))

    @staticmethod
    def _line(at: float, xs: tuple[float, ...], ys: tuple[float, ...]) -> float:
        """Straight lines through the points; the outermost go on beyond them."""
        rising = xs[0] < xs[-1]
        last = len(xs) - 2
        k = next((i for i in range(last) if (at <= xs[i + 1]) == rising), last)
        slope = (ys[k + 1] - ys[k]) / (xs[k + 1] - xs[k])
        return ys[k] + slope * (at - xs[k])


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold and all that it follows from; `site` as the module says, a cosine."""

    threshold: float
    wanted_fpir: float
    expected_fpir: float
    people: int
    samples: int
    site: float

    @property
    def visits_per_name(self) -> int:
        """Of so many visits by strangers at most one ends with a name: as wanted, or fewer where
        even the highest threshold cannot hold that.
        """
        return round(1 / max(self.wanted_fpir, self.expected_fpir))

    def in_words(self) -> str:
        """One sentence behind the threshold, for the reason of a decision; holds no name."""
        return tr(
            "The threshold lets at most 1 in {visits:,} strangers be named; enrolled: {people:,}.",
            visits=self.visits_per_name,
            people=self.people,
        )


def tail_of(thresholds: Mapping[str, float]) -> ImpostorTail:
    """The tail behind a card's thresholds ("fmr_1e-5": cosine, ...)."""
    points = sorted((cosine, math.log10(float(key[4:]))) for key, cosine in thresholds.items())
    # Two rates at one cosine, or a rate that does not fall, would be no tail: keep what is one.
    kept: list[tuple[float, float]] = []
    for cosine, log_rate in points:
        if not kept or (cosine > kept[-1][0] and log_rate < kept[-1][1]):
            kept.append((cosine, log_rate))
    if not kept:
        kept = [(UNMEASURED_THRESHOLD, math.log10(_UNMEASURED_RATE))]
    if len(kept) == 1:
        kept.append((kept[0][0] + _USUAL_DECADE, kept[0][1] - 1))
    cosines, log_rates = zip(*kept, strict=True)
    return ImpostorTail(cosines, log_rates)


def operating_point(
    tail: ImpostorTail, gallery: Gallery, wanted_fpir: float, votes: int
) -> OperatingPoint:
    """The lowest threshold at which the FPIR of a visit is at most the wanted one, where the best
    `votes` frames of a visit decide. `gallery` has all samples; a person is matched as one row.

    Depends on who is enrolled, not on the order of rows. Adding a person, whose id is higher than
    all others, never lowers it; removing that person restores it.
    """
    if not 0 < wanted_fpir < 1:
        raise ValueError(f"a rate lies between 0 and 1, not at {wanted_fpir}")
    people, rows_of = np.unique(gallery.person_ids, return_counts=True)
    looks = _LOOKS.get(votes, _LOOKS_OF_MORE)
    sites = _site_by_people(tail, gallery, people, rows_of)
    site = float(sites[-1]) if len(sites) else 0.0
    # Estimates of `site` go up and down as people come: what was needed after each person in order
    # of enrolment counts, so that a newcomer never loosens the door.
    needed = [
        tail.cosine(_rate_of_one(wanted_fpir, looks * count)) + moved
        for count, moved in [*enumerate(sites.tolist(), start=1), (max(len(people), 1), site)]
    ]
    threshold = min(max(*needed, tail.cosine(FLOOR_RATE)), HIGHEST_THRESHOLD)
    rate = min(tail.rate(threshold - site), 1 - 1e-12)
    expected = -math.expm1(looks * max(len(people), 1) * math.log1p(-rate))
    return OperatingPoint(threshold, wanted_fpir, expected, len(people), int(rows_of.sum()), site)


def _rate_of_one(fpir: float, comparisons: float) -> float:
    """How often one comparison may be wrong where so many together are wrong at the rate `fpir`."""
    return -math.expm1(math.log1p(-fpir) / comparisons)


def _site_by_people(
    tail: ImpostorTail, gallery: Gallery, people: NDArray[np.int64], rows_of: NDArray[np.int64]
) -> NDArray[np.float64]:
    """By which cosine the first 1, 2, ... people are more alike than the card's, at least 0.

    Compared is what the kiosk compares: a picture with the mean of another person's. A pair of
    people counts once, by the share of its comparisons at or above the cosine: three pictures of
    two siblings are one proof, not six.
    """
    people = people[:_SITE_PEOPLE]
    if not len(people):
        return np.empty(0)
    kept = gallery.person_ids <= people[-1]
    own = Gallery(gallery.contract, gallery.vectors[kept], gallery.person_ids[kept], {})
    means, owners = one_row_a_person(own).vectors, np.searchsorted(people, own.person_ids)
    parts = []
    for start in range(0, len(owners), _BLOCK_ROWS):
        scores = own.vectors[start : start + _BLOCK_ROWS] @ means.T
        rows, others = np.nonzero(scores >= tail.cosines[0])
        parts.append((owners[start + rows], others, scores[rows, others]))
    first, second, found = (np.concatenate(part) for part in zip(*parts, strict=True))
    shares = np.where(first == second, 0.0, 0.5 / rows_of[first])
    later = np.maximum(first, second)
    pairs_so_far = np.arange(len(people)) * (np.arange(len(people)) + 1) / 2
    site = np.zeros(len(people))
    for cosine, log_rate in zip(tail.cosines, tail.log_rates, strict=True):
        close = found >= cosine
        seen = np.cumsum(np.bincount(later[close], shares[close], len(people)))
        expected = pairs_so_far * 10**log_rate
        times = np.maximum((seen + _PRIOR_PAIRS) / (expected + _PRIOR_PAIRS), 1.0)
        log_rates = np.minimum(log_rate + np.log10(times), 0.0)
        site = np.maximum(site, [cosine - tail.cosine(10**rate) for rate in log_rates.tolist()])
    return site
