"""Encryption at rest: the wrapped keys, and what was in clear is sealed.

Runs on a connection of `Database`, which has the function `facedesk_seal`.
"""

import sqlite3

_KEYS = """
CREATE TABLE vault_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL CHECK (number > 0), -- of the data key; the newest seals
    kind TEXT NOT NULL CHECK (kind IN ('file', 'system', 'passphrase')),
    name TEXT NOT NULL, -- of the key that wraps it
    place TEXT NOT NULL,
    wrapped BLOB NOT NULL
) STRICT
"""

# The columns of schema 1, without the check that a sealed vector cannot meet.
_SAMPLES = """
CREATE TABLE sealed_samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id),
    contract TEXT NOT NULL CHECK (contract <> ''),
    dimension INTEGER NOT NULL CHECK (dimension > 0),
    vector BLOB NOT NULL, -- sealed float32, little-endian
    source TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    crop_jpeg BLOB NOT NULL -- sealed; last, so that reading vectors does not read pictures
) STRICT
"""

_DIGESTS = """
CREATE TABLE table_digests (
    name TEXT PRIMARY KEY, -- of the table; '' for the key of the digests
    digest BLOB NOT NULL -- sealed
) STRICT
"""

# What a salvage could not read. A chain may go on behind these rows.
_GAPS = """
CREATE TABLE chain_gaps (
    log TEXT NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL CHECK (last_id >= first_id),
    found_utc TEXT NOT NULL,
    PRIMARY KEY (log, first_id)
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
    for statement in (
        _KEYS,
        _DIGESTS,
        _GAPS,
        _SAMPLES,
        "INSERT INTO sealed_samples SELECT id, person_id, contract, dimension,"
        " facedesk_seal(vector, 'samples', 'vector', id, person_id), source, created_utc,"
        " facedesk_seal(crop_jpeg, 'samples', 'crop_jpeg', id, person_id) FROM samples",
        # Numbers of removed samples are not given again.
        "INSERT INTO sqlite_sequence SELECT 'sealed_samples', 0"
        " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'sealed_samples')",
        "UPDATE sqlite_sequence SET seq = coalesce((SELECT seq FROM sqlite_sequence"
        " WHERE name = 'samples'), 0) WHERE name = 'sealed_samples'",
        "DROP TABLE samples",
        "ALTER TABLE sealed_samples RENAME TO samples",
        "CREATE INDEX samples_by_person ON samples (person_id, contract)",
        "ALTER TABLE people ADD COLUMN sealed_notes BLOB NOT NULL DEFAULT x''",
        "UPDATE people SET sealed_notes ="
        " facedesk_seal(CAST(notes AS BLOB), 'people', 'notes', id, id) WHERE notes <> ''",
        "ALTER TABLE people DROP COLUMN notes",
        "ALTER TABLE people RENAME COLUMN sealed_notes TO notes",
    ):
        connection.execute(statement)
    for change in ("INSERT", "UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER generation_after_{change.lower()}_of_samples AFTER {change}"  # noqa: S608
            " ON samples BEGIN UPDATE generation SET number = number + 1; END"
        )
