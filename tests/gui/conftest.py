"""A window on a fake desk; closed after each test, so that its threads end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from facedesk.gui.main_window import MainWindow
from facedesk.gui.theme import Theme
from tests.gui.fake_desk import FakeDesk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[FakeDesk]:
    made = FakeDesk(tmp_path / "data")
    yield made
    made.stop()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, "light")


@pytest.fixture
def window(desk: FakeDesk, theme: Theme, qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow(desk, theme)  # type: ignore[arg-type]
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()
    # No event loop runs between tests: windows would pile up, and each new one pays for all.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
