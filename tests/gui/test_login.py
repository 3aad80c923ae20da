"""First start, sign-in, lockout, time-out, kiosk lock, and every window action x every role."""

from collections.abc import Iterator

import pyotp
import pytest
from PySide6.QtCore import SIGNAL, Qt
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QCalendarWidget,
    QComboBox,
    QDialog,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from facedesk.core.records import Direction
from facedesk.core.roles import NEEDS, Role, needed
from facedesk.core.schedules import Schedule
from facedesk.gui.dialogs import Message
from facedesk.gui.login import OwnerDialog, SignInDialog
from facedesk.gui.main_window import _PAGES, MainWindow
from facedesk.gui.schedules_view import SchedulesView
from tests.gui.fake_desk import FakeDesk

PASSWORD = "correct horse battery"


@pytest.fixture
def guarded(desk: FakeDesk) -> FakeDesk:
    """A desk with an account of each role, named like it; nobody is signed in."""
    for role in (Role.OWNER, Role.ADMIN, Role.OPERATOR):
        desk.access.add(role, role, PASSWORD)
    return desk


def dialog_of(window: QWidget) -> SignInDialog:
    (found,) = [one for one in window.findChildren(SignInDialog) if one.isVisible()]
    return found


def asked(window: QWidget) -> bool:
    return any(one.isVisible() for one in window.findChildren(SignInDialog))


def sign_in(window: MainWindow, name: str, password: str = PASSWORD) -> None:
    dialog = dialog_of(window)
    dialog.name.setText(name)
    dialog.password.setText(password)
    dialog.enter.click()


def test_first_start_makes_the_owner(desk: FakeDesk, window: MainWindow) -> None:
    assert window.strip.account.text() == "Open to everybody"
    window.offer_owner()
    (dialog,) = window.findChildren(OwnerDialog)
    dialog.name.setText("Ada")
    dialog.password.setText(PASSWORD)
    dialog.again.setText("something else")
    dialog.save.click()
    assert dialog.problem.text() == "The two passwords differ."
    dialog.again.setText(PASSWORD)
    dialog.save.click()
    assert not dialog.isVisible()
    assert desk.access.account is not None
    assert window.strip.account.text() == "Ada"
    window.show_page(4)
    assert window.pages.currentIndex() == 4


def test_later_leaves_everything_open_and_is_not_asked_again(
    desk: FakeDesk, window: MainWindow
) -> None:
    window.offer_owner()
    (dialog,) = window.findChildren(OwnerDialog)
    dialog.leave.click()
    window.show_page(1)
    assert window.pages.currentIndex() == 1
    assert window.strip.account.text() == "Open to everybody"
    window.offer_owner()
    assert [one for one in window.findChildren(OwnerDialog) if one.isVisible()] == []


def test_the_hint_in_the_status_line_makes_the_owner_too(window: MainWindow) -> None:
    window.strip.account.click()
    assert [one.isVisible() for one in window.findChildren(OwnerDialog)] == [True]


def test_a_page_opens_after_signing_in(guarded: FakeDesk, window: MainWindow) -> None:
    window.rail.buttons[1].click()
    assert window.pages.currentIndex() == 0
    assert window.rail.buttons[0].isChecked()
    sign_in(window, "operator", "wrong wrong")
    assert dialog_of(window).problem.text() == "The name or the password is wrong."
    sign_in(window, "operator")
    assert window.pages.currentIndex() == 1
    assert window.strip.account.text() == "operator"


def test_too_small_a_role_is_told_and_may_give_way(guarded: FakeDesk, window: MainWindow) -> None:
    window.show_page(4)
    sign_in(window, "operator")
    assert dialog_of(window).problem.text() == "An admin or the owner can do this."
    sign_in(window, "admin")
    assert window.pages.currentIndex() == 4


