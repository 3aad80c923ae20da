"""The window on the real desk: real threads, real store; camera and networks are faked.

A person is a coloured square, see `tests.fakes`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from facedesk.core.clock import SystemClock
from facedesk.core.records import CameraState, Person, Sample
from facedesk.engine.desk import Desk
from facedesk.engine.world import LoadedModels, World
from facedesk.gui.enrol_wizard import EnrolWizard
from facedesk.gui.main_window import MainWindow
from facedesk.gui.theme import Theme
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.vision.align import kept_crop
from facedesk.vision.devices import CameraInfo
from facedesk.vision.pictures import encode_jpeg
from tests.databases import opened
from tests.fakes import FakeCamera, FakeDetector, FakeEmbedder, Hang, Lost, Show, picture, wall

_WAIT_MS = 10_000
RED = picture(("red", (240, 120, 160)))
BLUE = picture(("blue", (240, 120, 160)))


class Stage:
    """A camera that plays what the test gives it, a desk, and a window on it."""

    def __init__(self, root: Path, theme: Theme, camera: FakeCamera) -> None:
        self.paths = DataPaths(root).prepare()
        clock = SystemClock()
        world = World(
            clock=clock,
            open_source=lambda _settings: camera,
            load_models=lambda _settings: LoadedModels(
                FakeDetector(), FakeEmbedder(), {"fmr_1e-5": 0.5, "fmr_1e-4": 0.4}, "FakeProvider"
            ),
            list_cameras=lambda: [CameraInfo("Fake camera", "camera:fake", 0, 0)],
            model_names=lambda _task: ["fake"],
            local_zone=lambda: "Europe/Berlin",
            release=lambda: None,
        )
        database = opened(self.paths.database, clock)
        self.desk = Desk(self.paths, Settings(), world, database)
        self.window = MainWindow(self.desk, theme)
        self.window.show()

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def camera() -> FakeCamera:
    return FakeCamera([Show(wall(), 0.3), Show(RED, 3.0), Lost(1), Show(BLUE, 60.0)])


@pytest.fixture
def stage(tmp_path: Path, theme: Theme, camera: FakeCamera) -> Iterator[Stage]:
    made = Stage(tmp_path / "data", theme, camera)
    yield made
    made.close()
    assert made.desk.stop() == ()


def enrol(stage: Stage, name: str, file: Path, qtbot: QtBot) -> None:
    stage.window.show_page(1)
    stage.window.people.first_button.click()
    (wizard,) = stage.window.people.findChildren(EnrolWizard)
    wizard.person.fields.name.setText(name)
    wizard.person.check()
    wizard.next()
    qtbot.waitUntil(lambda: wizard.step is wizard.consent, timeout=_WAIT_MS)
    wizard.consent.recorded_by.setText("Petra")
    wizard.consent.agree.setChecked(True)
    wizard.next()
    wizard.photos.tray.add_files([file])
    qtbot.waitUntil(lambda: wizard.photos.complete, timeout=_WAIT_MS)
    wizard.next()
    qtbot.waitUntil(lambda: wizard.check.complete, timeout=_WAIT_MS)
    wizard.next()
    with qtbot.waitSignal(wizard.person_saved, timeout=_WAIT_MS):
        wizard.next()
    stage.window.show_page(0)


def test_enrolled_in_the_window_greeted_at_the_camera_and_kept_in_the_database(
    stage: Stage, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "red.jpg"
    file.write_bytes(encode_jpeg(RED, 95))
    enrol(stage, "Zoë Müller", file, qtbot)
    assert stage.window.strip.people.text() == "1 person"

    stage.desk.start()
    kiosk = stage.window.kiosk
    qtbot.waitUntil(lambda: kiosk.card.greeting is not None, timeout=_WAIT_MS)
    assert "Zoë Müller" in kiosk.card.text
    assert [row.name for row in kiosk.recent.rows.rows] == ["Zoë Müller"]
    (row,) = stage.desk.punches.log(None, None)
    assert row.name == "Zoë Müller"
    assert stage.window.strip.provider.text() == "Runs on FakeProvider"

    # Unplugged while somebody stands there: an honest message, then it heals by itself.
    qtbot.waitUntil(lambda: stage.desk.camera_state is CameraState.LOST, timeout=_WAIT_MS)
    qtbot.waitUntil(
        lambda: kiosk.video.notice is not None and kiosk.video.notice.retry_at_s > 0,
        timeout=_WAIT_MS,
    )
    qtbot.waitUntil(lambda: kiosk.video.notice is None, timeout=_WAIT_MS)

    # The stranger in blue is told so, and nothing is recorded.
    qtbot.waitUntil(lambda: kiosk.card.text.startswith("Not recognised"), timeout=_WAIT_MS)
    assert len(stage.desk.punches.log(None, None)) == 1


def test_new_settings_start_a_new_session(stage: Stage, qtbot: QtBot) -> None:
    stage.desk.start()
    qtbot.waitUntil(lambda: stage.desk.camera_state is CameraState.LIVE, timeout=_WAIT_MS)
    page = stage.window.settings
    stage.window.show_page(4)
    page.editors["votes"].show_value(1)
    with qtbot.waitSignal(page.settings_applied, timeout=_WAIT_MS):
        page.save_button.click()
    qtbot.waitUntil(lambda: stage.desk.camera_state is CameraState.LIVE, timeout=_WAIT_MS)
    assert stage.desk.settings.votes == 1


def test_closing_the_window_ends_every_thread(stage: Stage, qtbot: QtBot) -> None:
    stage.desk.start()
    qtbot.waitUntil(lambda: stage.desk.camera_state is CameraState.LIVE, timeout=_WAIT_MS)
    stage.window.close()
    assert stage.desk.camera_state is CameraState.STOPPED


def test_a_camera_that_hangs_is_named_also_after_the_window_closed(
    tmp_path: Path, theme: Theme
) -> None:
    camera = FakeCamera([Hang()])
    made = Stage(tmp_path / "data", theme, camera)
    made.desk.start()
    assert camera.hanging.wait(5)
    assert made.desk.stop(0.3) == ("capture",)
    assert made.desk.stop() == ("capture",)
    camera.release()
    made.close()


def test_after_an_update_of_the_model_everybody_is_read_before_the_first_face(
    stage: Stage, qtbot: QtBot
) -> None:
    old = np.eye(1, 16, dtype=np.float32)[0]
    [face] = FakeDetector().detect(RED)
    crop = encode_jpeg(kept_crop(RED, face.landmarks), 95)
    for name, kept in (("Zoë Müller", crop), ("No Photo", b"")):
        stage.desk.people.add(Person(0, name), [Sample(0, 0, "old", old, "t", kept)])
    stage.desk.succession.replaced = True
    stage.desk.start()
    qtbot.waitUntil(lambda: stage.window.kiosk.card.greeting is not None, timeout=_WAIT_MS)
    assert "Zoë Müller" in stage.window.kiosk.card.text
    assert stage.window.banner.isVisible()
    assert "new photos: 1." in stage.window.banner.words.text()
