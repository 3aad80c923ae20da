"""Cameras of this computer: names, stable identities, and why one of them cannot be opened.

An identity is text that stays the same over reboots and replugs, while the index (`/dev/video0`)
belongs to whichever camera came up first:

- `camera:usb:046d:082d:5A1B2C3D@1-2:1.0` on Linux: vendor, product, serial number, port:interface
- `camera:` and the system's own instance path on Windows, its unique id on macOS
"""

import errno
import os
import platform
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import cv2

from facedesk.core.errors import CameraError, CameraTrouble
from facedesk.core.language import tr

IDENTITY_PREFIX = "camera:"

# VIDIOC_REQBUFS of linux/videodev2.h: _IOWR('V', 8, struct v4l2_requestbuffers).
_REQUEST_BUFFERS = 0xC0145608
_VIDEO_CAPTURE, _MEMORY_MAPPED = 1, 1


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """One camera. `index` and `backend` (a cv2.CAP_ number) open it now, `identity` later too."""

    name: str
    identity: str
    index: int
    backend: int


def list_cameras() -> list[CameraInfo]:
    """The cameras that are plugged in, in the order of their indices. Opens none of them."""
    from cv2_enumerate_cameras import enumerate_cameras

    found = []
    for entry in sorted(enumerate_cameras(_system_backend()), key=lambda entry: entry.index):
        if platform.system() == "Linux":
            identity = linux_identity(Path(f"/sys/class/video4linux/video{entry.index}"))
        else:
            identity = (entry.path or f"{entry.vid}:{entry.pid}:{entry.name}").casefold()
        name = entry.name or tr("Camera {index}", index=entry.index)
        found.append(CameraInfo(name, IDENTITY_PREFIX + identity, entry.index, _system_backend()))
    return found


# Programs that pose as a camera, by words of the names they give it.
_VIRTUAL_NAMES = (
    "virtual", "obs", "manycam", "snap camera", "xsplit", "droidcam", "iriun", "epoccam", "mmhmm",
    "v4l2loopback", "dummy video", "nvidia broadcast", "camtwist", "splitcam", "youcam", "ndi",
    "e2esoft", "altercam", "chromacam", "screen capture",
)  # fmt: skip


def is_virtual(camera: CameraInfo) -> bool:
    """Whether a program is behind this camera and not a sensor: it shows what it is given.

    On Linux the system says so (a node without a device). Elsewhere only the name tells: who writes
    such a program can call it anything, so this deters and no more.
    """
    if camera.identity.startswith(IDENTITY_PREFIX + "virtual:"):
        return True
    words = re.findall(r"[a-z0-9]+", camera.name.casefold())
    name = f" {' '.join(words)} "
    return any(f" {known} " in name for known in _VIRTUAL_NAMES)


def _system_backend() -> int:
    """DirectShow opens in a fraction of MSMF's time and shares its indices with the listing."""
    if platform.system() == "Windows":
        return cv2.CAP_DSHOW
    if platform.system() == "Darwin":
        return cv2.CAP_AVFOUNDATION
    return cv2.CAP_V4L2


def linux_identity(node: Path) -> str:
    """The identity of a `/sys/class/video4linux/videoN` folder, without the prefix.

    A USB camera may have several pictures (colour and infrared): the interface tells them apart.
    """
    device = node / "device"
    if not device.exists():
        return f"virtual:{_line(node / 'name')}:{node.name}"
    interface = device.resolve()
    usb = interface.parent
    vendor, product = _line(usb / "idVendor"), _line(usb / "idProduct")
    if not vendor:
        return f"platform:{interface.name}"
    return f"usb:{vendor}:{product}:{_line(usb / 'serial')}@{interface.name}"


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def find_camera(wanted: str | int, cameras: list[CameraInfo]) -> CameraInfo | None:
    """The camera of that identity, index or (unique) name; None where it is not plugged in.

    A camera with a serial number is also found in another USB port; one without is not, because
    a second camera of the same make would be taken for it.
    """
    if isinstance(wanted, int):
        return next((camera for camera in cameras if camera.index == wanted), None)
    for camera in cameras:
        if camera.identity == wanted:
            return camera
    moved = [camera for camera in cameras if _same_but_port(camera.identity, wanted)]
    named = [camera for camera in cameras if camera.name.casefold() == wanted.casefold()]
    for candidates in (moved, named):
        if len(candidates) == 1:
            return candidates[0]
    return None


