"""Files as a source of frames: a video, a folder of pictures, one picture, a network stream."""

import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import cv2

from facedesk.core.clock import Clock, SystemClock
from facedesk.core.errors import BadInputError, CameraError, CameraTrouble
from facedesk.core.language import tr
from facedesk.core.records import Image
from facedesk.vision.camera import Given, as_bgr, four_letters
from facedesk.vision.pictures import LARGEST_PIXELS, PICTURE_SUFFIXES, read_picture, readable

_NETWORK_TIMEOUT_MS = 5000
_PICTURES_FPS = 10.0
_FALLBACK_FPS = 25.0
# Containers state their number of frames from an index or an estimate: leave room for the latter.
_SHORT_BY = 0.9


def is_url(text: str) -> bool:
    return re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", text) is not None


def without_credentials(url: str) -> str:
    """The URL as it may be shown, logged and stored: user, password and query left out."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, host + port, parts.path, "", ""))


def natural_order(path: Path) -> list[tuple[int, int, str]]:
    """Sort key by which 'frame 2' comes before 'frame 10'."""
    pieces = re.split(r"(\d+)", path.name.casefold())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in pieces if p]


class FileSource:
    """A video file, a folder of pictures, a single picture, or an RTSP/HTTP URL.

    With `realtime` a file is played at its own speed (pictures: 10 a second), as a camera would;
    else as fast as it is read. A URL is live: it never ends, it breaks off with a CameraError.
    """

    def __init__(
        self,
        place: str | Path,
        realtime: bool = False,
        *,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        capture: Callable[..., Any] = cv2.VideoCapture,
    ) -> None:
        text = str(place)
        self.live = is_url(text)
        self._place = text if self.live else str(Path(text).expanduser().absolute())
        self.identity = _shown_url(text) if self.live else self._place
        self.name = self.identity if self.live else Path(self._place).name
        self._realtime = realtime and not self.live
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._new_capture = capture
        self._reader: _Pictures | _Video | None = None
        self._next_s = -math.inf
        self._interval_s = 0.0

    def open(self) -> Given:
        self.close()
        if self.live:
            self._reader = _Video(self._place, self.name, True, self._new_capture)
        else:
            path = Path(self._place)
            # As a camera an animation is a video; as a photo (read_picture) its first picture.
            still = path.suffix.casefold() in PICTURE_SUFFIXES - {".gif"}
            if path.is_dir() or still:
                self._reader = _Pictures(path)
            else:
                _check_file(path)
                self._reader = _Video(self._place, self.name, False, self._new_capture)
        given = self._reader.given
        self._interval_s = 1.0 / (given.fps or _FALLBACK_FPS)
        self._next_s = -math.inf
        return given

    def read(self) -> Image | None:
        if self._reader is None:
            return None
        image = self._reader.read()
        if self._realtime and image is not None:
            self._wait()
        return image

    def _wait(self) -> None:
        now_s = self._clock.monotonic_s()
        if self._next_s > now_s:
            self._sleep(self._next_s - now_s)
            self._next_s += self._interval_s
        else:  # the first picture, or the reader is late: no hurrying to catch up
            self._next_s = now_s + self._interval_s

    def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


def _shown_url(url: str) -> str:
    try:
        return without_credentials(url)
    except ValueError as error:
        raise BadInputError(
            tr("The address cannot be used"), tr("It is not a valid URL."), "rtsp://host:554/path"
        ) from error


def _check_file(path: Path) -> None:
    """Raise BadInputError for what cannot be a video before FFmpeg is asked."""
    title = tr("The video cannot be read")
    with readable(path, title), path.open("rb") as file:
        empty = not file.read(1)
    if empty:
        raise BadInputError(title, tr("{file} is empty.", file=path.name))


class _Pictures:
    """A folder's pictures in natural order, or one picture."""

    def __init__(self, path: Path) -> None:
        try:
            self._paths = sorted(_pictures_of(path), key=natural_order, reverse=True)
        except OSError as error:
            raise BadInputError(
                tr("The folder cannot be read"), f"{path}: {error.strerror or error}"
            ) from error
        if not self._paths:
            raise BadInputError(
                tr("No pictures found"),
                tr("The folder {folder} holds no pictures.", folder=path.name),
                tr("Known are JPEG, HEIC, PNG, WebP, BMP, TIFF and GIF files."),
            )
        self._first: Image | None = read_picture(self._paths.pop())
        height, width = self._first.shape[:2]
        self.given = Given(width, height, _PICTURES_FPS, "", "pictures")

    def read(self) -> Image | None:
        if self._first is not None:
            image, self._first = self._first, None
            return image
        return read_picture(self._paths.pop()) if self._paths else None

    def close(self) -> None:
        self._paths.clear()
        self._first = None


def _pictures_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return [
        entry
        for entry in path.iterdir()
        if entry.suffix.casefold() in PICTURE_SUFFIXES and not entry.name.startswith(".")
    ]


class _Video:
    """A video file or stream through OpenCV's FFmpeg."""

    def __init__(self, place: str, name: str, live: bool, capture: Callable[..., Any]) -> None:
        self._name, self._live = name, live
        self._read_frames = 0
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _NETWORK_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC, _NETWORK_TIMEOUT_MS,
        ]  # fmt: skip
        try:
            self._capture = capture(place, cv2.CAP_FFMPEG, limits)
            if self._pixels() > LARGEST_PIXELS:  # before a picture of that size is decoded
                self._capture.release()
                raise self._not_opened()
            first = self._capture.read()[1] if self._capture.isOpened() else None
        except cv2.error as error:
            raise self._not_opened() from error
        if first is None:
            self._capture.release()
            raise self._not_opened()
        self._first: Image | None = as_bgr(first)
        height, width = self._first.shape[:2]
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self._stated_frames = float(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.given = Given(
            width,
            height,
            fps if 0.1 < fps < 1000 else 0.0,
            four_letters(self._capture.get(cv2.CAP_PROP_FOURCC)),
            self._capture.getBackendName(),
        )

    def _pixels(self) -> float:
        width = float(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        return width * float(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))

    def _not_opened(self) -> BadInputError | CameraError:
        if self._live:
            return CameraError(
                CameraTrouble.UNPLUGGED,
                tr("The stream cannot be reached"),
                tr("{url} does not answer with a picture.", url=self._name),
                tr("Check that the camera is on, the address, and its user and password."),
            )
        return BadInputError(
            tr("The video cannot be read"),
            tr("{file} is damaged, or not a video that OpenCV can decode.", file=self._name),
            tr("Try to play it in another program, or convert it to MP4 (H.264)."),
        )

    def read(self) -> Image | None:
        if self._first is not None:
            image, self._first = self._first, None
        else:
            try:
                picture = self._capture.read()[1]
            except cv2.error:
                picture = None
            if picture is None:
                self._check_end()
                return None
            image = as_bgr(picture)
        self._read_frames += 1
        return image

    def _check_end(self) -> None:
        if self._live:
            raise CameraError(
                CameraTrouble.ENDED,
                tr("The stream broke off"),
                tr("{url} sends no more pictures.", url=self._name),
                tr("FaceDesk connects again by itself."),
            )
        stated = self._stated_frames
        if math.isfinite(stated) and self._read_frames < _SHORT_BY * stated - 1:
            raise CameraError(
                CameraTrouble.ENDED,
                tr("The video is damaged"),
                tr(
                    "{file} ends after {read} of its {stated} pictures.",
                    file=self._name,
                    read=self._read_frames,
                    stated=int(stated),
                ),
            )

    def close(self) -> None:
        self._capture.release()
