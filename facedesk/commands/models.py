"""`models`: what is installed, whether it is whole, and how more gets here."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import Place, echo_json, pass_place
from facedesk.paths import model_dirs, resources_dir
from facedesk.vision.catalog import Catalogue


def _catalogue(place: Place) -> Catalogue:
    return Catalogue(model_dirs(place.paths()), resources_dir() / "catalogue")


@click.group()
def models() -> None:
    """Detectors and embedders: ONNX files with a card each."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of cards.")
@pass_place
def list_models(place: Place, as_json: bool) -> None:
    """List installed models; the first of each task is used unless the settings name another."""
    catalogue = _catalogue(place)
    found = catalogue.models()
    if as_json:
        echo_json([entry.card.as_json() | {"path": str(entry.path)} for entry in found])
        return
    table = Table("Task", "Name", "Size", "Licence", "File", box=None, header_style="bold")
    for entry in found:
        table.add_row(
            entry.card.task, entry.card.name, f"{entry.card.size / 1e6:.1f} MB",
            entry.card.licence, str(entry.path),
        )  # fmt: skip
    print_table(table)
    if not found:
        click.echo("No models are installed. Install one with: facedesk models install FILE-or-URL")


@models.command()
@pass_place
def verify(place: Place) -> None:
    """Compare every model file with its card. Exit code 1 when one is not whole."""
    bad = False
    for path, trouble in _catalogue(place).verify():
        click.echo(f"{'BAD ' if trouble else 'ok  '} {path}{': ' + trouble if trouble else ''}")
        bad |= bool(trouble)
    if bad:
        raise SystemExit(1)


@models.command()
@click.argument("file_or_url")
@click.option(
    "--card",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON card of a model that is not in the catalogue.",
)
@pass_place
def install(place: Place, file_or_url: str, card: Path | None) -> None:
    """Install a model from a file or an https address into the data folder."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("Installing", total=None)

        def report(done_bytes: int, total_bytes: int) -> None:
            bar.update(task, completed=done_bytes, total=total_bytes or None)

        installed = _catalogue(place).install(
            file_or_url, place.paths().models, card=card, progress=report
        )
    click.echo(f"Installed {installed.card.name} ({installed.card.task}): {installed.path}")
