"""Hours: what punches and a plan amount to, by day and summed. Pure; all figures whole minutes.

A punch counts with the minute that the log shows, so that the days add up to the month to the
minute. Nobody's guess becomes pay: a check-in without its check-out counts nothing once the day is
over and is flagged until somebody corrects it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from facedesk.core.attendance import zone_info
from facedesk.core.records import Direction
from facedesk.core.schedules import (
    Calendar,
    Favour,
    Minute,
    PlannedDay,
    automatic_break_min,
    minute_of,
    moment_of,
)

# The same direction again within this time is one punch that was recorded twice.
_SAME_PUNCH = timedelta(minutes=5)


class Flag(StrEnum):
    """What somebody should look at."""

    IN_NOW = "in now"
    MISSING_IN = "missing check-in"
    MISSING_OUT = "missing check-out"
    BREAK_WITHOUT_END = "break without end"
    BREAK_WITHOUT_START = "break without start"
    CLOCK_MOVED = "clock moved"
    LATE = "late"
    LEFT_EARLY = "left early"
    ABSENT = "absent"
    WORKED_ON_FREE_DAY = "worked on a free day"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A punch as the hours see it: after corrections.

    `clock_moved`: the computer's clock had been set while the kiosk ran, and nobody corrected the
    time.
    """

    id: int
    person_id: int
    direction: Direction
    utc: datetime
    clock_moved: bool = False


@dataclass(frozen=True, slots=True)
class Minutes:
    """The figures of a day or of many. Adding them is exact.

    `target_min` was agreed; `credited_min` of it is excused by a holiday or an absence; `break_min`
    was taken between check-ins or deducted automatically; `overtime_min` is the part of
    `worked_min` beyond the limits of day and week; nobody came in `absent_min` of what was due.
    `balance_min` is worked + credited - target of the days that are over and have a schedule.
    """

    target_min: int = 0
    credited_min: int = 0
    worked_min: int = 0
    break_min: int = 0
    overtime_min: int = 0
    late_min: int = 0
    left_early_min: int = 0
    absent_min: int = 0
    balance_min: int = 0


MINUTES = tuple(field.name for field in fields(Minutes))


@dataclass(frozen=True, slots=True)
class DayTotal:
    """One person's working day. `first_in` and `last_out` are the first and last punches used."""

    planned: PlannedDay
    minutes: Minutes
    first_in: Minute | None
    last_out: Minute | None
    flags: tuple[Flag, ...]

    @property
    def day(self) -> date:
        return self.planned.day


@dataclass(frozen=True, slots=True)
class _Presence:
    """From a check-in to its check-out; `end` None: still in, or forgotten. `paused`: it ended with
    a break, which says nothing about when the person left.
    """

    start: Minute
    end: Minute | None
    paused: bool = False


def day_totals(
    first: date, last: date, stamps: Iterable[Stamp], calendar: Calendar, now_utc: datetime
) -> list[DayTotal]:
    """The days `first` to `last` of ONE person, whose punches come in any order.

    Weekly overtime falls on the day that exceeds the week's limit, so `stamps` must begin at
    `week_start(first)`.
    """
    ordered = sorted(stamps, key=lambda stamp: (stamp.utc, stamp.id))
    minutes = [minute_of(stamp.utc) for stamp in ordered]
    now = minute_of(now_utc)
    totals: list[DayTotal] = []
    regular_min = 0  # of this week, so far
    day = week_start(first)
    while day <= last:
        planned = calendar.planned(day)
        begin, end = bisect_left(minutes, planned.start), bisect_left(minutes, planned.end)
        total = day_total(planned, ordered[begin:end], now)
        if day.weekday() == 0:
            regular_min = 0
        limit_min = planned.schedule.overtime_week_min
        if limit_min is not None:
            before_min = max(0, regular_min - limit_min)
            regular_min += total.minutes.worked_min - total.minutes.overtime_min
            total = _with_overtime(total, max(0, regular_min - limit_min) - before_min)
        if day >= first:
            totals.append(total)
        day += timedelta(days=1)
    return totals


def week_start(day: date) -> date:
    """The Monday of the day's ISO week."""
    return day - timedelta(days=day.weekday())


def day_total(planned: PlannedDay, ordered: Sequence[Stamp], now: Minute) -> DayTotal:
    """One working day from its punches in order of time, without the overtime of the week."""
    over = now >= planned.end
    presences, flags = _paired(ordered, over)
    counted = _counted(presences, planned, now, over)
    present_min = sum(end - start for start, end in counted)
    taken_min = sum(later[0] - earlier[1] for earlier, later in pairwise(counted))
    deducted_min = automatic_break_min(planned.schedule.breaks, present_min, taken_min)
    worked_min = present_min - deducted_min

    expected_min = planned.target_min - planned.credited_min
    has_schedule = bool(planned.schedule.name)
    late_min = left_early_min = absent_min = 0
    if not ordered and over:
        absent_min = expected_min
    elif Flag.MISSING_IN not in flags:  # else nobody knows when the person came
        late_min, left_early_min, absent_min = _kept(planned, presences, now)
    limit_min = planned.schedule.overtime_day_min
    if limit_min is None:
        limit_min = expected_min if has_schedule else worked_min
    flags += [
        flag
        for flag, raised in (
            (Flag.LATE, late_min),
            (Flag.LEFT_EARLY, left_early_min),
            (Flag.ABSENT, absent_min),
            (Flag.WORKED_ON_FREE_DAY, worked_min and has_schedule and not expected_min),
        )
        if raised
    ]
    return DayTotal(
        planned,
        Minutes(
            planned.target_min, planned.credited_min, worked_min, taken_min + deducted_min,
            max(0, worked_min - limit_min), late_min, left_early_min, absent_min,
            worked_min - expected_min if over and has_schedule else 0,
        ),
        presences[0].start if presences else None,
        presences[-1].end if presences else None,
        tuple(flags),
    )  # fmt: skip


