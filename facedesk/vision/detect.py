"""Image -> faces (box, five landmarks, score), whichever network does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.errors import ModelError
from facedesk.core.language import tr
from facedesk.core.records import Face
from facedesk.vision import yunet
from facedesk.vision.native_noise import quiet_stderr

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import FaceDetector

# The largest stride: a fed picture's sides must be multiples of it.
_SIDE_STEP_PX = max(yunet.STRIDES_PX)
# A cell less sure than this has no say in a face that others see. The same at every threshold
# above it, so that a face's box and score do not depend on what somebody asks for.
_LEAST_VOTE = 0.3


class Detector(Protocol):
    """What finds faces. Not thread-safe: one detector belongs to one thread at a time."""

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Faces of a BGR uint8 (H, W, 3) picture of any size, best score first.

        Boxes and landmarks are in pixels of that picture; boxes may reach over its border where
        a face is half out of the frame. A picture without pixels has no faces. Raises ValueError
        for anything that is not BGR uint8 (grey, BGRA, float).
        """

    def close(self) -> None:
        """Free the network; idempotent."""


class Session(Protocol):
    """The part of onnxruntime.InferenceSession used here."""

    def run(self, output_names: Sequence[str], feeds: dict[str, Any]) -> list[Any]: ...
    def get_inputs(self) -> Sequence[Any]: ...
    def get_outputs(self) -> Sequence[Any]: ...


def check_bgr(image: NDArray[np.uint8]) -> None:
    """Raise ValueError unless the picture is uint8 (H, W, 3)."""
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3:
        shape = getattr(image, "shape", type(image).__name__)
        raise ValueError(f"the detector wants a BGR picture (height, width, 3), not {shape}")
    if image.dtype != np.uint8:
        raise ValueError(f"the detector wants uint8 pixels, not {image.dtype}")


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture lies in the network's input: resized to `content`, at the top left, padded."""

    width_px: int
    height_px: int
    content_width_px: int
    content_height_px: int


def fit(
    width_px: int, height_px: int, wanted_scale: float, fixed: tuple[int, int] | None = None
) -> Fit:
    """The input for a picture: `fixed` (width, height), or just large enough for `wanted_scale`."""
    scale = min(fixed[0] / width_px, fixed[1] / height_px) if fixed else wanted_scale
    content_width_px = max(1, round(width_px * scale))
    content_height_px = max(1, round(height_px * scale))
    if fixed is None:
        fixed = _round_up(content_width_px), _round_up(content_height_px)
    return Fit(fixed[0], fixed[1], content_width_px, content_height_px)


