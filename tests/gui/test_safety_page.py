"""Accounts, privacy and the audit log in the window."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from facedesk.core.records import Person
from facedesk.core.roles import Role
from facedesk.gui import dialogs
from facedesk.gui.accounts_card import CodeDialog, NewAccountDialog
from facedesk.gui.controls import Choice
from facedesk.gui.dialogs import Message
from facedesk.gui.login import OwnerDialog, PasswordDialog, SignInDialog, role_text
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk

PASSWORD = "correct horse battery"


@pytest.fixture
def owner(desk: FakeDesk, window: MainWindow) -> MainWindow:
    """The safety page, with an owner signed in."""
    desk.access.make_owner("Ada", PASSWORD)
    desk.access.sign_in("Ada", PASSWORD)
    window.watch.look()
    window.show_page(5)
    return window


def press(window: MainWindow, name: str) -> None:
    QApplication.processEvents()  # new lines show themselves with the next event
    found = [
        button
        for button in window.safety.findChildren(QPushButton)
        if button.accessibleName() == name and button.isVisible()
    ]
    assert len(found) == 1, name
    found[0].click()


def opened(window: MainWindow, kind: type[QDialog]) -> QDialog:
    (found,) = [one for one in window.findChildren(kind) if one.isVisible()]
    return found


def test_without_accounts_the_page_makes_the_owner(desk: FakeDesk, window: MainWindow) -> None:
    window.show_page(5)
    assert "open to everybody" in window.safety.accounts.words.text()
    window.safety.accounts.add_button.click()
    dialog = opened(window, OwnerDialog)
    dialog.name.setText("Ada")
    dialog.password.setText(PASSWORD)
    dialog.again.setText(PASSWORD)
    dialog.save.click()
    assert [account.role for account in desk.access.accounts.list()] == [Role.OWNER]
    assert window.safety.accounts.lines.count() == 1


def test_an_owner_adds_changes_and_removes_accounts(desk: FakeDesk, owner: MainWindow) -> None:
    owner.safety.accounts.add_button.click()
    dialog = opened(owner, NewAccountDialog)
    dialog.name.setText("Olu")
    dialog.password.setText("short")
    dialog.save.click()
    assert "8 to 200" in dialog.problem.text()
    dialog.password.setText(PASSWORD)
    dialog.save.click()
    olu = desk.access.accounts.find("Olu")
    assert olu is not None
    assert olu.role is Role.OPERATOR
    press(owner, "New password: Olu")
    dialog = opened(owner, PasswordDialog)
    dialog.password.setText("another good one")
    dialog.save.click()
    assert desk.access.check.account_of("Olu", "another good one").name == "Olu"
    owner.safety.accounts.set_role(olu, Role.ADMIN)
    press(owner, "Remove account: Olu")
    opened(owner, Message).findChildren(QPushButton)[-1].click()
    assert desk.access.accounts.find("Olu") is None
    acts = [entry.act for entry in owner.safety.audit.rows.rows]
    assert acts[:3] == ["account removed", "account changed", "account changed"]


def test_codes_start_with_one_of_them(desk: FakeDesk, owner: MainWindow) -> None:
    press(owner, "Ask for a code: Ada")
    dialog = opened(owner, CodeDialog)
    dialog.code.setText("123")
    dialog.save.click()
    assert "Type the code" in dialog.problem.text()
    dialog.code.setText(pyotp.TOTP(dialog.secret).at(desk.clock.utc()))
    dialog.save.click()
    assert desk.access.accounts.list()[0].has_code
    press(owner, "Stop asking for a code: Ada")
    assert not desk.access.accounts.list()[0].has_code


def test_the_last_owner_is_told_to_stay(desk: FakeDesk, owner: MainWindow) -> None:
    owner.safety.accounts.set_role(desk.access.accounts.list()[0], Role.ADMIN)
    dialog = opened(owner, Message)
    assert dialog.windowTitle() == "The last owner stays"


def test_a_role_that_was_not_given_is_not_shown(desk: FakeDesk, owner: MainWindow) -> None:
    QApplication.processEvents()
    (role,) = [
        one
        for one in owner.safety.accounts.findChildren(Choice)
        if one.accessibleName() == "Role of Ada" and one.isVisible()
    ]
    desk.access.sign_out()
    role.setCurrentIndex(0)
    role.activated.emit(0)
    opened(owner, SignInDialog).reject()
    assert role.currentText() == role_text(Role.OWNER)


def test_an_admin_sees_neither_accounts_nor_the_audit_log(
    desk: FakeDesk, owner: MainWindow
) -> None:
    desk.access.add("Bea", Role.ADMIN, PASSWORD)
    desk.access.sign_in("Bea", PASSWORD)
    owner.show_page(5)
    owner.safety.refresh()
    assert not owner.safety.accounts.isVisible()
    assert not owner.safety.audit.isVisible()
    assert owner.safety.privacy.isVisible()


def test_nothing_can_be_erased_before_it_is_known_what_is_due(
    desk: FakeDesk, window: MainWindow
) -> None:
    assert window.safety.privacy.due == []
    assert window.safety.privacy.erase_button.isHidden()


def test_what_is_due_is_shown_first_and_then_erased(
    desk: FakeDesk, owner: MainWindow, qtbot: QtBot
) -> None:
    person = desk.add_person("Bo Adair")
    desk.people.update(replace(person, active=False))
    desk.clock.advance(91 * 86_400)
    desk.access.sign_in("Ada", PASSWORD)
    owner.safety.refresh()
    qtbot.waitUntil(owner.safety.privacy.erase_button.isVisible)
    owner.safety.privacy.erase_button.click()
    dialog = opened(owner, Message)
    assert "Bo Adair" in dialog.accessibleDescription()
    dialog.findChildren(QPushButton)[-1].click()
    qtbot.waitUntil(lambda: owner.safety.privacy.state.said.startswith("Erased"))
    assert desk.people.list() == []
    assert owner.people.count == 0
    qtbot.waitUntil(lambda: not owner.safety.privacy.erase_button.isVisible())


def test_a_persons_data_is_written(
    desk: FakeDesk,
    owner: MainWindow,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    desk.add_person("Bo Adair")
    owner.safety.refresh()
    asked = []

    def answer(_parent: object, suggestion: Path, kind: str) -> Path:
        asked.append((suggestion.name, kind))
        return tmp_path / "bo.zip"

    monkeypatch.setattr(dialogs, "ask_save_path", answer)
    owner.safety.privacy.export_button.click()
    qtbot.waitUntil(lambda: owner.safety.privacy.state.said.startswith("Written"))
    assert asked == [("person-1.zip", "zip")]
    with zipfile.ZipFile(tmp_path / "bo.zip") as file:
        assert "Bo Adair" in file.read("read-me.html").decode()


def test_the_records_are_checked(desk: FakeDesk, owner: MainWindow, qtbot: QtBot) -> None:
    owner.safety.audit.check_button.click()
    qtbot.waitUntil(lambda: "as FaceDesk wrote them" in owner.safety.audit.verdict.said)


def test_people_read_about_their_data_at_the_kiosk(desk: FakeDesk, window: MainWindow) -> None:
    window.kiosk.privacy.click()
    dialog = opened(window, Message)
    assert "recognised here" in dialog.accessibleDescription()


def test_people_are_chosen_by_name(desk: FakeDesk, owner: MainWindow) -> None:
    desk.people.add(Person(0, "Zoë Müller"))
    owner.safety.refresh()
    assert owner.safety.privacy.person.itemText(0) == "Zoë Müller"


def test_the_notice_is_edited_in_the_settings(desk: FakeDesk, window: MainWindow) -> None:
    editor = window.settings.editors["privacy_notice"]
    assert editor.value == desk.settings.privacy_notice
    editor.show_value("First.\n\nSecond line for a longer text. " + "x" * 400)
    assert window.settings.changes["privacy_notice"] == editor.value
    assert len(str(editor.value)) > 400
