"""What people said about yesterday, decided on the command line."""

from datetime import UTC, datetime
from pathlib import Path

from facedesk.core.clock import SystemClock
from facedesk.core.records import Direction, Person, Punch
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.statements import Statements
from tests.commands.conftest import Run


def test_a_statement_is_listed_confirmed_and_then_a_correction(
    facedesk: Run, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with Database.open(data / "facedesk.db", clock=SystemClock()) as database:
        people, punches = People(database), Punches(database)
        statements = Statements(database, punches, Corrections(database, lambda _, utc: utc.date()))
        for number, name in enumerate(("Ada", "Bob"), 2):
            person = people.add(Person(0, name))
            came = datetime(2026, 3, number, 8, tzinfo=UTC)
            left_open = punches.record(
                Punch(person.id, Direction.IN, came, "UTC", 0.7, 0.1, 0.4, "c", "s", "test", "")
            )
            statements.add(left_open, came.replace(hour=16))
    assert "Ada" in facedesk("correct", "statements").out
    first, second = facedesk("correct", "statements", "--json").json
    assert (first["in_utc"][:16], first["left_utc"][:16]) == (
        "2026-03-02T08:00", "2026-03-02T16:00"
    )  # fmt: skip

    confirmed = facedesk("correct", "confirm", first["statement_id"], "--who", "Grace")
    assert confirmed.out == "Added punch 3\n"
    assert facedesk("correct", "refuse", second["statement_id"], "--who", "Grace").code == 0
    assert facedesk("correct", "statements", "--json").json == []
    (correction,) = facedesk("correct", "list", "--json").json
    assert (correction["kind"], correction["who"]) == ("add", "Grace")
    assert "own statement" in correction["why"]
    assert facedesk("correct", "confirm", first["statement_id"]).code == 1
