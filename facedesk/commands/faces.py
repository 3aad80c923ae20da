"""`enroll` and `identify`: pictures in, people and names out."""

from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import ModelChoice, Place, echo_json, model_options, pass_place
from facedesk.core.errors import BadInputError, FaceDeskError
from facedesk.core.records import Person
from facedesk.engine.enrolment import Enrolment, SampleDraft
from facedesk.engine.recogniser import Identified, Recogniser
from facedesk.vision.pictures import PICTURE_SUFFIXES, read_picture

_ROUND = 4


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--name", help="Name of the person in FILES.")
@click.option("--staff-number", default="", help="Unique number of the person.")
@click.option("--department", default="", help="Department of the person.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with one sub-folder of pictures per person, named like the person.",
)
@click.option("--add", is_flag=True, help="Add pictures to a person who is already enrolled.")
@model_options
@pass_place
def enroll(
    place: Place,
    files: tuple[Path, ...],
    name: str | None,
    staff_number: str,
    department: str,
    folder: Path | None,
    add: bool,
    models: ModelChoice,
) -> None:
    """Enrol one person from FILES, or everybody below --folder.

    A picture without a face, with several faces or of poor quality is refused with the reason and
    the others are used; a person without any good picture is not enrolled, and the exit code is 1.
    """
    if (name is None) == (folder is None) or (folder and files) or (name and not files):
        raise click.UsageError("Give --name NAME FILES..., or --folder FOLDER.")
    with place.desk(models=models) as desk:
        enrolment = desk.enrolment
        if folder is not None:
            known = {person.name for person in desk.people.list()}
            refused = _enrol_folder(enrolment, folder, known)
        else:
            person = Person(0, name or "", staff_number, department)
            existing = [p for p in desk.people.list() if p.name == name] if add else []
            if add and len(existing) != 1:
                raise BadInputError(
                    "Cannot add pictures", f"{len(existing)} people are called {name}."
                )
            refused = not _enrol_one(enrolment, person, files, existing[0].id if existing else None)
    if refused:
        raise SystemExit(1)


def _enrol_folder(enrolment: Enrolment, folder: Path, known: set[str]) -> bool:
    """Whether anybody was refused. Names that are enrolled already are left alone (a second
    run).
    """
    folders = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    if not folders:
        raise BadInputError(
            "Nobody to enrol",
            f"{folder} has no sub-folders.",
            "Make one sub-folder of pictures per person, named like the person.",
        )
    enrolled = skipped = refused = 0
    progress = track(folders, "Enrolling", console=Console(stderr=True), transient=True)
    for entry in progress:
        name = entry.name.replace("_", " ")
        if name in known:
            skipped += 1
        elif _enrol_one(enrolment, Person(0, name), sorted(_pictures(entry)), None, quiet=True):
            enrolled += 1
        else:
            refused += 1
    click.echo(f"{enrolled} enrolled, {skipped} already enrolled, {refused} refused")
    return refused > 0


def _pictures(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)


def _enrol_one(
    enrolment: Enrolment,
    person: Person,
    files: tuple[Path, ...] | list[Path],
    add_to: int | None,
    *,
    quiet: bool = False,
) -> bool:
    drafts: list[SampleDraft] = []
    for path in files:
        try:
            examined = enrolment.examine_file(path)
            drafts.append(enrolment.draft(examined))
        except BadInputError as error:
            click.echo(f"{path}: {error.title}: {error.message} {error.hint}".rstrip(), err=True)
            continue
        similar = examined.faces[0].similar
        if similar and similar.person_id != add_to and similar.name != person.name:
            click.echo(
                f"{path}: looks like {similar.name} ({similar.score:.2f}), who is enrolled",
                err=True,
            )
    if not drafts:
        click.echo(f"{person.name}: not enrolled, no usable picture", err=True)
        return False
    if add_to is not None:
        enrolment.add_samples(add_to, drafts)
        click.echo(f"Added {len(drafts)} of {len(files)} pictures to {person.name}")
        return True
    saved = enrolment.enrol(person, drafts)
    if not quiet:
        click.echo(f"Enrolled {saved.name} with {len(drafts)} of {len(files)} pictures")
    return True


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, one object a file.")
@click.option(
    "--candidates",
    is_flag=True,
    help="Add each face's most similar person to the JSON, known or "
    "not: for measuring, never a reason to call somebody by that name.",
)
@model_options
@pass_place
def identify(
    place: Place,
    files: tuple[Path, ...],
    as_json: bool,
    candidates: bool,
    models: ModelChoice,
) -> None:
    """Say who is in FILES. Nothing is recorded. Exit code 1 when a file could not be read."""
    rows = []
    with place.desk(models=models) as desk:
        recogniser = desk.recogniser()
        for path in files:
            rows.append(_identify_one(recogniser, path, candidates))
        recogniser.detector.close()
    if as_json:
        echo_json(rows)
    else:
        _print_table(rows)
    if any(row["error"] for row in rows):
        raise SystemExit(1)


def _identify_one(recogniser: Recogniser, path: Path, candidates: bool) -> dict[str, object]:
    try:
        faces = recogniser.identify(read_picture(path))
    except FaceDeskError as error:
        text = f"{error.title}: {error.message}" if error.message else error.title
        return {"file": str(path), "error": text, "faces": []}
    found = [
        _as_json(face) | ({"candidate_id": face.match.person_id} if candidates else {})
        for face in faces
    ]
    return {"file": str(path), "error": None, "faces": found}


def _as_json(found: Identified) -> dict[str, object]:
    """The documented contract of `identify --json`."""
    decision = found.decision
    return {
        "name": found.name or None,
        "person_id": decision.person_id,
        "decision": decision.kind.value,
        "score": round(decision.score, _ROUND),
        "runner_up": round(decision.runner_up, _ROUND),
        "threshold": round(decision.threshold, _ROUND),
        "reason": decision.reason,
        "box": [round(float(value), 1) for value in found.face.box],
        "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in found.face.landmarks],
    }


def _print_table(rows: list[dict[str, object]]) -> None:
    table = Table("File", "Decision", "Name", "Score", "Reason", box=None, header_style="bold")
    for row in rows:
        faces = row["faces"]
        assert isinstance(faces, list)
        if row["error"] or not faces:
            table.add_row(str(row["file"]), "error" if row["error"] else "no face", "", "",
                          str(row["error"] or ""))  # fmt: skip
        for face in faces:
            table.add_row(
                str(row["file"]), face["decision"], face["name"] or "",
                f"{face['score']:.2f}", face["reason"],
            )  # fmt: skip
    print_table(table)
