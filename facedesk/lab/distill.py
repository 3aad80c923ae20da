"""A teacher's vectors of every training crop, computed once.

The teacher costs as much as a student's step, so teaching one fixed vector a face, averaged over
the face and its mirror image, leaves twice the time for the student. The student sees augmented
views and is taught the vector of the clean one: that is what makes it robust.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from facedesk.lab.train import Lesson
from facedesk.vision.align import ARCFACE_TEMPLATE, similarity_transform, template_for

BLOCK = 64
MARGIN_PX = 8


@dataclass(frozen=True, slots=True)
class TeacherCard:
    """What a teacher eats: side of its square BGR 0..255 input, its template in fractions."""

    size_px: int
    template: tuple[tuple[float, float], ...]


# Source: Open Model Zoo, face-reidentification-retail-0095 (Apache-2.0), its documentation.
RETAIL_0095 = TeacherCard(
    size_px=128,
    template=(
        (0.31556875, 0.46157411),
        (0.68262292, 0.46157411),
        (0.50026250, 0.64050536),
        (0.34947188, 0.82469196),
        (0.65343646, 0.82469196),
    ),
)


class Teacher:
    """An ONNX embedder on one thread, fed from stored 128x128 crops."""

    def __init__(self, model: Path, card: TeacherCard = RETAIL_0095) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._input_name = self._session.get_inputs()[0].name
        self._card = card
        target = template_for((card.size_px, card.size_px), card.template)
        self._matrix = similarity_transform(ARCFACE_TEMPLATE + MARGIN_PX, target)

    def vectors(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n, 128, 128, 3) uint8 BGR -> (n, 2, d) float32 unit: the face and its mirror image."""
        size = (self._card.size_px, self._card.size_px)
        views = []
        for crop in crops:
            for picture in (crop, crop[:, ::-1]):
                warped = cv2.warpAffine(
                    picture, self._matrix, size, borderMode=cv2.BORDER_REPLICATE
                )
                views.append(warped.transpose(2, 0, 1))
        batch = np.stack(views).astype(np.float32)
        # Measured: this network is fastest one picture at a time.
        outputs = [
            self._session.run(None, {self._input_name: one[None]})[0].reshape(-1) for one in batch
        ]
        vectors = np.stack(outputs)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.reshape(len(crops), 2, -1).astype(np.float32)


def teach(
    teacher: Teacher,
    images: NDArray[np.uint8],
    target: Path,
    report: Callable[[int, int], None] = lambda done, total: None,
    part: int = 0,
    parts: int = 1,
) -> None:
    """Fill ``target`` (n, 2, d) float16 with the teacher's vectors; rows already there are kept.

    Can be killed and started again at any time, and split over processes by ``part``.
    """
    count = len(images)
    if not target.exists():
        width = teacher.vectors(images[:1]).shape[2]
        created = np.lib.format.open_memmap(
            target, mode="w+", dtype=np.float16, shape=(count, 2, width)
        )
        created.flush()
    table = np.lib.format.open_memmap(target, mode="r+")
    for block in range(part, -(-count // BLOCK), parts):
        rows = slice(block * BLOCK, min(count, (block + 1) * BLOCK))
        if not taught(table[rows]).all():
            table[rows] = teacher.vectors(images[rows]).astype(np.float16)
        report(rows.stop, count)
    table.flush()


def taught(table: NDArray[np.float16]) -> NDArray[np.bool_]:
    """Which rows of (n, 2, d) hold vectors; a row never written is zero."""
    present: NDArray[np.bool_] = np.abs(table.astype(np.float32)).sum(axis=(1, 2)) > 0
    return present


def lesson(
    images: NDArray[np.uint8],
    table: NDArray[np.float16],
    chosen: NDArray[np.bool_],
) -> Lesson:
    """The training set of the rows that are chosen and taught: mean of face and mirror, unit."""
    rows = np.flatnonzero(chosen & taught(table))
    mean = table[rows].astype(np.float32).sum(axis=1)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    return Lesson(images, rows, mean)


def held_out(count: int, every: int = 80) -> NDArray[np.bool_]:
    """Rows kept for validation: a fixed one in ``every``."""
    chosen: NDArray[np.bool_] = np.arange(count) % every == 0
    return chosen
