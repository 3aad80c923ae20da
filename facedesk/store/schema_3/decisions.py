"""Remembered mistakes, renewed samples, the review queue."""

import sqlite3

# Faces that were wrongly given a person's name. `punch_id` is what was taken back for it, if any.
_NEGATIVES = """
CREATE TABLE negatives (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id), -- whose name it was, not whose face it is
    contract TEXT NOT NULL CHECK (contract <> ''),
    punch_id INTEGER REFERENCES punches (id),
    created_utc TEXT NOT NULL,
    expires_utc TEXT NOT NULL,
    vector BLOB NOT NULL -- sealed float32, little-endian
) STRICT
"""

# Samples that came of check-ins, not of enrolment; the face itself stands in `samples`.
_RENEWALS = """
CREATE TABLE renewals (
    sample_id INTEGER PRIMARY KEY REFERENCES samples (id) ON DELETE CASCADE,
    punch_id INTEGER NOT NULL REFERENCES punches (id),
    score REAL NOT NULL
) STRICT
"""

# What a newer renewal took the place of, so that one step leads back.
_REPLACED_SAMPLES = """
CREATE TABLE replaced_samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id),
    replaced_by INTEGER NOT NULL REFERENCES renewals (sample_id) ON DELETE CASCADE,
    contract TEXT NOT NULL,
    source TEXT NOT NULL,
    punch_id INTEGER NOT NULL REFERENCES punches (id),
    score REAL NOT NULL,
    created_utc TEXT NOT NULL, -- of the sample
    vector BLOB NOT NULL, -- sealed
    crop_jpeg BLOB NOT NULL -- sealed
) STRICT
"""

# Near misses that an admin may look at. Erased when decided or expired.
_REVIEWS = """
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id), -- who it was most like
    contract TEXT NOT NULL CHECK (contract <> ''),
    seen_utc TEXT NOT NULL,
    expires_utc TEXT NOT NULL,
    score REAL NOT NULL,
    threshold REAL NOT NULL,
    reason TEXT NOT NULL,
    vector BLOB NOT NULL, -- sealed
    crop_jpeg BLOB NOT NULL -- sealed
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
    for statement in (
        _NEGATIVES,
        "CREATE INDEX negatives_by_person ON negatives (person_id)",
        _RENEWALS,
        _REPLACED_SAMPLES,
        "CREATE INDEX replaced_samples_by_person ON replaced_samples (person_id)",
        _REVIEWS,
        # Whoever has no face here any more (removed, consent withdrawn) leaves none elsewhere.
        "CREATE TRIGGER decisions_go_with_samples AFTER DELETE ON samples"
        " WHEN NOT EXISTS (SELECT 1 FROM samples WHERE person_id = OLD.person_id) BEGIN"
        " DELETE FROM negatives WHERE person_id = OLD.person_id;"
        " DELETE FROM replaced_samples WHERE person_id = OLD.person_id;"
        " DELETE FROM reviews WHERE person_id = OLD.person_id; END",
        # A check-in that was not this person's takes along the sample that came of it.
        "CREATE TRIGGER renewals_go_with_punches AFTER INSERT ON corrections"
        " WHEN NEW.kind IN ('cancel', 'move') BEGIN DELETE FROM samples WHERE id IN"
        " (SELECT sample_id FROM renewals WHERE punch_id = NEW.punch_id); END",
    ):
        connection.execute(statement)
    for change in ("INSERT", "UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER generation_after_{change.lower()}_of_negatives AFTER {change}"  # noqa: S608
            " ON negatives BEGIN UPDATE generation SET number = number + 1; END"
        )
