"""In, out, or not again: told as days at the kiosk."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedesk.core.attendance import (
    Action,
    ActionKind,
    day_bounds,
    next_action,
    presence_s,
    working_day,
)
from facedesk.core.errors import BadInputError
from facedesk.core.records import Direction, Punch

BERLIN = "Europe/Berlin"
IN, OUT = Direction.IN, Direction.OUT


def at(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    """'2026-03-02 08:58' on the wall clock of a zone, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def punch(direction: Direction, utc: datetime, zone: str = BERLIN) -> Punch:
    return Punch(1, direction, utc, zone, 0.7, 0.1, 0.4, "c", "s", "test", "")


def day(*moments: str) -> list[Punch]:
    """'in 2026-03-02 08:58' and so on as punches."""
    return [
        punch(Direction(word), at(moment))
        for word, moment in (text.split(" ", 1) for text in moments)
    ]


def day_of(zone: str, hour: int) -> Callable[[datetime], date]:
    return partial(working_day, zone=zone, day_starts_hour=hour)


def decide(previous: list[Punch], now: datetime, hour: int = 4, cooldown_s: float = 300) -> Action:
    return next_action(previous, now, BERLIN, day_of(BERLIN, hour), cooldown_s)


@pytest.mark.parametrize(
    ("story", "previous", "now", "expected"),
    [
        ("the very first punch is in", [], "2026-03-02 08:58", IN),
        ("lunch", ["in 2026-03-02 08:58"], "2026-03-02 12:00", OUT),
        ("back", ["in 2026-03-02 08:58", "out 2026-03-02 12:00"], "2026-03-02 12:45", IN),
        ("a new day after a clean one",
         ["in 2026-03-02 08:58", "out 2026-03-02 17:00"], "2026-03-03 08:55", IN),
        ("yesterday's check-out was forgotten",
         ["in 2026-03-02 08:58"], "2026-03-03 08:55", IN),
        ("and today's goes on as always",
         ["in 2026-03-02 08:58", "in 2026-03-03 08:55"], "2026-03-03 17:00", OUT),
        ("after midnight it is still the evening's working day",
         ["in 2026-03-02 20:00"], "2026-03-03 03:59", OUT),
        ("at the border a new working day begins",
         ["in 2026-03-02 20:00"], "2026-03-03 04:00", IN),
        ("cooldown has just passed", ["in 2026-03-02 08:58"], "2026-03-02 09:03", OUT),
        ("the order in which punches are given does not matter",
         ["out 2026-03-02 12:00", "in 2026-03-02 08:58"], "2026-03-02 12:45", IN),
        ("the night the clocks go forward", ["in 2026-03-28 22:00"], "2026-03-29 03:30", OUT),
        ("the night the clocks go back", ["in 2026-10-24 22:00"], "2026-10-25 02:30", OUT),
    ],
)  # fmt: skip
def test_in_and_out_alternate_within_the_working_day(
    story: str, previous: list[str], now: str, expected: Direction
) -> None:
    action = decide(day(*previous), at(now))
    assert (action.kind, action.direction, action.since_utc) == (
        ActionKind.RECORD,
        expected,
        None,
    ), story
    assert action.reason.endswith(".")


def test_a_site_with_night_shifts_moves_the_border_to_noon() -> None:
    evening = day("in 2026-03-02 21:55")
    assert decide(evening, at("2026-03-03 06:05"), hour=12).direction is OUT
    assert decide(evening, at("2026-03-03 12:05"), hour=12).direction is IN


@pytest.mark.parametrize(
    ("previous", "now", "direction", "since", "reason"),
    [
        (["in 2026-03-02 08:58"], "2026-03-02 08:58", IN, "2026-03-02 08:58",
         "Already in since 08:58."),
        (["in 2026-03-02 08:58"], "2026-03-02 09:02:59", IN, "2026-03-02 08:58",
         "Already in since 08:58."),
        (["in 2026-03-02 08:58", "out 2026-03-02 17:00"], "2026-03-02 17:01", OUT,
         "2026-03-02 17:00", "Already out since 17:00."),
        (["out 2026-03-03 03:58"], "2026-03-03 04:01", OUT, "2026-03-03 03:58",
         "Already out since 03:58."),
    ],
)  # fmt: skip
def test_a_second_look_within_the_cooldown_records_nothing(
    previous: list[str], now: str, direction: Direction, since: str, reason: str
) -> None:
    assert decide(day(*previous), at(now)) == Action(
        ActionKind.DECLINE, direction, at(since), reason
    )


def test_the_reason_tells_of_a_missing_check_out() -> None:
    action = decide(day("in 2026-03-02 08:58"), at("2026-03-03 08:55"))
    assert (
        action.reason == "First punch of the working day. The check-out of 2026-03-02 is missing."
    )


