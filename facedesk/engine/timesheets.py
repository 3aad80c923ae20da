"""Hours of people and periods: the log, the agreements and the holidays brought together."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from facedesk.core.board import Presence, presence
from facedesk.core.clock import Clock
from facedesk.core.records import Person
from facedesk.core.schedules import Assignment, Calendar, Schedule, minute_of, moment_of
from facedesk.core.totals import DayTotal, Flag, Minutes, Stamp, day_totals, summed, week_start
from facedesk.engine.public_holidays import holiday_name
from facedesk.store.people import People
from facedesk.store.punches import Asked, Punches
from facedesk.store.schedules import Schedules

_LONGEST_DAY = timedelta(hours=49)  # of 25 hours, with borders that shifts and zones moved apart


@dataclass(frozen=True, slots=True)
class Sheet:
    """One person's days of a period, in order, and their sum."""

    person: Person
    days: tuple[DayTotal, ...]

    @property
    def total(self) -> Minutes:
        return summed(day.minutes for day in self.days)

    def count(self, flag: Flag) -> int:
        """On how many days something is flagged."""
        return sum(flag in day.flags for day in self.days)


@dataclass(frozen=True, slots=True)
class Timesheets:
    """Everything that hours depend on. Usable from any thread; reads the database at each call."""

    people: People
    punches: Punches
    schedules: Schedules
    clock: Clock
    zone: Callable[[], str]
    day_starts_hour: Callable[[], int]

    def day_of(self, person_id: int, utc: datetime) -> date:
        """The working day of a person that a moment belongs to."""
        return self.calendar(self.people.get(person_id), utc).day_of(utc)

    def calendar(self, person: Person, utc: datetime) -> Calendar:
        """The person's agreements, for the days around a moment."""
        around = (utc - _LONGEST_DAY).date(), (utc + _LONGEST_DAY).date()
        return next(self._calendars([person], *around))[1]

    def board(self, department: str | None = None) -> list[tuple[Person, Presence]]:
        """Where the active people are now, in order of name."""
        now_utc = self.clock.utc()
        since_utc = now_utc - _LONGEST_DAY
        people = [
            person
            for person in self.people.list(active_only=True)
            if department is None or person.department == department
        ]
        stamps = defaultdict(list)
        # Of this very moment too; not those ahead of a clock that was set back.
        until_utc = now_utc + timedelta(seconds=1)
        for stamp in self.punches.stamps(Asked(since_utc, until_utc, department=department)):
            stamps[stamp.person_id].append(stamp)
        found = []
        now = minute_of(now_utc)
        for person, calendar in self._calendars(people, since_utc.date(), now_utc.date()):
            planned = calendar.planned(calendar.day_of(now_utc))
            of_day = [one for one in stamps[person.id] if minute_of(one.utc) >= planned.start]
            of_day.sort(key=lambda stamp: (stamp.utc, stamp.id))
            found.append((person, presence(planned, of_day, now)))
        return found

    def sheets(
        self,
        first: date,
        last: date,
        *,
        person_ids: Collection[int] | None = None,
        department: str | None = None,
    ) -> list[Sheet]:
        """The people, in order of name, with their days `first` to `last`.

        People who are not active any more are listed when they have punches in the period.
        """
        people = [
            person
            for person in self.people.list()
            if (person_ids is None or person.id in person_ids)
            and (department is None or person.department == department)
        ]
        calendars = list(self._calendars(people, week_start(first), last))
        stamps = self._stamps(calendars, week_start(first), last, department)
        now_utc = self.clock.utc()
        return [
            Sheet(person, tuple(day_totals(first, last, stamps[person.id], calendar, now_utc)))
            for person, calendar in calendars
            if person.active or stamps[person.id]
        ]

    def _calendars(
        self, people: Iterable[Person], first: date, last: date
    ) -> Iterator[tuple[Person, Calendar]]:
        schedules = {schedule.name: schedule for schedule in self.schedules.all()}
        assigned = [(one, schedules[one.schedule]) for one in self.schedules.assignments()]
        absences = defaultdict(list)
        for absence in self.schedules.absences(first, last):
            absences[absence.person_id].append(absence)
        for person in people:
            yield (
                person,
                Calendar(
                    self.zone(),
                    self.day_starts_hour(),
                    holiday_name,
                    tuple(entry for entry in assigned if _concerns(entry, person)),
                    tuple(absences[person.id]),
                ),
            )

    def _stamps(
        self,
        calendars: Collection[tuple[Person, Calendar]],
        first: date,
        last: date,
        department: str | None,
    ) -> dict[int, list[Stamp]]:
        found: dict[int, list[Stamp]] = defaultdict(list)
        if not calendars:
            return found
        starts = [calendar.start(first) for _, calendar in calendars]
        ends = [calendar.start(last + timedelta(days=1)) for _, calendar in calendars]
        person_id = next(iter(calendars))[0].id if len(calendars) == 1 else None
        asked = Asked(moment_of(min(starts)), moment_of(max(ends)), person_id, department)
        for stamp in self.punches.stamps(asked):
            found[stamp.person_id].append(stamp)
        return found


def _concerns(entry: tuple[Assignment, Schedule], person: Person) -> bool:
    assignment = entry[0]
    if assignment.person_id is not None:
        return assignment.person_id == person.id
    return not assignment.department or assignment.department == person.department
