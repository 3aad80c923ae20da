"""An admin gives PINs and badges, unlocks and takes them away."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from facedesk.core.credentials import TRIES_UNTIL_LOCKED
from facedesk.core.liveness import Policy
from facedesk.core.records import Person
from facedesk.gui import dialogs
from facedesk.gui.credentials_dialog import CredentialsDialog
from facedesk.gui.main_window import MainWindow
from facedesk.vision.codes import CodeReader
from facedesk.vision.pictures import read_picture
from tests.gui.fake_desk import FakeDesk


def opened(window: MainWindow, person: Person) -> CredentialsDialog:
    """As an admin opens it: select, More, PIN and badge."""
    window.show_page(1)
    window.people.refresh()
    ids = [row.person.id for row in window.people.rows.rows]
    window.people.table.selectRow(ids.index(person.id))
    window.people.credentials_action.trigger()
    return window.people.findChildren(CredentialsDialog)[-1]  # closed ones wait for Qt


def test_a_pin_is_set_seen_as_set_and_removed(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada", staff_number="1017")
    dialog = opened(window, ada)
    assert dialog.pin_state.text() == "No PIN."
    dialog.pin.setText("1234")
    dialog.set_pin.click()
    qtbot.waitUntil(lambda: "first guesses" in dialog.problem.text())
    dialog.pin.setText("5928")
    dialog.set_pin.click()
    qtbot.waitUntil(lambda: dialog.pin_state.text().startswith("Set on"))
    assert dialog.pin.text() == ""
    assert dialog.problem.text() == ""
    assert desk.credentials.verify("1017", "5928") is not None
    dialog.close_button.click()
    assert window.kiosk.ways.offered
    dialog = opened(window, ada)
    dialog.remove_pin.click()
    qtbot.waitUntil(lambda: dialog.pin_state.text() == "No PIN.")


def test_somebody_without_a_number_is_told_what_is_missing(
    desk: FakeDesk, window: MainWindow
) -> None:
    dialog = opened(window, desk.add_person("Ada"))
    assert "staff number" in dialog.pin_state.text()
    assert not dialog.set_pin.isEnabled()


def test_a_locked_number_is_said_and_unlocked(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada", staff_number="1017")
    desk.credentials.set_pin(ada.id, "5928")
    for _ in range(TRIES_UNTIL_LOCKED):
        desk.credentials.count_failure("1017")
    dialog = opened(window, ada)
    assert "Locked after 15 wrong PINs" in dialog.pin_state.text()
    dialog.unlock.click()
    qtbot.waitUntil(lambda: "Locked" not in dialog.pin_state.text())
    assert not dialog.unlock.isEnabled()


def test_a_card_held_to_the_reader_becomes_the_badge_and_leaves_the_dialog_open(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada", staff_number="1017")
    dialog = opened(window, ada)
    dialog.code.setFocus()
    QTest.keyClicks(dialog.code, "04A2F917")
    QTest.keyClick(dialog.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.badge_state.text().startswith("Since"))
    assert dialog.isVisible()
    assert desk.punches.log(None, None) == []
    assert desk.credentials.find_by_badge("04A2F917") is not None


def test_a_made_badge_is_written_and_opens(
    desk: FakeDesk,
    window: MainWindow,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = desk.add_person("Zoë Müller", staff_number="1017")
    dialog = opened(window, ada)
    file = tmp_path / "badge.png"
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_: file)
    dialog.make_badge.click()
    qtbot.waitUntil(lambda: dialog.badge_state.text().startswith("Since"))
    (code,) = CodeReader().read(read_picture(file))
    found = desk.credentials.find_by_badge(code)
    assert found is not None
    assert found.name == "Zoë Müller"


def test_one_persons_face_must_show_more_than_others(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    ada = desk.add_person("Ada")
    dialog = opened(window, ada)
    assert dialog.policy.currentText() == "As everybody: challenge if unsure"
    index = dialog.policy.findData(Policy.ALWAYS)
    dialog.policy.setCurrentIndex(index)
    dialog.policy.activated.emit(index)
    qtbot.waitUntil(lambda: desk.own_liveness.all() == {ada.id: Policy.ALWAYS})
    dialog.close_button.click()
    assert opened(window, ada).policy.currentText() == "always challenge"
