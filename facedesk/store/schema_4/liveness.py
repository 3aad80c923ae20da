"""What single people must show before their face counts, where it is not the kiosk's own rule."""

import sqlite3

_POLICIES = """
CREATE TABLE liveness_policies (
    person_id INTEGER PRIMARY KEY REFERENCES people (id),
    policy TEXT NOT NULL
        CHECK (policy IN ('off', 'passive', 'challenge if unsure', 'always challenge'))
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 3 to 4."""
    connection.execute(_POLICIES)
