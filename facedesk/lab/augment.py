"""Augmented views of stored face crops. numpy and OpenCV only; every random number is passed in.

A stored crop is 128x128 with 8 px of margin round the standard 112x112 crop, so that small shifts
and rotations find real picture at the border. One warp does geometry and resolution together.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.lab.accessories import with_glasses, with_mask

Picture = NDArray[np.uint8]

STORED_PX = 128
STANDARD_PX = 112


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Ranges and probabilities; all zero gives the plain standard crop."""

    flip: float = 0.5
    rotation_deg: float = 6.0
    scale: float = 0.06
    shift_px: float = 3.0
    light: float = 0.25
    colour: float = 0.08
    grey: float = 0.05
    blur: float = 0.12
    low_resolution: float = 0.15
    low_resolution_px: tuple[int, int] = (24, 64)
    jpeg: float = 0.1
    erase: float = 0.05
    glasses: float = 0.0
    mask: float = 0.0


PLAIN = Augmentation(0, 0, 0, 0, 0, 0, 0, 0, 0, (24, 64), 0, 0)


def view(
    crop: Picture, size_px: int, settings: Augmentation, random: np.random.Generator
) -> Picture:
    """One random view.

    Args:
        crop: ``(128, 128, 3)`` uint8 BGR.
        size_px: side of the view; 112 is the full resolution.
        settings: what may happen.
        random: source of all randomness.

    Returns:
        ``(size_px, size_px, 3)`` uint8 BGR.
    """
    # What is off draws no random numbers, so that older runs resume exactly.
    if settings.glasses and random.random() < settings.glasses:
        crop = with_glasses(crop, random)
    if settings.mask and random.random() < settings.mask:
        crop = with_mask(crop, random)
    image = _geometry(crop, size_px, settings, random)
    if random.random() < settings.low_resolution:
        image = _low_resolution(image, settings.low_resolution_px, random)
    if random.random() < settings.blur:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.6) * size_px / STANDARD_PX)
    if settings.light or settings.colour:
        image = _light(image, settings, random)
    if random.random() < settings.grey:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if random.random() < settings.jpeg:
        quality = int(random.integers(25, 80))
        _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        assert decoded is not None
        image = np.asarray(decoded, np.uint8)
    if random.random() < settings.erase:
        image = _erase(image, random)
    return image


def _geometry(
    crop: Picture, size_px: int, settings: Augmentation, random: np.random.Generator
) -> Picture:
    angle = np.deg2rad(random.uniform(-1, 1) * settings.rotation_deg)
    zoom = size_px / STANDARD_PX * np.exp(random.uniform(-1, 1) * settings.scale)
    shift = random.uniform(-1, 1, 2) * settings.shift_px * size_px / STANDARD_PX
    cosine, sine = zoom * np.cos(angle), zoom * np.sin(angle)
    mirror = -1.0 if random.random() < settings.flip else 1.0
    linear = np.array([[cosine * mirror, -sine], [sine * mirror, cosine]])
    # Pixel centres: the middle of a side of n pixels is (n - 1) / 2.
    centre = np.full(2, (STORED_PX - 1) / 2)
    offset = (size_px - 1) / 2 + shift - linear @ centre
    matrix = np.hstack([linear, offset[:, None]])
    warped: Picture = cv2.warpAffine(
        crop, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return warped


def _low_resolution(
    image: Picture, range_px: tuple[int, int], random: np.random.Generator
) -> Picture:
    size_px = image.shape[0]
    small = int(random.integers(range_px[0], range_px[1] + 1))
    if small >= size_px:
        return image
    reduced = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
    enlarged: Picture = cv2.resize(reduced, (size_px, size_px), interpolation=cv2.INTER_LINEAR)
    return enlarged


def _light(image: Picture, settings: Augmentation, random: np.random.Generator) -> Picture:
    """Gamma, gain and offset for the picture and a small gain for each channel, as one table."""
    level = np.linspace(0, 1, 256)[:, None] ** np.exp(random.normal(0, settings.light))
    gain = np.exp(random.normal(0, settings.light)) * np.exp(random.normal(0, settings.colour, 3))
    table = np.clip((level - 0.5) * gain + 0.5 + random.normal(0, settings.light / 3), 0, 1)
    lit: Picture = cv2.LUT(image, np.rint(table * 255).astype(np.uint8)[None])
    return lit


def _erase(image: Picture, random: np.random.Generator) -> Picture:
    """A patch of one colour anywhere: hands, hair, masks, sunglasses."""
    size_px = image.shape[0]
    height, width = random.integers(size_px // 8, size_px // 3, 2)
    top, left = random.integers(0, size_px - height), random.integers(0, size_px - width)
    image = image.copy()
    image[top : top + height, left : left + width] = random.integers(0, 256, 3)
    return image
