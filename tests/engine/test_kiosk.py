"""Decisions become punches: committed before told, once a visit, never lost, never doubled."""

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.corrections import CorrectionKind, Signature
from facedesk.core.errors import BadInputError, StoreError
from facedesk.core.facts import (
    DirectionAsked,
    Fact,
    ProblemFound,
    PunchCancelled,
    PunchDeclined,
    PunchRecorded,
    UnknownSeen,
)
from facedesk.core.records import (
    Decision,
    DecisionKind,
    Direction,
    Face,
    Identification,
    Method,
    OpenDay,
    Person,
    Probe,
    Punch,
    Quality,
    Seen,
    SeenFace,
    Track,
)
from facedesk.core.schedules import Assignment, Schedule
from facedesk.engine.arrivals import Arrivals
from facedesk.engine.kiosk import UNDO_S, AttendanceRules, Kiosk
from facedesk.engine.timesheets import Timesheets
from facedesk.store.corrections import Corrections
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.schedules import Schedules
from facedesk.store.statements import Statements
from tests.databases import opened
from tests.fakes import FakeClock

FACE = Face((0, 0, 10, 10), np.zeros((5, 2), np.float32), 0.9)
RULES = AttendanceRules("Europe/Berlin", 300, "settings-1")


class FakeMistakes:
    def __init__(self) -> None:
        self.remembered: list[tuple[int, Probe, int | None]] = []

    def remember(self, person_id: int, probe: Probe, punch_id: int | None) -> None:
        self.remembered.append((person_id, probe, punch_id))


class Desk:
    """A kiosk on a real database and a fake clock."""

    def __init__(self, tmp_path: Path) -> None:
        self.clock = FakeClock(datetime(2026, 3, 2, 7, 58, tzinfo=UTC))
        self.database = opened(tmp_path / "facedesk.db", self.clock)
        self.people, self.punches = People(self.database), Punches(self.database)
        self.anna = self.people.add(Person(0, "Anna", created_utc=self.clock.utc()))
        self.bert = self.people.add(Person(0, "Bert", created_utc=self.clock.utc()))
        self.facts: list[Fact] = []
        self.schedules = Schedules(self.database)
        self.sheets = Timesheets(
            self.people, self.punches, self.schedules, self.clock, lambda: RULES.zone, lambda: 4
        )
        self.corrections = Corrections(self.database, self.sheets.day_of)
        self.statements = Statements(self.database, self.punches, self.corrections)
        self.mistakes = FakeMistakes()
        self.rules = RULES
        self.restart()
        self.stored_when_told: list[int] = []

    def restart(self) -> None:
        """Another run of the kiosk on the same database."""
        self.kiosk = Kiosk(
            self.sheets,
            self.corrections,
            self.statements,
            lambda: self.rules,
            self.hear,
            self.mistakes,
        )
        self.arrivals = Arrivals(self.kiosk, "contract-1", "camera:test", self.clock, self.hear)

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


def test_the_reason_that_is_stored_says_how_good_the_face_was(desk: Desk) -> None:
    quality = Quality((), 140.0, 210.0, 118.0, 50.0, 7.0, 3.0, 1.0)
    probe = Probe("contract-1", np.ones(1, np.float32), np.zeros((1, 1, 3), np.uint8), quality)
    face = SeenFace(Track(1, FACE, 5), decision(desk.anna.id), None, "Anna", probe)
    desk.arrivals.handle(Seen(0, desk.clock.utc(), (640, 480), (face,), 1.0))
    [punch] = desk.punches.between(None, None)
    assert punch.reason.startswith("Best 0.71. The face: 140 px, sharpness 210,")


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


# A person's own word -----------------------------------------------------------------------------

PROBE = Probe(
    "contract-1", np.ones(4, np.float32) / 2, np.zeros((112, 112, 3), np.uint8),
    Quality((), 140, 220, 120, 50, 0, 0, 0),
)  # fmt: skip
BY_PIN = Identification(Method.PIN, "The right PIN.", "keypad")


