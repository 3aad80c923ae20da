"""Stories at the kiosk: undo, not me, what is it to be, and yesterday."""

from datetime import timedelta

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from facedesk.core.errors import StoreError
from facedesk.core.facts import CameraChanged, PunchRecorded
from facedesk.core.records import CameraState, DecisionKind, Direction, Person
from facedesk.gui.main_window import MainWindow
from facedesk.gui.offer_panel import OfferPanel, step_text
from tests.gui.fake_desk import SEEN_BY_CAMERA, FakeDesk, seen_face

BOX = (200.0, 100.0, 320.0, 260.0)
PICTURE = np.zeros((480, 640, 3), np.uint8)


def live(desk: FakeDesk) -> None:
    desk.tell(CameraChanged(desk.clock.utc(), CameraState.LIVE, None, "The camera is working"))


def arrive(
    desk: FakeDesk,
    window: MainWindow,
    qtbot: QtBot,
    person: Person,
    wanted: Direction | None = None,
) -> OfferPanel:
    live(desk)
    desk.kiosk.check_in(person.id, SEEN_BY_CAMERA)
    panels = window.kiosk.offering.stack.panels
    qtbot.waitUntil(lambda: person.id in panels and panels[person.id].isVisible())
    return panels[person.id]


def press(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_undo_takes_the_punch_back_and_says_so(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada")
    panel = arrive(desk, window, qtbot, ada)
    assert panel.line.said == "In at 08:58"
    press(qtbot, panel.undo)
    qtbot.waitUntil(lambda: "nothing is recorded" in window.kiosk.card.text)
    assert window.kiosk.card.text.startswith("Ada")
    assert desk.punches.between(None, None) == []
    assert window.kiosk.recent.rows.rows == []
    assert window.kiosk.offering.stack.panels == {}
    (row,) = desk.corrections.history()
    assert row.signature.who == "kiosk"


def test_not_me_shows_neither_name_nor_face_any_more(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada")
    panel = arrive(desk, window, qtbot, ada)
    press(qtbot, panel.not_me)
    qtbot.waitUntil(lambda: window.kiosk.card.text.startswith("Sorry"))
    assert "Ada" not in window.kiosk.card.text
    assert desk.punches.between(None, None) == []


def test_the_next_person_does_not_wait(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    ada, bob = desk.add_person("Ada"), desk.add_person("Bob")
    arrive(desk, window, qtbot, ada)
    desk.clock.advance(3)
    arrive(desk, window, qtbot, bob)
    qtbot.waitUntil(lambda: "Bob" in window.kiosk.card.text)
    press(qtbot, window.kiosk.offering.stack.panels[ada.id].undo)
    assert [punch.person_id for punch in desk.punches.between(None, None)] == [bob.id]


def test_the_offer_goes_after_fifteen_seconds(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    arrive(desk, window, qtbot, desk.add_person("Ada"))
    desk.clock.advance(15.1)
    qtbot.waitUntil(lambda: not window.kiosk.offering.stack.isVisible())
    assert len(desk.punches.between(None, None)) == 1


def test_whoever_is_asked_presses_a_break(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    ada = desk.add_person("Ada")
    desk.punch(ada, Direction.IN, desk.clock.utc() - timedelta(hours=3))
    desk.change_settings(direction="ask")
    panel = arrive(desk, window, qtbot, ada)
    assert list(panel.choices) == [Direction.OUT, Direction.BREAK_START]
    assert panel.choices[Direction.OUT].objectName() == "primary"
    assert panel.line.said == "Out in 6 s"
    desk.show(PICTURE, seen_face(DecisionKind.KNOWN, BOX, name="Ada", person_id=ada.id))
    qtbot.waitUntil(lambda: window.kiosk.card.text == "Ada. What is it to be?")
    press(qtbot, panel.choices[Direction.BREAK_START])
    qtbot.waitUntil(lambda: "Enjoy your break, Ada" in window.kiosk.card.text)
    assert panel.undo.isVisible()
    assert not panel.choices[Direction.OUT].isVisible()
    assert desk.punches.between(None, None)[-1].direction is Direction.BREAK_START
    assert window.kiosk.recent.rows.rows[0].direction is Direction.BREAK_START


def test_whoever_walks_on_is_recorded_as_guessed_though_no_frames_come(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada")
    desk.change_settings(direction="ask")
    panel = arrive(desk, window, qtbot, ada)
    assert desk.punches.between(None, None) == []
    desk.clock.advance(4)
    qtbot.waitUntil(lambda: panel.line.said == "In in 2 s")
    desk.clock.advance(3)
    qtbot.waitUntil(lambda: "In at 08:58" in window.kiosk.card.text, timeout=3000)
    assert [punch.direction for punch in desk.punches.between(None, None)] == [Direction.IN]


def test_not_me_before_anything_is_recorded(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    desk.change_settings(direction="ask")
    panel = arrive(desk, window, qtbot, desk.add_person("Ada"))
    press(qtbot, panel.not_me)
    qtbot.waitUntil(lambda: not window.kiosk.offering.stack.panels)
    desk.clock.advance(10)
    window.kiosk.offering.settle()
    assert desk.punches.between(None, None) == []


def test_yesterday_is_asked_and_waits_for_an_admin(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada")
    yesterday = desk.punch(ada, Direction.IN, desk.clock.utc() - timedelta(hours=24))
    panel = arrive(desk, window, qtbot, ada)
    assert panel.question.said == "When did you leave on Monday, 23 November?"
    assert panel.said.text() == "17:00"  # eight hours after 08:58, on the grid of five minutes
    press(qtbot, panel.steps[60])
    qtbot.waitUntil(lambda: panel.said.text() == "18:00")
    press(qtbot, panel.steps[-5])
    qtbot.waitUntil(lambda: panel.said.text() == "17:55")
    press(qtbot, panel.save)
    qtbot.waitUntil(lambda: not panel.question.isVisible())
    (waiting,) = desk.statements.waiting()
    assert (waiting.open_punch.id, waiting.utc.strftime("%d %H:%M")) == (yesterday.id, "23 16:55")
    assert len(desk.punches.between(None, None)) == 2  # nothing was invented
    assert panel.undo.isVisible()  # today's punch can still be taken back


def test_who_does_not_know_is_left_in_peace(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada")
    desk.punch(ada, Direction.IN, desk.clock.utc() - timedelta(hours=24))
    panel = arrive(desk, window, qtbot, ada)
    press(qtbot, panel.skip)
    qtbot.waitUntil(lambda: not panel.question.isVisible())
    assert desk.statements.waiting() == []


def test_what_cannot_be_saved_is_said(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    ada = desk.add_person("Ada")
    panel = arrive(desk, window, qtbot, ada)

    def full(*_: object) -> None:
        raise StoreError("The disk is full", "Nothing was taken back.")

    desk.corrections.cancel = full  # type: ignore[method-assign]
    press(qtbot, panel.undo)
    qtbot.waitUntil(lambda: "The disk is full" in window.kiosk.card.text)
    assert panel.undo.isVisible()  # to be tried again


def test_every_button_is_large_enough_for_a_finger(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada")
    desk.punch(ada, Direction.IN, desk.clock.utc() - timedelta(hours=24))
    panel = arrive(desk, window, qtbot, ada)
    buttons = [one for one in panel.findChildren(QPushButton) if one.isVisible()]
    assert len(buttons) == 8
    assert all(button.height() >= 44 and button.width() >= 44 for button in buttons)


def test_where_there_is_no_room_for_all_the_newest_stay_above_what_is_below(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(900, 560)
    people = [desk.add_person(name) for name in ("Ada", "Bob", "Cleo")]
    for person in people:
        desk.punch(person, Direction.IN, desk.clock.utc() - timedelta(hours=24))
        arrive(desk, window, qtbot, person)
    stack, video = window.kiosk.offering.stack, window.kiosk.video
    assert [panel.isVisible() for panel in stack.panels.values()] == [False, False, True]
    assert stack.geometry().bottom() < video.height()
    low = stack.geometry().bottom()
    window.kiosk.offering.beat(0.72, 40)
    assert stack.geometry().bottom() == low - 40


def test_steps_are_written_with_their_sign() -> None:
    assert [step_text(minutes) for minutes in (-60, -5, 5, 120)] == [
        "\N{MINUS SIGN}1 h", "\N{MINUS SIGN}5 min", "+5 min", "+2 h"
    ]  # fmt: skip


def test_a_punch_of_another_program_offers_nothing(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    live(desk)
    ada = desk.add_person("Ada")
    punch = desk.punch(ada, Direction.IN)
    desk.tell(PunchRecorded(punch.utc, punch, ada, 0.0))
    qtbot.waitUntil(lambda: "Ada" in window.kiosk.card.text)
    assert window.kiosk.offering.stack.panels == {}
