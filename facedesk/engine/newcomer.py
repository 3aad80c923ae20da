"""What the gallery says of somebody who is not in it yet: duplicates, look-alikes, a trial.

The same judgement as at the kiosk, before a gallery that already has the newcomer: what is tried
here is what will be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.records import Decision, Vector
from facedesk.core.voting import VotingRules, decide_once
from facedesk.engine.enrolment import Examined, ExaminedFace, Similar

NEWCOMER = -1  # the id that nobody in the database has


@dataclass(frozen=True, slots=True)
class Tried:
    """One look at the newcomer. `decision` is the kiosk's on this picture alone; `face` is None,
    and so is it, where there is no face. `runner_up_name` is '' for nobody.
    """

    face: ExaminedFace | None = None
    decision: Decision | None = None
    known: bool = False
    runner_up_name: str = ""


class Newcomer:
    """Somebody with these vectors before a gallery (all samples of it).

    `person_id` is set for more photos of somebody who is enrolled; `rules` says how to judge before
    a gallery. Belongs to one thread at a time.
    """

    def __init__(
        self,
        gallery: Gallery,
        vectors: Sequence[Vector],
        name: str,
        rules: Callable[[Gallery], VotingRules],
        *,
        person_id: int = NEWCOMER,
    ) -> None:
        self.person_id = person_id
        new = np.stack(vectors)
        joined = replace(
            gallery,
            vectors=np.concatenate((gallery.vectors, new)) if len(gallery.vectors) else new,
            person_ids=np.concatenate((gallery.person_ids, np.full(len(new), person_id, np.int64))),
            names={**gallery.names, person_id: name},
        )
        self.rules = rules(joined)
        self._gallery = one_row_a_person(joined)
        own = self._gallery.person_ids == person_id
        self._others = replace(
            self._gallery,
            vectors=self._gallery.vectors[~own],
            person_ids=self._gallery.person_ids[~own],
        )
        self._mean = self._gallery.vectors[own][0]

    def same_from(self, person_id: int) -> float:
        """The cosine from which this person is taken for the newcomer: half a lead below the mean
        of both people's own thresholds, which are higher for whom many resemble.

        The means of several pictures of both are compared, and one and the same person scores far
        higher than at the kiosk. Of 150 people who came again 145 are found and none of 150
        strangers is taken for somebody (500 of LFW enrolled with two pictures each, embedder 5,
        `facedesk evaluate enrolment`). With embedder 3, 94 % of 250 and none of 400; one threshold
        for all, half a lead higher, found 87 %.
        """
        own = self.rules.bound_of(self.person_id) + self.rules.bound_of(person_id)
        return own / 2 - self.rules.margin / 2

    def duplicates(self) -> tuple[Similar, ...]:
        """Enrolled people who seem to be the newcomer, the most alike first."""
        return tuple(other for other in self._by_likeness if self._seems_same(other))

    def look_alikes(self) -> tuple[Similar, ...]:
        """Enrolled people who are closer than is safe and seem to be others, most alike first."""
        least = self.rules.threshold - self.rules.margin
        near = (other for other in self._by_likeness if other.score >= least)
        return tuple(other for other in near if not self._seems_same(other))

    def judge(self, examined: Examined) -> Tried:
        """Who the nearest face of a picture is."""
        if not examined.faces:
            return Tried()
        face = examined.faces[0]
        (found,) = match(self._gallery, face.vector[np.newaxis])
        decision = decide_once(found, self.rules)
        runner_up = self._gallery.names.get(found.runner_up_id, "") if found.runner_up_id else ""
        return Tried(face, decision, decision.person_id == self.person_id, runner_up)

    def _seems_same(self, other: Similar) -> bool:
        return other.score >= self.same_from(other.person_id)

    @cached_property
    def _by_likeness(self) -> list[Similar]:
        """Everybody else, the most alike first."""
        scores = self._others.vectors @ self._mean
        order = np.argsort(-scores)
        ids, names = self._others.person_ids[order].tolist(), self._gallery.names
        return [
            Similar(number, names.get(number, ""), score)
            for number, score in zip(ids, scores[order].tolist(), strict=True)
        ]
