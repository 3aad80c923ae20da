"""`export`: the attendance log as a file, absences as a calendar, or what a profile asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO

import click

from facedesk.commands.asked import (
    days,
    department_option,
    find_person,
    first_option,
    format_of,
    last_option,
    person_option,
    target_argument,
    text_stream,
    today,
)
from facedesk.commands.place import Place, pass_place
from facedesk.commands.profile import profiles_of
from facedesk.core.attendance import day_bounds
from facedesk.core.audit import Act
from facedesk.engine.desk import Desk
from facedesk.engine.reports import Grouping, person_table
from facedesk.store import audit
from facedesk.store.calendar_file import write_calendar
from facedesk.store.export import WRITERS, log_table
from facedesk.store.profiles import Profile, Rows, write_profile
from facedesk.store.punches import LogRow
from facedesk.store.tables import Table

_KINDS = (*WRITERS, "ics")


@dataclass(frozen=True, slots=True)
class _Asked:
    first: date
    last: date
    person_id: int | None
    department: str | None


@click.command()
@first_option
@last_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(_KINDS),
    help="Default: as TARGET ends, else csv. ics: the absences of these days, as a calendar.",
)
@click.option("--profile", "profile_name", default="", metavar="NAME",
              help="Columns of an export profile: `facedesk profile list`.")  # fmt: skip
@click.option("--with-kind", is_flag=True, help="With ics: say whether it is leave or illness.")
@person_option
@department_option
@target_argument
@pass_place
def export(
    place: Place,
    first: datetime | None,
    last: datetime | None,
    kind: str | None,
    profile_name: str,
    with_kind: bool,
    person_text: str,
    department: str | None,
    target: Path,
) -> None:
    """Write the punches of the days --from to --to into TARGET ('-': standard output).

    Days are working days of the kiosk's zone: a day begins at the hour of the settings. What was
    corrected is written as it stands now; `facedesk correct list` tells what it was.
    """
    kind = "csv" if profile_name else format_of(kind, target, _KINDS)
    if kind == "xlsx" and str(target) == "-":
        raise click.UsageError("--format xlsx needs a TARGET file.")
    profile = profiles_of(place).get(profile_name) if profile_name else None
    out = text_stream() if str(target) == "-" else target
    with place.desk() as desk:
        this_day = today(desk)
        start, end = days(first, last, (this_day, this_day))
        person_id = find_person(desk, person_text).id if person_text else None
        asked = _Asked(start, end, person_id, department)
        if profile is not None:
            write_profile(out, _table_for(desk, profile, asked), profile)
        elif kind == "ics":
            _write_absences(desk, asked, out, with_kind)
        else:
            WRITERS[kind](out, _log(desk, asked), desk.zone)
        audit.note(
            desk.database, Act.DATA_EXPORTED, after={"days": f"{start} - {end}", "kind": kind}
        )
    if str(target) != "-":
        click.echo(f"{target}: {start} to {end}", err=True)


def _log(desk: Desk, asked: _Asked) -> Iterator[LogRow]:
    hour = desk.settings.day_starts_hour
    start_utc, _ = day_bounds(asked.first, desk.zone, hour)
    _, end_utc = day_bounds(asked.last, desk.zone, hour)
    return desk.punches.stream(start_utc, end_utc, asked.person_id, asked.department)


def _table_for(desk: Desk, profile: Profile, asked: _Asked) -> Table:
    if profile.rows is Rows.PUNCHES:
        return log_table(_log(desk, asked), desk.zone)
    sheets = desk.timesheets.sheets(
        asked.first,
        asked.last,
        person_ids=None if asked.person_id is None else [asked.person_id],
        department=asked.department,
    )
    return person_table(profile.name, sheets, Grouping(profile.rows))


def _write_absences(desk: Desk, asked: _Asked, out: Path | IO[str], with_kind: bool) -> None:
    people = {
        person.id: person.name
        for person in desk.people.list()
        if asked.department is None or person.department == asked.department
    }
    found = desk.schedules.absences(asked.first, asked.last, asked.person_id)
    concerned = [absence for absence in found if absence.person_id in people]
    write_calendar(out, concerned, people, desk.clock.utc(), with_kind=with_kind)
