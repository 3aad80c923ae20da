"""Windows around faces, cut once: `python -m facedesk.lab.liveness.data` fills the cache.

The raw NUAA frames come from a git directory (imironica/liveness, folder db/), read without a work
tree. What is stored is wider than what the network sees, so that each step may move and scale it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Face, Image
from facedesk.lab.faces import open_detector
from facedesk.lab.liveness.split import LEARN_CLIPS, LEARN_NUAA, learn_name
from facedesk.paths import shipped_models_dir
from facedesk.vision.detect import Detector
from facedesk.vision.face_window import cut_window

WIDE_SCALE = 3.6
WIDE_PX = 128
_BLACK = 6


@dataclass(frozen=True, slots=True)
class Windows:
    """`crops` uint8 (n, 128, 128, 3) BGR, `live` (n,) bool, `origin` of each: "nuaa", ...

    `framed`: the picture shows a black edge, as LFW's turned pictures do. Such a face may become
    an attack, but must not teach that a frame is a sign of life.
    """

    crops: NDArray[np.uint8]
    live: NDArray[np.bool_]
    origin: NDArray[np.str_]
    framed: NDArray[np.bool_]


def largest(detector: Detector, image: Image) -> Face | None:
    return max(detector.detect(image), key=lambda face: face.area_px, default=None)


def nuaa_frames(
    repository: Path, people: frozenset[str], every: int
) -> Iterator[tuple[str, Image]]:
    """(path in the repository, picture) of the people's frames, each `every`-th."""
    git = ["git", "-C", str(repository)]
    listing = subprocess.run(
        [*git, "ls-tree", "-r", "--name-only", "HEAD", "db"], capture_output=True, check=True
    ).stdout.decode()
    paths = [
        path
        for path in listing.splitlines()
        if path.endswith(".jpg") and path.split("/")[2] in people
    ]
    with subprocess.Popen(
        [*git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        for path in paths[::every]:
            process.stdin.write(f"HEAD:{path}\n".encode())
            process.stdin.flush()
            size = int(process.stdout.readline().split()[2])
            content = process.stdout.read(size + 1)[:size]
            picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
            if picture is not None:
                yield path, np.asarray(picture, np.uint8)
        process.stdin.close()


def clip_frames(path: Path, every: int = 1) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(path))
    number = 0
    while True:
        there, picture = capture.read()
        if not there:
            break
        if number % every == 0:
            yield np.asarray(picture, np.uint8)
        number += 1
    capture.release()


def _pictures(repository: Path, shared: Path) -> Iterator[tuple[str, bool, Image]]:
    for path, picture in nuaa_frames(repository, LEARN_NUAA, 2):
        yield "nuaa", "ClientRaw" in path, picture
    for name in sorted(LEARN_CLIPS):
        for picture in clip_frames(shared / "webcam" / "people" / f"{name}.mkv", 3):
            yield "intel", True, picture
    for file in sorted((shared / "lfw" / "images").rglob("*.webp"))[::3]:
        if learn_name(file.stem.rsplit("_", 1)[0]):
            coded = np.fromfile(file, np.uint8)
            yield "lfw", True, np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def load(cache: Path) -> Windows:
    with np.load(cache / "windows.npz") as stored:
        crops, origin = stored["crops"], stored["origin"]
        dark = (crops[:, 16:-16, 16:-16].max(axis=3) < _BLACK).mean(axis=(1, 2))
        return Windows(crops, stored["live"], origin, (origin == "lfw") & (dark > 0.005))


@click.command()
@click.option("--repository", type=click.Path(path_type=Path), required=True)
@click.option("--shared", type=click.Path(path_type=Path), required=True)
@click.option("--cache", type=click.Path(path_type=Path), default=".cache/lab_liveness")
def prepare(repository: Path, shared: Path, cache: Path) -> None:
    """Find the face in every picture to learn from and store the window around it."""
    cv2.setNumThreads(1)
    detector = open_detector(shipped_models_dir() / "face_detector.onnx", smallest_face_px=30)
    crops, live, origin = [], [], []
    for source, is_live, picture in _pictures(repository, shared):
        face = largest(detector, picture)
        if face is None or face.score < 0.5:
            continue
        crops.append(cut_window(picture, face.box, WIDE_SCALE, WIDE_PX))
        live.append(is_live)
        origin.append(source)
        if len(crops) % 500 == 0:
            click.echo(f"{len(crops)} faces")
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(
        cache / "windows.npz", crops=np.stack(crops), live=np.array(live), origin=np.array(origin)
    )
    for source in sorted(set(origin)):
        of = [flag for flag, name in zip(live, origin, strict=True) if name == source]
        click.echo(f"{source}: {sum(of)} live, {len(of) - sum(of)} attacks")


if __name__ == "__main__":
    prepare()
