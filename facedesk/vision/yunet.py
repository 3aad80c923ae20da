"""From the dense maps of an anchor-free face network to boxes, landmarks and scores.

Sources: the grid, exponential sizes and point offsets are YuNet's (Wu, Peng and Yu, "YuNet: a tiny
millisecond-level face detector", Machine Intelligence Research 20, 2023), which takes them from
YOLOX (Ge et al., arXiv:2107.08430, section 2.2) and FCOS (Tian et al., arXiv:1904.01355).

A map of stride s has one row per cell, row-major: cell (row, column) looks at input pixel
(column * s, row * s). A box row (dx, dy, log w, log h) is a centre offset and a size in cells; a
landmark row is five (dx, dy) offsets in cells: eyes, nose, mouth corners, left before right as
seen in the image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facedesk.core.boxes import intersection_over_union

STRIDES_PX = (8, 16, 32)
# exp() of a box size above this would be a face of 20,000 cells: a broken network, not a face.
_LARGEST_LOG_SIZE = 10.0
# Non-maximum suppression is quadratic; no camera picture has more faces than this worth keeping.
_MOST_CANDIDATES = 512
# Cells that overlap a face this much mean the same one and have a say in where it is.
_SAME_FACE_IOU = 0.6
# A face under three cells of the finest map is the centre of one or two of them.
_FEW_CELLS_PX = 3 * STRIDES_PX[0]


@dataclass(frozen=True, slots=True)
class OutputNames:
    """Names of the maps of one stride. `score` factors: their geometric mean is the score.

    `witnesses`: how many cells it takes to be sure of a face, see `merge_overlaps`.
    """

    score: tuple[str, ...]
    box: str
    landmarks: str
    witnesses: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """Faces in pixels of the network's input: boxes (n, 4), landmarks (n, 5, 2), scores (n,)."""

    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    scores: NDArray[np.float32]


def output_names(available: Sequence[str]) -> dict[int, OutputNames]:
    """Which maps a network has, by stride.

    The public YuNet files write `cls_8 obj_8 bbox_8 kps_8`, ours `score_8 box_8 landmarks_8`.
    Raises ValueError if the names are of neither kind.
    """
    names = set(available)
    for score, box, landmarks, witnesses in (
        (("score",), "box", "landmarks", 3),
        (("cls", "obj"), "bbox", "kps", 1),
    ):
        found = {
            stride_px: OutputNames(
                score=tuple(f"{name}_{stride_px}" for name in score),
                box=f"{box}_{stride_px}",
                landmarks=f"{landmarks}_{stride_px}",
                witnesses=witnesses,
            )
            for stride_px in STRIDES_PX
        }
        wanted = {n for maps in found.values() for n in (*maps.score, maps.box, maps.landmarks)}
        if wanted <= names:
            return found
    raise ValueError(f"not the outputs of a face detector we can decode: {sorted(names)}")


def decode(
    maps: Mapping[str, NDArray[np.float32]],
    names: Mapping[int, OutputNames],
    input_width_px: int,
    score_threshold: float,
) -> Candidates:
    """Every cell at or above the threshold as a face, best score first, not yet suppressed.

    Each map is (1, cells, channels). The threshold comes before the geometry: of 6,300 cells of a
    640x480 picture a few dozen are left to decode.
    """
    boxes, landmarks, scores = [], [], []
    for stride_px, name in names.items():
        score = _score(maps, name.score)
        chosen = np.flatnonzero(score >= score_threshold)
        if chosen.size == 0:
            continue
        columns = input_width_px // stride_px
        cell = np.stack((chosen % columns, chosen // columns), axis=1).astype(np.float32)
        box = maps[name.box][0, chosen]
        centre = (cell + box[:, :2]) * stride_px
        half_size = np.exp(np.minimum(box[:, 2:], _LARGEST_LOG_SIZE)) * (stride_px / 2)
        offsets = maps[name.landmarks][0, chosen].reshape(-1, 5, 2)
        boxes.append(np.concatenate((centre - half_size, centre + half_size), axis=1))
        landmarks.append((cell[:, None] + offsets) * stride_px)
        scores.append(score[chosen])
    if not scores:
        return Candidates(
            np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, np.float32)
        )
    all_scores = np.concatenate(scores)
    order = np.argsort(-all_scores, kind="stable")[:_MOST_CANDIDATES]
    return Candidates(
        np.concatenate(boxes)[order].astype(np.float32, copy=False),
        np.concatenate(landmarks)[order].astype(np.float32, copy=False),
        all_scores[order].astype(np.float32, copy=False),
    )


def _score(maps: Mapping[str, NDArray[np.float32]], names: tuple[str, ...]) -> NDArray[np.float32]:
    first = maps[names[0]].reshape(-1)
    if len(names) == 1:
        return first
    # OpenCV clamps both factors to [0, 1] before the root; rounding puts some just outside.
    product = np.clip(first, 0.0, 1.0) * np.clip(maps[names[1]].reshape(-1), 0.0, 1.0)
    return np.sqrt(product)


def suppress_overlaps(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], iou_threshold: float
) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: indices of the boxes kept, best score first.

    A box goes when it overlaps a better kept one by more than `iou_threshold`; of equal scores
    the earlier row wins, so that the answer does not depend on the sort.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = intersection_over_union(boxes[best][None], boxes[rest])[0]
        order = rest[overlap <= iou_threshold]
    return np.asarray(kept, dtype=np.intp)


def merge_overlaps(found: Candidates, iou_threshold: float, witnesses: int = 1) -> Candidates:
    """One face for each heap of candidates, best score first.

    Non-maximum suppression throws away what the neighbours of the best cell saw. Here they vote:
    box and landmarks are means over the cells that see the same face, weighted by the square of
    their scores, which is steadier and more exact than any one of them.

    The score is the mean of the `witnesses` best of them, a missing one counting as 0: a network
    that was taught to answer for a face in several cells is wrong in lone ones more often. 1 keeps
    the best cell's score, and so does a face that is too small to fill several cells.

    Sources: box voting (Gidaris and Komodakis, ICCV 2015, arXiv:1505.01749, section 4); blending
    instead of suppression (Bazarevsky et al., BlazeFace, arXiv:1907.05047, section 3.4).
    """
    kept = suppress_overlaps(found.boxes, found.scores, iou_threshold)
    agrees = intersection_over_union(found.boxes[kept], found.boxes) >= _SAME_FACE_IOU
    agrees[np.arange(len(kept)), kept] = True  # a box without area overlaps not even itself
    votes = np.where(agrees, found.scores, np.float32(0.0))
    weights = votes**2
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    boxes = weights @ found.boxes
    best = np.sort(votes, axis=1)[:, : -witnesses - 1 : -1].sum(axis=1) / np.float32(witnesses)
    is_small = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0.0) < _FEW_CELLS_PX
    scores = np.where(is_small, found.scores[kept], best)
    order = np.argsort(-scores, kind="stable")
    landmarks = np.tensordot(weights, found.landmarks, axes=1)
    return Candidates(boxes[order], landmarks[order], scores[order])
