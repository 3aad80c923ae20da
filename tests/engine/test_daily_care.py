"""Once a day the logs are signed, and what is due is erased where that is wanted."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from facedesk.core.facts import PunchRecorded
from facedesk.core.records import Person
from facedesk.engine.daily_care import DailyCare
from facedesk.engine.jobs import Jobs
from facedesk.settings import Settings
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.receipts import Receipts
from tests.fakes import FakeClock
from tests.store.samples import punch


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    assert made.stop() == ()


def settle(jobs: Jobs) -> None:
    done = threading.Event()
    jobs.submit(lambda _progress: None, done=lambda _: done.set(), failed=lambda _: done.set())
    assert done.wait(10)


def heads(database: Database) -> list[tuple[str, str]]:
    rows = database.read("SELECT log, day FROM chain_heads ORDER BY day, log")
    return [(row["log"], row["day"]) for row in rows]


def test_the_first_punch_of_a_day_has_the_logs_signed(
    database: Database, jobs: Jobs, clock: FakeClock
) -> None:
    care = DailyCare(database, jobs, Settings)
    person = People(database).add(Person(0, "Ada"))
    care.begin()
    settle(jobs)
    assert heads(database) == [("audit", "2026-03-02")]
    for pause_h in (1, 1, 22, 1):  # two punches on this day and two on the next
        clock.advance(pause_h * 3600)
        made = Punches(database).record(replace(punch(person.id), utc=clock.utc()))
        care.hear(PunchRecorded(made.utc, made, person, 0.0))
        settle(jobs)
    days = [day for log, day in heads(database) if log == "punches"]
    assert days == ["2026-03-03"]
    assert database.check() == ()


@pytest.mark.parametrize("wanted", [False, True])
def test_what_is_due_is_erased_only_where_that_is_wanted(
    database: Database, jobs: Jobs, clock: FakeClock, wanted: bool
) -> None:
    people = People(database)
    person = people.add(Person(0, "Bo Adair"))
    people.update(replace(person, active=False))
    clock.advance(100 * 86_400)
    DailyCare(database, jobs, lambda: Settings(erase_by_itself=wanted)).begin()
    settle(jobs)
    assert bool(Receipts(database).all()) is wanted
    assert bool(people.list()) is not wanted
