import os
import subprocess
import sys
from pathlib import Path

import pytest

from facedesk.vision.native_noise import quiet_stderr

CHATTER = b"W0000 00:00:17 inference_feedback_manager.cc:121] Feedback\nINFO: Created delegate\n"


def test_chatter_is_dropped_and_errors_pass(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stderr():
        os.write(2, CHATTER + b"E0000 00:00:17 graph.cc:12] broken\n")
        os.write(2, b"Traceback: something else\n")
    os.write(2, b"W0000 later\n")
    assert capfd.readouterr().err == (
        "E0000 00:00:17 graph.cc:12] broken\nTraceback: something else\nW0000 later\n"
    )


def test_errors_pass_when_the_block_raises(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="inside"), quiet_stderr():
        os.write(2, CHATTER + b"real trouble\n")
        raise ValueError("inside")
    assert capfd.readouterr().err == "real trouble\n"


IMPORTS = "import sys; from pathlib import Path;"
LANDMARKER = (
    "from facedesk.vision.landmarks import FaceLandmarks;"
    "FaceLandmarks(Path(sys.argv[1]) / 'face_landmarker.task').close()"
)
DETECTOR = (
    "from facedesk.vision.detect import MediaPipeDetector;"
    "MediaPipeDetector(Path(sys.argv[1]) / 'face_detection_short_range.tflite').close()"
)


@pytest.mark.model
@pytest.mark.parametrize("code", [LANDMARKER, DETECTOR], ids=["landmarker", "detector"])
def test_mediapipe_leaves_stderr_empty(code: str, models_dir: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", IMPORTS + code, str(models_dir)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr == ""
