"""What is sent to other systems, and how far each of them is."""

import sqlite3

_DESTINATIONS = """
CREATE TABLE destinations (
    name TEXT PRIMARY KEY,
    punch_id INTEGER NOT NULL, -- up to here everything is in the outbox, or was delivered
    correction_id INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0, -- since it last took something
    next_try_utc TEXT,
    error TEXT NOT NULL DEFAULT ''
) STRICT
"""

_OUTBOX = """
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    punch_id INTEGER NOT NULL REFERENCES punches (id),
    correction_id INTEGER REFERENCES corrections (id), -- NULL: the punch itself
    person_id INTEGER NOT NULL REFERENCES people (id), -- whose order is kept
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try_utc TEXT,
    error TEXT NOT NULL DEFAULT ''
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
    for statement in (
        _DESTINATIONS,
        _OUTBOX,
        "CREATE INDEX outbox_by_person ON outbox (destination, person_id, id)",
        "CREATE INDEX outbox_by_punch ON outbox (destination, punch_id, id)",
    ):
        connection.execute(statement)
