"""Faces judged by looking at them: pictures are known by their pixels."""

import hashlib
import json
from pathlib import Path

import numpy as np

from facedesk.lab.detection.by_eye import BOXES, judged
from tests.lab.detection.test_scenes import bank


def test_a_picture_is_known_by_its_pixels_and_only_on_the_test_side(tmp_path: Path) -> None:
    pictures = bank("lfw", 3)
    pictures.is_test[1:] = True
    pictures.pixels.reshape(3, -1)[1] = 7
    pictures.pixels.reshape(3, -1)[0] = 7  # the same picture among those trained on
    key = hashlib.sha256(pictures.image(1).tobytes()).hexdigest()[:16]
    file = tmp_path / "boxes.json"
    file.write_text(json.dumps({key: [[1, 2, 30, 40, 1], [50, 60, 70, 90, 0]], "0" * 16: []}))
    ((found, index, labels),) = judged([pictures], file)
    assert found is pictures
    assert index == 1
    assert labels.boxes.tolist() == [[1, 2, 30, 40], [50, 60, 70, 90]]
    assert labels.certain.tolist() == [True, False]
    assert np.isnan(labels.landmarks).all()


def test_every_judged_picture_has_a_face_and_proper_boxes() -> None:
    for key, rows in json.loads(BOXES.read_text()).items():
        assert len(bytes.fromhex(key)) == 8
        table = np.array(rows)
        assert (table[:, 2:4] > table[:, :2]).all()
        assert set(table[:, 4]) <= {0, 1}
        assert table[:, 4].any()
