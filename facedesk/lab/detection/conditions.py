"""Hard conditions, made from ordinary pictures by transforms that are written down here.

Every transform takes a picture with its certain face and gives a 640x480 frame with the face's
new box; the same picture always gives the same frame.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Box = NDArray[np.float64]
Points = NDArray[np.float64]
FRAME_PX = (640, 480)


def _place(
    image: Image,
    points: Points,
    box: Box,
    face_px: float,
    angle_deg: float = 0.0,
    centre: tuple[float, float] = (0.5, 0.5),
) -> tuple[Image, Points, Box]:
    """The picture laid into a frame: longer side of its face `face_px`, centred at a fraction."""
    scale = face_px / float(max(box[2:] - box[:2]))
    matrix = np.array(cv2.getRotationMatrix2D((0, 0), angle_deg, scale), np.float64)
    middle = (box[:2] + box[2:]) / 2
    matrix[:, 2] = np.array(centre) * FRAME_PX - matrix[:, :2] @ middle
    if scale < 1:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.5 / scale), np.uint8)
    frame = cv2.warpAffine(image, matrix, FRAME_PX, borderMode=cv2.BORDER_REPLICATE)
    half = (box[2:] - box[:2]) / 2 * scale
    moved = matrix[:, :2] @ middle + matrix[:, 2]
    return (
        np.asarray(frame, np.uint8),
        points @ matrix[:, :2].T + matrix[:, 2],
        np.concatenate((moved - half, moved + half)),
    )


def _plain(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    frame, _, moved = _place(image, points, box, 160)
    return frame, moved


def _dark(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    """8 % of the light and noise of 4 grey values."""
    frame, moved = _plain(image, points, box)
    noise = np.random.default_rng(1).normal(0, 4, frame.shape)
    return np.clip(frame * 0.08 + noise, 0, 255).astype(np.uint8), moved


def _window(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    """Before a window: the face at 25 % of its light, all around it blown out to white."""
    frame, moved = _plain(image, points, box)
    centre = (moved[:2] + moved[2:]) / 2
    y, x = np.mgrid[0 : FRAME_PX[1], 0 : FRAME_PX[0]]
    away = np.hypot((x - centre[0]) / 110, (y - centre[1]) / 130)
    bright = np.clip(away - 0.75, 0, 1)[..., None]
    return np.clip(frame * 0.25 * (1 - bright) + 255 * bright, 0, 255).astype(np.uint8), moved


def _mask(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    """A light blue surgical mask from the nose bridge to under the chin."""
    frame, moved_points, moved = _place(image, points, box, 160)
    left_eye, right_eye, _, left_mouth, right_mouth = moved_points
    across, mouth = right_eye - left_eye, (left_mouth + right_mouth) / 2
    down = mouth - (left_eye + right_eye) / 2
    top = left_eye + 0.45 * down
    corners = np.array(
        [
            top - 0.25 * across,
            top + 0.5 * across - 0.1 * down,
            top + 1.25 * across,
            mouth + 0.65 * across + 0.55 * down,
            mouth - 0.65 * across + 0.55 * down,
        ]
    )
    cv2.fillPoly(frame, [np.round(corners).astype(np.int32)], (220, 200, 160), cv2.LINE_AA)
    return frame, moved


def _glasses(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    """Black sunglasses."""
    frame, moved_points, moved = _place(image, points, box, 160)
    eyes = moved_points[:2]
    length = float(np.hypot(*(eyes[1] - eyes[0])))
    for eye in eyes:
        centre = (round(float(eye[0])), round(float(eye[1])))
        axes = (round(length * 0.38), round(length * 0.28))
        cv2.ellipse(frame, centre, axes, 0, 0, 360, (15, 15, 15), -1, cv2.LINE_AA)
    return frame, moved


def _tilted(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    frame, _, moved = _place(image, points, box, 160, angle_deg=30)
    return frame, moved


def _half_out(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    """The middle of the face on the frame's left border; the box is its visible half."""
    frame, _, moved = _place(image, points, box, 200, centre=(0.0, 0.5))
    return frame, np.array([0.0, moved[1], moved[2], moved[3]])


def _three_metres(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    """28 px: a face of 23 cm at 3 m before a camera that sees 70 degrees in 640 px."""
    frame, _, moved = _place(image, points, box, 28)
    return frame, moved


def _thirty_centimetres(image: Image, points: Points, box: Box) -> tuple[Image, Box]:
    """350 px of 480: about 30 cm before that camera."""
    frame, _, moved = _place(image, points, box, 350)
    return frame, moved


Transform = Callable[[Image, Points, Box], tuple[Image, Box]]
CONDITIONS: dict[str, Transform] = {
    "as it is, 160 px": _plain,
    "in the dark": _dark,
    "against a window": _window,
    "with a mask": _mask,
    "with sunglasses": _glasses,
    "tilted 30 degrees": _tilted,
    "half out of the frame": _half_out,
    "at 3 m (28 px)": _three_metres,
    "at 30 cm (350 px)": _thirty_centimetres,
}
