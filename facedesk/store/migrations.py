"""The schema, as forward-only steps. Step n turns a database of version n - 1 into version n.

Steps and version number are one transaction: a step that fails leaves the old version. A
released step is never edited; one real database of each released schema is kept in
tests/data/databases.
"""

import sqlite3
from collections.abc import Callable

from facedesk.core.errors import NewerDatabaseError
from facedesk.core.language import tr
from facedesk.store.chain import append_only
from facedesk.store.schema_3 import (
    administration,
    credentials,
    decisions,
    outbox,
    punches,
    safety,
)
from facedesk.store.schema_4 import accounts, agreements, liveness, people, signatures

APPLICATION_ID = 0x4644534B  # "FDSK": how FaceDesk (and file(1)) knows its own databases

Step = Callable[[sqlite3.Connection], None]

_PEOPLE = """
CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to somebody else, even after a removal
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    staff_number TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
    department TEXT NOT NULL DEFAULT '',
    notes TEXT NOT NULL DEFAULT '',
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_utc TEXT NOT NULL,
    removed_utc TEXT
) STRICT
"""

_SAMPLES = """
CREATE TABLE samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id),
    contract TEXT NOT NULL CHECK (contract <> ''),
    dimension INTEGER NOT NULL CHECK (dimension > 0),
    vector BLOB NOT NULL CHECK (length(vector) = 4 * dimension), -- float32, little-endian
    source TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    crop_jpeg BLOB NOT NULL -- last, so that reading vectors does not read pictures
) STRICT
"""

_PUNCHES = """
CREATE TABLE punches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- position in the chain, from 1, without gaps
    person_id INTEGER NOT NULL REFERENCES people (id),
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
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
    hash TEXT NOT NULL UNIQUE
) STRICT
"""

# The state of a punch after the correction stands in its row: the newest row of a punch counts.
_CORRECTIONS = """
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    punch_id INTEGER NOT NULL REFERENCES punches (id),
    kind TEXT NOT NULL CHECK (kind IN ('add', 'cancel', 'move', 'time', 'direction')),
    person_id INTEGER NOT NULL REFERENCES people (id),
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    utc TEXT NOT NULL,
    who TEXT NOT NULL CHECK (who <> ''),
    why TEXT NOT NULL CHECK (why <> ''),
    created_utc TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT
"""

# The days up to and including `until_day` are paid; the newest row counts.
_CLOSINGS = """
CREATE TABLE closings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    until_day TEXT NOT NULL,
    who TEXT NOT NULL CHECK (who <> ''),
    why TEXT NOT NULL CHECK (why <> ''),
    created_utc TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT
"""

_SCHEDULES = """
CREATE TABLE schedules (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
    pattern TEXT NOT NULL,
    zone TEXT NOT NULL,
    rotation_from TEXT NOT NULL,
    grace_min INTEGER NOT NULL,
    rounding_min INTEGER NOT NULL,
    favour TEXT NOT NULL,
    breaks TEXT NOT NULL,
    holidays TEXT NOT NULL,
    overtime_day_min INTEGER,
    overtime_week_min INTEGER
) STRICT
"""

_ASSIGNMENTS = """
CREATE TABLE assignments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    schedule TEXT NOT NULL REFERENCES schedules (name),
    person_id INTEGER REFERENCES people (id), -- with neither a person nor a department: everybody
    department TEXT NOT NULL CHECK (department = '' OR person_id IS NULL),
    first_day TEXT NOT NULL,
    last_day TEXT CHECK (last_day >= first_day)
) STRICT
"""

_ABSENCES = """
CREATE TABLE absences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL CHECK (kind IN ('leave', 'sick', 'other')),
    part TEXT NOT NULL CHECK (part IN ('whole', 'morning', 'afternoon')),
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL CHECK (last_day >= first_day),
    note TEXT NOT NULL
) STRICT
"""


def _version_1(connection: sqlite3.Connection) -> None:
    for statement in (
        _PEOPLE,
        "CREATE UNIQUE INDEX people_by_staff_number ON people (staff_number)"
        " WHERE staff_number <> ''",
        _SAMPLES,
        "CREATE INDEX samples_by_person ON samples (person_id, contract)",
        _PUNCHES,
        "CREATE INDEX punches_by_person ON punches (person_id, utc)",
        "CREATE INDEX punches_by_time ON punches (utc)",
        *append_only("punches"),
        # Whoever holds a gallery in memory compares this number to know that it must be rebuilt.
        "CREATE TABLE generation (number INTEGER NOT NULL) STRICT",
        "INSERT INTO generation VALUES (0)",
    ):
        connection.execute(statement)
    for table in ("people", "samples"):
        for change in ("INSERT", "UPDATE", "DELETE"):
            connection.execute(
                f"CREATE TRIGGER generation_after_{change.lower()}_of_{table} AFTER {change}"  # noqa: S608
                f" ON {table} BEGIN UPDATE generation SET number = number + 1; END"
            )


def _version_2(connection: sqlite3.Connection) -> None:
    """Hours: corrections of punches, closed periods, schedules and absences."""
    for statement in (
        _CORRECTIONS,
        "CREATE INDEX corrections_by_punch ON corrections (punch_id)",
        *append_only("corrections"),
        _CLOSINGS,
        *append_only("closings"),
        _SCHEDULES,
        _ASSIGNMENTS,
        _ABSENCES,
        "CREATE INDEX absences_by_person ON absences (person_id)",
    ):
        connection.execute(statement)


def _version_3(connection: sqlite3.Connection) -> None:
    """Each module of `schema_3` adds what its subject needs."""
    for part in (punches, outbox, credentials, safety, administration, decisions):
        part.upgrade(connection)


def _version_4(connection: sqlite3.Connection) -> None:
    """Each module of `schema_4` seals what its subject has in clear."""
    for part in (people, accounts, agreements, signatures, liveness):
        part.upgrade(connection)


STEPS: tuple[Step, ...] = (_version_1, _version_2, _version_3, _version_4)


def version(connection: sqlite3.Connection) -> int:
    """The schema version of the file; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(connection: sqlite3.Connection, path: object) -> None:
    """Raise NewerDatabaseError when a newer FaceDesk wrote the file."""
    found = version(connection)
    if found > len(STEPS):
        raise NewerDatabaseError(
            tr("The database belongs to a newer FaceDesk"),
            tr(
                "{path} has schema {found}; this FaceDesk knows up to {known}. It was not touched.",
                path=path,
                found=found,
                known=len(STEPS),
            ),
            tr("Install the newer FaceDesk again, or choose another data folder."),
        )


def upgrade(
    connection: sqlite3.Connection,
    prepare: Callable[[sqlite3.Connection], None],
    finish: Callable[[], None],
) -> None:
    """Run the steps that are missing and set the version, all in one transaction.

    Nobody is to see a database half made: what one step sealed is lost without the key that
    `finish` keeps. That is called after the last step, `prepare` before each. Two programs may do
    this at the same time: the version is read again under the write lock.
    """
    if version(connection) >= len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        missing = STEPS[version(connection) :]
        for step in missing:
            prepare(connection)
            step(connection)
        if missing:
            finish()
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
