"""The guided camera with the real widgets: poses come from the test, time from a fake clock."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from facedesk.core.errors import ModelError
from facedesk.core.guided_capture import View
from facedesk.core.records import CameraState, Person, QualityReason
from facedesk.engine.enrolment import ExaminedFace
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.enrol_guide import side_of
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk, good_face, stranger_vector

POSES = {
    View.FRONT: (0.0, 10.0),
    View.LEFT: (20.0, 10.0),
    View.RIGHT: (-20.0, 10.0),
    View.UP: (0.0, 4.0),
    View.DOWN: (0.0, 16.0),
    View.GLASSES: (0.0, 10.0),
}


class Sitting:
    """Somebody before the camera of the dialog."""

    def __init__(self, desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
        self.desk, self.window, self.qtbot = desk, window, qtbot

    def open(self, person: Person | None = None) -> EnrolDialog:
        self.dialog = EnrolDialog(
            self.desk, self.window.bridge, self.window.pulse, self.window._theme,  # type: ignore[arg-type]
            person or self.desk.add_person("Somebody", samples=0), self.window,
        )  # fmt: skip
        self.dialog.open()
        self.camera = self.dialog.tray.camera
        self.dialog.tray.camera_button.setChecked(True)
        self.qtbot.waitUntil(lambda: self.camera.guide is not None)
        return self.dialog

    def show(self, *faces: ExaminedFace, looks: int = 1) -> None:
        """Let the camera look so often at these faces, a fifth of a second apart."""
        self.desk.enrolment.knows["camera"] = list(faces)
        for _ in range(looks):
            if not self.camera.guide.missing:
                return
            self.desk.clock.advance(0.2)
            self.desk.show(np.full((360, 640, 3), 90, np.uint8))
            before = self.desk.enrolment.looks
            self.camera.beat()
            self.qtbot.waitUntil(
                lambda before=before: (
                    self.desk.enrolment.looks > before and not self.camera._look.busy
                )
            )

    def pose(self, view: View, *, vector: np.ndarray | None = None, looks: int = 10) -> None:
        seed = 10 + list(View).index(view)
        self.show(good_face(pose=POSES[view], seed=seed, vector=vector), looks=looks)

    def names(self) -> list[str]:
        return [card.accessibleName() for card in self.dialog.tray.cards]


@pytest.fixture
def sitting(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> Sitting:
    window.pulse.stop()  # the test beats
    return Sitting(desk, window, qtbot)


def test_the_photos_of_all_views_take_themselves(sitting: Sitting) -> None:
    dialog = sitting.open()
    for view in View:
        sitting.pose(view)
    assert sitting.names() == [
        f"From the camera: {name}" for name in ("Front", "Left", "Right", "Up", "Down")
    ]
    assert {card.badge.text for card in dialog.tray.cards} == {"Good photo"}
    assert sitting.camera.guide is not None
    assert sitting.camera.guide.missing == ()
    sitting.camera.beat()
    assert sitting.camera.view.words == "That is all, unless you wear glasses at times."
    dialog.fields.name.setText("Ada")
    with sitting.qtbot.waitSignal(dialog.person_saved):
        dialog.save_button.click()
    assert sitting.desk.people.list()[0].samples == 5


def test_who_wears_glasses_is_photographed_with_and_without_them(sitting: Sitting) -> None:
    dialog = sitting.open()
    sitting.pose(View.FRONT)
    for view in (View.LEFT, View.RIGHT, View.UP, View.DOWN):
        sitting.pose(view)
    sitting.camera.glasses.click()
    sitting.pose(View.GLASSES, looks=15)
    sitting.camera.beat()
    assert sitting.camera.view.words == "Put your glasses on, or take them off."
    assert "Still missing: Glasses on or off." in sitting.camera.view.accessibleDescription()
    sitting.pose(View.GLASSES, looks=20)
    assert sitting.names()[-1] == "From the camera: Glasses on or off"
    assert len(dialog.tray.usable) == 6
    sitting.camera.beat()
    assert sitting.camera.view.words == "That is all. Thank you."


def test_what_is_missing_is_said_on_the_picture_and_to_a_screen_reader(sitting: Sitting) -> None:
    sitting.open()
    sitting.pose(View.FRONT)
    sitting.show(good_face(pose=(0, 10), seed=30), looks=6)
    view = sitting.camera.view
    sitting.camera.beat()
    assert view.words == "Turn your head a little to your left."
    assert view.accessibleDescription() == (
        "Turn your head a little to your left. Still missing: Left, Right, Up, Down."
    )


@pytest.mark.parametrize(
    ("faces", "words"),
    [
        ([], "Look at the camera."),
        ([good_face(None, QualityReason.TOO_DARK)], "It is too dark."),
        ([good_face(None, QualityReason.TOO_SMALL)], "Come closer."),
        ([good_face(), good_face(seed=2)], "Only one person, please."),
    ],
)
def test_what_cannot_be_used_is_not_taken(
    sitting: Sitting, faces: list[ExaminedFace], words: str
) -> None:
    sitting.open()
    sitting.show(*faces, looks=12)
    sitting.camera.beat()
    assert sitting.camera.view.words.startswith(words)
    assert sitting.names() == []


def test_somebody_else_is_not_mixed_in(sitting: Sitting) -> None:
    sitting.open()
    sitting.pose(View.FRONT)
    sitting.pose(View.LEFT, vector=stranger_vector(3))
    sitting.camera.beat()
    assert "not the person" in sitting.camera.view.words
    assert sitting.names() == ["From the camera: Front"]


def test_the_photos_fit_the_stored_ones_of_the_person(sitting: Sitting) -> None:
    """Editing Ada: whoever else sits down in front of the camera is not added to her."""
    sitting.open(sitting.desk.add_person("Ada", samples=2))
    sitting.pose(View.FRONT, vector=stranger_vector(3))
    assert sitting.names() == []
    sitting.pose(View.FRONT)
    assert sitting.names() == ["From the camera: Front"]


def test_a_photo_thrown_away_is_wanted_again(sitting: Sitting) -> None:
    dialog = sitting.open()
    sitting.pose(View.FRONT)
    sitting.pose(View.LEFT)
    dialog.tray.cards[1].remove_button.click()
    assert sitting.camera.guide is not None
    assert sitting.camera.guide.missing[0] is View.LEFT
    sitting.pose(View.LEFT)
    assert sitting.names() == ["From the camera: Front", "From the camera: Left"]


def test_the_camera_is_lost_in_the_middle_and_goes_on_by_itself(sitting: Sitting) -> None:
    sitting.open()
    sitting.pose(View.FRONT)
    sitting.desk.camera_state = CameraState.LOST
    sitting.camera.beat()
    notice = sitting.camera.view.notice
    assert notice is not None
    assert "by itself" in notice.hint
    assert "No camera picture" in sitting.camera.view.accessibleDescription()
    assert not sitting.camera.shutter.isEnabled()
    sitting.desk.clock.advance(20.0)
    sitting.desk.camera_state = CameraState.LIVE
    sitting.pose(View.LEFT)
    assert sitting.camera.view.notice is None
    assert sitting.names() == ["From the camera: Front", "From the camera: Left"]


def test_space_shoots_by_hand_and_fills_the_view(sitting: Sitting) -> None:
    dialog = sitting.open()
    sitting.show(good_face(pose=POSES[View.FRONT]))
    sitting.qtbot.keyClick(sitting.camera.view, Qt.Key.Key_Space)
    sitting.qtbot.waitUntil(lambda: bool(dialog.tray.usable))
    assert sitting.camera.guide is not None
    assert sitting.camera.guide.taken == (View.FRONT,)


def test_escape_closes_the_camera_and_not_the_dialog(sitting: Sitting) -> None:
    dialog = sitting.open()
    sitting.show(good_face(pose=POSES[View.FRONT]))
    sitting.qtbot.keyClick(sitting.camera.view, Qt.Key.Key_Escape)
    assert not sitting.camera.isVisible()
    assert dialog.isVisible()
    before = sitting.desk.enrolment.looks
    sitting.desk.show(np.full((360, 640, 3), 91, np.uint8))
    sitting.desk.clock.advance(1.0)
    sitting.camera.beat()
    assert sitting.desk.enrolment.looks == before  # nobody looks behind the scenes


def test_without_models_it_says_so_instead_of_trying_for_ever(
    sitting: Sitting, desk: FakeDesk
) -> None:
    class Nothing:
        @property
        def rules(self) -> object:
            raise ModelError("No face embedder is installed")

    desk.enrolment = Nothing()  # type: ignore[assignment]
    dialog = EnrolDialog(
        desk, sitting.window.bridge, sitting.window.pulse, sitting.window._theme,  # type: ignore[arg-type]
        desk.add_person("Somebody", samples=0), sitting.window,
    )  # fmt: skip
    dialog.open()
    dialog.tray.camera_button.setChecked(True)
    desk.show(np.full((360, 640, 3), 90, np.uint8))

    def told() -> bool:
        dialog.tray.camera.beat()
        return dialog.tray.camera.view.words == "No face embedder is installed"

    sitting.qtbot.waitUntil(told)


@pytest.mark.parametrize(("mirrored", "left", "right"), [(True, 180.0, 0.0), (False, 0.0, 180.0)])
def test_left_on_the_ring_is_the_persons_own_left(
    mirrored: bool, left: float, right: float
) -> None:
    assert side_of(View.LEFT, mirrored=mirrored) == left
    assert side_of(View.RIGHT, mirrored=mirrored) == right
    assert side_of(View.UP, mirrored=mirrored) == 90.0


@pytest.mark.parametrize("mirrored", [True, False])
def test_the_ring_is_green_where_a_view_is_there(sitting: Sitting, mirrored: bool) -> None:
    sitting.open()
    sitting.camera.view.mirrored = mirrored
    sitting.pose(View.FRONT)
    sitting.pose(View.LEFT)
    sitting.camera.beat()
    picture = sitting.camera.view.grab().toImage()

    def green(columns: range) -> int:
        return sum(
            picture.pixelColor(x, y).green() - picture.pixelColor(x, y).red() > 90
            for x in columns
            for y in range(0, picture.height(), 2)
        )

    centre, radius = sitting.camera.view.ring()
    left = range(int(centre.x() - radius) - 6, int(centre.x() - radius) + 4)
    right = range(int(centre.x() + radius) - 4, int(centre.x() + radius) + 6)
    there, missing = (left, right) if mirrored else (right, left)
    assert green(there) > 20
    assert green(missing) == 0
