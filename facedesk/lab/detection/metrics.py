"""Detections against truth: matching, precision, recall, average precision, landmark error.

Matching as PASCAL VOC does it (Everingham et al., IJCV 2010, section 4.2): best score first, each
face once, IoU of at least 0.5; what lies on an ignored face counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facedesk.core.boxes import intersection_over_union
from facedesk.core.records import Face
from facedesk.lab.detection.labels import Labels

SAME_FACE_IOU = 0.5
# On an ignored face a box may be drawn in many ways.
_ON_IGNORED_IOU = 0.2


@dataclass(frozen=True, slots=True)
class Matched:
    """Every counted detection and every certain face of a set of pictures.

    Detections, best score first: `score`, `right`, `place`. Faces: `face_px` (longer side),
    `face_place`, `found_score` (0 where missed), `iou`, `nme` (mean distance of five points over
    the eye distance; NaN where missed or without points). A place (n, 5) is the number of the
    picture and the box in it.
    """

    score: NDArray[np.float64]
    right: NDArray[np.bool_]
    place: NDArray[np.float64]
    face_px: NDArray[np.float64]
    face_place: NDArray[np.float64]
    found_score: NDArray[np.float64]
    iou: NDArray[np.float64]
    nme: NDArray[np.float64]
    pictures: int


def normalised_error(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """Mean distance of five points over the distance of the wanted eyes (NME)."""
    between_eyes = float(np.hypot(*(wanted[1] - wanted[0])))
    return float(np.hypot(*(found - wanted).T).mean() / max(between_eyes, 1e-6))


def match(
    found: Sequence[Sequence[Face]], truth: Sequence[Labels], same_iou: float = SAME_FACE_IOU
) -> Matched:
    """Match picture by picture; both sequences in the same order."""
    scores: list[float] = []
    rights: list[bool] = []
    places: list[tuple[float, ...]] = []
    faces: list[tuple[float, float, float, float]] = []
    face_places: list[tuple[float, ...]] = []
    for number, (detections, labels) in enumerate(zip(found, truth, strict=True)):
        boxes = np.array([face.box for face in detections], np.float32).reshape(-1, 4)
        overlap = intersection_over_union(boxes, labels.boxes)
        taken: dict[int, int] = {}
        for index in sorted(range(len(detections)), key=lambda k: -detections[k].score):
            free = [
                face
                for face in np.flatnonzero(labels.certain)
                if face not in taken and overlap[index, face] >= same_iou
            ]
            if free:
                taken[int(max(free, key=lambda face: float(overlap[index, face])))] = index
            elif (overlap[index, ~labels.certain] > _ON_IGNORED_IOU).any():
                continue
            scores.append(detections[index].score)
            rights.append(bool(free))
            places.append((number, *detections[index].box))
        for face in np.flatnonzero(labels.certain):
            face_places.append((number, *labels.boxes[face].tolist()))
            side_px = float((labels.boxes[face, 2:] - labels.boxes[face, :2]).max())
            if int(face) not in taken:
                faces.append((side_px, 0.0, 0.0, np.nan))
                continue
            index = taken[int(face)]
            error = normalised_error(detections[index].landmarks, labels.landmarks[face])
            faces.append((side_px, detections[index].score, float(overlap[index, face]), error))
    order = np.argsort(-np.array(scores), kind="stable")
    table = np.array(faces, np.float64).reshape(-1, 4)
    return Matched(
        score=np.array(scores, np.float64)[order],
        right=np.array(rights, np.bool_)[order],
        place=np.array(places, np.float64).reshape(-1, 5)[order],
        face_px=table[:, 0],
        face_place=np.array(face_places, np.float64).reshape(-1, 5),
        found_score=table[:, 1],
        iou=table[:, 2],
        nme=table[:, 3],
        pictures=len(truth),
    )


def precision_recall(matched: Matched) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(recall, precision) after each detection, precision made monotonic (VOC 2010 and later)."""
    hits = np.cumsum(matched.right)
    precision = hits / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return hits / max(len(matched.face_px), 1), precision


def average_precision(matched: Matched) -> float:
    """Area under the precision-recall curve."""
    if not len(matched.face_px):
        return float("nan")
    _, precision = precision_recall(matched)
    return float((precision * matched.right).sum() / len(matched.face_px))


def recall_at_false_positives(matched: Matched, per_picture: float) -> float:
    """Recall at the lowest score that still gives at most so many false positives a picture."""
    wrong = np.cumsum(~matched.right)
    allowed = wrong <= per_picture * matched.pictures
    return float(matched.right[allowed].sum() / max(len(matched.face_px), 1))


def score_at_false_positives(matched: Matched, per_picture: float) -> float:
    """The score that every detection must exceed for at most so many false positives a picture."""
    wrong = matched.score[~matched.right]
    allowed = int(per_picture * matched.pictures)
    return float(wrong[allowed]) if allowed < len(wrong) else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one detector on one set. Shares 0 to 1; at the application's threshold
    unless the name says otherwise; `nme` is the mean, `nme_90` the 90th percentile."""

    pictures: int
    faces: int
    recall: float
    precision: float
    false_positives: int
    average_precision: float
    recall_at_1_percent: float
    mean_iou: float
    nme: float
    nme_90: float
    nme_under_10_percent: float
    recall_by_px: dict[str, tuple[int, float]]


SIZE_STEPS_PX = (0, 24, 48, 96, 192, 10_000)


def summarise(matched: Matched, threshold: float) -> Summary:
    """Figures at a score threshold; missed faces count as misses everywhere but in IoU and NME."""
    seen = matched.found_score >= threshold
    taken = matched.score >= threshold
    right = int((matched.right & taken).sum())
    errors = matched.nme[seen & np.isfinite(matched.nme)]
    by_px = {}
    for least, most in pairwise(SIZE_STEPS_PX):
        rows = (matched.face_px >= least) & (matched.face_px < most)
        if rows.any():
            by_px[f"{least}-{most if most < 10_000 else ''}"] = (
                int(rows.sum()),
                float(seen[rows].mean()),
            )
    number = max(len(matched.face_px), 1)
    return Summary(
        pictures=matched.pictures,
        faces=len(matched.face_px),
        recall=float(seen.sum() / number),
        precision=right / max(int(taken.sum()), 1),
        false_positives=int((~matched.right & taken).sum()),
        average_precision=average_precision(matched),
        recall_at_1_percent=recall_at_false_positives(matched, 0.01),
        mean_iou=float(matched.iou[seen].mean()) if seen.any() else float("nan"),
        nme=float(errors.mean()) if errors.size else float("nan"),
        nme_90=float(np.percentile(errors, 90)) if errors.size else float("nan"),
        nme_under_10_percent=float((matched.nme < 0.1).sum() / number),
        recall_by_px=by_px,
    )


def jitter(frames: Sequence[Face]) -> tuple[float, float]:
    """Standard deviation of box corners and of landmarks over frames of a still scene, as a share
    of the eye distance: root mean square over coordinates."""
    eyes_px = float(np.mean([face.eye_distance_px for face in frames]))
    boxes = np.array([face.box for face in frames], np.float64)
    points = np.array([face.landmarks for face in frames], np.float64)
    return (
        float(np.sqrt(boxes.var(axis=0).mean()) / eyes_px),
        float(np.sqrt(points.var(axis=0).mean()) / eyes_px),
    )
