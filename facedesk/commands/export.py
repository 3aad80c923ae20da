"""`export`: the attendance log as a file."""

import sys
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

import click

from facedesk.commands.place import Place, pass_place
from facedesk.core.attendance import day_bounds, working_day
from facedesk.core.errors import BadInputError
from facedesk.store.export import export_csv, export_json

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=_DAY, help="First day (default: today).")
@click.option("--to", "last", type=_DAY, help="Last day, included (default: the first day).")
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv")
@click.option("--person", "person_id", type=int, help="Only this person's id.")
@click.argument("target", type=click.Path(path_type=Path), default="-")
@pass_place
def export(
    place: Place,
    first: datetime | None,
    last: datetime | None,
    kind: str,
    person_id: int | None,
    target: Path,
) -> None:
    """Write the punches of the days --from to --to into TARGET ('-': standard output).

    Days are working days of the kiosk's zone: an overnight shift belongs to the day it began.
    """
    with place.desk() as desk:
        today = working_day(desk.clock.utc(), desk.zone, desk.settings.day_starts_hour)
        start = first.date() if first else today
        end = last.date() if last else start
        if end < start:
            raise BadInputError("No days to export", f"--to {end} lies before --from {start}.")
        hour = desk.settings.day_starts_hour
        start_utc, _ = day_bounds(start, desk.zone, hour)
        _, end_utc = day_bounds(end, desk.zone, hour)
        rows = desk.punches.log(start_utc, end_utc, person_id)
        write = export_csv if kind == "csv" else export_json
        if str(target) == "-":
            if isinstance(sys.stdout, TextIOWrapper):  # not with a console's own line ends
                sys.stdout.reconfigure(newline="")
            write(sys.stdout, rows, desk.zone)
        else:
            write(target, rows, desk.zone)
            click.echo(f"{target}: {start} to {end}", err=True)
