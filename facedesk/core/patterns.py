"""Weekly patterns as people write them on a wall, read into plans.

`Mon-Fri 09:00-17:30`, `Mon-Thu 8h, Fri 6h`, `Mon-Fri 22:00-06:00`, `Sun off`,
`Mon-Fri 08:00-12:00+14:00-18:00` (two shifts), `Mon-Fri 8h core 10:00-15:00`; `|` stands between
the weeks of a rotation.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr

DAY_MIN = 24 * 60
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class BreakRule:
    """Who works longer than `after_min` has had at least `minutes` of break, taken or deducted."""

    after_min: int
    minutes: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The plan of a weekday: `shifts` as (start, end) in minutes of the local day; an end past
    24:00 is the next morning.

    With `target_min` None the shifts are the target (a fixed day); else the target is free within
    the day and the shifts are the core hours, if any.
    """

    shifts: tuple[tuple[int, int], ...] = ()
    target_min: int | None = None


FREE = DayPlan()


def minutes_of(text: str) -> int:
    """The minutes of '8h', '7h30', '7h 30min', '45min' or '7:30'. Raises BadInputError."""
    squeezed = text.replace(" ", "").casefold()
    found = re.fullmatch(
        r"(?:(\d{1,3})(?:h|:))?(?:(\d{1,2}|(?<![h:])\d{1,4})(?:min|m)?)?", squeezed
    )
    if not squeezed or found is None or (":" in squeezed and not found[2]):
        raise refused(tr("“{text}” is not a duration such as 8h, 7h30 or 45min.", text=text))
    if found[1] is None and not squeezed.endswith(("m", "min")):
        raise refused(tr("“{text}” has no unit; write {text}min or {text}h.", text=text))
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def breaks_of(text: str) -> tuple[BreakRule, ...]:
    """'6h:30min, 9h:45min' as rules; '' is none. Raises BadInputError."""
    rules = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        after, separator, minutes = part.partition(":")
        if not separator:
            raise refused(tr("A break is written “6h:30min”, not “{text}”.", text=part))
        rules.append(BreakRule(minutes_of(after), minutes_of(minutes)))
    return tuple(rules)


def breaks_text(rules: Sequence[BreakRule]) -> str:
    """What `breaks_of` reads."""
    return ", ".join(f"{_text(rule.after_min)}:{_text(rule.minutes)}" for rule in rules)


def _text(minutes: int) -> str:
    hours, rest_min = divmod(minutes, 60)
    return f"{hours}h" if hours and not rest_min else f"{minutes}min"


@lru_cache(maxsize=256)
def weeks_of(pattern: str) -> tuple[tuple[DayPlan, ...], ...]:
    """The weeks of a pattern, each Monday to Sunday; () for an empty one. Raises BadInputError."""
    if not pattern.strip():
        return ()
    return tuple(_week(week) for week in pattern.split("|"))


def _week(text: str) -> tuple[DayPlan, ...]:
    plans = [FREE] * 7
    for entry in filter(None, (entry.strip() for entry in text.split(","))):
        days, _, plan_text = entry.partition(" ")
        plan = _plan(plan_text.strip(), entry)
        for weekday in _days(days, entry):
            if plans[weekday] is not FREE:
                raise refused(tr("“{entry}” plans a day twice.", entry=entry))
            plans[weekday] = plan
    return tuple(plans)


def _days(text: str, entry: str) -> Iterator[int]:
    first, _, last = text.casefold().partition("-")
    try:
        start, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
    except ValueError:
        raise refused(
            tr("“{entry}” begins with neither a day (Mon) nor days (Mon-Fri).", entry=entry)
        ) from None
    yield from ((start + number) % 7 for number in range((end - start) % 7 + 1))


def _plan(text: str, entry: str) -> DayPlan:
    if text.casefold() == "off":
        return DayPlan(target_min=0)
    hours, core, windows = text.casefold().partition("core")
    if core:
        return DayPlan(_shifts(windows, entry), minutes_of(hours))
    if "-" in text:
        return DayPlan(_shifts(text, entry))
    if not text:
        raise refused(tr("“{entry}” says nothing about its day.", entry=entry))
    return DayPlan(target_min=minutes_of(text))


def _shifts(text: str, entry: str) -> tuple[tuple[int, int], ...]:
    shifts: list[tuple[int, int]] = []
    for part in text.split("+"):
        found = re.fullmatch(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", part.strip())
        numbers = [int(number) for number in found.groups()] if found else [99] * 4
        if numbers[0] > 23 or numbers[2] > 24 or max(numbers[1::2]) > 59:
            raise refused(tr("“{entry}” has no times such as 09:00-17:30.", entry=entry))
        start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        shifts.append((start, end if end > start else end + DAY_MIN))
    if any(later[0] < earlier[1] for earlier, later in pairwise(shifts)):
        raise refused(tr("The shifts of “{entry}” overlap or are out of order.", entry=entry))
    if shifts[-1][1] - shifts[0][0] > DAY_MIN:
        raise refused(tr("The shifts of “{entry}” are longer than a day.", entry=entry))
    return tuple(shifts)


def refused(message: str) -> BadInputError:
    """The error for a schedule that makes no sense, with an example."""
    return BadInputError(
        tr("Schedule not accepted"), message, tr("For example: Mon-Thu 09:00-17:30, Fri 6h.")
    )
