"""Who people are, opened once and kept in memory: names are shown, searched and sorted all day."""

import logging
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from facedesk.core.language import tr
from facedesk.store.vault import (
    PERSON_DEPARTMENT,
    PERSON_NAME,
    PERSON_NUMBER,
    SealBrokenError,
    SealedColumn,
    Vault,
)

_log = logging.getLogger(__name__)


class Identity(NamedTuple):
    """How a person is called today."""

    name: str
    staff_number: str
    department: str


class Directory:
    """The identities of everybody in one database. Usable from any thread.

    Rows are always read, so that it is never behind; what they hold is opened when it is new.
    """

    def __init__(
        self, read: Callable[[str], list[sqlite3.Row]], vault: Callable[[], Vault]
    ) -> None:
        self._read = read
        self._vault = vault
        self._opened: dict[int, tuple[tuple[bytes, bytes, bytes], Identity]] = {}

    def all(self) -> dict[int, Identity]:
        """By id, removed people too."""
        rows = self._read("SELECT id, name, staff_number, department FROM people")
        return {person_id: self.opened(person_id, *sealed) for person_id, *sealed in rows}

    def opened(
        self, person_id: int, name: bytes, staff_number: bytes, department: bytes
    ) -> Identity:
        """What stands in a row of `people`. A text that was tampered with keeps nobody from work:
        it is empty, and the name a number.
        """
        sealed = (name, staff_number, department)
        known = self._opened.get(person_id)
        if known is None or known[0] != sealed:
            identity = Identity(
                self._text(PERSON_NAME, person_id, name)
                or tr("Person {number} (details lost)", number=person_id),
                self._text(PERSON_NUMBER, person_id, staff_number),
                self._text(PERSON_DEPARTMENT, person_id, department),
            )
            known = self._opened[person_id] = (sealed, identity)
        return known[1]

    def _text(self, column: SealedColumn, person_id: int, sealed: bytes) -> str:
        try:
            return self._vault().open_text(sealed, column, person_id, person_id)
        except SealBrokenError as error:
            _log.error("%s of person %d: %s", column.column, person_id, error.title)
            return ""
