"""Forgotten check-outs, as people said at the kiosk: on the page that shows who is here."""

from datetime import timedelta

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from facedesk.core.records import Direction, Person
from facedesk.gui.main_window import MainWindow
from facedesk.gui.statements_card import StatementsCard
from tests.gui.fake_desk import FakeDesk


def said(desk: FakeDesk, name: str) -> Person:
    person = desk.add_person(name)
    left_open = desk.punch(person, Direction.IN, desk.clock.utc() - timedelta(hours=24))
    desk.statements.add(left_open, left_open.utc + timedelta(hours=8))
    return person


def shown(window: MainWindow) -> StatementsCard:
    window.hours.show()
    window.show_page(3)
    window.hours.views.button(0).click()
    return window.hours.today.statements


def test_nothing_waits_nothing_is_shown(desk: FakeDesk, window: MainWindow) -> None:
    assert not shown(window).isVisible()


def test_one_is_confirmed_and_one_refused(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    ada, bob = said(desk, "Ada"), said(desk, "Bob")
    card = shown(window)
    assert card.isVisible()
    assert [row.words.said for row in card.rows] == [
        f"{name}, Mon 23 Nov 2026: last seen at 08:58, left at 16:58 by their own account"
        for name in ("Ada", "Bob")
    ]
    qtbot.mouseClick(card.rows[0].confirm, Qt.MouseButton.LeftButton)
    assert [punch.direction for punch in desk.punches.between(None, None, ada.id)] == [
        Direction.IN, Direction.OUT
    ]  # fmt: skip
    (correction,) = desk.corrections.history()
    assert correction.signature.who == desk.access.actor().who
    qtbot.mouseClick(card.rows[0].refuse, Qt.MouseButton.LeftButton)
    assert len(desk.punches.between(None, None, bob.id)) == 1
    assert not card.isVisible()


def test_a_long_list_is_decided_in_parts(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    for number in range(6):
        said(desk, f"Person {number}")
    card = shown(window)
    assert (len(card.rows), card.more.text()) == (4, "2 more")
    qtbot.mouseClick(card.rows[0].refuse, Qt.MouseButton.LeftButton)
    assert (len(card.rows), card.more.text()) == (4, "1 more")
