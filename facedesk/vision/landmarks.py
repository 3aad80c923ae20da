"""MediaPipe's FaceLandmarker: head pose, eyes, mouth, blend shapes and the 478-point mesh."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.errors import ModelError
from facedesk.core.language import tr
from facedesk.core.records import Image, Vector
from facedesk.vision.native_noise import quiet_stderr

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import FaceLandmarker

# Of the mesh: centres of the irises, tip of the nose, corners of the mouth, left to right as seen.
_FIVE_POINTS = (468, 473, 1, 61, 291)
_WARM_UP_PX = 192


@dataclass(frozen=True, slots=True)
class FaceMesh:
    """One face in detail.

    `points` is float32 (478, 3): x and y in pixels of the picture, z in the same unit, smaller is
    nearer. Angles in degrees as in `Quality`: positive yaw is turned to the right of the image,
    positive pitch looks down, positive roll has the right eye lower. `left_eye_open` and
    `right_eye_open` (left as seen in the image) run from 0 to 1; `blend_shapes` holds MediaPipe's
    52 scores by name.
    """

    points: Vector
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    left_eye_open: float
    right_eye_open: float
    blend_shapes: dict[str, float]

    @property
    def five_points(self) -> Vector:
        """Eyes, nose, mouth corners as float32 (5, 2), in the order of `Face.landmarks`."""
        return self.points[list(_FIVE_POINTS), :2].copy()


class FaceLandmarks:
    """The landmarker of a `.task` file, for single pictures. Belongs to one thread at a time.

    `close()` must be called: MediaPipe prints a traceback when an open task meets the end of the
    interpreter. MediaPipe is imported here, because it takes a second that most kiosks can save.
    Raises ModelError for a file that is no landmarker.

    Source: Grishchenko et al., "Attention Mesh", arXiv:2006.10962.
    """

    def __init__(self, model: Path, *, most_faces: int = 1) -> None:
        bundle = _read(model)
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision

        self._image_type: Any = mediapipe.Image
        self._rgb_format: Any = mediapipe.ImageFormat.SRGB
        self._task: FaceLandmarker | None = None
        # As bytes: MediaPipe opens no path with letters outside ASCII on Windows.
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=bundle),
            num_faces=most_faces,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        try:
            with quiet_stderr():
                self._task = vision.FaceLandmarker.create_from_options(options)
                # Some of the chatter comes with the first picture.
                self.find(np.zeros((_WARM_UP_PX, _WARM_UP_PX, 3), np.uint8))
        except (RuntimeError, ValueError) as error:
            self.close()
            raise _no_landmarker(model) from error

    def find(self, image: Image) -> list[FaceMesh]:
        """Faces of a BGR uint8 (H, W, 3) picture; none in a picture without faces."""
        if self._task is None:
            raise RuntimeError("the landmarker is closed")
        if not image.size:
            return []
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        result = self._task.detect(self._image_type(self._rgb_format, rgb))
        found = zip(
            result.face_landmarks,
            result.facial_transformation_matrixes,
            result.face_blendshapes,
            strict=True,
        )
        return [_mesh(image, *parts) for parts in found]

    def close(self) -> None:
        """Free the native task; idempotent."""
        task, self._task = self._task, None
        if task is not None:
            with quiet_stderr():
                task.close()


def _read(model: Path) -> bytes:
    try:
        bundle = model.read_bytes()
    except OSError as error:
        raise ModelError(
            tr("The model file cannot be read"), f"{model}: {error.strerror or error}"
        ) from error
    # A task bundle is a zip archive. MediaPipe would refuse others too, but leaves a thread behind.
    if not zipfile.is_zipfile(io.BytesIO(bundle)):
        raise _no_landmarker(model)
    return bundle


def _no_landmarker(model: Path) -> ModelError:
    return ModelError(
        tr("The model cannot be run"),
        tr("{file} is not a face landmarker of MediaPipe.", file=model.name),
        tr("Install it again: facedesk models install FILE-or-URL."),
    )


def head_angles(matrix: NDArray[np.float64]) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in degrees of a face's 4x4 pose; x right, y up, z towards the camera."""
    ahead, right = matrix[:3, 2], matrix[:3, 0]
    yaw = np.arctan2(ahead[0], ahead[2])
    pitch = -np.arctan2(ahead[1], np.hypot(ahead[0], ahead[2]))
    roll = -np.arctan2(right[1], np.hypot(right[0], right[2]))
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def _mesh(image: Image, landmarks: Any, matrix: Any, categories: Any) -> FaceMesh:
    height, width = image.shape[:2]
    points = np.asarray([(point.x, point.y, point.z) for point in landmarks], np.float32)
    points *= np.asarray((width, height, width), np.float32)
    shapes = {entry.category_name: float(entry.score) for entry in categories}
    yaw_deg, pitch_deg, roll_deg = head_angles(np.asarray(matrix, np.float64))
    # "Right" in MediaPipe's names is the person's own: the left eye as seen in the image.
    return FaceMesh(
        points=points,
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg,
        roll_deg=roll_deg,
        left_eye_open=1.0 - shapes["eyeBlinkRight"],
        right_eye_open=1.0 - shapes["eyeBlinkLeft"],
        blend_shapes=shapes,
    )
