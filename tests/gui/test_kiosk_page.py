from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from facedesk.core.errors import CameraTrouble
from facedesk.core.facts import (
    CameraChanged,
    LivenessRefused,
    PunchDeclined,
    PunchRecorded,
    UnknownSeen,
)
from facedesk.core.records import (
    CameraState,
    Decision,
    DecisionKind,
    Direction,
    Person,
    QualityReason,
)
from facedesk.gui.main_window import MainWindow
from facedesk.gui.theme import Theme
from tests.gui.fake_desk import SEEN_BY_CAMERA, FakeDesk, seen_face
from tests.store.samples import NAMES

BOX = (200.0, 100.0, 320.0, 260.0)


def live(desk: FakeDesk) -> None:
    desk.tell(CameraChanged(desk.clock.utc(), CameraState.LIVE, None, "The camera is working"))


def check_in(desk: FakeDesk, person: Person, direction: Direction, worked_s: float = 0.0) -> None:
    punch = desk.punch(person, direction)
    desk.tell(PunchRecorded(punch.utc, punch, person, worked_s))


def picture() -> np.ndarray:
    return np.full((360, 640, 3), 90, np.uint8)


def test_the_greeting_is_in_sight_before_the_first_beat(desk: FakeDesk, theme: Theme) -> None:
    window = MainWindow(desk, theme)  # type: ignore[arg-type]
    try:
        window.pulse.stop()
        window.grab()  # lays everything out, as the first picture on the screen does
        assert window.kiosk.rect().contains(window.kiosk.card.geometry())
        assert window.kiosk.card.height() >= 100
    finally:
        window.close()
        window.deleteLater()


