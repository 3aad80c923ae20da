"""Everybody as last read, searched in memory: opening thousands of sealed rows takes a moment, and
a search asks at each keystroke.
"""

from typing import TYPE_CHECKING

from facedesk.core.records import Person
from facedesk.store.texts import folded

if TYPE_CHECKING:
    from facedesk.store.people import People


class Roll:
    """Reads the list again only when the store's generation says that people changed."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self.generation = -1
        self.everybody: list[Person] = []
        self._words: list[str] = []

    def refresh(self) -> None:
        """Raises StoreError, and keeps what was read before."""
        generation = self._people.generation()
        if generation == self.generation:
            return
        everybody = self._people.list()
        self._words = [
            folded(f"{person.name} {person.staff_number} {person.department}")
            for person in everybody
        ]
        self.everybody, self.generation = everybody, generation

    def found(self, search: str) -> list[int]:
        """The places in `everybody` of those in whom every word of `search` occurs, as
        `People.list` finds them.
        """
        wanted = folded(search).split()
        return [
            place
            for place, words in enumerate(self._words)
            if all(word in words for word in wanted)
        ]
