"""Importing many people in the window, with the real widgets and the real store."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

from facedesk.core.errors import ModelError
from facedesk.core.records import QualityReason
from facedesk.engine.bulk_import import plan_folder
from facedesk.engine.enrolment import Examined
from facedesk.gui import dialogs
from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_import import ImportDialog
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk, good_face, stranger_vector


class Story:
    """An administrator with a folder of pictures."""

    def __init__(self, desk: FakeDesk, window: MainWindow, qtbot: QtBot, folder: Path) -> None:
        self.desk, self.window, self.qtbot, self.folder = desk, window, qtbot, folder
        self.folder.mkdir()
        desk.enrolment.knows = {
            "good.jpg": [good_face()],
            "better.jpg": [good_face(seed=2)],
            "other.jpg": [good_face(vector=stranger_vector(1))],
            "blurred.jpg": [good_face(None, QualityReason.BLURRED)],
        }
        self.hire("Ada_Lovelace", "good.jpg", "better.jpg", "other.jpg")
        self.hire("Grace", "good.jpg", "blurred.jpg")
        self.hire("Nobody", "blurred.jpg")

    def hire(self, name: str, *files: str) -> None:
        (self.folder / name).mkdir()
        for file in files:
            (self.folder / name / file).touch()

    def open(self) -> ImportDialog:
        self.window.show_page(1)
        self.window.people.plan_import(self.folder, plan_folder)
        self.qtbot.waitUntil(lambda: bool(self.window.people.findChildren(ImportDialog)))
        self.dialog = self.window.people.findChildren(ImportDialog)[-1]
        return self.dialog

    def run(self, dialog: ImportDialog) -> None:
        dialog.start_button.click()
        self.qtbot.waitUntil(lambda: dialog._task is None)

    def table(self) -> list[tuple[str, ...]]:
        model = self.dialog.rows
        return [
            tuple(str(model.index(row, column).data()) for column in (0, 1, 3))
            for row in range(model.rowCount())
        ]

    @property
    def names(self) -> list[str]:
        return [person.name for person in self.desk.people.list()]


@pytest.fixture
def story(desk: FakeDesk, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> Story:
    return Story(desk, window, qtbot, tmp_path / "staff")


def test_a_folder_is_imported_and_what_was_left_out_is_listed(story: Story) -> None:
    dialog = story.open()
    dialog.consent_by.setText("Petra")
    assert dialog.summary.text() == "3 people with 6 pictures in staff"
    assert not dialog.export_button.isVisible()
    with story.qtbot.waitSignal(dialog.people_imported):
        dialog.start_button.click()
    assert story.names == ["Ada Lovelace", "Grace"]
    consents = story.desk.administration.consents
    answers = [consents.of(person.id) for person in story.desk.people.list()]
    assert [answer and answer.recorded_by for answer in answers] == ["Petra", "Petra"]
    assert story.window.strip.people.text() == "2 people"
    assert story.table() == [
        ("Ada Lovelace", "other.jpg", "Left out"),
        ("Grace", "blurred.jpg", "Left out"),
        ("Nobody", "", "Not enrolled"),
        ("Nobody", "blurred.jpg", "Left out"),
    ]
    assert dialog.summary.text().startswith("2 enrolled, 0 already enrolled, 1 refused; 6 pictures")


def test_trying_first_saves_nothing(story: Story) -> None:
    dialog = story.open()
    dialog.dry_run.setChecked(True)
    assert dialog.start_button.text() == "Try it"
    story.run(dialog)
    assert story.names == []
    assert dialog.summary.text().startswith("Tried, nothing is saved: 2 enrolled")
    assert dialog.start_button.text() == "Import"  # the real one is at hand
    story.run(dialog)
    assert len(story.names) == 2


def test_a_second_import_imports_nothing_twice(story: Story) -> None:
    story.run(story.open())
    dialog = story.open()
    story.run(dialog)
    assert dialog.summary.text().startswith("0 enrolled, 2 already enrolled, 1 refused")
    assert len(story.names) == 2


def test_cancel_keeps_whole_people_and_a_new_import_goes_on(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = Event(), Event()
    examine: Callable[[Path], Examined] = story.desk.enrolment.examine_file

    def slowly(path: Path) -> Examined:
        if path.parent.name == "Grace":
            reached.set()
            go_on.wait(10)
        return examine(path)

    monkeypatch.setattr(story.desk.enrolment, "examine_file", slowly)
    dialog = story.open()
    dialog.start_button.click()
    story.qtbot.waitUntil(reached.is_set)
    assert dialog.close_button.text() == "Cancel"
    dialog.reject()  # Esc
    assert dialog.isVisible()
    go_on.set()
    story.qtbot.waitUntil(lambda: dialog._task is None)
    assert dialog.summary.text().startswith("Cancelled; whoever is enrolled stays")
    assert story.names == ["Ada Lovelace"]
    story.run(dialog)
    assert story.names == ["Ada Lovelace", "Grace"]


def test_the_report_is_exported(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = story.open()
    story.run(dialog)
    target = tmp_path / "report.csv"
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_arguments: target)
    assert dialog.export_button.isVisible()
    dialog.export_button.click()
    story.qtbot.waitUntil(lambda: str(target) in dialog.at.said)
    assert "other.jpg" in target.read_text(encoding="utf-8-sig")


def test_without_a_model_it_says_so_and_enrols_nobody(story: Story) -> None:
    dialog = story.open()

    class Gone:
        @property
        def rules(self) -> object:
            raise ModelError("No face embedder is installed")

        def examine_file(self, _path: Path) -> Examined:
            raise ModelError("No face embedder is installed")

        def draft(self, examined: Examined) -> None:
            """Never reached."""

    story.desk.enrolment = Gone()  # type: ignore[assignment]
    story.run(dialog)
    message = story.dialog.findChildren(Message)[-1]
    assert "embedder" in message.windowTitle()
    assert story.names == []


def test_a_list_can_be_chosen_from_the_menu(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,staff_number,file\nZoë,0007,good.jpg\n", encoding="utf-8")
    monkeypatch.setattr(dialogs, "ask_file", lambda *_arguments: path)
    story.window.show_page(1)
    menu = story.window.people.import_button.menu()
    menu.actions()[1].trigger()
    story.qtbot.waitUntil(lambda: bool(story.window.people.findChildren(ImportDialog)))
    story.run(story.window.people.findChildren(ImportDialog)[-1])
    (person,) = story.desk.people.list()
    assert (person.name, person.staff_number) == ("Zoë", "0007")


def test_a_folder_without_people_is_told(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_arguments: empty)
    story.window.people.import_folder()
    story.qtbot.waitUntil(lambda: bool(story.window.people.findChildren(Message)))
    assert story.window.people.findChildren(Message)[0].windowTitle() == "Nobody to enrol"
