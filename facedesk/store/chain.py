"""The hash chain over the attendance log: each row seals itself and everything before it.

A row's hash is SHA-256 over its canonical JSON, which includes the hash of the row before.
Changing, removing or inserting a row behind FaceDesk's back therefore breaks the chain at that row;
the number of the newest row is kept apart (SQLite's own sequence), so that a cut-off end shows too.
There is no secret in it: it shows accidents and casual edits, not a forger who rewrites it all.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIRST_PREVIOUS_HASH = "0" * 64
SEALED_COLUMNS = (
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
)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`first_bad_id` is None when all `rows` are as written; else `problem` says what broke."""

    rows: int
    first_bad_id: int | None = None
    problem: str = ""

    @property
    def intact(self) -> bool:
        return self.first_bad_id is None


def seal(row: Mapping[str, Any] | sqlite3.Row) -> str:
    """The hash of one row: SHA-256 in hexadecimal, 64 characters. Raises ValueError on NaN."""
    text = json.dumps(
        {column: row[column] for column in SEALED_COLUMNS},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verify(connection: sqlite3.Connection) -> ChainReport:
    """Walk the whole log once, row by row, and stop at the first row that does not fit."""
    # Read before the walk: rows that others append meanwhile are no trouble.
    newest = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'punches'").fetchone()
    previous_hash = FIRST_PREVIOUS_HASH
    count = 0
    columns = ", ".join((*SEALED_COLUMNS, "hash"))
    # `columns` is made of the constants above.
    for row in connection.execute(f"SELECT {columns} FROM punches ORDER BY id"):  # noqa: S608
        count += 1
        if row["id"] != count:
            return ChainReport(count - 1, count, f"row {count} is missing")
        if row["previous_hash"] != previous_hash:
            return ChainReport(count - 1, count, f"row {count} does not follow the row before it")
        if row["hash"] != seal(row):
            return ChainReport(count - 1, count, f"row {count} was changed")
        previous_hash = row["hash"]
    if newest is not None and newest["seq"] > count:
        return ChainReport(count, count + 1, f"row {count + 1} and later rows are missing")
    return ChainReport(count)