def _round_up(length_px: int) -> int:
    return -(-length_px // _SIDE_STEP_PX) * _SIDE_STEP_PX


class OnnxDetector:
    """A YuNet-style network (the public YuNet files, or ours) in an onnxruntime session.

    A network with a free input size is fed at the size at which a face of `smallest_face_px` in
    the picture is `network_smallest_px` in the input: networks find faces of half that size,
    but their landmarks, on which recognition rests, are steady only from there on. Work follows
    the wanted distance, not the camera. It never enlarges, and the longer fed side stays under
    `largest_input_px`, however large the picture is. A network with a fixed input gets the
    whole picture letterboxed into it.

    `colour`, `mean`, `std` are of the model's card: input = (pixel - mean) / std.
    """

    def __init__(
        self,
        session: Session,
        *,
        smallest_face_px: float = 32.0,
        score_threshold: float = 0.6,
        iou_threshold: float = 0.3,
        network_smallest_px: float = 32.0,
        largest_input_px: int = 640,
        colour: Literal["bgr", "rgb"] = "bgr",
        mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
        std: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> None:
        if smallest_face_px <= 0 or network_smallest_px <= 0:
            raise ValueError("the smallest face must be more than 0 px")
        self._session: Session | None = session
        self._input_name = session.get_inputs()[0].name
        self._fixed = _fixed_size(session.get_inputs()[0].shape)
        self._names = yunet.output_names([output.name for output in session.get_outputs()])
        self._witnesses = next(iter(self._names.values())).witnesses
        self._output_names = [
            name
            for maps in self._names.values()
            for name in (*maps.score, maps.box, maps.landmarks)
        ]
        self._scale = min(1.0, network_smallest_px / smallest_face_px)
        self._largest_input_px = largest_input_px
        self._score_threshold = score_threshold
        self._iou_threshold = iou_threshold
        self._swap_colours = colour == "rgb"
        self._mean = np.asarray(mean, np.float32).reshape(3, 1, 1)
        self._std = np.asarray(std, np.float32).reshape(3, 1, 1)
        self._plain = not self._mean.any() and bool((self._std == 1.0).all())

    def fit(self, width_px: int, height_px: int) -> Fit:
        """The input this detector uses for a picture of that size."""
        # _round_up must not step over the cap, so the cap is itself a multiple of the step.
        cap_px = max(_SIDE_STEP_PX, self._largest_input_px // _SIDE_STEP_PX * _SIDE_STEP_PX)
        scale = min(self._scale, cap_px / max(width_px, height_px))
        return fit(width_px, height_px, scale, self._fixed)

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        check_bgr(image)
        if self._session is None:
            raise RuntimeError("the detector is closed")
        if image.size == 0:
            return []
        place = self.fit(image.shape[1], image.shape[0])
        feed = self._feed(image, place)
        try:
            outputs = self._session.run(self._output_names, {self._input_name: feed})
        except Exception as error:  # onnxruntime's own exceptions share no public base class
            raise ModelError(
                tr("The face detector failed"),
                tr(
                    "The network did not run on an input of {width} x {height}.",
                    width=place.width_px,
                    height=place.height_px,
                ),
                tr("Choose another model or processor in the settings."),
            ) from error
        maps = dict(zip(self._output_names, outputs, strict=True))
        lowest = min(self._score_threshold, _LEAST_VOTE)
        cells = yunet.decode(maps, self._names, place.width_px, lowest)
        found = yunet.merge_overlaps(cells, self._iou_threshold, self._witnesses)
        sure = found.scores >= self._score_threshold
        # Both sides are rounded to whole pixels, so each axis has its own exact scale. Pixel
        # centres: input = (picture + 0.5) * scale - 0.5, as cv2.resize has it.
        content_px = (place.content_width_px, place.content_height_px)
        scale = np.asarray(content_px, np.float32) / np.asarray(image.shape[1::-1], np.float32)
        landmarks = (found.landmarks[sure] + 0.5) / scale - 0.5
        boxes = ((found.boxes[sure].reshape(-1, 2, 2) + 0.5) / scale - 0.5).reshape(-1, 4)
        return [
            Face(
                box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
                landmarks=points,
                score=float(score),
            )
            for box, points, score in zip(boxes, landmarks, found.scores[sure], strict=True)
        ]

    def close(self) -> None:
        self._session = None

    def _feed(self, image: NDArray[np.uint8], place: Fit) -> NDArray[np.float32]:
        """The picture resized and padded with black, as float32 (1, 3, height, width)."""
        height_px, width_px = place.content_height_px, place.content_width_px
        resized = image
        if (height_px, width_px) != image.shape[:2]:
            # INTER_AREA averages when shrinking a lot; INTER_LINEAR would skip pixels and alias.
            shrinking = height_px < image.shape[0]
            interpolation = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
            resized = cv2.resize(image, (width_px, height_px), interpolation=interpolation)
        feed = np.zeros((1, 3, place.height_px, place.width_px), np.float32)
        planes = cv2.split(resized)
        for channel, plane in enumerate(reversed(planes) if self._swap_colours else planes):
            feed[0, channel, :height_px, :width_px] = plane
        if not self._plain:
            inside = feed[0, :, :height_px, :width_px]
            inside -= self._mean
            inside /= self._std
        return feed


def _fixed_size(shape: Sequence[int | str | None]) -> tuple[int, int] | None:
    """(width, height) of a static NCHW input; None where either side is free."""
    height_px, width_px = shape[2], shape[3]
    if isinstance(height_px, int) and isinstance(width_px, int):
        return width_px, height_px
    return None


# Half the distance of the mouth corners over the distance of the eyes in the ArcFace template.
_HALF_MOUTH_BY_EYES = 0.415


def five_points(six: NDArray[np.float32]) -> NDArray[np.float32]:
    """BlazeFace's eyes, nose tip, mouth centre (and two ears, dropped) as our five landmarks.

    The network gives no mouth corners: they are ESTIMATED on a line through the mouth centre,
    parallel to the eyes, at the ArcFace template's ratio of mouth width to eye distance. Good
    enough to align upright faces; a smile or an open mouth does not show in them.
    """
    across = (six[1] - six[0]) * _HALF_MOUTH_BY_EYES
    return np.stack((six[0], six[1], six[2], six[3] - across, six[3] + across)).astype(np.float32)


class MediaPipeDetector:
    """MediaPipe's BlazeFace (Bazarevsky et al., arXiv:1907.05047) through its Tasks FaceDetector.

    The mouth corners are estimated, see `five_points`. The box is scaled from BlazeFace's
    forehead-to-chin square and a little smaller than YuNet's. `close()` must be called: mediapipe
    prints a traceback when an open task meets the end of the interpreter. `mediapipe` is imported
    here and not with the module: it costs over a second and most kiosks never need it. Raises
    ModelError for a file that is no such network.
    """

    def __init__(
        self, model: Path, *, score_threshold: float = 0.5, iou_threshold: float = 0.3
    ) -> None:
        network = _read_network(model)
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision

        self._image_type: Any = mediapipe.Image
        self._rgb_format: Any = mediapipe.ImageFormat.SRGB
        self._task: FaceDetector | None = None
        # As bytes: MediaPipe opens no path with letters outside ASCII on Windows.
        options = vision.FaceDetectorOptions(
            base_options=BaseOptions(model_asset_buffer=network),
            running_mode=vision.RunningMode.IMAGE,
            min_detection_confidence=score_threshold,
            min_suppression_threshold=iou_threshold,
        )
        try:
            with quiet_stderr():
                self._task = vision.FaceDetector.create_from_options(options)
                # Some of the chatter comes with the first picture.
                self.detect(np.zeros((128, 128, 3), np.uint8))
        except (RuntimeError, ValueError) as error:
            self.close()
            raise _no_detector(model) from error

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        check_bgr(image)
        if self._task is None:
            raise RuntimeError("the detector is closed")
        if image.size == 0:
            return []
        size = np.asarray((image.shape[1], image.shape[0]), np.float32)
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        result = self._task.detect(self._image_type(self._rgb_format, rgb))
        faces = []
        for found in result.detections:
            box = found.bounding_box
            six = np.asarray([(point.x, point.y) for point in found.keypoints], np.float32)
            faces.append(
                Face(
                    box=(
                        float(box.origin_x),
                        float(box.origin_y),
                        float(box.origin_x + box.width),
                        float(box.origin_y + box.height),
                    ),
                    landmarks=five_points(six * size),
                    score=float(found.categories[0].score),
                )
            )
        return sorted(faces, key=lambda face: -face.score)

    def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            with quiet_stderr():
                task.close()


def _read_network(model: Path) -> bytes:
    try:
        network = model.read_bytes()
    except OSError as error:
        raise ModelError(
            tr("The model file cannot be read"), f"{model}: {error.strerror or error}"
        ) from error
    # MediaPipe would refuse what is no TensorFlow Lite file too, but leaves a thread behind.
    if network[4:8] != b"TFL3":
        raise _no_detector(model)
    return network


def _no_detector(model: Path) -> ModelError:
    return ModelError(
        tr("The model cannot be run"),
        tr("{file} is not a face detector of MediaPipe.", file=model.name),
        tr("Install it again: facedesk models install FILE-or-URL."),
    )
