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

from facedesk.core.matching import Gallery, match, one_row_a_person
from facedesk.core.operating_point import ImpostorTail
from facedesk.core.quality import SURE_FACE
from facedesk.core.records import DecisionKind
from facedesk.core.rules import Wanted, rules_before
from facedesk.core.voting import Voter
from facedesk.lab.faces import LoadedModel, read_picture
from facedesk.settings import Settings
from facedesk.vision.detect import Detector

Vectors = NDArray[np.float32]
_VISIT_FRAMES = 10


@dataclass(frozen=True, slots=True)
class Sightings:
    """Faces found on enrolment pictures and on later frames; landmarks (5, 2) in each picture.

    ``probe_clips`` (n,) counts the clips that the frames are of.
    """

    gallery: tuple[tuple[NDArray[np.uint8], NDArray[np.float32]], ...]
    gallery_people: NDArray[np.int64]
    probes: tuple[tuple[NDArray[np.uint8], NDArray[np.float32]], ...]
    probe_people: NDArray[np.int64]
    probe_clips: NDArray[np.int64]
    frames_without_face: int


@dataclass(frozen=True, slots=True)
class VisitsResult:
    """Visits of ten frames under FaceDesk's rules: before everybody, and as if the person had never
    been enrolled.
    """

    threshold: float
    site: float
    visits: int
    named_rightly: int
    named_wrongly: int
    strangers_named: int


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
    probes, probe_people, probe_clips, missed = [], [], [], 0
    for count, clip in enumerate(sorted((folder / "real").glob("*.mp4"))):
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
            probe_clips.append(count)
    return Sightings(
        tuple(gallery),
        np.array(gallery_people, np.int64),
        tuple(probes),
        np.array(probe_people, np.int64),
        np.array(probe_clips, np.int64),
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


def visits_result(
    seen: Sightings, gallery: Vectors, probes: Vectors, tail: ImpostorTail
) -> VisitsResult:
    """Let every ten frames of a clip be a visit, once before everybody and once as a stranger."""
    now = Settings()
    wanted = Wanted(1 / now.stranger_visits_per_name, now.runner_up_margin, now.votes)

    def named(without: int | None, frames: Vectors) -> int | None:
        kept = seen.gallery_people != (-1 if without is None else without)
        enrolled = Gallery("lab", gallery[kept], seen.gallery_people[kept], {})
        voter = Voter(rules_before(enrolled, tail, wanted)[1])
        for found in match(one_row_a_person(enrolled), frames):
            decision = voter.observe(0, found)
            if decision.kind is DecisionKind.KNOWN:
                return decision.person_id
        return None

    visits = rightly = wrongly = strangers = 0
    for clip in np.unique(seen.probe_clips):
        rows = np.flatnonzero(seen.probe_clips == clip)
        for start in range(0, len(rows) - _VISIT_FRAMES + 1, _VISIT_FRAMES):
            shown = rows[start : start + _VISIT_FRAMES]
            person = int(seen.probe_people[shown[0]])
            name = named(None, probes[shown])
            visits += 1
            rightly += name == person
            wrongly += name not in (None, person)
            strangers += named(person, probes[shown]) is not None
    point, _ = rules_before(Gallery("lab", gallery, seen.gallery_people, {}), tail, wanted)
    return VisitsResult(point.threshold, point.site, visits, rightly, wrongly, strangers)


def measure(
    model: LoadedModel, seen: Sightings, tail: ImpostorTail
) -> tuple[WebcamResult, VisitsResult]:
    """One model on faces already found, frame by frame and visit by visit."""

    def vectors(faces: tuple[tuple[NDArray[np.uint8], NDArray[np.float32]], ...]) -> Vectors:
        crops = [model.embedder.crop(image, landmarks) for image, landmarks in faces]
        return np.concatenate([model.embedder.embed([crop]) for crop in crops])

    gallery, probes = vectors(seen.gallery), vectors(seen.probes)
    return webcam_result(seen, gallery, probes), visits_result(seen, gallery, probes, tail)


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
