"""Videos, folders, pictures and streams as a source of frames."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from facedesk.core.errors import BadInputError, CameraError, CameraTrouble
from facedesk.vision.files import FileSource, natural_order, without_credentials
from tests.fakes import FakeClock


def write_video(path: Path, frames: int = 10, fps: float = 20.0) -> Path:
    """Frame number i is a flat picture of brightness 20 + 10 i."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    for i in range(frames):
        writer.write(np.full((48, 64, 3), (20 + 10 * i) % 250, np.uint8))
    writer.release()
    return path


def read_all(source: FileSource) -> list[int]:
    """The brightness of every frame."""
    values = []
    while (image := source.read()) is not None:
        values.append(round(float(image.mean())))
    return values


def test_a_video_gives_each_frame_once_and_ends(tmp_path: Path) -> None:
    source = FileSource(write_video(tmp_path / "Übung 1.avi"))
    given = source.open()
    assert (given.width_px, given.height_px, given.fps) == (64, 48, 20.0)
    assert (given.pixel_format, given.backend) == ("MJPG", "FFMPEG")
    assert read_all(source) == pytest.approx([20 + 10 * i for i in range(10)], abs=2)
    assert source.read() is None
    source.close()


def test_realtime_plays_at_the_speed_of_the_file(tmp_path: Path) -> None:
    clock, slept = FakeClock(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)

    source = FileSource(write_video(tmp_path / "v.avi"), realtime=True, clock=clock, sleep=sleep)
    source.open()
    assert len(read_all(source)) == 10
    assert sum(slept) == pytest.approx(9 / 20)
    source.close()


def test_a_late_reader_is_not_hurried(tmp_path: Path) -> None:
    clock, slept = FakeClock(), []
    source = FileSource(
        write_video(tmp_path / "v.avi"), realtime=True, clock=clock, sleep=slept.append
    )
    source.open()
    for _ in range(5):
        source.read()
        clock.advance(1.0)
    assert slept == []
    source.close()


def test_a_folder_is_read_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        Pillow.new("L", (30, 20), number * 20).save(tmp_path / f"frame {number}.PNG")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_text("no picture")
    source = FileSource(tmp_path)
    assert source.open().backend == "pictures"
    assert read_all(source) == [20, 40, 200]
    source.close()


def test_natural_order_knows_numbers_and_scripts() -> None:
    names = ["b2.png", "a10.png", "a9.png", "ä1.png", "1.png", "a.png"]
    ordered = [p.name for p in sorted(map(Path, names), key=natural_order)]
    assert ordered == ["1.png", "a9.png", "a10.png", "a.png", "b2.png", "ä1.png"]


def test_pictures_in_a_folder_are_turned_upright(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.new("RGB", (40, 20)).save(tmp_path / "a.jpg", exif=exif)
    source = FileSource(tmp_path / "a.jpg")
    given = source.open()
    assert (given.width_px, given.height_px) == (20, 40)
    assert source.read() is not None
    assert source.read() is None


@pytest.mark.parametrize("content", [b"", b"RIFF this is no video", bytes(5000)])
def test_what_is_no_video_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.avi"
    path.write_bytes(content)
    with pytest.raises(BadInputError) as caught:
        FileSource(path).open()
    assert "broken.avi" in caught.value.message


def test_missing_and_empty_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="does not exist"):
        FileSource(tmp_path / "none.mp4").open()
    with pytest.raises(BadInputError, match="does not exist"):
        FileSource(tmp_path / "none.jpg").open()
    with pytest.raises(BadInputError, match="No pictures"):
        FileSource(tmp_path).open()


def test_a_video_cut_off_in_the_middle_says_so(tmp_path: Path) -> None:
    path = write_video(tmp_path / "cut.avi", frames=60)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    source = FileSource(path)
    source.open()
    with pytest.raises(CameraError, match="damaged") as caught:
        read_all(source)
    assert caught.value.trouble is CameraTrouble.ENDED
    source.close()


class Stream:
    """cv2.VideoCapture's shape for a stream of `frames` pictures."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.arguments: tuple[Any, ...] = ()
        self.released = 0

    def __call__(self, *arguments: Any) -> "Stream":
        self.arguments = arguments
        return self

    def isOpened(self) -> bool:  # noqa: N802
        return self.frames > 0

    def read(self) -> tuple[bool, Any]:
        self.frames -= 1
        return (True, np.zeros((4, 4, 3), np.uint8)) if self.frames >= 0 else (False, None)

    def get(self, name: int) -> float:
        return -1.0

    def getBackendName(self) -> str:  # noqa: N802
        return "FFMPEG"

    def release(self) -> None:
        self.released += 1


URL = "rtsp://admin:secret%40@cam.local:554/h264?token=abc"


def test_a_stream_shows_its_address_without_credentials() -> None:
    stream = Stream(3)
    source = FileSource(URL, realtime=True, capture=stream)
    assert source.live
    assert source.name == source.identity == "rtsp://cam.local:554/h264"
    source.open()
    assert stream.arguments[0] == URL
    assert [source.read() is not None for _ in range(3)] == [True] * 3
    with pytest.raises(CameraError) as caught:
        source.read()
    assert caught.value.trouble is CameraTrouble.ENDED
    assert "secret" not in str(caught.value)
    source.close()


def test_an_unreachable_stream_is_a_camera_error_without_credentials() -> None:
    stream = Stream(0)
    with pytest.raises(CameraError) as caught:
        FileSource(URL, capture=stream).open()
    assert caught.value.trouble is CameraTrouble.UNPLUGGED
    assert "secret" not in str(caught.value)
    assert stream.released == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("https://u@h/p#x", "https://h/p"),
        ("rtsp://10.0.0.7", "rtsp://10.0.0.7"),
    ],
)
def test_addresses_are_shown_whole_but_for_secrets(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


def test_a_senseless_address_is_refused_at_once() -> None:
    with pytest.raises(BadInputError):
        FileSource("http://host:notaport/")


def test_a_source_can_be_opened_again(tmp_path: Path) -> None:
    source = FileSource(write_video(tmp_path / "v.avi"))
    source.open()
    source.read()
    source.open()
    assert len(read_all(source)) == 10
    source.close()


def test_animation_is_played_as_a_video(tmp_path: Path) -> None:
    from PIL import Image as Pillow

    shades = [Pillow.new("RGB", (64, 48), (shade, shade, shade)) for shade in (40, 120, 200)]
    path = tmp_path / "people.gif"
    shades[0].save(path, save_all=True, append_images=shades[1:], duration=80)
    source = FileSource(path)
    source.open()
    brightness = []
    while (image := source.read()) is not None:
        brightness.append(round(float(image.mean()), -1))
    source.close()
    assert brightness == [40, 120, 200]
