"""`profile`: which columns an export has, saved by name."""

from pathlib import Path

import click
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import Place, pass_place
from facedesk.core.errors import BadInputError
from facedesk.paths import resources_dir
from facedesk.store.profiles import Profiles, as_json


def profiles_of(place: Place) -> Profiles:
    return Profiles(resources_dir() / "profiles", place.paths().profiles)


@click.group()
def profile() -> None:
    """Export profiles: columns, order and notation, for payroll programs and others.

    `facedesk export --profile NAME` uses one.
    """


@profile.command("list")
@pass_place
def list_(place: Place) -> None:
    """All profiles, and which of their options still need a value."""
    table = Table("Name", "Rows", "About", "Needs", box=None)
    for one in profiles_of(place).all():
        needs = ", ".join(name for name, value in one.options if not value)
        table.add_row(one.name, one.rows, one.about, needs)
    print_table(table)


@profile.command()
@click.argument("name")
@pass_place
def show(place: Place, name: str) -> None:
    """Print a profile, to change it and `save` it under another name."""
    click.echo(as_json(profiles_of(place).get(name)), nl=False)


@profile.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_place
def save(place: Place, file: Path) -> None:
    """Check a profile and keep it under its name."""
    profiles = profiles_of(place)
    found = profiles.read(file)
    profiles.save(found)
    click.echo(f"Saved {found.name}")


@profile.command("set")
@click.argument("name")
@click.argument("options", nargs=-1, required=True, metavar="OPTION=VALUE...")
@pass_place
def set_(place: Place, name: str, options: tuple[str, ...]) -> None:
    """Give options of a profile their values, such as your client number."""
    profiles = profiles_of(place)
    pairs = [option.partition("=") for option in options]
    if not all(separator for _, separator, _ in pairs):
        raise BadInputError("Option not understood", "Write options as NAME=VALUE.")
    changed = profiles.get(name).with_options({key: value for key, _, value in pairs})
    profiles.save(changed)
    click.echo(f"Saved {changed.name}")


@profile.command()
@click.argument("name")
@pass_place
def remove(place: Place, name: str) -> None:
    """Remove one of your own profiles; a shipped one of the same name comes back."""
    profiles_of(place).remove(name)
    click.echo(f"Removed {name}")
