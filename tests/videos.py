"""Video files for end-to-end stories, made from pictures of faces, and a camera that plays them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from facedesk.core.errors import CameraError, CameraTrouble
from facedesk.core.records import Image
from facedesk.vision.camera import Given
from facedesk.vision.demo.room import NOISE_PLACES, add_noise, noise_tile
from facedesk.vision.files import FileSource

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
    wall = np.full((size[1], size[0], 3), _WALL_BGR, np.uint8)
    empty, visit = round(empty_s * fps), round(seconds_each * fps)
    with _writer(path, fps, size) as show:
        for image in pictures:
            for _ in range(empty):
                show(wall.copy())
            person = _faded(image, size)
            for number in range(visit):
                show(_in_front(wall, person, number / fps, seconds_each))
        for _ in range(empty):
            show(wall.copy())
    return path


def write_scene(path: Path, image: Image, *, fps: float = 15.0, seconds: float = 2.0) -> Path:
    """`image` as a camera sees it that stands still before something that does: only noise moves.
    BGR uint8; raises OSError when the file cannot be written.
    """
    with _writer(path, fps, (image.shape[1], image.shape[0])) as show:
        for _ in range(round(seconds * fps)):
            show(image.copy())
    return path


class Tape:
    """A camera whose pictures come from a video file, played at its own speed, round and round.

    Another file may be put in and the cable pulled and plugged from any thread.
    """

    live = True
    name = identity = "tape"

    def __init__(self, path: Path) -> None:
        self._next: Path | None = path
        self._playing = path
        self._source: FileSource | None = None
        self._pulled = threading.Event()

    def put_in(self, path: Path) -> None:
        """Its first picture is the next one."""
        self._next = path

    def pull(self) -> None:
        self._pulled.set()

    def plug_in(self) -> None:
        self._pulled.clear()

    def open(self) -> Given:
        self._check()
        path, self._next = self._next, None
        self._playing = path or self._playing
        self._source = FileSource(self._playing, realtime=True)
        return self._source.open()

    def read(self) -> Image | None:
        self._check()
        if self._source is None or self._next is not None:
            self.close()
            self.open()
        assert self._source is not None
        image = self._source.read()
        if image is None:  # the end: once more from the start
            self._source.open()
            image = self._source.read()
        return image

    def close(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _check(self) -> None:
        if self._pulled.is_set():
            raise CameraError(CameraTrouble.UNPLUGGED, "No camera", "The cable is pulled.", "Plug.")


@contextmanager
def _writer(path: Path, fps: float, size: tuple[int, int]) -> Iterator[Callable[[Image], None]]:
    """What writes one frame after another. It adds noise to each, in place: no two are the same, as
    no two of a real camera are.
    """
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), fps, size
    )
    if not writer.isOpened():
        raise OSError(f"{path} cannot be written")
    noise, places = noise_tile(seed=2), count()

    def show(frame: Image) -> None:
        add_noise(frame, noise, next(places) * 1021 % NOISE_PLACES)
        writer.write(frame)

    try:
        yield show
    finally:
        writer.release()


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
