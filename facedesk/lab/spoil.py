"""Good pictures made bad in the ways that spoil a gallery, for measuring what is refused.

Each function takes a BGR picture (H, W, 3) with one face near its middle, as in LFW, and a number
that makes two pictures of a kind different.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Spoil = Callable[[Image, int], Image]

# An LFW head as an ellipsoid: half axes as shares of the picture's width and height.
_HEAD = (0.25, 0.34)


def blurred(image: Image, _number: int) -> Image:
    return _as_image(cv2.GaussianBlur(image, (0, 0), 4))


def grainy(image: Image, number: int) -> Image:
    """Out of focus before a sensor in a dim room, whose noise looks like sharpness."""
    noise = np.random.default_rng(number).normal(0, 4, image.shape)
    return _as_image(np.clip(blurred(image, number) + noise, 0, 255))


def shaken(image: Image, _number: int) -> Image:
    """Moved by 15 pixels while the shutter was open."""
    return _as_image(cv2.filter2D(image, -1, np.full((1, 15), 1 / 15, np.float32)))


def tiny(image: Image, _number: int) -> Image:
    """The face about 45 px wide, before a wall."""
    small = cv2.resize(image, (100, 100), interpolation=cv2.INTER_AREA)
    return _as_image(cv2.copyMakeBorder(small, 100, 100, 100, 100, cv2.BORDER_REPLICATE))


def dark(image: Image, _number: int) -> Image:
    return _as_image(image * 0.12)


def white(image: Image, _number: int) -> Image:
    return _as_image(np.clip(image.astype(np.float32) * 1.5 + 190, 0, 255))


def fog(image: Image, _number: int) -> Image:
    return _as_image(image * 0.08 + 150)


def profile(image: Image, number: int) -> Image:
    """Turned by 65 degrees to one side: the picture lies on an ellipsoid, whose back is as dark as
    its top. A real nose stands out of the ellipsoid: what is refused here is refused there.
    """
    height, width = image.shape[:2]
    yaw = np.radians(65.0 if number % 2 else -65.0)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u = (x - width / 2) / (_HEAD[0] * width)
    v = (y - height / 2) / (_HEAD[1] * height)
    inside = u**2 + v**2 < 1
    z = np.sqrt(np.clip(1 - u**2 - v**2, 0, 1))
    from_u = u * np.cos(yaw) - z * np.sin(yaw)
    in_front = u * np.sin(yaw) + z * np.cos(yaw) > 0
    source_x = np.where(inside, from_u * _HEAD[0] * width + width / 2, x).astype(np.float32)
    turned = cv2.remap(image, source_x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    hair = image[round(height * 0.2), width // 2] * 0.6
    turned[inside & ~in_front] = hair.astype(np.uint8)
    return _as_image(turned)


def half_a_face(image: Image, _number: int) -> Image:
    return _as_image(image[:, image.shape[1] // 2 :])


def cartoon(image: Image, _number: int) -> Image:
    """Flat colours between black lines, as painting programs make of a photo."""
    flat = image
    for _ in range(4):
        flat = cv2.bilateralFilter(flat, 9, 40, 7)
    levels = (flat // 32) * 32 + 16
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 5)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4)
    return _as_image(np.where(lines[..., np.newaxis] > 0, levels, 0))


def two_faces(image: Image, number: int) -> Image:
    return _as_image(np.hstack([image, np.roll(image[:, ::-1], number % 5, axis=0)]))


def nobody(_image: Image, number: int) -> Image:
    return _as_image(np.random.default_rng(number).integers(90, 110, (250, 250, 3)))


KINDS: Mapping[str, Spoil] = {
    "blurred (sigma 4 px)": blurred,
    "blurred, with noise": grainy,
    "shaken (15 px)": shaken,
    "tiny (45 px)": tiny,
    "dark": dark,
    "white": white,
    "fog": fog,
    "profile (65 degrees)": profile,
    "half a face": half_a_face,
    "cartoon": cartoon,
    "two faces": two_faces,
    "no face": nobody,
}


def _as_image(array: NDArray[np.generic]) -> Image:
    return np.ascontiguousarray(array, np.uint8)
