"""A square window around a face at a fixed multiple of its size, whatever the picture's borders."""

import cv2
import numpy as np

from facedesk.core.records import Box, Image


def window(box: Box, scale: float) -> tuple[float, float, float]:
    """(left, top, side) in pixels of the square of `scale` times the mean side of `box`."""
    side = scale * (box[2] - box[0] + box[3] - box[1]) / 2
    return (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2, side


def cut_window(image: Image, box: Box, scale: float, size_px: int) -> Image:
    """The window as `size_px` x `size_px` BGR uint8; where the picture ends, its border goes on.

    The window is never moved or shrunk to fit: a face near the edge or close to the camera keeps
    its scale, so that a step forward does not change what a network sees of the face.
    """
    left, top, side = window(box, scale)
    x0, y0 = round(left), round(top)
    x1, y1 = max(x0 + 1, round(left + side)), max(y0 + 1, round(top + side))
    height, width = image.shape[:2]
    inside = image[
        min(max(0, y0), height - 1) : max(1, min(height, y1)),
        min(max(0, x0), width - 1) : max(1, min(width, x1)),
    ]
    # Shrunk before it is padded: a window that is mostly outside costs no more than another.
    target = (
        max(1, round(size_px * inside.shape[1] / (x1 - x0))),
        max(1, round(size_px * inside.shape[0] / (y1 - y0))),
    )
    smaller = inside.shape[0] * inside.shape[1] > target[0] * target[1]
    part = cv2.resize(inside, target, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    if target == (size_px, size_px):
        return np.asarray(part, np.uint8)
    before_x = min(size_px - target[0], max(0, round(-x0 * size_px / (x1 - x0))))
    before_y = min(size_px - target[1], max(0, round(-y0 * size_px / (y1 - y0))))
    padded = cv2.copyMakeBorder(
        part,
        before_y,
        size_px - target[1] - before_y,
        before_x,
        size_px - target[0] - before_x,
        cv2.BORDER_REPLICATE,
    )
    return np.asarray(padded, np.uint8)
