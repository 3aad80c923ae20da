"""`bench safety`: what kills, tampering and theft of the files cost: nothing, or it says so."""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from facedesk.commands.figures import FIRST_FRAME_LINE, Figure, machine_now, print_figures
from facedesk.commands.place import json_option
from facedesk.commands.safety_kills import faces, kill, opened
from facedesk.commands.safety_planted import plant
from facedesk.commands.safety_tampering import tamper
from facedesk.core.records import Person
from facedesk.store import rotation, wraps
from facedesk.store.people import People
from facedesk.store.vault import SAMPLE_VECTOR

_SEED = 20260302


@click.command()
@click.option("--kills", default=500, show_default=True, help="Programs that are killed.")
@click.option("--changes", default=1000, show_default=True, help="Changes of a database file.")
@click.option("--people", "people_count", default=1000, show_default=True)
@click.option("--seed", default=_SEED, show_default=True)
@json_option
def safety(kills: int, changes: int, people_count: int, seed: int, as_json: bool) -> None:
    """Kill programs while they write, change files behind FaceDesk's back, search files for faces.

    In temporary data folders. Some hundred milliseconds a kill and a change.
    """
    # Each change is meant to be complained about; what matters is in the figures.
    logging.getLogger("facedesk").setLevel(logging.CRITICAL)
    troubles: list[str] = []
    figures = [
        *_killed(kills, seed, troubles),
        *_tampered(changes, seed, troubles),
        *_planted(troubles),
        *_sealing_cost(people_count),
    ]
    print_figures(figures, as_json)
    for trouble in troubles:
        click.echo(f"  {trouble}", err=True)
    if troubles or not all(figure.held for figure in figures):
        raise SystemExit(1)


def _killed(rounds: int, seed: int, troubles: list[str]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        found = kill(Path(folder), rounds, seed)
    troubles += found.troubles
    what = f"{found.rounds} programs killed, {found.announced} things announced"
    yield Figure("announced and lost", found.lost, "", 1, what)
    yield Figure("databases not whole afterwards", found.damaged, "", 1, what)
    for name, work in found.by_work.items():
        told = f"{work.rounds} programs killed, {work.announced} things announced"
        yield Figure(f"lost or not whole by {name}", len(work.troubles), "", 1, told)
    yield Figure("slowest opening afterwards", found.slowest_start_s, "s", 3, machine_now())


def _tampered(changes: int, seed: int, troubles: list[str]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        found = tamper(Path(folder), changes, seed)
    troubles += found.troubles
    ways = ", ".join(f"{way} {outcome} {count}" for (way, outcome), count in sorted(
        found.by_way.items()
    ))  # fmt: skip
    yield Figure("changes of the file that nobody noticed", found.missed, "", 1, ways)
    yield Figure("crashes by them", found.crashed, "", 1, f"{found.changes} changes")


def _planted(troubles: list[str]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        found = plant(Path(folder))
    troubles += [f"found in clear: {what}" for what in found.found]
    searched = f"of {found.secrets}: every typed text, number, PIN, badge, vectors, picture"
    yield Figure("secrets in clear in file and log", found.in_file, "", 1, searched)
    yield Figure("secrets in clear in a backup", found.in_backup, "", 1, searched)
    yield Figure("secrets in clear after new keys", found.after_rotation, "", 1, searched)
    yield Figure("secrets in clear after a removal", found.after_removal, "", 1, searched)
    empty = ", ".join(found.empty_tables)
    filled = found.tables - len(found.empty_tables)
    yield Figure("tables planted into", filled, "", None, f"of {found.tables}; not {empty}")


def _sealing_cost(people_count: int) -> Iterator[Figure]:
    """What a kiosk's start takes longer because faces and names are sealed: the cipher is loaded,
    the key unwrapped, each face and each person opened.
    """
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        path = Path(folder) / "facedesk.db"
        with opened(path) as database:
            people = People(database)
            with database.transaction():
                for number in range(people_count):
                    person = Person(0, f"P{number}", f"E{number}", f"Department {number % 9}")
                    people.add(person, faces(number))
        with opened(path) as database:
            rows = database.read("SELECT id, person_id, vector FROM samples ORDER BY id")
            places = [SAMPLE_VECTOR.at(row["id"], row["person_id"]) for row in rows]

            def open_all() -> None:
                for row, place in zip(rows, places, strict=True):
                    database.vault.open(row["vector"], place)

            def unwrap() -> None:
                wraps.unwrap(rotation.ways_in(database), database.keys, path)

            parts_s = {
                "opening faces": _timed(open_all),
                "opening names, numbers and departments": _timed(database.directory.all),
                "unwrapping the key": _timed(unwrap),
            }
        parts_s["loading the cipher"] = _loading_s()
        start_s = _start_s(Path(folder))
    what = f"{people_count} people, {len(rows)} faces, {machine_now()}"
    for part, seconds in parts_s.items():
        yield Figure(part, seconds * 1e3, "ms", None, what)
    if start_s:
        share = 100 * sum(parts_s.values()) / start_s
        yield Figure(
            "their share of start to first frame", share, "%", 5, f"{start_s:.2f} s, {what}"
        )


def _loading_s() -> float:
    code = (
        "import time, facedesk.core.errors, facedesk.core.language; began = time.perf_counter();"
        "import facedesk.store.vault; print(time.perf_counter() - began)"
    )
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                                check=True).stdout)  # fmt: skip


def _start_s(folder: Path) -> float:
    """From a new process to the first frame in its window; 0.0 where no model is installed."""
    command = [sys.executable, "-m", "facedesk", "--data-dir", str(folder / "start"), "bench",
               "--window-only", "--seconds", "0"]  # fmt: skip
    began_s = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(FIRST_FRAME_LINE):
                elapsed_s = time.perf_counter() - began_s
                process.stdout.read()
                return elapsed_s
    return 0.0


def _timed(work: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s
