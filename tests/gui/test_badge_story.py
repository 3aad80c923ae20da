"""Without a face on the real desk: a badge in a video file as camera, a PIN without any camera."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from facedesk.core.credentials import new_badge_code
from facedesk.core.records import CameraState, Method, Person
from facedesk.gui.theme import Theme
from facedesk.vision.camera import FrameSource
from facedesk.vision.codes import qr_picture
from facedesk.vision.sources import open_source
from tests.fakes import FakeCamera, Lost
from tests.gui.test_desk_story import Stage

_WAIT_MS = 20_000


@pytest.fixture
def badge_video(tmp_path: Path) -> tuple[Path, str]:
    """A hand brings a badge into the picture and holds it there, not quite still."""
    code = new_badge_code()
    card = qr_picture(code, 7)
    side = card.shape[0]
    random = np.random.default_rng(5)
    path = tmp_path / "badge.avi"
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (640, 480)
    )
    for number in range(150):
        left = min(220, -side + 20 * number) + int(4 * np.sin(number / 5))
        turned = cv2.getRotationMatrix2D((side / 2, side / 2), 6 * np.sin(number / 9), 1.0)
        turned[:, 2] += (left, 120)
        frame = cv2.warpAffine(card, turned, (640, 480), borderValue=(150, 158, 162))
        noise = random.normal(0, 4, frame.shape)
        writer.write(np.clip(frame * 0.9 + noise, 0, 255).astype(np.uint8))
    writer.release()
    return path, code


@pytest.fixture
def staged(tmp_path: Path, theme: Theme) -> Iterator[list[Stage]]:
    """What a test put on the stage; ended with it."""
    made: list[Stage] = []
    yield made
    for stage in made:
        stage.close()
        assert stage.desk.stop() == ()


def put_on(staged: list[Stage], folder: Path, theme: Theme, source: FrameSource) -> Stage:
    stage = Stage(folder / "data", theme, source)  # type: ignore[arg-type]
    staged.append(stage)
    return stage


def test_a_badge_held_to_the_camera_checks_in_once(
    staged: list[Stage],
    badge_video: tuple[Path, str],
    tmp_path: Path,
    theme: Theme,
    qtbot: QtBot,
) -> None:
    path, code = badge_video
    stage = put_on(staged, tmp_path, theme, open_source(str(path), realtime=True))
    ada = stage.desk.people.add(Person(0, "Ada Lovelace", "1017"))
    stage.desk.credentials.set_badge(ada.id, code)
    stage.desk.start()
    kiosk = stage.window.kiosk
    qtbot.waitUntil(lambda: kiosk.card.greeting is not None, timeout=_WAIT_MS)
    assert "Ada Lovelace" in kiosk.card.text
    qtbot.waitUntil(lambda: stage.desk.camera_state is CameraState.STOPPED, timeout=_WAIT_MS)
    (row,) = stage.desk.punches.log(None, None)
    assert row.punch.method is Method.BADGE
    assert row.punch.source.endswith("badge.avi")


def test_a_kiosk_whose_camera_never_came_takes_pins(
    staged: list[Stage], tmp_path: Path, theme: Theme, qtbot: QtBot
) -> None:
    stage = put_on(staged, tmp_path, theme, FakeCamera([Lost(1000)]))
    ada = stage.desk.people.add(Person(0, "Ada Lovelace", "1017"))
    stage.desk.credentials.set_pin(ada.id, "5928")
    stage.window.kiosk.people_changed()
    stage.desk.start()
    kiosk = stage.window.kiosk
    qtbot.waitUntil(lambda: "Please use your PIN" in kiosk.card.text, timeout=_WAIT_MS)
    kiosk.ways.button.click()
    for keys in ("1017", "5928"):
        for letter in keys:
            next(key for key in kiosk.ways.panel.keypad.keys if key.text() == letter).click()
        kiosk.ways.panel.next_button.click()
    qtbot.waitUntil(lambda: kiosk.card.greeting is not None, timeout=_WAIT_MS)
    (row,) = stage.desk.punches.log(None, None)
    assert (row.name, row.punch.method) == ("Ada Lovelace", Method.PIN)
