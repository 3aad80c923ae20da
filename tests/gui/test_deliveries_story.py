"""From the camera to the other system: the real desk and window, a real server on loopback."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from facedesk.core.records import Person, Sample
from facedesk.engine.webhook import new_secret
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import Theme
from tests.engine.receiver import Receiver
from tests.fakes import FakeCamera, Show, picture, vector_of, wall
from tests.gui.test_desk_story import Stage

SECRET = new_secret()
_WAIT_MS = 10_000


@pytest.fixture
def camera() -> FakeCamera:
    return FakeCamera([Show(wall(), 0.2), Show(picture(("red", (240, 120, 160))), 60.0)])


def test_who_is_seen_is_told_to_the_other_system(
    tmp_path: Path, theme: Theme, camera: FakeCamera, qtbot: QtBot
) -> None:
    receiver = Receiver(SECRET)
    stage = Stage(tmp_path / "data", theme, camera)
    try:
        sample = Sample(0, 0, "fake-1", vector_of("red"), "test")
        stage.desk.people.add(Person(0, "Zoë Müller", "E17"), [sample])
        stage.desk.outbox.collect("webhook")
        stage.desk.apply(
            replace(stage.desk.settings, webhook_url=receiver.url, webhook_secret=SECRET)
        )
        stage.desk.start()
        qtbot.waitUntil(lambda: bool(receiver.events), timeout=_WAIT_MS)
        (event,) = receiver.events
        assert event["person"]["staff_number"] == "E17"
        assert (event["punch"]["direction"], event["punch"]["method"]) == ("in", "face")
        qtbot.waitUntil(lambda: stage.desk.outbox.line("webhook").waiting == 0, timeout=_WAIT_MS)
    finally:
        stage.close()
        assert stage.desk.stop() == ()
        receiver.close()


def test_an_address_without_https_is_refused_in_the_window(
    tmp_path: Path, theme: Theme, camera: FakeCamera, qtbot: QtBot
) -> None:
    stage = Stage(tmp_path / "data", theme, camera)
    try:
        page = stage.window.settings
        stage.window.show_page(4)
        secret = page.editors["webhook_secret"].control
        assert isinstance(secret, QLineEdit)
        assert secret.echoMode() is not QLineEdit.EchoMode.Normal
        page.editors["webhook_url"].show_value("http://hr.example.org/punches")
        page.editors["webhook_secret"].show_value(SECRET)
        page.save_button.click()
        qtbot.waitUntil(lambda: bool(stage.window.findChildren(Message)), timeout=_WAIT_MS)
        assert stage.desk.settings.webhook_url == ""
    finally:
        stage.close()
        assert stage.desk.stop() == ()