def recorded(fact: object) -> PunchRecorded:
    assert isinstance(fact, PunchRecorded)
    return fact


def test_a_pin_is_recorded_by_the_same_rules(desk: Desk) -> None:
    punch = recorded(desk.kiosk.check_in(desk.anna.id, BY_PIN)).punch
    assert desk.punches.get(punch.id) == punch
    assert (punch.method, punch.source, punch.contract) == (Method.PIN, "keypad", "")
    desk.clock.advance(60)
    desk.see((1, desk.anna.id))  # the camera looks on
    assert desk.kinds() == [PunchRecorded, PunchDeclined]


def test_a_wish_is_followed_within_the_cooldown_and_nonsense_is_refused(desk: Desk) -> None:
    desk.kiosk.check_in(desk.anna.id, BY_PIN)
    desk.clock.advance(30)
    told = desk.kiosk.check_in(desk.anna.id, BY_PIN, Direction.BREAK_START)
    assert recorded(told).punch.direction is Direction.BREAK_START
    desk.clock.advance(5)
    again = desk.kiosk.check_in(desk.anna.id, BY_PIN, Direction.BREAK_START)
    assert isinstance(again, PunchDeclined)
    assert again.direction is Direction.BREAK_START
    desk.clock.advance(600)
    told = desk.kiosk.check_in(desk.anna.id, BY_PIN, Direction.IN)
    assert recorded(told).punch.direction is Direction.BREAK_END
    with pytest.raises(BadInputError, match="Nothing was recorded"):
        desk.kiosk.check_in(desk.bert.id, BY_PIN, Direction.BREAK_START)
    assert len(desk.punches.between(None, None)) == 3


def test_who_is_on_break_comes_back_from_it(desk: Desk) -> None:
    desk.kiosk.check_in(desk.anna.id, BY_PIN)
    desk.kiosk.check_in(desk.anna.id, BY_PIN, Direction.BREAK_START)
    desk.clock.advance(1800)
    desk.see((1, desk.anna.id))
    assert recorded(desk.facts[-1]).punch.direction is Direction.BREAK_END


