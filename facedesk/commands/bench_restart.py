"""`bench restart`: the whole program killed while its window is open, and started again."""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import click
import numpy as np
import psutil

from facedesk.commands.figures import FIRST_FRAME_LINE, Figure, machine_now, print_figures
from facedesk.commands.place import (
    ModelChoice,
    Place,
    json_option,
    model_options,
    pass_place,
    program_line,
)
from facedesk.core.records import Direction, Method, Person, Punch, Sample
from facedesk.engine.desk import Desk
from facedesk.vision.demo import enrolment_pictures

_SEED = 20260302
_USABLE_LINE = "first frame looked at"  # printed when somebody could check in
_PUNCH_WORD = "punch"


@click.command()
@click.option("--kills", default=5, show_default=True, help="Programs that are killed.")
@click.option("--people", "people_count", default=1000, show_default=True)
@json_option
@click.option("--window", is_flag=True, hidden=True)
@model_options
@pass_place
def restart(
    place: Place, kills: int, people_count: int, as_json: bool, window: bool, models: ModelChoice
) -> None:
    """Kill FaceDesk with its window open while it records punches, and start it again.

    In a temporary data folder, with the demo video before the models that are installed; the window
    is opened offscreen unless QT_QPA_PLATFORM says otherwise.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if window:
        _work(place, models)
        return
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        figures = list(_measure(Place(Path(folder), place.verbose), models, kills, people_count))
    print_figures(figures, as_json)


def _measure(place: Place, models: ModelChoice, kills: int, people_count: int) -> Iterator[Figure]:
    with place.desk("demo", models=models) as desk:
        _enrol(desk, people_count)
    chance = random.Random(_SEED)
    shown_s: list[float] = []
    usable_s: list[float] = []
    processor_s: list[float] = []
    announced: set[int] = set()
    for number in range(kills + 1):
        life = _Life(place, models)
        if number:  # the first start follows no kill
            shown_s.append(life.shown_s)
            usable_s.append(life.usable_s)
            processor_s.append(life.processor_s)
        announced |= life.end(chance.uniform(0.2, 1.5))
    with place.desk() as desk:
        stored = {punch.id for punch in desk.punches.between(None, None)}
        problems = desk.database.check()
    what = f"after {kills} kills, {people_count} people, median, {machine_now()}"
    yield Figure("start to a window with its picture", median(shown_s), "s", 3, what)
    worst = f"slowest {max(usable_s):.1f} s, {median(processor_s):.1f} s of CPU, {what}"
    yield Figure("start to usable: a face would be looked at", median(usable_s), "s", 3, worst)
    yield Figure("punches announced and lost", len(announced - stored), "", 1,
                 f"of {len(announced)} announced")  # fmt: skip
    yield Figure("problems of the database", len(problems), "", 1, "; ".join(problems[:1]))


class _Life:
    """One program, from its start until it is killed."""

    def __init__(self, place: Place, models: ModelChoice) -> None:
        command = program_line(place, models, "bench", "restart", "--window")
        started_s = time.perf_counter()
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.shown_s = self._wait_for(FIRST_FRAME_LINE, started_s)
        self.usable_s = self._wait_for(_USABLE_LINE, started_s)
        spent = psutil.Process(self._process.pid).cpu_times()
        self.processor_s = spent.user + spent.system

    def _wait_for(self, wanted: str, started_s: float) -> float:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(wanted):
                return time.perf_counter() - started_s
        raise click.ClickException("the program ended before its window could be used")

    def end(self, after_s: float) -> set[int]:
        """Kill it; the ids of the punches that it had announced."""
        time.sleep(after_s)
        self._process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        assert self._process.stdout is not None
        with self._process.stdout as output:
            # The last line may be torn: then its number was not announced.
            lines = [line for line in output if line.endswith("\n")]
        self._process.wait()
        return {int(line.split()[1]) for line in lines if line.startswith(f"{_PUNCH_WORD} ")}


def _work(place: Place, models: ModelChoice) -> None:
    """The program that is killed: window, camera and models as always, and one punch after
    another beside.
    """
    from facedesk.app import open_window

    with place.desk("demo", models=models, alone=True) as desk:
        window, application = open_window(desk)
        desk.start()
        while not window.kiosk.video.paint_ms > 0:
            application.processEvents()
            time.sleep(0.0005)
        print(FIRST_FRAME_LINE, flush=True)
        while desk.seen.peek() is None:
            application.processEvents()
            time.sleep(0.0005)
        print(_USABLE_LINE, flush=True)
        person_id = desk.people.list()[0].id
        now_utc = desk.clock.utc()
        punch = Punch(
            person_id, Direction.IN, now_utc, desk.zone, 0.0, 0.0, 0.0, "", "", "bench", "a drill",
            Method.MANUAL,
        )  # fmt: skip
        for number in range(1_000_000):
            application.processEvents()
            stored = desk.punches.record(
                replace(punch, utc=now_utc + timedelta(microseconds=number))
            )
            print(_PUNCH_WORD, stored.id, flush=True)


def _enrol(desk: Desk, people_count: int) -> None:
    """People whom the installed model knows, two faces each."""
    contract = desk.enrolment.rules.contract
    known = desk.enrolment.examine(enrolment_pictures()[0], "bench")
    dimension = known.faces[0].vector.size
    numbers = np.random.default_rng(_SEED)
    with desk.database.transaction():
        for number in range(people_count):
            drawn = numbers.standard_normal((2, dimension))
            vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
            samples = [Sample(0, 0, contract, vector, "bench") for vector in vectors]
            desk.people.add(Person(0, f"Person {number:04d}", f"E{number}"), samples)
