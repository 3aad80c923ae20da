"""Where frames come from: the protocol, and the webcam. Files and streams are in `files`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np

from facedesk.core.errors import CameraError
from facedesk.core.language import tr
from facedesk.core.records import Image
from facedesk.vision import devices
from facedesk.vision.devices import CameraInfo

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Given:
    """What the source REALLY gives, which is not always what was asked for.

    `fps` is what the driver or file states, 0.0 where it does not know; `pixel_format` is the four
    letters of the camera's or file's coding ("MJPG", "YUYV"), "" where unknown.
    """

    width_px: int
    height_px: int
    fps: float
    pixel_format: str
    backend: str


class FrameSource(Protocol):
    """A camera, stream, video or folder. Opened, read and closed in ONE thread."""

    name: str  # for people: "Logitech C920", "video.avi"
    identity: str  # stable: see `devices` for cameras; absolute path or URL without credentials
    live: bool  # True: a camera or stream that never ends; False: a file or folder that does

    def open(self) -> Given:
        """Start. May be called again after `close`. Raises CameraError or BadInputError."""

    def read(self) -> Image | None:
        """The next picture, BGR uint8 (H, W, 3), owned by the caller; waits for it.

        None is the end of a source that is not live. Raises CameraError.
        """

    def close(self) -> None:
        """Let go of the device; idempotent, also when never opened."""


def four_letters(code: float) -> str:
    """OpenCV's FOURCC number as text: 1196444237.0 -> "MJPG"; "" where it is none."""
    text = int(code).to_bytes(4, "little", signed=False) if 0 < code < 2**32 else b""
    return text.decode("ascii").strip() if text.isascii() and text.decode().isprintable() else ""


class WebCamera:
    """A camera of this computer through OpenCV.

    `wanted` is an identity, a name or an index; "" takes the first camera that works. It is looked
    up anew at each `open`, so that a camera is found again after a replug under another index.
    Without `accept_virtual`, a program that poses as a camera is refused, and passed over where any
    camera will do. The other keyword arguments are the world: tests pass their own.
    """

    live = True

    def __init__(
        self,
        wanted: str | int = "",
        width_px: int = 1280,
        height_px: int = 720,
        fps: float = 30.0,
        *,
        accept_virtual: bool = True,
        list_cameras: Callable[[], list[CameraInfo]] = devices.list_cameras,
        why_not: Callable[[CameraInfo], CameraError] = devices.why_not,
        capture: Callable[[int, int], Any] = cv2.VideoCapture,
    ) -> None:
        self.name = tr("Camera {index}", index=wanted) if isinstance(wanted, int) else wanted
        self.identity = wanted if isinstance(wanted, str) else ""
        self._wanted = wanted
        self._asked = (width_px, height_px, fps)
        self._accept_virtual = accept_virtual
        self._list_cameras = list_cameras
        self._why_not = why_not
        self._new_capture = capture
        self._capture: Any = None
        self._info: CameraInfo | None = None
        self._first: Image | None = None

    def open(self) -> Given:
        self.close()
        cameras = self._list_cameras()
        if self._wanted != "":
            found = devices.find_camera(self._wanted, cameras)
            candidates = [found] if found else []
        else:
            candidates = cameras
        if not candidates:
            raise devices.unplugged(self.name or tr("A camera"))
        trouble: CameraError | None = None
        for candidate in candidates:
            try:
                return self._open(candidate)
            except CameraError as error:
                self.close()
                trouble = trouble or error
        assert trouble is not None
        raise trouble

    def _open(self, info: CameraInfo) -> Given:
        if devices.is_virtual(info) and not self._accept_virtual:
            raise devices.virtual(info.name)
        self._info = info
        try:
            capture = self._capture = self._new_capture(info.index, info.backend)
            if not capture.isOpened():
                raise self._why_not(info)
            width_px, height_px, fps = self._asked
            # The order matters: raw YUYV allows few sizes and, over USB 2, 10 fps at 720p.
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, width_px)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height_px)
            capture.set(cv2.CAP_PROP_FPS, fps)
            # Only a picture proves that the camera works and how large its pictures are.
            self._first = self.read()
            backend = capture.getBackendName()
            pixel_format = four_letters(capture.get(cv2.CAP_PROP_FOURCC))
            given_fps = max(0.0, float(capture.get(cv2.CAP_PROP_FPS)))
        except cv2.error as error:
            raise self._why_not(info) from error
        self.name, self.identity = info.name, info.identity
        height, width = self._first.shape[:2]
        _log.info("camera opened: %dx%d at %g fps, %s", width, height, given_fps, backend)
        return Given(width, height, given_fps, pixel_format, backend)

    def read(self) -> Image:
        if self._first is not None:
            image, self._first = self._first, None
            return image
        if self._capture is None or self._info is None:
            raise devices.no_picture(self.name)
        try:
            worked, picture = self._capture.read()
        except cv2.error as error:
            raise self._why_not(self._info) from error
        if not worked or picture is None or not picture.size:
            raise self._why_not(self._info)
        return as_bgr(picture)

    def close(self) -> None:
        capture, self._capture, self._first = self._capture, None, None
        if capture is not None:
            capture.release()


def as_bgr(picture: Image) -> Image:
    """What OpenCV's readers give, as BGR uint8 (H, W, 3): grey and alpha are converted."""
    if picture.dtype == np.uint16:
        picture = np.asarray(picture >> 8, np.uint8)
    if picture.ndim == 2 or picture.shape[2] == 1:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    if picture.shape[2] == 4:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR), np.uint8)
    return picture
