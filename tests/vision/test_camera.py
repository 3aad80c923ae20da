from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from facedesk.core.errors import CameraError, CameraTrouble
from facedesk.vision import devices
from facedesk.vision.camera import WebCamera, as_bgr, four_letters
from facedesk.vision.devices import CameraInfo

DESK = CameraInfo("Desk", "camera:usb:1:2:A@1-1:1.0", 0, 200)
DOOR = CameraInfo("Door", "camera:usb:1:2:B@1-2:1.0", 4, 200)


class Driver:
    """cv2.VideoCapture's shape; the device of each index opens and reads as told."""

    def __init__(self, working: set[int], size: tuple[int, int] = (640, 360)) -> None:
        self.working = working
        self.size = size
        self.opened: list[int] = []
        self.released = 0
        self.asked: dict[int, float] = {}
        self.pictures = True

    def __call__(self, index: int, backend: int) -> "Driver":
        self.opened.append(index)
        return self

    def isOpened(self) -> bool:  # noqa: N802
        return self.opened[-1] in self.working

    def set(self, name: int, value: float) -> bool:
        self.asked[name] = value
        return True

    def get(self, name: int) -> float:
        return {cv2.CAP_PROP_FPS: 24.0}.get(name, float(cv2.VideoWriter.fourcc(*"YUYV")))

    def getBackendName(self) -> str:  # noqa: N802
        return "V4L2"

    def read(self) -> tuple[bool, Any]:
        if not self.pictures:
            return False, None
        return True, np.full((self.size[1], self.size[0], 3), len(self.opened), np.uint8)

    def release(self) -> None:
        self.released += 1


def make(
    driver: Driver,
    cameras: list[CameraInfo],
    wanted: str | int = "",
    why: Callable[[CameraInfo], CameraError] = lambda info: devices.busy(info.name),
) -> WebCamera:
    return WebCamera(wanted, list_cameras=lambda: cameras, why_not=why, capture=driver)


def test_what_was_really_given_is_reported() -> None:
    driver = Driver({0})
    camera = make(driver, [DESK])
    given = camera.open()
    assert (given.width_px, given.height_px, given.fps) == (640, 360, 24.0)
    assert (given.pixel_format, given.backend) == ("YUYV", "V4L2")
    assert driver.asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert driver.asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert next(iter(driver.asked)) == cv2.CAP_PROP_FOURCC
    assert (camera.name, camera.identity) == ("Desk", DESK.identity)


def test_empty_takes_the_first_camera_that_works() -> None:
    driver = Driver({4})
    camera = make(driver, [DESK, DOOR])
    camera.open()
    assert camera.identity == DOOR.identity
    assert driver.opened == [0, 4]
    assert driver.released == 1  # the one that did not work


def test_when_none_works_the_first_reason_is_told() -> None:
    camera = make(Driver(set()), [DESK, DOOR])
    with pytest.raises(CameraError) as caught:
        camera.open()
    assert caught.value.trouble is CameraTrouble.BUSY
    assert "Desk" in caught.value.message


@pytest.mark.parametrize("wanted", ["", 0, "camera:usb:1:2:A@1-1:1.0"])
def test_no_camera_is_unplugged(wanted: str | int) -> None:
    with pytest.raises(CameraError) as caught:
        make(Driver(set()), [], wanted).open()
    assert caught.value.trouble is CameraTrouble.UNPLUGGED


def test_a_camera_is_found_again_under_another_index() -> None:
    driver = Driver({0, 6})
    cameras = [DESK]
    camera = WebCamera(
        DESK.identity, list_cameras=lambda: cameras, why_not=devices.why_not, capture=driver
    )
    camera.open()
    cameras[0] = CameraInfo("Desk", DESK.identity, 6, 200)
    camera.open()
    assert driver.opened == [0, 6]
    assert driver.released == 1


def test_a_camera_that_sends_nothing_is_closed_and_named() -> None:
    driver = Driver({0})
    driver.pictures = False
    camera = make(driver, [DESK], why=lambda info: devices.no_picture(info.name))
    with pytest.raises(CameraError) as caught:
        camera.open()
    assert caught.value.trouble is CameraTrouble.FROZEN
    assert driver.released == 1


def test_losing_the_camera_while_reading_is_an_error_with_the_reason() -> None:
    driver = Driver({0})
    camera = make(driver, [DESK], why=lambda info: devices.unplugged(info.name))
    camera.open()
    camera.read()
    driver.pictures = False
    with pytest.raises(CameraError) as caught:
        camera.read()
    assert caught.value.trouble is CameraTrouble.UNPLUGGED


def test_opencv_exceptions_do_not_leak() -> None:
    def broken(index: int, backend: int) -> Driver:
        raise cv2.error("deep inside")

    camera = WebCamera(
        0, list_cameras=lambda: [DESK], why_not=lambda i: devices.busy(i.name), capture=broken
    )
    with pytest.raises(CameraError):
        camera.open()


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pictures_of_any_layout_become_bgr(shape: tuple[int, ...], kind: type) -> None:
    value = 200 if kind is np.uint8 else 200 << 8
    image = as_bgr(np.full(shape, value, kind))
    assert image.shape == (4, 6, 3)
    assert image.dtype == np.uint8
    assert (image == 200).all()


@pytest.mark.parametrize(
    ("code", "text"), [(1196444237.0, "MJPG"), (0.0, ""), (-1.0, ""), (2.0**40, ""), (5.0, "")]
)
def test_four_letters(code: float, text: str) -> None:
    assert four_letters(code) == text


OBS = CameraInfo("OBS Virtual Camera", "camera:virtual:OBS:video9", 9, 200)


def test_a_virtual_camera_is_refused_by_name_and_passed_over() -> None:
    def camera(wanted: str) -> WebCamera:
        return WebCamera(
            wanted,
            accept_virtual=False,
            list_cameras=lambda: [OBS, DESK],
            why_not=lambda info: devices.busy(info.name),
            capture=Driver({0, 9}),
        )

    with pytest.raises(CameraError) as caught:
        camera(OBS.identity).open()
    assert caught.value.trouble is CameraTrouble.DENIED
    assert "OBS Virtual Camera" in caught.value.message
    assert "settings" in caught.value.hint
    automatic = camera("")
    automatic.open()
    assert automatic.name == "Desk"


def test_a_virtual_camera_works_where_it_is_allowed() -> None:
    camera = make(Driver({9}), [OBS])
    camera.open()
    assert camera.name == "OBS Virtual Camera"
