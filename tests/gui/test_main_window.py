import logging

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from facedesk.core.errors import CameraTrouble
from facedesk.core.facts import CameraChanged, ProblemFound, ProviderChanged
from facedesk.core.records import CameraState
from facedesk.gui.main_window import MainWindow
from facedesk.gui.theme import Theme
from tests.gui.fake_desk import FakeDesk


def test_the_window_has_the_icon_of_the_program(window: MainWindow) -> None:
    assert not window.windowIcon().pixmap(64, 64).isNull()


def test_keys_change_the_page(window: MainWindow, qtbot: QtBot) -> None:
    keys = (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5, Qt.Key.Key_1)
    for key, page in zip(keys, (1, 2, 3, 4, 0), strict=True):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.pages.currentIndex() == page
        assert window.rail.buttons[page].isChecked()


def test_full_screen_shows_only_the_kiosk_and_escape_leaves_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.show_page(2)
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    assert window.pages.currentIndex() == 0
    assert not window.rail.isVisible()
    assert not window.strip.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert window.rail.isVisible()
    assert window.strip.isVisible()


def test_a_problem_stays_until_it_is_dismissed(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    desk.tell(ProblemFound(desk.clock.utc(), "The punch could not be saved", "Disk full.", "Free."))
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.accessibleName() == "The punch could not be saved. Disk full. Free."
    window.banner.dismiss.click()
    assert not window.banner.isVisible()
    desk.tell(ProblemFound(desk.clock.utc(), "Again", ""))
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.title.text() == "Again"


def test_the_status_line_tells_what_really_is(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    assert window.strip.camera.said == "Camera live · Desk camera"
    assert window.strip.provider.text() == "Runs on CPU"
    assert window.strip.rate.text() == "30 frames/s"
    desk.camera_state = CameraState.LOST
    desk.provider = "CUDAExecutionProvider"
    fact = CameraChanged(desk.clock.utc(), CameraState.LOST, CameraTrouble.BUSY, "Busy")
    desk.tell(fact)
    qtbot.waitUntil(lambda: window.strip.camera.said == "No camera · Desk camera")
    assert window.strip.provider.text() == "Runs on CUDA"
    assert window.strip.rate.text() == ""


def test_people_are_counted_before_anybody_opens_their_page(
    desk: FakeDesk, theme: Theme, qtbot: QtBot
) -> None:
    desk.add_person("Ada")
    window = MainWindow(desk, theme)  # type: ignore[arg-type]
    assert window.strip.people.text() == "1 person"
    window.close()
    window.deleteLater()


def test_a_processor_that_was_not_asked_for_is_explained(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    why = "CUDA failed its self-test"
    desk.tell(ProviderChanged(desk.clock.utc(), "CPUExecutionProvider", why))
    qtbot.waitUntil(lambda: window.strip.provider.text() == "Runs on CPU, not as set")
    assert window.strip.provider.toolTip() == why
    desk.tell(ProviderChanged(desk.clock.utc(), "CPUExecutionProvider"))
    qtbot.waitUntil(lambda: window.strip.provider.text() == "Runs on CPU")


def test_closing_stops_the_desk_once_and_names_stuck_threads(
    desk: FakeDesk, window: MainWindow, caplog: pytest.LogCaptureFixture
) -> None:
    desk.stuck = ("capture",)
    with caplog.at_level(logging.ERROR):
        window.close()
        window.close()
    assert desk.stops == 1
    assert "capture" in caplog.text
    assert desk._listeners == []


def test_scrolling_over_a_setting_does_not_change_it(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page(4)
    control = window.settings.editors["cooldown_s"].control
    centre = QPointF(control.rect().center())
    wheel = QWheelEvent(
        centre, control.mapToGlobal(centre), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(control, wheel)
    assert window.settings.changes == {}


@pytest.mark.parametrize("size", [(900, 560), (1024, 600), (1280, 800), (1920, 1080)])
def test_every_page_fits_every_window(
    window: MainWindow, size: tuple[int, int], qtbot: QtBot
) -> None:
    for page in range(5):
        window.show_page(page)
        window.resize(*size)
        assert window.minimumSizeHint().width() <= 900
        assert window.minimumSizeHint().height() <= 560


def test_newcomer_without_a_camera_is_offered_the_demonstration(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    def camera(state: CameraState, trouble: CameraTrouble | None) -> None:
        desk.tell(CameraChanged(desk.clock.utc(), state, trouble, "x", "y"))

    offer = window.kiosk.demonstrate
    assert not offer.isVisible()
    camera(CameraState.LOST, CameraTrouble.UNPLUGGED)
    qtbot.waitUntil(offer.isVisible)
    camera(CameraState.LIVE, None)
    qtbot.waitUntil(lambda: not offer.isVisible())
    desk.add_person("Ada")
    camera(CameraState.LOST, CameraTrouble.BUSY)
    camera(CameraState.LOST, CameraTrouble.UNPLUGGED)
    qtbot.wait(50)
    assert not offer.isVisible()
    assert not window.demonstration_wanted
    offer.click()
    assert window.demonstration_wanted
    assert not window.isVisible()
