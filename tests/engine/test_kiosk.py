"""Decisions become punches: committed before told, once a visit, never lost, never doubled."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.errors import StoreError
from facedesk.core.records import (
    Decision,
    DecisionKind,
    Direction,
    Face,
    Fact,
    Person,
    ProblemFound,
    Punch,
    PunchDeclined,
    PunchRecorded,
    Seen,
    SeenFace,
    Track,
    UnknownSeen,
)
from facedesk.core.schedules import Assignment, Schedule
from facedesk.engine.arrivals import Arrivals
from facedesk.engine.kiosk import AttendanceRules, Kiosk
from facedesk.engine.timesheets import Timesheets
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.schedules import Schedules
from tests.fakes import FakeClock

FACE = Face((0, 0, 10, 10), np.zeros((5, 2), np.float32), 0.9)
RULES = AttendanceRules("Europe/Berlin", 300, "settings-1")


class Desk:
    """A kiosk on a real database and a fake clock."""

    def __init__(self, tmp_path: Path) -> None:
        self.clock = FakeClock(datetime(2026, 3, 2, 7, 58, tzinfo=UTC))
        self.database = Database.open(tmp_path / "facedesk.db", clock=self.clock)
        self.people, self.punches = People(self.database), Punches(self.database)
        self.anna = self.people.add(Person(0, "Anna", created_utc=self.clock.utc()))
        self.bert = self.people.add(Person(0, "Bert", created_utc=self.clock.utc()))
        self.facts: list[Fact] = []
        self.schedules = Schedules(self.database)
        sheets = Timesheets(
            self.people, self.punches, self.schedules, self.clock, lambda: RULES.zone, lambda: 4
        )
        self.corrections = Corrections(self.database, sheets.day_of)
        self.kiosk = Kiosk(sheets, self.corrections, lambda: RULES, self.hear)
        self.arrivals = Arrivals(self.kiosk, "contract-1", "camera:test", self.clock, self.hear)
        self.stored_when_told: list[int] = []

    def hear(self, fact: Fact) -> None:
        self.facts.append(fact)
        if isinstance(fact, PunchRecorded):
            self.stored_when_told.append(len(self.punches.between(None, None)))

    def see(self, *faces: tuple[int, int | None]) -> None:
        """A frame with (track id, person id or None for a stranger)."""
        self.clock.advance(1 / 30)
        seen = tuple(
            SeenFace(Track(track, FACE, 5), decision(person), None) for track, person in faces
        )
        self.arrivals.handle(Seen(0, self.clock.utc(), (640, 480), seen, 1.0))

    def kinds(self) -> list[type[Fact]]:
        return [type(fact) for fact in self.facts]


def decision(person_id: int | None) -> Decision:
    kind = DecisionKind.KNOWN if person_id else DecisionKind.UNKNOWN
    return Decision(kind, person_id, 0.71, 0.12, 0.4, 3, "Best 0.71.")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    yield desk  # type: ignore[misc]
    desk.database.close()


def test_punch_is_committed_before_it_is_told_and_can_be_explained(desk: Desk) -> None:
    desk.see((1, desk.anna.id))
    assert desk.kinds() == [PunchRecorded]
    assert desk.stored_when_told == [1]
    [punch] = desk.punches.between(None, None)
    assert isinstance(desk.facts[0], PunchRecorded)
    assert desk.facts[0].punch == punch
    assert desk.facts[0].person.name == "Anna"
    assert (punch.direction, punch.score, punch.runner_up, punch.threshold, punch.contract,
            punch.settings_version, punch.source, punch.zone) == (
        Direction.IN, 0.71, 0.12, 0.4, "contract-1", "settings-1", "camera:test", "Europe/Berlin",
    )  # fmt: skip


def test_staying_in_view_is_one_punch_even_past_the_cooldown(desk: Desk) -> None:
    for _ in range(10):
        desk.see((1, desk.anna.id))
        desk.clock.advance(60)
    assert desk.kinds() == [PunchRecorded]


def test_broken_track_after_the_cooldown_is_the_same_visit(desk: Desk) -> None:
    for track in range(1, 100):
        desk.see((track, desk.anna.id))
        desk.clock.advance(15)
    assert desk.kinds().count(PunchRecorded) == 1


def test_back_within_the_cooldown_is_told_the_standing_punch(desk: Desk) -> None:
    desk.see((1, desk.anna.id))
    desk.clock.advance(120)
    desk.see((2, desk.anna.id))
    assert desk.kinds() == [PunchRecorded, PunchDeclined]
    declined = desk.facts[1]
    assert isinstance(declined, PunchDeclined)
    assert declined.direction is Direction.IN
    assert declined.since_utc == desk.punches.between(None, None)[0].utc


def test_in_and_out_alternate_and_hours_add_up(desk: Desk) -> None:
    for track, hours in enumerate((0, 4, 1), start=1):
        desk.clock.advance(hours * 3600)
        desk.see((track, desk.anna.id))
    recorded = [fact for fact in desk.facts if isinstance(fact, PunchRecorded)]
    assert [fact.punch.direction for fact in recorded] == ["in", "out", "in"]
    assert [round(fact.worked_s / 3600, 2) for fact in recorded] == [0, 4, 4]


def test_two_people_in_one_frame_are_both_recorded(desk: Desk) -> None:
    desk.see((1, desk.anna.id), (2, desk.bert.id))
    assert {fact.person.name for fact in desk.facts if isinstance(fact, PunchRecorded)} == {
        "Anna",
        "Bert",
    }


def test_stranger_is_told_once_and_never_recorded(desk: Desk) -> None:
    for _ in range(5):
        desk.see((1, None))
    assert desk.kinds() == [UnknownSeen]
    assert desk.punches.between(None, None) == []


def test_stranger_who_turns_out_to_be_somebody_is_recorded(desk: Desk) -> None:
    desk.see((1, None))
    desk.see((1, desk.anna.id))
    assert desk.kinds() == [UnknownSeen, PunchRecorded]


def test_failed_save_is_told_not_announced_and_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = desk.punches.record_if

    def full(*_: object) -> Punch:
        raise StoreError("The disk is full", "No punch was saved.", "Free some space.")

    monkeypatch.setattr(desk.punches, "record_if", full)
    for _ in range(10):
        desk.see((1, desk.anna.id))
    assert desk.kinds() == [ProblemFound]
    monkeypatch.setattr(desk.punches, "record_if", real)
    desk.clock.advance(3)
    desk.see((1, desk.anna.id))
    assert desk.kinds() == [ProblemFound, PunchRecorded]


def test_a_night_shift_ends_with_an_out_after_the_border(desk: Desk) -> None:
    desk.schedules.save(Schedule("Night", "Mon-Fri 22:00-06:00"))
    desk.schedules.assign(Assignment("Night", date(2026, 3, 1), None, desk.anna.id))
    desk.clock.set_utc(datetime(2026, 3, 2, 20, 55, tzinfo=UTC))
    desk.see((1, desk.anna.id), (2, desk.bert.id))
    desk.clock.advance(8 * 3600 + 600)  # 06:05 in Berlin: the border of others was at 04:00
    desk.see((3, desk.anna.id), (4, desk.bert.id))
    told = [fact for fact in desk.facts if isinstance(fact, PunchRecorded)]
    assert [(fact.person.name, fact.punch.direction) for fact in told] == [
        ("Anna", Direction.IN),
        ("Bert", Direction.IN),
        ("Anna", Direction.OUT),
        ("Bert", Direction.IN),
    ]
    assert told[2].worked_s == pytest.approx(8 * 3600 + 600, abs=1)
    assert told[3].worked_s == 0


@pytest.mark.parametrize(("moved_s", "told"), [(-3600, "-1:00"), (5400, "+1:30"), (20, "")])
def test_a_punch_says_that_the_clock_was_moved(desk: Desk, moved_s: int, told: str) -> None:
    desk.clock.set_utc(desk.clock.utc() + timedelta(seconds=moved_s))
    desk.see((1, desk.anna.id))
    (punch,) = desk.punches.between(None, None)
    assert (f"The computer's clock was moved by {told}." in punch.reason) is bool(told)
    assert punch.reason.startswith("Best 0.71.")
