"""Stories on the real program: real window, real SQLite, real models, a video file as camera."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from facedesk import settings_file
from facedesk.app import build_desk, open_window
from facedesk.core.clock import SystemClock
from facedesk.core.facts import Fact, PunchRecorded
from facedesk.core.records import CameraState, Person
from facedesk.engine.desk import Desk
from facedesk.gui.main_window import MainWindow
from facedesk.paths import DataPaths
from facedesk.vision.demo import DEMO_PERSON, enrolment_pictures
from facedesk.vision.pictures import read_picture
from tests.fakes import FakeCamera, Show, picture
from tests.videos import write_video

pytestmark = pytest.mark.model
_WAIT_MS = 30_000


@pytest.fixture(autouse=True)
def _models(public_models: Path) -> None:
    """Every story runs on the public models."""


@contextmanager
def program(
    tmp_path: Path, source: object, prepare: Callable[[Desk], None] = lambda _: None
) -> Iterator[tuple[Desk, MainWindow]]:
    """The program as `facedesk run` builds it, on a source given as text or as an object."""
    paths = DataPaths(tmp_path / "data").prepare()
    desk = build_desk(
        paths,
        settings_file.load(paths.settings),
        SystemClock(),
        source=source if isinstance(source, str) else "",
        open_source=None if isinstance(source, str) else lambda _: source,  # type: ignore[return-value]
        alone=True,
    )
    try:
        prepare(desk)
        window, _ = open_window(desk)
        desk.start()
        yield desk, window
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    finally:
        assert desk.stop() == ()


def enrol_demo_person(desk: Desk) -> None:
    enrolment = desk.enrolment
    drafts = [enrolment.draft(enrolment.examine(image, "t")) for image in enrolment_pictures()]
    enrolment.enrol(Person(0, DEMO_PERSON, "D-1"), drafts)


def test_visitor_is_greeted_and_stands_in_the_log(qtbot: QtBot, tmp_path: Path) -> None:
    with program(tmp_path, "demo", enrol_demo_person) as (desk, window):
        qtbot.waitUntil(lambda: DEMO_PERSON in _texts(window), timeout=_WAIT_MS)
        qtbot.waitUntil(lambda: desk.camera_state is CameraState.LIVE, timeout=_WAIT_MS)
        window.show_page(2)
        qtbot.waitUntil(lambda: window.log.rows.rowCount() == 1, timeout=_WAIT_MS)
    assert desk.provider == ""  # stopped with the window


def test_person_enrolled_while_the_kiosk_runs_is_known_with_the_next_frames(
    qtbot: QtBot, tmp_path: Path, shared_dir: Path
) -> None:
    faces = sorted((shared_dir / "data/lfw/images/Al_Gore").iterdir())[:2]
    video = write_video(tmp_path / "v.avi", [read_picture(faces[1])] * 8)
    facts: list[Fact] = []
    with program(tmp_path, str(video)) as (desk, _window):
        desk.listen(facts.append)
        qtbot.waitUntil(lambda: any(f.event == "unknown_seen" for f in facts), timeout=_WAIT_MS)
        enrolment = desk.enrolment
        draft = enrolment.draft(enrolment.examine_file(faces[0]))
        enrolment.enrol(Person(0, "Al Gore"), [draft])
        qtbot.waitUntil(lambda: any(isinstance(f, PunchRecorded) for f in facts), timeout=_WAIT_MS)


def test_window_that_stands_still_for_two_seconds_catches_up_at_once(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """Nothing queues: after the block the window shows the newest frame, not sixty old ones."""
    camera = FakeCamera([Show(picture(size=(320, 240)), 3600)], fps=30)
    with program(tmp_path, camera) as (desk, window):
        qtbot.waitUntil(lambda: window.kiosk.video.paint_ms > 0, timeout=_WAIT_MS)
        before = camera.frames
        threading.Event().wait(2.0)  # the GUI thread is blocked; capture goes on
        assert camera.frames - before > 20
        beats: list[int] = []
        window.pulse.beat.connect(lambda: beats.append(1))
        qtbot.waitUntil(lambda: len(beats) > 3, timeout=_WAIT_MS)
        frame = desk.frames.peek()
        assert frame is not None
        assert camera.frames - frame.seq <= 3


def _texts(window: MainWindow) -> str:
    from PySide6.QtWidgets import QLabel

    labels = window.kiosk.findChildren(QLabel)
    return " ".join(label.text() for label in labels if label.isVisible()) + " ".join(
        row.name for row in window.kiosk.recent.rows.rows
    )
