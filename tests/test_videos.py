"""The videos that end-to-end stories are told with."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedesk.core.records import Image
from facedesk.vision.detect import OnnxDetector
from facedesk.vision.files import FileSource
from tests.fakes import COLOURS, FakeDetector, FakeEmbedder, picture, vector_of
from tests.videos import write_video


def frames_of(path: Path) -> list[Image]:
    source = FileSource(path)
    source.open()
    frames = []
    while (image := source.read()) is not None:
        frames.append(image)
    source.close()
    return frames


def runs(values: list[str]) -> list[str]:
    """Each value once, in order, when it stays for more than one frame."""
    steady = [first for first, second in pairwise(values) if first == second]
    return [value for before, value in pairwise(["", *steady]) if value != before]


def test_each_person_comes_and_goes_with_nobody_between(tmp_path: Path) -> None:
    people = [picture((name, (75, 75, 100)), size=(250, 250)) for name in ("red", "blue")]
    path = write_video(tmp_path / "two.avi", people, fps=10, seconds_each=1.5, empty_s=0.5)
    frames = frames_of(path)
    assert len(frames) == 5 + 15 + 5 + 15 + 5
    assert {frame.shape for frame in frames} == {(480, 640, 3)}

    detector, embedder = FakeDetector(), FakeEmbedder()
    known = {name: vector_of(name) for name in COLOURS}
    seen, middles = [], []
    for frame in frames:
        faces = detector.detect(frame)
        if not faces:
            seen.append("nobody")
            continue
        vector = embedder.embed([embedder.crop(frame, faces[0].landmarks)])[0]
        seen.append(max(known, key=lambda name: float(known[name] @ vector)))
        middles.append((faces[0].box[0] + faces[0].box[2]) / 2)
    assert runs(seen) == ["nobody", "red", "nobody", "blue", "nobody"]
    assert min(middles) < 120 and max(middles) > 520
    assert sum(abs(x - 320) < 15 for x in middles) >= 10  # half a second each in the middle


def test_no_frame_repeats(tmp_path: Path) -> None:
    person = picture(("green", (75, 75, 100)), size=(250, 250))
    frames = frames_of(write_video(tmp_path / "one.avi", [person], fps=10))
    assert len({frame.tobytes() for frame in frames}) == len(frames)


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    person = picture(("green", (75, 75, 100)), size=(250, 250))
    with pytest.raises(ValueError, match="at least"):
        write_video(tmp_path / "short.avi", [person], seconds_each=1.0)
    with pytest.raises(OSError, match="cannot be written"):
        write_video(tmp_path / "missing" / "one.avi", [person])


@pytest.mark.model
@pytest.mark.data
def test_a_real_detector_follows_real_faces(
    tmp_path: Path, shared_dir: Path, models_dir: Path
) -> None:
    import onnxruntime

    folders = sorted((shared_dir / "data" / "lfw" / "images").iterdir())[100:103]
    faces = [cv2.imread(str(next(folder.glob("*.webp")))) for folder in folders]
    session = onnxruntime.InferenceSession(
        str(models_dir / "yunet_s_dynamic.onnx"), providers=["CPUExecutionProvider"]
    )
    detector = OnnxDetector(session, smallest_face_px=60)
    found = [
        len(detector.detect(frame))
        for frame in frames_of(write_video(tmp_path / "lfw.avi", faces, fps=10))
    ]
    assert runs([str(count) for count in found]) == ["0", "1", "0", "1", "0", "1", "0"]
    assert np.count_nonzero(found) >= 3 * 9
