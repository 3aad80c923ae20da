"""Punches by PIN and badge, breaks, and what is sent to other systems."""

import sqlite3

from facedesk.store import chain

_DIRECTIONS = "('in', 'out', 'break_start', 'break_end')"

# The last two are NULL in the rows of older schemas, whose hashes do not know them.
_PUNCHES = f"""
CREATE TABLE punches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- position in the chain, from 1, without gaps
    person_id INTEGER NOT NULL REFERENCES people (id),
    direction TEXT NOT NULL CHECK (direction IN {_DIRECTIONS}),
    utc TEXT NOT NULL,
    zone TEXT NOT NULL,
    score REAL NOT NULL,
    runner_up REAL NOT NULL,
    threshold REAL NOT NULL,
    contract TEXT NOT NULL,
    settings_version TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    method TEXT CHECK (method IN ('face', 'pin', 'badge', 'manual')),
    clock_moved_s INTEGER
) STRICT
"""

_CORRECTIONS = f"""
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    punch_id INTEGER NOT NULL REFERENCES punches (id),
    kind TEXT NOT NULL CHECK (kind IN ('add', 'cancel', 'move', 'time', 'direction')),
    person_id INTEGER NOT NULL REFERENCES people (id),
    direction TEXT NOT NULL CHECK (direction IN {_DIRECTIONS}),
    utc TEXT NOT NULL,
    who TEXT NOT NULL CHECK (who <> ''),
    why TEXT NOT NULL CHECK (why <> ''),
    created_utc TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT
"""

# When somebody says they left on a day they forgot to check out. An admin decides, once: then
# `added_punch_id` is the punch that came of it, or nothing did.
_STATEMENTS = """
CREATE TABLE statements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id),
    open_punch_id INTEGER NOT NULL REFERENCES punches (id),
    utc TEXT NOT NULL,
    zone TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    decided_utc TEXT,
    decided_by TEXT CHECK ((decided_by IS NULL) = (decided_utc IS NULL)),
    added_punch_id INTEGER REFERENCES punches (id)
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
    _rebuild(connection)
    for statement in (
        _STATEMENTS,
        "CREATE UNIQUE INDEX statements_that_wait ON statements (open_punch_id)"
        " WHERE decided_utc IS NULL",
    ):
        connection.execute(statement)


def _rebuild(connection: sqlite3.Connection) -> None:
    """Punches and corrections in new tables, row by row as they were; SQLite cannot alter a CHECK.

    Corrections refer to punches, so they step aside while the punches move.
    """
    newest_ids = dict(
        connection.execute(
            "SELECT name, seq FROM sqlite_sequence WHERE name IN ('punches', 'corrections')"
        ).fetchall()
    )
    connection.execute("CREATE TEMP TABLE old_corrections AS SELECT * FROM corrections")
    connection.execute("CREATE TEMP TABLE old_punches AS SELECT * FROM punches")
    connection.execute("DROP TABLE corrections")
    connection.execute("DROP TABLE punches")
    for table, definition in (("punches", _PUNCHES), ("corrections", _CORRECTIONS)):
        connection.execute(definition)
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info(old_{table})"))
        connection.execute(
            f"INSERT INTO {table} ({columns}) SELECT * FROM old_{table} ORDER BY id"  # noqa: S608
        )
        connection.execute(f"DROP TABLE old_{table}")
    for table, newest_id in newest_ids.items():
        # Not what the rows say: a log whose end was cut off must not look whole afterwards.
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table])
        connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", [table, newest_id])
    for statement in (
        "CREATE INDEX punches_by_person ON punches (person_id, utc)",
        "CREATE INDEX punches_by_time ON punches (utc)",
        "CREATE INDEX corrections_by_punch ON corrections (punch_id)",
        *chain.append_only("punches"),
        *chain.append_only("corrections"),
    ):
        connection.execute(statement)
