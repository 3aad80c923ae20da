import numpy as np
import pytest

from facedesk.vision.picture_health import fingerprint, is_black
from tests.fakes import picture

RANDOM = np.random.default_rng(1)


def test_a_covered_lens_is_black_despite_its_noise() -> None:
    assert is_black(np.zeros((480, 640, 3), np.uint8))
    assert is_black(RANDOM.integers(0, 14, (480, 640, 3), np.uint8))


def test_a_dark_room_with_a_lamp_is_not_black() -> None:
    night = RANDOM.integers(0, 10, (480, 640, 3), np.uint8)
    night[40:120, 500:600] = 180
    assert not is_black(night)
    assert not is_black(picture(("red", (100, 100, 80))))


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (640, 480)])
def test_any_size_is_judged(size: tuple[int, int]) -> None:
    assert is_black(np.zeros((size[1], size[0], 3), np.uint8))
    assert isinstance(fingerprint(np.zeros((size[1], size[0], 3), np.uint8)), int)


def test_fingerprints_are_equal_for_equal_pictures_only() -> None:
    image = RANDOM.integers(0, 255, (480, 640, 3), np.uint8)
    other = image.copy()
    assert fingerprint(image) == fingerprint(other)
    other[96, 333, 1] ^= 1
    assert fingerprint(image) != fingerprint(other)
    shifted = np.asfortranarray(image)
    assert fingerprint(shifted) == fingerprint(image)
