"""Schedules as people write them, and what they get told when they write something else."""

import pytest

from facedesk.core.errors import BadInputError
from facedesk.core.patterns import BreakRule, breaks_of, breaks_text, minutes_of, weeks_of


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("8h", 480), ("7h30", 450), ("7h 30min", 450), ("45min", 45), ("90m", 90), ("7:30", 450),
     ("0h", 0), ("40h", 2400), ("0min", 0)],
)  # fmt: skip
def test_durations(text: str, minutes: int) -> None:
    assert minutes_of(text) == minutes


@pytest.mark.parametrize("text", ["", "8", "h", "-8h", "7:3x", "7:", "eight", "1.5h", "٣x"])
def test_what_is_no_duration_is_told(text: str) -> None:
    with pytest.raises(BadInputError):
        minutes_of(text)


def test_breaks_come_back_as_written() -> None:
    rules = breaks_of("6h:30min, 9h:45min")
    assert rules == (BreakRule(360, 30), BreakRule(540, 45))
    assert breaks_text(rules) == "6h:30min, 9h:45min"
    assert breaks_of(breaks_text((BreakRule(330, 60), BreakRule(0, 15)))) == (
        BreakRule(330, 60), BreakRule(0, 15)
    )  # fmt: skip
    assert breaks_of("") == ()


def test_days_may_run_over_the_weekend() -> None:
    (week,) = weeks_of("Fri-Mon 8h")
    assert [plan.target_min for plan in week] == [480, None, None, None, 480, 480, 480]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("Mo 8h", "neither a day"),
        ("Mon", "says nothing"),
        ("Mon 25:00-26:00", "no times"),
        ("Mon 09:00-17:60", "no times"),
        ("Mon 9-17", "no times"),
        ("Mon-Fri 8h, Fri 6h", "plans a day twice"),
        ("Mon 08:00-12:00+11:00-15:00", "overlap"),
        ("Mon 08:00-12:00+22:00-09:00", "longer than a day"),
        ("Mon 8h core", "no times"),
        ("Mon 8", "no unit"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_told(pattern: str, told: str) -> None:
    with pytest.raises(BadInputError) as refused:
        weeks_of(pattern)
    assert told in refused.value.message
    assert "For example" in refused.value.hint
