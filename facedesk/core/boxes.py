"""Arithmetic of boxes (x1, y1, x2, y2), for tracks, for detections and for their labels."""

import numpy as np
from numpy.typing import NDArray


def intersection_over_union(
    boxes: NDArray[np.floating], others: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Overlap of boxes (n, 4) and (m, 4) as (n, m) in [0, 1]; a box without area overlaps none."""
    top_left = np.maximum(boxes[:, None, :2], others[None, :, :2])
    bottom_right = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.maximum(bottom_right - top_left, 0.0)
    shared = sides[..., 0] * sides[..., 1]
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0), axis=1)
    other_area = np.prod(np.maximum(others[:, 2:] - others[:, :2], 0.0), axis=1)
    union = area[:, None] + other_area[None, :] - shared
    overlap: NDArray[np.float32] = np.zeros(shared.shape, np.float32)
    np.divide(shared, union, out=overlap, where=union > 0.0)
    return overlap
