"""`bench soak`: days at the desk in minutes, in one process, and what they leave behind.

Real threads, tracks, votes, punches, backups and database; the pictures are painted, because what
models do with a picture does not depend on how many came before.
"""

import gc
import logging
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import numpy as np
import psutil
from numpy.typing import NDArray

from facedesk.commands.figures import Figure, machine_now, print_figures
from facedesk.commands.place import json_option
from facedesk.core.errors import CameraError, CameraTrouble
from facedesk.core.facts import CameraChanged, Fact, PunchRecorded, SourceEnded
from facedesk.core.records import CameraState, Face, Image, Person, Sample, Vector
from facedesk.engine.desk import Desk
from facedesk.engine.world import LoadedModels, World
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.store import backups
from facedesk.store.database import Database
from facedesk.vision.align import template_for
from facedesk.vision.camera import Given

_SIZE_PX = (320, 240)
_BOX = (110, 70, 210, 170)
_FRAMES_A_VISIT = 100
_FRAMES_IN_VIEW = 30
_SECONDS_A_FRAME = 0.2
_PEOPLE = 200
_DIMENSION = 128
_CONTRACT = "soak"
_THRESHOLDS = {"fmr_1e-4": 0.35, "fmr_1e-6": 0.5}  # random vectors of this size are far below
_WARM = 0.2  # the share of the run after which memory is measured first
_START = datetime(2026, 3, 2, 6, tzinfo=UTC)


class _Clock:
    """Time passes with the frames."""

    def __init__(self) -> None:
        self.frames = 0

    def utc(self) -> datetime:
        return _START + timedelta(seconds=self.frames * _SECONDS_A_FRAME)

    def monotonic_s(self) -> float:
        return 1000.0 + self.frames * _SECONDS_A_FRAME


class _Camera:
    """A camera that shows one person after another, and is lost now and then."""

    name, identity, live = "soak", "camera:soak", True

    def __init__(self, plan: "Plan", clock: _Clock) -> None:
        self._plan = plan
        self._clock = clock
        random = np.random.default_rng(1)
        self._wall = random.integers(100, 140, (_SIZE_PX[1], _SIZE_PX[0], 3)).astype(np.uint8)
        rows, columns = np.mgrid[0:100, 0:100] // 6
        self._face = np.where((rows + columns) % 2, 190, 80).astype(np.uint8)[:, :, None]

    def open(self) -> Given:
        return Given(*_SIZE_PX, 1 / _SECONDS_A_FRAME, "", "painted")

    def read(self) -> Image | None:
        frame = self._clock.frames
        if frame >= self._plan.frames:
            return None
        self._clock.frames += 1
        if frame and frame % self._plan.frames_a_loss == 0:
            raise CameraError(CameraTrouble.UNPLUGGED, "unplugged")
        image = self._wall.copy()
        image[0, 2] = frame % 251  # no two pictures are the same
        visit, place = divmod(frame, _FRAMES_A_VISIT)
        if place < _FRAMES_IN_VIEW:
            left, top, right, bottom = _BOX
            image[top:bottom, left:right] = self._face
            image[0, 0], image[0, 1] = 1, visit % _PEOPLE
        return image

    def close(self) -> None:
        pass


class _Detector:
    """Finds the painted face where it is painted."""

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        if image[0, 0, 0] != 1:
            return []
        points = template_for((100, 100)) + np.asarray(_BOX[:2], np.float32)
        return [Face(_BOX, points.astype(np.float32), 0.95)]

    def close(self) -> None:
        pass


