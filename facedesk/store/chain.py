"""The hash chains over the append-only logs: each row seals itself and everything before it.

A row's hash is SHA-256 over its canonical JSON, which includes the hash of the row before.
Changing, removing or inserting a row behind FaceDesk's back therefore breaks the chain at that row;
the number of the newest row is kept apart (SQLite's own sequence), so that a cut-off end shows too.
There is no secret in it: it shows accidents and casual edits, not a forger who rewrites it all.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facedesk.store.vault import (
    AUDIT_WHO,
    CLOSING_WHO,
    CLOSING_WHY,
    CORRECTION_WHO,
    CORRECTION_WHY,
    RECEIPT_WHO,
    SALT_MARK,
    SealBrokenError,
    SealedColumn,
    Vault,
)

FIRST_PREVIOUS_HASH = "0" * 64
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class ChainedLog:
    """An append-only table and the columns that its hashes seal.

    Columns that are `secret` are sealed by the vault; the hashes are of the text in clear, so that
    they outlive a change of keys. A salt behind the text keeps a guess from being tried on a hash.
    `later` are columns that older rows do not have: they are NULL there and not part of the hash,
    and filling or emptying one afterwards breaks it like any other change.
    """

    table: str
    sealed: tuple[str, ...]
    later: tuple[str, ...] = ()
    secret: tuple[SealedColumn, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.sealed, *self.later, "hash")


PUNCHES = ChainedLog(
    "punches",
    (
        "id",
        "person_id",
        "direction",
        "utc",
        "zone",
        "score",
        "runner_up",
        "threshold",
        "contract",
        "settings_version",
        "source",
        "reason",
        "previous_hash",
    ),
    later=("method", "clock_moved_s"),
)
CORRECTIONS = ChainedLog(
    "corrections",
    (
        "id",
        "punch_id",
        "kind",
        "person_id",
        "direction",
        "utc",
        "who",
        "why",
        "created_utc",
        "previous_hash",
    ),
    secret=(CORRECTION_WHO, CORRECTION_WHY),
)
CLOSINGS = ChainedLog(
    "closings",
    ("id", "until_day", "who", "why", "created_utc", "previous_hash"),
    secret=(CLOSING_WHO, CLOSING_WHY),
)
AUDIT = ChainedLog(
    "audit",
    ("id", "utc", "who", "role", "origin", "action", "subject", "details_hash", "previous_hash"),
    secret=(AUDIT_WHO,),
)
RECEIPTS = ChainedLog(
    "receipts",
    ("id", "kind", "person_id", "counts", "who", "created_utc", "previous_hash"),
    secret=(RECEIPT_WHO,),
)
LOGS = (PUNCHES, CORRECTIONS, CLOSINGS, AUDIT, RECEIPTS)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`first_bad_id` is None when all `rows` are as written; else `problem` says what broke."""

    rows: int
    first_bad_id: int | None = None
    problem: str = ""

    @property
    def intact(self) -> bool:
        return self.first_bad_id is None


def append_only(table: str) -> tuple[str, ...]:
    """The statements that make a table append-only, also for other programs.

    INSERT OR REPLACE would remove a row without a DELETE trigger: the order trigger refuses it.
    """
    return (
        f"CREATE TRIGGER {table}_are_not_changed BEFORE UPDATE ON {table}"
        f" BEGIN SELECT raise(ABORT, '{table} are append-only'); END",
        f"CREATE TRIGGER {table}_are_not_removed BEFORE DELETE ON {table}"
        f" BEGIN SELECT raise(ABORT, '{table} are append-only'); END",
        f"CREATE TRIGGER {table}_are_in_order BEFORE INSERT ON {table}"  # noqa: S608 (constants)
        f" WHEN NEW.id IS NOT 1 + coalesce((SELECT max(id) FROM {table}), 0)"
        f" BEGIN SELECT raise(ABORT, '{table} are appended in order'); END",
    )


