"""`facedesk evaluate detection`: our detector against public ones on the same pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from facedesk.paths import shipped_models_dir
from facedesk.vision.detect import Detector

_SHARED = Path(__file__).resolve().parents[4] / "shared"


@click.command("detection")
@click.argument("models", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".cache/lab_detection"),
    show_default=True,
    help="Where `python -m facedesk.lab.detection.prepare` put the banks.",
)
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/detection"))
@click.option("--most", default=400, show_default=True, help="Pictures of a set at most.")
@click.option(
    "--smallest-face",
    "smallest_face_px",
    default=60.0,
    show_default=True,
    help="The application's smallest face: sets the size at which pictures are fed; 32: as they are.",
)
@click.option("--threshold", default=0.6, show_default=True, help="The application's score.")
def detection(
    models: tuple[Path, ...],
    cache: Path,
    out: Path,
    most: int,
    smallest_face_px: float,
    threshold: float,
) -> None:
    """Recall, precision, landmarks, hard conditions, jitter and time of MODELS; JSON and HTML.

    Without MODELS: the shipped detector, YuNet (the weights of yunet_2023mar) and MediaPipe.
    """
    import cv2

    from facedesk.lab.detection import report
    from facedesk.lab.detection.evaluate import empty_scenes, measure, test_sets

    cv2.setNumThreads(1)
    public = _SHARED / "models"
    chosen = models or (
        shipped_models_dir() / "face_detector.onnx",
        public / "yunet_s_dynamic.onnx",
        public / "face_detection_short_range.tflite",
    )
    sets, empty = test_sets(cache, most), empty_scenes(cache)
    measured = []
    for path in chosen:
        # BlazeFace's scores are lower: 0.5 is MediaPipe's own default.
        own = 0.5 if path.suffix == ".tflite" else threshold
        figures, _ = measure(
            path.stem, _opener(path), sets, empty, own, click.echo, smallest_face_px
        )
        measured.append(figures)
    click.echo(report.as_text(measured))
    click.echo(f"\nreport: {report.write(measured, out)}")


def _opener(path: Path) -> Callable[[float, float], Detector]:
    """How to open that model for a smallest face and a score threshold."""
    from facedesk.vision.detect import MediaPipeDetector, OnnxDetector
    from facedesk.vision.runtime import open_session

    def make(smallest_face_px: float, score_threshold: float) -> Detector:
        if path.suffix == ".tflite":
            return MediaPipeDetector(path, score_threshold=max(0.1, score_threshold))
        session, _ = open_session(path, "cpu")
        return OnnxDetector(
            session,
            smallest_face_px=smallest_face_px,
            score_threshold=score_threshold,
            largest_input_px=1280,
        )

    return make


if __name__ == "__main__":
    detection()