def test_many_threads_record_one_punch(desk: Desk) -> None:
    start = threading.Barrier(4)

    def arrive() -> None:
        start.wait(5)
        desk.kiosk.check_in(desk.anna.id, BY_PIN)

    threads = [threading.Thread(target=arrive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(desk.punches.between(None, None)) == 1
    assert sorted(kind.__name__ for kind in desk.kinds()) == ["PunchDeclined"] * 3 + [
        "PunchRecorded"
    ]


def test_undo_cancels_by_a_row_of_its_own_and_the_visit_goes_on(desk: Desk) -> None:
    desk.see((1, desk.anna.id))
    punch = recorded(desk.facts[0]).punch
    desk.kiosk.undo(punch.id)
    assert desk.punches.between(None, None) == []
    assert desk.punches.get(punch.id) == punch  # the row stays
    (row,) = desk.corrections.history()
    assert (row.punch_id, row.kind, row.signature.who) == (punch.id, CorrectionKind.CANCEL, "kiosk")
    assert desk.kinds() == [PunchRecorded, PunchCancelled]
    desk.see((1, desk.anna.id), (2, desk.anna.id))  # still standing there
    assert desk.punches.between(None, None) == []
    desk.clock.advance(60)
    desk.see((3, desk.anna.id))  # came back
    assert [punch.direction for punch in desk.punches.between(None, None)] == [Direction.IN]
    assert desk.mistakes.remembered == []


def test_after_undo_nobody_is_told_what_stood_yesterday(desk: Desk) -> None:
    desk.see((1, desk.anna.id))
    desk.clock.advance(24 * 3600)
    desk.see((2, desk.anna.id))
    desk.kiosk.undo(recorded(desk.facts[-1]).punch.id)
    told = len(desk.facts)
    desk.see((3, desk.anna.id))
    assert len(desk.facts) == told


def test_undo_is_for_a_few_seconds_and_once(desk: Desk) -> None:
    punch = recorded(desk.kiosk.check_in(desk.anna.id, BY_PIN)).punch
    desk.clock.advance(UNDO_S + 5)
    with pytest.raises(BadInputError, match="taken back"):
        desk.kiosk.undo(punch.id)
    later = recorded(desk.kiosk.check_in(desk.bert.id, BY_PIN)).punch
    desk.kiosk.undo(later.id)
    with pytest.raises(BadInputError, match="taken back"):
        desk.kiosk.undo(later.id)
    with pytest.raises(BadInputError, match="taken back"):
        desk.kiosk.undo(4711)
    assert len(desk.punches.between(None, None)) == 1


def test_not_me_tells_whose_face_it_was_not(desk: Desk) -> None:
    how = Identification(Method.FACE, "Best 0.71.", "camera:test", 0.71, 0.1, 0.4, "c", PROBE)
    punch = recorded(desk.kiosk.check_in(desk.anna.id, how)).punch
    desk.kiosk.reject(punch.id)
    assert desk.mistakes.remembered == [(desk.anna.id, PROBE, punch.id)]
    assert desk.facts[-1] == PunchCancelled(desk.clock.utc(), punch, desk.anna, not_me=True)
    assert desk.punches.between(None, None) == []


class TestAsked:
    """Where people say what it is to be."""

    @pytest.fixture(autouse=True)
    def asks(self, desk: Desk) -> None:
        desk.rules = replace(RULES, ask=True)

    def ask(self, desk: Desk) -> DirectionAsked:
        desk.see((1, desk.anna.id))
        asked = desk.facts[-1]
        assert isinstance(asked, DirectionAsked)
        return asked

    def test_nothing_is_recorded_before_the_answer(self, desk: Desk) -> None:
        asked = self.ask(desk)
        assert (asked.guess, asked.choices) == (Direction.IN, (Direction.IN, Direction.OUT))
        desk.see((1, desk.anna.id), (2, desk.anna.id))
        assert desk.kinds() == [DirectionAsked]
        assert desk.punches.between(None, None) == []
        desk.kiosk.answer(desk.anna.id, Direction.OUT)
        assert recorded(desk.facts[-1]).punch.direction is Direction.OUT
        assert "Chosen by the person." in recorded(desk.facts[-1]).punch.reason
        assert desk.kiosk.answer(desk.anna.id, Direction.IN) is None  # answered once

    def test_who_walks_on_is_recorded_as_guessed(self, desk: Desk) -> None:
        asked = self.ask(desk)
        desk.clock.advance(asked.decide_s + 0.1)
        desk.see()
        punch = recorded(desk.facts[-1]).punch
        assert punch.direction is Direction.IN
        assert punch.reason.endswith("First punch of the working day.")  # nobody chose it
        desk.clock.advance(10)
        desk.see()
        assert desk.kinds() == [DirectionAsked, PunchRecorded]

    def test_two_threads_that_settle_record_and_tell_once(self, desk: Desk) -> None:
        asked = self.ask(desk)
        desk.clock.advance(asked.decide_s + 1)
        threads = [threading.Thread(target=desk.kiosk.settle) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert desk.kinds() == [DirectionAsked, PunchRecorded]

    def test_who_was_asked_when_the_kiosk_stops_is_recorded(self, desk: Desk) -> None:
        self.ask(desk)
        desk.arrivals.end()
        assert desk.kinds() == [DirectionAsked, PunchRecorded]

    def test_not_me_before_anything_was_recorded(self, desk: Desk) -> None:
        how = Identification(Method.FACE, "Best 0.71.", "camera:test", 0.71, 0.1, 0.4, "c", PROBE)
        desk.kiosk.check_in(desk.anna.id, how)
        desk.kiosk.refuse(desk.anna.id)
        assert desk.mistakes.remembered == [(desk.anna.id, PROBE, None)]
        desk.clock.advance(60)
        desk.see()
        assert desk.punches.between(None, None) == []

    def test_where_one_answer_makes_sense_nobody_is_asked(self, desk: Desk) -> None:
        desk.kiosk.check_in(desk.anna.id, BY_PIN, Direction.OUT)
        desk.clock.advance(3600)
        desk.see((1, desk.anna.id))
        assert recorded(desk.facts[-1]).punch.direction is Direction.IN

    def test_a_disk_that_is_full_keeps_the_question(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = self.ask(desk)
        real = desk.punches.record_if

        def full(*_: object) -> Punch:
            raise StoreError("The disk is full", "No punch was saved.", "Free some space.")

        monkeypatch.setattr(desk.punches, "record_if", full)
        desk.clock.advance(asked.decide_s + 1)
        desk.see()
        monkeypatch.setattr(desk.punches, "record_if", real)
        desk.clock.advance(5)
        desk.see()
        assert desk.kinds() == [DirectionAsked, ProblemFound, PunchRecorded]


class TestYesterday:
    """The check-out that was forgotten."""

    def next_morning(self, desk: Desk) -> OpenDay | None:
        desk.see((1, desk.anna.id))
        desk.clock.advance(24 * 3600)
        desk.see((2, desk.anna.id))
        return recorded(desk.facts[-1]).forgotten

    def test_the_first_punch_of_today_asks_and_the_answer_waits_for_an_admin(
        self, desk: Desk
    ) -> None:
        desk.schedules.save(Schedule("Office", "Mon-Fri 09:00-17:30"))
        desk.schedules.assign(Assignment("Office", date(2026, 3, 1), None, desk.anna.id))
        asked = self.next_morning(desk)
        assert asked is not None
        assert (asked.day, asked.likely_utc) == (
            date(2026, 3, 2), datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
        )  # fmt: skip
        left = datetime(2026, 3, 2, 16, 45, tzinfo=UTC)
        desk.kiosk.state_departure(asked.punch.id, left)
        (waiting,) = desk.statements.waiting()
        assert (waiting.person_id, waiting.open_punch, waiting.utc) == (
            desk.anna.id, asked.punch, left
        )  # fmt: skip
        assert len(desk.punches.between(None, None)) == 2  # nothing is invented

        number = desk.statements.confirm(waiting.id, "Grace")
        added = desk.punches.get(number)
        assert (added.direction, added.utc, added.method) == (Direction.OUT, left, Method.MANUAL)
        (row,) = desk.corrections.history()
        assert row.signature.who == "Grace"
        assert "own statement" in row.signature.why
        assert desk.statements.waiting() == []
        with pytest.raises(BadInputError, match="decided"):
            desk.statements.confirm(waiting.id, "Grace")

    def test_it_is_asked_once(self, desk: Desk) -> None:
        asked = self.next_morning(desk)
        assert asked is not None
        desk.kiosk.state_departure(asked.punch.id, asked.likely_utc)
        desk.kiosk.undo(recorded(desk.facts[-1]).punch.id)
        desk.clock.advance(60)
        desk.see((3, desk.anna.id))
        assert recorded(desk.facts[-1]).forgotten is None

    def test_a_closed_day_asks_nothing(self, desk: Desk) -> None:
        desk.see((1, desk.anna.id))
        desk.clock.advance(8 * 3600)
        desk.see((2, desk.anna.id))
        desk.clock.advance(16 * 3600)
        desk.see((3, desk.anna.id))
        assert recorded(desk.facts[-1]).forgotten is None

    def test_after_a_long_leave_nobody_is_asked(self, desk: Desk) -> None:
        desk.see((1, desk.anna.id))
        desk.clock.advance(20 * 24 * 3600)
        desk.see((2, desk.anna.id))
        assert recorded(desk.facts[-1]).forgotten is None

    def test_only_the_open_day_can_be_told(self, desk: Desk) -> None:
        asked = self.next_morning(desk)
        assert asked is not None
        for wrong in (asked.punch.utc, asked.until_utc, desk.clock.utc()):
            with pytest.raises(BadInputError, match="noted"):
                desk.kiosk.state_departure(asked.punch.id, wrong)
        desk.clock.advance(600)
        with pytest.raises(BadInputError, match="noted"):
            desk.kiosk.state_departure(asked.punch.id, asked.likely_utc)

    def test_a_day_corrected_meanwhile_takes_no_second_check_out(self, desk: Desk) -> None:
        asked = self.next_morning(desk)
        assert asked is not None
        desk.kiosk.state_departure(asked.punch.id, asked.likely_utc)
        (waiting,) = desk.statements.waiting()
        desk.corrections.add(
            desk.anna.id, Direction.OUT, asked.likely_utc - timedelta(hours=1), "Europe/Berlin",
            Signature("Grace", "asked her"),
        )  # fmt: skip
        with pytest.raises(BadInputError, match="decided"):
            desk.statements.confirm(waiting.id, "Grace")
        desk.statements.refuse(waiting.id, "Grace")
        assert desk.statements.waiting() == []


_CHILD = """
import sys
from pathlib import Path
from facedesk.core.facts import PunchCancelled, PunchRecorded
from tests.engine.test_kiosk import BY_PIN, Desk

def say(fact):
    if isinstance(fact, PunchRecorded):
        print("punch", fact.punch.id, flush=True)
    if isinstance(fact, PunchCancelled):
        print("cancel", fact.punch.id, flush=True)

desk = Desk(Path(sys.argv[1]))
desk.hear = say
desk.restart()
while True:
    desk.clock.advance(400)
    told = desk.kiosk.check_in(desk.anna.id, BY_PIN)
    if told.punch.id % 3 == 0:
        desk.kiosk.undo(told.punch.id)
"""


def test_a_kiosk_killed_at_any_moment_loses_nothing_that_it_told(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    told = [child.stdout.readline().split() for _ in range(60)]
    child.kill()  # SIGKILL: nothing is tidied up
    told += [line.split() for line in child.stdout.read().splitlines(keepends=True) if "\n" in line]
    child.stdout.close()
    child.wait()
    punches = {int(number) for word, number in told if word == "punch"}
    cancelled = {int(number) for word, number in told if word == "cancel"}
    assert len(cancelled) >= 10
    with opened(tmp_path / "facedesk.db", SystemClock()) as database:
        stored = {row["id"] for row in database.read("SELECT id FROM punches")}
        taken_back = {row["punch_id"] for row in database.read("SELECT punch_id FROM corrections")}
        assert punches <= stored
        assert cancelled <= taken_back
        assert len(stored - punches) <= 1  # committed, and killed before it was told
        assert database.check() == ()


def test_on_a_full_disk_people_check_in_and_a_warning_stands(desk: Desk) -> None:
    desk.database.read("PRAGMA query_only = ON")  # SQLite's "cannot write", whatever the cause
    desk.see((1, desk.anna.id))
    assert desk.kinds() == [PunchRecorded, ProblemFound]
    problem = desk.facts[1]
    assert isinstance(problem, ProblemFound)
    assert "emergency file" in problem.message
    assert problem.hint
    desk.clock.advance(60)
    desk.see((2, desk.anna.id))  # within the pause: known from the emergency file
    assert desk.kinds() == [PunchRecorded, ProblemFound, PunchDeclined]
    desk.database.read("PRAGMA query_only = OFF")
    desk.see((3, desk.bert.id))
    assert desk.kinds()[3:] == [PunchRecorded]
    assert [punch.person_id for punch in desk.punches.between(None, None)] == [
        desk.anna.id, desk.bert.id,
    ]  # fmt: skip
