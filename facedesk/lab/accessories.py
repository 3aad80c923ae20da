"""Glasses and masks drawn onto stored crops, where their landmarks are known to lie.

Drawn, not photographed: they teach that the place of eyes or mouth may say nothing.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.vision.align import ARCFACE_TEMPLATE

Picture = NDArray[np.uint8]
_MARGIN_PX = 8
_LEFT_EYE, _RIGHT_EYE, _NOSE, _LEFT_MOUTH, _RIGHT_MOUTH = ARCFACE_TEMPLATE + _MARGIN_PX
_SUBPIXEL = 4  # cv2's shift: coordinates in sixteenths of a pixel


def with_glasses(crop: Picture, random: np.random.Generator) -> Picture:
    """A copy of the (128, 128, 3) crop with a frame, now and then dark lenses."""
    drawn = crop.copy()
    colour = _colour(random, 0, 120)
    width_px = int(random.integers(1, 4))
    half = np.array([random.uniform(12, 17), random.uniform(8, 13)])
    centres = [eye + random.normal(0, 1, 2) for eye in (_LEFT_EYE, _RIGHT_EYE)]
    if random.random() < 0.3:
        dark = drawn.copy()
        for centre in centres:
            _ellipse(dark, centre, half, _colour(random, 0, 60), -1)
        strength = random.uniform(0.5, 0.98)
        drawn = np.asarray(cv2.addWeighted(dark, strength, drawn, 1 - strength, 0), np.uint8)
    for centre in centres:
        _ellipse(drawn, centre, half, colour, width_px)
    left, right = centres[0] + (half[0], 0), centres[1] - (half[0], 0)
    _line(drawn, left, right, colour, width_px)
    for inner, edge in ((centres[0] - (half[0], 0), 0.0), (centres[1] + (half[0], 0), 127.0)):
        _line(drawn, inner, np.array([edge, inner[1] + random.uniform(-4, 2)]), colour, width_px)
    return drawn


def with_mask(crop: Picture, random: np.random.Generator) -> Picture:
    """A copy of the (128, 128, 3) crop with nose and mouth behind a piece of cloth."""
    drawn = crop.copy()
    top = _NOSE + np.array([0, random.uniform(-8, 3)])
    sides = random.uniform(18, 30)
    low = (_LEFT_MOUTH + _RIGHT_MOUTH) / 2 + (0, random.uniform(16, 26))
    outline = np.array(
        [
            top,
            (_RIGHT_MOUTH[0] + sides, top[1] + random.uniform(2, 8)),
            (_RIGHT_MOUTH[0] + sides * 0.6, low[1] - 4),
            low,
            (_LEFT_MOUTH[0] - sides * 0.6, low[1] - 4),
            (_LEFT_MOUTH[0] - sides, top[1] + random.uniform(2, 8)),
        ]
    )
    colour = _colour(random, 20, 256)
    cv2.fillPoly(drawn, [_fixed(outline)], colour, cv2.LINE_AA, _SUBPIXEL)
    for share in (0.35, 0.6, 0.8):  # folds
        row = top[1] + share * (low[1] - top[1])
        shade = tuple(0.85 * part for part in colour)
        ends = (np.array([_LEFT_MOUTH[0] - 10, row]), np.array([_RIGHT_MOUTH[0] + 10, row]))
        _line(drawn, *ends, shade, 1)
    return drawn


def _colour(random: np.random.Generator, low: int, high: int) -> tuple[float, ...]:
    return tuple(float(part) for part in random.integers(low, high, 3))


def _fixed(points: NDArray[np.floating]) -> NDArray[np.int32]:
    sixteenths: NDArray[np.int32] = np.rint(points * 2**_SUBPIXEL).astype(np.int32)
    return sixteenths


def _ellipse(
    image: Picture,
    centre: NDArray[np.floating],
    half: NDArray[np.floating],
    colour: tuple[float, ...],
    width_px: int,
) -> None:
    place, axes = _fixed(centre).tolist(), _fixed(half).tolist()
    cv2.ellipse(image, place, axes, 0, 0, 360, colour, width_px, cv2.LINE_AA, _SUBPIXEL)


def _line(
    image: Picture,
    start: NDArray[np.floating],
    end: NDArray[np.floating],
    colour: tuple[float, ...],
    width_px: int,
) -> None:
    first, last = _fixed(start).tolist(), _fixed(end).tolist()
    cv2.line(image, first, last, colour, width_px, cv2.LINE_AA, _SUBPIXEL)
