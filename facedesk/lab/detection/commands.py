"""`facedesk evaluate detection`: our detector against public ones on the same pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from facedesk.lab.options import FILE, FOLDER, SHARED
from facedesk.paths import shipped_models_dir
from facedesk.vision.detect import Detector


@click.command("detection")
@click.argument("models", nargs=-1, type=FILE)
@click.option(
    "--cache",
    type=FOLDER,
    default=Path(".cache/lab_detection"),
    show_default=True,
    help="Where `python -m facedesk.lab.detection.prepare` put the banks.",
)
@click.option("--out", type=FOLDER, default=Path("out/detection"))
@click.option("--most", default=400, show_default=True, help="Pictures of a set at most.")
@click.option(
    "--smallest-face",
    "smallest_face_px",
    default=60.0,
    show_default=True,
    help="The application's smallest face: it sets the size fed (32: as it is).",
)
@click.option(
    "--refiner",
    type=FILE,
    help="Measure every ONNX detector also with its landmarks refined by this file.",
)
@click.option("--threshold", default=0.6, show_default=True, help="The application's score.")
def detection(
    models: tuple[Path, ...],
    cache: Path,
    out: Path,
    most: int,
    smallest_face_px: float,
    refiner: Path | None,
    threshold: float,
) -> None:
    """Recall, precision, landmarks, hard conditions, jitter and time of MODELS; JSON and HTML.

    Without MODELS: the shipped detector, YuNet (the weights of yunet_2023mar) and MediaPipe.
    """
    import cv2

    from facedesk.lab.detection import report
    from facedesk.lab.detection.evaluate import empty_scenes, measure, spare_faces, test_sets
    from facedesk.lab.detection.figures import set_figures, worst_cases

    cv2.setNumThreads(1)
    public = SHARED / "models"
    chosen = models or (
        shipped_models_dir() / "face_detector.onnx",
        public / "yunet_s_dynamic.onnx",
        public / "face_detection_short_range.tflite",
    )
    sets, empty, spare = test_sets(cache, most), empty_scenes(cache), spare_faces(cache, most)
    measured, matched = [], {}
    plans: list[tuple[Path, Path | None]] = [(path, None) for path in chosen]
    if refiner:
        plans = [
            (path, with_refiner)
            for path in chosen
            for with_refiner in ((None, refiner) if path.suffix == ".onnx" else (None,))
        ]
    for path, with_refiner in plans:
        # BlazeFace's scores are lower: 0.5 is MediaPipe's own default.
        own = 0.5 if path.suffix == ".tflite" else threshold
        name = path.stem + (" refined" if with_refiner else "")
        figures, matched[name] = measure(
            name,
            _opener(path, with_refiner),
            sets,
            empty,
            spare,
            own,
            click.echo,
            smallest_face_px,
        )
        measured.append(figures)
    click.echo(report.as_text(measured))
    drawn = "".join(
        set_figures(
            pictures.name, {name: by_set[pictures.name] for name, by_set in matched.items()}
        )
        for pictures in sets
    )
    first = measured[0]
    for pictures in sets:
        worst = worst_cases(pictures, matched[first.name][pictures.name], first.threshold)
        drawn += f"<h2>Worst of {first.name}: {pictures.name}</h2>{worst}"
    click.echo(f"\nreport: {report.write(measured, out, drawn)}")


def _opener(path: Path, refiner: Path | None = None) -> Callable[[float, float], Detector]:
    """How to open that model for a smallest face and a score threshold."""
    from facedesk.vision.detect import MediaPipeDetector, OnnxDetector
    from facedesk.vision.refine import RefinedDetector
    from facedesk.vision.runtime import open_session

    def make(smallest_face_px: float, score_threshold: float) -> Detector:
        if path.suffix == ".tflite":
            return MediaPipeDetector(path, score_threshold=max(0.1, score_threshold))
        session, _ = open_session(path, "cpu")
        detector = OnnxDetector(
            session,
            smallest_face_px=smallest_face_px,
            score_threshold=score_threshold,
            largest_input_px=1280,
        )
        return RefinedDetector(detector, open_session(refiner, "cpu")[0]) if refiner else detector

    return make


if __name__ == "__main__":
    detection()