class _Embedder:
    """Reads off a corner of the picture who is painted."""

    contract, dimension = _CONTRACT, _DIMENSION

    def crop(self, image: Image, landmarks: Vector) -> Image:
        crop = np.zeros((112, 112, 3), np.uint8)
        crop[0, 0] = image[0, 1]
        return crop

    def embed(self, crops: Sequence[Image] | NDArray[np.uint8]) -> Vector:
        if not len(crops):
            return np.empty((0, _DIMENSION), np.float32)
        return np.stack([_vector(int(crop[0, 0, 0])) for crop in crops])


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how often the camera is lost, how many backups are made meanwhile."""

    frames: int
    losses: int
    backups: int

    @property
    def visits(self) -> int:
        return self.frames // _FRAMES_A_VISIT

    @property
    def frames_a_loss(self) -> int:
        return self.frames // (self.losses + 1) + 1


@dataclass(slots=True)
class _Told:
    """What the desk told, and how often it loaded models; `ended` is set with the last frame."""

    punches: int = 0
    losses: int = 0
    loads: int = 0
    ended: threading.Event = field(default_factory=threading.Event)


@click.command()
@click.option("--frames", default=1_000_000, show_default=True)
@click.option("--losses", default=200, show_default=True, help="Times the camera is lost.")
@click.option("--backups", "backup_count", default=50, show_default=True)
@json_option
def soak(frames: int, losses: int, backup_count: int, as_json: bool) -> None:
    """Run the kiosk on painted pictures for days of its own time; each loss takes a real second."""
    logging.getLogger("facedesk").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        figures = list(run(Path(folder), Plan(frames, losses, backup_count)))
    print_figures(figures, as_json)
    if not all(figure.held for figure in figures):
        raise SystemExit(1)


def run(folder: Path, plan: Plan) -> Iterator[Figure]:
    """Run the desk in `folder` until the last frame, then stop it and count."""
    process = psutil.Process()
    gc.collect()
    threads_before, files_before = threading.active_count(), _open_files(process)
    clock = _Clock()
    told = _Told()
    desk = _desk(folder, plan, clock, told)
    desk.listen(lambda fact: _hear(fact, told))
    desk.start()
    made = [0]

    def back_up() -> None:
        desk.jobs.submit(
            lambda _: backups.make(desk.database, desk.database.backups, 3),
            done=lambda _: made.__setitem__(0, made[0] + 1),
            failed=lambda _: None,
        )

    warm_bytes = 0
    reloaded = False
    next_backup = 0
    while not told.ended.wait(0.2):
        done = clock.frames / plan.frames
        if done >= next_backup / max(plan.backups, 1):
            next_backup += 1
            back_up()
        if not warm_bytes and done >= _WARM:
            warm_bytes = _memory(process)
        if not reloaded and done >= 0.5:
            reloaded = True
            told.ended.clear()
            desk.apply(replace(desk.settings, votes=desk.settings.votes + 1))  # loads all anew
    end_bytes = _memory(process)
    stored = int(desk.database.read("SELECT count(*) FROM punches")[0][0])
    problems = desk.database.check()
    stuck = desk.stop()
    gc.collect()
    midnights = (clock.utc().date() - _START.date()).days
    what = (
        f"{clock.frames} frames, {plan.visits} visits, {told.losses} camera losses, {made[0]} "
        f"backups, models loaded {told.loads} times, {midnights} midnights, {machine_now()}"
    )
    growth = 100 * (end_bytes - warm_bytes) / warm_bytes if warm_bytes else 0.0
    yield Figure("memory growth after a fifth of it", growth, "%", 5, what)
    yield Figure("memory at the end", end_bytes / 1e6, "MB", None, what)
    yield Figure(
        "punches told and not stored", abs(told.punches - stored), "", 1, f"{stored} stored"
    )
    yield Figure(
        "visits without a punch", abs(plan.visits - stored), "", 1, f"{plan.visits} visits"
    )
    yield Figure("problems of the database", len(problems), "", 1, what)
    left = threading.active_count() - threads_before + len(stuck)
    yield Figure("threads left", left, "", 1, what)
    yield Figure("files left open", _open_files(process) - files_before, "", 1, what)


def _hear(fact: Fact, told: _Told) -> None:
    match fact:
        case PunchRecorded():
            told.punches += 1
        case CameraChanged(state=CameraState.LOST):
            told.losses += 1
        case SourceEnded():
            told.ended.set()


def _desk(folder: Path, plan: Plan, clock: _Clock, told: _Told) -> Desk:
    def load() -> LoadedModels:
        told.loads += 1
        return LoadedModels(_Detector(), _Embedder(), _THRESHOLDS, "none")

    paths = DataPaths(folder / "data").prepare()
    database = Database.open(paths.database, clock=clock, backups=paths.backups)
    world = World(
        clock=clock,
        open_source=lambda _: _Camera(plan, clock),
        load_models=lambda _: load(),
        list_cameras=list,
        model_names=lambda _: [],
        local_zone=lambda: "UTC",
        release=lambda: None,
    )
    settings = Settings(liveness="off", backup_every_h=0, keep_crops=False)
    desk = Desk(paths, settings, world, database, lockstep=True)
    with database.transaction():
        for number in range(_PEOPLE):
            desk.people.add(
                Person(0, f"Person {number}"), [Sample(0, 0, _CONTRACT, _vector(number), "soak")]
            )
    return desk


def _vector(number: int) -> Vector:
    numbers = np.random.default_rng(number).standard_normal(_DIMENSION)
    return (numbers / np.linalg.norm(numbers)).astype(np.float32)


def _memory(process: psutil.Process) -> int:
    gc.collect()
    return int(process.memory_info().rss)


def _open_files(process: psutil.Process) -> int:
    return int(process.num_fds()) if hasattr(process, "num_fds") else len(process.open_files())
