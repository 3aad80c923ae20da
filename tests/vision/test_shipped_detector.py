"""The detector and the refiner that ship: cards, promises, and a portrait where there is one."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from facedesk.vision.cards import read_card
from facedesk.vision.detect import OnnxDetector
from facedesk.vision.refine import RefinedDetector

PROJECT = Path(__file__).resolve().parents[2]
MODELS = PROJECT / "models"
PORTRAITS = PROJECT.parent / "shared" / "data" / "lfw" / "images"


def session(name: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    path = str(MODELS / name)
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@pytest.fixture(params=[False, True], ids=["plain", "refined"])
def detector(request: pytest.FixtureRequest) -> OnnxDetector | RefinedDetector:
    plain = OnnxDetector(session("face_detector.onnx"), smallest_face_px=32)
    return RefinedDetector(plain, session("landmark_refiner.onnx")) if request.param else plain


def portrait() -> NDArray[np.uint8]:
    if not PORTRAITS.exists():
        pytest.skip(f"{PORTRAITS} is not on this machine")
    path = sorted(PORTRAITS.glob("*/*_0001.webp"))[0]
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.model
def test_cards_fit_their_files() -> None:
    for name, task in (("face_detector", "detect"), ("landmark_refiner", "landmarks")):
        card = read_card(MODELS / f"{name}.json")
        assert card.task == task
        assert card.size == (MODELS / card.file).stat().st_size
    assert (MODELS / "face_detector.onnx").stat().st_size < 1_000_000


@pytest.mark.model
@pytest.mark.parametrize("size", [(640, 480), (321, 243), (1280, 720), (33, 500), (1, 1)])
def test_nobody_is_found_on_a_wall_of_any_size(
    detector: OnnxDetector | RefinedDetector, size: tuple[int, int]
) -> None:
    assert detector.detect(np.full((size[1], size[0], 3), 128, np.uint8)) == []


@pytest.mark.model
def test_a_batch_of_frames_says_of_each_what_the_frame_alone_says() -> None:
    network = session("face_detector.onnx")
    frames = np.random.default_rng(4).integers(0, 256, (3, 3, 96, 160)).astype(np.float32)
    together = network.run(None, {"input": frames})
    for number in range(3):
        alone = network.run(None, {"input": frames[number : number + 1]})
        for many, one in zip(together, alone, strict=True):
            assert many[number] == pytest.approx(one[0], abs=1e-3)


@pytest.mark.model
def test_a_portrait_has_one_face_with_its_points_in_place(
    detector: OnnxDetector | RefinedDetector,
) -> None:
    face = detector.detect(portrait())[0]
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert 30 < np.linalg.norm(right_eye - left_eye) < 60
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.mark.model
def test_a_mirrored_portrait_has_mirrored_points() -> None:
    plain = OnnxDetector(session("face_detector.onnx"), smallest_face_px=32)
    refined = RefinedDetector(plain, session("landmark_refiner.onnx"))
    image = portrait()
    face = refined.detect(image)[0]
    other = refined.detect(np.ascontiguousarray(image[:, ::-1]))[0]
    back = other.landmarks[[1, 0, 2, 4, 3]] * (-1, 1) + (image.shape[1] - 1, 0)
    assert np.hypot(*(back - face.landmarks).T).mean() < 0.08 * face.eye_distance_px
