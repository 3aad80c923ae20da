"""`people merge`, `consent`, `receipts`, `reembed` and the gallery file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from facedesk.commands.asked import DAY, find_person, one_of, print_table, signed
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.consent import Consent, ConsentAnswer
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.engine.gallery_file import GalleryFile

_FILE = click.Path(path_type=Path, dir_okay=False)
_passphrase_file = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Read the passphrase from the first line of a file instead of asking.",
)


@click.command()
@click.argument("person")
@click.argument("into")
@signed
@pass_place
def merge(place: Place, person: str, into: str, signature: Signature) -> None:
    """Move everything of PERSON to INTO: they are one (id, staff number or whole name)."""
    with place.desk() as desk:
        done = desk.administration.merges.merge(
            find_person(desk, person).id, find_person(desk, into).id, signature
        )
    click.echo(
        f"Merge {done.id}: {done.samples} samples and {done.punches} punches moved to person "
        f"{done.into_id}; {done.paid} punches of paid days stay. Undo until "
        f"{done.undo_until_utc:%Y-%m-%d}."
    )


@click.command("undo-merge")
@click.argument("merge_id", type=int)
@signed
@pass_place
def undo_merge(place: Place, merge_id: int, signature: Signature) -> None:
    """Take a merge of the last 30 days back."""
    with place.desk() as desk:
        done = desk.administration.merges.undo(merge_id, signature)
    click.echo(f"Persons {done.person_id} and {done.into_id} are two again")


@click.command()
@click.argument("person")
@click.option("--answer", type=one_of(ConsentAnswer), help="Record this answer.")
@click.option("--day", type=DAY, help="Day of the answer (default: today).")
@click.option("--who", help="Who records it; needed with --answer.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of all answers.")
@pass_place
def consent(
    place: Place,
    person: str,
    answer: str | None,
    day: datetime | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Show the answers of PERSON, or record one; “withdrawn” erases the face data."""
    with place.desk() as desk:
        found = find_person(desk, person)
        admin = desk.administration
        if answer is None:
            history = admin.consents.history(found.id)
            if as_json:
                echo_json([
                    {"answer": str(one.answer), "day": one.day.isoformat(),
                     "recorded_by": one.recorded_by, "text_hash": one.text_hash}
                    for one in history
                ])  # fmt: skip
            else:
                if not history:
                    click.echo("No answer is recorded.")
                for one in history:
                    click.echo(f"{one.day} {one.answer}, recorded by {one.recorded_by}")
            return
        if not who:
            raise click.UsageError("--answer needs --who.")
        on = day.date() if day else desk.clock.utc().date()
        wanted = ConsentAnswer(answer)
        if wanted is ConsentAnswer.GIVEN or not found.samples:
            admin.consents.record(found.id, Consent(wanted, on, who))
            click.echo(f"Recorded: {wanted} on {on}")
            return
        receipt, path = admin.withdraw(found.id, on, who)
    click.echo(f"Face data erased; receipt {receipt.id}{f' in {path}' if path else ''}")


@click.command()
@json_option
@pass_place
def receipts(place: Place, as_json: bool) -> None:
    """List what was erased, when and of which number."""
    with place.desk() as desk:
        found = desk.administration.receipts.all()
    if as_json:
        echo_json([
            {"receipt": one.id, "kind": str(one.kind), "person_number": one.person_id,
             "erased": one.erased, "erased_utc": one.created_utc.isoformat(), "hash": one.hash}
            for one in found
        ])  # fmt: skip
        return
    table = Table("Receipt", "Kind", "Person", "Erased", "When (UTC)", "Hash", box=None)
    for one in found:
        erased = ", ".join(f"{count} {what}" for what, count in one.erased.items() if count)
        table.add_row(
            str(one.id), str(one.kind), str(one.person_id), erased,
            f"{one.created_utc:%Y-%m-%d %H:%M}", one.hash[:16],
        )  # fmt: skip
    print_table(table)


@click.command()
@click.option(
    "--embedder",
    default="",
    metavar="NAME|FILE",
    help="The new embedder (default: that of the settings).",
)
@pass_place
def reembed(place: Place, embedder: str) -> None:
    """Let a new embedder read everybody's kept pictures; it takes over when it has read all."""
    with place.desk() as desk, _bar("Reading") as progress:
        count = desk.reembed(progress, embedder)
        people = desk.people.list(active_only=True)
        known = desk.people.known_to(desk.enrolment.rules.contract)
    click.echo(f"{count} samples read anew")
    without = [str(person.id) for person in people if person.samples and person.id not in known]
    if without:
        click.echo(f"Need new photos (persons): {', '.join(without)}")


@click.command("export-gallery")
@click.argument("file", type=_FILE)
@_passphrase_file
@pass_place
def export_gallery(place: Place, file: Path, passphrase_file: Path | None) -> None:
    """Write everybody's details, faces and consent to an encrypted FILE for another kiosk."""
    passphrase = _passphrase(passphrase_file, new=True)
    with place.desk() as desk, _bar("Exporting") as progress:
        count = GalleryFile(desk.database).save(file, passphrase, progress)
    click.echo(f"{count} people in {file}")


@click.command("import-gallery")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_passphrase_file
@pass_place
def import_gallery(place: Place, file: Path, passphrase_file: Path | None) -> None:
    """Take in everybody of another kiosk's FILE who is not known here."""
    passphrase = _passphrase(passphrase_file, new=False)
    with place.desk() as desk, _bar("Importing") as progress:
        imported = GalleryFile(desk.database).load(file, passphrase, progress)
    click.echo(imported.in_words())


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on standard error, and what the work reports to."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total, _text: bar.update(task, completed=done, total=total)


def _passphrase(file: Path | None, *, new: bool) -> str:
    if file is None:
        typed: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
        return typed
    try:
        return file.read_text("utf-8").split("\n", maxsplit=1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("The passphrase cannot be read", f"{file}: {error}") from error


MOVES = (merge, undo_merge, consent, receipts, reembed, export_gallery, import_gallery)
