"""Visits made of still pictures: each picture becomes frames as a desk camera might have seen it.

A frame is the picture shifted, turned, scaled, blurred, relit, made noisy and compressed; then the
application's own detector, quality gate, alignment and embedder work on it. What it cannot show is
a face that moves in three dimensions: frames of one visit are more alike than those of a camera,
so that waiting for more of them helps less here than it does at a desk.

Frames and what the detector found on them are kept (about 400 MB for LFW), so that another embedder
costs its own work only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.quality import QualityLimits, assess
from facedesk.core.records import Face
from facedesk.lab.faces import Faces, LoadedModel, read_picture
from facedesk.vision.align import align
from facedesk.vision.detect import Detector

Vectors = NDArray[np.float32]
Found = dict[str, NDArray[Any]]  # the arrays of one cached file of frames, as `_look` makes them
SHORTEST_FRAMES, LONGEST_FRAMES = 3, 10
_PART = 250  # visits a cached file
_GREYS = np.linspace(0, 1, 256, dtype=np.float32)
_VERSION = 2  # of the jitter below; part of the cache's name


@dataclass(frozen=True, slots=True)
class Visits:
    """Frames of all visits, one after another: frame i belongs to visit ``visit[i]``.

    ``vectors`` (n, d) float32 of unit length; ``good`` (n,) is False where the quality gate of the
    kiosk refuses the frame or no face is found (the vector is then 0); ``sharpness`` (n,) as
    ``core.quality`` measures it.
    """

    vectors: Vectors
    visit: NDArray[np.int64]
    good: NDArray[np.bool_]
    sharpness: NDArray[np.float32]

    def frames_of(self, visit: int) -> slice:
        """Where the visit's frames lie, in order."""
        first, last = np.searchsorted(self.visit, [visit, visit + 1])
        return slice(int(first), int(last))


@dataclass(frozen=True, slots=True)
class _Light:
    """What stays the same during one visit."""

    gain: float
    gamma: float
    blur_px: float
    jpeg_quality: int


def frames_of_visit(image: NDArray[np.uint8], seed: int) -> list[NDArray[np.uint8]]:
    """3 to 10 frames of the size of ``image`` as JPEG files; the same ones for the same seed."""
    random = np.random.default_rng(seed)
    light = _Light(
        gain=float(random.uniform(0.65, 1.25)),
        gamma=float(random.uniform(0.75, 1.35)),
        blur_px=float(random.uniform(0.0, 1.6)),
        jpeg_quality=int(random.integers(45, 95)),
    )
    count = int(random.integers(SHORTEST_FRAMES, LONGEST_FRAMES + 1))
    return [_jitter(image, light, random) for _ in range(count)]


def _jitter(
    image: NDArray[np.uint8], light: _Light, random: np.random.Generator
) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), float(random.normal(0, 4)), float(random.uniform(0.88, 1.08))
    )
    turn[:, 2] += random.normal(0, 5, 2)
    frame = cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    blur_px = light.blur_px + abs(float(random.normal(0, 0.5)))
    if blur_px > 0.3:
        frame = cv2.GaussianBlur(frame, (0, 0), blur_px)
    if random.random() < 0.25:
        frame = _smear(frame, int(random.integers(3, 8)), float(random.uniform(0, 180)))
    gain = light.gain * float(random.uniform(0.9, 1.1))
    lit = (255 * gain * _GREYS**light.gamma)[frame]
    lit += random.standard_normal(lit.shape, np.float32) * np.float32(random.uniform(1, 6))
    frame = np.clip(lit, 0, 255).astype(np.uint8)
    _, compressed = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, light.jpeg_quality])
    return np.asarray(compressed, np.uint8)


