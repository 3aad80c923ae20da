"""The world, faked: a clock, a camera with a script, and people who are coloured squares.

A person is a square of one of the `COLOURS` on a grey wall: `FakeDetector` finds the squares,
`FakeEmbedder` knows the colours.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.errors import CameraError, CameraTrouble
from facedesk.core.records import Face, Image, Vector
from facedesk.vision.align import align, template_for
from facedesk.vision.camera import Given

GREY = 128
COLOURS: dict[str, tuple[int, int, int]] = {  # BGR
    "red": (40, 40, 220),
    "green": (40, 200, 40),
    "blue": (220, 60, 40),
    "yellow": (40, 220, 220),
    "magenta": (220, 40, 220),
    "cyan": (220, 220, 40),
    "orange": (20, 130, 240),
    "purple": (200, 40, 120),
}


class FakeClock:
    """Time that passes only when told; safe to use from several threads."""

    def __init__(self, utc: datetime | None = None) -> None:
        self._utc = utc or datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self._monotonic_s = 1000.0
        self._lock = threading.Lock()

    def utc(self) -> datetime:
        with self._lock:
            return self._utc

    def monotonic_s(self) -> float:
        with self._lock:
            return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Both clocks go on, as in life."""
        with self._lock:
            self._utc += timedelta(seconds=seconds)
            self._monotonic_s += seconds

    def set_utc(self, utc: datetime) -> None:
        """Somebody set the computer's clock: monotonic time does not jump."""
        with self._lock:
            self._utc = utc


def wall(size: tuple[int, int] = (640, 480)) -> Image:
    """A grey picture of (width, height) with nobody in it."""
    return np.full((size[1], size[0], 3), GREY, np.uint8)


def picture(*people: tuple[str, tuple[int, int, int]], size: tuple[int, int] = (640, 480)) -> Image:
    """A wall with people in front: each a colour name and (x, y, side) of the square in pixels."""
    image = wall(size)
    for colour, (x, y, side) in people:
        draw_person(image, colour, (x, y), side)
    return image


