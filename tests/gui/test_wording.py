from datetime import UTC, date, datetime

import pytest

from facedesk.gui.wording import (
    apart,
    clock_text,
    day_text,
    duration_text,
    local_day,
    provider_text,
    short_day_text,
)


def test_time_and_day_are_those_of_the_kiosks_zone() -> None:
    utc = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert clock_text(utc, "Europe/Berlin") == "00:30"
    assert local_day(utc, "Europe/Berlin") == date(2026, 11, 25)
    assert local_day(utc, "America/New_York") == date(2026, 11, 24)


def test_days_are_written_in_english_whatever_the_system() -> None:
    assert day_text(date(2026, 11, 24)) == "Tuesday, 24 November"
    assert short_day_text(date(2026, 11, 24)) == "Tue 24 Nov 2026"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 min"), (59, "0 min"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 00 min"),
     (29099, "8 h 04 min")],
)  # fmt: skip
def test_durations_are_rounded_down_to_minutes(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_providers_have_names_that_people_know() -> None:
    assert provider_text("CPUExecutionProvider") == "CPU"
    assert provider_text("DmlExecutionProvider") == "DirectML"
    assert provider_text("QNNExecutionProvider") == "QNN"
    assert provider_text("") == ""


def test_figures_behind_a_name_stay_behind_it_in_every_script() -> None:
    assert apart("Zoë 李小文") == "Zoë 李小文"
    for name in ("שרה כהן", "Dr. محمد"):
        assert apart(name) == f"\u2068{name}\u2069"
