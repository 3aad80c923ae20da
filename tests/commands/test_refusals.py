"""`refusals`: what was taken for a picture is shown to whoever looks after the kiosk."""

from pathlib import Path

from facedesk.core.clock import SystemClock
from facedesk.core.records import Person
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.refusals import Refusals, RefusedBy
from tests.commands.conftest import Run


def test_refused_faces_are_listed_newest_first(facedesk: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with Database.open(tmp_path / "data" / "facedesk.db", clock=SystemClock()) as database:
        ada = People(database).add(Person(0, "Ada 居"))
        stored = Refusals(database)
        stored.add(ada.id, RefusedBy.PASSIVE, 0.12, "usb:1", "its surface looks like a picture's")
        stored.add(ada.id, RefusedBy.CHALLENGE, 0.9, "usb:1", "The movement did not come in time.")
    newest, first = facedesk("refusals", "--json").json
    assert (newest["refused_by"], first["refused_by"]) == ("challenge", "passive")
    assert (first["name"], first["score"], first["source"]) == ("Ada 居", 0.12, "usb:1")
    told = facedesk("refusals", "--most", 1)
    assert "Ada 居" in told.out
    assert "in time" in told.out
    assert "surface" not in told.out
