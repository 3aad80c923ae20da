"""Every detector on the same pictures: sets, hard conditions, jitter, time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from facedesk.core.boxes import intersection_over_union
from facedesk.core.records import Face
from facedesk.lab.detection import by_eye
from facedesk.lab.detection.bank import Bank, load
from facedesk.lab.detection.conditions import CONDITIONS
from facedesk.lab.detection.labels import Labels
from facedesk.lab.detection.metrics import (
    SAME_FACE_IOU,
    Matched,
    Summary,
    jitter,
    match,
    score_at_false_positives,
    summarise,
)
from facedesk.lab.detection.pictures import read
from facedesk.vision.detect import Detector

Progress = Callable[[str], None]
# Opens a detector for a smallest face in pixels and a score threshold.
Make = Callable[[float, float], Detector]
# Low enough for a whole precision-recall curve.
LOWEST_SCORE = 0.05
# Wanted false positives a picture where a score is chosen for that.
_CHOSEN_RATE = 0.01


@dataclass(frozen=True, slots=True)
class TestSet:
    """Pictures with their truth, and the overlap from which a detection is the face meant."""

    name: str
    images: Sequence[NDArray[np.uint8]]
    truth: Sequence[Labels]
    same_face_iou: float = SAME_FACE_IOU


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one detector. `chosen`: the score with 0.01 false positives a picture on the
    spare pictures, `at_chosen`: recall and false positives there by set; `conditions`: share found;
    `empty`: false positives on so many pictures without faces; `jitter`: box and landmarks over the
    eye distance; `milliseconds`: whole `detect` by frame size, one thread, median and smallest."""

    name: str
    threshold: float
    sets: dict[str, Summary]
    chosen: float
    at_chosen: dict[str, tuple[float, int]]
    conditions: dict[str, float]
    empty: tuple[int, int]
    jitter: tuple[float, float]
    milliseconds: dict[str, tuple[float, float]]


def _evenly(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int))
    return np.asarray(rows[chosen], np.int64)


def of_bank(bank: Bank, name: str, rows: NDArray[np.int64], most: int) -> TestSet:
    """At most so many pictures of a bank, evenly over its rows."""
    chosen = _evenly(rows, most)
    return TestSet(
        name,
        [bank.image(int(index)) for index in chosen],
        [bank.labels(int(index)) for index in chosen],
    )


def largest(truth: Labels) -> Labels:
    """The same labels with only the largest certain face wanted; the others neither help nor harm.

    It is what a kiosk needs: who stands before it, not who passes by in profile.
    """
    sides = (truth.boxes[:, 2:] - truth.boxes[:, :2]).max(axis=1, initial=0)
    wanted = np.zeros(len(sides), np.bool_)
    if truth.certain.any():
        wanted[np.argmax(np.where(truth.certain, sides, -1))] = True
    return Labels(truth.boxes, truth.landmarks, wanted)


def dlib_faces(listing: Path) -> TestSet:
    """dlib's examples/faces (Boost licence): 68 points marked by hand.

    The eyes are the means of their six points; the box is drawn around the points, with a quarter
    of its height added for the forehead, as the detectors draw theirs.
    """
    images, truth = [], []
    root = ElementTree.parse(listing).getroot()  # noqa: S314 (a file we fetched and hashed)
    for entry in root.iter("image"):
        points = np.array(
            [
                [(float(p.get("x", 0)), float(p.get("y", 0))) for p in box.iter("part")]
                for box in entry.iter("box")
            ],
            np.float32,
        )
        five = np.stack(
            (
                points[:, 36:42].mean(1),
                points[:, 42:48].mean(1),
                points[:, 30],
                points[:, 48],
                points[:, 54],
            ),
            axis=1,
        )
        low, high = points.min(1), points.max(1)
        low[:, 1] -= 0.25 * (high - low)[:, 1]
        images.append(read(listing.parent / str(entry.get("file"))))
        truth.append(Labels(np.concatenate((low, high), 1), five, np.ones(len(points), np.bool_)))
    return TestSet("dlib test list", images, truth)


def test_sets(cache: Path, most: int) -> list[TestSet]:
    """The held-out sides of the banks, and dlib's list where it is there."""
    found = []
    lfw = load(cache / "banks" / "lfw")
    banks = [lfw]
    found.append(of_bank(lfw, "LFW, people held out", np.flatnonzero(lfw.is_test), most))
    clips = load(cache / "banks" / "clips")
    banks.append(clips)
    for kind, title in (
        ("webcam_real", "webcam, people held out"),
        ("webcam_attack", "webcam, held photographs"),
        ("people", "clips of several people"),
    ):
        rows = np.flatnonzero(clips.is_test & (clips.source == kind))
        found.append(of_bank(clips, title, rows, most))
    if (cache / "banks" / "mebeauty" / "index.npz").exists():
        mebeauty = load(cache / "banks" / "mebeauty")
        banks.append(mebeauty)
        found.append(of_bank(mebeauty, "MEBeauty, six groups", np.arange(len(mebeauty)), most))
    listing = cache / "raw" / "examples" / "faces" / "testing_with_face_landmarks.xml"
    if listing.exists():
        found.append(dlib_faces(listing))
    seen = by_eye.judged(banks)
    found.append(
        TestSet(
            "faces judged by eye",
            [bank.image(index) for bank, index, _ in seen],
            [labels for _, _, labels in seen],
            by_eye.SAME_FACE_IOU,
        )
    )
    return found