def append(
    connection: sqlite3.Connection, log: ChainedLog, values: Mapping[str, Any], vault: Vault
) -> dict[str, Any]:
    """Write the next row of a log; all of it comes back in clear, with id and hashes.

    `values` are the columns but for the id and the hashes. Raises ValueError on NaN.
    """
    newest = connection.execute(
        f"SELECT id, hash FROM {log.table} ORDER BY id DESC LIMIT 1"  # noqa: S608 (constants)
    ).fetchone()
    row = {
        **values,
        "id": 1 if newest is None else newest["id"] + 1,
        "previous_hash": FIRST_PREVIOUS_HASH if newest is None else newest["hash"],
    }
    salted = {
        column.column: f"{row[column.column]}{SALT_MARK}{secrets.token_hex(_SALT_BYTES)}"
        for column in log.secret
    }
    row["hash"] = _seal(log, row | salted)
    sealed = {
        column.column: vault.seal_text(salted[column.column], column, row["id"])
        for column in log.secret
    }
    connection.execute(
        f"INSERT INTO {log.table} ({', '.join(log.columns)})"  # noqa: S608 (constants)
        f" VALUES ({', '.join(':' + column for column in log.columns)})",
        row | sealed,
    )
    return row


def verify(connection: sqlite3.Connection, vault: Vault) -> ChainReport:
    """Walk each log once, row by row, and stop at the first row that does not fit."""
    rows = 0
    for log in LOGS:
        report = _verify(connection, log, vault)
        rows += report.rows
        if not report.intact:
            return report
    return ChainReport(rows)


def _verify(connection: sqlite3.Connection, log: ChainedLog, vault: Vault) -> ChainReport:
    # Read before the walk: rows that others append meanwhile are no trouble.
    newest = connection.execute(
        "SELECT seq FROM sqlite_sequence WHERE name = ?", [log.table]
    ).fetchone()
    start = connection.execute(
        "SELECT row_id, hash FROM chain_starts WHERE log = ?", [log.table]
    ).fetchone()
    count, previous_hash = (0, FIRST_PREVIOUS_HASH) if start is None else tuple(start)
    first = count
    gaps = dict(
        tuple(row)
        for row in connection.execute(
            "SELECT first_id, last_id FROM chain_gaps WHERE log = ?", [log.table]
        )
    )
    for row in connection.execute(
        f"SELECT {', '.join(log.columns)} FROM {log.table} ORDER BY id"  # noqa: S608 (constants)
    ):
        count += 1
        if gaps.get(count) == row["id"] - 1:
            count, previous_hash = row["id"], row["previous_hash"]
        if row["id"] != count:
            return _broken(log, count, "is missing")
        if row["previous_hash"] != previous_hash:
            return _broken(log, count, "does not follow the row before it")
        if not fits(log, row, vault):
            return _broken(log, count, "was changed")
        previous_hash = row["hash"]
    if newest is not None and newest["seq"] > count:
        return _broken(log, count + 1, "and later rows are missing")
    return ChainReport(count - first)


def fits(log: ChainedLog, row: Mapping[str, Any] | sqlite3.Row, vault: Vault) -> bool:
    """Whether a row is as it was written, wherever it stands."""
    try:
        clear = row
        if log.secret:
            opened = {
                column.column: vault.open(row[column.column], column.at(row["id"])).decode()
                for column in log.secret
            }
            clear = {column: row[column] for column in log.columns} | opened
        return bool(row["hash"] == _seal(log, clear))
    except (ValueError, TypeError, SealBrokenError):  # not numbers any more, or bytes
        return False


def _broken(log: ChainedLog, number: int, how: str) -> ChainReport:
    return ChainReport(number - 1, number, f"row {number} of the {log.table} {how}")


def _seal(log: ChainedLog, row: Mapping[str, Any] | sqlite3.Row) -> str:
    """The hash of one row: SHA-256 in hexadecimal, 64 characters. Raises ValueError on NaN."""
    later = {column: row[column] for column in log.later if row[column] is not None}
    text = json.dumps(
        {column: row[column] for column in log.sealed} | later,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode("ascii")).hexdigest()
