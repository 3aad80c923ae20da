"""Builds the banks the detector trains on and is measured on.

python -m facedesk.lab.detection.prepare --shared ../shared --cache .cache/lab_detection
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import cv2
import onnxruntime

from facedesk.lab.detection import bank, pictures
from facedesk.vision.detect import Detector, MediaPipeDetector, OnnxDetector

TEACHERS = ("yunet_s_dynamic.onnx", "yunet_n_dynamic.onnx")
_CLEAN_CROPS = frozenset({"fairface", "mps"})


def teacher(path: Path, score_threshold: float = 0.45) -> OnnxDetector:
    """A public network at the size it is given, one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return OnnxDetector(
        session, smallest_face_px=16, largest_input_px=1280, score_threshold=score_threshold
    )


def parts(shared: Path, raw: Path) -> dict[str, Callable[[], Iterator[pictures.Picture]]]:
    """The banks by name."""
    data = shared / "data"

    def clips() -> Iterator[pictures.Picture]:
        yield from pictures.webcam(data / "webcam")
        yield from pictures.people_clips(data / "webcam")

    def scenes() -> Iterator[pictures.Picture]:
        yield from pictures.berkeley(raw / "BSDS500")
        yield from pictures.skimage_scenes()

    return {
        "lfw": lambda: pictures.lfw(data / "lfw"),
        "clips": clips,
        "scenes": scenes,
        "crops": lambda: pictures.crops(data / "faces", _CLEAN_CROPS, 5_000),
        "mebeauty": lambda: pictures.mebeauty(raw / "original_images"),
    }


@click.command()
@click.option("--shared", type=click.Path(path_type=Path, exists=True), default="../shared")
@click.option("--cache", type=click.Path(path_type=Path), default=".cache/lab_detection")
@click.option("--only", multiple=True, help="Build only these banks.")
def prepare(shared: Path, cache: Path, only: tuple[str, ...]) -> None:
    """Label all pictures by agreement of public detectors (minutes; once)."""
    cv2.setNumThreads(1)
    networks: dict[str, Detector] = {name: teacher(shared / "models" / name) for name in TEACHERS}
    blaze = MediaPipeDetector(
        shared / "models" / "face_detection_short_range.tflite", score_threshold=0.3
    )
    for name, make in parts(shared, cache / "raw").items():
        if only and name not in only:
            continue
        begun = time.monotonic()
        # Crops are all face: BlazeFace, trained on faces with air around, is not asked there.
        is_crop = name == "crops"
        count = sure = unsure = 0
        for _, found in bank.build(
            cache / "banks" / name,
            make(),
            networks,
            None if is_crop else blaze,
            pad_px=32 if is_crop else 0,
        ):
            count += 1
            sure += int(found.certain.sum())
            unsure += int((~found.certain).sum())
        click.echo(
            f"{name}: {count} pictures, {sure} faces, {unsure} ignored,"
            f" {time.monotonic() - begun:.0f} s"
        )
    blaze.close()


if __name__ == "__main__":
    prepare()
