"""Whose check-ins wait: somebody who is being enrolled sits before the camera all the time."""

import threading

from facedesk.store.people import People


class Hold:
    """Set by the window, asked by the recognise thread.

    Only the person under the window waits; whoever else passes the camera is recorded as ever.
    """

    def __init__(self, people: People) -> None:
        self._people = people
        self._lock = threading.Lock()
        self._after_id: int | None = None
        self._person_id: int | None = None

    def begin(self, person_id: int | None = None) -> None:
        """Hold this person back; None: whoever is added from now on."""
        newest = max((person.id for person in self._people.list()), default=0)
        with self._lock:
            self._person_id = person_id
            self._after_id = newest if person_id is None else None

    def end(self) -> None:
        """Whoever still stands there is checked in with the next frames."""
        with self._lock:
            self._after_id = self._person_id = None

    def __call__(self, person_id: int) -> bool:
        """Whether this person's check-in waits."""
        with self._lock:
            newcomer = self._after_id is not None and person_id > self._after_id
            return newcomer or person_id == self._person_id