def summed(days: Iterable[Minutes]) -> Minutes:
    """The sum of some days."""
    listed = list(days)
    return Minutes(*(sum(getattr(one, name) for one in listed) for name in MINUTES))


def _with_overtime(total: DayTotal, more_min: int) -> DayTotal:
    return DayTotal(
        total.planned,
        summed([total.minutes, Minutes(overtime_min=more_min)]),
        total.first_in,
        total.last_out,
        total.flags,
    )


def _paired(ordered: Sequence[Stamp], over: bool) -> tuple[list[_Presence], list[Flag]]:
    """Check-ins with their check-outs, and what is missing. Of two ins in a row the first counts,
    of two outs as well, and the day is flagged. A break ends a presence, and begins the next one.
    """
    presences: list[_Presence] = []
    missing: set[Flag] = set()
    since: Stamp | None = None
    before: Stamp | None = None
    for stamp in ordered:
        doubled = (
            before is not None
            and before.direction is stamp.direction
            and stamp.utc - before.utc < _SAME_PUNCH
        )
        if not doubled:
            if stamp.direction.works:
                if since is not None:
                    back = stamp.direction is Direction.BREAK_END
                    missing.add(Flag.BREAK_WITHOUT_START if back else Flag.MISSING_OUT)
                since = since or stamp
            elif since is None:
                on_break = before is not None and before.direction is Direction.BREAK_START
                missing.add(Flag.BREAK_WITHOUT_END if on_break else Flag.MISSING_IN)
            else:
                paused = stamp.direction is Direction.BREAK_START
                presences.append(_Presence(minute_of(since.utc), minute_of(stamp.utc), paused))
                since = None
        before = stamp
    if since is not None:
        presences.append(_Presence(minute_of(since.utc), None))
    if over and (since is not None or (before and before.direction is Direction.BREAK_START)):
        missing.add(Flag.MISSING_OUT)
    flags = [Flag.IN_NOW] if since is not None and not over else []
    flags += [flag for flag in Flag if flag in missing]
    if any(stamp.clock_moved for stamp in ordered):
        flags.append(Flag.CLOCK_MOVED)
    return presences, flags


def _counted(
    presences: Sequence[_Presence], planned: PlannedDay, now: Minute, over: bool
) -> list[tuple[Minute, Minute]]:
    """What is paid of the presences: rounded, never overlapping, the open one until now."""
    counted: list[tuple[Minute, Minute]] = []
    latest: Minute = planned.start - planned.schedule.rounding_min
    for presence in presences:
        if presence.end is None and (over or now < presence.start):
            continue
        start = max(latest, _rounded(presence.start, planned, Direction.IN))
        end = now if presence.end is None else _rounded(presence.end, planned, Direction.OUT)
        if end > start:
            counted.append((start, end))
            latest = end
    return counted


def _rounded(minute: Minute, planned: PlannedDay, direction: Direction) -> Minute:
    """To the schedule's grid on the local clock. Half way is up when rounding to the nearest."""
    step_min, favour = planned.schedule.rounding_min, planned.schedule.favour
    if not step_min:
        return minute
    over_min = moment_of(minute).astimezone(zone_info(planned.zone)).minute % step_min
    if favour is Favour.NEAREST:
        up = 2 * over_min >= step_min
    else:
        up = (direction is Direction.IN) is (favour is Favour.EMPLOYER)
    return minute - over_min + (step_min if up and over_min else 0)


def _kept(planned: PlannedDay, presences: Sequence[_Presence], now: Minute) -> tuple[int, int, int]:
    """(late, left early, absent) in minutes, by the planned shifts or core hours.

    A presence without an end says when somebody came, and nothing about when they left.
    """
    late_min = left_early_min = absent_min = 0
    for start, end in planned.shifts:
        during = [
            one for one in presences if one.start < end and (one.end is None or one.end > start)
        ]
        if during:
            late_min += _beyond(during[0].start - start, planned.schedule.grace_min)
            left = during[-1].end
            if left is not None and now >= end and not during[-1].paused:
                left_early_min += _beyond(end - left, planned.schedule.grace_min)
        elif presences and now >= end:
            absent_min += end - start
    return late_min, left_early_min, absent_min


def _beyond(minutes: int, grace_min: int) -> int:
    return minutes if minutes > grace_min else 0