def _same_but_port(one: str, other: str) -> bool:
    def parts(identity: str) -> tuple[str, str] | None:
        device, _, place = identity.rpartition("@")
        has_serial = device.startswith(IDENTITY_PREFIX + "usb:") and not device.endswith(":")
        return (device, place.rpartition(":")[2]) if has_serial else None

    return parts(one) is not None and parts(one) == parts(other)


def why_not(camera: CameraInfo) -> CameraError:
    """The honest reason why a camera that is listed gives no picture, as an error to raise.

    Linux is asked itself. Windows and macOS do not tell: their commonest reason is named, together
    with the next one.
    """
    if platform.system() == "Linux":
        return _why_not_on_linux(camera.name, _linux_trouble(f"/dev/video{camera.index}"))
    if camera.identity not in {entry.identity for entry in list_cameras()}:
        return unplugged(camera.name)
    if platform.system() == "Darwin":
        return denied(
            camera.name,
            tr("Allow FaceDesk in System Settings, Privacy & Security, Camera; then start again."),
        )
    return busy(camera.name)


def _why_not_on_linux(name: str, number: int) -> CameraError:
    if number in (errno.EACCES, errno.EPERM):
        return denied(name, tr("Add this account to the group 'video', then log in again."))
    if number == errno.EBUSY:
        return busy(name)
    return unplugged(name) if number else no_picture(name)


def _linux_trouble(device: str) -> int:
    """errno of opening the node and asking for its buffers; 0 where both work.

    Opening a busy V4L2 camera succeeds; only its owner may touch the buffers. A request for zero
    buffers changes nothing.
    """
    import fcntl

    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        return error.errno or errno.EIO
    try:
        request = struct.pack("=5I", 0, _VIDEO_CAPTURE, _MEMORY_MAPPED, 0, 0)
        fcntl.ioctl(handle, _REQUEST_BUFFERS, request)
    except OSError as error:
        return error.errno if error.errno in (errno.EBUSY, errno.ENODEV) else 0
    finally:
        os.close(handle)
    return 0


def unplugged(name: str) -> CameraError:
    return CameraError(
        CameraTrouble.UNPLUGGED,
        tr("The camera is not connected"),
        tr("{camera} is not found on this computer.", camera=name),
        tr("Plug it in; FaceDesk goes on by itself. Or choose another camera in the settings."),
    )


def busy(name: str) -> CameraError:
    return CameraError(
        CameraTrouble.BUSY,
        tr("The camera is in use"),
        tr("Another program uses {camera}.", camera=name)
        if platform.system() == "Linux"
        else tr(
            "{camera} does not open: another program uses it, or the system's privacy settings "
            "keep FaceDesk from it.",
            camera=name,
        ),
        tr("Close the other program (a video call, a browser tab); FaceDesk goes on by itself."),
    )


def denied(name: str, hint: str) -> CameraError:
    return CameraError(
        CameraTrouble.DENIED,
        tr("The camera may not be used"),
        tr("The system does not let FaceDesk use {camera}.", camera=name),
        hint,
    )


def virtual(name: str) -> CameraError:
    return CameraError(
        CameraTrouble.DENIED,
        tr("A virtual camera is not accepted"),
        tr("{camera} is a program that shows what it is given, a recording for example.",
           camera=name),
        tr("Choose a real camera, or allow virtual cameras in the settings under Liveness."),
    )  # fmt: skip


def no_picture(name: str) -> CameraError:
    return CameraError(
        CameraTrouble.FROZEN,
        tr("The camera gives no picture"),
        tr("{camera} is connected and free, but sends nothing.", camera=name),
        tr("FaceDesk tries again by itself. If it stays so, plug the camera out and in again."),
    )
