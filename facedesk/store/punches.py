"""The attendance log: append-only, hash-chained, and never twice for one sight of a person.

What is read here is the log as it STANDS: with each punch's newest correction applied and without
the cancelled ones. The rows themselves never change; `corrections.py` tells what was changed.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from facedesk.core.errors import BadInputError, StoreError
from facedesk.core.language import tr
from facedesk.core.records import Direction, Method, Punch
from facedesk.core.totals import Stamp
from facedesk.store import chain
from facedesk.store.chain import ChainReport
from facedesk.store.database import Database
from facedesk.store.directory import Identity
from facedesk.store.spool import Spool
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import Vault

_log = logging.getLogger(__name__)

Rule = Callable[[Sequence[Punch]], Punch | None]
ADDED_BY_HAND = "correction"  # the source of a punch that no kiosk saw
_DIRECTIONS = {str(direction): direction for direction in Direction}
_METHODS = {str(method): method for method in Method}
_RECENT = 20  # more than anybody punches between two settings of the clock
_AT_A_TIME = timedelta(days=7)
_MEMBERS = "(SELECT value FROM json_each(:members))"

# A time that somebody set by hand does not depend on the kiosk's clock any more.
_STAMP = (
    "punches.id AS id, {0}.person_id, {0}.direction, {0}.utc AS utc,"
    " iif({0}.utc = punches.utc, clock_moved_s, 0) AS clock_moved_s"
)
_PUNCH = (
    _STAMP + ", zone, score, runner_up, threshold, contract, settings_version, source, reason,"
    " method, punches.previous_hash, punches.hash"
)
_LOG_ROW = _PUNCH + ", {1} AS corrected"
# Two halves, each with its own index, that SQLite merges: the punches nobody touched, and the
# newest state of the others.
_UNTOUCHED = (
    "SELECT {columns} FROM punches"
    " WHERE NOT EXISTS (SELECT 1 FROM corrections WHERE punch_id = punches.id){conditions}"
)
_CORRECTED = (
    "SELECT {columns} FROM corrections JOIN punches ON punches.id = punch_id"
    " WHERE corrections.id IN (SELECT max(id) FROM corrections GROUP BY punch_id)"
    " AND kind <> 'cancel'{conditions}"
)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A punch with what the log shows of the person TODAY (the punch itself holds no name).

    `corrected`: somebody added or changed it by hand.
    """

    punch: Punch
    name: str
    staff_number: str
    department: str
    corrected: bool = False


