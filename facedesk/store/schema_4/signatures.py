"""Who signed and why: sealed in every log. The chains' hashes stay those of the clear text."""

import sqlite3

from facedesk.store.chain import append_only
from facedesk.store.schema_4.columns import seal, sealed

_LOGS = {
    "corrections": ("who", "why"),
    "closings": ("who", "why"),
    "audit": ("who",),
    "receipts": ("who",),
    "consents": ("recorded_by",),
}

# With a number, which a seal can be bound to.
_TOLD_APART = """
CREATE TABLE sealed_told_apart (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id),
    other_id INTEGER NOT NULL REFERENCES people (id),
    score REAL NOT NULL,
    created_utc TEXT NOT NULL,
    who BLOB NOT NULL, -- sealed
    why BLOB NOT NULL, -- sealed
    UNIQUE (person_id, other_id)
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 3 to 4."""
    for table, columns in _LOGS.items():
        guard = f"{table}_are_not_changed"
        connection.execute(f"DROP TRIGGER {guard}")
        for column in columns:
            seal(connection, table, column)
        # A new key seals anew what stays the same, which the hash of the row bears out.
        others = [
            row[1]
            for row in connection.execute(f"PRAGMA table_info({table})")
            if row[1] not in columns
        ]
        (not_changed, *_) = append_only(table)
        connection.execute(
            not_changed.replace("BEFORE UPDATE ON", f"BEFORE UPDATE OF {', '.join(others)} ON")
        )
    for column in ("who", "why", "staff_number"):
        seal(connection, "merges", column)
    seal(connection, "statements", "decided_by")
    connection.execute(_TOLD_APART)
    connection.execute(
        "INSERT INTO sealed_told_apart (id, person_id, other_id, score, created_utc, who, why)"  # noqa: S608
        " SELECT rowid, person_id, other_id, score, created_utc,"
        f" {sealed('told_apart', 'who', 'rowid')}, {sealed('told_apart', 'why', 'rowid')}"
        " FROM told_apart"
    )
    connection.execute("DROP TABLE told_apart")
    connection.execute("ALTER TABLE sealed_told_apart RENAME TO told_apart")
