"""Points of a face followed from frame to frame, on drawn pictures."""

import cv2
import numpy as np
import pytest

from facedesk.core.liveness import stirring_of
from facedesk.core.records import Image
from facedesk.vision.stirring import bent_and_moved

BOX = (120.0, 60.0, 240.0, 180.0)


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
    found = bent_and_moved(picture, picture, BOX)
    assert found is not None
    assert max(found) < 0.1


def test_a_moved_sheet_moves_and_stays_stiff(picture: Image) -> None:
    found = bent_and_moved(picture, warped(picture, 4.0, 0.0), BOX)
    assert found is not None
    assert found[1] == pytest.approx(100 * 4 / 120, abs=0.3)
    assert stirring_of(*found) < -1


def test_a_nose_before_the_face_bends_it(picture: Image) -> None:
    found = bent_and_moved(picture, warped(picture, 2.0, 6.0), BOX)
    assert found is not None
    assert stirring_of(*found) > 0


def test_where_there_is_nothing_to_follow_nothing_is_said() -> None:
    plain = np.full((240, 360, 3), 120, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, plain.shape, np.uint8)
    assert bent_and_moved(plain, noise, BOX) is None
