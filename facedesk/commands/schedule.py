"""`schedule` and `absence`: what was agreed with people, and when they are excused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import click
from rich.table import Table

from facedesk.commands.asked import DAY, days, find_person, one_of, print_table, today
from facedesk.commands.place import Place, pass_place
from facedesk.core.errors import BadInputError
from facedesk.core.patterns import breaks_of, breaks_text, minutes_of
from facedesk.core.schedules import (
    Absence,
    AbsenceKind,
    Assignment,
    DayPart,
    Favour,
    Schedule,
)
from facedesk.engine.public_holidays import holiday_name


@click.group()
def schedule() -> None:
    """Working times that were agreed, and who has them."""


@schedule.command("set")
@click.argument("name")
@click.argument("pattern")
@click.option("--zone", default="", help="IANA zone, when it is not the kiosk's.")
@click.option("--rotation-from", type=DAY, help="A day of the pattern's first week.")
@click.option("--grace", default="0min", show_default=True, help="Later than this is late.")
@click.option("--round", "rounding_min", type=click.Choice(["0", "5", "6", "10", "15", "30"]),
              default="0", show_default=True, help="Minutes of the grid.")  # fmt: skip
@click.option("--favour", type=one_of(Favour), default=Favour.NEAREST.value, show_default=True)
@click.option("--breaks", default="", help='Due breaks, such as "6h:30min, 9h:45min".')
@click.option("--holidays", default="", help="Country or region: DE, DE-BY, US-CA.")
@click.option("--overtime-day", help="Overtime begins after this (default: the day's target).")
@click.option("--overtime-week", help="Overtime of the week begins after this (default: none).")
@pass_place
def set_(
    place: Place,
    name: str,
    pattern: str,
    zone: str,
    rotation_from: datetime | None,
    grace: str,
    rounding_min: str,
    favour: str,
    breaks: str,
    holidays: str,
    overtime_day: str | None,
    overtime_week: str | None,
) -> None:
    """Store a schedule. PATTERN is what one would write on the wall:

    \b
    "Mon-Fri 09:00-17:30"                   fixed
    "Mon-Thu 8h, Fri 6h"                    flexible
    "Mon-Fri 8h core 10:00-15:00"           flexible with core hours
    "Mon-Fri 08:00-12:00+14:00-18:00"       two shifts a day
    "Mon-Fri 22:00-06:00"                   overnight
    "Mon-Fri 06:00-14:00 | Mon-Fri 14:00-22:00"   rotating weeks
    """
    made = Schedule(
        name,
        pattern,
        zone,
        grace_min=minutes_of(grace),
        rounding_min=int(rounding_min),
        favour=Favour(favour),
        breaks=breaks_of(breaks),
        holidays=holidays,
        overtime_day_min=minutes_of(overtime_day) if overtime_day else None,
        overtime_week_min=minutes_of(overtime_week) if overtime_week else None,
    )
    if rotation_from is not None:
        made = replace(made, rotation_from=rotation_from.date())
    with place.desk() as desk:
        if holidays:
            holiday_name(holidays, today(desk))  # told now, not with the first report
        stored = desk.schedules.save(made)
    click.echo(f"Saved {stored.name}")


@schedule.command("list")
@pass_place
def list_(place: Place) -> None:
    """All schedules and who has them."""
    with place.desk() as desk:
        schedules, assignments = desk.schedules.all(), desk.schedules.assignments()
        names = {person.id: person.name for person in desk.people.list()}
    table = Table("Schedule", "Pattern", "Breaks", "Holidays", box=None)
    for one in schedules:
        table.add_row(one.name, one.pattern, breaks_text(one.breaks), one.holidays)
    given = Table("Number", "Schedule", "For", "From", "To", box=None)
    for assignment in assignments:
        given.add_row(
            str(assignment.id), assignment.schedule, _whom(assignment, names),
            str(assignment.first), "" if assignment.last is None else str(assignment.last),
        )  # fmt: skip
    print_table(table)
    print_table(given)


@schedule.command()
@click.argument("name")
@pass_place
def remove(place: Place, name: str) -> None:
    """Remove a schedule that nobody has or had."""
    with place.desk() as desk:
        desk.schedules.remove(name)
    click.echo(f"Removed {name}")


@schedule.command()
@click.argument("name")
@click.option("--person", default="", help="Id, staff number or whole name.")
@click.option("--department", default="")
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--to", "last", type=DAY, help="Last day (default: until further notice).")
@pass_place
def assign(
    place: Place, name: str, person: str, department: str, first: datetime, last: datetime | None
) -> None:
    """Give a schedule to a person, a department or, with neither, to everybody.

    A person's own schedule wins over the department's, and that over everybody's.
    """
    if person and department:
        raise click.UsageError("Give --person or --department, not both.")
    with place.desk() as desk:
        stored = desk.schedules.assign(
            Assignment(
                name,
                first.date(),
                last.date() if last else None,
                find_person(desk, person).id if person else None,
                department,
            )
        )
        people = desk.people.list()
    departments = {one.department for one in people if one.department}
    if department and department not in departments:
        there_are = f" There are: {', '.join(sorted(departments))}." if departments else ""
        click.echo(f"Nobody is in the department “{department}” yet.{there_are}", err=True)
    whom = _whom(stored, {one.id: one.name for one in people})
    until = f"to {stored.last}" if stored.last else "until further notice"
    click.echo(f"{name} for {whom} from {stored.first} {until} (assignment {stored.id})")


def _whom(assignment: Assignment, names: Mapping[int, str]) -> str:
    if assignment.person_id is not None:
        return names[assignment.person_id]
    return assignment.department or "everybody"


@schedule.command()
@click.argument("assignment", type=int)
@click.option("--to", "last", type=DAY, help="Its last day (default: it is removed).")
@pass_place
def end(place: Place, assignment: int, last: datetime | None) -> None:
    """End an assignment, by the number that `list` shows."""
    with place.desk() as desk:
        found = [one for one in desk.schedules.assignments() if one.id == assignment]
        if not found:
            raise BadInputError("Unknown assignment", f"There is no assignment {assignment}.")
        before = found[0].first - timedelta(days=1)
        desk.schedules.end(assignment, last.date() if last else before)
    click.echo(f"Ended assignment {assignment}")


@click.group()
def absence() -> None:
    """Leave, illness and other excused absences."""


@absence.command("add")
@click.option("--person", required=True, help="Id, staff number or whole name.")
@click.option("--kind", type=one_of(AbsenceKind), required=True)
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--to", "last", type=DAY, help="Last day (default: the first).")
@click.option("--part", type=one_of(DayPart), default=DayPart.WHOLE.value, show_default=True)
@click.option("--note", default="")
@pass_place
def add_absence(
    place: Place,
    person: str,
    kind: str,
    first: datetime,
    last: datetime | None,
    part: str,
    note: str,
) -> None:
    """Excuse a person for some days, or for the mornings or afternoons of them."""
    with place.desk() as desk:
        who = find_person(desk, person)
        stored = desk.schedules.add_absence(
            Absence(
                who.id, AbsenceKind(kind), first.date(), (last or first).date(), DayPart(part), note
            )
        )
    click.echo(f"{who.name}, {stored.kind}, {stored.first} to {stored.last} (absence {stored.id})")


@absence.command("list")
@click.option("--from", "first", type=DAY, help="First day (default: this year's first).")
@click.option("--to", "last", type=DAY, help="Last day (default: this year's last).")
@click.option("--person", default="", help="Id, staff number or whole name.")
@pass_place
def list_absences(place: Place, first: datetime | None, last: datetime | None, person: str) -> None:
    """Absences of some days."""
    with place.desk() as desk:
        year = today(desk)
        start, until = days(
            first, last, (year.replace(month=1, day=1), year.replace(month=12, day=31))
        )
        person_id = find_person(desk, person).id if person else None
        found = desk.schedules.absences(start, until, person_id)
        names = {one.id: one.name for one in desk.people.list()}
    table = Table("Number", "Person", "Kind", "From", "To", "Part", "Note", box=None)
    for one in found:
        table.add_row(
            str(one.id), names[one.person_id], one.kind, str(one.first), str(one.last), one.part,
            one.note,
        )  # fmt: skip
    print_table(table)


@absence.command("remove")
@click.argument("number", type=int)
@pass_place
def remove_absence(place: Place, number: int) -> None:
    """Take an absence back, by the number that `list` shows."""
    with place.desk() as desk:
        desk.schedules.remove_absence(number)
    click.echo(f"Removed absence {number}")
