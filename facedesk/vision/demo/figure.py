"""A flat figure of head and body, how it is shaped, and how it is put into a frame.

Coordinates are those of scikit-image's portrait, 512 x 512 px. Layers are drawn `SCALE` times as
large, because the figure is shown larger than the portrait is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Image

Floats = NDArray[np.float32]
"""A picture (H, W, 3) BGR 0..255, or a mask (H, W) 0..1."""
Points = Sequence[tuple[float, float]]
Move = tuple[float, float, float, float, float, float]

SCALE = 2

NECK = (225.0, 186.0)
"""The point of the portrait that `Pose` places, and about which the head tilts."""

_SHADOW = 0.22
_FRACTION_BITS = 4  # OpenCV draws at fixed point coordinates


@dataclass(frozen=True, slots=True)
class Canvas:
    """The part of the portrait on which a layer is drawn; smaller is quicker."""

    left: int
    top: int
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of a layer."""
        return self.height * SCALE, self.width * SCALE

    def cut(self, portrait: Floats) -> Floats:
        """This part of the portrait, at the portrait's own size."""
        return portrait[self.top : self.top + self.height, self.left : self.left + self.width]

    def grid(self) -> tuple[Floats, Floats]:
        """(x, y) in the portrait of every pixel of the layer."""
        y, x = np.mgrid[0 : self.height * SCALE, 0 : self.width * SCALE].astype(np.float32)
        return (x + 0.5) / SCALE - 0.5 + self.left, (y + 0.5) / SCALE - 0.5 + self.top

    def mask(self, points: Points, softness: float = 0.0, scale: int = SCALE) -> Floats:
        """The polygon filled with 1, its edge softened by `softness` px of the portrait."""
        filled = np.zeros((self.height * scale, self.width * scale), np.uint8)
        cv2.fillPoly(filled, [self._fixed(points, scale)], 255, cv2.LINE_AA, _FRACTION_BITS)
        return _soft(filled, softness * scale)

    def stroke(self, lines: Sequence[Points], width: float, softness: float = 0.0) -> Floats:
        """Lines drawn with 1, `width` px of the portrait wide."""
        drawn = np.zeros(self.shape, np.uint8)
        fixed = [self._fixed(line, SCALE) for line in lines]
        thick_px = max(1, round(width * SCALE))
        cv2.polylines(drawn, fixed, False, 255, thick_px, cv2.LINE_AA, _FRACTION_BITS)
        return _soft(drawn, softness * SCALE)

    def moved(self, layer: Floats, moves: Sequence[Move]) -> Floats:
        """`layer` bent: (x, y, by_x, by_y, wide, high) moves what is at (x, y) by (by_x, by_y).

        The displacement fades as a Gaussian of deviations (wide, high); several add up.
        """
        x, y = self.grid()
        right, down = np.zeros_like(x), np.zeros_like(y)
        for at_x, at_y, by_x, by_y, wide, high in moves:
            strength = np.exp(-0.5 * (((x - at_x) / wide) ** 2 + ((y - at_y) / high) ** 2))
            right += by_x * strength
            down += by_y * strength
        rows, columns = self.shape
        here_y, here_x = np.mgrid[0:rows, 0:columns].astype(np.float32)
        return as_floats(
            cv2.remap(
                layer,
                here_x - right * SCALE,
                here_y - down * SCALE,
                cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )

    def _fixed(self, points: Points, scale: int) -> NDArray[np.int32]:
        local = (np.asarray(points, np.float64) - (self.left, self.top)) * scale + (scale - 1) / 2
        return np.asarray(np.round(local * 2**_FRACTION_BITS), np.int32)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a figure stands: `NECK` at (x_px, y_px) of the frame, `scale` frame px a portrait px.

    `lean_deg` turns the whole figure and `tilt_deg` the head on top of that, clockwise; `light` 1.0
    is as bright as the portrait.
    """

    x_px: float
    y_px: float
    scale: float
    lean_deg: float = 0.0
    tilt_deg: float = 0.0
    light: float = 1.0


@dataclass(frozen=True, slots=True)
class Layer:
    """BGRA uint8, colour multiplied by alpha, its top left corner at `corner` of the portrait."""

    pixels: Image
    corner: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A person as two layers, so that the head can tilt on the shoulders."""

    body: Layer
    head: Layer

    def draw(self, frame: Image, pose: Pose) -> None:
        """Put the figure into `frame`, BGR uint8, in place. What lies outside is cut off."""
        body = cv2.getRotationMatrix2D(NECK, -pose.lean_deg, pose.scale)
        body[:, 2] += (pose.x_px - NECK[0], pose.y_px - NECK[1])
        tilt = cv2.getRotationMatrix2D(NECK, -pose.tilt_deg, 1.0)
        head = body @ np.vstack((tilt, (0.0, 0.0, 1.0)))
        _put(frame, self.body, body, pose.light)
        _put(frame, self.head, head, pose.light)


def make_layer(canvas: Canvas, picture: Floats, alpha: Floats) -> Layer:
    """The picture as far as `alpha` shows it, with a soft shadow baked in behind the figure."""
    small = cv2.resize(alpha, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 7 * SCALE / 4)
    aside = np.array(((1, 0, 7 * SCALE / 4), (0, 1, 5 * SCALE / 4)), np.float32)
    small = cv2.warpAffine(small, aside, small.shape[::-1])
    shadow = _SHADOW * cv2.resize(small, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    cover = alpha + (1 - alpha) * shadow
    pixels = np.dstack((picture * alpha[..., None], cover * 255))
    return Layer(np.clip(np.round(pixels), 0, 255).astype(np.uint8), (canvas.left, canvas.top))


def blend(below: Floats, above: Floats | tuple[int, int, int], mask: Floats) -> Floats:
    """`above` where `mask` is 1, `below` where it is 0."""
    share = mask[..., None]
    return below * (1 - share) + np.asarray(above, np.float32) * share


def blurred(picture: Floats, across_px: float, along_px: float | None = None) -> Floats:
    """Gaussian blur by a deviation of `across_px` (and `along_px` downwards) pixels."""
    return as_floats(
        cv2.GaussianBlur(picture, (0, 0), sigmaX=across_px, sigmaY=along_px or across_px)
    )


def as_floats(values: NDArray[Any]) -> Floats:
    """`values` as float32; OpenCV's and numpy's results carry no type of their own."""
    return np.asarray(values, np.float32)


def _soft(mask: Image, softness_px: float) -> Floats:
    softened = cv2.GaussianBlur(mask, (0, 0), softness_px) if softness_px else mask
    return as_floats(softened) / np.float32(255)


def _put(frame: Image, layer: Layer, matrix: NDArray[np.float64], light: float) -> None:
    """Blend `layer` into `frame`; `matrix` (2, 3) takes portrait to frame coordinates."""
    # Pixel centres: portrait = (layer + 0.5) / SCALE - 0.5 + corner.
    shift = np.asarray(layer.corner) + 0.5 / SCALE - 0.5
    from_layer = np.column_stack((matrix[:, :2] / SCALE, matrix[:, :2] @ shift + matrix[:, 2]))
    height, width = layer.pixels.shape[:2]
    corners = (
        np.array([(0, 0, 1), (width, 0, 1), (0, height, 1), (width, height, 1)]) @ from_layer.T
    )
    limit = (frame.shape[1], frame.shape[0])
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, limit).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, limit).astype(int)
    if right <= left or bottom <= top:
        return
    from_layer[:, 2] -= (left, top)
    warped = cv2.warpAffine(layer.pixels, from_layer, (int(right - left), int(bottom - top)))
    clear = cv2.bitwise_not(warped[..., 3])
    colour = cv2.convertScaleAbs(cv2.cvtColor(warped, cv2.COLOR_BGRA2BGR), alpha=light)
    place = frame[top:bottom, left:right]
    cv2.multiply(place, cv2.merge((clear, clear, clear)), dst=place, scale=1 / 255)
    cv2.add(place, colour, dst=place)
