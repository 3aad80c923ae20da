"""Hours of people and periods: the log, the agreements and the holidays brought together."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from facedesk.core.clock import Clock
from facedesk.core.records import Person
from facedesk.core.schedules import Assignment, Calendar, PlannedDay, Schedule, moment_of
from facedesk.core.totals import DayTotal, Flag, Minutes, Stamp, day_totals, summed, week_start
from facedesk.engine.public_holidays import holiday_name
from facedesk.store.people import People
from facedesk.store.punches import Asked, Punches
from facedesk.store.schedules import Schedules

# A person's day may begin and end this far from the same day in the kiosk's zone.
_ZONES_APART = timedelta(days=2)


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
        return self.calendar(self.people.get(person_id), utc.date(), utc.date()).day_of(utc)

    def calendar(self, person: Person, first: date, last: date) -> Calendar:
        return next(self._calendars([person], first, last))[1]

    def planned(self, person: Person, utc: datetime) -> PlannedDay:
        """The person's working day that a moment belongs to, as it was agreed."""
        calendar = self.calendar(person, utc.date() - _ZONES_APART, utc.date() + _ZONES_APART)
        return calendar.planned(calendar.day_of(utc))

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