def test_somebody_walks_up_and_is_greeted_listed_and_gone(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    kiosk = window.kiosk
    ada = desk.add_person("Ada Lovelace")
    window.people.people_changed.emit()
    live(desk)
    desk.show(picture())
    qtbot.waitUntil(lambda: kiosk.video.notice is None)
    assert kiosk.card.text == "Welcome. Look at the camera to check in"
    assert kiosk.nobody.isVisible()

    check_in(desk, ada, Direction.IN)
    qtbot.waitUntil(lambda: kiosk.card.greeting is not None)
    assert kiosk.card.text == "Good morning, Ada Lovelace. In at 08:58"
    assert kiosk.card.accessibleDescription() == kiosk.card.text
    assert [row.name for row in kiosk.recent.rows.rows] == ["Ada Lovelace"]
    assert not kiosk.nobody.isVisible()

    desk.clock.advance(6.1)
    qtbot.waitUntil(lambda: kiosk.card.greeting is None)


@pytest.mark.parametrize("name", [*NAMES, "व्" * 100])  # the last is as long as a name may be
def test_every_name_is_greeted_and_listed_as_it_was_typed(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot, name: str
) -> None:
    live(desk)
    check_in(desk, desk.add_person(name), Direction.IN)
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert window.kiosk.card.text == f"Good morning, {name}. In at 08:58"
    assert window.kiosk.card.accessibleDescription() == window.kiosk.card.text
    assert [row.name for row in window.kiosk.recent.rows.rows] == [name]
    window.grab()  # it can be painted, too
    window.show_page(2)
    assert window.log.rows.index(0, 2).data() == name


def test_leaving_shows_the_hours_of_today(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    live(desk)
    check_in(desk, desk.add_person("Ada"), Direction.OUT, 8 * 3600.0)
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert window.kiosk.card.text == "Goodbye, Ada. Out at 08:58. 8 h 00 min"


def test_within_the_cooldown_the_standing_punch_is_told(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    live(desk)
    ada = desk.add_person("Ada")
    now = desk.clock.utc()
    desk.tell(PunchDeclined(now, ada, Direction.IN, now - timedelta(minutes=2), SEEN_BY_CAMERA))
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert "Already in since 08:56" in window.kiosk.card.text
    assert window.kiosk.recent.rows.rows == []


def test_a_stranger_gets_a_hint_and_no_row(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    live(desk)
    decision = Decision(DecisionKind.UNKNOWN, None, 0.2, 0.1, 0.4, 3, "")
    desk.tell(UnknownSeen(desk.clock.utc(), 1, decision))
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert window.kiosk.card.text.startswith("Not recognised")
    assert window.kiosk.recent.rows.rows == []


def test_a_long_sentence_is_wrapped_before_it_becomes_small(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    """It is read from two metres, also on the smallest screen."""
    window.resize(1024, 600)
    live(desk)
    desk.tell(LivenessRefused(desk.clock.utc(), 1, "passive", 0.1, ""))
    card = window.kiosk.card
    qtbot.waitUntil(lambda: card.greeting is not None)
    card.grab()
    font, _, text = card._lines(350.0)[-1]
    assert text == "The camera found no living face. Look straight at it."
    assert font.pixelSize() >= 18 * card.height() / 168


def test_the_first_start_says_what_to_do_next(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    live(desk)
    desk.show(picture())
    qtbot.waitUntil(lambda: "add the first person" in window.kiosk.card.text)
    desk.add_person("Ada")  # by the command line: the window is not told
    qtbot.waitUntil(lambda: "Look at the camera" in window.kiosk.card.text)


def test_a_new_model_that_reads_everybody_says_how_far_it_is(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    live(desk)
    desk.succession.progress = (120, 1000)
    qtbot.waitUntil(lambda: "120 of 1,000" in window.kiosk.card.text)
    desk.succession.progress = None
    qtbot.waitUntil(lambda: "Welcome" in window.kiosk.card.text)


def test_a_face_that_cannot_be_judged_is_told_what_to_do(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    desk.add_person("Ada")
    window.people.people_changed.emit()
    live(desk)
    face = seen_face(DecisionKind.REFUSED, BOX, reasons=[QualityReason.TOO_SMALL])
    desk.show(picture(), face)
    qtbot.waitUntil(lambda: "come closer" in window.kiosk.card.text)
    desk.clock.advance(2)  # the face is gone: the hint with it
    desk.show(picture())
    qtbot.waitUntil(lambda: "Look at the camera" in window.kiosk.card.text)


def test_a_lost_camera_says_so_counts_down_and_points_to_the_desk(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    desk.tell(
        CameraChanged(
            desk.clock.utc(), CameraState.LOST, CameraTrouble.UNPLUGGED, "No camera was found",
            "Plug a camera in.", 8.0,
        )
    )  # fmt: skip
    qtbot.waitUntil(lambda: "desk" in window.kiosk.card.text)
    notice = window.kiosk.video.notice
    assert notice is not None
    assert (notice.title, notice.hint) == ("No camera was found", "Plug a camera in.")
    assert notice.retry_at_s == desk.clock.monotonic_s() + 8.0
    live(desk)
    qtbot.waitUntil(lambda: window.kiosk.video.notice is None)


def test_the_list_holds_today_and_is_read_again_at_midnight(
    desk: FakeDesk, window: MainWindow
) -> None:
    ada = desk.add_person("Ada")
    now = desk.clock.utc()
    desk.punch(ada, Direction.IN, now - timedelta(hours=12))  # yesterday evening in Berlin
    desk.punch(ada, Direction.IN, now - timedelta(minutes=9))
    window.kiosk.people_changed()
    assert [row.utc for row in window.kiosk.recent.rows.rows] == [now - timedelta(minutes=9)]
    desk.clock.advance(24 * 3600)
    window.kiosk._tell_time()
    assert window.kiosk.recent.rows.rows == []
    assert window.kiosk.day.said == "Wednesday, 25 November"


def test_the_clock_goes_on_while_the_store_is_in_trouble(
    desk: FakeDesk, window: MainWindow
) -> None:
    assert desk.people.count() == 0  # so that it looks each second whether somebody was enrolled
    desk.database.close()
    desk.clock.advance(60)
    before = window.kiosk.clock.text()
    window.kiosk._tell_time()
    assert window.kiosk.clock.text() != before


def test_a_removed_person_leaves_the_list(desk: FakeDesk, window: MainWindow) -> None:
    ada = desk.add_person("Ada Lovelace")
    desk.punch(ada, Direction.IN)
    window.kiosk.people_changed()
    assert window.kiosk.recent.rows.rows[0].name == "Ada Lovelace"
    desk.people.remove(ada.id)
    window.people.people_changed.emit()
    assert "Ada" not in window.kiosk.recent.rows.rows[0].name


def test_the_list_shows_only_rows_that_fit(desk: FakeDesk, window: MainWindow) -> None:
    for number in range(40):
        desk.punch(desk.add_person(f"Person {number}"), Direction.IN)
    window.kiosk.people_changed()
    recent = window.kiosk.recent
    shown = recent.rows.rowCount()
    assert 3 <= shown < 30
    last = recent.visualRect(recent.rows.index(shown - 1, 0))
    assert last.bottom() <= recent.viewport().height()


def test_a_hidden_kiosk_does_not_paint_video(desk: FakeDesk, window: MainWindow) -> None:
    live(desk)
    window.show_page(1)
    desk.show(picture())
    window.kiosk.video.paint_ms = -1.0
    window.kiosk.beat()
    assert window.kiosk.video.paint_ms == -1.0


def test_somebody_who_lingers_is_not_asked_to_check_in_again(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    live(desk)
    desk.show(picture(), seen_face(DecisionKind.KNOWN, BOX, name="Ada", person_id=1))
    qtbot.waitUntil(lambda: window.kiosk.card.text == "Ada. You have been recognised")


def test_the_countdown_to_the_next_try_is_painted_second_by_second(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    desk.tell(
        CameraChanged(
            desk.clock.utc(), CameraState.LOST, CameraTrouble.UNPLUGGED, "No camera was found",
            "Plug a camera in.", 8.0,
        )
    )  # fmt: skip
    video = window.kiosk.video
    qtbot.waitUntil(lambda: video.notice is not None and video.notice.retry_at_s > 0)
    pictures = []
    for left in (8, 7, 6, 5):
        qtbot.waitUntil(lambda left=left: video._seconds_left == left)  # type: ignore[misc]
        pictures.append(video.grab().toImage())
        desk.clock.advance(1)
    assert all(one != other for one, other in pairwise(pictures))
    desk.retry_at_s = desk.clock.monotonic_s() + 30  # it failed again and waits for longer
    qtbot.waitUntil(lambda: video._seconds_left == 30)
