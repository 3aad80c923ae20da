"""Enrolment on the real program: real window, SQLite and models, a camera that plays faces."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from facedesk.core.guided_capture import View
from facedesk.core.records import Image
from facedesk.engine.desk import Desk
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.vision.pictures import read_picture
from tests.fakes import FakeCamera, Lost, Show
from tests.stories.test_window import program

pytestmark = [pytest.mark.model, pytest.mark.data]
_WAIT_MS = 60_000


@pytest.fixture(autouse=True)
def _models(public_models: Path) -> None:
    """Every story runs on the public models."""


def before_the_camera(path: Path) -> Image:
    """A picture of LFW as a webcam would show it: 640x480, the face about 200 px wide."""
    large = cv2.resize(read_picture(path), (480, 480), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(cv2.copyMakeBorder(large, 0, 0, 80, 80, cv2.BORDER_REPLICATE))


def poses(desk: Desk, folder: Path) -> dict[View, Image]:
    """A frontal picture of a person and one turned to each side, of those in the folder."""
    found: list[tuple[float, Image]] = []
    for path in sorted(folder.iterdir()):
        image = before_the_camera(path)
        faces = desk.enrolment.examine(image, "test").faces
        if len(faces) == 1 and faces[0].quality.good:
            found.append((faces[0].quality.yaw_deg, image))
    front_yaw, front = min(found, key=lambda pair: abs(pair[0]))

    def turned(sign: int) -> Image:
        return min(found, key=lambda pair: abs(sign * (pair[0] - front_yaw) - 21.0))[1]

    return {View.FRONT: front, View.LEFT: turned(1), View.RIGHT: turned(-1)}


def test_somebody_turns_the_head_loses_the_camera_and_is_enrolled(
    qtbot: QtBot, tmp_path: Path, shared_dir: Path
) -> None:
    folder = shared_dir / "data/lfw/images/Tony_Blair"
    if not folder.is_dir():
        pytest.skip("no LFW pictures on this machine")
    camera = FakeCamera([], fps=15)
    with program(tmp_path, camera) as (desk, window):
        views = poses(desk, folder)
        window.show_page(1)
        window.people.add()
        (dialog,) = window.people.findChildren(EnrolDialog)
        dialog.fields.name.setText("Zoë Müller")
        dialog.tray.camera_button.setChecked(True)
        guided = dialog.tray.camera
        qtbot.waitUntil(lambda: guided.guide is not None, timeout=_WAIT_MS)

        def taken() -> set[View]:
            assert guided.guide is not None
            return set(guided.guide.taken)

        play(camera, Show(views[View.FRONT], 600.0))
        qtbot.waitUntil(lambda: View.FRONT in taken(), timeout=_WAIT_MS)
        play(camera, Lost(1), Show(views[View.LEFT], 600.0))
        qtbot.waitUntil(lambda: guided.view.notice is not None, timeout=_WAIT_MS)
        qtbot.waitUntil(lambda: View.LEFT in taken(), timeout=_WAIT_MS)
        play(camera, Show(views[View.RIGHT], 600.0))
        qtbot.waitUntil(lambda: View.RIGHT in taken(), timeout=_WAIT_MS)

        assert {card.badge.text for card in dialog.tray.cards} == {"Good photo"}
        with qtbot.waitSignal(dialog.person_saved, timeout=_WAIT_MS):
            dialog.save_button.click()
        (person,) = desk.people.list()
        assert person.samples >= 3
        # Known with the next frames: whoever was photographed is checked in.
        play(camera, Show(views[View.FRONT], 600.0))
        qtbot.waitUntil(lambda: bool(desk.punches.log(None, None)), timeout=_WAIT_MS)
        assert desk.punches.log(None, None)[0].name == "Zoë Müller"


def play(camera: FakeCamera, *steps: object) -> None:
    """Go on with these steps from the next frame."""
    camera._steps = iter(steps)  # type: ignore[arg-type]
    camera._left = 0
    if camera._step is None:
        camera._next_step()
