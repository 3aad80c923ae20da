"""Faces that were wrongly given somebody's name, until they expire or are removed."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from facedesk.core.audit import Act
from facedesk.core.negatives import NO_NEGATIVES, Negatives
from facedesk.core.records import Vector
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.person_rows import require_person
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import NEGATIVE_VECTOR, SealBrokenError
from facedesk.store.vectors import from_bytes, to_bytes

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mistake:
    """That a face was rejected as `person_id`; `punch_id` was cancelled for it, if any."""

    id: int
    person_id: int
    punch_id: int | None
    created_utc: datetime
    expires_utc: datetime


class StoredNegatives:
    """The negatives of one database. Usable from any thread; each change raises the generation of
    `People`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.clock = database.clock

    def add(
        self, person_id: int, contract: str, vector: Vector, days: int, punch_id: int | None = None
    ) -> Mistake:
        """Remember for `days` that this face is not the person. Raises BadInputError for somebody
        unknown, ValueError for what is no unit vector.
        """
        created_utc = self._database.clock.utc()
        expires_utc = created_utc + timedelta(days=days)
        stored = to_bytes(vector)
        with self._database.transaction() as connection:
            require_person(connection, person_id)
            number = self._database.next_id(connection, "negatives")
            connection.execute(
                "INSERT INTO negatives VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    person_id,
                    contract,
                    punch_id,
                    to_text(created_utc),
                    to_text(expires_utc),
                    self._database.vault.seal(stored, NEGATIVE_VECTOR.at(number, person_id)),
                ),
            )
        return Mistake(number, person_id, punch_id, created_utc, expires_utc)

    def list(self, person_id: int | None = None) -> list[Mistake]:
        """What is remembered now, of one person or of all, the newest first."""
        rows = self._database.read(
            "SELECT id, person_id, punch_id, created_utc, expires_utc FROM negatives"
            " WHERE expires_utc > ? AND (? IS NULL OR person_id = ?) ORDER BY id DESC",
            (to_text(self._database.clock.utc()), person_id, person_id),
        )
        return [
            Mistake(
                row["id"],
                row["person_id"],
                row["punch_id"],
                from_text(row["created_utc"]),
                from_text(row["expires_utc"]),
            )
            for row in rows
        ]

    def remove(self, mistake_id: int) -> bool:
        """Forget it for good; False when it was already gone."""
        with self._database.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM negatives WHERE id = ? RETURNING person_id", [mistake_id]
            ).fetchall()
            for row in gone:
                subject = audit.subject_of(row["person_id"])
                audit.note(self._database, Act.MISTAKE_FORGOTTEN, subject)
        self._database.erase_traces()
        return bool(gone)

    def erase_expired(self) -> None:
        now = to_text(self._database.clock.utc())
        if not self._database.read("SELECT 1 FROM negatives WHERE expires_utc <= ? LIMIT 1", [now]):
            return  # nobody rebuilds a gallery for nothing
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM negatives WHERE expires_utc <= ?", [now])
        self._database.erase_traces()

    def of_contract(self, contract: str) -> tuple[Negatives, datetime | None]:
        """The vectors of one model, and when the first of them expires (None: never)."""
        rows = self._database.read(
            "SELECT id, person_id, expires_utc, vector FROM negatives"
            " WHERE contract = ? AND expires_utc > ? ORDER BY id",
            (contract, to_text(self._database.clock.utc())),
        )
        vectors, person_ids = [], []
        for row in rows:
            place = NEGATIVE_VECTOR.at(row["id"], row["person_id"])
            try:
                vectors.append(from_bytes(self._database.vault.open(row["vector"], place)))
                person_ids.append(row["person_id"])
            except SealBrokenError as error:
                _log.error("negative %d: %s", row["id"], error.title)
        if not vectors:
            return NO_NEGATIVES, None
        expires_utc = min(from_text(row["expires_utc"]) for row in rows)
        return Negatives(np.stack(vectors), np.array(person_ids, np.int64)), expires_utc
