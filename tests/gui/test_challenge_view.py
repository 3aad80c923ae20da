from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from facedesk.core.challenge import Move, Prompt
from facedesk.core.facts import CameraChanged, LivenessRefused
from facedesk.core.records import CameraState, DecisionKind
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk, seen_face

BOX = (240.0, 80.0, 400.0, 260.0)


def prompt(move: Move | None, **more: object) -> Prompt:
    values = {"step": 0, "steps": 2, "done": 0.3, "left_s": 3.0, "of_s": 4.0, "can_swap": True}
    return Prompt(1, move, **(values | more))  # type: ignore[arg-type]


def asked(desk: FakeDesk, shown: Prompt | None) -> None:
    desk.tell(CameraChanged(desk.clock.utc(), CameraState.LIVE, None, "The camera is working"))
    face = seen_face(DecisionKind.UNDECIDED, BOX)
    desk.show(np.full((360, 640, 3), 90, np.uint8), face, challenge=shown)


@pytest.mark.parametrize("move", list(Move))
def test_each_movement_is_said_and_drawn(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot, move: Move
) -> None:
    view = window.kiosk.challenge
    shown = prompt(move, dot=-1.0 if move is Move.FOLLOW else None)
    asked(desk, shown)
    qtbot.waitUntil(view.isVisible)
    assert view.words == view.accessibleName() != ""
    before = view.grab().toImage()
    desk.clock.advance(0.8)  # half way through the drawn movement
    asked(desk, shown)
    qtbot.waitUntil(lambda: view.grab().toImage() != before)
    assert "as the picture shows" in window.kiosk.card.text


def test_the_picture_is_free_again_when_it_is_over(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    view = window.kiosk.challenge
    asked(desk, prompt(None))
    qtbot.waitUntil(view.isVisible)
    assert view.words == "Look straight ahead"
    asked(desk, None)
    qtbot.waitUntil(lambda: not view.isVisible())
    asked(desk, prompt(Move.NOD))
    qtbot.waitUntil(view.isVisible)
    desk.clock.advance(2.0)  # the camera hangs: a challenge that nobody can do
    qtbot.waitUntil(lambda: not view.isVisible())


def test_who_cannot_do_it_asks_for_another(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    asked(desk, prompt(Move.TURN_LEFT))
    view = window.kiosk.challenge
    qtbot.waitUntil(view.other.isVisible)
    view.other.click()
    assert desk.swaps == 1
    asked(desk, prompt(Move.NOD, can_swap=False))
    qtbot.waitUntil(lambda: not view.other.isVisible())


def test_left_is_the_persons_own_left_mirrored_or_not(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    view = window.kiosk.challenge
    asked(desk, prompt(Move.TURN_LEFT))
    qtbot.waitUntil(view.isVisible)
    desk.clock.advance(0.8)
    asked(desk, prompt(Move.TURN_LEFT))
    mirrored = view.grab().toImage()
    view.mirrored = False
    assert view.grab().toImage() != mirrored


@pytest.mark.parametrize(
    ("refused_by", "words"),
    [("passive", "no living face"), ("replay", "no living face"), ("challenge", "try again")],
)
def test_a_refusal_offers_the_pin(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot, refused_by: str, words: str
) -> None:
    desk.credentials.set_pin(desk.add_person("Ada", staff_number="7").id, "5928")
    window.kiosk.people_changed()
    asked(desk, None)
    desk.tell(LivenessRefused(desk.clock.utc(), 1, refused_by, 0.1, "because"))
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert words in window.kiosk.card.text
    assert "PIN" in window.kiosk.card.text


def test_a_face_that_rests_is_told_so_as_long_as_it_stands_there(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    desk.credentials.set_pin(desk.add_person("Ada", staff_number="7").id, "5928")
    window.kiosk.people_changed()
    asked(desk, None)
    desk.tell(LivenessRefused(desk.clock.utc(), 1, "passive", 0.1, "because", 60.0))
    qtbot.waitUntil(lambda: "Too many tries" in window.kiosk.card.text)
    desk.clock.advance(10.0)
    face = seen_face(DecisionKind.REFUSED, BOX)
    resting = replace(face.decision, reason="Too many tries with this face.")
    desk.show(np.full((360, 640, 3), 90, np.uint8), replace(face, decision=resting))
    words = "Not checked in. Too many tries with this face. Please use your PIN."
    qtbot.waitUntil(lambda: window.kiosk.card.text == words)


def test_who_cannot_move_is_pointed_to_the_pin(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    desk.credentials.set_pin(desk.add_person("Ada", staff_number="7").id, "5928")
    window.kiosk.people_changed()
    asked(desk, prompt(Move.NOD))
    qtbot.waitUntil(lambda: "or use your PIN" in window.kiosk.card.text)


@pytest.mark.parametrize(("size", "least_px"), [((1024, 600), 44), ((3840, 2160), 56)])
def test_what_is_pressed_at_the_kiosk_is_large_enough(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot, size: tuple[int, int], least_px: int
) -> None:
    ada = desk.add_person("Ada", staff_number="1000")
    desk.credentials.set_pin(ada.id, "8261")
    window.resize(*size)
    window.kiosk.ways.refresh()
    asked(desk, prompt(Move.TURN_LEFT))
    qtbot.waitUntil(window.kiosk.challenge.other.isVisible)
    qtbot.waitUntil(lambda: window.kiosk.challenge.other.height() >= least_px)
    qtbot.waitUntil(lambda: window.kiosk.ways.button.height() >= least_px)