class TestTheComputersClockIsSetBack:
    """The punch at 09:00 was recorded; then the clock was corrected to an earlier time."""

    def test_by_little_the_punch_ahead_still_protects_from_a_double(self) -> None:
        action = decide(day("in 2026-03-02 09:00"), at("2026-03-02 08:57"))
        assert (action.kind, action.since_utc) == (ActionKind.DECLINE, at("2026-03-02 09:00"))

    def test_by_an_hour_nobody_is_locked_out_and_in_does_not_become_out(self) -> None:
        action = decide(day("in 2026-03-02 09:00"), at("2026-03-02 08:00"))
        assert (action.kind, action.direction) == (ActionKind.RECORD, IN)
        assert "was set back" in action.reason
        assert "2026-03-02 09:00" in action.reason

    def test_a_clock_that_was_a_day_ahead_does_not_decide_about_today(self) -> None:
        previous = day("in 2026-03-02 08:00", "out 2026-03-03 09:00")
        assert decide(previous, at("2026-03-02 12:00")).direction is OUT

    def test_the_punch_after_the_correction_has_its_own_cooldown(self) -> None:
        previous = day("in 2026-03-02 09:00", "in 2026-03-02 08:00")
        assert decide(previous, at("2026-03-02 08:01")).kind is ActionKind.DECLINE


@pytest.mark.parametrize(
    ("story", "day_", "hour", "hours"),
    [
        ("an ordinary day", date(2026, 3, 2), 4, 24),
        ("clocks go forward on Sunday at 2, before the border", date(2026, 3, 28), 4, 23),
        ("clocks go forward within a day from midnight", date(2026, 3, 29), 0, 23),
        ("clocks go back on Sunday at 3, before the border", date(2026, 10, 24), 4, 25),
        ("clocks go back within a day from midnight", date(2026, 10, 25), 0, 25),
        ("the border is in the hour that is skipped", date(2026, 3, 28), 2, 24),
        ("and the day after is the shorter one", date(2026, 3, 29), 2, 23),
        ("the border is in the hour that comes twice", date(2026, 10, 24), 2, 24),
    ],
)
def test_a_working_day_has_as_many_hours_as_it_has(
    story: str, day_: date, hour: int, hours: int
) -> None:
    start, end = day_bounds(day_, BERLIN, hour)
    assert (end - start) == timedelta(hours=hours), story


@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(
        ["UTC", BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Tehran",
         "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo", "Atlantic/Azores", "Asia/Beirut"]
    ),
    hour=st.integers(0, 12),
)  # fmt: skip
def test_every_moment_lies_within_its_working_day(moment: datetime, zone: str, hour: int) -> None:
    start, end = day_bounds(working_day(moment, zone, hour), zone, hour)
    assert start <= moment < end


@given(
    steps_s=st.lists(st.floats(1, 20 * 3600), max_size=30),
    zone=st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata"]),
    hour=st.integers(0, 12),
)
def test_however_people_come_no_day_has_two_ins_in_a_row(
    steps_s: list[float], zone: str, hour: int
) -> None:
    now = datetime(2026, 3, 27, tzinfo=UTC)
    log: list[Punch] = []
    for step_s in steps_s:
        now += timedelta(seconds=step_s)
        action = next_action(log, now, zone, day_of(zone, hour), 300)
        if action.kind is ActionKind.RECORD:
            log.append(punch(action.direction, now, zone))
    by_day: dict[date, list[Direction]] = {}
    for one in log:
        by_day.setdefault(working_day(one.utc, zone, hour), []).append(one.direction)
    for directions in by_day.values():
        assert directions == [IN if number % 2 == 0 else OUT for number in range(len(directions))]
    assert all(
        later.utc - earlier.utc >= timedelta(seconds=300) for earlier, later in pairwise(log)
    )


BREAK, BACK = Direction.BREAK_START, Direction.BREAK_END


@pytest.mark.parametrize(
    ("previous", "choices"),
    [
        ([], (IN, OUT)),
        (["in 2026-03-02 08:58"], (OUT, BREAK)),
        (["in 2026-03-02 08:58", "break_start 2026-03-02 10:00"], (BACK, OUT)),
        (["in 2026-03-02 08:58", "break_start 2026-03-02 10:00", "break_end 2026-03-02 10:15"],
         (OUT, BREAK)),
        (["in 2026-03-02 08:58", "out 2026-03-02 10:00"], (IN,)),
        (["in 2026-03-01 08:58", "break_start 2026-03-01 10:00"], (IN, OUT)),
    ],
)  # fmt: skip
def test_what_may_follow_and_what_is_likeliest(
    previous: list[str], choices: tuple[Direction, ...]
) -> None:
    action = decide(day(*previous), at("2026-03-02 12:00"))
    assert action.choices == choices
    assert action.direction is choices[0]


