"""The in-memory gallery: a copy of the database that is rebuilt when people or samples change."""

from facedesk.core.matching import Gallery
from facedesk.store.people import People


class GalleryCache:
    """Call it for the current gallery. The same object comes back until something changed.

    Asks the database for its generation counter on each call (a single-row read, tens of
    microseconds), so a person enrolled by any thread or process is usable with the next frame.
    """

    def __init__(self, people: People, contract: str) -> None:
        self._people = people
        self._contract = contract
        self._generation = -1
        self._gallery: Gallery | None = None

    def __call__(self) -> Gallery:
        generation = self._people.generation()
        if self._gallery is None or generation != self._generation:
            self._gallery = self._people.gallery(self._contract)
            self._generation = generation
        return self._gallery
