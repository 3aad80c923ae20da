"""A day that somebody forgot to check out of, and when they may have left. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from facedesk.core.attendance import zone_info
from facedesk.core.records import Direction, OpenDay, Punch
from facedesk.core.schedules import PlannedDay, moment_of

ASKED_FOR = timedelta(days=8)  # over a weekend and a short leave; nobody remembers for longer
_STEP = timedelta(minutes=5)
_USUAL_DAY = timedelta(hours=8)


def open_day(forgotten: Punch, previous: Sequence[Punch], planned: PlannedDay) -> OpenDay:
    """The question to ask about `forgotten`, the last punch of the planned day.

    The likely answer is the end of the shift; without one, the time of the latest check-out that is
    known (`previous`), else eight hours after the punch. It always lies within the day.
    """
    place = zone_info(planned.zone)
    outs = [punch for punch in previous if punch.direction is Direction.OUT]
    if planned.shifts:
        likely = moment_of(planned.shifts[-1][1])
    elif outs:
        clock = max(outs, key=lambda punch: punch.utc).utc.astimezone(place).time()
        likely = datetime.combine(forgotten.utc.astimezone(place).date(), clock, place)
    else:
        likely = forgotten.utc + _USUAL_DAY
    first, until = forgotten.utc + timedelta(minutes=1), moment_of(planned.end)
    on_grid = datetime.fromtimestamp(
        round(likely.timestamp() / _STEP.total_seconds()) * _STEP.total_seconds(),
        forgotten.utc.tzinfo,
    )
    if not first <= on_grid < until:
        on_grid = min(first + _USUAL_DAY / 2, first + (until - first) / 2)
    return OpenDay(forgotten, planned.day, on_grid, until)