@pytest.mark.parametrize("wanted", list(Direction))
def test_a_wish_is_recorded_declined_or_makes_no_sense(wanted: Direction) -> None:
    now = at("2026-03-02 12:00")

    def after(*moments: str) -> Action | None:
        try:
            return next_action(day(*moments), now, BERLIN, day_of(BERLIN, 4), 300, wanted)
        except BadInputError:
            return None

    first, working, paused = (
        after(),
        after("in 2026-03-02 11:59"),
        after("in 2026-03-02 08:00", "break_start 2026-03-02 11:59"),
    )
    recorded = {
        "first": first and first.kind is ActionKind.RECORD and first.direction,
        "working": working and working.kind is ActionKind.RECORD and working.direction,
        "paused": paused and paused.kind is ActionKind.RECORD and paused.direction,
    }
    assert (
        recorded
        == {
            IN: {"first": IN, "working": False, "paused": BACK},
            OUT: {"first": OUT, "working": OUT, "paused": OUT},
            BREAK: {"first": None, "working": BREAK, "paused": False},
            BACK: {"first": None, "working": False, "paused": BACK},
        }[wanted]
    )


def test_a_break_that_nobody_ended_leaves_the_day_open() -> None:
    action = decide(
        day("in 2026-03-02 08:58", "break_start 2026-03-02 12:00"), at("2026-03-03 08:55")
    )
    assert action.direction is IN
    assert action.forgotten is not None
    assert action.forgotten.direction is BREAK
    assert "The check-out of 2026-03-02 is missing." in action.reason


@given(
    wishes=st.lists(
        st.tuples(st.floats(1, 20 * 3600), st.none() | st.sampled_from(Direction)), max_size=30
    )
)
def test_whatever_people_press_breaks_lie_within_work(
    wishes: list[tuple[float, Direction | None]],
) -> None:
    now = datetime(2026, 3, 27, tzinfo=UTC)
    log: list[Punch] = []
    for step_s, wanted in wishes:
        now += timedelta(seconds=step_s)
        try:
            action = next_action(log, now, BERLIN, day_of(BERLIN, 4), 300, wanted)
        except BadInputError:
            continue
        if action.kind is ActionKind.RECORD:
            log.append(punch(action.direction, now))
    for earlier, later in pairwise(log):
        if working_day(earlier.utc, BERLIN, 4) == working_day(later.utc, BERLIN, 4):
            assert earlier.direction.works is not later.direction.works or (
                earlier.direction is BREAK and later.direction is OUT
            )
        if later.direction is BACK:
            assert earlier.direction is BREAK


MARCH_2 = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("story", "punches", "day_", "now", "hours"),
    [
        ("nobody came", [], MARCH_2, "2026-03-02 12:00", 0),
        ("still there", ["in 2026-03-02 08:00"], MARCH_2, "2026-03-02 10:30", 2.5),
        ("gone", ["in 2026-03-02 08:00", "out 2026-03-02 12:00"], MARCH_2, "2026-03-02 20:00", 4),
        ("lunch is not counted",
         ["in 2026-03-02 08:00", "out 2026-03-02 12:00", "in 2026-03-02 13:00"],
         MARCH_2, "2026-03-02 17:00", 8),
        ("a forgotten check-out does not count on for days",
         ["in 2026-03-02 08:00"], MARCH_2, "2026-03-05 10:00", 0),
        ("what came before the forgotten check-out counts",
         ["in 2026-03-02 08:00", "out 2026-03-02 12:00", "in 2026-03-02 13:00"],
         MARCH_2, "2026-03-03 10:00", 4),
        ("over midnight", ["in 2026-03-02 22:00", "out 2026-03-03 02:00"], MARCH_2,
         "2026-03-03 08:00", 4),
        ("other days are not counted", ["in 2026-03-01 08:00", "out 2026-03-01 16:00"], MARCH_2,
         "2026-03-02 12:00", 0),
        ("the hour that is skipped is not worked",
         ["in 2026-03-28 23:00", "out 2026-03-29 03:30"], date(2026, 3, 28),
         "2026-03-29 12:00", 3.5),
        ("the hour that comes twice is worked twice",
         ["in 2026-10-24 23:00", "out 2026-10-25 03:30"], date(2026, 10, 24),
         "2026-10-25 12:00", 5.5),
        ("two ins in a row after a corrected clock: the first counts",
         ["in 2026-03-02 08:00", "in 2026-03-02 09:00", "out 2026-03-02 10:00"], MARCH_2,
         "2026-03-02 20:00", 2),
        ("an out without an in", ["out 2026-03-02 10:00"], MARCH_2, "2026-03-02 20:00", 0),
        ("the clock stands before the in", ["in 2026-03-02 10:00"], MARCH_2, "2026-03-02 09:00", 0),
    ],
)  # fmt: skip
def test_presence_of_a_day(
    story: str, punches: list[str], day_: date, now: str, hours: float
) -> None:
    assert presence_s(day(*punches), *day_bounds(day_, BERLIN, 4), at(now)) == hours * 3600, story


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "/etc/localtime"])
def test_an_unknown_zone_is_a_clear_error(zone: str) -> None:
    with pytest.raises(BadInputError, match="time zone"):
        working_day(at("2026-03-02 08:00"), zone, 4)