def spare_faces(cache: Path, most: int) -> TestSet:
    """LFW's held-out people of whom `test_sets` reports no picture: for choosing a score."""
    lfw = load(cache / "banks" / "lfw")
    rows = np.flatnonzero(lfw.is_test)
    person = np.array([str(name).rsplit("_", 1)[0] for name in lfw.name])
    rest = rows[~np.isin(person[rows], person[_evenly(rows, most)])]
    return of_bank(lfw, "LFW, spare people", rest, len(rest))


def empty_scenes(cache: Path) -> list[NDArray[np.uint8]]:
    """Test scenes in which no detector saw anything in any view."""
    scenes = load(cache / "banks" / "scenes")
    rows = np.setdiff1d(np.flatnonzero(scenes.is_test), scenes.owner)
    return [scenes.image(int(index)) for index in rows]


def condition_shares(detector: Detector, pictures: TestSet, threshold: float) -> dict[str, float]:
    """How often the face is found (IoU 0.4 with where it must be) under each hard condition."""
    hits: dict[str, list[bool]] = {name: [] for name in CONDITIONS}
    for image, labels in zip(pictures.images, pictures.truth, strict=True):
        if labels.certain.sum() != 1:
            continue
        face = int(np.flatnonzero(labels.certain)[0])
        for name, transform in CONDITIONS.items():
            frame, box = transform(
                image, labels.landmarks[face].astype(float), labels.boxes[face].astype(float)
            )
            found = [f.box for f in detector.detect(frame) if f.score >= threshold]
            boxes = np.array(found, np.float32).reshape(-1, 4)
            boxes[:, :2] = np.maximum(boxes[:, :2], 0)
            overlap = intersection_over_union(boxes, box[None].astype(np.float32))
            hits[name].append(bool(overlap.max(initial=0) > 0.4))
    return {name: float(np.mean(values)) for name, values in hits.items()}


def still_jitter(detector: Detector, pictures: TestSet, frames: int = 12) -> tuple[float, float]:
    """Jitter over a still scene with the fresh noise (3 grey values) of every frame."""
    random = np.random.default_rng(3)
    results = []
    for image in pictures.images[:12]:
        seen: list[Face] = []
        for _ in range(frames):
            noisy = image + random.normal(0, 3, image.shape)
            found = detector.detect(np.clip(noisy, 0, 255).astype(np.uint8))
            if found:
                seen.append(found[0])  # the surest; a large false one may come and go
        if len(seen) == frames:
            results.append(jitter(seen))
    if not results:
        return float("nan"), float("nan")
    box, points = np.median(np.array(results), axis=0)
    return float(box), float(points)


def times(
    make: Make, image: NDArray[np.uint8], threshold: float, runs: int = 60
) -> dict[str, tuple[float, float]]:
    """Median and smallest milliseconds of `detect` at two input sizes of a 640x480 frame."""
    taken = {}
    for name, smallest_px in (("320x256", 64.0), ("640x480", 32.0)):
        detector = make(smallest_px, threshold)
        for _ in range(5):
            detector.detect(image)
        spent = []
        for _ in range(runs):
            begun = time.perf_counter()
            detector.detect(image)
            spent.append(1000 * (time.perf_counter() - begun))
        detector.close()
        taken[name] = (float(np.median(spent)), float(np.min(spent)))
    return taken


def measure(
    name: str,
    make: Make,
    sets: Sequence[TestSet],
    empty: Sequence[NDArray[np.uint8]],
    spare: TestSet,
    threshold: float,
    tell: Progress,
    smallest_face_px: float = 32.0,
    conditions_most: int = 100,
) -> tuple[Measured, dict[str, Matched]]:
    """All figures of one detector; `make(smallest_face_px, score)` opens it."""
    detector = make(smallest_face_px, LOWEST_SCORE)
    matched = {}
    for pictures in sets:
        found = [detector.detect(image) for image in pictures.images]
        same_iou = pictures.same_face_iou
        matched[pictures.name] = match(found, pictures.truth, same_iou)
        wanted = [largest(truth) for truth in pictures.truth]
        matched[f"{pictures.name}, largest face"] = match(found, wanted, same_iou)
        tell(f"{name}: {pictures.name} done")
    on_spare = match([detector.detect(image) for image in spare.images], spare.truth)
    chosen = score_at_false_positives(on_spare, _CHOSEN_RATE)
    wrong = sum(sum(face.score >= threshold for face in detector.detect(image)) for image in empty)
    first = TestSet("", sets[0].images[:conditions_most], sets[0].truth[:conditions_most])
    shares = condition_shares(detector, first, threshold)
    shaking = still_jitter(detector, first)
    frame, _ = CONDITIONS["as it is, 160 px"](
        first.images[0],
        first.truth[0].landmarks[0].astype(float),
        first.truth[0].boxes[0].astype(float),
    )
    detector.close()
    return (
        Measured(
            name,
            threshold,
            {key: summarise(value, threshold) for key, value in matched.items()},
            chosen,
            {
                key: (
                    float(np.mean(value.found_score > chosen)),
                    int((value.score[~value.right] > chosen).sum()),
                )
                for key, value in matched.items()
            },
            shares,
            (wrong, len(empty)),
            shaking,
            times(make, frame, threshold),
        ),
        matched,
    )
