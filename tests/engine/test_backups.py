"""Backups by the clock: when due, told when they fail, never in the way."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from facedesk.core.facts import Fact, ProblemFound
from facedesk.core.records import Person
from facedesk.engine import backups as engine_backups
from facedesk.engine.backups import ScheduledBackups
from facedesk.engine.jobs import Job, Jobs, Progress
from facedesk.settings import Settings
from facedesk.store import backups, rotation
from facedesk.store.database import Database
from facedesk.store.people import People
from tests.fakes import FakeClock


class Desk:
    """What the schedule is given, and what it told."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.clock = clock
        self.settings = Settings()
        self.facts: list[Fact] = []
        self.told = threading.Event()
        self.jobs = Jobs()
        self.schedule = ScheduledBackups(database, self.jobs, lambda: self.settings, self.tell)

    def tell(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.told.set()

    def make(self) -> None:
        self.schedule.make(Progress(Job(None)))


@pytest.fixture
def desk(database: Database, clock: FakeClock) -> Iterator[Desk]:
    made = Desk(database, clock)
    yield made
    made.schedule.stop()
    made.jobs.stop()


def test_a_backup_is_due_when_its_hours_are_over(desk: Desk) -> None:
    assert desk.schedule.due()
    desk.make()
    assert not desk.schedule.due()
    desk.clock.advance(23 * 3600)
    assert not desk.schedule.due()
    desk.clock.advance(3600)
    assert desk.schedule.due()
    desk.settings = replace(desk.settings, backup_every_h=0)
    assert not desk.schedule.due()


def test_a_clock_that_is_set_makes_neither_many_nor_none(desk: Desk) -> None:
    desk.make()
    desk.clock.set_utc(desk.clock.utc() + timedelta(days=4000))
    assert not desk.schedule.due()  # one was just made, whatever the clock says
    desk.clock.advance(2 * 3600)
    assert desk.schedule.due()
    desk.make()
    desk.clock.set_utc(desk.clock.utc() - timedelta(days=8000))
    desk.clock.advance(2 * 3600)
    assert desk.schedule.due()  # backups from the future say nothing
    desk.make()
    desk.clock.advance(2 * 3600)
    assert not desk.schedule.due()


def test_a_failed_backup_is_told_and_tried_again(
    desk: Desk, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_backups, "FIRST_LOOK_S", 0.0)
    (tmp_path / "drive").touch()  # a file where the drive was
    desk.settings = replace(desk.settings, backup_folder=str(tmp_path / "drive" / "backups"))
    desk.schedule.start()
    assert desk.told.wait(5)
    (problem,) = desk.facts
    assert isinstance(problem, ProblemFound)
    assert "drive" in problem.message
    assert desk.schedule.stop() == ()
    assert not desk.schedule.due()
    desk.clock.advance(3700)
    assert desk.schedule.due()


def test_an_interrupted_change_of_keys_is_ended(desk: Desk, database: Database) -> None:
    People(database).add(Person(0, "Ada", notes="n"))
    rotation.begin(database)
    desk.schedule.start()
    done = threading.Event()
    desk.schedule.stop()  # the work is in the queue by now
    desk.jobs.submit(lambda _: None, done=lambda _: done.set(), failed=lambda _: None)
    assert done.wait(10)
    assert not rotation.pending(database)
    assert database.check() == ()


def test_a_desk_that_stops_does_not_wait(desk: Desk, database: Database) -> None:
    desk.schedule.start()
    desk.schedule.start()
    assert desk.schedule.stop() == ()
    assert desk.schedule.stop() == ()
    assert backups.listed(database.backups) == []
