"""`privacy` on the command line."""

import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from facedesk.core.records import Person
from facedesk.store.database import Database
from facedesk.store.people import People
from tests.commands.conftest import Run
from tests.fakes import FakeClock


def long_ago(tmp_path: Path) -> None:
    root = tmp_path / "data"
    root.mkdir()
    clock = FakeClock(datetime(2020, 1, 1, tzinfo=UTC))
    with Database.open(root / "facedesk.db", clock=clock) as database:
        people = People(database)
        person = people.add(Person(0, "Bo Adair"))
        people.update(replace(person, active=False))
        people.add(Person(0, "Ada"))


def test_what_is_due_is_shown_and_then_erased(facedesk: Run, tmp_path: Path) -> None:
    long_ago(tmp_path)
    (due,) = facedesk("privacy", "due", "--json").json
    assert (due["kind"], due["people"]) == ("people who left", [1])
    assert len(facedesk("people", "--json").json) == 2
    (erased,) = facedesk("privacy", "erase", "--json", "--yes").json
    assert erased["people"] == [1]
    assert [one["name"] for one in facedesk("people", "--json").json] == ["Ada"]
    assert facedesk("privacy", "due").out == "Nothing is due.\n"


def test_a_persons_own_data(facedesk: Run, tmp_path: Path) -> None:
    long_ago(tmp_path)
    target = tmp_path / "ada.zip"
    assert facedesk("privacy", "export", "Ada", target).code == 0
    with zipfile.ZipFile(target) as file:
        assert "Ada" in file.read("read-me.html").decode()
