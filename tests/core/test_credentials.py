"""What may be a PIN or a badge, and how many guesses anybody gets."""

from datetime import UTC, datetime, timedelta

import pytest

from facedesk.core.credentials import (
    FIRST_PAUSE_S,
    FREE_TRIES,
    KIOSK_TRIES,
    KIOSK_TRY_BACK_S,
    LONGEST_PAUSE_S,
    TRIES_UNTIL_LOCKED,
    Failures,
    KioskAllowance,
    checked_badge,
    checked_pin,
    new_badge_code,
    pin_digits,
)
from facedesk.core.errors import BadInputError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "pin", ["1111", "1234", "4321", "7890", "2109", "1212", "93", "1234567890123", "12a4", "", "-1"]
)
def test_a_pin_of_the_first_guesses_or_no_pin_at_all_is_refused(pin: str) -> None:
    with pytest.raises(BadInputError) as refused:
        checked_pin(pin)
    assert not pin or pin not in str(refused.value)


def test_a_pin_is_not_the_staff_number_next_to_it() -> None:
    for number in ("5928", "E-5928", "59281"):
        with pytest.raises(BadInputError):
            checked_pin("5928", staff_number=number)
    with pytest.raises(BadInputError):
        checked_pin("0017", staff_number="17")
    assert checked_pin("5928", staff_number="E17") == "5928"


def test_the_site_may_ask_for_longer_pins() -> None:
    assert checked_pin("5928") == "5928"
    with pytest.raises(BadInputError, match="6 to 12"):
        checked_pin("5928", shortest=6)


def test_digits_count_in_every_script() -> None:
    assert pin_digits("٥٩٢٨") == pin_digits("५९२८") == pin_digits(" 59 28 ") == "5928"
    assert pin_digits("59²8") == ""


def test_a_badge_is_compared_without_case_and_space() -> None:
    assert checked_badge(" 04a2f9\r\n") == checked_badge("04A2F9")
    for code in ("", "12", "a\tb c", "x" * 257):
        with pytest.raises(BadInputError):
            checked_badge(code)


def test_made_badges_are_long_and_never_the_same() -> None:
    codes = {new_badge_code() for _ in range(100)}
    assert len(codes) == 100
    assert all(checked_badge(code) == code and len(code) == 39 for code in codes)


def test_pauses_grow_until_only_an_admin_helps() -> None:
    failures = [Failures(count, NOON) for count in range(1, TRIES_UNTIL_LOCKED + 1)]
    assert [one.locked for one in failures] == [False] * (TRIES_UNTIL_LOCKED - 1) + [True]
    waits_s = [one.wait_s(NOON) for one in failures]
    assert waits_s[: FREE_TRIES - 1] == [0.0] * (FREE_TRIES - 1)
    assert waits_s[FREE_TRIES - 1] == FIRST_PAUSE_S
    assert waits_s == sorted(waits_s)
    assert waits_s[-1] == LONGEST_PAUSE_S


def test_a_pause_passes_and_a_clock_that_was_set_back_does_not_prolong_it() -> None:
    failures = Failures(FREE_TRIES, NOON)
    assert failures.wait_s(later(FIRST_PAUSE_S / 2)) == FIRST_PAUSE_S / 2
    assert failures.wait_s(later(FIRST_PAUSE_S)) == 0.0
    assert failures.wait_s(NOON - timedelta(days=400)) == FIRST_PAUSE_S


def test_the_kiosk_takes_a_burst_of_failures_and_then_one_now_and_then() -> None:
    allowance = KioskAllowance()
    for _ in range(KIOSK_TRIES):
        assert allowance.wait_s(NOON) == 0.0
        allowance = allowance.changed(-1, NOON)
    assert allowance.wait_s(NOON) == KIOSK_TRY_BACK_S
    assert allowance.wait_s(later(KIOSK_TRY_BACK_S)) == 0.0
    spent = allowance.changed(-1, later(KIOSK_TRY_BACK_S))
    assert spent.wait_s(later(KIOSK_TRY_BACK_S)) > 0.0
    assert allowance.now(later(86400)).left == KIOSK_TRIES


def test_setting_the_clock_back_gives_the_kiosk_nothing() -> None:
    spent = KioskAllowance(0.0, NOON)
    assert spent.wait_s(NOON - timedelta(days=1)) == KIOSK_TRY_BACK_S
