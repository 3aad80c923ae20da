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

    RECORD: write a punch of `direction`. DECLINE: the person is already `direction` since
    `since_utc`, which is only set here. `reason` is one sentence that names nobody.
    """

    kind: ActionKind
    direction: Direction
    since_utc: datetime | None
    reason: str


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
) -> Action:
    """What the next sight of a person means, from that person's latest punches in any order.

    `day_of` says which of the person's working days a moment belongs to.

    Within `cooldown_s` of a punch, before or after it, nothing is recorded. A punch that lies ahead
    (somebody set the computer's clock back) is otherwise left out of account: it neither locks the
    person out nor turns in into out.
    """
    cooldown = timedelta(seconds=cooldown_s)
    near = [punch for punch in previous if abs(now_utc - punch.utc) < cooldown]
    if near:
        standing = max(near, key=lambda punch: punch.utc)
        return Action(
            ActionKind.DECLINE, standing.direction, standing.utc, _already(standing, zone)
        )

    today = day_of(now_utc)
    past = sorted((punch for punch in previous if punch.utc <= now_utc), key=lambda one: one.utc)
    of_today = [punch for punch in past if day_of(punch.utc) == today]
    if of_today and of_today[-1].direction is Direction.IN:
        direction = Direction.OUT
        reason = tr("In since {time}, so this is out.", time=_local(of_today[-1].utc, zone))
    elif of_today:
        direction = Direction.IN
        reason = tr("Out since {time}, so this is in.", time=_local(of_today[-1].utc, zone))
    else:
        direction = Direction.IN
        reason = tr("First punch of the working day.")
        if past and past[-1].direction is Direction.IN:
            reason += " " + tr("The check-out of {day} is missing.", day=day_of(past[-1].utc))
    if len(past) < len(previous):
        ahead = max(punch.utc for punch in previous)
        reason += " " + tr(
            "The computer's clock was set back: a punch at {time} lies ahead.",
            time=f"{ahead.astimezone(zone_info(zone)):%Y-%m-%d %H:%M}",
        )
    return Action(ActionKind.RECORD, direction, None, reason)


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
        if punch.direction is Direction.IN:
            since = since or punch.utc
        elif since is not None:
            total += punch.utc - since
            since = None
    if since is not None and since <= now_utc < end:
        total += now_utc - since
    return total.total_seconds()


def _already(punch: Punch, zone: str) -> str:
    at = _local(punch.utc, zone)
    if punch.direction is Direction.IN:
        return tr("Already in since {time}.", time=at)
    return tr("Already out since {time}.", time=at)


def _local(utc: datetime, zone: str) -> str:
    return f"{utc.astimezone(zone_info(zone)):%H:%M}"
