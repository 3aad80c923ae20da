"""Nothing of enrolling and of the people page is cut off: on a small screen with the longest words,
nor at 200 %.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from facedesk.gui.controls import label
from tests.gui.uncut import cut_off

PARTS = "people,enrol,import,wizard,duplicate,administration"


@pytest.mark.parametrize(("scale", "language"), [("1", "de"), ("2", "en")])
def test_every_page_and_state_can_be_read(scale: str, language: str) -> None:
    """In a process of its own, because the scale is chosen before Qt begins."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.gui.shots", "--only", PARTS, "--look", "light-1024x600",
         "--language", language],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "QT_SCALE_FACTOR": scale},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


def test_what_has_no_room_is_found(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(200, 200)
    narrow, beside = label("a long caption that nobody can read"), label("out of sight")
    low, fine = label("several words that need more lines than one", wrap=True), label("fine")
    for number, part in enumerate((narrow, beside, low, fine)):
        part.setParent(window)
        part.setGeometry(5, 5 + 40 * number, 120, 30)
    beside.move(150, 45)
    low.resize(60, 20)
    over = label("over it")
    over.setParent(window)
    over.setGeometry(100, 140, 60, 20)
    window.show()
    found = [line.split("”")[0] for line in cut_off(window)]
    assert found == [f"QLabel “{part.text()}" for part in (narrow, beside, low, fine, over)]
