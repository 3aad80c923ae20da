"""Straight edges around a face: of doors and shelves, and of paper and screens before a camera.

What fills half the picture from top to bottom and stands beside a face is a sheet or a device that
is held up, unless it stands there when nobody does.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Box, Image

CUE_SCALE = 4.0
CUE_PX = 160  # of the window in which cues are looked for: the face is 40 px wide in it
FACE_PX = CUE_PX / CUE_SCALE

_HEIGHT_PX = 240  # edges are looked for in a picture of this height
_LEAST_SHARE = 0.5  # of the picture's height
_TILT_DEG = 12.0
_NEAR, _FAR = 0.55, 3.0  # face widths from the middle of the face

# Points a look gives and takes; who has so many stands there, a third of it in seconds.
_SEEN, _UNSEEN, _STANDS, _MOST = 3, 1, 60, 120
_SAME = 0.03  # of the picture's height: the same edge in another look

Edges = NDArray[np.float64]  # (n, 4): the ends x1, y1, x2, y2 in pixels


def long_edges(image: Image) -> Edges:
    """Upright and level edges at least half as long as the BGR picture is high."""
    scale = _HEIGHT_PX / image.shape[0]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    least_px = _LEAST_SHARE * grey.shape[0]
    outlines = cv2.Canny(cv2.GaussianBlur(grey, (3, 3), 0), 40, 100)
    lines = cv2.HoughLinesP(
        outlines, 1, np.pi / 180, round(least_px / 3), minLineLength=least_px, maxLineGap=5
    )
    if lines is None:
        return np.empty((0, 4))
    edges = lines.reshape(-1, 4) / min(scale, 1.0)
    return np.asarray(edges[_upright(edges) | _level(edges)], np.float64)


def sides_with_edges(edges: Edges, box: Box) -> float:
    """On how many of its four sides a face has an edge, as a share from 0 to 1."""
    if not len(edges):
        return 0.0
    middle_x, middle_y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    across = ((edges[:, 0] + edges[:, 2]) / 2 - middle_x) / (box[2] - box[0])
    down = ((edges[:, 1] + edges[:, 3]) / 2 - middle_y) / (box[2] - box[0])
    upright, level = _upright(edges), _level(edges)
    sides = (
        upright & _beside(-across),
        upright & _beside(across),
        level & _beside(-down),
        level & _beside(down),
    )
    return sum(bool(side.any()) for side in sides) / 4


def _beside(distance: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (distance > _NEAR) & (distance < _FAR)


def _degrees(edges: Edges) -> NDArray[np.float64]:
    across, down = edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]
    degrees: NDArray[np.float64] = np.degrees(np.arctan2(down, across)) % 180
    return degrees


def _upright(edges: Edges) -> NDArray[np.bool_]:
    return np.abs(_degrees(edges) - 90) < _TILT_DEG


def _level(edges: Edges) -> NDArray[np.bool_]:
    return np.abs(_degrees(edges) - 90) > 90 - _TILT_DEG


def sheet_sides(grey: NDArray[np.uint8]) -> int:
    """How many sides (0 to 4) of one upright or slightly tilted rectangle stand around the face.

    `grey` is uint8 (160, 160) with the face 40 px wide in the middle. A side is a straight edge at
    least a face long, on its side of the face, and at a right angle to the others: door frames and
    shelves give one, seldom two; paper and screens give three or four.
    """
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    high = float(np.clip(2.2 * np.median(np.abs(cv2.Laplacian(smooth, cv2.CV_32F))) + 60, 60, 160))
    edges = cv2.Canny(smooth, high / 2, high)
    lines = cv2.HoughLinesP(edges, 1, np.pi / 90, 22, minLineLength=FACE_PX * 0.8, maxLineGap=5)
    if lines is None:
        return 0
    ends = lines.reshape(-1, 4).astype(np.float64) - CUE_PX / 2
    vector = ends[:, 2:] - ends[:, :2]
    angle = np.degrees(np.arctan2(vector[:, 1], vector[:, 0])) % 180
    best = 0
    for tilt in (-20.0, -10.0, 0.0, 10.0, 20.0):
        level = np.abs((angle - tilt + 90) % 180 - 90) <= 7
        upright = np.abs((angle - tilt) % 180 - 90) <= 7
        turn = np.radians(tilt)
        across = np.array([np.cos(turn), np.sin(turn)])
        down = np.array([-np.sin(turn), np.cos(turn)])
        middle = (ends[:, :2] + ends[:, 2:]) / 2
        x, y = middle @ across, middle @ down
        near, far = 0.55 * FACE_PX, 1.9 * FACE_PX
        beside = np.abs(y) < 1.2 * FACE_PX
        over = np.abs(x) < 0.9 * FACE_PX
        sides = (
            (upright & beside & (x < -near) & (x > -far)).any(),
            (upright & beside & (x > near) & (x < far)).any(),
            (level & over & (y < -near) & (y > -far)).any(),
            (level & over & (y > near) & (y < far)).any(),
        )
        best = max(best, sum(map(int, sides)))
    return best


@dataclass(slots=True)
class _Standing:
    upright: bool
    place: float
    points: int = 0


class Room:
    """What stands before one camera whether anybody is there or not: its edges give nobody away.

    Belongs to one thread. A sheet would have to be held still for 20 s without a face.
    """

    def __init__(self) -> None:
        self._standing: list[_Standing] = []

    def look(self, image: Image) -> None:
        """A picture in which nobody is near; one in a second is enough."""
        edges = long_edges(image)
        for known in self._standing:
            known.points -= _UNSEEN
        seen = {}  # once a look, however many edges a frame has at one place
        for upright, place in zip(*_places(edges, image), strict=True):
            found = self._find(upright, place)
            if found is None:
                found = _Standing(upright, place)
                self._standing.append(found)
            seen[id(found)] = found
        for known in seen.values():
            known.points = min(_MOST, known.points + _SEEN + _UNSEEN)
        self._standing = [known for known in self._standing if known.points > 0]

    def strange(self, image: Image) -> Edges:
        """The edges in the picture that do not belong to the room."""
        edges = long_edges(image)
        found = [
            self._find(upright, place)
            for upright, place in zip(*_places(edges, image), strict=True)
        ]
        return edges[[known is None or known.points < _STANDS for known in found]]

    def _find(self, upright: bool, place: float) -> _Standing | None:
        for known in self._standing:
            if known.upright == upright and abs(known.place - place) < _SAME:
                return known
        return None


def _places(edges: Edges, image: Image) -> tuple[list[bool], list[float]]:
    """Whether each is upright, and where it crosses the picture's middle, in heights of it."""
    height, width = image.shape[:2]
    upright = _upright(edges)
    # As functions of the direction they mostly run in.
    along, across = np.where(upright, 1, 0), np.where(upright, 0, 1)
    rows = np.arange(len(edges))
    start, end = edges[:, :2], edges[:, 2:]
    slope = (end - start)[rows, across] / (end - start)[rows, along]
    middle = np.full(len(edges), width / 2)
    middle[upright] = height / 2
    place = start[rows, across] + slope * (middle - start[rows, along])
    return upright.tolist(), (place / height).tolist()
