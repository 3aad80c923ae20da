from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.enrol_wizard import EnrolWizard
from facedesk.gui.main_window import MainWindow
from facedesk.gui.tables import CHIP_ROLE
from tests.gui.fake_desk import FakeDesk

NAMES = ["Ada Lovelace", "Zoë Müller", "محمد عبد الرحمن", "李小龍"]


def listed(window: MainWindow) -> list[str]:
    model = window.people.rows
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def open_people(desk: FakeDesk, window: MainWindow, names: list[str]) -> None:
    for name in names:
        desk.add_person(name, department="Tables", staff_number=f"7{names.index(name)}")
    window.people.refresh()
    window.show_page(1)


def press(message: Message, text: str) -> None:
    for made in message.findChildren(QPushButton):
        if made.text() == text:
            made.click()
            return
    raise AssertionError(f"no button {text}")


def test_an_empty_page_invites_to_add_somebody(window: MainWindow) -> None:
    window.show_page(1)
    assert window.people.first_button.isVisible()
    window.people.first_button.click()
    assert len(window.people.findChildren(EnrolWizard)) == 1


def test_everybody_is_listed_in_any_script(desk: FakeDesk, window: MainWindow) -> None:
    open_people(desk, window, NAMES)
    assert sorted(listed(window)) == sorted(NAMES)
    assert window.strip.people.text() == "0 people"  # told only after changes through the page
    window.people.people_changed.emit()
    assert window.strip.people.text() == "4 people"


def test_search_is_instant_and_ignores_accents(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    open_people(desk, window, NAMES)
    qtbot.keyClicks(window.people.search, "zoe")
    assert listed(window) == ["Zoë Müller"]
    window.people.search.setText("nobody at all")
    assert window.people.stack.currentIndex() == 2
    window.people.search.clear()
    assert len(listed(window)) == 4


def test_the_status_says_who_cannot_be_recognised(desk: FakeDesk, window: MainWindow) -> None:
    desk.add_person("Without photo", samples=0)
    open_people(desk, window, [])
    status = window.people.rows.index(0, 4)
    assert status.data() == "Needs new photos"
    assert status.data(CHIP_ROLE) == ("warn", "on_warn")
    assert "photo" in status.data(Qt.ItemDataRole.ToolTipRole)


def test_columns_sort_up_and_down(desk: FakeDesk, window: MainWindow) -> None:
    for name, samples in (("b", 2), ("A", 10), ("c", 1)):
        desk.add_person(name, samples=samples)
    open_people(desk, window, [])
    header = window.people.table.horizontalHeader()
    header.sectionClicked.emit(3)
    assert listed(window) == ["c", "b", "A"]  # as numbers, not as text
    header.sectionClicked.emit(3)
    assert listed(window) == ["A", "b", "c"]
    header.sectionClicked.emit(0)
    assert listed(window) == ["A", "b", "c"]


def test_return_opens_the_selected_person(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
    open_people(desk, window, NAMES)
    assert not window.people.edit_button.isEnabled()
    window.people.table.selectRow(0)
    assert window.people.edit_button.isEnabled()
    qtbot.keyClick(window.people.table, Qt.Key.Key_Return)
    dialog = window.people.findChildren(EnrolDialog)[0]
    assert dialog.fields.name.text() == listed(window)[0]


def test_removing_says_what_goes_and_needs_a_yes(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    open_people(desk, window, NAMES)
    window.people.table.selectRow(0)
    gone = listed(window)[0]
    window.people.ask_remove()
    message = window.people.findChildren(Message)[0]
    assert gone in message.windowTitle()
    assert "face samples" in message.accessibleDescription()
    press(message, "Cancel")
    assert gone in listed(window)
    window.people.ask_remove()
    with qtbot.waitSignal(window.people.people_changed):
        press(window.people.findChildren(Message)[-1], "Remove")
    assert gone not in listed(window)
    assert window.strip.people.text() == "3 people"


def test_a_store_in_trouble_is_told_not_thrown(desk: FakeDesk, window: MainWindow) -> None:
    open_people(desk, window, NAMES)
    desk.database.close()
    window.people.refresh()
    message = window.people.findChildren(Message)[0]
    assert "closed" in message.windowTitle()
