"""`bench import`: many people from pictures, in one run and in several that are killed."""

import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import psutil

from facedesk.commands.figures import Figure, cpu_s, machine_now, print_figures
from facedesk.commands.place import (
    ModelChoice,
    Place,
    echo_json,
    json_option,
    model_options,
    pass_place,
    program_line,
)
from facedesk.core.json_text import decoded
from facedesk.engine.bulk_import import BulkImport, Entry, Outcome, plan_folder
from facedesk.engine.desk import Desk
from facedesk.paths import shared_dir

_SEED = 20261125
_SAVED_LINE = "saved"  # printed after each person who was committed
_WITHIN_S = 0.1  # so soon after it the program is killed: somewhere within the next person
_WARM_SHARE = 0.2  # of the people: memory should be flat from here on


@click.command("import")
@click.option(
    "--faces",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=shared_dir() / "data" / "lfw" / "images",
    show_default=True,
    help="Folder with one sub-folder of pictures per person; those with two or more are taken.",
)
@click.option("--people", "people_count", default=1680, show_default=True)
@click.option("--kills", default=3, show_default=True, help="Programs that are killed.")
@json_option
@click.option("--work", is_flag=True, hidden=True)
@model_options
@pass_place
def import_people(
    place: Place,
    faces: Path,
    people_count: int,
    kills: int,
    as_json: bool,
    work: bool,
    models: ModelChoice,
) -> None:
    """Import people in one run, and once more in runs that are killed: the gallery is the same.

    Each run is a process of its own in a temporary data folder, with the installed models.
    """
    entries = [entry for entry in plan_folder(faces) if len(entry.files) > 1][:people_count]
    if work:
        _work(place, models, entries)
        return
    words = ["--faces", str(faces), "--people", str(people_count)]
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        whole, killed = (Place(Path(folder) / name) for name in ("whole", "killed"))
        figures = list(_measure(whole, killed, models, words, len(entries), kills))
    print_figures(figures, as_json)


@dataclass(frozen=True, slots=True)
class _Life:
    """What one program did until its end; `told` is empty where it was killed."""

    saved: int
    told: dict[str, float]


def _measure(
    whole: Place, killed: Place, models: ModelChoice, words: list[str], people: int, kills: int
) -> Iterator[Figure]:
    first = _life(whole, models, words).told
    what = f"{people} people, {first['pictures']:.0f} pictures, {machine_now()}"
    yield Figure("importing everybody", first["elapsed_s"], "s", None, what)
    yield Figure("speed", first["pictures"] / first["elapsed_s"], "pictures/s", None,
                 f"{first['cpu_s']:.0f} s of CPU")  # fmt: skip
    yield Figure("people without a usable picture", first["refused"], "", None, "")
    yield Figure("pictures left out", first["left_out"], "", None, "")
    yield Figure("resident memory at the end", first["end_mb"], "MB", None,
                 f"{first['warm_mb']:.0f} MB after a fifth of the people")  # fmt: skip
    again = _life(whole, models, words).told
    yield Figure(
        "enrolled by a second run", again["enrolled"], "", 1, f"{again['elapsed_s']:.0f} s"
    )
    chance = random.Random(_SEED)
    enrolled = int(first["enrolled"])
    reached: list[int] = []
    for number in range(kills):
        share = enrolled * (number + chance.random()) / kills
        reached.append(_life(killed, models, words, until=round(share) - sum(reached)).saved)
    _life(killed, models, words)
    with whole.desk() as one, killed.desk() as other:
        differing = len(_gallery(one) ^ _gallery(other))
    yield Figure("samples that differ after kills", differing, "", 1,
                 f"SIGKILL after {', '.join(map(str, reached))} people")  # fmt: skip


def _life(place: Place, models: ModelChoice, words: list[str], until: int | None = None) -> _Life:
    """Run the program, and kill it soon after it has saved `until` people."""
    line = program_line(place, models, "bench", "import", "--work", *words)
    saved, told = 0, {}
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for text in process.stdout:
            if not text.startswith(_SAVED_LINE):
                told = decoded(text)
                continue
            saved += 1
            if until is not None and saved >= max(1, until):
                time.sleep(random.uniform(0, _WITHIN_S))
                process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
                until = None
    return _Life(saved, told)


def _work(place: Place, models: ModelChoice, entries: list[Entry]) -> None:
    """The program that is killed: an import as the window and `facedesk enroll` do it."""
    process, began_cpu_s, warm_mb = psutil.Process(), cpu_s(), 0.0
    with place.desk(models=models) as desk:
        save = desk.administration.saver("bench")
        imported = BulkImport(desk.enrolment, desk.people, desk.clock, save)
        for number, row in enumerate(imported.run(entries)):
            if row.outcome is Outcome.ENROLLED:
                click.echo(_SAVED_LINE)
            if number == round(len(entries) * _WARM_SHARE):
                warm_mb = process.memory_info().rss / 1e6
        report = imported.report
        echo_json(
            {
                "enrolled": report.count(Outcome.ENROLLED),
                "refused": report.count(Outcome.REFUSED),
                "pictures": report.pictures,
                "left_out": report.pictures_refused,
                "elapsed_s": report.elapsed_s,
                "cpu_s": cpu_s() - began_cpu_s,
                "warm_mb": warm_mb,
                "end_mb": process.memory_info().rss / 1e6,
            }
        )


def _gallery(desk: Desk) -> set[tuple[str, bytes]]:
    """Whose sample each one is, and what it holds."""
    (contract,) = desk.people.contracts()
    gallery = desk.people.gallery(contract)
    owners = gallery.person_ids.tolist()
    return {
        (gallery.names[owner], vector.tobytes())
        for owner, vector in zip(owners, gallery.vectors, strict=True)
    }
