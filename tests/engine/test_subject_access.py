"""A person's own data: all of it, readable, and nothing of anybody else."""

import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from facedesk.core.audit import Act
from facedesk.core.errors import BadInputError
from facedesk.core.records import Direction, Person
from facedesk.core.schedules import Absence, AbsenceKind
from facedesk.engine.subject_access import write_subject_access
from facedesk.store.audit import Audit
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.schedules import Schedules
from tests.store.samples import punch, sample

JPEG = b"\xff\xd8 a picture of Ada"


@pytest.fixture
def ada(database: Database) -> Person:
    people = People(database)
    person = people.add(
        Person(0, "Ada <b>Lindqvist</b>", "17", notes="likes tea"), [sample(1, crop=JPEG)]
    )
    other = people.add(Person(0, "Bo Adair"), [sample(2, crop=b"\xff\xd8 Bo")])
    for direction in Direction:
        Punches(database).record(replace(punch(person.id), direction=direction))
    Punches(database).record(punch(other.id))
    day = date(2026, 3, 5)
    Schedules(database).add_absence(Absence(person.id, AbsenceKind.SICK, day, day))
    return person


def test_everything_of_one_person(database: Database, ada: Person, tmp_path: Path) -> None:
    target = tmp_path / "data.zip"
    rows = write_subject_access(database, ada.id, "Europe/Berlin", target)
    with zipfile.ZipFile(target) as file:
        content = json.loads(file.read("data.json"))
        page = file.read("read-me.html").decode()
        names = file.namelist()
        picture = file.read("pictures/samples-1.jpg")
    assert names == ["data.json", "read-me.html", "pictures/samples-1.jpg"]
    assert picture == JPEG
    tables = content["tables"]
    assert rows == sum(map(len, tables.values()))
    assert tables["people"][0]["notes"] == "likes tea"
    assert len(tables["samples"][0]["vector"]) == 8
    assert {row["direction"] for row in tables["punches"]} == {str(one) for one in Direction}
    assert tables["absences"][0]["kind"] == "sick"
    assert tables["audit"][-1]["act"] == Act.PERSON_ADDED
    assert "Bo Adair" not in json.dumps(content) + page
    assert "<b>Lindqvist" not in page
    assert "&lt;b&gt;Lindqvist" in page
    assert "http" not in page


def test_that_it_was_given_is_in_the_audit_log(
    database: Database, ada: Person, tmp_path: Path
) -> None:
    write_subject_access(database, ada.id, "UTC", tmp_path / "data.zip")
    assert Audit(database).entries()[0].act == Act.PERSON_DATA_GIVEN


def test_every_table_that_refers_to_people_is_asked(database: Database) -> None:
    """A table that a later schema adds is asked by itself."""
    from facedesk.store.subject_data import _tables

    with database.transaction() as connection:
        asked = {table for table, _ in _tables(connection)}
        for sql, name in connection.execute(
            "SELECT sql, name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%person_id%'"
        ).fetchall():
            referred = "REFERENCES people" in sql or name in asked
            assert referred, name
    assert {"people", "samples", "punches", "corrections", "absences", "consents"} <= asked


def test_an_unknown_person_is_told(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        write_subject_access(database, 99, "UTC", tmp_path / "data.zip")
    assert list(tmp_path.glob("data*")) == []
