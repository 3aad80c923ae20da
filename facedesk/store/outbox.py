"""What other systems are still to be told: a cursor over the logs, and the rows it left behind.

Nothing is written when a punch is: `collect` looks at what was committed since the last time. So a
punch never waits for an outbox, and none is forgotten, whatever program wrote it.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from facedesk.core.audit import Act
from facedesk.core.corrections import Correction
from facedesk.core.records import Person, Punch
from facedesk.store import audit
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.times import from_text, to_text

_COLLECT_PUNCHES = """
INSERT INTO outbox (destination, punch_id, person_id)
SELECT :destination, id, person_id FROM punches WHERE id > :after AND id <= :until ORDER BY id
"""
# A punch that was added by hand is a row of its own already.
_COLLECT_CORRECTIONS = """
INSERT INTO outbox (destination, punch_id, correction_id, person_id)
SELECT :destination, punch_id, id, person_id FROM corrections
WHERE id > :after AND id <= :until AND kind <> 'add' ORDER BY id
"""
# What nothing stands before: neither of the same person, nor about the same punch.
_FIRST_IN_LINE = """
SELECT * FROM outbox WHERE destination = :destination
AND (next_try_utc IS NULL OR next_try_utc <= :now_utc)
AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.destination = outbox.destination
    AND earlier.person_id = outbox.person_id AND earlier.id < outbox.id)
AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.destination = outbox.destination
    AND earlier.punch_id = outbox.punch_id AND earlier.id < outbox.id)
ORDER BY id LIMIT :limit
"""
_AT_A_TIME = 100


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event that waits for a destination.

    `id` is the hash of the row it tells of: the same event has the same id for ever, also when it
    is sent again after a crash or from a restored backup. `correction` is None for the punch
    itself, and `person` is whom it concerns today.
    """

    number: int
    id: str
    punch: Punch
    person: Person
    correction: Correction | None
    attempts: int
    next_try_utc: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Line:
    """How one destination stands: what waits, and since when and why it does not answer."""

    destination: str
    waiting: int
    failures: int
    next_try_utc: datetime | None
    error: str


class Outbox:
    """The outbox of one database. Usable from any thread; only one may deliver."""

    def __init__(self, database: Database, corrections: Corrections) -> None:
        self._database = database
        self._corrections = corrections
        self._people = People(database)
        self._punches = Punches(database)

    def collect(self, destination: str) -> None:
        """Put what was committed since the last time into the line.

        The first time there is nothing to tell: a new destination hears of what comes from now on.
        """
        if not self._behind(self._database.read(_CURSOR, {"destination": destination})):
            return
        with self._database.transaction() as connection:
            row = connection.execute(_CURSOR, {"destination": destination}).fetchone()
            if row["punch_id"] is not None:
                for statement, after, until in (
                    (_COLLECT_PUNCHES, row["punch_id"], row["newest_punch"]),
                    (_COLLECT_CORRECTIONS, row["correction_id"], row["newest_correction"]),
                ):
                    connection.execute(
                        statement, {"destination": destination, "after": after, "until": until}
                    )
            connection.execute(
                "INSERT INTO destinations (name, punch_id, correction_id) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET punch_id = excluded.punch_id,"
                " correction_id = excluded.correction_id",
                (destination, row["newest_punch"], row["newest_correction"]),
            )

    @staticmethod
    def _behind(rows: list[sqlite3.Row]) -> bool:
        (row,) = rows
        return (row["punch_id"], row["correction_id"]) != (
            row["newest_punch"],
            row["newest_correction"],
        )

    def first_in_line(self, destination: str, now_utc: datetime) -> list[Parcel]:
        """At most one parcel a person, oldest first: what may be sent without breaking an order."""
        rows = self._database.read(
            _FIRST_IN_LINE,
            {"destination": destination, "now_utc": to_text(now_utc), "limit": _AT_A_TIME},
        )
        return [self._parcel(row) for row in rows]

    def waiting(self, destination: str, limit: int = 50) -> list[Parcel]:
        """What is not delivered yet, in the order it was put in line."""
        rows = self._database.read(
            "SELECT * FROM outbox WHERE destination = ? ORDER BY id LIMIT ?", (destination, limit)
        )
        return [self._parcel(row) for row in rows]

    def delivered(self, parcel: Parcel, destination: str) -> None:
        """It arrived: the parcel is gone, and the destination is well."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM outbox WHERE id = ?", [parcel.number])
            connection.execute(
                "UPDATE destinations SET failures = 0, next_try_utc = NULL, error = ''"
                " WHERE name = ?",
                [destination],
            )

    def refused(self, parcel: Parcel, next_try_utc: datetime, error: str) -> None:
        """This one is not accepted: what concerns the person waits, everybody else goes on."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_try_utc = ?, error = ?"
                " WHERE id = ?",
                (to_text(next_try_utc), error, parcel.number),
            )

    def failed(self, destination: str, next_try_utc: datetime, error: str) -> None:
        """The destination does not answer, or does not work: everything waits."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE destinations SET failures = failures + 1, next_try_utc = ?, error = ?"
                " WHERE name = ?",
                (to_text(next_try_utc), error, destination),
            )

    def hurry(self, destination: str) -> None:
        """Try everything again at once."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE destinations SET next_try_utc = NULL WHERE name = ?", [destination]
            )
            connection.execute(
                "UPDATE outbox SET next_try_utc = NULL WHERE destination = ?", [destination]
            )

    def skip(self, destination: str, number: int) -> bool:
        """Give a parcel up; False when there is none of this number."""
        with self._database.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM outbox WHERE destination = ? AND id = ?", (destination, number)
            )
            if gone.rowcount > 0:
                audit.note(
                    self._database, Act.PARCEL_SKIPPED, destination, after={"number": str(number)}
                )
            return gone.rowcount > 0

    def line(self, destination: str) -> Line:
        """How the destination stands now."""
        rows = self._database.read("SELECT * FROM destinations WHERE name = ?", [destination])
        waiting = self._database.read(
            "SELECT count(*) FROM outbox WHERE destination = ?", [destination]
        )[0][0]
        if not rows:
            return Line(destination, waiting, 0, None, "")
        (row,) = rows
        return Line(destination, waiting, row["failures"], _time(row["next_try_utc"]), row["error"])

    def _parcel(self, row: sqlite3.Row) -> Parcel:
        punch = self._punches.get(row["punch_id"])
        correction, name = None, punch.hash
        if row["correction_id"] is not None:
            of_punch = self._corrections.history(punch_id=punch.id)
            correction = next(one for one in of_punch if one.id == row["correction_id"])
            (found,) = self._database.read(
                "SELECT hash FROM corrections WHERE id = ?", [correction.id]
            )
            name = found["hash"]
        return Parcel(
            row["id"], name, punch, self._people.get(row["person_id"]), correction,
            row["attempts"], _time(row["next_try_utc"]), row["error"],
        )  # fmt: skip


_CURSOR = """
SELECT punch_id, correction_id,
    coalesce((SELECT max(id) FROM punches), 0) AS newest_punch,
    coalesce((SELECT max(id) FROM corrections), 0) AS newest_correction
FROM (SELECT :destination AS wanted) LEFT JOIN destinations ON name = wanted
"""


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
