"""What was agreed with a person: when to come, how much to work, what is excused. Pure rules.

Durations are whole minutes, moments whole minutes since 1970 in UTC (`Minute`), so that sums are
exact.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from facedesk.core.attendance import zone_info
from facedesk.core.language import tr
from facedesk.core.patterns import DAY_MIN, FREE, BreakRule, DayPlan, refused, weeks_of

Minute = int  # a moment: minutes since 1970-01-01 00:00 UTC

# How long after the end of a shift that crosses the border its day goes on, and how long before the
# start of one that begins before the border its day has begun; never beyond the middle between two.
_AFTER_SHIFT_MIN = 6 * 60
_BEFORE_SHIFT_MIN = 3 * 60


class Favour(StrEnum):
    """Whom the rounding of a punch favours: an in rounds down for the employee, an out up."""

    NEAREST = "nearest"
    EMPLOYER = "employer"
    EMPLOYEE = "employee"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A weekly pattern and the policy that goes with it.

    `zone` '' is the kiosk's. `rotation_from` lies in the first week of the pattern. Lateness and
    leaving early count beyond `grace_min`, then in full. `holidays` is a country or a region
    ('DE-BY') or ''. Overtime of a day begins after `overtime_day_min` (None: after the day's
    target), of a week after `overtime_week_min` (None: not counted).
    """

    name: str = ""
    pattern: str = ""
    zone: str = ""
    rotation_from: date = date(2024, 1, 1)
    grace_min: int = 0
    rounding_min: int = 0
    favour: Favour = Favour.NEAREST
    breaks: tuple[BreakRule, ...] = ()
    holidays: str = ""
    overtime_day_min: int | None = None
    overtime_week_min: int | None = None

    def plan(self, day: date) -> DayPlan:
        weeks = weeks_of(self.pattern)
        if not weeks:
            return FREE
        monday = day - timedelta(days=day.weekday())
        first_monday = self.rotation_from - timedelta(days=self.rotation_from.weekday())
        return weeks[(monday - first_monday).days // 7 % len(weeks)][day.weekday()]


NO_SCHEDULE = Schedule()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A schedule for one person, for a department, or for everybody (neither given), for a time.

    `last` None: until further notice. `id` is 0 until stored.
    """

    schedule: str
    first: date
    last: date | None = None
    person_id: int | None = None
    department: str = ""
    id: int = 0

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


class AbsenceKind(StrEnum):
    LEAVE = "leave"
    SICK = "sick"
    OTHER = "other"


class DayPart(StrEnum):
    WHOLE = "whole"
    MORNING = "morning"
    AFTERNOON = "afternoon"


@dataclass(frozen=True, slots=True)
class Absence:
    """An excused absence. Half a day is half of its target. `id` is 0 until stored."""

    person_id: int
    kind: AbsenceKind
    first: date
    last: date
    part: DayPart = DayPart.WHOLE
    note: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """What one person is expected to do on one working day, from `start` until just before `end`.

    `shifts` is what remains to be kept after holiday and absence; `credited_min` is the part of
    `target_min` that these excuse.
    """

    day: date
    start: Minute
    end: Minute
    schedule: Schedule
    zone: str
    shifts: tuple[tuple[Minute, Minute], ...]
    target_min: int
    credited_min: int
    holiday: str = ""
    absence: Absence | None = None


HolidayNames = Callable[[str, date], str]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One person's schedules, holidays and absences.

    `assignments` are those that concern the person, each with its schedule; of several that cover
    a day the person's own wins over the department's, that over everybody's, and then the one that
    begins last. `holidays(region, day)` names a public holiday, '' for none.
    """

    zone: str
    day_starts_hour: int
    holidays: HolidayNames
    assignments: tuple[tuple[Assignment, Schedule], ...] = ()
    absences: tuple[Absence, ...] = ()

    def schedule(self, day: date) -> Schedule:
        covering = [entry for entry in self.assignments if entry[0].covers(day)]
        return (
            max(covering, key=lambda entry: _precedence(entry[0]))[1] if covering else NO_SCHEDULE
        )

    def start(self, day: date) -> Minute:
        """When the person's working day begins: at the border, or where a night shift moves it.

        Each day begins after the day before, also where a person moves over half the world between
        them (by less than a day).
        """
        border, yesterday = self._border(day), day - timedelta(days=1)
        ended = max((end for _, end in self._shifts(yesterday)), default=None)
        begins = min((start for start, _ in self._shifts(day)), default=None)
        between = None if ended is None or begins is None else (ended + begins) // 2
        if ended is None or ended <= border:
            early = self._earliest(day)
            return early if between is None or early == border else max(early, between)
        late = ended + _AFTER_SHIFT_MIN
        if between is not None:
            late = min(late, between)
        return min(max(late, self._earliest(day)), self._earliest(day + timedelta(days=1)) - 1)

    def day_of(self, utc: datetime) -> date:
        """The person's working day that a moment belongs to."""
        moment = minute_of(utc)
        day = utc.date() + timedelta(days=2)
        while self.start(day) > moment:
            day -= timedelta(days=1)
        return day

    def _border(self, day: date) -> Minute:
        return _moment(self.day_starts_hour * 60, day, self.schedule(day).zone or self.zone)

    def _earliest(self, day: date) -> Minute:
        """The border, or as long before it as a shift asks that begins before it."""
        border = self._border(day)
        begins = min((start for start, _ in self._shifts(day)), default=border)
        if begins >= border:
            return border
        return max(begins - _BEFORE_SHIFT_MIN, self._border(day - timedelta(days=1)) + 1)

    def _shifts(self, day: date) -> tuple[tuple[Minute, Minute], ...]:
        schedule = self.schedule(day)
        return _moments(schedule.plan(day).shifts, day, schedule.zone or self.zone)

    def planned(self, day: date) -> PlannedDay:
        schedule = self.schedule(day)
        zone = schedule.zone or self.zone
        plan = schedule.plan(day)
        shifts = _moments(plan.shifts, day, zone)
        length_min = sum(end - start for start, end in shifts)
        target_min = (
            length_min - automatic_break_min(schedule.breaks, length_min, _gaps_min(shifts))
            if plan.target_min is None
            else plan.target_min
        )
        holiday = self.holidays(schedule.holidays, day) if schedule.holidays else ""
        absence = next((one for one in self.absences if one.first <= day <= one.last), None)
        credited_min = 0
        if holiday or (absence is not None and absence.part is DayPart.WHOLE):
            shifts, credited_min = (), target_min
        elif absence is not None:
            credited_min = target_min // 2
            kept_min = target_min - credited_min if plan.target_min is None else length_min // 2
            shifts = _kept(shifts, kept_min, absence.part)
        return PlannedDay(
            day, self.start(day), self.start(day + timedelta(days=1)), schedule, zone, shifts,
            target_min, credited_min, holiday, absence,
        )  # fmt: skip


def minute_of(utc: datetime) -> Minute:
    """The whole minute that a moment lies in: seconds are dropped, as on the face of a clock."""
    return int(utc.timestamp() // 60)


def moment_of(minute: Minute) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def automatic_break_min(rules: Sequence[BreakRule], present_min: int, taken_min: int) -> int:
    """What is deducted of `present_min` beyond the breaks taken.

    A deduction never takes the day below the limit that asked for it: 6 h 10 min under a rule of
    30 min after 6 h become 6 h.
    """
    deducted_min = 0
    for rule in sorted(rules, key=lambda one: one.after_min):
        over_min = present_min - deducted_min - rule.after_min
        owed_min = rule.minutes - taken_min - deducted_min
        deducted_min += max(0, min(over_min, owed_min))
    return deducted_min


def checked_schedule(schedule: Schedule) -> Schedule:
    """The schedule, when all of it makes sense. Raises BadInputError."""
    weeks_of(schedule.pattern)
    if schedule.zone:
        zone_info(schedule.zone)
    if schedule.rounding_min not in (0, 5, 6, 10, 15, 30):
        raise refused(tr("Rounding is to 0, 5, 6, 10, 15 or 30 minutes."))
    limits = (schedule.grace_min, schedule.overtime_day_min or 0, schedule.overtime_week_min or 0)
    if min(limits) < 0 or schedule.grace_min >= DAY_MIN:
        raise refused(tr("Grace and overtime limits are durations from 0."))
    if any(rule.after_min < 0 or not 0 < rule.minutes < DAY_MIN for rule in schedule.breaks):
        raise refused(tr("A break is written “6h:30min”: the work after which it is due, and it."))
    return schedule


def _precedence(assignment: Assignment) -> tuple[bool, bool, date, int]:
    return (
        assignment.person_id is not None,
        bool(assignment.department),
        assignment.first,
        assignment.id,
    )


@lru_cache(maxsize=4096)
def _moments(
    shifts: tuple[tuple[int, int], ...], day: date, zone: str
) -> tuple[tuple[Minute, Minute], ...]:
    return tuple((_moment(start, day, zone), _moment(end, day, zone)) for start, end in shifts)


def _moment(minute_of_day: int, day: date, zone: str) -> Minute:
    days, minute = divmod(minute_of_day, DAY_MIN)
    local = datetime.combine(
        day + timedelta(days=days), time(minute // 60, minute % 60), zone_info(zone)
    )
    return minute_of(local.astimezone(UTC))


@lru_cache(maxsize=4096)
def _gaps_min(shifts: Sequence[tuple[Minute, Minute]]) -> int:
    return sum(later[0] - earlier[1] for earlier, later in pairwise(shifts))


def _kept(
    shifts: tuple[tuple[Minute, Minute], ...], kept_min: int, excused: DayPart
) -> tuple[tuple[Minute, Minute], ...]:
    """The last `kept_min` of the shifts when the morning is excused, else the first."""
    if excused is DayPart.MORNING:
        mirrored = tuple((-end, -start) for start, end in reversed(shifts))
        first = _kept(mirrored, kept_min, DayPart.AFTERNOON)
        return tuple((-end, -start) for start, end in reversed(first))
    kept: list[tuple[Minute, Minute]] = []
    for start, end in shifts:
        if kept_min > 0:
            kept.append((start, min(end, start + kept_min)))
        kept_min -= end - start
    return tuple(kept)
