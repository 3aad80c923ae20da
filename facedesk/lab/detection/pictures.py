"""Whole pictures for the detector: where they come from and on which side of the split they are.

Nothing here is part of the project: the folders are read where they lie and never committed.
A picture is on the test side by who is on it, never by chance over frames: LFW by name, webcam
clips by person, so that no person of a test figure was seen in training.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

# Persons of the NUAA clips kept for the test; the other six train.
TEST_WEBCAM_PEOPLE = frozenset({"0002", "0004", "0009", "0015"})
# Two of the twenty signed clips and both animations are for the test.
TEST_PEOPLE_CLIPS = frozenset(
    {"walk", "student", "head-pose-face-detection-female-and-male"}
    | {"face-demographics-walking-and-pause"}
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A BGR picture with its set, a name that is unique in the set, and its side of the split."""

    source: str
    name: str
    is_test: bool
    image: NDArray[np.uint8]


def _held_out(key: str, one_in: int) -> bool:
    return zlib.crc32(key.encode()) % one_in == 0


def read(path: Path) -> NDArray[np.uint8]:
    """A picture file as BGR; raises ValueError if it is not one."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"not a picture: {path}")
    return np.asarray(image, np.uint8)


def lfw(folder: Path, most_per_person: int = 4) -> Iterator[Picture]:
    """LFW, 250x250: every fifth name is for the test. For detection only, never for identity."""
    for person in sorted((folder / "images").iterdir()):
        for path in sorted(person.glob("*.webp"))[:most_per_person]:
            yield Picture("lfw", path.stem, _held_out(person.name, 5), read(path))


def frames(path: Path, every: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Every n-th frame of a video file, with its number."""
    video = cv2.VideoCapture(str(path))
    number = 0
    while True:
        found, image = video.read()
        if not found:
            break
        if number % every == 0:
            yield number, np.asarray(image, np.uint8)
        number += 1
    video.release()


def webcam(folder: Path, every: int = 6) -> Iterator[Picture]:
    """NUAA clips, 640x480, real people and held photographs of them: both are faces."""
    for kind in ("real", "attack"):
        for path in sorted((folder / kind).glob("*.mp4")):
            is_test = path.stem[:4] in TEST_WEBCAM_PEOPLE
            for number, image in frames(path, every):
                yield Picture(f"webcam_{kind}", f"{path.stem}_{number:04d}", is_test, image)


def people_clips(folder: Path, every: int = 12) -> Iterator[Picture]:
    """The clips of persons signing before a camera, and two animations with several people."""
    for path in sorted((folder / "people").iterdir()):
        for number, image in frames(path, every):
            name = f"{path.stem}_{number:04d}"
            yield Picture("people", name, path.stem in TEST_PEOPLE_CLIPS, image)


def crops(folder: Path, sources: frozenset[str], most: int) -> Iterator[Picture]:
    """Aligned 128x128 crops of the wanted sets; one in ten is for the test."""
    count = 0
    for shard in sorted(folder.glob("crops_*.npz")):
        with np.load(shard) as content:
            blob, offset = content["blob"], content["offset"]
            source, face_px = content["source"], content["face_px"]
        for index in np.flatnonzero(np.isin(source, sorted(sources)) & (face_px > 90)):
            name = f"{shard.stem}_{index:05d}"
            coded = blob[offset[index] : offset[index + 1]]
            image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
            yield Picture(str(source[index]), name, _held_out(name, 10), image)
            count += 1
            if count == most:
                return


def berkeley(folder: Path) -> Iterator[Picture]:
    """BSDS500 (Arbelaez et al., 2011): natural scenes; its own test half is ours too."""
    for path in sorted(folder.rglob("*.jpg")):
        yield Picture("berkeley", path.stem, path.parent.name == "test", read(path))


# scikit-image's pictures without a face that its wheel carries or that it needs no download for.
_SKIMAGE = ("coffee", "chelsea", "coins", "rocket", "page", "text", "clock", "brick", "grass")


def skimage_scenes() -> Iterator[Picture]:
    """A few pictures that come with scikit-image: a cat, a cup, coins, a page, bricks, grass."""
    from skimage import data

    for name in _SKIMAGE:
        try:
            image = np.asarray(getattr(data, name)(), np.uint8)
        except (AttributeError, OSError, ImportError):
            continue  # this wheel does not carry it, and nothing is downloaded here
        if image.ndim == 2:
            image = np.repeat(image[:, :, None], 3, axis=2)
        yield Picture("skimage", name, False, np.ascontiguousarray(image[:, :, ::-1]))


def mebeauty(folder: Path, one_in: int = 4) -> Iterator[Picture]:
    """MEBeauty's original portraits of six groups, every fourth: all for the test."""
    for path in sorted(folder.rglob("*"))[::one_in]:
        if path.suffix.lower() in {".jpg", ".jpeg", ".png"}:
            try:
                image = read(path)
            except ValueError:
                continue  # a few files there are broken
            name = f"{path.parent.parent.name}_{path.parent.name}_{path.stem}"
            yield Picture("mebeauty", name, True, image)
