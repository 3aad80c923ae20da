from datetime import UTC, date, datetime, timedelta

from facedesk.core.records import Direction
from facedesk.core.schedules import Assignment, Calendar, Schedule
from facedesk.core.statistics import WeekHours, statistics_of
from facedesk.core.totals import Stamp, day_totals

OFFICE = Schedule("Office", "Mon-Fri 09:00-17:00")
MONDAY = date(2026, 3, 2)


def test_arrivals_lateness_and_weeks() -> None:
    """Late on the Tuesday of the first week; the second week has one day of work."""
    stamps = []
    for number, (day, hour, minute) in enumerate(((2, 7, 59), (3, 8, 14), (9, 8, 0))):
        start = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
        stamps += [
            Stamp(2 * number + 1, 1, Direction.IN, start),
            Stamp(2 * number + 2, 1, Direction.OUT, start + timedelta(hours=8)),
        ]
    calendar = Calendar(
        "Europe/Berlin", 4, lambda _region, _day: "", ((Assignment("Office", MONDAY), OFFICE),)
    )
    days = day_totals(MONDAY, date(2026, 3, 10), stamps, calendar, datetime(2026, 4, 1, tzinfo=UTC))
    found = statistics_of(days)
    assert found.arrivals == ((8 * 60 + 45, 1), (9 * 60, 2))
    assert found.late[:2] == ((0, 2), (1, 1))
    assert found.weeks == (
        WeekHours(MONDAY, 960, 5 * 480),
        WeekHours(date(2026, 3, 9), 480, 2 * 480),
    )


def test_nobody_and_nothing() -> None:
    found = statistics_of([])
    assert found.arrivals == ()
    assert found.weeks == ()
    assert found.late == ((0, 0),) * 7
