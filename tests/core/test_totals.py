"""What must hold for every log, whatever people do."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from facedesk.core.patterns import BreakRule
from facedesk.core.records import Direction
from facedesk.core.schedules import Assignment, Calendar, Favour, Schedule, minute_of
from facedesk.core.totals import DayTotal, Stamp, day_totals, summed

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)  # with the night of 23 hours in Berlin
LATER = datetime(2027, 1, 1, tzinfo=UTC)
START = datetime(2026, 2, 22, tzinfo=UTC)

SCHEDULES = st.builds(
    Schedule,
    st.just("S"),
    st.sampled_from(
        ["Mon-Fri 09:00-17:30", "Mon-Fri 22:00-06:00", "Mon-Sun 8h", "Mon-Fri 8h core 10:00-15:00",
         "Mon-Fri 06:00-14:00 | Mon-Fri 14:00-22:00", "Mon-Fri 08:00-12:00+14:00-18:00", ""]
    ),
    zone=st.sampled_from(["", "America/New_York"]),
    grace_min=st.sampled_from([0, 5]),
    rounding_min=st.sampled_from([0, 5, 15]),
    favour=st.sampled_from(Favour),
    breaks=st.sampled_from([(), (BreakRule(360, 30), BreakRule(540, 45))]),
    overtime_day_min=st.sampled_from([None, 600]),
    overtime_week_min=st.sampled_from([None, 2400]),
)  # fmt: skip
STAMPS = st.lists(
    st.tuples(st.integers(0, 44 * 24 * 60), st.sampled_from(Direction)), max_size=60
).map(
    lambda punches: [
        Stamp(number, 1, direction, START + timedelta(minutes=minute))
        for number, (minute, direction) in enumerate(sorted(punches))
    ]
)


def totals(
    stamps: list[Stamp], schedule: Schedule, first: date = FIRST, last: date = LAST
) -> list[DayTotal]:
    calendar = Calendar(
        "Europe/Berlin", 4, lambda *_: "", ((Assignment("S", date(2020, 1, 1)), schedule),)
    )
    return day_totals(first, last, stamps, calendar, LATER)


@given(STAMPS, SCHEDULES, st.randoms(use_true_random=False))
def test_the_order_of_import_does_not_matter(stamps, schedule, random) -> None:
    shuffled = list(stamps)
    random.shuffle(shuffled)
    assert totals(shuffled, schedule) == totals(stamps, schedule)


@settings(max_examples=40)
@given(STAMPS, SCHEDULES)
def test_the_sum_of_the_days_is_the_month(stamps, schedule) -> None:
    days = (FIRST + timedelta(days=number) for number in range(31))
    each = [totals(stamps, schedule, day, day)[0] for day in days]
    month = totals(stamps, schedule)
    assert each == month
    assert summed(day.minutes for day in each) == summed(day.minutes for day in month)


@given(STAMPS.filter(bool), SCHEDULES, st.data())
def test_a_punch_that_goes_changes_no_other_day(stamps, schedule, data) -> None:
    gone = data.draw(st.sampled_from(stamps))
    before = totals(stamps, schedule)
    after = totals([stamp for stamp in stamps if stamp is not gone], schedule)
    for one, other in zip(before, after, strict=True):
        if not one.planned.start <= minute_of(gone.utc) < one.planned.end:
            # Only the overtime of the week looks at other days.
            assert one.minutes.worked_min == other.minutes.worked_min
            assert one.minutes.balance_min == other.minutes.balance_min
            assert one.flags == other.flags


@given(STAMPS, SCHEDULES)
def test_nothing_is_invented(stamps, schedule) -> None:
    for day in totals(stamps, schedule):
        figures = day.minutes
        length_min = day.planned.end - day.planned.start
        assert 0 <= figures.worked_min <= length_min + 2 * schedule.rounding_min
        assert 0 <= figures.overtime_min <= figures.worked_min
        assert figures.credited_min == 0
        assert figures.absent_min <= max(figures.target_min, length_min)
        assert figures.balance_min == figures.worked_min - figures.target_min


@given(STAMPS, SCHEDULES)
def test_rounding_favours_whom_it_says(stamps, schedule) -> None:
    def worked(favour: Favour, step_min: int) -> int:
        rounded = Schedule("S", schedule.pattern, rounding_min=step_min, favour=favour)
        return summed(day.minutes for day in totals(stamps, rounded)).worked_min

    exact = worked(Favour.NEAREST, 0)
    assert worked(Favour.EMPLOYER, 15) <= exact <= worked(Favour.EMPLOYEE, 15)
