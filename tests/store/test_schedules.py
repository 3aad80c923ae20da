"""Agreements and absences come back as they were written, and what is paid stays as it is."""

from dataclasses import replace
from datetime import date

import pytest

from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.patterns import BreakRule
from facedesk.core.records import Person
from facedesk.core.schedules import (
    Absence,
    AbsenceKind,
    Assignment,
    DayPart,
    Favour,
    Schedule,
)
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.schedules import Schedules

OFFICE = Schedule(
    "Office", "Mon-Thu 09:00-17:30, Fri 6h | Mon-Fri 22:00-06:00", "Europe/Berlin",
    date(2026, 3, 2), 5, 15, Favour.EMPLOYEE, (BreakRule(360, 30), BreakRule(540, 45)), "DE-BY",
    600, 2400,
)  # fmt: skip
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def schedules(database: Database) -> Schedules:
    return Schedules(database)


@pytest.fixture
def ada(database: Database) -> Person:
    return People(database).add(Person(0, "Ada", "E17", "Analysis"))


def close(database: Database, until: date) -> None:
    Corrections(database, lambda _, utc: utc.date()).close(until, Signature("Grace", "paid"))


def test_a_schedule_comes_back_as_written_and_is_replaced_by_name(schedules: Schedules) -> None:
    assert schedules.save(OFFICE) == OFFICE
    plain = Schedule("Plain")
    schedules.save(plain)
    assert schedules.all() == [OFFICE, plain]
    changed = replace(OFFICE, grace_min=0, overtime_day_min=None)
    assert schedules.save(changed) == changed == schedules.get("Office")
    schedules.remove("Plain")
    assert schedules.all() == [changed]


@pytest.mark.parametrize("change", [{"name": ""}, {"pattern": "Mon"}, {"rounding_min": 4}])
def test_a_schedule_that_makes_no_sense_is_not_stored(schedules: Schedules, change: dict) -> None:
    with pytest.raises(BadInputError):
        schedules.save(replace(OFFICE, **change))
    assert schedules.all() == []
    with pytest.raises(BadInputError, match="Unknown schedule"):
        schedules.get("Office")


def test_assignments_begin_end_and_go(schedules: Schedules, ada: Person) -> None:
    schedules.save(OFFICE)
    everybody = schedules.assign(Assignment("Office", JANUARY))
    own = schedules.assign(Assignment("Office", FEBRUARY, None, ada.id))
    department = schedules.assign(Assignment("Office", FEBRUARY, MARCH, department="Analysis"))
    assert schedules.assignments() == [everybody, own, department]
    schedules.end(own.id, MARCH)
    assert schedules.assignments()[1].last == MARCH
    schedules.end(own.id, JANUARY)
    assert schedules.assignments() == [everybody, department]
    with pytest.raises(BadInputError, match="in use"):
        schedules.remove("Office")
    for wrong in (
        Assignment("Office", MARCH, JANUARY),
        Assignment("Nothing", MARCH),
        Assignment("Office", MARCH, None, 99),
    ):
        with pytest.raises(BadInputError):
            schedules.assign(wrong)
    with pytest.raises(BadInputError, match="Unknown assignment"):
        schedules.end(99, MARCH)


def test_absences(schedules: Schedules, ada: Person) -> None:
    leave = schedules.add_absence(
        Absence(ada.id, AbsenceKind.LEAVE, JANUARY, FEBRUARY, note="the sea")
    )
    half = schedules.add_absence(Absence(ada.id, AbsenceKind.OTHER, MARCH, MARCH, DayPart.MORNING))
    assert schedules.absences(JANUARY, MARCH) == [leave, half]
    assert schedules.absences(FEBRUARY, FEBRUARY, ada.id) == [leave]
    assert schedules.absences(FEBRUARY, MARCH, 99) == []
    with pytest.raises(BadInputError, match="already"):
        schedules.add_absence(Absence(ada.id, AbsenceKind.SICK, FEBRUARY, MARCH))
    with pytest.raises(BadInputError, match="order"):
        schedules.add_absence(Absence(ada.id, AbsenceKind.SICK, MARCH, FEBRUARY))
    with pytest.raises(BadInputError, match="Unknown person"):
        schedules.add_absence(Absence(99, AbsenceKind.SICK, MARCH, MARCH))
    schedules.remove_absence(leave.id)
    assert schedules.absences(JANUARY, MARCH) == [half]
    with pytest.raises(BadInputError, match="Unknown absence"):
        schedules.remove_absence(leave.id)


def test_what_is_paid_stays_as_it_was(
    schedules: Schedules, database: Database, ada: Person
) -> None:
    schedules.save(OFFICE)
    assignment = schedules.assign(Assignment("Office", JANUARY))
    sick = schedules.add_absence(Absence(ada.id, AbsenceKind.SICK, JANUARY, JANUARY))
    close(database, FEBRUARY)
    for attempt in (
        lambda: schedules.save(replace(OFFICE, grace_min=0)),
        lambda: schedules.assign(Assignment("Office", FEBRUARY, None, ada.id)),
        lambda: schedules.end(assignment.id, JANUARY),
        lambda: schedules.end(assignment.id, date(2025, 1, 1)),
        lambda: schedules.remove_absence(sick.id),
        lambda: schedules.add_absence(Absence(ada.id, AbsenceKind.SICK, FEBRUARY, MARCH)),
    ):
        with pytest.raises(BadInputError, match="closed"):
            attempt()
    schedules.end(assignment.id, FEBRUARY)
    schedules.save(replace(OFFICE, name="Office from March"))
    schedules.assign(Assignment("Office from March", MARCH))


def test_removing_a_person_erases_absences_and_agreements(
    schedules: Schedules, database: Database, ada: Person
) -> None:
    schedules.save(OFFICE)
    schedules.assign(Assignment("Office", JANUARY, None, ada.id))
    schedules.add_absence(Absence(ada.id, AbsenceKind.SICK, JANUARY, JANUARY))
    People(database).remove(ada.id)
    assert schedules.assignments() == schedules.absences(JANUARY, MARCH) == []
    with pytest.raises(BadInputError):
        schedules.add_absence(Absence(ada.id, AbsenceKind.SICK, JANUARY, JANUARY))
