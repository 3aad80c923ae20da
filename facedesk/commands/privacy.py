"""`privacy`: what is due to be erased, erasing it, and a person's own data to hand out."""

from pathlib import Path

import click
from rich.table import Table

from facedesk.commands.asked import find_person, print_table, worker
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.retention import Due
from facedesk.engine.daily_care import limits_of
from facedesk.engine.subject_access import write_subject_access
from facedesk.store.retention import Retention


@click.group()
def privacy() -> None:
    """Keep data no longer than it is needed, and give people what is theirs.

    How long each kind is kept is set under Privacy in the settings.
    """


@privacy.command()
@json_option
@pass_place
def due(place: Place, as_json: bool) -> None:
    """What `privacy erase` would erase; nothing is changed."""
    with place.desk() as desk:
        found = Retention(desk.database).due(limits_of(desk.settings))
    _print(found, as_json, "Nothing is due.")


@privacy.command()
@json_option
@click.confirmation_option(prompt="This erases what is due, for good. Go on?")
@pass_place
def erase(place: Place, as_json: bool) -> None:
    """Erase what is due from the database and its write-ahead log. Backups are not touched."""
    with place.desk() as desk:
        found = Retention(desk.database).erase(limits_of(desk.settings), worker())
    _print(found, as_json, "Nothing was due.")


@privacy.command()
@click.argument("person")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@pass_place
def export(place: Place, person: str, target: Path) -> None:
    """Write everything about PERSON (id, staff number or name) to the ZIP file TARGET."""
    with place.desk() as desk:
        rows = write_subject_access(desk.database, find_person(desk, person).id, desk.zone, target)
    click.echo(f"Wrote {rows} rows to {target}")


def _print(found: list[Due], as_json: bool, nothing: str) -> None:
    if as_json:
        echo_json(
            [
                {
                    "kind": one.kind,
                    "count": one.count,
                    "before_utc": one.before_utc.isoformat(),
                    "people": list(one.people),
                }
                for one in found
            ]
        )
        return
    if not found:
        click.echo(nothing)
        return
    table = Table("What", "How many", "Older than", box=None)
    for one in found:
        table.add_row(one.kind, str(one.count), f"{one.before_utc:%Y-%m-%d}")
    print_table(table)
