"""Which schedule counts on which day, and where a working day begins."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facedesk.core.errors import BadInputError
from facedesk.core.patterns import BreakRule
from facedesk.core.schedules import (
    NO_SCHEDULE,
    Assignment,
    Calendar,
    Schedule,
    checked_schedule,
    minute_of,
)

BERLIN = "Europe/Berlin"
MONDAY = date(2026, 3, 2)
DAY, NIGHT, FLEXIBLE = (
    Schedule("day", "Mon-Fri 09:00-17:30"),
    Schedule("night", "Mon-Fri 22:00-06:00"),
    Schedule("flexible", "Mon-Fri 8h"),
)


def calendar(*assigned: tuple[Assignment, Schedule], zone: str = BERLIN, hour: int = 4) -> Calendar:
    return Calendar(zone, hour, lambda *_: "", assigned)


def test_the_persons_own_schedule_wins_over_the_departments_and_that_over_everybodys() -> None:
    everybody = (Assignment("day", date(2026, 3, 1)), DAY)
    department = (Assignment("night", date(2020, 1, 1), department="Guards"), NIGHT)
    own = (Assignment("flexible", MONDAY, MONDAY + timedelta(days=1), person_id=1), FLEXIBLE)
    found = calendar(everybody, own, department)
    assert found.schedule(MONDAY - timedelta(days=1)) == NIGHT
    assert found.schedule(MONDAY) == found.schedule(MONDAY + timedelta(days=1)) == FLEXIBLE
    assert found.schedule(MONDAY + timedelta(days=2)) == NIGHT
    assert calendar(everybody).schedule(MONDAY - timedelta(days=9)) == NO_SCHEDULE


def test_of_two_alike_the_one_that_begins_last_counts() -> None:
    first = (Assignment("day", date(2026, 1, 1), id=1), DAY)
    second = (Assignment("night", MONDAY, id=2), NIGHT)
    assert calendar(second, first).schedule(MONDAY) == NIGHT
    assert calendar(second, first).schedule(MONDAY - timedelta(days=1)) == DAY


@pytest.mark.parametrize(
    "change",
    [{"pattern": "Mon"}, {"zone": "Europe/Atlantis"}, {"rounding_min": 7}, {"grace_min": -1},
     {"overtime_week_min": -1}, {"breaks": (BreakRule(360, 0),)}],
)  # fmt: skip
def test_a_schedule_that_makes_no_sense_is_refused(change: dict) -> None:
    with pytest.raises(BadInputError):
        checked_schedule(replace(DAY, **change))
    assert checked_schedule(DAY) == DAY


PATTERNS = st.sampled_from(
    ["", "Mon-Fri 09:00-17:30", "Mon-Sun 22:00-06:00", "Mon-Fri 8h", "Sat-Sun 18:00-09:00",
     "Mon-Fri 03:00-11:00", "Mon-Fri 06:00-14:00 | Mon-Fri 14:00-22:00 | Mon-Fri 22:00-06:00",
     "Mon-Wed 00:00-24:00, Thu 02:00-10:00"]
)  # fmt: skip
ZONES = st.sampled_from(
    [BERLIN, "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "Asia/Kathmandu",
     "Pacific/Honolulu", "Pacific/Auckland", "Africa/Cairo"]
)  # fmt: skip


@example(
    moment=datetime(2026, 4, 1, tzinfo=UTC), pattern="Mon-Sun 22:00-06:00", later="",
    zone="Pacific/Honolulu", elsewhere="Europe/Berlin", hour=0,
)  # fmt: skip
@example(
    moment=datetime(2026, 4, 1, tzinfo=UTC), pattern="Mon-Sun 22:00-06:00",
    later="Mon-Fri 03:00-11:00", zone="Pacific/Honolulu", elsewhere="Pacific/Auckland", hour=12,
)  # fmt: skip
@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    pattern=PATTERNS, later=PATTERNS, zone=ZONES, elsewhere=ZONES, hour=st.integers(0, 12),
)  # fmt: skip
def test_every_moment_lies_in_exactly_one_working_day(
    moment: datetime, pattern: str, later: str, zone: str, elsewhere: str, hour: int
) -> None:
    found = calendar(
        (Assignment("a", date(2020, 1, 1)), Schedule("a", pattern)),
        (Assignment("b", moment.date(), person_id=1), Schedule("b", later, elsewhere)),
        zone=zone,
        hour=hour,
    )
    day = found.day_of(moment)
    planned = found.planned(day)
    assert planned.start <= minute_of(moment) < planned.end
    borders = [found.start(moment.date() + timedelta(days=number)) for number in range(-4, 5)]
    assert borders == sorted(set(borders))