def draw_person(image: Image, colour: str, corner: tuple[int, int], side_px: int) -> None:
    """Draw a person in place. Checks of light and dark stand in for features: it is sharp. Grain
    stands in for skin: a drawing would be refused.
    """
    x, y = corner
    step = max(2, side_px // 16)
    rows, columns = np.mgrid[0:side_px, 0:side_px] // step
    shade = np.where((rows + columns) % 2, 1.0, 0.45)[:, :, None]
    grain = np.random.default_rng(side_px).integers(-9, 10, (side_px, side_px, 1))
    square = np.clip(np.asarray(COLOURS[colour]) * shade + grain, 0, 255).astype(np.uint8)
    target = image[max(0, y) : y + side_px, max(0, x) : x + side_px]
    target[:] = square[max(0, -y) :, max(0, -x) :][: target.shape[0], : target.shape[1]]


class FakeDetector:
    """Finds coloured squares; the landmarks lie inside as in the ArcFace template."""

    def __init__(self) -> None:
        self.calls = 0
        self.closed = False

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(f"the detector wants (H, W, 3) uint8, not {image.shape} {image.dtype}")
        if self.closed:
            raise RuntimeError("the detector is closed")
        self.calls += 1
        if not image.size:
            return []
        spread = image.max(axis=2).astype(np.int16) - image.min(axis=2)
        count, _, stats, _ = cv2.connectedComponentsWithStats((spread > 40).astype(np.uint8))
        faces = []
        for x, y, width, height, area in stats[1:count].tolist():
            if area < 100:
                continue
            points = template_for((width, height)) + np.float32([x, y])
            faces.append(Face((x, y, x + width, y + height), points.astype(np.float32), 0.95))
        return sorted(faces, key=lambda face: -face.area_px)

    def close(self) -> None:
        self.closed = True


def vector_of(colour: str, dimension: int = 64) -> Vector:
    """The unit vector that FakeEmbedder gives for a person of that colour."""
    random = np.random.default_rng(list(COLOURS).index(colour))
    vector = random.standard_normal(dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class FakeEmbedder:
    """Knows people by their colour. `embedded` counts crops, `calls` batches."""

    def __init__(self, contract: str = "fake-1", dimension: int = 64) -> None:
        self.contract = contract
        self.dimension = dimension
        self.embedded = 0
        self.calls = 0

    def crop(self, image: Image, landmarks: Vector) -> Image:
        return align(image, landmarks)

    def embed(self, crops: Sequence[Image] | NDArray[np.uint8]) -> Vector:
        self.calls += 1
        self.embedded += len(crops)
        if not len(crops):
            return np.empty((0, self.dimension), np.float32)
        return np.stack([vector_of(colour_of(crop), self.dimension) for crop in crops])


def colour_of(crop: Image) -> str:
    """The colour name nearest to the middle of a crop, whatever its brightness."""
    height, width = crop.shape[:2]
    middle = crop[height // 4 : -height // 4, width // 4 : -width // 4].reshape(-1, 3)
    mean = middle.mean(axis=0)
    mean /= max(float(mean.max()), 1.0)
    known = {name: np.asarray(bgr) / max(bgr) for name, bgr in COLOURS.items()}
    return min(known, key=lambda name: float(np.abs(known[name] - mean).sum()))


@dataclass(frozen=True, slots=True)
class Show:
    """Frames of a picture for `seconds`, each with a little noise, as a sensor has it."""

    image: Image
    seconds: float


@dataclass(frozen=True, slots=True)
class Frozen:
    """The very same picture again and again."""

    image: Image
    seconds: float


@dataclass(frozen=True, slots=True)
class Black:
    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """Unplugged: the read fails, then the next `opens` tries to open fail."""

    opens: int = 1


@dataclass(frozen=True, slots=True)
class Busy:
    """The next `opens` tries to open find another program in the camera."""

    opens: int = 1


@dataclass(frozen=True, slots=True)
class Denied:
    opens: int = 1


@dataclass(frozen=True, slots=True)
class Hang:
    """`read` does not come back until the test calls `release()`."""


Step = Show | Frozen | Black | Lost | Busy | Denied | Hang
_TROUBLES = {
    Lost: CameraTrouble.UNPLUGGED,
    Busy: CameraTrouble.BUSY,
    Denied: CameraTrouble.DENIED,
}


class FakeCamera:
    """A FrameSource that plays a script of steps.

    With a FakeClock each frame advances it by 1 / fps and takes no real time; without one, frames
    come at real speed. After the last step a live camera goes on with its last picture, one that
    is not live ends. `hanging` is set while a Hang step blocks the reader.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        clock: FakeClock | None = None,
        *,
        fps: float = 30.0,
        live: bool = True,
        name: str = "Fake camera",
    ) -> None:
        self.name = name
        self.identity = "camera:fake"
        self.live = live
        self.opens = 0
        self.frames = 0
        self.hanging = threading.Event()
        self._released = threading.Event()
        self._steps: Iterator[Step] = iter(steps)
        self._clock = clock
        self._fps = fps
        self._step: Step | None = None
        self._left = 0  # frames to show, or opens to refuse
        self._last: Image = wall()
        self._is_open = False
        self._random = np.random.default_rng(0)
        self._next_step()

    def open(self) -> Given:
        self.opens += 1
        if isinstance(self._step, Lost | Busy | Denied) and self._left > 0:
            self._left -= 1
            raise self._trouble(self._step)
        if isinstance(self._step, Lost | Busy | Denied):
            self._next_step()
        self._is_open = True
        height, width = self._picture().shape[:2]
        return Given(width, height, self._fps, "FAKE", "fake")

    def read(self) -> Image | None:
        if not self._is_open:
            raise self._trouble(Lost())
        while True:
            step = self._step
            if isinstance(step, Lost | Busy | Denied):
                self._is_open = False
                raise self._trouble(step)
            if isinstance(step, Hang):
                self.hanging.set()
                self._released.wait()
                self.hanging.clear()
                self._next_step()
            elif step is not None and self._left <= 0:
                self._next_step()
            elif step is None and not self.live:
                return None
            else:
                return self._frame()

    def _frame(self) -> Image:
        self._left -= 1
        self.frames += 1
        if self._clock is not None:
            self._clock.advance(1.0 / self._fps)
        else:
            threading.Event().wait(1.0 / self._fps)
        image = self._picture()
        if isinstance(self._step, Frozen):
            return image.copy()
        noise = self._random.integers(0, 3, image.shape, np.uint8)
        return cv2.add(image, noise)

    def _picture(self) -> Image:
        if isinstance(self._step, Show | Frozen):
            self._last = self._step.image
        elif isinstance(self._step, Black):
            return np.zeros_like(self._last)
        return self._last

    def _next_step(self) -> None:
        self._step = next(self._steps, None)
        if isinstance(self._step, Show | Frozen | Black):
            self._left = max(1, round(self._step.seconds * self._fps))
        elif isinstance(self._step, Lost | Busy | Denied):
            self._left = self._step.opens

    def _trouble(self, step: Lost | Busy | Denied) -> CameraError:
        trouble = _TROUBLES[type(step)]
        return CameraError(trouble, f"The camera is {trouble}", f"{self.name}: {trouble}", "Wait.")

    def release(self) -> None:
        """End a Hang step (and any later one)."""
        self._released.set()

    def close(self) -> None:
        self._is_open = False
