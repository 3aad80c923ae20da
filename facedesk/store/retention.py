"""Erases what was kept long enough. Chained logs lose their beginning and still verify.

A log is cut from its oldest row on: `chain_starts` remembers the hash that the rest goes on from,
and the newest row always stays, so that numbers are never given twice.
"""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime

from facedesk.core.audit import Act
from facedesk.core.language import tr
from facedesk.core.retention import Due, Kept, Limits
from facedesk.store import audit, chain
from facedesk.store.database import Database
from facedesk.store.receipts import Receipts
from facedesk.store.times import to_text

Progress = Callable[[int, int, str], None]

# When a person who is not active any more was last heard of.
_LEAVERS = """
SELECT people.id FROM people WHERE NOT active AND removed_utc IS NULL AND merged_into IS NULL
AND max(
    created_utc,
    coalesce((SELECT max(utc) FROM punches WHERE person_id = people.id), ''),
    coalesce((SELECT max(utc) FROM audit WHERE subject = 'person ' || people.id), '')
) < ? ORDER BY people.id
"""


class Retention:
    """What is due in one database, and its end. Usable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, limits: Limits) -> list[Due]:
        """What `erase` would erase now; nothing is changed."""
        return list(self._due(limits))

    def erase(
        self, limits: Limits, who: str, progress: Progress = lambda done, total, text: None
    ) -> list[Due]:
        """Erase what is due, each kind in a transaction, then write the file anew without it.

        What was erased comes back and stands in the audit log. `progress` may raise to stop between
        two kinds. Backups that were made before still hold it.
        """
        found = self.due(limits)
        for number, due in enumerate(found):
            progress(number, len(found), tr(due.kind))
            with self._database.transaction() as connection:
                self._erase(connection, due, who)
                audit.note(
                    self._database,
                    Act.DATA_ERASED,
                    due.kind.value,
                    after={"rows": str(due.count), "before": to_text(due.before_utc)},
                )
        if found:
            self._database.vacuum()
        return found

    def _due(self, limits: Limits) -> Iterator[Due]:
        now_utc = self._database.clock.utc()
        for kind in Kept:
            before_utc = limits.before(kind, now_utc)
            if before_utc is None:
                continue
            due = self._due_of(kind, before_utc)
            if due.count:
                yield due

    def _due_of(self, kind: Kept, before_utc: datetime) -> Due:
        before = to_text(before_utc)
        read = self._database.read
        match kind:
            case Kept.LEAVERS:
                people = tuple(row["id"] for row in read(_LEAVERS, [before]))
                return Due(kind, len(people), before_utc, people)
            case Kept.PICTURES:
                rows = read(
                    "SELECT count(*) FROM samples WHERE length(crop_jpeg) AND created_utc < ?",
                    [before],
                )
                return Due(kind, rows[0][0], before_utc)
            case Kept.PUNCHES:
                with self._database.transaction() as connection:
                    last = _last_punch(connection, before)
                return Due(kind, self._rows("punches", last), before_utc)
            case Kept.AUDIT:
                return Due(kind, self._rows("audit", _last_audit(read, before)), before_utc)

    def _rows(self, table: str, last_id: int) -> int:
        sql = f"SELECT count(*) FROM {table} WHERE id <= ?"  # noqa: S608 (constants)
        return int(self._database.read(sql, [last_id])[0][0])

    def _erase(self, connection: sqlite3.Connection, due: Due, who: str) -> None:
        before = to_text(due.before_utc)
        match due.kind:
            case Kept.LEAVERS:
                receipts = Receipts(self._database)
                for person_id in due.people:
                    receipts.remove(person_id, who)
            case Kept.PICTURES:
                connection.execute(
                    "UPDATE samples SET crop_jpeg = x'' WHERE created_utc < ?", [before]
                )
            case Kept.PUNCHES:
                last = _last_punch(connection, before)
                last_correction = _corrections_of(connection, last)
                _cut(connection, chain.CORRECTIONS, last_correction)
                _cut(connection, chain.PUNCHES, last)
            case Kept.AUDIT:
                last = _last_audit(self._database.read, before)
                connection.execute("DELETE FROM audit_details WHERE id <= ?", [last])
                _cut(connection, chain.AUDIT, last)


def _last_audit(read: Callable[..., list[sqlite3.Row]], before: str) -> int:
    rows = read(
        "SELECT coalesce(min(id), 1) - 1 FROM audit"
        " WHERE utc >= ? OR id = (SELECT max(id) FROM audit)",
        [before],
    )
    return int(rows[0][0])


def _last_punch(connection: sqlite3.Connection, before: str) -> int:
    """Up to which punch the log may be cut: none after it, nor its newest correction, is younger.

    Corrections are cut too, from their beginning, so those that go must not be mixed with those
    that stay: the cut is put back until they are not.
    """
    last = _number(
        connection,
        "SELECT coalesce(min(id), 1) - 1 FROM punches"
        " WHERE utc >= ? OR id = (SELECT max(id) FROM punches)",
        before,
    )
    while last > 0:
        staying = _number(
            connection,
            "SELECT coalesce(min(id), 0) FROM corrections WHERE punch_id > ? OR created_utc >= ?"
            " OR id = (SELECT max(id) FROM corrections)",
            last,
            before,
        )
        # The oldest punch that a correction which stays belongs to.
        needed = _number(
            connection,
            "SELECT coalesce(min(punch_id), 0) FROM corrections WHERE ? > 0 AND id >= ?",
            staying,
            staying,
        )
        if not 0 < needed <= last:
            break
        last = needed - 1
    return last


def _corrections_of(connection: sqlite3.Connection, last_punch: int) -> int:
    return _number(
        connection,
        "SELECT coalesce(max(id), 0) FROM corrections WHERE punch_id <= ?",
        last_punch,
    )


def _number(connection: sqlite3.Connection, sql: str, *values: object) -> int:
    return int(connection.execute(sql, values).fetchone()[0])


def _cut(connection: sqlite3.Connection, log: chain.ChainedLog, last_id: int) -> None:
    """Erase the rows up to `last_id`, and what refers to them."""
    row = connection.execute(
        f"SELECT hash FROM {log.table} WHERE id = ?",  # noqa: S608 (constants)
        [last_id],
    ).fetchone()
    if row is None:
        return
    connection.execute(
        "INSERT INTO chain_starts VALUES (?, ?, ?) ON CONFLICT (log) DO UPDATE"
        " SET row_id = excluded.row_id, hash = excluded.hash",
        (log.table, last_id, row["hash"]),
    )
    for table, column, may_be_null in _references(connection, log.table):
        set_free = f"UPDATE {table} SET {column} = NULL"  # noqa: S608 (names of the schema)
        remove = f"DELETE FROM {table}"  # noqa: S608 (names of the schema)
        change = set_free if may_be_null else remove
        connection.execute(f"{change} WHERE {column} <= ?", [last_id])
    guard = f"{log.table}_are_not_removed"
    sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [guard]).fetchone()[0]
    connection.execute(f"DROP TRIGGER {guard}")
    connection.execute(f"DELETE FROM {log.table} WHERE id <= ?", [last_id])  # noqa: S608
    connection.execute(sql)


def _references(connection: sqlite3.Connection, table: str) -> list[tuple[str, str, bool]]:
    """(table, column, whether it may be NULL) of what refers to a log, but for other logs."""
    found = []
    logs = {log.table for log in chain.LOGS}
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for name in (row["name"] for row in names if row["name"] not in logs):
        columns = {
            row["name"]: not row["notnull"]
            for row in connection.execute(f"PRAGMA table_info({name})").fetchall()
        }
        for row in connection.execute(f"PRAGMA foreign_key_list({name})").fetchall():
            if row["table"] == table:
                found.append((name, row["from"], columns[row["from"]]))
    return found
