"""Enrol people from one day's webcam pictures, probe every later day's frames.

The clips are ``PERSON_CONDITION_SESSION.mp4``; ``enrol/PERSON/*.jpg`` are frames of the first
session. Frames of one clip are not independent: the shares below say what happened, and their
bounds would be too narrow, so none are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.quality import SURE_FACE
from facedesk.lab.faces import LoadedModel, read_picture
from facedesk.vision.detect import Detector

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sightings:
    """Faces found on enrolment pictures and on later frames; landmarks (5, 2) in each picture."""

    gallery: tuple[tuple[NDArray[np.uint8], NDArray[np.float32]], ...]
    gallery_people: NDArray[np.int64]
    probes: tuple[tuple[NDArray[np.uint8], NDArray[np.float32]], ...]
    probe_people: NDArray[np.int64]
    frames_without_face: int


@dataclass(frozen=True, slots=True)
class WebcamResult:
    """``genuine``: best cosine to the own pictures; ``impostor``: best to anybody else's."""

    people: int
    probes: int
    frames_without_face: int
    genuine: Vectors
    impostor: Vectors
    genuine_5th_percentile: float
    impostor_99th_percentile: float
    rank_1: float


def sightings(folder: Path, detector: Detector, every: int = 3) -> Sightings:
    """Detect the largest face on enrolment pictures and on each ``every``-th later frame."""
    names = sorted(path.name for path in (folder / "enrol").iterdir() if path.is_dir())
    gallery, gallery_people = [], []
    for number, name in enumerate(names):
        for path in sorted((folder / "enrol" / name).glob("*.jpg")):
            image = read_picture(path)
            landmarks = _largest(detector, image)
            if landmarks is not None:
                gallery.append((image, landmarks))
                gallery_people.append(number)
    probes, probe_people, missed = [], [], 0
    for clip in sorted((folder / "real").glob("*.mp4")):
        name, _, session = clip.stem.split("_")
        if session == "01" or name not in names:
            continue
        for image in _frames(clip, every):
            landmarks = _largest(detector, image)
            if landmarks is None:
                missed += 1
                continue
            probes.append((image, landmarks))
            probe_people.append(names.index(name))
    return Sightings(
        tuple(gallery),
        np.array(gallery_people, np.int64),
        tuple(probes),
        np.array(probe_people, np.int64),
        missed,
    )


def webcam_result(seen: Sightings, gallery: Vectors, probes: Vectors) -> WebcamResult:
    """Compare the vectors of the probes with those of the gallery."""
    scores = probes @ gallery.T
    own = seen.probe_people[:, None] == seen.gallery_people[None, :]
    genuine = np.where(own, scores, -1).max(axis=1)
    impostor = np.where(own, -1, scores).max(axis=1)
    return WebcamResult(
        people=len(np.unique(seen.gallery_people)),
        probes=len(probes),
        frames_without_face=seen.frames_without_face,
        genuine=genuine.astype(np.float32),
        impostor=impostor.astype(np.float32),
        genuine_5th_percentile=float(np.percentile(genuine, 5)),
        impostor_99th_percentile=float(np.percentile(impostor, 99)),
        rank_1=float((genuine > impostor).mean()),
    )


def measure(model: LoadedModel, seen: Sightings) -> WebcamResult:
    """One model on faces already found."""

    def vectors(faces: tuple[tuple[NDArray[np.uint8], NDArray[np.float32]], ...]) -> Vectors:
        crops = [model.embedder.crop(image, landmarks) for image, landmarks in faces]
        return np.concatenate([model.embedder.embed([crop]) for crop in crops])

    return webcam_result(seen, vectors(seen.gallery), vectors(seen.probes))


def _largest(detector: Detector, image: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    found = [face for face in detector.detect(image) if face.score >= SURE_FACE]
    if not found:
        return None
    largest = max(found, key=lambda f: (f.box[2] - f.box[0]) * (f.box[3] - f.box[1]))
    return np.asarray(largest.landmarks, np.float32)


def _frames(clip: Path, every: int) -> list[NDArray[np.uint8]]:
    capture = cv2.VideoCapture(str(clip))
    frames, number = [], 0
    while True:
        there, image = capture.read()
        if not there:
            break
        if number % every == 0:
            frames.append(np.asarray(image, np.uint8))
        number += 1
    capture.release()
    return frames
