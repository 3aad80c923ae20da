"""One contract for every detector: ours, MediaPipe's and the fake of the other rooms' tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.errors import ModelError
from facedesk.core.records import Image
from facedesk.vision.detect import Detector, MediaPipeDetector, OnnxDetector
from facedesk.vision.pictures import read_picture
from facedesk.vision.runtime import open_session
from tests.fakes import FakeDetector, picture, wall

PUBLIC = (
    "yunet_2023mar.onnx",
    "yunet_s_dynamic.onnx",
    "yunet_n_dynamic.onnx",
    "face_detection_short_range.tflite",
)
Scene = Callable[[], Image]


def public(path: Path) -> Detector:
    if path.suffix == ".tflite":
        return MediaPipeDetector(path)
    return OnnxDetector(open_session(path)[0], smallest_face_px=20)


@pytest.fixture(
    params=["fake", *(pytest.param(name, marks=pytest.mark.model) for name in PUBLIC)],
    scope="module",
)
def setting(request: pytest.FixtureRequest) -> Iterator[tuple[Detector, Image]]:
    """A detector and a picture of two people on which it finds both, the larger left."""
    if request.param == "fake":
        yield FakeDetector(), picture(("red", (60, 100, 220)), ("blue", (400, 150, 120)))
        return
    images = request.getfixturevalue("shared_dir") / "data/lfw/images"
    portrait = read_picture(images / "Abdullah_Gul/Abdullah_Gul_0001.webp")
    scene = wall((640, 400))
    scene[50:300, 20:270] = portrait
    scene[80:280, 400:600] = portrait[25:225, 25:225]
    detector = public(request.getfixturevalue("models_dir") / request.param)
    yield detector, scene
    detector.close()


def test_contract_of_a_face(setting: tuple[Detector, Image]) -> None:
    detector, scene = setting
    before = scene.copy()
    faces = detector.detect(scene)
    assert len(faces) == 2
    assert np.array_equal(scene, before)
    assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)
    for face, left in zip(sorted(faces, key=lambda face: face.box[0]), (0, 330), strict=True):
        x1, y1, x2, y2 = face.box
        assert left <= x1 < x2 <= left + 310
        assert y1 < y2
        assert 0.0 < face.score <= 1.0
        assert face.landmarks.shape == (5, 2)
        assert face.landmarks.dtype == np.float32
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        assert x1 < left_eye[0] < right_eye[0] < x2
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_contract_of_a_read_only_picture(setting: tuple[Detector, Image]) -> None:
    detector, scene = setting
    frozen = scene.copy()
    frozen.setflags(write=False)
    assert len(detector.detect(frozen)) == 2


def test_contract_of_nobody(setting: tuple[Detector, Image]) -> None:
    detector, _ = setting
    assert detector.detect(wall()) == []
    assert detector.detect(np.empty((0, 0, 3), np.uint8)) == []


@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 4)])
def test_contract_of_other_arrays(setting: tuple[Detector, Image], shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="wants"):
        setting[0].detect(np.zeros(shape, np.uint8))


@pytest.mark.model
def test_other_files_are_no_detectors_of_mediapipe(models_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a face detector"):
        MediaPipeDetector(models_dir / "yunet_2023mar.onnx")
    with pytest.raises(ModelError, match="cannot be read"):
        MediaPipeDetector(tmp_path / "none.tflite")
