"""`import`: punches of a file, added to the log as corrections."""

from pathlib import Path

import click

from facedesk.commands.asked import signed
from facedesk.commands.place import Place, pass_place
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.engine.punch_import import PunchImport
from facedesk.store.import_file import read_rows


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@signed
@pass_place
def import_(place: Place, file: Path, dry_run: bool, signature: Signature) -> None:
    """Add the punches of FILE (CSV or JSON, as `facedesk export` writes them).

    What the log has already is left out. Each is added as by hand, with who and why. People are
    found by staff_number, else by name. One bad row, and nothing is added.
    """
    with place.desk() as desk:
        report = PunchImport(desk.database, desk.people, desk.punches, desk.corrections).run(
            read_rows(file), desk.zone, signature, dry_run=dry_run
        )
    if report.problems:
        raise BadInputError("Nothing was imported", "; ".join(report.problems))
    would = "Would add" if dry_run else "Added"
    click.echo(f"{would} {report.added} punches; {report.known} are in the log already")
