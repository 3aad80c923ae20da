"""The in-memory gallery: a copy of the database that is rebuilt when people, samples or remembered
mistakes change.
"""

from dataclasses import replace
from datetime import datetime

from facedesk.core.matching import Gallery
from facedesk.store.negatives import StoredNegatives
from facedesk.store.people import People
from facedesk.store.renewals import Renewals


class GalleryCache:
    """Call it for the current gallery. The same object comes back until something changed.

    Asks the database for its generation counter on each call (a single-row read, tens of
    microseconds), so a person enrolled by any thread or process is usable with the next frame.
    """

    def __init__(
        self,
        people: People,
        contract: str,
        negatives: StoredNegatives | None = None,
        renewals: Renewals | None = None,
    ) -> None:
        """Without `negatives` and `renewals` for whoever looks for likeness and gives no names."""
        self._people = people
        self._contract = contract
        self._negatives = negatives
        self._renewals = renewals
        self._generation = -1
        self._until_utc: datetime | None = None  # when the first mistake is forgotten
        self._gallery: Gallery | None = None

    def __call__(self) -> Gallery:
        generation = self._people.generation()
        if self._gallery is None or generation != self._generation or self._expired():
            self._gallery = self._people.gallery(self._contract)
            self._generation = generation
            if self._negatives is not None:
                mistaken, self._until_utc = self._negatives.of_contract(self._contract)
                self._gallery = replace(self._gallery, negatives=mistaken)
            if self._renewals is not None:
                anchors = self._renewals.anchors(self._contract)
                self._gallery = replace(self._gallery, anchors=anchors)
        return self._gallery

    def _expired(self) -> bool:
        return (
            self._negatives is not None
            and self._until_utc is not None
            and self._negatives.clock.utc() >= self._until_utc
        )
