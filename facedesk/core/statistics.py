"""What the charts show, counted from days: arrivals over the day, lateness, hours by week. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from facedesk.core.attendance import zone_info
from facedesk.core.schedules import moment_of
from facedesk.core.totals import DayTotal, Flag, week_start

ARRIVAL_STEP_MIN = 15


@dataclass(frozen=True, slots=True)
class WeekHours:
    """The sum of the days of a week that are in the period; `monday` names it."""

    monday: date
    worked_min: int
    target_min: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """`arrivals`: (minute of the local day, first check-ins in the quarter of an hour from it on).
    `late`: for Monday to Sunday (days somebody came late, days somebody came).
    """

    arrivals: tuple[tuple[int, int], ...]
    late: tuple[tuple[int, int], ...]
    weeks: tuple[WeekHours, ...]


def statistics_of(days: Iterable[DayTotal]) -> Statistics:
    """Of all people's days together, in any order."""
    arrivals: Counter[int] = Counter()
    late, came = [0] * 7, [0] * 7
    weeks: dict[date, list[int]] = {}
    for day in days:
        if day.first_in is not None:
            local = moment_of(day.first_in).astimezone(zone_info(day.planned.zone))
            minute = local.hour * 60 + local.minute
            arrivals[minute - minute % ARRIVAL_STEP_MIN] += 1
            came[day.day.weekday()] += 1
            late[day.day.weekday()] += Flag.LATE in day.flags
        week = weeks.setdefault(week_start(day.day), [0, 0])
        week[0] += day.minutes.worked_min
        week[1] += day.minutes.target_min - day.minutes.credited_min
    return Statistics(
        tuple(sorted(arrivals.items())),
        tuple(zip(late, came, strict=True)),
        tuple(WeekHours(monday, *weeks[monday]) for monday in sorted(weeks)),
    )
