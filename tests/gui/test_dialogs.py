import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from facedesk.core.errors import BadInputError
from facedesk.engine.jobs import Progress
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import Theme
from tests.gui.fake_desk import FakeDesk


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def words(message: Message) -> list[str]:
    return [label.text() for label in message.findChildren(QLabel) if label.text()]


def button(message: Message, text: str) -> QPushButton:
    return next(made for made in message.findChildren(QPushButton) if made.text() == text)


def test_an_error_tells_title_message_and_hint(parent: QWidget, theme: Theme) -> None:
    error = BadInputError("No face found", "There is none.", "Use another picture.")
    message = dialogs.show_error(theme, parent, error)
    assert words(message) == ["No face found", "There is none.", "Use another picture."]
    button(message, "Close").click()
    assert not message.isVisible()


@pytest.mark.logs_a_bug
def test_the_unforeseen_is_called_a_bug_and_can_be_copied(parent: QWidget, theme: Theme) -> None:
    try:
        raise ZeroDivisionError("by <b>zero</b>")
    except ZeroDivisionError as error:
        message = dialogs.show_error(theme, parent, error)
    assert words(message)[0] == "This is a bug in FaceDesk"
    assert "ZeroDivisionError: by <b>zero</b>" in words(message)
    button(message, "Copy details").click()
    assert "ZeroDivisionError" in QGuiApplication.clipboard().text()
    assert "test_dialogs.py" in QGuiApplication.clipboard().text()
    assert message.isVisible()
    message.close()


def test_markup_in_a_name_is_shown_as_it_is(parent: QWidget, theme: Theme) -> None:
    message = dialogs.confirm(theme, parent, "Remove <i>x</i>?", [], "Remove", lambda: None)
    (label,) = (made for made in message.findChildren(QLabel) if "<i>" in made.text())
    assert label.textFormat() is Qt.TextFormat.PlainText
    message.close()


def test_escape_is_no(parent: QWidget, theme: Theme, qtbot: QtBot) -> None:
    answers: list[str] = []
    message = dialogs.confirm(theme, parent, "Sure?", [], "Yes", lambda: answers.append("yes"))
    qtbot.keyClick(message, Qt.Key.Key_Escape)
    assert answers == []
    message = dialogs.confirm(theme, parent, "Sure?", [], "Yes", lambda: answers.append("yes"))
    button(message, "Yes").click()
    assert answers == ["yes"]


def test_waiting_shows_progress_and_closes_when_the_job_ends(
    desk: FakeDesk, parent: QWidget, theme: Theme, qtbot: QtBot
) -> None:
    bridge = Bridge(desk)  # type: ignore[arg-type]
    go_on = threading.Event()

    def work(progress: Progress) -> None:
        progress(3, 10, "third")
        go_on.wait(5)

    task = bridge.run(work, done=lambda _r: None, failed=lambda _e: None)
    waiting = dialogs.wait_for(theme, parent, "Exporting", task)
    qtbot.waitUntil(lambda: waiting.words.said == "third")
    assert (waiting.bar.value(), waiting.bar.maximum()) == (3, 10)
    with qtbot.waitSignal(waiting.finished):
        go_on.set()


def test_cancel_waits_until_the_job_has_really_ended(
    desk: FakeDesk, parent: QWidget, theme: Theme, qtbot: QtBot
) -> None:
    bridge = Bridge(desk)  # type: ignore[arg-type]
    started, go_on = threading.Event(), threading.Event()
    ended: list[str] = []

    def work(progress: Progress) -> None:
        started.set()
        go_on.wait(5)
        progress(1, 2, "")
        ended.append("done")

    task = bridge.run(work, done=lambda _r: ended.append("done"), failed=lambda _e: None)
    waiting = dialogs.wait_for(theme, parent, "Exporting", task)
    assert started.wait(5)
    waiting.cancel_button.click()
    assert waiting.isVisible()
    assert not waiting.cancel_button.isEnabled()
    with qtbot.waitSignal(waiting.finished):
        go_on.set()
    assert ended == []


def test_a_message_stands_in_the_middle_of_its_window(parent: QWidget, theme: Theme) -> None:
    parent.setGeometry(40, 60, 700, 500)
    message = dialogs.confirm(
        theme, parent, "Remove Ada?", ["It takes some words. " * 12], "Do", list
    )
    apart = message.frameGeometry().center() - parent.frameGeometry().center()
    assert max(abs(apart.x()), abs(apart.y())) <= 1
    message.close()
