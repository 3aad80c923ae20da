"""One more look at a face that seems good enough to be kept: is it there, and how is it held?

A detector places five points on whatever it takes for a face. Of a profile or a half covered face
it guesses them, and a guess looks like a front view.
"""

from dataclasses import replace
from typing import Protocol

import numpy as np

from facedesk.core.records import Face, Image, Quality, QualityReason
from facedesk.vision.detect import Detector
from facedesk.vision.face_window import cut_window, window
from facedesk.vision.landmarks import FaceLandmarks
from facedesk.vision.refine import RefinedDetector

# Left and right change places in a mirror.
_MIRRORED = [1, 0, 2, 4, 3]


class SecondLook(Protocol):
    """Belongs to one thread at a time. `by_mesh`: the angles it gives back are a face mesh's."""

    by_mesh: bool

    def look(self, image: Image, face: Face, quality: Quality) -> Quality:
        """`quality` of a face in a BGR uint8 (H, W, 3) picture, with what else is against it."""

    def close(self) -> None: ...


class MirrorLook:
    """By the same detector, on the face as a mirror shows it.

    What is seen stays where it is; what is guessed does not. The mean distance of the five points,
    in units of the eye distance, is 0.016 for 120 LFW pictures with our detector 1.3 and its
    refiner. 118 of them stay within the bound, and so do 17 of the same with grey over one half of
    the face (38 of them at 0.13). Points that no refiner saw are less steady and get more room.
    """

    by_mesh = False
    _FARTHEST, _FARTHEST_UNREFINED = 0.10, 0.13
    _SCALE, _MOST_PX = 2.4, 320

    def __init__(self, detector: Detector) -> None:
        """`detector` stays its owner's to close."""
        self._detector = detector
        refined = isinstance(detector, RefinedDetector)
        self._farthest = self._FARTHEST if refined else self._FARTHEST_UNREFINED

    def look(self, image: Image, face: Face, quality: Quality) -> Quality:
        """See `SecondLook`."""
        left, top, side = window(face.box, self._SCALE)
        size_px = max(1, min(self._MOST_PX, round(side)))
        cut = cut_window(image, face.box, self._SCALE, size_px)
        found = self._detector.detect(np.ascontiguousarray(cut[:, ::-1]))
        per_px = side / size_px
        again = [_back(one, size_px) * per_px + (left, top) for one in found]
        away = (float(np.hypot(*(points - face.landmarks).T).mean()) for points in again)
        if min(away, default=np.inf) <= self._farthest * face.eye_distance_px:
            return quality
        return replace(quality, reasons=(*quality.reasons, QualityReason.UNCLEAR))

    def close(self) -> None:
        pass


class MeshLook:
    """By the mirror, then by MediaPipe's face mesh, which finds no head in most drawings and tells
    how it is held. It is laid over what it does not see, too: of 20 faces with grey over one half
    it confirms 13, the mirror 1.

    Of 120 LFW pictures the mesh finds all, with five points at most 0.13 eye distances from the
    detector's and at most 27 degrees of yaw; of 18 profiles of 65 degrees that nothing else refuses
    it finds 13, of which 9 are turned farther or placed elsewhere.
    """

    by_mesh = True
    _FARTHEST = 0.18
    _MOST_YAW_DEG, _MOST_PITCH_DEG = 35.0, 40.0
    _SCALE, _PX = 1.7, 224

    def __init__(self, mirror: SecondLook, landmarker: FaceLandmarks) -> None:
        self._mirror = mirror
        self._landmarker = landmarker

    def look(self, image: Image, face: Face, quality: Quality) -> Quality:
        """See `SecondLook`; the angles are the mesh's, which also sees nods."""
        quality = self._mirror.look(image, face, quality)
        if not quality.good:
            return quality
        found = self._landmarker.find(cut_window(image, face.box, self._SCALE, self._PX))
        if not found:
            return replace(quality, reasons=(*quality.reasons, QualityReason.UNCLEAR))
        mesh = found[0]
        left, top, side = window(face.box, self._SCALE)
        points = mesh.five_points * (side / self._PX) + (left, top)
        away = float(np.hypot(*(points - face.landmarks).T).mean())
        reasons = list(quality.reasons)
        if abs(mesh.yaw_deg) > self._MOST_YAW_DEG or abs(mesh.pitch_deg) > self._MOST_PITCH_DEG:
            reasons.append(QualityReason.TURNED_AWAY)
        elif away > self._FARTHEST * face.eye_distance_px:
            reasons.append(QualityReason.UNCLEAR)
        return replace(
            quality,
            reasons=tuple(reasons),
            yaw_deg=mesh.yaw_deg,
            pitch_deg=mesh.pitch_deg,
            roll_deg=mesh.roll_deg,
        )

    def close(self) -> None:
        self._mirror.close()
        self._landmarker.close()


def _back(face: Face, width_px: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """The landmarks of a mirrored picture's face, (5, 2) in the picture as it is."""
    points = face.landmarks[_MIRRORED].astype(np.float64)
    points[:, 0] = width_px - 1 - points[:, 0]
    return points
