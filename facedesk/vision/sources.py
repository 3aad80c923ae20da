"""What people write after `--source`, as a source of frames."""

from pathlib import Path

from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.vision.camera import FrameSource, WebCamera
from facedesk.vision.devices import IDENTITY_PREFIX
from facedesk.vision.files import FileSource, is_url


def open_source(
    text: str,
    *,
    width_px: int = 1280,
    height_px: int = 720,
    fps: float = 30.0,
    realtime: bool = False,
    accept_virtual: bool = True,
) -> FrameSource:
    """The source that `text` names, not opened yet.

    "" is the first camera that works; "0" a camera's index; then a camera's identity or name, a
    URL, or the path of a video, picture or folder. The size and rate are asked of cameras,
    `realtime` plays files at their own speed, `accept_virtual` is for cameras that are programs.
    Raises BadInputError.
    """
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return WebCamera(int(text), width_px, height_px, fps, accept_virtual=accept_virtual)
    if not text or text.startswith(IDENTITY_PREFIX):
        return WebCamera(text, width_px, height_px, fps, accept_virtual=accept_virtual)
    if is_url(text) or Path(text).expanduser().exists():
        return FileSource(text, realtime)
    if "/" in text or "\\" in text or Path(text).suffix:
        raise BadInputError(
            tr("The source does not exist"),
            text,
            tr("Give a file, a folder, a URL, a camera's number or name, or 'demo'."),
        )
    return WebCamera(text, width_px, height_px, fps, accept_virtual=accept_virtual)
