"""`enroll` and `identify`: pictures in, people and names out."""

import time
from pathlib import Path

import click
import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import ModelChoice, Place, echo_json, model_options, pass_place
from facedesk.core.errors import BadInputError, FaceDeskError
from facedesk.core.records import DecisionKind, Person
from facedesk.engine.bulk_import import (
    BulkImport,
    Entry,
    Outcome,
    choose,
    plan_folder,
    plan_list,
)
from facedesk.engine.desk import Desk
from facedesk.engine.recogniser import Identified, Recogniser
from facedesk.vision.pictures import read_picture

_ROUND = 4
_WARM_PICTURES = 100  # by then every model has run and every cache is as large as it gets


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
@click.option(
    "--list",
    "people_list",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV file with the columns name, staff_number, department, file.",
)
@click.option("--add", is_flag=True, help="Add pictures to a person who is already enrolled.")
@click.option("--dry-run", is_flag=True, help="Judge --folder or --list and save nothing.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what became of --folder or --list to a CSV file.",
)
@click.option(
    "--keep-unlike",
    is_flag=True,
    help="Use pictures that do not look like the person's others, too.",
)
@click.option(
    "--consent-by",
    default="",
    metavar="NAME",
    help="Record with each person that consent was given on paper, and who has the papers.",
)
@model_options
@pass_place
def enroll(
    place: Place,
    files: tuple[Path, ...],
    name: str | None,
    staff_number: str,
    department: str,
    folder: Path | None,
    people_list: Path | None,
    add: bool,
    dry_run: bool,
    report: Path | None,
    keep_unlike: bool,
    consent_by: str,
    models: ModelChoice,
) -> None:
    """Enrol one person from FILES, or everybody of --folder or --list.

    A picture without a face, with several faces, of poor quality or unlike the person's others is
    left out with the reason and the others are used; a person without any good picture is not
    enrolled, and the exit code is 1. People who are enrolled already are left alone, so that an
    import that was interrupted goes on when it is started again.
    """
    many = folder or people_list
    if sum(given is not None for given in (name, folder, people_list)) != 1 or bool(many) == bool(
        files
    ):
        raise click.UsageError("Give --name NAME FILES..., --folder FOLDER or --list FILE.")
    if (dry_run or report) and not many:
        raise click.UsageError("--dry-run and --report go with --folder or --list.")
    if report and not report.parent.is_dir():
        raise click.UsageError(f"--report: there is no folder {report.parent}.")
    with place.desk(models=models) as desk:
        if many:
            entries = plan_folder(folder) if folder else plan_list(many)
            all_well = _enrol_many(desk, entries, dry_run, keep_unlike, report, consent_by)
        else:
            person = Person(0, name or "", staff_number, department)
            all_well = _enrol_one(desk, person, files, add, keep_unlike, consent_by)
    if not all_well:
        raise SystemExit(1)


def _enrol_many(
    desk: Desk,
    entries: list[Entry],
    dry_run: bool,
    keep_unlike: bool,
    report: Path | None,
    consent_by: str,
) -> bool:
    """Whether everybody is enrolled."""
    imported = BulkImport(
        desk.enrolment, desk.people, desk.clock, desk.administration.saver(consent_by)
    )
    process, cpu_s, warm_mb = psutil.Process(), time.process_time(), 0.0
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Enrolling", total=None)
        rows = imported.run(
            entries,
            dry_run=dry_run,
            keep_unlike=keep_unlike,
            progress=lambda done, total, _name: bar.update(task, completed=done, total=total),
        )
        for row in rows:
            if not warm_mb and imported.report.pictures >= _WARM_PICTURES:
                warm_mb = process.memory_info().rss / 1e6
            for remark in (*row.refused, *row.doubtful):
                click.echo(f"{remark.file}: {remark.reason}", err=True)
            if row.reason:
                click.echo(f"{row.entry.person.name}: {row.reason}", err=True)
    click.echo(("Nothing saved: " if dry_run else "") + imported.report.in_words())
    if warm_mb:
        click.echo(
            f"{imported.report.elapsed_s:.0f} s, {time.process_time() - cpu_s:.0f} s of processor; "
            f"memory {warm_mb:.0f} MB after {_WARM_PICTURES} pictures, "
            f"{process.memory_info().rss / 1e6:.0f} MB at the end"
        )
    if report:
        imported.report.save(report)
    return imported.report.count(Outcome.REFUSED) == 0


def _enrol_one(
    desk: Desk,
    person: Person,
    files: tuple[Path, ...],
    add: bool,
    keep_unlike: bool,
    consent_by: str,
) -> bool:
    """Whether the person is enrolled, or the pictures were added."""
    existing = [known for known in desk.people.list() if known.name == person.name]
    if add and len(existing) != 1:
        raise BadInputError(
            "Cannot add pictures", f"{len(existing)} people are called {person.name}."
        )
    if existing and not add and not person.staff_number:
        raise BadInputError(
            "Already enrolled",
            f"{person.name} is (id {existing[0].id}).",
            "Add pictures with --add. Another person of this name needs a --staff-number.",
        )
    contract = desk.enrolment.rules.contract
    stored = desk.people.samples(existing[0].id) if add else []
    chosen = choose(
        desk.enrolment,
        files,
        [sample.vector for sample in stored if sample.contract == contract],
        own_name=person.name if add else "",
        keep_unlike=keep_unlike,
    )
    for remark in (*chosen.refused, *chosen.doubtful):
        click.echo(f"{remark.file}: {remark.reason}", err=True)
    if chosen.look_alike:
        click.echo(f"{person.name}: looks like {chosen.look_alike}, who is enrolled", err=True)
    used = f"{len(chosen.drafts)} of {len(files)} pictures"
    if not chosen.drafts:
        click.echo(f"{person.name}: not enrolled, no usable picture", err=True)
        return False
    if add:
        desk.administration.add_samples(existing[0].id, chosen.drafts)
        click.echo(f"Added {used} to {person.name}")
    else:
        saved = desk.administration.saver(consent_by)(person, chosen.drafts)
        click.echo(f"Enrolled {saved.name} with {used}")
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
                _score(face['decision'], face['score']), face["reason"],
            )  # fmt: skip
    print_table(table)


def _score(decision: str, score: float) -> str:
    """'' where the face was compared with nobody."""
    return "" if decision == DecisionKind.REFUSED or score <= -1.0 else f"{score:.2f}"
