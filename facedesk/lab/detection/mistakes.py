"""Where a detector sees faces on training pictures and there are none: its own hard negatives.

    python -m facedesk.lab.detection.mistakes models/face_detector.onnx

Bootstrapping after Sung and Poggio ("Example-based learning for view-based human face detection",
PAMI 1998, section 2.4): what is mistaken today is shown more often tomorrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.boxes import intersection_over_union
from facedesk.lab.detection.bank import Bank, load
from facedesk.vision.detect import Detector, OnnxDetector
from facedesk.vision.runtime import open_session

FILE = "mistakes.npz"
# Fed at two sizes, as the application may feed it: the smallest face in pixels.
_SMALLEST_FACES_PX = (60.0, 32.0)
_LOWEST_SCORE = 0.25
_TOUCHES_IOU = 0.02


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Squares (n, 4), whole pixels inside their pictures, and the numbers (n,) of these."""

    picture: NDArray[np.int64]
    square: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.picture)


def find(bank: Bank, detectors: tuple[Detector, ...]) -> Mistakes:
    """All false faces of the bank's training side that touch no labelled face."""
    pictures, squares = [], []
    for index in np.flatnonzero(~bank.is_test):
        image, labels = bank.image(int(index)), bank.labels(int(index))
        for detector in detectors:
            for face in detector.detect(image):
                square = _square(face.box, image.shape[1], image.shape[0])
                if square is None:
                    continue
                overlap = intersection_over_union(square[None].astype(np.float32), labels.boxes)
                if overlap.max(initial=0) < _TOUCHES_IOU:
                    pictures.append(int(index))
                    squares.append(square)
    return Mistakes(np.array(pictures, np.int64), np.array(squares, np.int64).reshape(-1, 4))


def _square(
    box: tuple[float, float, float, float], width_px: int, height_px: int
) -> NDArray[np.int64] | None:
    x1, y1, x2, y2 = box
    half = 0.6 * max(x2 - x1, y2 - y1)
    middle = np.array(((x1 + x2) / 2, (y1 + y2) / 2))
    low = np.clip(np.round(middle - half), 0, (width_px, height_px)).astype(np.int64)
    high = np.clip(np.round(middle + half), 0, (width_px, height_px)).astype(np.int64)
    return np.concatenate((low, high)) if (high - low).min() >= 8 else None


def read_mistakes(folder: Path) -> Mistakes:
    """Those of a bank's folder; none where they were not looked for."""
    if not (folder / FILE).exists():
        return Mistakes(np.zeros(0, np.int64), np.zeros((0, 4), np.int64))
    with np.load(folder / FILE) as content:
        return Mistakes(content["picture"], content["square"])


@click.command()
@click.argument("model", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--cache", type=click.Path(path_type=Path), default=".cache/lab_detection")
def mistakes(model: Path, cache: Path) -> None:
    """Find MODEL's false faces on the training side of the banks, for the next training."""
    cv2.setNumThreads(1)
    session, _ = open_session(model, "cpu")
    detectors = tuple(
        OnnxDetector(session, smallest_face_px=smallest_px, score_threshold=_LOWEST_SCORE)
        for smallest_px in _SMALLEST_FACES_PX
    )
    for name in ("lfw", "clips", "scenes"):
        folder = cache / "banks" / name
        found = find(load(folder), detectors)
        np.savez(folder / FILE, picture=found.picture, square=found.square)
        click.echo(f"{name}: {len(found.picture)} mistakes")


if __name__ == "__main__":
    mistakes()
