"""What importing the room does to the process."""

import os
import subprocess
import sys

import pytest

_SHOW = (
    "import os, facedesk.vision.camera;"
    "print([os.environ.get(n) for n in ('QT_QPA_PLATFORM_PLUGIN_PATH', 'QT_QPA_FONTDIR')])"
)
_SET = {"QT_QPA_PLATFORM_PLUGIN_PATH": "/qt", "QT_QPA_FONTDIR": "/fonts"}


def run(code: str, environment: dict[str, str]) -> tuple[str, str]:
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return result.stdout.strip(), result.stderr


@pytest.mark.parametrize("before", [{}, _SET], ids=["unset", "set"])
def test_qt_variables_are_left_as_they_were(before: dict[str, str]) -> None:
    clean = {name: value for name, value in os.environ.items() if name not in _SET}
    assert run(_SHOW, clean | before)[0] == str([before.get(name) for name in _SET])


def test_opencv_keeps_its_chatter_to_itself() -> None:
    code = (
        "from facedesk.vision import cv2;"
        "assert not cv2.VideoCapture(97).isOpened();"
        "assert not cv2.VideoCapture('/nowhere/no.avi', cv2.CAP_FFMPEG).isOpened()"
    )
    assert run(code, dict(os.environ)) == ("", "")
