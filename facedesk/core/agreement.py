"""Do these face samples show one person? Told before they are saved.

Somebody else's face among a person's samples makes the kiosk greet two people by one name. Samples
that are alike enough, directly or through others, belong together; whatever is not in the largest
such group does not agree with the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facedesk.core.records import Vector

# A face at rest reaches a median of 0.95 and a 95th percentile of 0.97 over 0.2 s of webcam video
# (clips 0001 and "yes"): what is above is the same moment, or a picture that does not move.
NEARLY_SAME = 0.985


@dataclass(frozen=True, slots=True)
class Fit:
    """How one sample stands to the others. `nearest` is the highest cosine to another sample, which
    has the index `like`; -1.0 and None where there is none. `repeats` tells that an earlier sample
    shows the same moment.
    """

    nearest: float
    agrees: bool
    repeats: bool
    like: int | None = None


def fits(vectors: Sequence[Vector], least: float) -> list[Fit]:
    """One `Fit` a vector, in their order; `least` is the cosine from which two are one person.

    Of two groups of the same size the one with the first vector is believed: older samples first.
    """
    if not vectors:
        return []
    matrix = np.stack(vectors)
    scores = matrix @ matrix.T
    np.fill_diagonal(scores, -1.0)
    main = _main_group(scores >= least)
    nearest = scores.max(axis=1)
    return [
        Fit(
            float(nearest[k]),
            k in main,
            bool((scores[k, :k] > NEARLY_SAME).any()),
            int(scores[k].argmax()) if len(vectors) > 1 else None,
        )
        for k in range(len(vectors))
    ]


def _main_group(alike: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]") -> set[int]:
    """The largest connected group of indices; the one with the lowest index of several."""
    left = set(range(len(alike)))
    main: set[int] = set()
    while left:
        group, edge = set(), [min(left)]
        while edge:
            k = edge.pop()
            if k in group:
                continue
            group.add(k)
            edge.extend(int(other) for other in np.flatnonzero(alike[k]))
        left -= group
        if len(group) > len(main):
            main = group
    return main
