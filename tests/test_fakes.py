"""The fakes behave as the rooms above expect of the real things."""

import threading

import numpy as np
import pytest

from facedesk.core.errors import CameraError, CameraTrouble
from facedesk.core.quality import ENROLMENT_LIMITS, QualityLimits, assess
from facedesk.vision.picture_health import fingerprint, is_black
from tests.fakes import (
    COLOURS,
    Black,
    Busy,
    Denied,
    FakeCamera,
    FakeClock,
    FakeDetector,
    FakeEmbedder,
    Frozen,
    Hang,
    Lost,
    Show,
    picture,
    vector_of,
)


def test_the_clock_passes_only_when_told() -> None:
    clock = FakeClock()
    utc, monotonic_s = clock.utc(), clock.monotonic_s()
    clock.advance(2.5)
    assert clock.monotonic_s() - monotonic_s == 2.5
    assert (clock.utc() - utc).total_seconds() == 2.5
    clock.set_utc(utc)
    assert clock.monotonic_s() - monotonic_s == 2.5


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("side", [64, 150, 300])
def test_a_square_is_found_and_known_again(colour: str, side: int) -> None:
    image = picture((colour, (90, 70, side)), size=(640, 480))
    (face,) = FakeDetector().detect(image)
    assert face.box == (90, 70, 90 + side, 70 + side)
    embedder = FakeEmbedder()
    crop = embedder.crop(image, face.landmarks)
    assert embedder.embed([crop])[0] == pytest.approx(vector_of(colour))
    assert (embedder.calls, embedder.embedded) == (1, 1)


@pytest.mark.parametrize("limits", [QualityLimits(), ENROLMENT_LIMITS])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_square_passes_the_quality_gate(colour: str, limits: QualityLimits) -> None:
    image = picture((colour, (90, 70, 200)))
    (face,) = FakeDetector().detect(image)
    crop = FakeEmbedder().crop(image, face.landmarks)
    assert assess(crop, face, (640, 480), limits).reasons == ()


def test_two_people_are_two_vectors() -> None:
    vectors = np.stack([vector_of(colour) for colour in COLOURS])
    scores = vectors @ vectors.T
    assert scores[~np.eye(len(scores), dtype=bool)].max() < 0.5


def test_people_half_out_of_the_picture_are_drawn_as_far_as_they_are_in_it() -> None:
    image = picture(("red", (-50, -20, 100)), ("blue", (600, 440, 100)))
    assert len(FakeDetector().detect(image)) == 2


def test_a_script_of_shows() -> None:
    clock = FakeClock()
    red, blue = picture(("red", (9, 9, 99))), picture(("blue", (9, 9, 99)))
    camera = FakeCamera([Show(red, 0.1), Black(0.1), Frozen(blue, 0.1)], clock, live=False)
    camera.open()
    start_s = clock.monotonic_s()
    images = []
    while (image := camera.read()) is not None:
        images.append(image)
    assert len(images) == camera.frames == 9
    assert clock.monotonic_s() - start_s == pytest.approx(0.3)
    assert [is_black(image) for image in images] == [False] * 3 + [True] * 3 + [False] * 3
    assert len({fingerprint(image) for image in images[:3]}) == 3
    assert len({fingerprint(image) for image in images[6:]}) == 1


def test_a_live_camera_goes_on_with_its_last_picture() -> None:
    camera = FakeCamera([Show(picture(("red", (9, 9, 99))), 0.05)], FakeClock())
    camera.open()
    for _ in range(10):
        image = camera.read()
        assert image is not None
    assert len(FakeDetector().detect(image)) == 1


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        (Busy(2), CameraTrouble.BUSY),
        (Denied(2), CameraTrouble.DENIED),
        (Lost(2), CameraTrouble.UNPLUGGED),
    ],
)
def test_opens_that_fail_and_heal(step: Busy | Denied | Lost, trouble: CameraTrouble) -> None:
    camera = FakeCamera([step, Show(picture(), 1.0)], FakeClock())
    for _ in range(2):
        with pytest.raises(CameraError) as caught:
            camera.open()
        assert caught.value.trouble is trouble
    camera.open()
    assert camera.read() is not None


def test_a_camera_lost_while_it_runs_comes_back() -> None:
    camera = FakeCamera([Show(picture(), 0.1), Lost(1), Show(picture(), 0.1)], FakeClock())
    camera.open()
    with pytest.raises(CameraError):
        while True:
            camera.read()
    camera.close()
    with pytest.raises(CameraError):
        camera.open()
    camera.open()
    assert camera.read() is not None


def test_a_hanging_read_waits_for_its_release() -> None:
    camera = FakeCamera([Hang(), Show(picture(), 1.0)], FakeClock())
    camera.open()
    images: list[object] = []
    reader = threading.Thread(target=lambda: images.append(camera.read()), daemon=True)
    reader.start()
    assert camera.hanging.wait(5.0)
    assert images == []
    camera.release()
    reader.join(5.0)
    assert len(images) == 1