class Punches:
    """The log of one database. Usable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.spool = Spool(database.path)
        self.trouble: StoreError | None = None  # why punches go into the emergency file now

    def record(self, punch: Punch) -> Punch:
        """Append a punch; it IS on the disk when this returns, with id and hashes filled in.

        `reason` and `source` outlive the person's removal, so they must not hold a name.
        Raises BadInputError when the person does not exist or was removed, StoreError when the
        punch could not be saved.
        """
        with self._database.transaction() as connection:
            return append(connection, punch, self._database.vault)

    def record_if(self, person_id: int, rule: Rule) -> Punch | None:
        """Append what `rule` makes of the person's latest punches (oldest first), if anything.

        Reading and appending are one transaction under the write lock: of two threads or programs
        that see the person at once, the second one's rule is given the first one's punch. The rule
        must be quick, must not touch the database, and may be asked twice.

        A punch that the database cannot take now (a full disk) goes into the emergency file; its id
        is negative then, and `trouble` says why. Raises StoreError when that fails too.
        """
        try:
            self.replay()
            with self._database.transaction() as connection:
                punch = rule(self._recent(person_id))
                vault = self._database.vault
                return None if punch is None else append(connection, punch, vault)
        except StoreError as error:
            return self._kept_apart(person_id, rule, error)

    def prepare(self) -> None:
        """At the kiosk's start: make the emergency file, and take in what the last run left."""
        try:
            self.replay()
        except StoreError as error:
            _log.error("the emergency file waits: %s", error.title)
        self.spool.prepare()

    def replay(self) -> int:
        """Bring what waits in the emergency file into the database; how many punches that were.

        One that is there already, because a crash came before the file was emptied, is not taken
        again. Raises StoreError when the database still cannot take them.
        """
        waiting = self.spool.waiting(self._database.vault)
        if not waiting:
            return 0
        with self._database.transaction() as connection:
            for punch in waiting:
                known = connection.execute(
                    "SELECT 1 FROM punches WHERE person_id = ? AND utc = ?",
                    (punch.person_id, to_text(punch.utc)),
                ).fetchone()
                if known is not None:
                    continue
                try:
                    append(connection, punch, self._database.vault)
                except BadInputError as error:  # removed since: nothing of theirs is to be added
                    _log.error("a punch is dropped: %s", error.message)
        self.spool.clear()
        self.trouble = None
        _log.info("%d punches of the emergency file are in the database", len(waiting))
        return len(waiting)

    def _recent(self, person_id: int) -> list[Punch]:
        # By order of recording: a clock that once stood ahead must not hide today's punches.
        rows = self._select(_PUNCH, Asked(person_id=person_id), "id", _RECENT, newest_first=True)
        return [_punch(row) for row in reversed(rows)]

    def _kept_apart(self, person_id: int, rule: Rule, error: StoreError) -> Punch | None:
        try:
            previous = self._recent(person_id)
        except StoreError:
            previous = []  # who was here before is not known, but who is here now is kept
        vault = self._database.vault
        previous += [one for one in self.spool.waiting(vault) if one.person_id == person_id]
        punch = rule(previous)
        if punch is None:
            return None
        self.trouble = error
        _log.error("a punch goes into the emergency file: %s", error.title)
        return self.spool.add(punch, vault)

    def get(self, punch_id: int) -> Punch:
        """One row as it was recorded, whatever was corrected since. Raises BadInputError for an
        unknown id.
        """
        rows = self._database.read(
            f"SELECT {_PUNCH.format('punches')} FROM punches WHERE id = ?",  # noqa: S608 (constants)
            [punch_id],
        )
        if not rows:
            raise BadInputError(
                tr("Unknown punch"), tr("There is no punch with the id {number}.", number=punch_id)
            )
        return _punch(rows[0])

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
        asked = Asked(start_utc, end_utc, person_id)
        rows = self._select(_PUNCH, asked, "utc, id", limit, newest_first)
        return [_punch(row) for row in rows]

    def log(
        self,
        start_utc: datetime | None,
        end_utc: datetime | None,
        person_id: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
        department: str | None = None,
    ) -> list[LogRow]:
        """As `between`, each punch together with the person: one query for a whole page."""
        asked = Asked(start_utc, end_utc, person_id, department)
        rows = self._select(_LOG_ROW, asked, "utc, id", limit, newest_first)
        people = self._database.directory.all()
        return [_log_row(row, people) for row in rows]

    def count(self, asked: "Asked") -> tuple[int, int]:
        """How many punches of how many people."""
        union = _union("{0}.person_id AS person_id", asked)
        (row,) = self._database.read(
            f"SELECT count(*), count(DISTINCT person_id) FROM ({union})",  # noqa: S608 (constants)
            self._values(asked),
        )
        return row[0], row[1]

    def stream(
        self,
        start_utc: datetime,
        end_utc: datetime,
        person_id: int | None = None,
        department: str | None = None,
    ) -> Iterator[LogRow]:
        """As `log`, oldest first and a week at a time: a year does not have to fit into memory."""
        while start_utc < end_utc:
            part_utc = min(start_utc + _AT_A_TIME, end_utc)
            yield from self.log(start_utc, part_utc, person_id, department=department)
            start_utc = part_utc

    def stamps(self, asked: "Asked") -> list[Stamp]:
        """What the hours are made of, in no order: less than half the work of `between`."""
        return [
            Stamp(row[0], row[1], Direction(row[2]), from_text(row[3]), bool(row[4]))
            for row in self._select(_STAMP, asked)
        ]

    def verify(self) -> ChainReport:
        """Walk the hash chains; the report names the first bad row. Some 50,000 rows a second."""
        return self._database.verify_chain()

    def _select(
        self,
        columns: str,
        asked: "Asked",
        order: str = "",
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[sqlite3.Row]:
        sql = _union(columns, asked)
        if order:
            ways = (f"{column} {'DESC' if newest_first else 'ASC'}" for column in order.split(", "))
            sql += f" ORDER BY {', '.join(ways)} LIMIT :limit"
        values = self._values(asked)
        return self._database.read(sql, {**values, "limit": -1 if limit is None else limit})

    def _values(self, asked: "Asked") -> dict[str, str | int | None]:
        """What the conditions are bound to. Departments are sealed: they become their people."""
        members = (
            [
                person_id
                for person_id, identity in self._database.directory.all().items()
                if identity.department == asked.department
            ]
            if asked.department is not None
            else []
        )
        return {
            "start_utc": None if asked.start_utc is None else to_text(asked.start_utc),
            "end_utc": None if asked.end_utc is None else to_text(asked.end_utc),
            "person_id": asked.person_id,
            "members": json.dumps(members),
        }


def _union(columns: str, asked: "Asked") -> str:
    """The standing log as SQL. Only constants of this module become its text; values are bound."""
    halves = (
        half.format(columns=columns.format(table, corrected), conditions=asked.conditions(table))
        for half, table, corrected in (
            (_UNTOUCHED, "punches", 0),
            (_CORRECTED, "corrections", 1),
        )
    )
    return " UNION ALL ".join(halves)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which punches: from `start_utc` until just before `end_utc`, of one person or department.

    None asks for all.
    """

    start_utc: datetime | None = None
    end_utc: datetime | None = None
    person_id: int | None = None
    department: str | None = None

    def conditions(self, table: str) -> str:
        """SQL for the rows of `table`, to follow other conditions."""
        texts = {
            f" AND {table}.utc >= :start_utc": self.start_utc,
            f" AND {table}.utc < :end_utc": self.end_utc,
            f" AND {table}.person_id = :person_id": self.person_id,
            f" AND {table}.person_id IN {_MEMBERS}": self.department,
        }
        return "".join(text for text, value in texts.items() if value is not None)


def append(connection: sqlite3.Connection, punch: Punch, vault: Vault) -> Punch:
    """Write the next row of the log. Raises BadInputError when the person is gone."""
    person = connection.execute(
        "SELECT removed_utc FROM people WHERE id = ?", [punch.person_id]
    ).fetchone()
    if person is None or person["removed_utc"] is not None:
        raise BadInputError(
            tr("Nothing was recorded"),
            tr("Person {number} does not exist any more.", number=punch.person_id),
        )
    row = chain.append(
        connection,
        chain.PUNCHES,
        {
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
            "method": str(punch.method),
            "clock_moved_s": punch.clock_moved_s,
        },
        vault,
    )
    return replace(punch, id=row["id"], previous_hash=row["previous_hash"], hash=row["hash"])


def _log_row(row: sqlite3.Row, people: Mapping[int, Identity]) -> LogRow:
    punch = _punch(row)
    return LogRow(punch, *people[punch.person_id], bool(row[16]))


def _punch(row: sqlite3.Row) -> Punch:
    """A row that begins with the columns of `_PUNCH`. By position: names cost half of a year's
    export.
    """
    number, person_id, direction, utc, clock_moved_s, zone, score, runner_up, threshold = row[:9]
    contract, version, source, reason, method, previous_hash, own_hash = row[9:16]
    if method is None:  # before schema 3 there were faces and corrections
        method = Method.MANUAL if source == ADDED_BY_HAND else Method.FACE
    return Punch(
        person_id, _DIRECTIONS[direction], from_text(utc), zone, score, runner_up, threshold,
        contract, version, source, reason, _METHODS[method], clock_moved_s or 0, number,
        previous_hash, own_hash,
    )  # fmt: skip
