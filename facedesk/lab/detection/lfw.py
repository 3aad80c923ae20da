"""LFW 10-fold of one and the same embedder with landmarks of several detectors.

    python -m facedesk.lab.detection.lfw --card facedesk/lab/cards/mobileface_v2.json

This is the test that counts: what a detector's landmarks are worth to recognition.
"""

from __future__ import annotations

from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.lab.faces import central_face, open_model, read_picture
from facedesk.lab.options import FILE, FOLDER, SHARED, weights_option
from facedesk.lab.protocols import Pairs, all_pairs, read_lfw_pairs, verification
from facedesk.paths import shipped_models_dir
from facedesk.vision.detect import Detector, OnnxDetector
from facedesk.vision.refine import RefinedDetector
from facedesk.vision.runtime import open_session


def detectors(models: tuple[Path, ...], refiner: Path | None) -> dict[str, Detector]:
    """Every model as it is and, where there is a refiner, with it; pictures fed as they are."""
    found: dict[str, Detector] = {}
    for path in models:
        for with_refiner in (None, refiner) if refiner else (None,):
            detector: Detector = OnnxDetector(open_session(path, "cpu")[0], score_threshold=0.5)
            if with_refiner:
                detector = RefinedDetector(detector, open_session(with_refiner, "cpu")[0])
            found[path.stem + (" refined" if with_refiner else "")] = detector
    return found


@click.command("detection-lfw")
@click.argument("models", nargs=-1, type=FILE)
@click.option("--card", type=FILE, required=True, help="Card of the embedder.")
@click.option("--refiner", type=FILE, default=None, help="Also with this refiner.")
@click.option("--lfw", "folder", type=FOLDER, default=SHARED / "data" / "lfw")
@weights_option
def lfw(
    models: tuple[Path, ...],
    card: Path,
    refiner: Path | None,
    folder: Path,
    weights: tuple[Path, ...],
) -> None:
    """LFW accuracy of one embedder by whose landmarks align the faces."""
    cv2.setNumThreads(1)
    chosen = models or (
        shipped_models_dir() / "face_detector.onnx",
        SHARED / "models" / "yunet_s_dynamic.onnx",
    )
    model = open_model(card, weights)
    pairs = read_lfw_pairs(folder / "pairs.txt")
    names = sorted({*pairs.first, *pairs.second})
    opened = detectors(chosen, refiner)
    vectors = {key: np.empty((len(names), model.card.dimension), np.float32) for key in opened}
    missed = dict.fromkeys(opened, 0)
    for row, name in enumerate(names):
        image = read_picture(folder / "images" / name[:-5] / f"{name}.webp")
        for key, detector in opened.items():
            points, is_found = central_face(image, detector)
            missed[key] += not is_found
            crop = model.embedder.crop(image, points)
            vectors[key][row] = model.embedder.embed([crop])[0]
    for key in opened:
        click.echo(f"{model.card.name}, landmarks by {key}: {_figures(vectors[key], names, pairs)}")
        click.echo(f"  no face found in {missed[key]} of {len(names)} pictures")


def _figures(vectors: NDArray[np.float32], names: list[str], pairs: Pairs) -> str:
    row_of = {name: row for row, name in enumerate(names)}
    first = np.array([row_of[name] for name in pairs.first])
    second = np.array([row_of[name] for name in pairs.second])
    scores = (vectors[first] * vectors[second]).sum(axis=1)
    found = verification(scores, pairs.same, pairs.fold)
    _, people = np.unique([name[:-5] for name in names], return_inverse=True)
    every = all_pairs(vectors, people.astype(np.int64), found.genuine)
    rates = ", ".join(
        f"TPR at FAR {far:g} {100 * interval.share:.2f} %" for far, interval in every.tpr.items()
    )
    return f"10-fold {100 * found.accuracy:.2f} %; all impostor pairs: {rates}"


if __name__ == "__main__":
    lfw()
