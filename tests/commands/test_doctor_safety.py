"""What doctor says of backups, keys and the emergency file."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from facedesk.commands.doctor_safety import lines
from facedesk.commands.place import Place
from facedesk.core.clock import SystemClock
from facedesk.core.records import Person
from facedesk.store import backups, rotation
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from tests.fakes import FakeClock
from tests.store.samples import once


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "data")


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    with place.database() as opened:
        yield opened


def _said(place: Place, database: Database) -> dict[str, tuple[bool | None, str, str]]:
    return {topic: rest for topic, *rest in lines(place, database)}  # type: ignore[misc]


def test_all_is_well(place: Place, database: Database) -> None:
    said = _said(place, database)
    assert said["backups"][0] is None
    assert said["key"][0] is True
    assert "passphrase" in said["key"][2]
    assert "emergency" not in said
    made = backups.make(database, database.backups, 3)
    assert _said(place, database)["backups"][0] is True
    assert "old files" not in said
    made.path.rename(database.path.with_name("facedesk-damaged-20260302T080000Z.db"))
    assert "damaged" in _said(place, database)["old files"][1]


def test_old_backups_open_keys_and_waiting_punches_are_trouble(
    place: Place, database: Database
) -> None:
    database.clock = FakeClock(SystemClock().utc() - timedelta(days=9))
    backups.make(database, database.backups, 3)
    person = People(database).add(Person(0, "Ada"))
    database.read("PRAGMA query_only = ON")
    assert Punches(database).record_if(person.id, once(person.id))
    database.read("PRAGMA query_only = OFF")
    said = _said(place, database)
    assert said["backups"][0] is False
    assert said["emergency"][0] is False
    rotation.begin(database)
    if os.name == "posix":
        place.paths().key.chmod(0o644)
        found = [rest for topic, *rest in lines(place, database) if topic == "key"]
        assert [fine for fine, *_ in found] == [True, False, None]
