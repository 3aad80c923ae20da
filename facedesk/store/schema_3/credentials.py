"""PINs, badges and refused attempts with a picture."""

import sqlite3

_PINS = """
CREATE TABLE pins (
    person_id INTEGER PRIMARY KEY REFERENCES people (id),
    hash TEXT NOT NULL CHECK (hash LIKE '$argon2id$%'),
    set_utc TEXT NOT NULL
) STRICT
"""

# One badge a person: a new one makes the lost one useless.
_BADGES = """
CREATE TABLE badges (
    person_id INTEGER PRIMARY KEY REFERENCES people (id),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    set_utc TEXT NOT NULL
) STRICT
"""

# Wrong PINs in a row at a staff number, whether it exists or not. Numbers are kept as keyed
# hashes: some people type their PIN where the number belongs.
_PIN_FAILURES = """
CREATE TABLE pin_failures (
    number_hash BLOB PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures > 0),
    last_utc TEXT NOT NULL
) STRICT
"""

_KIOSK_ALLOWANCE = """
CREATE TABLE kiosk_allowance (
    method TEXT PRIMARY KEY CHECK (method IN ('pin', 'badge')),
    failures_left REAL NOT NULL,
    at_utc TEXT NOT NULL
) STRICT
"""

# Mixed into every hash, so that hashes of two sites cannot be compared.
_SITE_KEY = """
CREATE TABLE credential_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    site_key BLOB NOT NULL -- sealed
) STRICT
"""

# No pictures, and the person is the one whose name the face would have got, not an attacker's.
_LIVENESS_REFUSALS = """
CREATE TABLE liveness_refusals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    utc TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES people (id),
    refused_by TEXT NOT NULL CHECK (refused_by IN ('passive', 'replay', 'challenge')),
    score REAL NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
    for statement in (
        _PINS,
        _BADGES,
        _PIN_FAILURES,
        _KIOSK_ALLOWANCE,
        _SITE_KEY,
        _LIVENESS_REFUSALS,
        "INSERT INTO credential_key"
        " VALUES (1, facedesk_seal(randomblob(32), 'credential_key', 'site_key', 1, 0))",
        # Whatever removes a person, PIN and badge are gone in the same transaction.
        "CREATE TRIGGER credentials_go_with_people AFTER UPDATE OF removed_utc ON people"
        " WHEN NEW.removed_utc IS NOT NULL BEGIN"
        " DELETE FROM pins WHERE person_id = NEW.id;"
        " DELETE FROM badges WHERE person_id = NEW.id;"
        " DELETE FROM liveness_refusals WHERE person_id = NEW.id; END",
    ):
        connection.execute(statement)
