"""Where everybody is now, as the board by the door says it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from facedesk.core.records import Direction
from facedesk.core.schedules import Minute, PlannedDay, minute_of
from facedesk.core.totals import DayTotal, Stamp, day_total

# Out for longer than this is gone, also when the shift is not over.
_LONGEST_BREAK_MIN = 90


class Standing(StrEnum):
    IN = "in"
    BREAK = "on break"
    LEFT = "left"
    NOT_YET = "not yet"
    LATE = "late"  # should be here and has not come
    ABSENT = "absent"  # the shift is over and nobody came
    EXCUSED = "excused"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Presence:
    """One person's standing. `since` is the last punch, or when the person was due; None for
    neither.
    """

    standing: Standing
    since: Minute | None
    total: DayTotal


def presence(planned: PlannedDay, ordered: Sequence[Stamp], now: Minute) -> Presence:
    """Where a person is, from the punches of the working day in order of time."""
    total = day_total(planned, ordered, now)
    if ordered:
        since = minute_of(ordered[-1].utc)
        if ordered[-1].direction.works:
            return Presence(Standing.IN, since, total)
        if ordered[-1].direction is Direction.BREAK_START:
            return Presence(Standing.BREAK, since, total)
        expected_min = planned.target_min - planned.credited_min
        going_on = (
            now < planned.shifts[-1][1]
            if planned.shifts
            else total.minutes.worked_min < expected_min
        )
        back_soon = going_on and now - since <= _LONGEST_BREAK_MIN
        return Presence(Standing.BREAK if back_soon else Standing.LEFT, since, total)
    if planned.target_min and planned.target_min == planned.credited_min:
        return Presence(Standing.EXCUSED, None, total)
    if not planned.target_min:
        return Presence(Standing.FREE, None, total)
    if not planned.shifts:
        return Presence(Standing.NOT_YET, None, total)
    due = planned.shifts[0][0]
    if now >= planned.shifts[-1][1]:
        return Presence(Standing.ABSENT, due, total)
    late = now - due > planned.schedule.grace_min
    return Presence(Standing.LATE if late else Standing.NOT_YET, due, total)
