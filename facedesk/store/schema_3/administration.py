"""Consent, merges, deletion receipts."""

import sqlite3

from facedesk.store.chain import append_only

# What people agreed to, word for word, under its hash: an organisation may edit its text.
_CONSENT_TEXTS = """
CREATE TABLE consent_texts (
    hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    first_used_utc TEXT NOT NULL
) STRICT
"""

# The newest row of a person counts. Rows hold no name of the person and stay after a removal, as
# proof that there was consent.
_CONSENTS = """
CREATE TABLE consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id),
    answer TEXT NOT NULL CHECK (answer IN ('given', 'declined', 'withdrawn')),
    text_hash TEXT REFERENCES consent_texts (hash),
    day TEXT NOT NULL,
    recorded_by TEXT NOT NULL CHECK (recorded_by <> ''),
    created_utc TEXT NOT NULL
) STRICT
"""

# Why somebody was enrolled although another person has nearly the same face.
_TOLD_APART = """
CREATE TABLE told_apart (
    person_id INTEGER NOT NULL REFERENCES people (id),
    other_id INTEGER NOT NULL REFERENCES people (id),
    score REAL NOT NULL,
    who TEXT NOT NULL CHECK (who <> ''),
    why TEXT NOT NULL CHECK (why <> ''),
    created_utc TEXT NOT NULL,
    PRIMARY KEY (person_id, other_id)
) STRICT
"""

_MERGES = """
CREATE TABLE merges (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id), -- who is no longer listed
    into_id INTEGER NOT NULL REFERENCES people (id) CHECK (into_id <> person_id),
    was_active INTEGER NOT NULL CHECK (was_active IN (0, 1)),
    staff_number TEXT NOT NULL, -- which is free for others until the merge is undone
    who TEXT NOT NULL CHECK (who <> ''),
    why TEXT NOT NULL CHECK (why <> ''),
    created_utc TEXT NOT NULL,
    undone_utc TEXT
) STRICT
"""

# What a merge moved, so that exactly this can be moved back.
_MERGED_ROWS = """
CREATE TABLE merged_rows (
    merge_id INTEGER NOT NULL REFERENCES merges (id),
    kind TEXT NOT NULL CHECK (kind IN ('sample', 'punch', 'absence')),
    row_id INTEGER NOT NULL,
    PRIMARY KEY (merge_id, kind, row_id)
) STRICT
"""

# `counts` is JSON: how many rows of what were erased.
_RECEIPTS = """
CREATE TABLE receipts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('removal', 'withdrawal')),
    person_id INTEGER NOT NULL REFERENCES people (id),
    counts TEXT NOT NULL,
    who TEXT NOT NULL CHECK (who <> ''),
    created_utc TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
    for statement in (
        "ALTER TABLE people ADD COLUMN email BLOB NOT NULL DEFAULT x''",
        "ALTER TABLE people ADD COLUMN language TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE people ADD COLUMN start_day TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE people ADD COLUMN merged_into INTEGER REFERENCES people (id)",
        _CONSENT_TEXTS,
        _CONSENTS,
        "CREATE INDEX consents_by_person ON consents (person_id)",
        *append_only("consents"),
        _TOLD_APART,
        _MERGES,
        _MERGED_ROWS,
        _RECEIPTS,
        *append_only("receipts"),
    ):
        connection.execute(statement)
