"""Overlap of boxes by hand, and of boxes without area."""

import numpy as np

from facedesk.core.boxes import intersection_over_union


def test_iou_of_known_boxes() -> None:
    boxes = np.array([[0, 0, 2, 2], [0, 0, 0, 0]], float)
    others = np.array([[1, 0, 3, 2], [10, 10, 12, 12]], float)
    assert np.allclose(intersection_over_union(boxes, others), [[1 / 3, 0], [0, 0]])
