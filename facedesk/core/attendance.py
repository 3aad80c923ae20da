"""In or out, once, on the right day: pure rules over punches. Time is an argument.

A working day begins at a fixed hour of local time (04:00, for example) and has 23 or 25 hours when
the clocks change. In and out alternate within it and nothing reaches over its border: yesterday's
forgotten check-out never turns this morning's first punch into an out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Direction, Punch


class ActionKind(StrEnum):
    RECORD = "record"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Action:
    """What to do with a person who stands at the kiosk.

    RECORD: write a punch of `direction`, which was asked for or is the likeliest of `choices`.
    DECLINE: the person is already `direction` since `since_utc`, which is only set here. `reason`
    is one sentence that names nobody. `forgotten` is the last punch of an earlier working day when
    the person was never seen to leave, at the first punch of today.
    """

    kind: ActionKind
    direction: Direction
    since_utc: datetime | None
    reason: str
    choices: tuple[Direction, ...] = ()
    forgotten: Punch | None = None


def zone_info(zone: str) -> ZoneInfo:
    """The zone of an IANA name. Raises BadInputError when there is none of this name."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInputError(
            tr("Unknown time zone"),
            tr("There is no time zone called “{zone}”.", zone=zone),
            tr("Use an IANA name such as Europe/Berlin."),
        ) from error


def working_day(utc: datetime, zone: str, day_starts_hour: int) -> date:
    """The working day that a moment belongs to, named by the local date of its beginning."""
    local = utc.astimezone(zone_info(zone))
    return local.date() - timedelta(days=local.hour < day_starts_hour)


def day_bounds(day: date, zone: str, day_starts_hour: int) -> tuple[datetime, datetime]:
    """(first moment, first moment of the next day) of a working day, in UTC.

    A border in the skipped hour lies at the jump, one in the repeated hour is the first of the two.
    """
    place = zone_info(zone)
    start, end = (
        datetime.combine(which, time(day_starts_hour), place).astimezone(UTC)
        for which in (day, day + timedelta(days=1))
    )
    return start, end


def next_action(
    previous: Sequence[Punch],
    now_utc: datetime,
    zone: str,
    day_of: Callable[[datetime], date],
    cooldown_s: float,
    wanted: Direction | None = None,
) -> Action:
    """What the next sight of a person means, from that person's latest punches in any order.

    `day_of` says which of the person's working days a moment belongs to. `wanted` is what the
    person said it is. Raises BadInputError when that makes no sense: no break begins before work.

    Within `cooldown_s` of a punch, before or after it, nothing is recorded, unless the person asks
    for something that the punch did not say. A punch that lies ahead (somebody set the computer's
    clock back) is otherwise left out of account: it neither locks the person out nor turns in into
    out.
    """
    today = day_of(now_utc)
    past = sorted((punch for punch in previous if punch.utc <= now_utc), key=lambda one: one.utc)
    of_today = [punch for punch in past if day_of(punch.utc) == today]
    standing = of_today[-1] if of_today else None
    choices = _choices(standing)
    if wanted is Direction.IN and Direction.BREAK_END in choices:
        wanted = Direction.BREAK_END  # the words for coming back differ, the meaning does not

    cooldown = timedelta(seconds=cooldown_s)
    near = [punch for punch in previous if abs(now_utc - punch.utc) < cooldown]
    if near and (wanted is None or wanted not in choices):
        standing = max(near, key=lambda punch: punch.utc)
        return _decline(standing, zone)
    if wanted is not None and wanted not in choices:
        if standing is not None and wanted.works is standing.direction.works:
            return _decline(standing, zone)
        raise BadInputError(
            tr("Nothing was recorded"), tr("A break begins while you are in, and ends after it.")
        )

    direction = choices[0] if wanted is None else wanted
    if wanted is not None:
        reason = tr("Chosen by the person.")
    elif standing is None:
        reason = tr("First punch of the working day.")
    else:
        reason = _guessed(standing, zone)
    forgotten = past[-1] if past and standing is None else None
    if forgotten is not None and forgotten.direction is Direction.OUT:
        forgotten = None
    if forgotten is not None:
        reason += " " + tr("The check-out of {day} is missing.", day=day_of(forgotten.utc))
    if len(past) < len(previous):
        ahead = max(punch.utc for punch in previous)
        reason += " " + tr(
            "The computer's clock was set back: a punch at {time} lies ahead.",
            time=f"{ahead.astimezone(zone_info(zone)):%Y-%m-%d %H:%M}",
        )
    return Action(ActionKind.RECORD, direction, None, reason, choices, forgotten)


def presence_s(
    punches: Iterable[Punch], start: datetime, end: datetime, now_utc: datetime
) -> float:
    """Seconds between in and out of ONE person on the working day from `start` to before `end`.

    An in that is still open counts until `now_utc` while the day lasts, and not at all afterwards:
    nobody knows when the person left. Of two ins in a row the first counts; an out without an in is
    left out.
    """
    of_day = sorted(
        (punch for punch in punches if start <= punch.utc < end), key=lambda punch: punch.utc
    )
    total = timedelta()
    since: datetime | None = None
    for punch in of_day:
        if punch.direction.works:
            since = since or punch.utc
        elif since is not None:
            total += punch.utc - since
            since = None
    if since is not None and since <= now_utc < end:
        total += now_utc - since
    return total.total_seconds()


def _choices(standing: Punch | None) -> tuple[Direction, ...]:
    """What a person may do next, the likeliest first, after the newest punch of the day."""
    if standing is None:
        return Direction.IN, Direction.OUT  # an out: who was let in and passed the kiosk by
    match standing.direction:
        case Direction.IN | Direction.BREAK_END:
            return Direction.OUT, Direction.BREAK_START
        case Direction.BREAK_START:
            return Direction.BREAK_END, Direction.OUT
        case Direction.OUT:
            return (Direction.IN,)


def _guessed(standing: Punch, zone: str) -> str:
    at = _local(standing.utc, zone)
    match standing.direction:
        case Direction.IN | Direction.BREAK_END:
            return tr("In since {time}, so this is out.", time=at)
        case Direction.BREAK_START:
            return tr("On break since {time}, so the break ends.", time=at)
        case Direction.OUT:
            return tr("Out since {time}, so this is in.", time=at)


def _decline(standing: Punch, zone: str) -> Action:
    at = _local(standing.utc, zone)
    match standing.direction:
        case Direction.IN | Direction.BREAK_END:
            reason = tr("Already in since {time}.", time=at)
        case Direction.BREAK_START:
            reason = tr("Already on break since {time}.", time=at)
        case Direction.OUT:
            reason = tr("Already out since {time}.", time=at)
    return Action(ActionKind.DECLINE, standing.direction, standing.utc, reason)


def _local(utc: datetime, zone: str) -> str:
    return f"{utc.astimezone(zone_info(zone)):%H:%M}"
