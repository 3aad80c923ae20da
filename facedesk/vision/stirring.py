"""Whether a face moves as no flat picture does: its points, followed to a later frame."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Box, Face, Image
from facedesk.vision.face_window import cut_window, window

_SCALE = 1.7
_PX = 204  # of the window: the face is 120 px wide in it
_FACE_PX = _PX / _SCALE
_STEP_PX = 7
_LEAST_POINTS = 20
_EYE = 0.5  # of the distance between the eyes: so far around one, points are not its own
_MOST_PX = 4.0  # a point that was lost must not outweigh the rest

Points = NDArray[np.float32]

_GRID = np.array(
    [[[x, y]] for x in range(45, _PX - 44, _STEP_PX) for y in range(40, _PX - 31, _STEP_PX)],
    np.float32,
)


def bent_and_moved(before: Image, after: Image, face: Face) -> tuple[float, float] | None:
    """(what a plane's motion leaves unexplained, the motion), in per cent of the face's width.

    Both pictures BGR uint8 (H, W, 3), `face` was found in `before`. The eyes are left out: through
    the holes of a paper mask look those of whoever holds it. None where too few points can be
    followed there and back (Lucas-Kanade; Kalal et al., "Forward-backward error", ICPR 2010).
    """
    old, new = _close_up(before, face.box), _close_up(after, face.box)
    texture = cv2.cornerMinEigenVal(old, 7)
    columns, rows = _GRID[:, 0].astype(int).T
    strength = texture[rows, columns]
    chosen = (strength > np.median(strength)) & ~_at_the_eyes(face)
    points = np.ascontiguousarray(_GRID[chosen])
    if len(points) < _LEAST_POINTS:
        return None
    there, found = _followed(old, new, points)
    back, found_back = _followed(new, old, there)
    returned = np.hypot(*(back - points)[:, 0].T) < 1.0
    kept = found & found_back & returned
    if kept.sum() < _LEAST_POINTS:
        return None
    return left_over(points[kept, 0], there[kept, 0])


def left_over(source: Points, target: Points) -> tuple[float, float]:
    """As `bent_and_moved`, of points (n, 2) where a face is 120 px wide; 4 points at least."""
    plane, _ = cv2.findHomography(source, target, cv2.RANSAC, 2.0)
    if plane is None:  # RANSAC found no plane: nothing stiff moved here
        return 100 * _MOST_PX / _FACE_PX, 0.0
    as_plane = cv2.perspectiveTransform(source[:, None], plane)[:, 0]
    apart = np.minimum(np.hypot(*(target - as_plane).T), _MOST_PX)
    per_cent = 100 / _FACE_PX
    return (
        float(np.sqrt(np.mean(apart**2))) * per_cent,
        float(np.median(np.hypot(*(target - source).T))) * per_cent,
    )


def _at_the_eyes(face: Face) -> NDArray[np.bool_]:
    """Which points of the grid lie on an eye or close to it."""
    left, top, side = window(face.box, _SCALE)
    eyes = (face.landmarks[:2] - (left, top)) * (_PX / side)
    reach_px = _EYE * np.hypot(*(eyes[1] - eyes[0]))
    apart = np.hypot(*np.moveaxis(_GRID - eyes, -1, 0))  # (points, 2 eyes)
    near: NDArray[np.bool_] = apart.min(axis=1) < reach_px
    return near


def _close_up(image: Image, box: Box) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(cut_window(image, box, _SCALE, _PX), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.2), np.uint8)


def _followed(
    before: NDArray[np.uint8], after: NDArray[np.uint8], points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, None, winSize=(15, 15), maxLevel=3
    )
    return np.asarray(found, np.float32), status[:, 0] == 1
