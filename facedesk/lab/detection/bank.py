"""The bank: every picture decoded once into one flat file, with its faces beside it.

Reading a training scene then costs a memory copy instead of an image decoder. The folder is a
cache; building it again from the same pictures gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.lab.detection.labels import Labels, agree, views
from facedesk.lab.detection.pictures import Picture
from facedesk.vision.detect import Detector


@dataclass(frozen=True, slots=True)
class Bank:
    """`pixels` is flat; picture i starts at `start[i]` and is `shape[i]` = (height, width, 3).

    Faces are rows of `boxes`, `landmarks`, `certain`; `owner` is the picture of each, ascending.
    """

    pixels: NDArray[np.uint8]
    start: NDArray[np.int64]
    shape: NDArray[np.int32]
    source: NDArray[np.str_]
    name: NDArray[np.str_]
    is_test: NDArray[np.bool_]
    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    certain: NDArray[np.bool_]
    owner: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    def image(self, index: int) -> NDArray[np.uint8]:
        height, width = (int(side) for side in self.shape[index, :2])
        start = int(self.start[index])
        return self.pixels[start : start + height * width * 3].reshape(height, width, 3)

    def labels(self, index: int) -> Labels:
        first, last = np.searchsorted(self.owner, (index, index + 1))
        rows = slice(int(first), int(last))
        return Labels(self.boxes[rows], self.landmarks[rows], self.certain[rows])


def label(
    picture: Picture, networks: dict[str, Detector], blaze: Detector | None, pad_px: int = 0
) -> Labels:
    """Pseudo-labels of one picture; `pad_px` of grey gives faces that fill a crop some air."""
    image = picture.image
    if pad_px:
        image = np.asarray(
            cv2.copyMakeBorder(image, *(pad_px,) * 4, cv2.BORDER_REPLICATE), np.uint8
        )
    longest_px = max(image.shape[:2])
    sizes = (round(min(longest_px * 1.25, 640)), round(min(longest_px * 0.9, 450)))
    seen = {name: views(network, image, sizes) for name, network in networks.items()}
    found = agree(seen, blaze.detect(image) if blaze else None, longest_px)
    shift = np.float32(pad_px)
    return Labels(found.boxes - shift, found.landmarks - shift, found.certain)


def build(
    folder: Path,
    pictures: Iterable[Picture],
    networks: dict[str, Detector],
    blaze: Detector | None,
    pad_px: int = 0,
) -> Iterator[tuple[Picture, Labels]]:
    """Label the pictures and write them into `folder`, yielding each for the caller's progress."""
    folder.mkdir(parents=True, exist_ok=True)
    start, shape, source, name, is_test = [0], [], [], [], []
    labels: list[Labels] = []
    with (folder / "pixels.bin").open("wb") as file:
        for picture in pictures:
            found = label(picture, networks, blaze, pad_px)
            file.write(np.ascontiguousarray(picture.image).tobytes())
            start.append(start[-1] + picture.image.size)
            shape.append(picture.image.shape)
            source.append(picture.source)
            name.append(picture.name)
            is_test.append(picture.is_test)
            labels.append(found)
            yield picture, found
    np.savez(
        folder / "index.npz",
        start=np.array(start[:-1], np.int64),
        shape=np.array(shape, np.int32).reshape(-1, 3),
        source=np.array(source, np.str_),
        name=np.array(name, np.str_),
        is_test=np.array(is_test, np.bool_),
        boxes=np.concatenate([found.boxes for found in labels]),
        landmarks=np.concatenate([found.landmarks for found in labels]),
        certain=np.concatenate([found.certain for found in labels]),
        owner=np.repeat(np.arange(len(labels)), [len(found.certain) for found in labels]),
    )


def load(folder: Path) -> Bank:
    """A bank written by `build`; the pixels stay on disk and are mapped."""
    with np.load(folder / "index.npz") as index:
        columns = {key: index[key] for key in index.files}
    pixels = np.memmap(folder / "pixels.bin", np.uint8, mode="r")
    return Bank(pixels=pixels, **columns)
