"""`db`: the database's health, backups and keys."""

from pathlib import Path

import click
from rich.table import Table

from facedesk.commands.asked import one_of, print_table
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.audit import Act
from facedesk.core.clock import SystemClock
from facedesk.core.errors import StoreError
from facedesk.store import audit, backups, rotation
from facedesk.store.backups import Preview
from facedesk.store.lock import InstanceLock
from facedesk.store.salvage import salvage as salvage_file
from facedesk.store.wraps import KeyKind

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def db() -> None:
    """Check, back up, restore and re-key the database."""


@db.command()
@json_option
@pass_place
def check(place: Place, as_json: bool) -> None:
    """Read all of the database: is it whole, and is it as FaceDesk wrote it? Exit code 1 if not."""
    with place.database() as database:
        _tell_problems(database.check(), as_json)


@db.command()
@json_option
@pass_place
def verify(place: Place, as_json: bool) -> None:
    """Find what was changed, removed, inserted or reordered outside FaceDesk. Exit code 1 then.

    The log's hash chains and signed heads, every sealed value, and the digests of all tables.
    """
    with place.database() as database:
        _tell_problems(database.tampering(), as_json)


@db.command()
@click.argument("target", type=click.Path(path_type=Path), required=False)
@pass_place
def backup(place: Place, target: Path | None) -> None:
    """Make a checked copy, while FaceDesk may go on: TARGET is a file or a folder.

    Without TARGET it goes where scheduled backups go, and counts as one of them.
    """
    settings = place.settings()
    folder = Path(settings.backup_folder) if settings.backup_folder else place.paths().backups
    with place.database() as database:
        if target is None or target.is_dir():
            made = backups.make(database, target or folder, settings.backups_kept).path
        else:
            database.backup(target)
            made = target
        ways = rotation.ways_in(database)
    click.echo(f"{made}: {made.stat().st_size / 1e6:.1f} MB, checked")
    for way in ways:
        if way.kind is KeyKind.FILE:
            click.echo(f"To open it on another computer, keep a copy of {way.place} elsewhere.")


@db.command()
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_place
def restore(place: Place, file: Path, yes: bool) -> None:
    """Put a backup in the place of the database, which is kept beside it. Shows both first."""
    paths, clock, keys = place.paths(), SystemClock(), place.keys()
    with InstanceLock(paths.lock):
        of_backup = backups.preview(file, paths.database, keys, clock)
        current = None
        if paths.database.exists():
            try:
                current = backups.preview(paths.database, paths.database, keys, clock)
            except StoreError as error:
                click.echo(f"The database now: {error.title}")
        _print_previews(of_backup, current)
        if not yes:
            click.confirm("Replace the database by this backup?", abort=True)
        kept = backups.restore(file, paths.database, keys, clock)
        with place.database() as database:
            audit.note(database, Act.BACKUP_RESTORED)
    click.echo("Restored" if kept is None else f"Restored; what was there is now {kept}")


@db.command()
@pass_place
def salvage(place: Place) -> None:
    """Make a new database of what a damaged one and its newest backup hold; say what is lost."""
    paths, settings = place.paths(), place.settings()
    folder = Path(settings.backup_folder) if settings.backup_folder else paths.backups
    with InstanceLock(paths.lock):
        result = salvage_file(paths.database, folder, place.keys(), SystemClock())
    click.echo(result.in_words())


@db.command()
@pass_place
def migrate(place: Place) -> None:
    """Bring an older database up to date, which `facedesk run` would do too."""
    with InstanceLock(place.paths().lock), place.database() as database:
        number = database.read("PRAGMA user_version")[0][0]
        problems = database.check()
    click.echo(f"Schema {number}")
    _tell_problems(problems, as_json=False)


@db.command()
@pass_place
def vacuum(place: Place) -> None:
    """Write the file anew, without what was deleted and without the space it took."""
    path = place.paths().database
    before = path.stat().st_size if path.exists() else 0
    with InstanceLock(place.paths().lock), place.database() as database:
        database.vacuum()
    click.echo(f"{before / 1e6:.1f} MB before, {path.stat().st_size / 1e6:.1f} MB now")


@db.command("rotate-key")
@click.option("--forget-old", is_flag=True, help="Older backups shall never open again.")
@pass_place
def rotate_key(place: Place, forget_old: bool) -> None:
    """Seal everything with a new key, while FaceDesk may go on; a killed call goes on next time."""
    with place.database() as database:
        before = rotation.ways_in(database)
        if not rotation.pending(database):
            rotation.begin(database)
        with click.progressbar(length=1, label="Sealing anew") as bar:

            def show(done: int, total: int, _: str) -> None:
                bar.length = max(total, 1)
                bar.update(done - bar.pos)

            count = rotation.run(database, show)
        if forget_old:
            rotation.forget(database, before)
    click.echo(f"{count} values are sealed with the new key")
    if not forget_old:
        click.echo("Older backups open with the old key, which stays where it was.")


@db.group(invoke_without_command=True)
@click.pass_context
def key(ctx: click.Context) -> None:
    """List what opens the database: a key file, the system's key store, a passphrase."""
    if ctx.invoked_subcommand is not None:
        return
    place = ctx.find_object(Place)
    assert place is not None
    with place.database() as database:
        table = Table("Key", "Where", box=None)
        for way in rotation.ways_in(database):
            table.add_row(way.kind.value, way.place)
    print_table(table)


@key.command("add")
@click.argument("kind", type=one_of(KeyKind))
@pass_place
def add_key(place: Place, kind: str) -> None:
    """Let a KIND of key open the database too. A passphrase is asked for (FACEDESK_PASSPHRASE)."""
    with place.database() as database:
        rotation.add_way_in(database, KeyKind(kind))
    click.echo(f"The {kind} opens the database too")


@key.command("remove")
@click.argument("kind", type=one_of(KeyKind))
@pass_place
def remove_key(place: Place, kind: str) -> None:
    """Let no KIND of key open the database any more; another one has to."""
    with place.database() as database:
        ways = rotation.ways_in(database)
        rotation.remove_way_in(database, KeyKind(kind))
        rotation.forget(database, ways)
    click.echo(f"No {kind} opens the database any more")


def _tell_problems(problems: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        echo_json({"ok": not problems, "problems": list(problems)})
    elif problems:
        click.echo("\n".join(problems))
    else:
        click.echo("ok")
    if problems:
        raise SystemExit(1)


def _print_previews(of_backup: Preview, current: Preview | None) -> None:
    table = Table("", "Backup", "Now", box=None, header_style="bold")
    right = _lines(current) if current else [""] * 5
    names = ("people", "face samples", "punches", "newest punch", "whole")
    for row in zip(names, _lines(of_backup), right, strict=True):
        table.add_row(*row)
    print_table(table)


def _lines(held: Preview) -> list[str]:
    newest = held.newest_punch_utc
    return [
        str(held.people),
        str(held.samples),
        str(held.punches),
        f"{newest:%F %T} UTC" if newest else "none",
        "; ".join(held.problems) or "yes",
    ]
