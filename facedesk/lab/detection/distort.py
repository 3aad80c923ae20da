"""What light, lenses, compression, hands and masks do to a face picture. Geometry is untouched."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def _as_image(values: NDArray[np.floating] | NDArray[np.integer]) -> Image:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def light(image: Image, random: np.random.Generator) -> Image:
    """Gamma 0.4 to 2.2, contrast, brightness and a colour cast, through one table a channel."""
    ramp = np.arange(256, dtype=np.float32) / 255
    curve = ramp ** np.exp(random.uniform(-0.9, 0.8))
    curve = (curve - 0.5) * random.uniform(0.6, 1.35) + 0.5 + random.uniform(-0.12, 0.12)
    gains = 1 + random.uniform(-0.12, 0.12, 3)
    table = _as_image(np.clip(curve, 0, 1)[:, None] * gains[None] * 255)
    return np.asarray(cv2.LUT(image, table[:, None, :]), np.uint8)


def uneven_light(image: Image, random: np.random.Generator) -> Image:
    """A lamp or a window from one side: gain rising across the picture."""
    height, width = image.shape[:2]
    angle = random.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    slope = x * np.cos(angle) + y * np.sin(angle)
    gain = 1 + random.uniform(0.2, 0.7) * np.tanh(slope * random.uniform(0.7, 3))
    return _as_image(image * gain[..., None].astype(np.float32))


def dark(image: Image, random: np.random.Generator) -> Image:
    """A room at night: 12 to 40 % of the light, and noise of a camera at full gain."""
    factor = random.uniform(0.12, 0.4)
    noise = random.normal(0, random.uniform(1, 7), image.shape).astype(np.float32)
    return _as_image(image * np.float32(factor) + noise)


def noise(image: Image, random: np.random.Generator) -> Image:
    strength = random.uniform(2, 16)
    return _as_image(image + random.normal(0, strength, image.shape).astype(np.float32))


def blur(image: Image, random: np.random.Generator) -> Image:
    """Out of focus, or moved while the shutter was open."""
    if random.random() < 0.6:
        sigma = random.uniform(0.4, 1.8)
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
    length = int(random.integers(3, 9))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    centre = ((length - 1) / 2, (length - 1) / 2)
    turn = cv2.getRotationMatrix2D(centre, random.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return np.asarray(cv2.filter2D(image, -1, kernel / max(kernel.sum(), 1e-3)), np.uint8)


def jpeg(image: Image, random: np.random.Generator) -> Image:
    quality = int(random.integers(18, 80))
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def grey(image: Image, random: np.random.Generator) -> Image:
    del random
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))


def distort(image: Image, random: np.random.Generator) -> Image:
    """One random walk through all of the above; a third of the pictures stay as they are."""
    if random.random() < 0.34:
        return image
    for change, chance in (
        (light, 0.6),
        (uneven_light, 0.15),
        (dark, 0.05),
        (blur, 0.2),
        (noise, 0.15),
        (grey, 0.1),
        (jpeg, 0.15),
    ):
        if random.random() < chance:
            image = change(image, random)
    return image


def cover(image: Image, landmarks: NDArray[np.float32], random: np.random.Generator) -> None:
    """Paint over part of a face IN PLACE: mask, dark glasses, hand, phone. Landmarks stay true."""
    left_eye, right_eye, nose, left_mouth, right_mouth = landmarks.astype(np.float64)
    across = right_eye - left_eye
    eyes_px = float(np.hypot(*across))
    mouth = (left_mouth + right_mouth) / 2
    down = mouth - (left_eye + right_eye) / 2
    colour = tuple(float(value) for value in random.uniform(0, 255, 3))
    what = random.random()
    if what < 0.4:  # a mask from the nose bridge to under the chin
        top = left_eye + down * random.uniform(0.3, 0.55)
        points = (
            top - across * 0.25,
            top + across * 0.5 - down * 0.1,
            top + across * 1.25,
            mouth + across * 0.65 + down * 0.55,
            mouth - across * 0.65 + down * 0.55,
        )
        cv2.fillPoly(image, [np.round(np.array(points)).astype(np.int32)], colour, cv2.LINE_AA)
        return
    if what < 0.65:  # dark glasses, or thin frames
        thickness = -1 if random.random() < 0.5 else max(1, round(eyes_px * 0.06))
        shade = tuple(float(value) for value in random.uniform(0, 70, 3))
        angle = float(np.degrees(np.arctan2(across[1], across[0])))
        axes = (max(1, round(eyes_px * 0.38)), max(1, round(eyes_px * 0.28)))
        for eye in (left_eye, right_eye):
            centre = (round(float(eye[0])), round(float(eye[1])))
            cv2.ellipse(image, centre, axes, angle, 0, 360, shade, thickness, cv2.LINE_AA)
        ends = [tuple(np.round(eye).astype(int).tolist()) for eye in (left_eye, right_eye)]
        cv2.line(image, ends[0], ends[1], shade, max(1, round(eyes_px * 0.06)), cv2.LINE_AA)
        return
    # A hand (skin-coloured ellipse) or a phone (rectangle) over about a third of the face.
    middle = nose + across * random.uniform(-0.9, 0.9) + down * random.uniform(-0.9, 1.2)
    size = (
        max(2.0, eyes_px * random.uniform(0.4, 1.1)),
        max(2.0, eyes_px * random.uniform(0.7, 2)),
    )
    turned = ((float(middle[0]), float(middle[1])), size, float(random.uniform(0, 180)))
    if what < 0.85:
        skin = (random.uniform(40, 190), random.uniform(60, 200), random.uniform(90, 235))
        cv2.ellipse(image, turned, skin, -1, cv2.LINE_AA)
    else:
        corners = np.round(cv2.boxPoints(turned)).astype(np.int32)
        cv2.fillPoly(image, [corners], colour, cv2.LINE_AA)
