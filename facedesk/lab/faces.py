"""Pictures with one face each, where that face is, and their vectors by any model card."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.errors import ModelError
from facedesk.vision.align import ARCFACE_TEMPLATE
from facedesk.vision.cards import ModelCard, read_card
from facedesk.vision.detect import Detector, OnnxDetector
from facedesk.vision.embed import OnnxEmbedder
from facedesk.vision.refine import RefinedDetector
from facedesk.vision.runtime import open_session

STORED_MARGIN_PX = 8
REFINER_FILE = "landmark_refiner.onnx"
# LFW has these people under a second name, and two of the pictures twice. Counted as two people
# they are most of what lies above the cosine of 1 in a million impostors. By name or by looking at
# the pictures, never by score alone: whoever only looks like another stays another.
LFW_SECOND_NAMES = {
    "Chyung_Dai-chul": "Dai_Chul_Chyung",
    "Cristina_Kirchner": "Cristina_Fernandez",
    "Felipe_De_Borbon": "Prince_Felipe",
    "Gabrielle_Rose": "Martha_Bowen",
    "Hasan_Wirayuda": "Hassan_Wirajuda",
    "John_Barnett": "John_Burnett",
    "Joseph_Blatter": "Sepp_Blatter",
    "Mireya_Elisa_Moscoso_Rodriguez": "Mireya_Moscoso",
    "Wang_Nan": "Nan_Wang",
}
Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Faces:
    """``landmarks`` (n, 5, 2) float32 in pixels of each picture; ``people`` (n,) who it is.

    ``found`` (n,) is False where the detector saw no face: such a picture is embedded all the same,
    from where faces usually lie, so that a miss counts as an error and is not forgotten.
    """

    pictures: tuple[Path, ...]
    names: tuple[str, ...]
    people: NDArray[np.int64]
    landmarks: NDArray[np.float32]
    found: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """An embedder ready to run, its card and the size of its file."""

    card: ModelCard
    embedder: OnnxEmbedder
    size_bytes: int


def open_detector(model: Path, smallest_face_px: float = 16.0) -> Detector:
    """A YuNet-style network (BGR 0..255), set to see small faces and to judge generously.

    As in the application, the landmark refiner that lies beside it has the last word.
    """
    session, _ = open_session(model, "cpu")
    detector = OnnxDetector(session, smallest_face_px=smallest_face_px, score_threshold=0.3)
    refiner = model.with_name(REFINER_FILE)
    return (
        RefinedDetector(detector, open_session(refiner, "cpu")[0]) if refiner.exists() else detector
    )


def landmarks_name(model: Path) -> str:
    """Whose landmarks `open_detector` gives, in words for reports and file names."""
    return model.stem + ("_refined" if model.with_name(REFINER_FILE).exists() else "")


def landmarks_key(model: Path) -> str:
    """A name for what is kept of these landmarks: another detector's are never taken for them."""
    made_by = hashlib.sha256()
    for path in (model, model.with_name(REFINER_FILE)):
        if path.exists():
            made_by.update(path.read_bytes())
    return f"{landmarks_name(model)}_{made_by.hexdigest()[:8]}"


def open_model(card_path: Path, weights: Sequence[Path] = ()) -> LoadedModel:
    """An embedder by its card; its file lies beside the card or in one of the ``weights`` folders.

    Raises:
        ModelError: no file, or the card and the file do not fit.
    """
    card = read_card(card_path)
    for folder in (card_path.parent, *weights):
        path = folder / card.file
        if path.exists():
            session, _ = open_session(path, "cpu")
            return LoadedModel(card, OnnxEmbedder(session, card), path.stat().st_size)
    raise ModelError("The model file is missing", f"{card.file} of {card_path}")


def central_face(image: NDArray[np.uint8], detector: Detector) -> tuple[NDArray[np.float32], bool]:
    """Landmarks of the face nearest to the picture's centre, weighed by its size."""
    height, width = image.shape[:2]
    found = detector.detect(image)
    if not found:
        usual = np.array([[0.38, 0.45], [0.62, 0.45], [0.5, 0.57], [0.4, 0.68], [0.6, 0.68]])
        return (usual * [width, height]).astype(np.float32), False

    def distance(index: int) -> float:
        x1, y1, x2, y2 = found[index].box
        away = abs((x1 + x2) / 2 - width / 2) + abs((y1 + y2) / 2 - height / 2)
        return float(away / max(np.sqrt(abs((x2 - x1) * (y2 - y1))), 1e-6))

    nearest = min(range(len(found)), key=distance)
    return np.asarray(found[nearest].landmarks, np.float32), True


def read_picture(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR. Raises ValueError where the file is no picture."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} is not a picture")
    return np.asarray(image, np.uint8)


def lfw_faces(
    root: Path, detector_model: Path, cache: Path, progress: Progress = lambda done, total: None
) -> Faces:
    """The pictures of ``root/images`` with landmarks, detected once and kept in ``cache``.

    Whoever LFW has under two names is one person.
    """
    pictures = sorted((root / "images").glob("*/*.webp"))
    labels = [path.parent.name for path in pictures]
    people_names = [LFW_SECOND_NAMES.get(label, label) for label in labels]
    stored = cache / f"lfw_landmarks_{landmarks_key(detector_model)}.npz"
    names = tuple(path.stem for path in pictures)
    if stored.exists():
        table = np.load(stored)
        landmarks, found = table["landmarks"], table["found"]
        if table["names"].tolist() != list(names):
            raise ValueError(f"{stored} is of other pictures: delete it")
    else:
        detector = open_detector(detector_model)
        landmarks = np.empty((len(pictures), 5, 2), np.float32)
        found = np.empty(len(pictures), bool)
        for row, path in enumerate(pictures):
            landmarks[row], found[row] = central_face(read_picture(path), detector)
            progress(row + 1, len(pictures))
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(stored, names=np.array(names), landmarks=landmarks, found=found)
    _, people = np.unique(people_names, return_inverse=True)
    return Faces(tuple(pictures), names, people.astype(np.int64), landmarks, found)


def embed_faces(
    model: LoadedModel, faces: Faces, progress: Progress = lambda done, total: None
) -> Vectors:
    """(n, d) float32 unit vectors, by the model's own alignment and preprocessing."""
    vectors = np.empty((len(faces.pictures), model.card.dimension), np.float32)
    for row, path in enumerate(faces.pictures):
        crop = model.embedder.crop(read_picture(path), faces.landmarks[row])
        vectors[row] = model.embedder.embed([crop])[0]
        progress(row + 1, len(faces.pictures))
    return vectors


def embed_stored(model: LoadedModel, crops: NDArray[np.uint8]) -> Vectors:
    """Vectors of stored 128x128 crops (8 px of margin round the ArcFace template), n rows."""
    landmarks = ARCFACE_TEMPLATE + STORED_MARGIN_PX
    vectors = [
        model.embedder.embed([model.embedder.crop(np.ascontiguousarray(crop), landmarks)])
        for crop in crops
    ]
    return np.concatenate(vectors)


def milliseconds_a_face(model: LoadedModel, runs: int = 60) -> float:
    """Median time of embedding one crop on one thread, preparation included."""
    width, height = model.card.input.width_px, model.card.input.height_px
    crop = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for _ in range(5):
        model.embedder.embed([crop])
    times = []
    for _ in range(runs):
        start_s = time.perf_counter()
        model.embedder.embed([crop])
        times.append(time.perf_counter() - start_s)
    return float(np.median(times) * 1000)
