"""Recorded visits to measure on: what each frame showed, judged by several networks at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facedesk.core.liveness import Glance
from facedesk.core.records import Box, Image
from facedesk.lab.liveness.data import clip_frames, largest, nuaa_frames
from facedesk.lab.liveness.split import CHECK_CLIPS, CHECK_NUAA, TUNE_NUAA
from facedesk.vision.detect import Detector
from facedesk.vision.liveness import FaceWatch, PassiveNetwork

# What the attacker of NUAA did, by the second number of a file's name (in frames: the third).
_PRINTS = {
    "00": "print, still",
    "01": "print, turned",
    "02": "print, bent",
    "03": "print, turned",
    "04": "print, bent",
    "08": "print, still",
}


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames of one person, or of pictures of one. `kind` "live, ..." or the attack's."""

    kind: str
    person: str
    name: str
    frames: Callable[[], Iterator[Image]]

    @property
    def live(self) -> bool:
        return self.kind.startswith("live")


@dataclass(frozen=True, slots=True)
class Visit:
    """Some successive frames of a clip, about a second.

    `logits` are those of each network for each glance; `face_px` is the mean width of the face.
    """

    kind: str
    person: str
    clip: str
    glances: tuple[Glance, ...]
    logits: dict[str, NDArray[np.float64]]
    face_px: float

    @property
    def live(self) -> bool:
        return self.kind.startswith("live")

    def by(self, network: str) -> tuple[Glance, ...]:
        """The glances as this network would have given them."""
        return tuple(
            replace(glance, logit=float(logit))
            for glance, logit in zip(self.glances, self.logits[network], strict=True)
        )


class _Quiet:
    """In the place of a network while cues are collected."""

    name = "none"

    def logit(self, image: Image, box: Box) -> float:
        del image, box
        return 0.0


def check_clips(shared: Path) -> list[Clip]:
    """The clips of the people who are only measured."""
    folder = shared / "webcam"
    found = []
    for path in sorted((folder / "real").glob("*.mp4")):
        person = path.stem.split("_")[0]
        if person in CHECK_NUAA:
            found.append(Clip("live, desk", person, path.stem, _reader(path)))
    for path in sorted((folder / "attack").glob("*.mp4")):
        person, how, _ = path.stem.split("_")
        if person in CHECK_NUAA:
            found.append(Clip(_PRINTS[how], person, path.stem, _reader(path)))
    for path in sorted((folder / "people").glob("*.mkv")):
        if path.stem in CHECK_CLIPS:
            found.append(Clip("live, far", path.stem, path.stem, _reader(path)))
    return found


def tune_clips(repository: Path) -> list[Clip]:
    """Raw frames of the people who set the operating point, clip by clip."""
    clips: dict[str, list[tuple[int, Image]]] = {}
    for path, picture in nuaa_frames(repository, TUNE_NUAA, 1):
        person, _, how, session, number = Path(path).stem.split("_")
        side = "live" if "ClientRaw" in path else "print"
        key = f"{side}_{person}_{how}_{session}"
        clips.setdefault(key, []).append((int(re.sub(r"\D", "", number)), picture))
    found = []
    for key, numbered in sorted(clips.items()):
        side, person, how, _ = key.split("_")
        pictures = [picture for _, picture in sorted(numbered, key=lambda entry: entry[0])]
        kind = "live, desk" if side == "live" else _PRINTS[how]
        found.append(Clip(kind, person, key, partial(iter, pictures)))
    return found


def _reader(path: Path) -> Callable[[], Iterator[Image]]:
    return lambda: clip_frames(path)


def visits(
    clips: Iterable[Clip],
    detector: Detector,
    networks: Sequence[PassiveNetwork],
    frames: int = 16,
) -> Iterator[Visit]:
    """Cut each clip into visits of so many frames with a face; a rest of less than half is left."""
    for clip in clips:
        watch = FaceWatch(_Quiet())
        glances: list[Glance] = []
        rows: list[list[float]] = []
        widths: list[float] = []
        for picture in clip.frames():
            face = largest(detector, picture)
            if face is None or face.score < 0.5:
                continue
            glances.append(watch.look(picture, face))
            rows.append([network.logit(picture, face.box) for network in networks])
            widths.append(face.width_px)
            if len(glances) == frames:
                yield _visit(clip, glances, rows, widths, networks)
                watch = FaceWatch(_Quiet())
                glances, rows, widths = [], [], []
        if 2 * len(glances) >= frames:
            yield _visit(clip, glances, rows, widths, networks)


def _visit(
    clip: Clip,
    glances: list[Glance],
    rows: list[list[float]],
    widths: list[float],
    networks: Sequence[PassiveNetwork],
) -> Visit:
    columns = np.asarray(rows, np.float64).T
    logits = {network.name: columns[number] for number, network in enumerate(networks)}
    return Visit(clip.kind, clip.person, clip.name, tuple(glances), logits, float(np.mean(widths)))
