"""Pseudo-labels: a face is what several public detectors see in several views of one picture.

Averaging a teacher over views is data distillation (Radosavovic et al., CVPR 2018,
arXiv:1712.04440). Each network looks at the picture at two sizes and mirrored; boxes and points
are the mean over the views, which is steadier than any single view. What only some views see is
neither face nor background: training ignores it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.boxes import intersection_over_union
from facedesk.core.records import Face
from facedesk.vision.detect import Detector

# Landmarks in the order they have after mirroring the picture.
MIRRORED = (1, 0, 2, 4, 3)
_SAME_FACE_IOU = 0.45
_ENOUGH_VOTES = 0.7
_ENOUGH_SCORE = 0.6
# The short-range BlazeFace looks at 128x128 pixels: below this share of the picture's longer side
# its silence says nothing.
_BLAZE_SEES_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Labels:
    """boxes (n, 4), landmarks (n, 5, 2), certain (n,): False means ignore, not background."""

    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    certain: NDArray[np.bool_]


def views(
    detector: Detector, image: NDArray[np.uint8], longest_px: tuple[int, ...]
) -> list[list[Face]]:
    """Faces of the picture and its mirror at every size, in pixels of the picture."""
    found = []
    for length_px in longest_px:
        scale = length_px / max(image.shape[:2])
        width_px, height_px = round(image.shape[1] * scale), round(image.shape[0] * scale)
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        resized = cv2.resize(image, (width_px, height_px), interpolation=method)
        back = np.array((image.shape[1] / width_px, image.shape[0] / height_px), np.float32)
        for mirror in (False, True):
            seen = np.ascontiguousarray(resized[:, ::-1]) if mirror else resized
            found.append([_back(face, back, width_px, mirror) for face in detector.detect(seen)])
    return found


def _back(face: Face, back: NDArray[np.float32], width_px: int, mirror: bool) -> Face:
    corners = np.asarray(face.box, np.float32).reshape(2, 2)
    points = face.landmarks
    if mirror:
        flip, move = np.array((-1, 1), np.float32), np.array((width_px - 1, 0), np.float32)
        corners = (corners * flip + move)[:, :]
        corners = np.stack((corners.min(0), corners.max(0)))
        points = (points * flip + move)[list(MIRRORED)]
    corners, points = (corners + 0.5) * back - 0.5, (points + 0.5) * back - 0.5
    x1, y1, x2, y2 = (float(v) for v in corners.reshape(-1))
    return Face((x1, y1, x2, y2), points.astype(np.float32), face.score)


def agree(
    by_network: Mapping[str, list[list[Face]]], blaze: list[Face] | None, longest_side_px: int
) -> Labels:
    """Fuse the views of all networks. `blaze` None means that BlazeFace was not asked."""
    votes = [
        (face, network, index)
        for network, seen in by_network.items()
        for index, faces in enumerate(seen)
        for face in faces
    ]
    votes.sort(key=lambda vote: -vote[0].score)
    number_of_views = sum(len(seen) for seen in by_network.values())
    blaze_boxes = np.array([face.box for face in blaze or []], np.float32).reshape(-1, 4)
    boxes: list[NDArray[np.float32]] = []
    landmarks: list[NDArray[np.float32]] = []
    certain: list[bool] = []
    while votes:
        lead = np.array([votes[0][0].box], np.float32)
        others = np.array([vote[0].box for vote in votes], np.float32)
        together = intersection_over_union(lead, others)[0] > _SAME_FACE_IOU
        together[0] = True
        group = [vote for vote, inside in zip(votes, together, strict=True) if inside]
        votes = [vote for vote, inside in zip(votes, together, strict=True) if not inside]
        weights = np.array([vote[0].score for vote in group], np.float32)
        box = np.average([vote[0].box for vote in group], axis=0, weights=weights)
        points = np.average([vote[0].landmarks for vote in group], axis=0, weights=weights)
        views_seen = len({(network, index) for _, network, index in group})
        sure = (
            views_seen >= _ENOUGH_VOTES * number_of_views
            and {network for _, network, _ in group} == set(by_network)
            and float(weights.mean()) >= _ENOUGH_SCORE
        )
        if blaze is not None and max(box[2:] - box[:2]) > _BLAZE_SEES_SHARE * longest_side_px:
            overlap = intersection_over_union(box[None].astype(np.float32), blaze_boxes)
            sure = sure and bool(overlap.max(initial=0.0) > 0.3)
        boxes.append(box.astype(np.float32))
        landmarks.append(points.astype(np.float32))
        certain.append(sure)
    for face in blaze or []:
        known = np.array(boxes, np.float32).reshape(-1, 4)
        overlap = intersection_over_union(np.array([face.box], np.float32), known)
        if overlap.max(initial=0.0) < 0.3:
            boxes.append(np.array(face.box, np.float32))
            landmarks.append(face.landmarks)
            certain.append(False)
    return Labels(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(landmarks, np.float32).reshape(-1, 5, 2),
        np.array(certain, np.bool_),
    )
