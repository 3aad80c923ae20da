"""`export`: the attendance log as a file."""

from datetime import datetime
from pathlib import Path

import click

from facedesk.commands.asked import (
    days,
    department_option,
    find_person,
    first_option,
    last_option,
    person_option,
    target_argument,
    text_stream,
    today,
)
from facedesk.commands.place import Place, pass_place
from facedesk.core.attendance import day_bounds
from facedesk.store.export import export_csv, export_json, export_xlsx


@click.command()
@first_option
@last_option
@click.option("--format", "kind", type=click.Choice(["csv", "json", "xlsx"]), default="csv")
@person_option
@department_option
@target_argument
@pass_place
def export(
    place: Place,
    first: datetime | None,
    last: datetime | None,
    kind: str,
    person_text: str,
    department: str | None,
    target: Path,
) -> None:
    """Write the punches of the days --from to --to into TARGET ('-': standard output).

    Days are working days of the kiosk's zone: a day begins at the hour of the settings. What was
    corrected is written as it stands now; `facedesk correct list` tells what it was.
    """
    if kind == "xlsx" and str(target) == "-":
        raise click.UsageError("--format xlsx needs a TARGET file")
    with place.desk() as desk:
        this_day = today(desk)
        start, end = days(first, last, (this_day, this_day))
        start_utc, _ = day_bounds(start, desk.zone, desk.settings.day_starts_hour)
        _, end_utc = day_bounds(end, desk.zone, desk.settings.day_starts_hour)
        person_id = find_person(desk, person_text).id if person_text else None
        rows = desk.punches.stream(start_utc, end_utc, person_id, department)
        if kind == "xlsx":
            export_xlsx(target, rows, desk.zone)
        else:
            write = export_csv if kind == "csv" else export_json
            write(text_stream() if str(target) == "-" else target, rows, desk.zone)
    if str(target) != "-":
        click.echo(f"{target}: {start} to {end}", err=True)
