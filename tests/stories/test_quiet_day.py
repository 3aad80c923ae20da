"""A whole day on the real desk, and not one socket: FaceDesk needs no network and uses none."""

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from facedesk.core.attendance import day_bounds
from facedesk.core.corrections import Signature
from facedesk.core.facts import Fact, PunchRecorded, SourceEnded
from facedesk.core.records import Image, Person, Sample
from facedesk.core.retention import Limits
from facedesk.engine.desk import Desk
from facedesk.engine.subject_access import write_subject_access
from facedesk.engine.world import LoadedModels, World
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.store.database import Database
from facedesk.store.export import export_csv
from facedesk.store.retention import Retention
from facedesk.vision.camera import Given
from tests.fakes import FakeClock, FakeDetector, FakeEmbedder, picture, vector_of, wall

DAY = datetime(2026, 3, 2, tzinfo=UTC)
COLOURS = ("red", "green", "blue", "yellow")
_NETWORK = ("socket.", "http.client", "urllib.", "ftplib.", "smtplib.")
_seen: list[str] = []
_watching = threading.Event()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching.is_set() and event.startswith(_NETWORK):
        _seen.append(f"{event} {arguments!r}"[:200])


sys.addaudithook(_watch)  # for good: Python has no way to remove one


class DayCamera:
    """Everybody comes at seven, goes at five, and a stranger passes at noon."""

    name, identity, live = "Camera", "camera:day", False

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._frames = self._day()
        self._random = np.random.default_rng(0)

    def _day(self) -> Iterator[Image]:
        visits = [(7 + number / 10, colour) for number, colour in enumerate(COLOURS)]
        visits.append((12.0, "purple"))
        visits += [(17 + number / 10, colour) for number, colour in enumerate(COLOURS)]
        for hour, colour in visits:
            wait = DAY + timedelta(hours=hour) - self._clock.utc()
            self._clock.advance(wait.total_seconds())
            for image in [wall()] * 3 + [picture((colour, (240, 120, 160)))] * 20:
                self._clock.advance(0.1)
                yield cv2.add(image, self._random.integers(0, 3, image.shape, np.uint8))

    def open(self) -> Given:
        return Given(640, 480, 10.0, "FAKE", "fake")

    def read(self) -> Image | None:
        return next(self._frames, None)

    def close(self) -> None:
        pass


def test_a_whole_day_opens_no_socket(tmp_path: Path) -> None:
    clock = FakeClock(DAY + timedelta(hours=6))
    paths = DataPaths(tmp_path / "data").prepare()
    _seen.clear()
    _watching.set()
    try:
        desk = _desk(paths, clock)
        told = _live_through(desk)
        _office_work(desk, tmp_path)
        assert desk.stop() == ()
    finally:
        _watching.clear()
    assert len(told) == 2 * len(COLOURS)
    assert _seen == []


def test_the_watch_would_have_seen_one() -> None:
    import socket

    _seen.clear()
    _watching.set()
    socket.socket().close()
    _watching.clear()
    assert _seen


def _desk(paths: DataPaths, clock: FakeClock) -> Desk:
    world = World(
        clock=clock,
        open_source=lambda _settings: DayCamera(clock),
        load_models=lambda _settings: LoadedModels(
            FakeDetector(), FakeEmbedder(), {"fmr_1e-5": 0.5, "fmr_1e-4": 0.4}, "FakeProvider"
        ),
        list_cameras=list,
        model_names=lambda _task: [],
        local_zone=lambda: "UTC",
        release=lambda: None,
    )
    database = Database.open(paths.database, clock=clock, backups=paths.backups)
    desk = Desk(paths, Settings(liveness="off"), world, database, lockstep=True)
    desk.access.make_owner("Olu", "correct horse battery")
    desk.access.sign_in("Olu", "correct horse battery")
    for colour in COLOURS:
        sample = Sample(0, 0, "fake-1", vector_of(colour), "file:x.jpg")
        desk.people.add(Person(0, colour.title()), [sample])
    return desk


def _live_through(desk: Desk) -> list[Fact]:
    told: list[Fact] = []
    ended = threading.Event()

    def hear(fact: Fact) -> None:
        if isinstance(fact, PunchRecorded):
            told.append(fact)
        if isinstance(fact, SourceEnded):
            ended.set()

    desk.listen(hear)
    desk.start()
    assert ended.wait(60)
    return told


def _office_work(desk: Desk, folder: Path) -> None:
    """What an admin does in the evening."""
    desk.corrections.set_time(
        1, desk.clock.utc() - timedelta(hours=10), Signature("Olu", "came earlier")
    )
    start, end = day_bounds(DAY.date(), "UTC", 4)
    assert export_csv(folder / "day.csv", desk.punches.log(start, end), "UTC") == 2 * len(COLOURS)
    write_subject_access(desk.database, 1, "UTC", folder / "red.zip")
    desk.database.backup(folder / "copy.db")
    Retention(desk.database).erase(Limits(leavers_days=1), "Olu")
    desk.people.remove(2)
    assert desk.database.check() == ()
