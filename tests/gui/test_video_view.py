from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from facedesk.core.errors import CameraTrouble
from facedesk.core.facts import CameraChanged
from facedesk.core.records import CameraState, DecisionKind, Frame, QualityReason, Seen, SeenFace
from facedesk.gui.theme import Theme
from facedesk.gui.video_view import Notice, VideoView, image_over, notice_of
from tests.gui.fake_desk import MORNING, seen_face


def frame_of(image: np.ndarray, seq: int = 0) -> Frame:
    image.setflags(write=False)
    return Frame(image, seq, 0.0, MORNING)


def two_halves() -> np.ndarray:
    """Left half red, right half blue (BGR), 320x180."""
    image = np.zeros((180, 320, 3), np.uint8)
    image[:, :160] = (0, 0, 255)
    image[:, 160:] = (255, 0, 0)
    return image


def seen_on(frame: Frame, *faces: SeenFace) -> Seen:
    return Seen(frame.seq, frame.utc, frame.size, faces, 5.0)


@pytest.fixture
def make(theme: Theme, qtbot: QtBot) -> Callable[[int, int], VideoView]:
    def made(width: int, height: int) -> VideoView:
        view = VideoView(theme, lambda: 100.0)
        qtbot.addWidget(view)
        view.resize(width, height)
        view.show_notice(None)
        return view

    return made


def colour_at(view: VideoView, x: int, y: int) -> tuple[int, int, int]:
    colour = QColor(view.grab().toImage().pixel(x, y))
    return colour.red(), colour.green(), colour.blue()


def test_the_picture_is_mirrored_only_while_painting(make: Callable[[int, int], VideoView]) -> None:
    view = make(640, 360)
    frame = frame_of(two_halves())
    before = frame.image.copy()
    view.show_frame(frame, None)
    assert colour_at(view, 100, 180) == (0, 0, 255)
    view.mirrored = False
    assert colour_at(view, 100, 180) == (255, 0, 0)
    assert np.array_equal(frame.image, before)


def test_colours_survive_an_odd_width_and_a_picture_inside_a_larger_one(
    make: Callable[[int, int], VideoView],
) -> None:
    large = np.zeros((200, 400, 3), np.uint8)
    large[:] = (10, 120, 230)
    part = large[3:181, 5:322]  # rows are farther apart than their length, and 317 is odd
    shown = image_over(frame_of(part))
    assert (shown.width(), shown.height()) == (317, 178)
    assert QColor(shown.pixel(316, 177)) == QColor(230, 120, 10)


def test_the_aspect_is_kept_in_any_widget(make: Callable[[int, int], VideoView]) -> None:
    view = make(900, 300)
    view.show_frame(frame_of(two_halves()), None)
    place = view.picture_rect()
    assert place.height() == pytest.approx(300)
    assert place.width() / place.height() == pytest.approx(16 / 9, abs=0.01)
    assert place.center().x() == pytest.approx(450)


def green(colour: tuple[int, int, int]) -> bool:
    return colour[1] > 180 and colour[0] < 120


def test_a_known_face_has_its_box_where_the_mirrored_face_is(
    make: Callable[[int, int], VideoView],
) -> None:
    view = make(640, 360)
    frame = frame_of(np.full((360, 640, 3), 60, np.uint8))
    face = seen_face(DecisionKind.KNOWN, (100, 150, 200, 270), name="Ada", person_id=1)
    view.show_frame(frame, seen_on(frame, face))
    # x mirrored: 640 - 200 = 440 is the left edge; the bracket's arm runs down from the corner
    assert green(colour_at(view, 440, 165))
    view.mirrored = False
    assert green(colour_at(view, 100, 165))
    assert not green(colour_at(view, 440, 165))


def test_an_old_box_is_not_painted_on_a_new_frame(make: Callable[[int, int], VideoView]) -> None:
    view = make(640, 360)
    old = frame_of(np.full((360, 640, 3), 60, np.uint8))
    face = seen_face(DecisionKind.KNOWN, (100, 150, 200, 270), name="Ada", person_id=1)
    late = Frame(old.image, 9, 2.0, MORNING.replace(second=2))
    view.show_frame(late, seen_on(old, face))
    assert not green(colour_at(view, 440, 165))


@pytest.mark.parametrize("name", ["Zoë Müller", "محمد عبد الرحمن", "李小龍", "प्रिया", "<b>{0}</b>"])
@pytest.mark.parametrize("kind", list(DecisionKind))
def test_any_face_and_any_name_can_be_painted(
    make: Callable[[int, int], VideoView], name: str, kind: DecisionKind
) -> None:
    view = make(320, 180)
    frame = frame_of(two_halves())
    face = seen_face(
        kind, (-20, -10, 90, 80), name=name, person_id=1, reasons=[QualityReason.CUT_OFF]
    )
    view.show_frame(frame, seen_on(frame, face))
    plain = make(320, 180)
    plain.show_frame(frame, None)
    assert view.grab().toImage() != plain.grab().toImage()


def test_nothing_new_paints_nothing(make: Callable[[int, int], VideoView], qtbot: QtBot) -> None:
    view = make(320, 180)
    view.show()
    qtbot.waitExposed(view)
    frame = frame_of(two_halves())
    view.show_frame(frame, None)
    qtbot.waitUntil(lambda: view.paint_ms > 0)
    view.repaint()
    view.paint_ms = -1.0
    view.show_frame(frame, None)
    qtbot.wait(20)
    assert view.paint_ms == -1.0


@pytest.mark.parametrize("trouble", list(CameraTrouble))
def test_each_trouble_is_told_in_words(
    make: Callable[[int, int], VideoView], trouble: CameraTrouble
) -> None:
    fact = CameraChanged(MORNING, CameraState.LOST, trouble, "No camera", "Plug it in.", 8.0)
    notice = notice_of(fact, 100.0)
    assert notice is not None
    assert notice.retry_at_s == 108.0
    view = make(640, 360)
    view.show_notice(notice)
    assert view.accessibleDescription() == "No camera. Plug it in."
    assert view.grab().toImage() != make(640, 360).grab().toImage()


def test_live_takes_the_words_away(make: Callable[[int, int], VideoView]) -> None:
    view = make(640, 360)
    view.show_notice(Notice("camera_off", "No camera"))
    fact = CameraChanged(MORNING, CameraState.LIVE, None, "The camera is working")
    view.show_notice(notice_of(fact, 0.0))
    assert view.notice is None
    assert view.accessibleDescription() == "Live"
