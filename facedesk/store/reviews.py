"""Near misses that were kept for an admin to look at; sealed, and gone when their days are over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from facedesk.core.audit import Act
from facedesk.core.records import Vector
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.person_rows import require_person
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import REVIEW_CROP, REVIEW_VECTOR
from facedesk.store.vectors import from_bytes, to_bytes

MOST_REVIEWS = 200  # a queue that nobody empties must not fill the disk


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A face that was almost recognised as `person_id`. `vector` is a probe's, `crop_jpeg` the
    picture; `id` is 0 until stored.
    """

    person_id: int
    contract: str
    seen_utc: datetime
    score: float
    threshold: float
    reason: str
    vector: Vector
    crop_jpeg: bytes
    id: int = 0


class StoredReviews:
    """The review queue of one database. Usable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, miss: NearMiss, days: int) -> int:
        """Keep it for `days`; its number. The oldest go where there are too many."""
        vector = to_bytes(miss.vector)
        with self._database.transaction() as connection:
            require_person(connection, miss.person_id)
            number = self._database.next_id(connection, "reviews")
            seal = self._database.vault.seal
            connection.execute(
                "INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    miss.person_id,
                    miss.contract,
                    to_text(miss.seen_utc),
                    to_text(miss.seen_utc + timedelta(days=days)),
                    float(miss.score),
                    float(miss.threshold),
                    miss.reason,
                    seal(vector, REVIEW_VECTOR.at(number, miss.person_id)),
                    seal(miss.crop_jpeg, REVIEW_CROP.at(number, miss.person_id)),
                ),
            )
            connection.execute(
                "DELETE FROM reviews WHERE id <= (SELECT id FROM reviews ORDER BY id DESC"
                " LIMIT 1 OFFSET ?)",
                [MOST_REVIEWS],
            )
        return number

    def list(self) -> list[NearMiss]:
        """What waits, the newest first. Raises SealBrokenError."""
        rows = self._database.read(
            "SELECT * FROM reviews WHERE expires_utc > ? ORDER BY id DESC",
            [to_text(self._database.clock.utc())],
        )
        vault = self._database.vault
        return [
            NearMiss(
                row["person_id"],
                row["contract"],
                from_text(row["seen_utc"]),
                row["score"],
                row["threshold"],
                row["reason"],
                from_bytes(
                    vault.open(row["vector"], REVIEW_VECTOR.at(row["id"], row["person_id"]))
                ),
                vault.open(row["crop_jpeg"], REVIEW_CROP.at(row["id"], row["person_id"])),
                row["id"],
            )
            for row in rows
        ]

    def count(self) -> int:
        """How many wait."""
        now = to_text(self._database.clock.utc())
        rows = self._database.read(
            "SELECT count(*) AS count FROM reviews WHERE expires_utc > ?", [now]
        )
        return int(rows[0]["count"])

    def remove(self, number: int) -> None:
        """Erase one for good; nothing happens when it is already gone."""
        with self._database.transaction() as connection:
            for row in connection.execute(
                "DELETE FROM reviews WHERE id = ? RETURNING person_id", [number]
            ).fetchall():
                audit.note(self._database, Act.REVIEW_DECIDED, audit.subject_of(row["person_id"]))
        self._database.erase_traces()

    def erase_expired(self) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM reviews WHERE expires_utc <= ?", [to_text(self._database.clock.utc())]
            )
        self._database.erase_traces()