def decoded(jpeg: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame as BGR picture."""
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def _smear(frame: NDArray[np.uint8], length_px: int, angle_deg: float) -> NDArray[np.uint8]:
    """Blur along a line: a face or a head that moves while the shutter is open."""
    kernel = np.zeros((length_px, length_px), np.float32)
    kernel[length_px // 2] = 1
    centre = (length_px - 1) / 2
    turn = cv2.getRotationMatrix2D((centre, centre), angle_deg, 1.0)
    kernel = cv2.warpAffine(kernel, turn, (length_px, length_px))
    return np.asarray(cv2.filter2D(frame, -1, kernel / max(float(kernel.sum()), 1e-6)), np.uint8)


def subject(frame: NDArray[np.uint8], detector: Detector) -> Face | None:
    """The face nearest to the middle: the pictures show the person whom they are named after there,
    and others at the border.
    """
    height, width = frame.shape[:2]

    def away_px(face: Face) -> float:
        x1, y1, x2, y2 = face.box
        return float(abs((x1 + x2) / 2 - width / 2) + abs((y1 + y2) / 2 - height / 2))

    return min(detector.detect(frame), key=away_px, default=None)


def embed_pictures(
    model: LoadedModel, faces: Faces, rows: NDArray[np.int64], cache: Path
) -> Vectors:
    """Vectors (len(rows), d) of whole pictures, kept in ``cache``."""
    stored = cache / f"pictures_{model.card.contract}.npz"
    if stored.exists():
        with np.load(stored) as table:
            if np.array_equal(table["rows"], rows):
                return np.asarray(table["vectors"], np.float32)
    vectors = np.empty((len(rows), model.card.dimension), np.float32)
    for index, row in enumerate(rows):
        image = read_picture(faces.pictures[int(row)])
        vectors[index] = model.embedder.embed([model.embedder.crop(image, faces.landmarks[row])])[0]
    cache.mkdir(parents=True, exist_ok=True)
    with stored.open("wb") as file:
        np.savez(file, rows=rows, vectors=vectors)
    return vectors


def embed_visits(
    model: LoadedModel,
    detector: Detector,
    faces: Faces,
    rows: NDArray[np.int64],
    cache: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Visits:
    """Visit number v shows picture ``rows[v]``. Done parts are kept in ``cache``, so that a run
    can be stopped and goes on where it was; parts of other pictures are made anew. One cache is for
    one detector.
    """
    frames = cache / f"frames_{_VERSION}"
    vectors = cache / f"visits_{model.card.contract}_{_VERSION}"
    found: list[Found] = []
    embedded: list[Vectors] = []
    for start in range(0, len(rows), _PART):
        numbers = np.arange(start, min(start + _PART, len(rows)))
        name = f"{start:06d}.npz"
        part = _kept(frames / name, rows[numbers], partial(_look, detector, faces, rows, numbers))
        made = _kept(vectors / name, rows[numbers], partial(_embed, model, part))
        del part["jpeg"]
        found.append(part)
        embedded.append(made["vectors"])
        progress(int(numbers[-1]) + 1, len(rows))
    return Visits(
        np.concatenate(embedded),
        np.concatenate([part["visit"] for part in found]),
        np.concatenate([part["good"] for part in found]),
        np.concatenate([part["sharpness"] for part in found]),
    )


def _kept(path: Path, rows: NDArray[np.int64], make: Callable[[], Found]) -> Found:
    if path.exists():
        with np.load(path) as table:
            if np.array_equal(table["rows"], rows):
                return {name: table[name] for name in table.files}
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {"rows": rows, **made}
    unfinished = path.with_suffix(".new")
    with unfinished.open("wb") as file:
        np.savez(file, **arrays)
    unfinished.replace(path)
    return made


def _look(
    detector: Detector, faces: Faces, rows: NDArray[np.int64], numbers: NDArray[np.int64]
) -> Found:
    """Frames of the visits ``numbers`` and their faces; landmarks are NaN where there is none."""
    limits = QualityLimits()
    jpeg, ends, visit, landmarks, good, sharpness = [], [], [], [], [], []
    for number in numbers:
        image = read_picture(faces.pictures[int(rows[number])])
        for compressed in frames_of_visit(image, seed=int(number)):
            frame = decoded(compressed)
            face = subject(frame, detector)
            jpeg.append(compressed)
            ends.append(len(compressed))
            visit.append(number)
            if face is None:
                landmarks.append(np.full((5, 2), np.nan, np.float32))
                good.append(False)
                sharpness.append(0.0)
                continue
            size = (frame.shape[1], frame.shape[0])
            quality = assess(align(frame, face.landmarks), face, size, limits)
            landmarks.append(face.landmarks)
            good.append(quality.good)
            sharpness.append(quality.sharpness)
    return {
        "jpeg": np.concatenate(jpeg),
        "end": np.cumsum(ends),
        "visit": np.array(visit, np.int64),
        "landmarks": np.array(landmarks, np.float32),
        "good": np.array(good, bool),
        "sharpness": np.array(sharpness, np.float32),
    }


def _embed(model: LoadedModel, found: Found) -> Found:
    """The vector of each frame; 0 where there is no face."""
    vectors = np.zeros((len(found["visit"]), model.card.dimension), np.float32)
    frames = np.split(found["jpeg"], found["end"][:-1])
    for place, (jpeg, landmarks) in enumerate(zip(frames, found["landmarks"], strict=True)):
        if np.isfinite(landmarks).all():
            crop = model.embedder.crop(decoded(jpeg), landmarks)
            vectors[place] = model.embedder.embed([crop])[0]
    return {"vectors": vectors}
