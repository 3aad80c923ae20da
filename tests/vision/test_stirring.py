"""Points of a face followed from frame to frame, on drawn pictures."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facedesk.core.liveness import stirring_of
from facedesk.core.records import Face, Image
from facedesk.vision.stirring import bent_and_moved, left_over

FACE = Face(
    (120.0, 60.0, 240.0, 180.0),
    np.array([[155, 100], [205, 100], [180, 120], [160, 150], [200, 150]], np.float32),
    0.95,
)


@pytest.fixture(scope="module")
def picture() -> Image:
    """Something with as much to follow as a face."""
    coarse = np.random.default_rng(3).integers(0, 256, (60, 90, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (360, 240), interpolation=cv2.INTER_CUBIC), np.uint8)


def warped(picture: Image, shift_px: float, bump_px: float) -> Image:
    """The picture moved, and its middle moved further than its rim, as a nose is."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    bump = bump_px * np.exp(-(((x - 180) / 30) ** 2) - ((y - 120) / 30) ** 2)
    moved = cv2.remap(picture, x - shift_px - bump, y, cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8)


def test_a_still_picture_neither_bends_nor_moves(picture: Image) -> None:
    found = bent_and_moved(picture, picture, FACE)
    assert found is not None
    assert max(found) < 0.1


def test_a_moved_sheet_moves_and_stays_stiff(picture: Image) -> None:
    found = bent_and_moved(picture, warped(picture, 4.0, 0.0), FACE)
    assert found is not None
    assert found[1] == pytest.approx(100 * 4 / 120, abs=0.3)
    assert stirring_of(*found) < -1


def test_a_nose_before_the_face_bends_it(picture: Image) -> None:
    found = bent_and_moved(picture, warped(picture, 2.0, 6.0), FACE)
    assert found is not None
    assert stirring_of(*found) > 0


def test_eyes_that_look_through_a_mask_bend_nothing(picture: Image) -> None:
    after = warped(picture, 3.0, 0.0)
    for x, y in (FACE.landmarks[:2] + np.float32([3, 0])).astype(int):
        after[y - 12 : y + 12, x - 14 : x + 14] = picture[y - 7 : y + 17, x - 20 : x + 8]
    found = bent_and_moved(picture, after, FACE)
    assert found is not None
    assert stirring_of(*found) < -1


def test_where_there_is_nothing_to_follow_nothing_is_said() -> None:
    plain = np.full((240, 360, 3), 120, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, plain.shape, np.uint8)
    assert bent_and_moved(plain, noise, FACE) is None


@pytest.mark.parametrize("turned_deg", [5, 10, 20, 30])
def test_a_turning_head_has_depth_and_a_turning_sheet_has_none(turned_deg: int) -> None:
    """An ellipsoid with a nose, of a face's proportions, five face widths away."""
    x, y = (
        side.ravel()
        for side in np.meshgrid(np.arange(-0.48, 0.49, 0.06), np.arange(-0.5, 0.6, 0.06))
    )
    depth = 0.62 * np.sqrt(np.maximum(0.02, 1 - (x / 0.58) ** 2 - (y / 0.8) ** 2))
    depth += 0.16 * np.exp(-((x / 0.1) ** 2) - ((y - 0.08) / 0.12) ** 2)
    head, sheet = (_turned(np.stack((x, y, z), 1), turned_deg) for z in (depth, 0 * depth))
    assert head > -0.25
    assert sheet < -0.25


def _turned(points: NDArray[np.float64], turned_deg: float) -> float:
    angle = np.radians(turned_deg)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    before, after = (_seen(points), _seen(points @ turn.T))
    after += np.random.default_rng(0).normal(0, 0.25, after.shape)
    return stirring_of(*left_over(before.astype(np.float32), after.astype(np.float32)))


def _seen(points: NDArray[np.float64]) -> NDArray[np.float64]:
    seen: NDArray[np.float64] = 120 * points[:, :2] / (1 - points[:, 2:] / 5)
    return seen
