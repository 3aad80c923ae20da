"""Landmarks looked at again, from close by: detection is for finding, this for exactness.

A detector reads its five points off cells of 8 to 32 pixels. A small network that sees the face
alone, turned upright, places them better; averaging over the crop and its mirror image takes out
much of what is left of the jitter. Source of the idea: cascaded regression (Sun, Wang and Tang,
"Deep convolutional network cascade for facial point detection", CVPR 2013, section 3.1).
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.errors import ModelError
from facedesk.core.records import Face
from facedesk.vision.align import ARCFACE_TEMPLATE, similarity_transform
from facedesk.vision.detect import Detector, Session

REFINER_NAME = "facedesk-refiner"
CROP_PX = 48
# The ArcFace crop of 112 px with 16 px of air all round: the rough points may be wrong.
CROP_TEMPLATE = ((ARCFACE_TEMPLATE.astype(np.float64) + 16.0) * (CROP_PX / 144.0)).astype(
    np.float32
)
CROP_TEMPLATE.setflags(write=False)
# Left and right change places in a mirror.
_MIRRORED = [1, 0, 2, 4, 3]
# The surest faces are refined; in a crowd the rest keep the detector's points.
_MOST_FACES = 8
# A mean move of more than this share of the eye distance is a face the refiner cannot read.
_LARGEST_MOVE = 0.5


class RefinedDetector:
    """A detector whose landmarks are refined by a 48x48 five-point network.

    `session`: input (n, 3, 48, 48) float32 BGR 0..255, output (n, 10) x, y of the five landmarks
    as fractions of the crop. Box and score stay the detector's.
    """

    def __init__(self, detector: Detector, session: Session) -> None:
        self._detector = detector
        self._session: Session | None = session
        self._input_name = session.get_inputs()[0].name

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """See `Detector.detect`."""
        faces = self._detector.detect(image)
        if not faces:
            return []
        best = faces[:_MOST_FACES]  # detectors return the best score first
        points = self._refine(image, [face.landmarks for face in best])
        for index, (face, refined) in enumerate(zip(best, points, strict=True)):
            moved_px = float(np.hypot(*(refined - face.landmarks).T).mean())
            if moved_px <= _LARGEST_MOVE * max(face.eye_distance_px, 0.25 * face.width_px):
                faces[index] = replace(face, landmarks=refined)
        return faces

    def close(self) -> None:
        """Free both networks; idempotent."""
        self._session = None
        self._detector.close()

    def _refine(
        self, image: NDArray[np.uint8], rough: list[NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        if self._session is None:
            raise RuntimeError("the detector is closed")
        matrices = [crop_matrix(points) for points in rough]
        crops = np.stack([cut(image, matrix) for matrix in matrices])
        both = np.concatenate((crops, crops[:, :, ::-1])).transpose(0, 3, 1, 2)
        feed = np.ascontiguousarray(both, np.float32)
        try:
            (flat,) = self._session.run(None, {self._input_name: feed})  # type: ignore[arg-type]
        except Exception as error:  # onnxruntime's own exceptions share no public base class
            raise ModelError(
                "The landmark refiner failed",
                f"The network did not run on {len(rough)} crops of {CROP_PX} x {CROP_PX}.",
                "Check the model file, or remove it: FaceDesk works without.",
            ) from error
        seen = np.asarray(flat, np.float64).reshape(2, len(rough), 5, 2) * CROP_PX
        # Pixel centres: column x of the mirror is column CROP_PX - 1 - x of the crop.
        mirrored = seen[1][:, _MIRRORED] * (-1, 1) + (CROP_PX - 1, 0)
        mean = (seen[0] + mirrored) / 2
        return [back(points, matrix) for points, matrix in zip(mean, matrices, strict=True)]


def crop_matrix(rough: NDArray[np.floating]) -> NDArray[np.float64]:
    """(2, 3): from the picture to the crop, by rough landmarks (5, 2)."""
    return similarity_transform(rough, CROP_TEMPLATE)


def cut(image: NDArray[np.uint8], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The 48x48 BGR crop, the picture's border repeated outside of it."""
    crop = cv2.warpAffine(image, matrix, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def back(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Points (5, 2) of the crop in pixels of the picture."""
    inverse = np.linalg.inv(matrix[:, :2])
    return ((points - matrix[:, 2]) @ inverse.T).astype(np.float32)
