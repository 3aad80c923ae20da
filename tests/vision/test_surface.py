import cv2
import numpy as np
import pytest

from facedesk.core.records import Image
from facedesk.vision.surface import grid_of

BOX = (280.0, 180.0, 360.0, 280.0)


def skin(seed: int = 0) -> Image:
    """Soft shades under a sensor's noise."""
    random = np.random.default_rng(seed)
    shades = cv2.resize(random.normal(130, 40, (24, 32, 3)), (640, 480))
    noise = cv2.GaussianBlur(random.normal(0, 6, (480, 640, 3)), (0, 0), 0.7)
    return np.asarray(np.clip(shades + noise, 0, 255), np.uint8)


def shown(image: Image, period_px: float, angle_deg: float, strength: float) -> Image:
    """On a screen whose dots beat with those of the sensor."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    angle = np.radians(angle_deg)
    along = x * np.cos(angle) + y * np.sin(angle)
    waves = strength * np.sin(2 * np.pi * along / period_px)
    return np.asarray(np.clip(image + waves[..., None], 0, 255), np.uint8)


def test_skin_has_no_pattern() -> None:
    assert max(grid_of(skin(seed), BOX) for seed in range(5)) < 2.5


@pytest.mark.parametrize("period_px", [2.5, 4.0, 8.0])
@pytest.mark.parametrize("angle_deg", [20, 50, 130])
def test_a_screen_has_one(period_px: float, angle_deg: float) -> None:
    assert grid_of(shown(skin(), period_px, angle_deg, 6.0), BOX) > 3


def test_the_blocks_of_a_compressed_picture_are_none() -> None:
    _, coded = cv2.imencode(".jpg", skin(), [cv2.IMWRITE_JPEG_QUALITY, 40])
    again = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    assert grid_of(again, BOX) < 2.6


def test_small_pictures_and_faces_at_the_border_are_read_or_left() -> None:
    assert grid_of(skin()[:80, :80], (10.0, 10.0, 60.0, 60.0)) == 0.0
    assert 0 < grid_of(skin(), (600.0, 440.0, 660.0, 500.0)) < 3
