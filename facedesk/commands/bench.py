"""`bench`: how fast this machine is, measured on the real pipeline, window and database.

Nothing here is asserted: figures depend on the machine and on what else it does. Each line names
what was measured; ratios within one run say more than absolute times.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import psutil

from facedesk.commands.bench_attendance import attendance
from facedesk.commands.bench_credentials import badge, pin
from facedesk.commands.bench_gallery import gallery
from facedesk.commands.bench_import import import_people
from facedesk.commands.bench_liveness import attacks
from facedesk.commands.bench_people import people
from facedesk.commands.bench_restart import restart
from facedesk.commands.bench_safety import safety
from facedesk.commands.bench_soak import soak
from facedesk.commands.figures import FIRST_FRAME_LINE, Figure, machine_now, print_figures
from facedesk.commands.place import (
    ModelChoice,
    Place,
    echo_json,
    json_option,
    model_options,
    program_line,
)
from facedesk.core.clock import SystemClock
from facedesk.core.facts import Fact, PunchRecorded
from facedesk.core.liveness import Policy
from facedesk.core.records import Frame, Image, Person
from facedesk.engine.desk import Desk
from facedesk.engine.recogniser import Recogniser
from facedesk.vision.camera import Given
from facedesk.vision.demo import enrolment_pictures
from facedesk.vision.demo.stage import FPS, Stage

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

_WARM_UP_FRAMES = 20


@click.group(invoke_without_command=True)
@click.option("--frames", default=1000, show_default=True, help="Frames of the long run.")
@click.option("--seconds", default=10.0, show_default=True, help="Seconds with the window open.")
@json_option
@click.option("--window-only", is_flag=True, hidden=True)
@model_options
@click.pass_context
def bench(
    ctx: click.Context,
    frames: int,
    seconds: float,
    as_json: bool,
    window_only: bool,
    models: ModelChoice,
) -> None:
    """Measure speed and memory: 1280x720 demo video with one face, in a temporary data folder.

    The window is opened offscreen unless QT_QPA_PLATFORM says otherwise.
    """
    if ctx.invoked_subcommand is not None:
        return
    place = ctx.find_object(Place)
    assert place is not None
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        bench_place = Place(Path(folder), place.verbose)
        if window_only:
            _show_window(bench_place, models, seconds)
            return
        figures = list(_measure(bench_place, models, frames, seconds))
    print_figures(figures, as_json)


bench.add_command(attendance)
bench.add_command(gallery)
bench.add_command(people)
bench.add_command(import_people)
bench.add_command(attacks)
bench.add_command(restart)
bench.add_command(safety)
bench.add_command(soak)
bench.add_command(pin)
bench.add_command(badge)


def _measure(place: Place, models: ModelChoice, frames: int, seconds: float) -> Iterator[Figure]:
    stage = Stage()
    machine = machine_now()
    # Few pictures, shown again and again: held frames would be counted as the program's memory.
    standing = [stage.frame(number) for number in _standing()[::4]]
    with place.desk(models=models) as desk:
        _enrol(desk)
        recogniser = desk.recogniser()
        yield from _pipeline(recogniser, standing, machine)
        yield from _memory(recogniser, standing, frames)
        recogniser.detector.close()
    yield from _time_to_punch(place, models, stage, standing, machine)
    yield from _window(models, seconds, machine)


def _pipeline(recogniser: Recogniser, images: list[Image], machine: str) -> Iterator[Figure]:
    conditions = f"1280x720, one face, one thread, {machine}"
    elapsed_ms = [seen for seen, faces in _run(recogniser, images * 12) if faces == 1]
    steady = elapsed_ms[_WARM_UP_FRAMES:]
    yield Figure("whole pipeline, median", float(np.median(steady)), "ms", 15, conditions)
    yield Figure("whole pipeline, p95", float(np.percentile(steady, 95)), "ms", None, conditions)
    embed_ms = [_timed_ms(recogniser.identify, image) for image in images * 2]
    yield Figure(
        "detect + align + embed every frame, median", float(np.median(embed_ms)), "ms", None,
        conditions,
    )  # fmt: skip
    detect_ms = [_timed_ms(recogniser.detector.detect, image) for image in images * 2]
    yield Figure("detector alone, median", float(np.median(detect_ms)), "ms", None, conditions)


def _memory(recogniser: Recogniser, images: list[Image], frames: int) -> Iterator[Figure]:
    """Resident memory over a long run without a window."""
    process = psutil.Process()
    at_quarter = 0.0
    for number in range(0, frames, len(images)):
        for _ in _run(recogniser, images[: frames - number]):
            pass
        if not at_quarter and number >= frames / 4:
            at_quarter = process.memory_info().rss / 1e6
    at_end = process.memory_info().rss / 1e6
    yield Figure("resident memory", at_end, "MB", 500, f"after {frames} frames, no window")
    yield Figure(
        "memory growth", at_end - (at_quarter or at_end), "MB", None,
        f"from a quarter to all of {frames} frames",
    )  # fmt: skip


class _Doorway:
    """A camera: an empty room for a second, then a person who stands there, at 30 fps."""

    name, identity, live = "bench", "bench:doorway", True

    def __init__(self, empty: Iterable[Image], person: Iterable[Image]) -> None:
        self._images = [*empty, *person, *person]
        self._start_s = 0.0
        self._number = 0

    def open(self) -> Given:
        self._start_s, self._number = time.perf_counter(), 0
        return Given(1280, 720, FPS, "BGR", "bench")

    def read(self) -> Image:
        due_s = self._start_s + self._number / FPS
        time.sleep(max(0.0, due_s - time.perf_counter()))
        image = self._images[min(self._number, len(self._images) - 1)].copy()
        image[:, :4] = self._number % 251  # no two frames alike
        self._number += 1
        return image

    def close(self) -> None:
        pass


def _time_to_punch(
    place: Place, models: ModelChoice, stage: Stage, person: list[Image], machine: str
) -> Iterator[Figure]:
    from facedesk.app import build_desk

    empty = [stage.picture(None, noise_place=0)] * 30
    paths = place.paths()
    paths.database.unlink(missing_ok=True)
    clock = SystemClock()
    desk = build_desk(
        paths,
        # A drawn person is not alive and rightly doubted; `bench attacks` times living people.
        replace(place.settings(), liveness=Policy.OFF.value),
        clock,
        detector=models.detector,
        embedder=models.embedder,
        open_source=lambda _: _Doorway(empty, person),
    )
    committed_s: list[float] = []
    punched = threading.Event()

    def listen(fact: Fact) -> None:
        if isinstance(fact, PunchRecorded):
            committed_s.append(clock.monotonic_s())
            punched.set()

    try:
        _enrol(desk)
        desk.listen(listen)
        desk.start()
        first_s = 0.0
        while not punched.wait(0.001):
            frame = desk.frames.peek()
            if not first_s and frame is not None and frame.seq >= len(empty):
                first_s = frame.monotonic_s
            if first_s and clock.monotonic_s() - first_s > 20:
                raise click.ClickException("nobody was recognised in 20 s")
        yield Figure(
            "first frame with a face to committed punch", (committed_s[0] - first_s) * 1e3, "ms",
            500, f"30 fps, {desk.settings.votes} votes, liveness off, {machine}",
        )  # fmt: skip
    finally:
        desk.stop()


def _window(models: ModelChoice, seconds: float, machine: str) -> Iterator[Figure]:
    """The program with its window, in a process of its own: start, smoothness, memory."""
    words = ("bench", "--seconds", str(seconds), "--window-only")
    command = program_line(Place(None), models, *words)
    started_s = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(FIRST_FRAME_LINE):
                break
        elapsed_s = time.perf_counter() - started_s
        report = process.stdout.read()
    if process.returncode:
        raise click.ClickException("the window could not be measured")
    measured = json.loads(report.splitlines()[-1])
    conditions = f"{seconds:g} s, demo video, {machine}"
    yield Figure("start to first frame shown", elapsed_s, "s", 3, f"new process, {machine}")
    yield Figure("window timer lateness, p95", measured["late_ms"], "ms", 20, conditions)
    yield Figure("recognised frames a second", measured["fps"], "1/s", None, conditions)
    yield Figure("resident memory with window", measured["rss_mb"], "MB", 500, conditions)


def _show_window(place: Place, models: ModelChoice, seconds: float) -> None:
    """Runs in the process that `_window` measures."""
    from facedesk.app import open_window

    with place.desk("demo", models=models) as desk:
        window, application = open_window(desk)
        desk.start()
        _run_events(application, 60, until=lambda: window.kiosk.video.paint_ms > 0)
        click.echo(FIRST_FRAME_LINE)
        sys.stdout.flush()
        _enrol(desk)
        _run_events(application, seconds)
        echo_json(
            {
                "late_ms": window.pulse.lateness_ms(95),
                "fps": desk.counters.fps,
                "rss_mb": psutil.Process().memory_info().rss / 1e6,
            }
        )
        window.close()


def _run_events(
    application: "QApplication", seconds: float, until: Callable[[], bool] = lambda: False
) -> None:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s and not until():
        application.processEvents()
        time.sleep(0.0005)


def _standing() -> list[int]:
    """Numbers of frames in which the known person stands at the desk."""
    from facedesk.vision.demo.story import VISITS

    first_s, last_s = VISITS[0].desk_s
    return list(range(round(first_s * FPS), round(last_s * FPS)))


def _enrol(desk: Desk) -> None:
    enrolment = desk.enrolment
    drafts = [enrolment.draft(enrolment.examine(image, "bench")) for image in enrolment_pictures()]
    enrolment.enrol(Person(0, "Bench"), drafts)


def _run(recogniser: Recogniser, images: list[Image]) -> Iterator[tuple[float, int]]:
    clock = SystemClock()
    for seq, image in enumerate(images):
        seen = recogniser.recognise(Frame(image, seq, clock.monotonic_s(), clock.utc()))
        yield seen.elapsed_ms, len(seen.faces)


def _timed_ms(work: Callable[[Image], object], image: Image) -> float:
    started_s = time.perf_counter()
    work(image)
    return (time.perf_counter() - started_s) * 1e3
