"""How a person stands in a row: sealed columns, what is accepted, and who may still change."""

import logging
import sqlite3
from dataclasses import replace
from datetime import date

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.store.database import Database
from facedesk.store.texts import clean
from facedesk.store.times import from_text
from facedesk.store.vault import (
    PERSON_DEPARTMENT,
    PERSON_EMAIL,
    PERSON_NAME,
    PERSON_NOTES,
    PERSON_NUMBER,
    SealBrokenError,
    SealedColumn,
    Vault,
)

_log = logging.getLogger(__name__)


def columns_of(person: Person, database: Database) -> dict[str, str | bool | bytes]:
    """What is stored of a person, besides the number and the times."""
    seal = database.vault.seal_text
    return {
        "name": seal(person.name, PERSON_NAME, person.id, person.id),
        **number_columns(person.id, person.staff_number, database),
        "department": seal(person.department, PERSON_DEPARTMENT, person.id, person.id),
        "notes": seal(person.notes, PERSON_NOTES, person.id, person.id),
        "active": person.active,
        "email": seal(person.email, PERSON_EMAIL, person.id, person.id),
        "language": person.language,
        "start_day": person.start_day.isoformat() if person.start_day else "",
    }


def number_columns(person_id: int, staff_number: str, database: Database) -> dict[str, bytes]:
    """A staff number, and what it is found again by."""
    sealed = database.vault.seal_text(staff_number, PERSON_NUMBER, person_id, person_id)
    return {"staff_number": sealed, "number_index": number_index(staff_number, database)}


def number_index(staff_number: str, database: Database) -> bytes:
    """What `people` is searched by for a staff number; b'' for none."""
    return database.blind("staff number", staff_number) if staff_number else b""


def person_of(row: sqlite3.Row, database: Database) -> Person:
    """The person of a row, which has the number of samples in `samples`."""
    identity = database.directory.opened(
        row["id"], row["name"], row["staff_number"], row["department"]
    )
    vault = database.vault
    return Person(
        id=row["id"],
        name=identity.name,
        staff_number=identity.staff_number,
        department=identity.department,
        notes=_text(PERSON_NOTES, row, vault),
        active=bool(row["active"]),
        created_utc=from_text(row["created_utc"]),
        samples=row["samples"],
        email=_text(PERSON_EMAIL, row, vault),
        language=row["language"],
        start_day=date.fromisoformat(row["start_day"]) if row["start_day"] else None,
    )


def cleaned(person: Person) -> Person:
    """The person with texts as they are stored. Raises BadInputError."""
    return replace(
        person,
        name=clean(tr("Name"), person.name, 200, required=True),
        staff_number=clean(tr("Staff number"), person.staff_number, 64),
        department=clean(tr("Department"), person.department, 200),
        notes=clean(tr("Notes"), person.notes, 4000, lines=True),
        email=clean(tr("E-mail"), person.email, 254),
    )


def in_words(person: Person) -> dict[str, str]:
    """For the audit log, which keeps only what differs."""
    return {
        "name": person.name,
        "staff number": person.staff_number,
        "department": person.department,
        "notes": person.notes,
        "active": str(person.active),
        "e-mail": person.email,
        "language": person.language,
        "first day": str(person.start_day or ""),
    }


def require_person(connection: sqlite3.Connection, person_id: int) -> None:
    """Raise BadInputError unless the person exists and was not removed."""
    row = connection.execute("SELECT removed_utc FROM people WHERE id = ?", [person_id]).fetchone()
    if row is None:
        raise unknown(person_id)
    if row["removed_utc"] is not None:
        raise BadInputError(
            tr("This person was removed"),
            tr("Person {number} cannot be changed any more.", number=person_id),
            tr("Add the person again under a new number."),
        )


def refuse_taken_staff_number(database: Database, person: Person) -> None:
    """Raise BadInputError when somebody else has the person's staff number."""
    if not person.staff_number:
        return
    rows = database.read(
        "SELECT id FROM people WHERE number_index = ? AND id <> ?",
        (number_index(person.staff_number, database), person.id),
    )
    if rows:
        raise BadInputError(
            tr("Staff number already taken"),
            tr(
                "{name} has the staff number {staff_number}.",
                name=database.directory.all()[rows[0]["id"]].name,
                staff_number=person.staff_number,
            ),
            tr("Give another number, or leave it empty."),
        )


def unknown(person_id: int) -> BadInputError:
    """The error that tells of an id that nobody has."""
    return BadInputError(
        tr("Unknown person"), tr("There is no person with the id {number}.", number=person_id)
    )


def _text(column: SealedColumn, row: sqlite3.Row, vault: Vault) -> str:
    """A sealed text of a person; '' when it was tampered with, which keeps nobody from work."""
    try:
        return vault.open_text(row[column.column], column, row["id"], row["id"])
    except SealBrokenError as error:
        _log.error("%s of person %d: %s", column.column, row["id"], error.title)
        return ""
