"""The attendance log: append-only, hash-chained, and never twice for one sight of a person."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from facedesk.core.attendance import day_bounds
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Direction, Punch
from facedesk.store import chain
from facedesk.store.chain import ChainReport
from facedesk.store.database import Database
from facedesk.store.times import from_text, to_text

Rule = Callable[[Sequence[Punch]], Punch | None]
_RECENT = 20  # more than anybody punches between two settings of the clock

_COLUMNS = (*chain.SEALED_COLUMNS, "hash")
_INSERT = (
    f"INSERT INTO punches ({', '.join(_COLUMNS)})"  # noqa: S608 (constants)
    f" VALUES ({', '.join(':' + column for column in _COLUMNS)})"
)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A punch with what the log shows of the person TODAY (the punch itself holds no name)."""

    punch: Punch
    name: str
    staff_number: str
    department: str


class Punches:
    """The log of one database. Usable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, punch: Punch) -> Punch:
        """Append a punch; it IS on the disk when this returns, with id and hashes filled in.

        `reason` and `source` outlive the person's removal, so they must not hold a name.
        Raises BadInputError when the person does not exist or was removed, StoreError when the
        punch could not be saved.
        """
        with self._database.transaction() as connection:
            return _append(connection, punch)

    def record_if(self, person_id: int, rule: Rule) -> Punch | None:
        """Append what `rule` makes of the person's latest punches (oldest first), if anything.

        Reading and appending are one transaction under the write lock: of two threads or programs
        that see the person at once, the second one's rule is given the first one's punch. The rule
        must be quick and must not touch the database.
        """
        with self._database.transaction() as connection:
            # By order of recording: a clock that once stood ahead must not hide today's punches.
            rows = connection.execute(
                "SELECT * FROM punches WHERE id IN"
                " (SELECT id FROM punches WHERE person_id = ? ORDER BY id DESC LIMIT ?)"
                " ORDER BY id",
                (person_id, _RECENT),
            ).fetchall()
            punch = rule([_punch(row) for row in rows])
            return None if punch is None else _append(connection, punch)

    def last(self, person_id: int, before_utc: datetime | None = None) -> Punch | None:
        """The person's latest punch by its time, or the latest before a moment."""
        found = self.between(None, before_utc, person_id, limit=1, newest_first=True)
        return found[0] if found else None

    def between(
        self,
        start_utc: datetime | None,
        end_utc: datetime | None,
        person_id: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Punch]:
        """Punches from `start_utc` until just before `end_utc` (None: open), in order of time."""
        return [
            _punch(row)
            for row in self._select(
                "punches.*", "punches", start_utc, end_utc, person_id, limit, newest_first
            )
        ]

    def for_day(
        self, day: date, zone: str, day_starts_hour: int, person_id: int | None = None
    ) -> list[Punch]:
        """The punches of a working day, oldest first."""
        start_utc, end_utc = day_bounds(day, zone, day_starts_hour)
        return self.between(start_utc, end_utc, person_id)

    def log(
        self,
        start_utc: datetime | None,
        end_utc: datetime | None,
        person_id: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[LogRow]:
        """As `between`, each punch together with the person: one query for a whole page."""
        return [
            LogRow(_punch(row), row["name"], row["staff_number"], row["department"])
            for row in self._select(
                "punches.*, name, staff_number, department",
                "punches JOIN people ON people.id = person_id",
                start_utc,
                end_utc,
                person_id,
                limit,
                newest_first,
            )
        ]

    def verify(self) -> ChainReport:
        """Walk the hash chain; the report names the first bad row. Some 50,000 rows a second."""
        return self._database.verify_chain()

    def _select(
        self,
        columns: str,
        tables: str,
        start_utc: datetime | None,
        end_utc: datetime | None,
        person_id: int | None,
        limit: int | None,
        newest_first: bool,
    ) -> list[sqlite3.Row]:
        conditions = {
            "utc >= ?": None if start_utc is None else to_text(start_utc),
            "utc < ?": None if end_utc is None else to_text(end_utc),
            "person_id = ?": person_id,
        }
        asked = {text: value for text, value in conditions.items() if value is not None}
        order = "DESC" if newest_first else "ASC"
        # Only constants of this module become SQL text; values are bound.
        sql = f"SELECT {columns} FROM {tables}"  # noqa: S608
        if asked:
            sql += " WHERE " + " AND ".join(asked)
        sql += f" ORDER BY utc {order}, punches.id {order} LIMIT ?"
        return self._database.read(sql, (*asked.values(), -1 if limit is None else limit))


def _append(connection: sqlite3.Connection, punch: Punch) -> Punch:
    person = connection.execute(
        "SELECT removed_utc FROM people WHERE id = ?", [punch.person_id]
    ).fetchone()
    if person is None or person["removed_utc"] is not None:
        raise BadInputError(
            tr("Nothing was recorded"),
            tr("Person {number} does not exist any more.", number=punch.person_id),
        )
    newest = connection.execute("SELECT id, hash FROM punches ORDER BY id DESC LIMIT 1").fetchone()
    row: dict[str, Any] = {
        "id": 1 if newest is None else newest["id"] + 1,
        "person_id": punch.person_id,
        "direction": str(punch.direction),
        "utc": to_text(punch.utc),
        "zone": punch.zone,
        "score": float(punch.score),
        "runner_up": float(punch.runner_up),
        "threshold": float(punch.threshold),
        "contract": punch.contract,
        "settings_version": punch.settings_version,
        "source": punch.source,
        "reason": punch.reason,
        "previous_hash": chain.FIRST_PREVIOUS_HASH if newest is None else newest["hash"],
    }
    row["hash"] = chain.seal(row)
    connection.execute(_INSERT, row)
    return replace(punch, id=row["id"], previous_hash=row["previous_hash"], hash=row["hash"])


def _punch(row: sqlite3.Row) -> Punch:
    return Punch(
        person_id=row["person_id"],
        direction=Direction(row["direction"]),
        utc=from_text(row["utc"]),
        zone=row["zone"],
        score=row["score"],
        runner_up=row["runner_up"],
        threshold=row["threshold"],
        contract=row["contract"],
        settings_version=row["settings_version"],
        source=row["source"],
        reason=row["reason"],
        id=row["id"],
        previous_hash=row["previous_hash"],
        hash=row["hash"],
    )
