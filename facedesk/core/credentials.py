"""The rules of PINs and badges: what may be one, and how many guesses anybody gets.

Two limits work together. A number that fails too often waits longer and longer and is locked in the
end, so that one person's PIN cannot be guessed. The kiosk as a whole gives a few failures and earns
one back now and then, so that one common PIN cannot be tried on everybody.
"""

import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr

SHORTEST_PIN = 4
LONGEST_PIN = 12
SHORTEST_BADGE = 4
LONGEST_BADGE = 256

FREE_TRIES = 5  # failures in a row before the first pause
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 3600.0
TRIES_UNTIL_LOCKED = 15  # in a row; then only an admin helps

KIOSK_TRIES = 15  # failures by anybody, in a burst
KIOSK_TRY_BACK_S = 120.0  # and one more after each of these
_MADE_BADGE_BITS = 128


def pin_digits(typed: str) -> str:
    """The digits of `typed` as 0 to 9, whatever script they were typed in; '' when it has others.

    Spaces are ignored.
    """
    digits = [unicodedata.decimal(letter, None) for letter in typed if not letter.isspace()]
    return "" if None in digits else "".join(str(digit) for digit in digits)


def checked_pin(typed: str, shortest: int = SHORTEST_PIN, staff_number: str = "") -> str:
    """The digits of a PIN that may be set. Raises BadInputError that never repeats the PIN."""
    pin = pin_digits(typed)
    if not pin:
        raise _refused(tr("A PIN has digits only."))
    if not shortest <= len(pin) <= LONGEST_PIN:
        raise _refused(
            tr("A PIN has {shortest} to {longest} digits.", shortest=shortest, longest=LONGEST_PIN)
        )
    if is_easily_guessed(pin, staff_number):
        raise _refused(tr("This PIN would be among the first guesses."))
    return pin


def is_easily_guessed(pin: str, staff_number: str = "") -> bool:
    """One digit or one short group repeated, a run up or down, or part of the staff number."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        return True
    if len(pin) % 2 == 0 and pin == pin[:2] * (len(pin) // 2):
        return True
    number = "".join(letter for letter in staff_number if letter.isdigit())
    return bool(number) and (pin in number or number.zfill(len(pin)) == pin)


def checked_badge(code: str) -> str:
    """The code of a badge as it is compared: upper case, without space around it.

    A reader types with the keyboard's shift lock as it happens to be. Raises BadInputError.
    """
    badge = badge_text(code)
    if not SHORTEST_BADGE <= len(badge) <= LONGEST_BADGE or not badge.isprintable():
        raise BadInputError(
            tr("Badge not accepted"),
            tr(
                "The code of a badge has {shortest} to {longest} letters or digits.",
                shortest=SHORTEST_BADGE,
                longest=LONGEST_BADGE,
            ),
            tr("Let the reader read the badge again."),
        )
    return badge


def badge_text(code: str) -> str:
    """How codes are compared; nothing is refused."""
    return unicodedata.normalize("NFC", code).strip().upper()


def new_badge_code() -> str:
    """A random code in digits: the smallest QR code, and no keyboard layout swaps them."""
    digits = len(str(2**_MADE_BADGE_BITS))
    return str(secrets.randbits(_MADE_BADGE_BITS)).zfill(digits)


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong guesses in a row at one staff number, the last one at `last_utc`."""

    count: int = 0
    last_utc: datetime | None = None

    @property
    def locked(self) -> bool:
        return self.count >= TRIES_UNTIL_LOCKED

    @property
    def pause_s(self) -> float:
        """How long the number waits after the last failure."""
        if self.count < FREE_TRIES:
            return 0.0
        return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (self.count - FREE_TRIES))

    def wait_s(self, utc: datetime) -> float:
        """Seconds until the next guess is looked at; meaningless for a locked number.

        Never longer than the pause itself: a clock that was set back does not lock anybody out.
        """
        if self.last_utc is None:
            return 0.0
        passed_s = max(0.0, (utc - self.last_utc).total_seconds())
        return max(0.0, self.pause_s - passed_s)


@dataclass(frozen=True, slots=True)
class KioskAllowance:
    """The failures that the kiosk has left for anybody: `left` of them at `at_utc`."""

    left: float = float(KIOSK_TRIES)
    at_utc: datetime | None = None

    def now(self, utc: datetime) -> "KioskAllowance":
        """With what came back since; a clock that was set back gives nothing and takes nothing."""
        passed_s = 0.0 if self.at_utc is None else (utc - self.at_utc).total_seconds()
        back = max(0.0, passed_s) / KIOSK_TRY_BACK_S
        return KioskAllowance(min(float(KIOSK_TRIES), self.left + back), utc)

    def wait_s(self, utc: datetime) -> float:
        """Seconds until the kiosk looks at a guess again."""
        return max(0.0, (1.0 - self.now(utc).left) * KIOSK_TRY_BACK_S)

    def changed(self, by: float, utc: datetime) -> "KioskAllowance":
        now = self.now(utc)
        return replace(now, left=now.left + by)


def _refused(why: str) -> BadInputError:
    return BadInputError(
        tr("PIN not accepted"), why, tr("Choose digits that nobody would try first.")
    )
