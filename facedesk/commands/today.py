"""`today`: where everybody is now."""

from collections import Counter

import click
from rich.table import Table

from facedesk.commands.asked import department_option, print_table
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.attendance import zone_info
from facedesk.core.schedules import Minute, moment_of
from facedesk.store.times import to_text


@click.command()
@department_option
@json_option
@pass_place
def today(place: Place, department: str | None, as_json: bool) -> None:
    """Who is in, on break, left, late, absent, excused, or not yet here."""
    with place.desk() as desk:
        board = desk.timesheets.board(department)
        zone = zone_info(desk.zone)
    if as_json:
        echo_json(
            [
                {
                    "person_id": person.id,
                    "name": person.name,
                    "department": person.department,
                    "standing": found.standing,
                    "since_utc": None if found.since is None else to_text(moment_of(found.since)),
                    "worked_min": found.total.minutes.worked_min,
                    "late_min": found.total.minutes.late_min,
                }
                for person, found in board
            ]
        )
        return

    if not board:
        click.echo("Nobody is enrolled yet." if department is None else "Nobody is in it.")
        return

    def clock(minute: Minute | None) -> str:
        return "" if minute is None else f"{moment_of(minute).astimezone(zone):%H:%M}"

    table = Table("Name", "Department", "Standing", "Since", "Worked", "Late", box=None)
    for person, found in board:
        minutes = found.total.minutes
        table.add_row(
            person.name, person.department, found.standing, clock(found.since),
            f"{minutes.worked_min // 60}:{minutes.worked_min % 60:02d}",
            f"{minutes.late_min} min" if minutes.late_min else "",
        )  # fmt: skip
    print_table(table)
    counts = Counter(found.standing for _, found in board)
    click.echo(", ".join(f"{number} {standing}" for standing, number in counts.most_common()))
