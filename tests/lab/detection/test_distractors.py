"""Things that are no faces: cut beside all faces, or painted."""

import numpy as np
import pytest

from facedesk.lab.detection.distractors import beside, round_thing


def test_what_lies_beside_a_face_has_none_of_it() -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    image[30:90, 40:100] = 255
    boxes = np.array([[40, 30, 100, 90]], np.float32)
    parts = [beside(image, boxes, np.random.default_rng(seed)) for seed in range(40)]
    found = [part for part in parts if part is not None]
    assert len(found) > 20
    for part in found:
        assert part.shape[0] == part.shape[1] >= 12
        assert not part.any()


def test_a_face_that_fills_the_picture_leaves_nothing_beside_it() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    everywhere = np.array([[0, 0, 64, 64]], np.float32)
    assert beside(image, everywhere, np.random.default_rng(0)) is None


@pytest.mark.parametrize("seed", range(12))
def test_a_round_thing_is_opaque_in_its_middle_and_clear_in_its_corners(seed: int) -> None:
    image, alpha = round_thing(48, np.random.default_rng(seed))
    again, _ = round_thing(48, np.random.default_rng(seed))
    assert image.shape == (48, 48, 3)
    assert alpha[24, 24] == 255
    assert not alpha[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert np.array_equal(image, again)
