"""The installed Qt binding keeps its hands off Python's shared objects."""

import sys
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("shared", [None, True, False], ids=str)
def test_calls_into_qt_take_no_reference_away(qtbot: QtBot, shared: object) -> None:
    """PySide6 6.12.0 on Python 3.11 did, and the program aborted after some minutes."""
    label = QLabel()
    qtbot.addWidget(label)
    calls: dict[object, Callable[[], object]] = {
        None: lambda: label.setText("x"),
        True: label.isEnabled,
        False: label.isHidden,
    }
    label.show()
    before = sys.getrefcount(shared)
    for _ in range(200):
        calls[shared]()
    assert sys.getrefcount(shared) > before - 100
