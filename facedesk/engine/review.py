"""The review queue: near misses are kept for an admin, who says whose face it is or discards it."""

import logging
from collections.abc import Callable

import numpy as np

from facedesk.core.clock import Clock
from facedesk.core.errors import BadInputError, FaceDeskError
from facedesk.core.facts import Fact, UnknownSeen
from facedesk.core.language import tr
from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.operating_point import ImpostorTail
from facedesk.core.records import Decision, Probe, Sample
from facedesk.store.people import People
from facedesk.store.reviews import NearMiss, StoredReviews
from facedesk.vision.pictures import encode_jpeg

log = logging.getLogger(__name__)
# A near miss would have had a name at a false match rate so many times higher.
_LOOSER = 100.0


class Review:
    """Hears of strangers and keeps those who were almost recognised. Usable from any thread."""

    def __init__(
        self, people: People, reviews: StoredReviews, days: Callable[[], int], clock: Clock
    ) -> None:
        self._people = people
        self._reviews = reviews
        self._days = days
        self._clock = clock
        self._tail: ImpostorTail | None = None
        self._gallery: Callable[[], Gallery] | None = None

    def use(self, tail: ImpostorTail, gallery: Callable[[], Gallery]) -> None:
        """The tail of the model that recognises now, and whom it knows."""
        self._tail = tail
        self._gallery = gallery

    def hear(self, fact: Fact) -> None:
        """Keep the face of a near miss, for as many days as are set (0: nothing is kept)."""
        days = self._days()
        if days and isinstance(fact, UnknownSeen) and fact.probe is not None:
            try:
                self._reviews.erase_expired()
                self._keep(fact.decision, fact.probe, days)
            except FaceDeskError as error:  # the kiosk goes on without
                log.error("a near miss was not kept: %s", error.title)

    def waiting(self) -> list[NearMiss]:
        """What an admin has not decided yet, the newest first."""
        return self._reviews.list()

    def count(self) -> int:
        return self._reviews.count()

    def assign(self, miss: NearMiss, person_id: int) -> None:
        """It IS this person: the face becomes a sample, and the kiosk will know it the next time.

        Raises BadInputError when the person is gone.
        """
        if miss.id not in [one.id for one in self._reviews.list()]:
            raise BadInputError(
                tr("Already decided"), tr("This face does not wait for a decision any more.")
            )
        sample = Sample(
            0,
            person_id,
            miss.contract,
            miss.vector,
            f"review:{miss.id}",
            miss.crop_jpeg,
            self._clock.utc(),
        )
        self._people.add_samples(person_id, [sample])
        self._reviews.remove(miss.id)
        log.info("near miss %d is person %d", miss.id, person_id)

    def discard(self, miss: NearMiss) -> None:
        """Erase it for good."""
        self._reviews.remove(miss.id)

    def _keep(self, decision: Decision, probe: Probe, days: int) -> None:
        if self._tail is None or self._gallery is None:
            return
        near = self._tail.cosine(min(1.0, self._tail.rate(decision.threshold) * _LOOSER))
        known = one_row_a_person(self._gallery())
        if decision.score < near or known.contract != probe.contract or not len(known.vectors):
            return
        [nearest] = match(known, probe.vector[np.newaxis])
        if nearest.person_id is None:
            return
        miss = NearMiss(
            nearest.person_id,
            probe.contract,
            self._clock.utc(),
            decision.score,
            decision.threshold,
            decision.reason,
            probe.vector,
            encode_jpeg(probe.crop, 90),
        )
        number = self._reviews.add(miss, days)
        log.info("near miss %d kept, most like person %d", number, nearest.person_id)
