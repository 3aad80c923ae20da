"""Video files for end-to-end stories, made from pictures of faces."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from facedesk.core.records import Image
from facedesk.vision.demo.room import NOISE_PLACES, add_noise, noise_tile

_WALL_BGR = (150, 158, 162)
_WALK_S = 0.45  # from the border to the middle, and again on the way out
_SHOWN_HEIGHT = 0.75  # of the frame's height


def write_video(
    path: Path,
    pictures: Sequence[Image],
    *,
    fps: float = 25.0,
    seconds_each: float = 1.5,
    empty_s: float = 0.6,
    size: tuple[int, int] = (640, 480),
) -> Path:
    """Each picture's person walks in from the left, stands with a slight sway, leaves to the right.

    `pictures` are BGR uint8 of one face near their middle, as in LFW; their corners are faded out,
    which takes most other faces away. `seconds_each` is from the first frame with a part of the
    person to the last, `empty_s` the empty wall before each and at the end. MJPG in AVI through
    OpenCV's own writer, which every platform has. Raises OSError when the file cannot be written.
    """
    if seconds_each < 2.5 * _WALK_S:
        raise ValueError(f"a visit takes at least {2.5 * _WALK_S} s")
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), fps, size
    )
    if not writer.isOpened():
        raise OSError(f"{path} cannot be written")
    wall = np.full((size[1], size[0], 3), _WALL_BGR, np.uint8)
    noise, places = noise_tile(seed=2), count()
    empty, visit = round(empty_s * fps), round(seconds_each * fps)

    def show(frame: Image) -> None:
        # No two frames are the same, as no two of a real camera are.
        add_noise(frame, noise, next(places) * 1021 % NOISE_PLACES)
        writer.write(frame)

    try:
        for image in pictures:
            for _ in range(empty):
                show(wall.copy())
            person = _faded(image, size)
            for number in range(visit):
                show(_in_front(wall, person, number / fps, seconds_each))
        for _ in range(empty):
            show(wall.copy())
    finally:
        writer.release()
    return path


def _faded(image: Image, size: tuple[int, int]) -> Image:
    """BGRA, colour multiplied by alpha: the picture as large as shown, cut to a soft-edged oval."""
    scale = _SHOWN_HEIGHT * size[1] / image.shape[0]
    shown = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    height, width = shown.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.hypot((x - width / 2 + 0.5) / (0.5 * width), (y - height / 2 + 0.5) / (0.5 * height))
    alpha = np.clip((1.0 - away) / 0.12, 0, 1)[..., None]
    return np.dstack((shown * alpha, alpha * 255)).astype(np.uint8)


def _in_front(wall: Image, person: Image, visit_s: float, seconds_each: float) -> Image:
    """The wall with the person at that moment of the visit."""
    height, width = wall.shape[:2]
    shown_height, shown_width = person.shape[:2]
    outside = -shown_width / 2
    coming = min(1.0, visit_s / _WALK_S)
    going = max(0.0, (visit_s - seconds_each + _WALK_S) / _WALK_S)
    x_px = outside + (width / 2 - outside) * (1 - (1 - coming) ** 2)
    x_px += (width / 2 + shown_width / 2) * going**2
    x_px += 4 * np.sin(5 * visit_s)
    y_px = height / 2 + 3 * np.sin(7 * visit_s)
    turn_deg, scale = 1.5 * np.sin(4 * visit_s), 1 + 0.02 * np.sin(3 * visit_s)
    matrix = cv2.getRotationMatrix2D((shown_width / 2, shown_height / 2), turn_deg, scale)
    matrix[:, 2] += (x_px - shown_width / 2, y_px - shown_height / 2)
    placed = cv2.warpAffine(person, matrix, (width, height))
    clear = cv2.cvtColor(cv2.bitwise_not(placed[..., 3]), cv2.COLOR_GRAY2BGR)
    return cv2.add(cv2.multiply(wall, clear, scale=1 / 255), placed[..., :3])
