"""Everything that the database holds of one person, for whoever asks for their own data.

Tables are asked by what refers to people in the schema, so that a table which is added later is
not forgotten.
"""

import sqlite3
from dataclasses import dataclass, field

import numpy as np

from facedesk.core.language import tr
from facedesk.store.audit import Audit, subject_of
from facedesk.store.database import Database
from facedesk.store.vault import SALT_MARK, SEALED, SealedColumn

Cell = str | int | float | list[float] | None
Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class SubjectData:
    """Rows by table, and pictures (JPEG) by a file name made of numbers alone."""

    person_id: int
    tables: dict[str, list[Row]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)


def collect(database: Database, person_id: int) -> SubjectData:
    """All of a person. Sealed values are opened; of passwords and PINs only that there is one.

    Raises SealBrokenError.
    """
    found = SubjectData(person_id)
    with database.transaction() as connection:  # one state of all tables
        for table, columns in _tables(connection):
            condition = " OR ".join(f"{column} = :id" for column in columns)
            rows = connection.execute(
                f"SELECT * FROM {table} WHERE {condition}",  # noqa: S608 (names of the schema)
                {"id": person_id},
            ).fetchall()
            if rows:
                found.tables[table] = [_row(database, found, table, row) for row in rows]
        entries = Audit(database).entries(subject_of(person_id), limit=1_000_000)
        found.tables["audit"] = [
            {
                "id": entry.id,
                "utc": entry.utc.isoformat(),
                "who": entry.actor.who,
                "act": entry.act,
                "before": _words(entry.before),
                "after": _words(entry.after),
            }
            for entry in entries
        ]
    return found


def _tables(connection: sqlite3.Connection) -> list[tuple[str, list[str]]]:
    """(table, columns that refer to people), the people first."""
    found = [("people", ["id"])]
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
        " ORDER BY name"
    ).fetchall()
    for name in (row["name"] for row in names if row["name"] != "people"):
        keys = connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
        columns = [row["from"] for row in keys if row["table"] == "people"]
        if columns:
            found.append((name, columns))
    return found


def _row(database: Database, found: SubjectData, table: str, row: sqlite3.Row) -> Row:
    made: Row = {}
    for column in row.keys():  # noqa: SIM118 (a Row iterates its values)
        value = row[column]
        sealed = next((one for one in SEALED if (one.table, one.column) == (table, column)), None)
        if sealed is not None and value:
            made[column] = _opened(database, found, sealed, row)
        elif isinstance(value, bytes) or str(value).startswith("$argon2"):
            made[column] = tr("(kept as a hash)") if value else ""
        else:
            made[column] = value
    return made


def _opened(database: Database, found: SubjectData, sealed: SealedColumn, row: sqlite3.Row) -> Cell:
    person_id = row[sealed.person] if sealed.person else 0
    value = database.vault.open(row[sealed.column], sealed.at(row["id"], person_id))
    if sealed.column == "vector":
        return [round(float(number), 6) for number in np.frombuffer(value, "<f4")]
    if sealed.column == "crop_jpeg":
        name = f"{sealed.table}-{row['id']}.jpg"
        found.pictures[name] = value
        return name
    return value.decode().partition(SALT_MARK)[0]


def _words(details: object) -> str:
    if details is None:
        return tr("(erased)")
    assert isinstance(details, dict)
    return ", ".join(f"{name}: {value}" for name, value in details.items())
