"""Which cell answers for which face, and what it should say.

Static assignment by size and centre, as FCOS does it (Tian et al., arXiv:1904.01355, section 3.2;
centre sampling as in its later version): the longer side of a face chooses the stride, the cells
near its centre are positive. Next to the chosen strides and in doubtful faces a cell is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facedesk.lab.detection.labels import Labels
from facedesk.vision.yunet import STRIDES_PX

# The longer sides of a face, in pixels, that a stride answers for. They overlap, so that a face
# that grows while someone walks up does not blink at a border.
SIZES_PX = {8: (0.0, 56.0), 16: (40.0, 128.0), 32: (92.0, 1e9)}
# Between these factors outside the range a cell is neither right nor wrong.
_DOUBTFUL = 1.5
_RADIUS_CELLS = 1.6
_RADIUS_FACE = 0.4
# Less than this and a tiny face between four cells would have none.
_LEAST_RADIUS_CELLS = 0.71

BACKGROUND, FACE, IGNORED = 0, 1, -1


@dataclass(frozen=True, slots=True)
class Targets:
    """For all cells of all strides, in order: state (n,) int8, boxes (n, 4), landmarks (n, 10),
    in pixels of the input."""

    state: NDArray[np.int8]
    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]


def cells(width_px: int, height_px: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points (n, 2) and strides (n,) of all cells, in the order of the network's outputs."""
    points, strides = [], []
    for stride_px in STRIDES_PX:
        y, x = np.mgrid[0 : height_px // stride_px, 0 : width_px // stride_px]
        points.append(np.stack((x, y), axis=-1).reshape(-1, 2) * stride_px)
        strides.append(np.full(x.size, stride_px))
    return np.concatenate(points).astype(np.float32), np.concatenate(strides).astype(np.float32)


def assign(labels: Labels, width_px: int, height_px: int) -> Targets:
    """Targets of a picture; of two faces over one cell the smaller is meant."""
    points, strides = cells(width_px, height_px)
    state = np.zeros(len(points), np.int8)
    boxes = np.zeros((len(points), 4), np.float32)
    landmarks = np.zeros((len(points), 10), np.float32)
    sides = labels.boxes[:, 2:] - labels.boxes[:, :2]
    least = np.array([SIZES_PX[int(stride)][0] for stride in STRIDES_PX], np.float32)
    most = np.array([SIZES_PX[int(stride)][1] for stride in STRIDES_PX], np.float32)
    level = np.searchsorted(np.array(STRIDES_PX), strides.astype(int))
    # Larger faces first, so that smaller ones overwrite; doubtful faces before all others.
    order = np.lexsort((-sides.max(axis=1, initial=0), labels.certain))
    for face in order:
        box = labels.boxes[face]
        if not labels.certain[face]:
            inside = ((points >= box[:2]) & (points <= box[2:])).all(axis=1)
            state[inside] = IGNORED
            continue
        longest = float(sides[face].max())
        away = np.abs(points - (box[:2] + box[2:]) / 2)
        radius = np.minimum(
            _RADIUS_CELLS * strides,
            np.maximum(_RADIUS_FACE * longest, _LEAST_RADIUS_CELLS * strides),
        )
        near = (away <= radius[:, None]).all(axis=1)
        mine = (longest >= least[level]) & (longest <= most[level])
        maybe = (longest * _DOUBTFUL >= least[level]) & (longest / _DOUBTFUL <= most[level])
        state[near & maybe & ~mine & (state == BACKGROUND)] = IGNORED
        chosen = near & mine
        state[chosen] = FACE
        boxes[chosen] = box
        landmarks[chosen] = labels.landmarks[face].reshape(-1)
    return Targets(state, boxes, landmarks)
