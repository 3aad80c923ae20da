"""Faces that were refused because no living person seemed to be before the camera. No pictures."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from facedesk.store.database import Database
from facedesk.store.times import from_text, to_text


class RefusedBy(StrEnum):
    PASSIVE = "passive"
    REPLAY = "replay"
    CHALLENGE = "challenge"


@dataclass(frozen=True, slots=True)
class Refusal:
    """`person_id` is whose name the face would have got; `score` 0 to 1 is how alive it looked."""

    id: int
    utc: datetime
    person_id: int
    refused_by: RefusedBy
    score: float
    source: str
    reason: str


class Refusals:
    """The refused attempts of one database. Usable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, person_id: int, refused_by: RefusedBy, score: float, source: str, reason: str
    ) -> None:
        utc = self._database.clock.utc()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO liveness_refusals"
                " (utc, person_id, refused_by, score, source, reason) VALUES (?, ?, ?, ?, ?, ?)",
                (to_text(utc), person_id, refused_by.value, score, source, reason),
            )

    def newest(self, most: int = 100) -> list[Refusal]:
        """The newest first."""
        rows = self._database.read(
            "SELECT * FROM liveness_refusals ORDER BY id DESC LIMIT ?", (most,)
        )
        return [
            Refusal(
                row["id"],
                from_text(row["utc"]),
                row["person_id"],
                RefusedBy(row["refused_by"]),
                row["score"],
                row["source"],
                row["reason"],
            )
            for row in rows
        ]
