"""What paper and screens do to a face that is photographed again, drawn at random.

Everything works on BGR uint8 (H, W, 3) and a numpy generator, so that a seed gives the same attack
again. Sources of the kinds: Boulkenafet et al., "OULU-NPU" (FG 2017) for prints and replays;
Patel et al., "Secure face unlock" (TIFS 2016) for moire, gamut and reflections.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def _image(values: NDArray[np.floating]) -> Image:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def _grid(image: Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    return x, y


def printed(image: Image, random: np.random.Generator) -> Image:
    """Ink on paper: fewer colours, lifted black, dots or grain, sometimes a glossy streak."""
    values = image.astype(np.float32)
    grey = values.mean(axis=2, keepdims=True)
    values = grey + (values - grey) * random.uniform(0.35, 1.0)
    if random.random() < 0.15:
        values = np.repeat(grey, 3, axis=2)
    black, white = random.uniform(5, 60), random.uniform(170, 250)
    values = black + values * ((white - black) / 255)
    values *= 1 + random.uniform(-0.1, 0.1, 3).astype(np.float32)
    x, y = _grid(image)
    if random.random() < 0.5:
        period = random.uniform(1.7, 4.0)
        angle = random.uniform(0, np.pi)
        along = x * np.cos(angle) + y * np.sin(angle)
        across = -x * np.sin(angle) + y * np.cos(angle)
        dots = np.sin(2 * np.pi * along / period) * np.sin(2 * np.pi * across / period)
        values += random.uniform(2, 14) * dots[..., None]
    else:
        grain = random.normal(0, random.uniform(1, 7), image.shape[:2]).astype(np.float32)
        values += cv2.GaussianBlur(grain, (0, 0), random.uniform(0.4, 1.2))[..., None]
    if random.random() < 0.5:
        values += _gloss(image, random)
    return _image(values)


def displayed(image: Image, random: np.random.Generator) -> Image:
    """A phone, tablet or monitor: moire, colour cast, glow, scan lines, reflections."""
    values = image.astype(np.float32) / 255
    values = values ** random.uniform(0.7, 1.5)
    values = values * random.uniform(0.75, 1.2) + random.uniform(0.0, 0.12)
    cast = np.array([random.uniform(0.98, 1.25), 1.0, random.uniform(0.8, 1.05)], np.float32)
    values = values * cast * 255
    x, y = _grid(image)
    for _ in range(int(random.integers(0, 4))):
        period = random.uniform(2.0, 14.0)
        angle = random.uniform(0, np.pi)
        bent = 1 + random.uniform(-0.003, 0.003) * (x + y)
        wave = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) * bent / period
        # The three sub-pixels lie side by side, so the colours beat out of step.
        phase = random.uniform(0, 2 * np.pi) + np.arange(3, dtype=np.float32) * random.uniform(0, 2)
        values += random.uniform(2, 12) * np.sin(wave[..., None] + phase)
    if random.random() < 0.3:
        period = random.uniform(2.0, 5.0)
        values *= 1 + random.uniform(0.02, 0.1) * np.sin(2 * np.pi * y / period)[..., None]
    if random.random() < 0.3:  # a band between two refreshes of the screen
        top, height = random.uniform(0, image.shape[0]), random.uniform(0.1, 0.4) * image.shape[0]
        inside = (np.abs(y - top) < height / 2).astype(np.float32)
        soft = cv2.GaussianBlur(inside, (0, 0), max(1.0, height / 8))
        values *= 1 - random.uniform(0.05, 0.3) * soft[..., None]
    if random.random() < 0.4:
        values += _gloss(image, random)
    return _image(values)


def _gloss(image: Image, random: np.random.Generator) -> NDArray[np.float32]:
    """Light of a lamp or window on the surface, (H, W, 1)."""
    x, y = _grid(image)
    side = float(max(image.shape[:2]))
    angle = random.uniform(0, np.pi)
    across = (x - random.uniform(0, side)) * np.cos(angle) + (y - random.uniform(0, side)) * np.sin(
        angle
    )
    along = -(x - side / 2) * np.sin(angle) + (y - side / 2) * np.cos(angle)
    spot = np.exp(
        -((across / (side * random.uniform(0.05, 0.4))) ** 2)
        - (along / (side * random.uniform(0.1, 1.5))) ** 2
    )
    light: NDArray[np.float32] = (random.uniform(10, 110) * spot)[..., None].astype(np.float32)
    return light


def photographed(image: Image, random: np.random.Generator) -> Image:
    """The webcam itself: focus, noise, compression; real faces and pictures alike."""
    if random.random() < 0.5:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.3, 1.3)), np.uint8)
    if random.random() < 0.5:
        noise = random.normal(0, random.uniform(1, 9), image.shape).astype(np.float32)
        image = _image(image + noise)
    if random.random() < 0.5:
        options = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(30, 92))]
        _, coded = cv2.imencode(".jpg", image, options)
        image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return image


def held_before(
    picture: Image, scene: Image, random: np.random.Generator, *, screen: bool
) -> Image:
    """A picture whose face is in the middle, cut to a sheet or a device and held before a scene.

    `picture` and `scene` have one square size; the face fills about 1 / 3.6 of it. The sheet may be
    so large that its edge lies outside the picture: then only its surface gives it away.
    """
    size = picture.shape[0]
    face = size / 3.6
    middle = size / 2
    reach = random.uniform(0.55, 1.9, 4) * face
    left, right, top, bottom = (
        middle - reach[0],
        middle + reach[1],
        middle - reach[2] * 1.1,
        (middle + reach[3] * 1.2),
    )
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    tilt = random.normal(0, 0.05 * face, corners.shape).astype(np.float32)
    angle = random.normal(0, 0.12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    target = ((corners - middle) @ turn.T + middle + tilt).astype(np.float32)
    warp = cv2.getPerspectiveTransform(corners, target)
    moved = cv2.warpPerspective(picture, warp, (size, size), borderMode=cv2.BORDER_REPLICATE)
    out = np.array(scene)
    border = random.uniform(0.02, 0.2) * face if random.random() < 0.75 else 0.0
    if border:
        outward = np.sign(corners - middle) * border
        edge = ((corners + outward - middle) @ turn.T + middle + tilt).astype(np.int32)
        shade = random.uniform(0, 60) if screen else random.uniform(150, 255)
        colour = tuple(float(shade + value) for value in random.normal(0, 5, 3))
        cv2.fillPoly(out, [edge], colour, cv2.LINE_AA)
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [target.astype(np.int32)], 255, cv2.LINE_AA)
    share = mask[..., None].astype(np.float32) / 255
    out = _image(out * (1 - share) + moved * share)
    if random.random() < 0.5:
        _hold(out, target, random)
    return out


def _hold(image: Image, corners: NDArray[np.float32], random: np.random.Generator) -> None:
    """Fingers at an edge, drawn IN PLACE."""
    first = int(random.integers(0, 4))
    at = corners[first] + (corners[(first + 1) % 4] - corners[first]) * random.uniform(0.1, 0.9)
    skin = np.array([random.uniform(60, 160), random.uniform(80, 190), random.uniform(120, 235)])
    size = image.shape[0]
    for finger in range(int(random.integers(1, 5))):
        centre = at + finger * random.uniform(0.04, 0.07) * size * np.array([0.3, 1.0])
        axes = (max(2, round(random.uniform(0.06, 0.16) * size)), max(2, round(0.03 * size)))
        shade = tuple(float(value) for value in skin * random.uniform(0.85, 1.0))
        cv2.ellipse(
            image, tuple(np.round(centre).astype(int).tolist()), axes,
            float(random.normal(0, 25)), 0, 360, shade, -1, cv2.LINE_AA,
        )  # fmt: skip