def test_lockout_stops_the_button_for_as_long(
    guarded: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    window.show_page(1)
    for _ in range(4):
        sign_in(window, "owner", "wrong wrong")
    dialog = dialog_of(window)
    assert not dialog.enter.isEnabled()
    assert dialog._pause.interval() == 5000
    guarded.clock.advance(5)
    dialog._pause.setInterval(0)
    qtbot.waitUntil(dialog.enter.isEnabled)
    assert not dialog.problem.isVisible()
    sign_in(window, "owner")
    assert window.pages.currentIndex() == 1


def test_a_code_is_asked_for_only_where_one_is_needed(
    guarded: FakeDesk, window: MainWindow
) -> None:
    owner = guarded.access.accounts.find("owner")
    assert owner is not None
    secret, _ = guarded.access.check.new_code_secret(owner)
    now = pyotp.TOTP(secret).at(guarded.clock.utc())
    guarded.access.check.start_codes(owner, secret, now)
    window.show_page(1)
    dialog = dialog_of(window)
    assert not dialog.code.isVisible()
    sign_in(window, "owner")
    assert dialog.code.isVisible()
    dialog.code.setText(pyotp.TOTP(secret).at(guarded.clock.utc()))
    dialog.enter.click()
    assert window.pages.currentIndex() == 1


def test_without_input_the_window_is_the_kiosk_again(
    guarded: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    window.show_page(1)
    sign_in(window, "admin")
    window.people.add()
    assert any(one.isVisible() for one in window.people.findChildren(QDialog))
    guarded.clock.advance(guarded.settings.sign_out_after_min * 60 + 1)
    window.watch.look()
    assert window.pages.currentIndex() == 0
    assert not any(one.isVisible() for one in window.findChildren(QDialog))
    assert window.strip.account.text() == "Sign in"


def test_input_keeps_somebody_signed_in(
    guarded: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    window.show_page(1)
    sign_in(window, "operator")
    for _ in range(4):
        guarded.clock.advance(guarded.settings.sign_out_after_min * 60 - 1)
        qtbot.keyClick(window.people.search, Qt.Key.Key_A)
    window.watch.look()
    assert window.pages.currentIndex() == 1


def test_what_is_privileged_is_asked_again_after_a_while(
    guarded: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    window.show_page(1)
    sign_in(window, "admin")
    guarded.clock.advance(200)
    qtbot.mouseClick(window.people.add_button, Qt.MouseButton.LeftButton)
    dialog = dialog_of(window)
    assert dialog.windowTitle() == "Still you?"
    assert dialog.name.text() == "admin"
    sign_in(window, "admin")
    assert any(one.isVisible() for one in window.people.findChildren(QDialog) if one is not dialog)


def test_signing_out_in_the_status_line(guarded: FakeDesk, window: MainWindow) -> None:
    window.show_page(2)
    sign_in(window, "operator")
    window.strip.account.click()
    (message,) = [one for one in window.findChildren(Message) if one.isVisible()]
    message.findChildren(QPushButton)[-1].click()
    window.watch.look()
    assert window.pages.currentIndex() == 0
    assert window.strip.account.text() == "Sign in"


def test_a_locked_kiosk_is_left_by_an_admin_only(
    guarded: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    window.toggle_full_screen()
    assert window.locked
    assert window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.isFullScreen()
    sign_in(window, "operator")
    assert dialog_of(window).problem.text() == "An admin or the owner can do this."
    sign_in(window, "admin")
    assert not window.isFullScreen()
    assert window.rail.isVisible()


def test_a_locked_kiosk_does_not_close(guarded: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    window.toggle_full_screen()
    assert not window.close()
    assert guarded.stops == 0
    dialog_of(window).reject()
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.currentIndex() == 0
    sign_in(window, "admin")
    assert window.pages.currentIndex() == 1
    window.end()
    assert guarded.stops == 1


def test_a_kiosk_that_was_left_locks_itself_again(guarded: FakeDesk, window: MainWindow) -> None:
    window.toggle_full_screen()
    window.show_page(1)
    sign_in(window, "admin")
    guarded.access.sign_out()
    window.watch.look()
    assert window.isFullScreen()
    window.end()


def test_the_end_of_the_session_is_not_held_up(guarded: FakeDesk, window: MainWindow) -> None:
    window.toggle_full_screen()
    window._end_of_session(None)
    assert window.close()


def test_corrections_are_signed_by_who_is_signed_in(guarded: FakeDesk, window: MainWindow) -> None:
    window.show_page(2)
    sign_in(window, "operator")
    window.log.add_button.click()
    (dialog,) = [one for one in window.log.findChildren(QDialog) if one.isVisible()]
    who = next(field for field in dialog.findChildren(QLineEdit) if field.accessibleName() == "Who")
    assert who.text() == "operator"
    assert who.isReadOnly()


def test_the_status_line_outlives_the_database(guarded: FakeDesk, window: MainWindow) -> None:
    guarded.database.close()
    window.strip.refresh()
    assert window.strip.account.text() == "Sign in"


# Every window action x every role -----------------------------------------------------------------

# What changes only what is shown: free to whoever sees the page.
HARMLESS = {
    "Today", "7 days", "This month", "Last month", "Week", "Month", "Revert", "Restore defaults",
    "Check the records", "Cancel", "", "The month before", "The month after", "Ctrl+F",
    "rows of Hours of everybody",
}  # fmt: skip

Control = QAbstractButton | QAction | QShortcut | QAbstractItemView | QComboBox


def controls(page: QWidget) -> Iterator[tuple[str, Control]]:
    """Every button, menu entry, shortcut, table and choice of a page that does something; menus
    stand for their entries.
    """
    in_calendars = [
        button
        for calendar in page.findChildren(QCalendarWidget)
        for button in calendar.findChildren(QAbstractButton)
    ]
    for button in page.findChildren(QAbstractButton):
        if button in in_calendars:
            continue
        menu = button.menu() if hasattr(button, "menu") else None
        if menu is not None:
            yield from ((action.text(), action) for action in menu.actions())
        elif not button.isCheckable():
            yield button.text() or button.accessibleName(), button
    for shortcut in page.findChildren(QShortcut):
        yield shortcut.key().toString(), shortcut
    for table in page.findChildren(QAbstractItemView):
        if any(table.receivers(SIGNAL(f"{signal}(QModelIndex)")) for signal in CHOSEN):
            yield f"rows of {table.accessibleName()}", table
    for choice in page.findChildren(QComboBox):
        if choice.receivers(SIGNAL("activated(int)")):
            yield choice.accessibleName(), choice


CHOSEN = ("activated", "doubleClicked")


def press(control: Control) -> None:
    match control:
        case QAction():
            control.trigger()
        case QAbstractButton():
            control.click()
        case QShortcut():
            control.activated.emit()
        case QComboBox():
            control.activated.emit(control.currentIndex())
        case QAbstractItemView():
            first = control.model().index(0, 0)
            for signal in CHOSEN:
                if first.isValid() and control.receivers(SIGNAL(f"{signal}(QModelIndex)")):
                    getattr(control, signal).emit(first)


def fill(desk: FakeDesk, window: MainWindow) -> None:
    """Somebody to choose, a punch to correct and a schedule, so that every control can act."""
    person = desk.add_person("Ada Lindqvist")
    desk.punch(person, Direction.IN)
    desk.schedules.save(Schedule("Office", "Mon-Fri 09:00-17:00"))
    window.people.refresh()
    window.people.table.selectRow(0)
    window.log.refresh()
    window.log.table.selectRow(0)
    for view in window.findChildren(SchedulesView):
        view.refresh()
    window.settings.editors["votes"].show_value(5)


def asks_for(guarded: FakeDesk, control: Control) -> list[str]:
    """The actions that pressing a control asks for; nothing is let through."""
    asked: list[str] = []
    allows = guarded.access.allows
    guarded.access.allows = lambda action: bool(asked.append(action))  # type: ignore[method-assign]
    press(control)
    guarded.access.allows = allows  # type: ignore[method-assign]
    return asked


@pytest.mark.parametrize("role", list(Role))
def test_every_window_action_for_every_role(
    guarded: FakeDesk, window: MainWindow, role: Role
) -> None:
    """Pages and what is on them: who lacks the role is asked to sign in, and nothing happens.

    A new button fails here unless its method says with `@needs` which action it is, and the table
    of core/roles.py says who may do that.
    """
    fill(guarded, window)
    if role is not Role.KIOSK:
        guarded.access.sign_in(role, PASSWORD)
    before, settings_before = guarded.database.read(WRITTEN)[0][0], guarded.settings
    checked = refused = 0
    for number, name in enumerate(_PAGES):
        window.show_page(number)
        assert asked(window) is not role.includes(needed(name))
        assert (window.pages.currentIndex() == number) is role.includes(needed(name))
        close_all(window)
        window._show(number)
        checked += 1
        if needed(name) is Role.KIOSK:
            continue  # what is there is for everybody who comes by
        for text, control in controls(window.pages.widget(number)):
            control.setEnabled(True)  # whatever is chosen, the question comes first
            if text in HARMLESS:
                press(control)
                continue
            actions = asks_for(guarded, control)
            close_all(window)
            assert len(actions) == 1, (
                f"“{text}” of {name} asks for nothing: say @needs(...) in {control.parent()}"
            )
            assert actions[0] in NEEDS, f"which role may {actions[0]}? (core/roles.py)"
            checked += 1
            if role.includes(needed(actions[0])):
                assert guarded.access.allows(actions[0])
                continue
            press(control)
            assert asked(window), f"“{text}” does not ask {role}"
            refused += 1
            close_all(window)
    assert (guarded.database.read(WRITTEN)[0][0], guarded.settings) == (before, settings_before)
    print(f"{role}: {checked} actions, {refused} refused")


WRITTEN = "SELECT total_changes()"


def close_all(window: MainWindow) -> None:
    for dialog in window.findChildren(QDialog):
        dialog.close()
