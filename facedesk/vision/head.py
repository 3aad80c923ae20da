"""How a head is held in one frame: from five landmarks, or from the face mesh where installed."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from facedesk.core.challenge import GEOMETRY_MOVES, MESH_MOVES, Move
from facedesk.core.quality import head_angles
from facedesk.core.records import Face, Image
from facedesk.vision.face_window import cut_window
from facedesk.vision.landmarks import FaceLandmarks


@dataclass(frozen=True, slots=True)
class HeadLook:
    """Angles in degrees as in `Quality`; `eyes_open` and `smile` from 0 to 1, None if unseen."""

    yaw_deg: float
    pitch_deg: float
    eyes_open: float | None = None
    smile: float | None = None


class HeadReader(Protocol):
    """Belongs to one thread at a time. `moves` are those it can tell."""

    moves: tuple[Move, ...]

    def read(self, image: Image, face: Face) -> HeadLook | None:
        """The head of a face in a BGR uint8 (H, W, 3) picture; None where it cannot be read."""

    def close(self) -> None: ...


class GeometryReader:
    """By the detector's five landmarks."""

    moves: tuple[Move, ...] = GEOMETRY_MOVES

    def read(self, image: Image, face: Face) -> HeadLook:
        del image
        yaw_deg, pitch_deg, _ = head_angles(face.landmarks)
        return HeadLook(yaw_deg, pitch_deg)

    def close(self) -> None:
        pass


_SCALE, _PX = 1.7, 224


class MeshReader:
    """By MediaPipe's face mesh in a window around the face.

    Turns are still read from the five landmarks: the mesh fits a three-dimensional head to a flat
    picture too, and would see it turn where the picture is turned.
    """

    moves: tuple[Move, ...] = MESH_MOVES

    def __init__(self, landmarker: FaceLandmarks) -> None:
        self._landmarker = landmarker

    def read(self, image: Image, face: Face) -> HeadLook | None:
        found = self._landmarker.find(cut_window(image, face.box, _SCALE, _PX))
        if not found:
            return None
        mesh = found[0]
        yaw_deg, pitch_deg, _ = head_angles(mesh.five_points)
        smile = [mesh.blend_shapes[f"mouthSmile{side}"] for side in ("Left", "Right")]
        return HeadLook(
            yaw_deg,
            pitch_deg,
            min(mesh.left_eye_open, mesh.right_eye_open),
            float(np.mean(smile)),
        )

    def close(self) -> None:
        self._landmarker.close()
