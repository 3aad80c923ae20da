from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from facedesk.core.consent import Consent, ConsentAnswer
from facedesk.core.standing import Standing
from facedesk.engine import gallery_file
from facedesk.gui import dialogs
from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.enrol_wizard import EnrolWizard
from facedesk.gui.main_window import MainWindow
from facedesk.gui.people_gallery import PassphraseDialog
from facedesk.gui.people_merge import MergeDialog, UndoMergeDialog
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
    assert "Receipt 1 lies in" in last_words(window)
    assert window.strip.people.text() == "3 people"


def test_a_store_in_trouble_is_told_not_thrown(desk: FakeDesk, window: MainWindow) -> None:
    open_people(desk, window, NAMES)
    desk.database.close()
    window.people.refresh()
    message = window.people.findChildren(Message)[0]
    assert "closed" in message.windowTitle()
    window.watch.look()  # its timer goes on, and an exception there would come each second


class TestStanding:
    """The status column, its filter, and what the tip says."""

    @pytest.fixture(autouse=True)
    def _staff(self, desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> None:
        given = Consent(ConsentAnswer.GIVEN, date(2026, 11, 24), "Petra")
        made = {name: desk.add_person(name) for name in ("Ada", "Bob", "Cem", "Dora", "Eve")}
        faceless = desk.add_person("Fay", samples=0)
        for name in ("Ada", "Bob", "Cem", "Eve"):
            desk.administration.consents.record(made[name].id, given)
        desk.administration.consents.record(
            faceless.id, Consent(ConsentAnswer.DECLINED, date(2026, 11, 24), "Petra")
        )
        desk.people.update(replace(made["Eve"], active=False))
        desk.look_alikes = {made["Bob"].id: frozenset({made["Cem"].id}),
                            made["Cem"].id: frozenset({made["Bob"].id})}  # fmt: skip
        desk.add_person("Gus", samples=0)
        window.show_page(1)
        qtbot.waitUntil(lambda: "Look-alike" in self.texts(window))

    def texts(self, window: MainWindow) -> list[str]:
        model = window.people.rows
        return [str(model.index(row, 4).data()) for row in range(model.rowCount())]

    def test_each_person_has_the_most_urgent_one(self, window: MainWindow) -> None:
        assert dict(zip(listed(window), self.texts(window), strict=True)) == {
            "Ada": "Active", "Bob": "Look-alike", "Cem": "Look-alike", "Dora": "Consent missing",
            "Eve": "Inactive", "Fay": "PIN or badge", "Gus": "Needs new photos",
        }  # fmt: skip
        tip = window.people.rows.index(1, 4).data(Qt.ItemDataRole.ToolTipRole)
        assert tip == "Resembles Cem. The kiosk asks for a clear lead, or for a PIN."

    def test_the_list_is_filtered_and_searched_at_once(self, window: MainWindow) -> None:
        page = window.people
        page.filter.setCurrentIndex(page.filter.findData(Standing.LOOK_ALIKE))
        assert listed(window) == ["Bob", "Cem"]
        page.search.setText("cem")
        assert listed(window) == ["Cem"]
        page.filter.setCurrentIndex(page.filter.findData(Standing.INACTIVE))
        assert page.stack.currentIndex() == 2

    def test_by_status_the_most_urgent_come_together(self, window: MainWindow) -> None:
        header = window.people.table.horizontalHeader()
        header.sectionClicked.emit(4)
        header.sectionClicked.emit(4)
        assert listed(window)[:2] == ["Eve", "Dora"]


def test_two_records_become_one_and_two_again(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    open_people(desk, window, ["Ada", "Ada L.", "Bob"])
    window.people.table.selectRow(1)
    window.people.merge()
    (dialog,) = window.people.findChildren(MergeDialog)
    assert not dialog.merge_button.isEnabled()
    dialog.other.setCurrentIndex(0)
    assert not dialog.merge_button.isEnabled()  # without a reason
    dialog.why.setText("enrolled twice")
    with qtbot.waitSignal(dialog.merged):
        dialog.merge_button.click()
    assert listed(window) == ["Ada", "Bob"]
    assert desk.people.list()[0].samples == 2
    window.people.undo_merge()
    undo = window.people.findChildren(UndoMergeDialog)[-1]
    undo.table.selectRow(0)
    with qtbot.waitSignal(undo.undone):
        undo.undo_button.click()
    assert listed(window) == ["Ada", "Ada L.", "Bob"]
    assert not undo.undo_button.isEnabled()


def test_the_gallery_goes_out_and_comes_in(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(gallery_file, "_COSTS", {"n": 16, "r": 8, "p": 1})
    path = tmp_path / "staff.fdgallery"
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_arguments: path)
    monkeypatch.setattr(dialogs, "ask_file", lambda *_arguments: path)
    open_people(desk, window, NAMES)
    window.people.export_gallery()
    ask = window.people.findChildren(PassphraseDialog)[-1]
    ask.passphrase.setText("correct horse")
    assert not ask.go.isEnabled()
    ask.again.setText("correct horse")
    ask.go.click()
    qtbot.waitUntil(lambda: "4 people" in last_words(window))
    desk.people.remove(desk.people.list()[0].id)
    window.people.import_gallery()
    ask = window.people.findChildren(PassphraseDialog)[-1]
    ask.passphrase.setText("correct horse")
    with qtbot.waitSignal(window.people.people_changed):
        ask.go.click()
    assert sorted(listed(window)) == sorted(NAMES)


def last_words(window: MainWindow) -> str:
    messages = window.people.findChildren(Message)
    return messages[-1].accessibleDescription() if messages else ""


def test_a_new_model_reads_everybody_behind_a_bar(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    open_people(desk, window, NAMES)
    strip = window.people.renewal
    assert not strip.isVisible()
    desk.change_settings(embedder="w600k_mbf")
    desk.unread = 40
    window.show_page(0)
    with qtbot.waitSignal(strip.renewed):
        window.show_page(1)
    assert strip.isVisible()
    assert strip.words.text() == "The new face model has read 40 photos."
    qtbot.waitUntil(lambda: not strip.bar.isVisible())


def test_a_row_is_chosen_also_where_it_is_right_to_left(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    for name in ("Ada", "Bea", "Cleo"):
        desk.add_person(name)
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    window.show_page(1)
    window.people.table.selectRow(1)
    selected = window.people.selected()
    assert selected is not None
    assert selected.name == "Bea"


@pytest.mark.parametrize("direction", list(Qt.LayoutDirection)[:2])
def test_a_row_begins_where_its_heading_does(
    direction: Qt.LayoutDirection, desk: FakeDesk, window: MainWindow
) -> None:
    desk.add_person("Bo")
    window.setLayoutDirection(direction)
    window.show_page(1)
    table = window.people.table
    cell = table.visualRect(table.model().index(0, 0))
    drawn = table.viewport().grab(cell).toImage()
    paper = drawn.pixelColor(drawn.width() // 2, drawn.height() // 4)
    inked = [x for x in range(drawn.width()) if drawn.pixelColor(x, drawn.height() // 2) != paper]
    starts_left = min(inked) < drawn.width() / 4 and max(inked) < drawn.width() * 3 / 4
    assert starts_left is (direction is Qt.LayoutDirection.LeftToRight)
