import dataclasses

import pytest
from pytestqt.qtbot import QtBot

from facedesk import settings_file
from facedesk.core.errors import StoreError
from facedesk.gui.dialogs import Message
from facedesk.gui.main_window import MainWindow
from facedesk.gui.setting_editors import ChoiceEditor
from facedesk.settings import Settings, declared
from facedesk.vision.devices import CameraInfo
from tests.gui.fake_desk import FakeDesk


def choices(window: MainWindow, name: str) -> list[str]:
    editor = window.settings.editors[name]
    assert isinstance(editor, ChoiceEditor)
    box = editor.control
    return [box.itemText(number) for number in range(box.count())]  # type: ignore[attr-defined]


def test_every_declared_setting_has_an_editor_that_shows_it(
    desk: FakeDesk, window: MainWindow
) -> None:
    page = window.settings
    assert set(page.editors) == {name for name, _, _ in declared()}
    for entry in dataclasses.fields(Settings):
        assert page.editors[entry.name].value == getattr(desk.settings, entry.name), entry.name
    assert page.changes == {}
    assert not page.save_button.isEnabled()


def test_a_change_is_saved_and_put_in_force(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    page = window.settings
    window.show_page(4)
    page.editors["votes"].show_value(5)
    page.editors["theme"].show_value("dark")
    page.editors["organisation"].show_value("Analytical Engines")
    page.editors["mirror"].show_value(False)
    assert page.state.said == "4 changes not saved"
    with qtbot.waitSignal(page.settings_applied):
        page.save_button.click()
    assert settings_file.load(desk.paths.settings) == desk.settings
    assert desk.settings.votes == 5
    assert window._theme.tokens.dark
    assert window.kiosk.organisation.said == "Analytical Engines"
    assert not window.kiosk.video.mirrored
    assert page.state.said == "Saved"


def test_a_wrong_zone_is_told_beside_it_and_cannot_be_saved(window: MainWindow) -> None:
    page = window.settings
    window.show_page(4)
    page.editors["zone"].show_value("Berlin")
    row = page._rows["zone"]
    assert row.problem.isVisible()
    assert "Europe/Berlin" in row.problem.text()
    assert not page.save_button.isEnabled()
    page.editors["zone"].show_value("Asia/Tokyo")
    assert not row.problem.isVisible()
    assert page.save_button.isEnabled()


def test_numbers_keep_their_declared_range_and_unit(window: MainWindow) -> None:
    for name, default, about in declared():
        if isinstance(default, bool) or not isinstance(default, int | float):
            continue
        box = window.settings.editors[name].control
        assert box.minimum() == about.minimum, name  # type: ignore[attr-defined]
        assert box.maximum() == about.maximum, name  # type: ignore[attr-defined]
        assert box.suffix().strip() == about.unit  # type: ignore[attr-defined]


def test_revert_and_defaults(desk: FakeDesk, window: MainWindow) -> None:
    page = window.settings
    page.editors["votes"].show_value(9)
    page.revert_button.click()
    assert page.changes == {}
    page.defaults_button.click()
    assert page.changes == {"zone": "", "organisation": ""}  # what the fake desk has set
    assert desk.settings.organisation == "Analytical Works"  # nothing saved yet


def test_cameras_and_models_are_offered_and_a_missing_one_stays_chosen(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot
) -> None:
    desk.camera_list.append(CameraInfo("Door camera", "usb:1-4", 2, 200))
    desk.change_settings(camera="usb:9-9")
    window.settings.revert()
    window.show_page(4)
    qtbot.waitUntil(lambda: "Door camera" in choices(window, "camera"))
    assert choices(window, "camera")[0] == "Automatic"
    assert "usb:9-9 (not found)" in choices(window, "camera")
    assert window.settings.editors["camera"].value == "usb:9-9"
    qtbot.waitUntil(lambda: "w600k_mbf" in choices(window, "embedder"))
    assert window.settings.changes == {}


def test_a_setting_that_cannot_be_saved_is_told_and_kept_on_the_page(
    desk: FakeDesk, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_settings: Settings) -> None:
        raise StoreError("The settings could not be saved", "No space left on device")

    monkeypatch.setattr(desk, "apply", refuse)
    page = window.settings
    page.editors["votes"].show_value(5)
    page.save()
    qtbot.waitUntil(lambda: bool(page.findChildren(Message)))
    assert page.editors["votes"].value == 5
    assert page.save_button.isEnabled()
