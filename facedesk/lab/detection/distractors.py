"""What a detector takes for faces and must not: parts of pictures beside them, and round things.

Hard negatives after Felzenszwalb et al. ("Object detection with discriminatively trained part
based models", PAMI 2010, section 4.4), made beforehand: fists, hair, mugs, badges and lit windows
were what version 1.1 mistook on the pictures kept for the test.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
# How often a square beside all faces is looked for in one picture.
_TRIES = 8


def beside(image: Image, boxes: NDArray[np.float32], random: np.random.Generator) -> Image | None:
    """A square of the picture that touches no box (n, 4): hair, hands, clothes, a room. None
    where none was found."""
    height, width = image.shape[:2]
    for _ in range(_TRIES):
        side = int(random.uniform(0.12, 0.5) * min(height, width))
        if side < 12:
            continue
        x, y = int(random.integers(0, width - side)), int(random.integers(0, height - side))
        apart = (
            (boxes[:, 2] <= x)
            | (boxes[:, 0] >= x + side)
            | (boxes[:, 3] <= y)
            | (boxes[:, 1] >= y + side)
        )
        if apart.all():
            return image[y : y + side, x : x + side]
    return None


def round_thing(side_px: int, random: np.random.Generator) -> tuple[Image, Image]:
    """A badge, mug, lamp or plate with up to four marks on it, and its opacity (side, side)."""
    image = np.empty((side_px, side_px, 3), np.uint8)
    image[:] = random.integers(0, 256, 3)
    alpha = np.zeros((side_px, side_px), np.uint8)
    middle = (side_px // 2, side_px // 2)
    wide, high = (max(2, round(side_px * random.uniform(0.3, 0.48))) for _ in range(2))
    cv2.ellipse(alpha, middle, (wide, high), 0, 0, 360, 255, -1, cv2.LINE_AA)
    for share in np.sort(random.uniform(0.3, 0.95, int(random.integers(0, 4))))[::-1]:
        axes = (max(1, round(wide * share)), max(1, round(high * share)))
        cv2.ellipse(image, middle, axes, 0, 0, 360, _colour(random), -1, cv2.LINE_AA)
    for _ in range(int(random.integers(0, 5))):
        x, y = (int(value) for value in random.uniform(0.25, 0.75, 2) * side_px)
        axes = (max(1, round(side_px * random.uniform(0.02, 0.15))), max(1, round(side_px * 0.05)))
        turn_deg = float(random.uniform(0, 180))
        cv2.ellipse(image, (x, y), axes, turn_deg, 0, 360, _colour(random), -1, cv2.LINE_AA)
    return image, alpha


def _colour(random: np.random.Generator) -> tuple[float, float, float]:
    blue, green, red = random.uniform(0, 255, 3)
    return float(blue), float(green), float(red)
