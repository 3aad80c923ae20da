"""The window opens on both of Qt's platforms although OpenCV, with a Qt of its own, came first."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_OPEN = """
import sys
from pathlib import Path
import facedesk.vision.camera
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from facedesk.gui.main_window import MainWindow
from facedesk.gui.theme import Theme
from tests.gui.fake_desk import FakeDesk
application = QApplication([])
window = MainWindow(FakeDesk(Path(sys.argv[1])), Theme(application, "system"))
window.show()
QTimer.singleShot(300, window.close)
application.exec()
print(application.platformName(), window.kiosk.video.paint_ms > 0)
"""


def open_window(tmp_path: Path, environment: dict[str, str]) -> str:
    result = subprocess.run(
        [sys.executable, "-c", _OPEN, str(tmp_path / "data")],
        env=dict(os.environ) | environment,
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture
def x_server() -> Iterator[str]:
    """The display of a virtual X server of our own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb on this machine")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
        yield f":{number}"
    server.terminate()
    server.wait(10)


def test_offscreen(tmp_path: Path) -> None:
    assert open_window(tmp_path, {"QT_QPA_PLATFORM": "offscreen"}) == "offscreen True"


@pytest.mark.xvfb
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 is Linux's")
def test_xcb(tmp_path: Path, x_server: str) -> None:
    assert open_window(tmp_path, {"QT_QPA_PLATFORM": "xcb", "DISPLAY": x_server}) == "xcb True"
