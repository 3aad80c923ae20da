from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedesk.core.errors import ModelError
from facedesk.core.quality import head_angles as angles_of_five
from facedesk.core.records import Image
from facedesk.vision.landmarks import FaceLandmarks, head_angles
from facedesk.vision.pictures import read_picture

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def landmarks(models_dir: Path) -> Iterator[FaceLandmarks]:
    made = FaceLandmarks(models_dir / "face_landmarker.task")
    yield made
    made.close()


@pytest.fixture(scope="module")
def portrait(shared_dir: Path) -> Image:
    """LFW: an upright face in the middle, looking to the left of the image."""
    return read_picture(shared_dir / "data/lfw/images/Abdullah_Gul/Abdullah_Gul_0001.webp")


def test_the_mesh_lies_on_the_face(landmarks: FaceLandmarks, portrait: Image) -> None:
    (mesh,) = landmarks.find(portrait)
    assert mesh.points.shape == (478, 3)
    assert mesh.points.dtype == np.float32
    left_eye, right_eye, nose, left_mouth, right_mouth = mesh.five_points
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert len(mesh.blend_shapes) == 52
    for value in (mesh.left_eye_open, mesh.right_eye_open):
        assert 0.0 <= value <= 1.0


def test_angles_have_the_signs_of_the_quality_gate(
    landmarks: FaceLandmarks, portrait: Image
) -> None:
    (mesh,) = landmarks.find(portrait)
    (mirrored,) = landmarks.find(np.ascontiguousarray(portrait[:, ::-1]))
    assert mesh.yaw_deg < -5
    assert mirrored.yaw_deg == pytest.approx(-mesh.yaw_deg, abs=3)
    assert mirrored.roll_deg == pytest.approx(-mesh.roll_deg, abs=3)
    yaw_deg, _, _ = angles_of_five(mesh.five_points)
    assert np.sign(yaw_deg) == np.sign(mesh.yaw_deg)


def test_a_turned_picture_has_that_roll(landmarks: FaceLandmarks, portrait: Image) -> None:
    (mesh,) = landmarks.find(portrait)
    turn = cv2.getRotationMatrix2D((125, 125), -20, 1.0)  # clockwise: the right eye goes down
    (turned,) = landmarks.find(cv2.warpAffine(portrait, turn, (250, 250)))
    assert turned.roll_deg - mesh.roll_deg == pytest.approx(20, abs=4)


def test_nobody_is_found_on_a_wall_or_in_nothing(landmarks: FaceLandmarks) -> None:
    assert landmarks.find(np.full((240, 320, 3), 128, np.uint8)) == []
    assert landmarks.find(np.empty((0, 0, 3), np.uint8)) == []


def test_other_files_are_model_errors(models_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a face landmarker"):
        FaceLandmarks(models_dir / "yunet_2023mar.onnx")
    with pytest.raises(ModelError, match="cannot be read"):
        FaceLandmarks(tmp_path / "none.task")


def test_closing_twice_is_fine_and_use_after_it_is_not(models_dir: Path) -> None:
    made = FaceLandmarks(models_dir / "face_landmarker.task")
    made.close()
    made.close()
    with pytest.raises(RuntimeError, match="closed"):
        made.find(np.zeros((8, 8, 3), np.uint8))


def rotation(axis: int, degrees: float) -> np.ndarray:
    """4x4 rotation about x (0), y (1) or z (2), counterclockwise seen from its positive end."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(4)
    one, two = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[one, one] = matrix[two, two] = cosine
    matrix[two, one], matrix[one, two] = sine, -sine
    return matrix


@pytest.mark.parametrize("degrees", [-35.0, 0.0, 20.0])
def test_angles_of_plain_rotations(degrees: float) -> None:
    yaw_deg, pitch_deg, roll_deg = head_angles(rotation(1, degrees))
    assert (yaw_deg, pitch_deg, roll_deg) == pytest.approx((degrees, 0, 0), abs=1e-9)
    assert head_angles(rotation(0, degrees)) == pytest.approx((0, degrees, 0), abs=1e-9)
    assert head_angles(rotation(2, -degrees)) == pytest.approx((0, 0, degrees), abs=1e-9)
