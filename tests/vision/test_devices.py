import errno
from pathlib import Path

import pytest

from facedesk.core.errors import CameraTrouble
from facedesk.vision import devices
from facedesk.vision.devices import (
    CameraInfo,
    find_camera,
    is_virtual,
    linux_identity,
    why_not,
)

ANN = CameraInfo("Cam", "camera:usb:046d:082d:AB12@1-2:1.0", 0, 200)
BOB = CameraInfo("Cam", "camera:usb:046d:082d:CD34@1-3:1.0", 2, 200)
INFRARED = CameraInfo("IR", "camera:usb:046d:082d:AB12@1-2:1.2", 1, 200)
PLAIN = CameraInfo("Plain", "camera:usb:1234:5678:@1-4:1.0", 3, 200)


def usb_tree(root: Path, serial: str | None) -> Path:
    interface = root / "devices/usb1/1-2/1-2:1.0"
    interface.mkdir(parents=True)
    (interface.parent / "idVendor").write_text("046d\n")
    (interface.parent / "idProduct").write_text("082d\n")
    if serial is not None:
        (interface.parent / "serial").write_text(f"{serial}\n")
    node = root / "class/video4linux/video0"
    node.mkdir(parents=True)
    (node / "name").write_text("HD Pro Webcam\n")
    (node / "device").symlink_to(interface)
    return node


@pytest.mark.parametrize(
    ("name", "identity", "virtual"),
    [
        ("OBS Virtual Camera", "camera:obs", True),
        ("obs-camera", "camera:x", True),
        ("ManyCam Video Source", "camera:x", True),
        ("Dummy video device (0x0000)", "camera:virtual:Dummy:video4", True),
        ("Front", "camera:virtual:Front:video4", True),
        ("HD Pro Webcam C920", "camera:usb:046d:082d:1@1-2:1.0", False),
        ("FaceTime HD Camera", "camera:abc", False),
        ("Jobs & Co Bandit Cam", "camera:usb:1:2:3@1", False),  # "obs" and "ndi" inside words
    ],
)
def test_a_camera_that_is_a_program_is_known(name: str, identity: str, virtual: bool) -> None:
    assert is_virtual(CameraInfo(name, identity, 0, 0)) is virtual


def test_identity_of_a_usb_camera_is_made_of_ids_serial_and_port(tmp_path: Path) -> None:
    assert linux_identity(usb_tree(tmp_path, "AB12")) == "usb:046d:082d:AB12@1-2:1.0"


def test_identity_without_serial_still_has_the_port(tmp_path: Path) -> None:
    assert linux_identity(usb_tree(tmp_path, None)) == "usb:046d:082d:@1-2:1.0"


def test_identity_of_virtual_and_built_in_cameras(tmp_path: Path) -> None:
    virtual = tmp_path / "video10"
    virtual.mkdir()
    (virtual / "name").write_text("Dummy\n")
    assert linux_identity(virtual) == "virtual:Dummy:video10"
    (tmp_path / "soc/fe801000.csi").mkdir(parents=True)
    (virtual / "device").symlink_to(tmp_path / "soc/fe801000.csi")
    assert linux_identity(virtual) == "platform:fe801000.csi"


def test_a_camera_is_found_by_identity_whatever_its_index() -> None:
    cameras = [ANN, INFRARED, BOB, PLAIN]
    assert find_camera(BOB.identity, cameras) is BOB
    assert find_camera(2, cameras) is BOB
    assert find_camera("plain", cameras) is PLAIN
    assert find_camera(9, cameras) is None


def test_a_serial_number_is_found_in_another_port_and_its_infrared_twin_is_not_taken() -> None:
    moved = ANN.identity.replace("@1-2:", "@3-1.4:")
    assert find_camera(moved, [INFRARED, ANN, BOB]) is ANN
    assert find_camera(moved, [INFRARED, BOB]) is None


def test_a_twin_without_serial_is_not_taken_for_the_missing_one() -> None:
    assert find_camera(PLAIN.identity.replace("@1-4:", "@1-5:"), [PLAIN]) is None


def test_a_name_that_two_cameras_share_names_neither() -> None:
    assert find_camera("Cam", [ANN, BOB]) is None


@pytest.mark.parametrize(
    ("number", "trouble"),
    [
        (errno.EACCES, CameraTrouble.DENIED),
        (errno.EBUSY, CameraTrouble.BUSY),
        (errno.ENOENT, CameraTrouble.UNPLUGGED),
        (errno.ENODEV, CameraTrouble.UNPLUGGED),
        (0, CameraTrouble.FROZEN),
    ],
)
def test_linux_tells_the_reason(
    number: int, trouble: CameraTrouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices.platform, "system", lambda: "Linux")
    monkeypatch.setattr(devices, "_linux_trouble", lambda device: number)
    error = why_not(ANN)
    assert error.trouble is trouble
    assert error.title
    assert "Cam" in error.message
    assert error.hint


def test_the_five_troubles_have_five_different_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [devices.unplugged("C"), devices.busy("C"), devices.denied("C", "h")]
    errors.append(devices.no_picture("C"))
    assert len({error.title for error in errors}) == len({error.message for error in errors}) == 4


def test_a_missing_node_and_a_forbidden_one_are_told_apart(tmp_path: Path) -> None:
    assert devices._linux_trouble(str(tmp_path / "video9")) == errno.ENOENT
    plain = tmp_path / "video8"
    plain.touch()
    assert devices._linux_trouble(str(plain)) == 0  # no camera, but neither busy nor missing


@pytest.mark.parametrize(
    ("system", "present", "trouble"),
    [
        ("Windows", True, CameraTrouble.BUSY),
        ("Windows", False, CameraTrouble.UNPLUGGED),
        ("Darwin", True, CameraTrouble.DENIED),
        ("Darwin", False, CameraTrouble.UNPLUGGED),
    ],
)
def test_other_systems_get_the_best_honest_guess(
    system: str, present: bool, trouble: CameraTrouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices.platform, "system", lambda: system)
    monkeypatch.setattr(devices, "list_cameras", lambda: [ANN] if present else [BOB])
    assert why_not(ANN).trouble is trouble


def test_listing_opens_no_camera_and_has_unique_identities() -> None:
    cameras = devices.list_cameras()
    assert len({camera.identity for camera in cameras}) == len(cameras)
