"""The cues on drawn scenes, where what moves and what stands around the face is known."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedesk.core.records import Box, Face, Image
from facedesk.paths import resources_dir, shipped_models_dir
from facedesk.vision.cards import read_card
from facedesk.vision.liveness import (
    AveragedLiveness,
    FaceWatch,
    OnnxLiveness,
)
from facedesk.vision.runtime import open_session
from facedesk.vision.surroundings import sheet_sides

FACE_PX = 80


class Quiet:
    name = "quiet"

    def __init__(self, value: float = 0.0) -> None:
        self.value = value

    def logit(self, image: Image, box: Box) -> float:
        return self.value


def texture(seed: int, size: tuple[int, int]) -> Image:
    """Blobs that can be followed, of (width, height)."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 255, (size[1] // 6, size[0] // 6, 3), np.uint8)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def scene(shift: int, *, sheet: bool, noise: int = 0) -> tuple[Image, Face]:
    """A face that moved by `shift` px before a wall, alone or on a sheet of paper."""
    image = texture(1, (640, 480)) // 2 + 60
    x, y = 280 + shift, 190
    if sheet:
        image[y - 70 : y + 180, x - 90 : x + 170] = texture(2, (260, 250)) // 2 + 80
    image[y : y + 100, x : x + FACE_PX] = texture(3, (FACE_PX, 100))
    if noise:
        image = cv2.add(image, np.random.default_rng(noise).integers(0, 4, image.shape, np.uint8))
    points = np.float32([[20, 40], [60, 40], [40, 60], [25, 80], [55, 80]]) + np.float32([x, y])
    return image, Face((x, y, x + FACE_PX, y + 100), points.astype(np.float32), 0.95)


def together(sheet: bool) -> list[float]:
    watch = FaceWatch(Quiet())
    found = []
    for number in range(10):
        glance = watch.look(*scene(3 * number, sheet=sheet, noise=number + 1))
        if glance.together is not None:
            found.append(glance.together)
    return found


def test_a_face_before_a_wall_moves_alone() -> None:
    found = together(sheet=False)
    assert len(found) >= 4
    assert np.mean(found) < 0.2


def test_a_face_on_paper_takes_the_paper_along() -> None:
    found = together(sheet=True)
    assert len(found) >= 4
    assert np.mean(found) > 0.8


def test_a_face_that_stands_still_tells_nothing() -> None:
    watch = FaceWatch(Quiet())
    looks = [watch.look(*scene(0, sheet=True, noise=number + 1)) for number in range(8)]
    assert all(glance.together is None for glance in looks)


def test_the_same_pixels_have_the_same_fingerprint_and_noise_another() -> None:
    watch = FaceWatch(Quiet())
    first, again = (watch.look(*scene(0, sheet=False)) for _ in range(2))
    noisy = watch.look(*scene(0, sheet=False, noise=5))
    assert first.fingerprint == again.fingerprint != noisy.fingerprint


def framed(draw: Callable[[Image], None]) -> Image:
    grey = np.full((160, 160), 120, np.uint8)
    cv2.circle(grey, (80, 80), 20, 200, -1)
    draw(grey)
    return cv2.add(grey, np.random.default_rng(0).integers(0, 6, grey.shape, np.uint8))


def test_paper_around_the_face_has_four_sides() -> None:
    def paper(grey: Image) -> None:
        cv2.rectangle(grey, (38, 34), (122, 130), 230, 3)

    assert sheet_sides(framed(paper)) == 4


def test_paper_held_askew_has_them_too() -> None:
    def paper(grey: Image) -> None:
        corners = cv2.boxPoints(((80.0, 82.0), (84.0, 98.0), 12.0))
        cv2.polylines(grey, [np.round(corners).astype(np.int32)], True, 230, 3)

    assert sheet_sides(framed(paper)) >= 3


def test_a_door_frame_is_one_side_and_an_empty_wall_none() -> None:
    def door(grey: Image) -> None:
        cv2.line(grey, (40, 0), (40, 159), 30, 3)

    assert sheet_sides(framed(door)) == 1
    assert sheet_sides(framed(lambda _grey: None)) == 0


def test_networks_are_averaged() -> None:
    image, face = scene(0, sheet=False)
    both = AveragedLiveness(Quiet(3.0), Quiet(-1.0))
    assert both.logit(image, face.box) == pytest.approx(1.0)
    assert both.name == "quiet+quiet"


def shipped() -> OnnxLiveness:
    file = shipped_models_dir() / "face_liveness.onnx"
    return OnnxLiveness(open_session(file, "cpu")[0], read_card(file.with_suffix(".json")))


def test_the_shipped_network_runs_as_its_card_says() -> None:
    network = shipped()
    image, face = scene(0, sheet=False)
    assert network.name == "facedesk-liveness"
    assert np.isfinite(network.logit(image, face.box))
    assert network.logit(image, face.box) == network.logit(image.copy(), face.box)


@pytest.mark.model
@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["minifasnet_v2_2.7_80", "minifasnet_v1se_4_80", "minifasnet_v2se_celebaspoof"]
)
def test_public_networks_are_read_the_right_way_round(shared_dir: Path, name: str) -> None:
    file = shared_dir / "models" / f"{name}.onnx"
    network = OnnxLiveness(
        open_session(file, "cpu")[0], read_card(resources_dir() / "catalogue" / f"{name}.json")
    )
    clips = shared_dir / "data" / "webcam"
    living = first_logit(network, clips / "real" / "0009_00_01.mp4", (267, 101, 421, 304))
    print_ = first_logit(network, clips / "attack" / "0002_01_03.mp4", (191, 165, 337, 361))
    assert living > 0 > print_


def first_logit(network: OnnxLiveness, clip: Path, box: Box) -> float:
    there, image = cv2.VideoCapture(str(clip)).read()
    assert there
    return network.logit(np.asarray(image, np.uint8), box)
