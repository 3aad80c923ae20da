"""Checking in by PIN and by badge at the kiosk, as people do it."""

from datetime import timedelta

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from facedesk.core.credentials import FREE_TRIES
from facedesk.core.errors import CameraTrouble, StoreError
from facedesk.core.facts import CameraChanged, UnknownSeen
from facedesk.core.records import CameraState, Decision, DecisionKind, Method, Person
from facedesk.gui.main_window import MainWindow
from facedesk.gui.pin_panel import IDLE_S, Stage
from tests.gui.fake_desk import FakeDesk

PIN = "5928"


@pytest.fixture
def ada(desk: FakeDesk) -> Person:
    person = desk.add_person("Ada Lovelace", staff_number="1017", samples=0)
    desk.credentials.set_pin(person.id, PIN)
    return person


def press(window: MainWindow, keys: str) -> None:
    """On the screen's keypad, by finger."""
    for letter in keys:
        (key,) = [key for key in window.kiosk.ways.panel.keypad.keys if key.text() == letter]
        key.click()


def enter(window: MainWindow, number: str, pin: str) -> None:
    panel = window.kiosk.ways.panel
    press(window, number)
    panel.next_button.click()
    press(window, pin)
    panel.next_button.click()


def scan(window: MainWindow, code: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    """A badge reader types; the fake clock stands still meanwhile."""
    focused = window.focusWidget() or window.kiosk
    QTest.keyClicks(focused, code)
    QTest.keyClick(focused, end)


def test_the_keys_of_a_row_are_equally_wide(window: MainWindow, ada: Person) -> None:
    window._people_changed()
    window.kiosk.ways.button.click()
    window.grab()  # lays the page out
    QApplication.processEvents()  # and the keys in the room that they got
    widths = {key.width() for key in window.kiosk.ways.panel.keypad.keys}
    assert max(widths) - min(widths) <= 1


def test_somebody_without_face_data_checks_in_with_number_and_pin(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    kiosk = window.kiosk
    window._people_changed()
    kiosk.ways.button.click()
    assert kiosk.ways.panel.title.said == "Your staff number"
    press(window, "1017")
    assert kiosk.ways.panel.display.said == "1017"
    kiosk.ways.panel.next_button.click()
    press(window, PIN)
    assert PIN not in kiosk.ways.panel.display.said
    kiosk.ways.panel.next_button.click()
    qtbot.waitUntil(lambda: kiosk.card.greeting is not None)
    assert kiosk.card.text == "Good morning, Ada Lovelace. In at 08:58"
    assert not kiosk.ways.panel.isVisible()
    (row,) = desk.punches.log(None, None)
    assert (row.name, row.punch.method) == ("Ada Lovelace", Method.PIN)


def test_the_keyboard_does_what_the_fingers_do(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    window._people_changed()
    panel = window.kiosk.ways.panel
    window.kiosk.ways.button.click()
    for letter in "10177":
        QTest.keyClicks(panel, letter)
        desk.clock.advance(0.2)
    QTest.keyClick(panel, Qt.Key.Key_Backspace)
    QTest.keyClick(panel, Qt.Key.Key_Enter)
    for letter in "59x28":  # letters are no part of a PIN
        QTest.keyClicks(panel, letter)
        desk.clock.advance(0.2)
    QTest.keyClick(panel, Qt.Key.Key_Enter)
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)


def test_nobody_is_offered_a_pin_before_somebody_has_one_or_when_it_is_off(
    desk: FakeDesk, window: MainWindow
) -> None:
    kiosk = window.kiosk
    assert not kiosk.ways.button.isVisible()
    person = desk.add_person("Ada", staff_number="1017")
    desk.credentials.set_pin(person.id, PIN)
    kiosk.people_changed()
    assert kiosk.ways.button.isVisible()
    desk.change_settings(pin=False)
    kiosk.settings_changed()
    assert not kiosk.ways.button.isVisible()


def test_wrong_pins_are_told_then_paused_and_the_next_person_comes_in(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    grace = desk.add_person("Grace Hopper", staff_number="1018")
    desk.credentials.set_pin(grace.id, PIN)
    window._people_changed()
    panel = window.kiosk.ways.panel
    window.kiosk.ways.button.click()
    for _ in range(FREE_TRIES):
        enter(window, "1017", "4444")
        qtbot.waitUntil(lambda: panel.stage is Stage.NUMBER)
    assert "Try again in 1 min" in panel.words.text()
    enter(window, "1017", PIN)
    qtbot.waitUntil(lambda: panel.stage is Stage.NUMBER)
    assert "Try again in 1 min" in panel.words.text()
    enter(window, "1018", PIN)
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert "Grace Hopper" in window.kiosk.card.text
    assert [row.name for row in desk.punches.log(None, None)] == ["Grace Hopper"]


def test_an_abandoned_keypad_forgets_and_closes(
    desk: FakeDesk, window: MainWindow, ada: Person
) -> None:
    window._people_changed()
    panel = window.kiosk.ways.panel
    window.kiosk.ways.button.click()
    press(window, "1017")
    assert panel._idle.interval() == IDLE_S * 1000
    panel._idle.timeout.emit()
    assert not panel.isVisible()
    assert window.kiosk.ways.button.isVisible()
    window.kiosk.ways.button.click()
    assert panel.display.said == ""


def test_escape_closes_the_keypad_and_not_the_full_screen(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    window._people_changed()
    window.toggle_full_screen()
    window.kiosk.ways.button.click()
    qtbot.waitUntil(window.kiosk.ways.panel.hasFocus)
    QTest.keyClick(window.kiosk.ways.panel, Qt.Key.Key_Escape)
    assert not window.kiosk.ways.panel.isVisible()
    assert window.isFullScreen()


def test_the_digits_of_a_shuffled_keypad_are_all_there(
    desk: FakeDesk, window: MainWindow, ada: Person
) -> None:
    desk.change_settings(shuffled_keypad=True)
    window.kiosk.settings_changed()
    panel = window.kiosk.ways.panel
    window.kiosk.ways.button.click()
    assert panel.keypad.text == "1234567890"
    orders = set()
    for _ in range(5):
        press(window, "1017")
        panel.next_button.click()
        orders.add(panel.keypad.text)
        panel._erase()  # back to the number
        panel.ask("")
    assert all(sorted(order) == sorted("1234567890") for order in orders)
    assert len(orders) > 1


def test_staff_numbers_with_letters_get_keys_for_them(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    person = desk.add_person("Ada", staff_number="kl-17")
    desk.credentials.set_pin(person.id, PIN)
    window._people_changed()
    window.kiosk.ways.button.click()
    assert window.kiosk.ways.panel.keypad.text == "1234567890-KL"
    enter(window, "KL-17", PIN)
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)


def test_a_badge_at_the_reader_checks_in(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    desk.credentials.set_badge(ada.id, "04A2F917")
    scan(window, "04a2f917")
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert "Ada Lovelace" in window.kiosk.card.text
    (row,) = desk.punches.log(None, None)
    assert row.punch.method is Method.BADGE


def test_a_badge_is_heard_while_the_keypad_is_open_and_empties_it(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    desk.credentials.set_badge(ada.id, "04A2F917")
    window._people_changed()
    window.kiosk.ways.button.click()
    scan(window, "04A2F917", Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert not window.kiosk.ways.panel.isVisible()
    assert window.kiosk.ways.panel.display.said == ""


def test_a_strange_badge_is_told_so(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    scan(window, "99999999")
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert window.kiosk.card.text.startswith("Badge not known")


def test_text_fields_and_other_pages_never_feed_the_reader(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    desk.credentials.set_badge(ada.id, "04A2F917")
    codes: list[str] = []
    window.kiosk.ways.reader.badge_read.connect(codes.append)
    window.show_page(1)
    window.people.search.setFocus()
    QTest.keyClicks(window.people.search, "04A2F917")
    QTest.keyClick(window.people.search, Qt.Key.Key_Return)
    assert window.people.search.text() == "04A2F917"
    window.show_page(0)
    field = QLineEdit(window.kiosk)
    field.show()
    field.setFocus()
    QTest.keyClicks(field, "04A2F917")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "04A2F917"
    assert codes == []
    window.kiosk.setFocus()
    scan(window, "04A2F917")
    assert codes == ["04A2F917"]


def test_the_reader_can_be_switched_off(desk: FakeDesk, window: MainWindow) -> None:
    desk.change_settings(badge_reader=False)
    window.kiosk.settings_changed()
    codes: list[str] = []
    window.kiosk.ways.reader.badge_read.connect(codes.append)
    scan(window, "04A2F917")
    assert codes == []


def test_without_a_camera_the_kiosk_points_to_the_pin_and_takes_it(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    window._people_changed()
    desk.tell(
        CameraChanged(
            desk.clock.utc(), CameraState.LOST, CameraTrouble.UNPLUGGED, "No camera was found",
            "Plug a camera in.", 8.0,
        )
    )  # fmt: skip
    qtbot.waitUntil(lambda: "PIN" in window.kiosk.card.text)
    window.kiosk.ways.button.click()
    enter(window, "1017", PIN)
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert len(desk.punches.log(None, None)) == 1


def test_a_look_alike_is_asked_for_the_pin(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    window._people_changed()
    decision = Decision(DecisionKind.PIN_NEEDED, None, 0.6, 0.58, 0.4, 3, "two are alike")
    desk.tell(UnknownSeen(desk.clock.utc(), 1, decision))
    qtbot.waitUntil(window.kiosk.ways.panel.isVisible)
    assert "cannot tell you" in window.kiosk.ways.panel.words.text()


def test_a_check_in_that_cannot_be_saved_frees_the_keypad_and_is_told(
    desk: FakeDesk,
    window: MainWindow,
    ada: Person,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full", "Nothing was saved.")

    monkeypatch.setattr(desk.punches, "record_if", full)
    window._people_changed()
    window.kiosk.ways.button.click()
    enter(window, "1017", PIN)
    qtbot.waitUntil(lambda: window.kiosk.ways.panel.stage is Stage.CLOSED)
    assert window.banner.isVisible()


def test_a_database_in_trouble_does_not_break_the_clock(
    desk: FakeDesk, window: MainWindow, ada: Person
) -> None:
    window._people_changed()
    desk.database.close()
    window.kiosk.ways.refresh()
    assert window.kiosk.ways.button.isVisible()
    window.kiosk.ways.button.click()
    assert window.kiosk.ways.panel.keypad.text == "1234567890"


def test_a_pin_punch_obeys_the_pause_between_punches(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    window._people_changed()
    for _ in range(2):
        window.kiosk.ways.button.click()
        enter(window, "1017", PIN)
        qtbot.waitUntil(lambda: window.kiosk.ways.panel.stage is Stage.CLOSED)
        desk.clock.advance(timedelta(minutes=1).total_seconds())
    assert len(desk.punches.log(None, None)) == 1


def test_faces_are_greeted_while_the_keypad_is_open(
    desk: FakeDesk, window: MainWindow, ada: Person, qtbot: QtBot
) -> None:
    from facedesk.core.facts import PunchRecorded
    from facedesk.core.records import Direction

    window._people_changed()
    window.kiosk.ways.button.click()
    press(window, "10")
    desk.show(np.full((360, 640, 3), 90, np.uint8))
    grace = desk.add_person("Grace Hopper")
    punch = desk.punch(grace, Direction.IN)
    desk.tell(PunchRecorded(punch.utc, punch, grace, 0.0))
    qtbot.waitUntil(lambda: window.kiosk.card.greeting is not None)
    assert "Grace Hopper" in window.kiosk.card.text
    assert window.kiosk.ways.panel.display.said == "10"
