"""One contract for every source of frames, and what `--source` understands."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from facedesk.core.errors import BadInputError
from facedesk.vision.camera import FrameSource, WebCamera
from facedesk.vision.files import FileSource
from facedesk.vision.sources import open_source
from tests.fakes import FakeCamera, FakeClock, Show, picture
from tests.vision.test_camera import DESK, Driver, make
from tests.vision.test_files import Stream, write_video

Maker = Callable[[Path], FrameSource]


def folder(path: Path) -> FrameSource:
    for number in range(3):
        Pillow.new("RGB", (64, 48), (number, 0, 0)).save(path / f"{number}.png")
    return FileSource(path)


MAKERS: dict[str, Maker] = {
    "web camera": lambda path: make(Driver({0}), [DESK]),
    "fake camera": lambda path: FakeCamera([Show(picture(), 0.1)], FakeClock()),
    "fake video": lambda path: FakeCamera([Show(picture(), 0.1)], FakeClock(), live=False),
    "video": lambda path: FileSource(write_video(path / "video.avi", 3)),
    "folder": folder,
    "stream": lambda path: FileSource("rtsp://host/stream", capture=Stream(5)),
}


@pytest.fixture(params=MAKERS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> FrameSource:
    made: FrameSource = MAKERS[request.param](tmp_path)
    return made


def test_contract_of_an_open_source(source: FrameSource) -> None:
    given = source.open()
    assert source.name
    assert source.identity
    image = source.read()
    assert image is not None
    assert image.dtype == np.uint8
    assert image.shape == (given.height_px, given.width_px, 3)
    assert image.flags.writeable
    image[:] = 7
    again = source.read()
    assert again is not None
    assert (again != 7).any()  # each picture is the caller's own
    source.close()


def test_contract_of_closing(source: FrameSource) -> None:
    source.close()
    source.open()
    source.close()
    source.close()
    source.open()
    assert source.read() is not None
    source.close()


def test_contract_of_the_end(source: FrameSource) -> None:
    if source.live:
        pytest.skip("a live source has no end")
    source.open()
    for _ in range(10):
        if source.read() is None:
            break
    assert source.read() is None
    source.close()


@pytest.mark.parametrize("text", ["", "0", "12", " 1 ", DESK.identity, "Logitech C920"])
def test_cameras_by_index_identity_and_name(text: str) -> None:
    assert isinstance(open_source(text), WebCamera)


@pytest.mark.parametrize("text", ["rtsp://host/s", "https://u:p@host/v.m3u8"])
def test_addresses_are_live_files(text: str) -> None:
    assert open_source(text).live


def test_paths_are_files_and_need_to_exist(tmp_path: Path) -> None:
    assert not open_source(str(tmp_path)).live
    for text in (str(tmp_path / "none.avi"), "none.avi", "folder/none", r"C:\none"):
        with pytest.raises(BadInputError, match="does not exist"):
            open_source(text)
