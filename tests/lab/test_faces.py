"""Whose landmarks the lab measures with, and that a kept table is of these very models."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedesk.lab.faces import landmarks_key, landmarks_name, lfw_faces, open_detector
from facedesk.paths import shipped_models_dir
from facedesk.vision.detect import OnnxDetector
from facedesk.vision.refine import RefinedDetector

SHIPPED = shipped_models_dir() / "face_detector.onnx"


def test_the_refiner_beside_a_detector_has_the_last_word(tmp_path: Path) -> None:
    alone = tmp_path / "face_detector.onnx"
    shutil.copy(SHIPPED, alone)
    assert isinstance(open_detector(SHIPPED), RefinedDetector)
    assert isinstance(open_detector(alone), OnnxDetector)
    assert landmarks_name(SHIPPED) == "face_detector_refined"
    assert landmarks_name(alone) == "face_detector"


def test_a_table_of_another_detector_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "images" / "Ada"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "Ada_0001.webp"), np.full((64, 64, 3), 200, np.uint8))
    detector = tmp_path / "detector.onnx"
    shutil.copy(SHIPPED, detector)
    cache = tmp_path / "cache"
    first = lfw_faces(tmp_path, detector, cache)
    assert not first.found[0]
    assert np.array_equal(lfw_faces(tmp_path, detector, cache).landmarks, first.landmarks)
    # The same network in other bytes: the name alone must not be enough.
    old = landmarks_key(detector)
    detector.write_bytes(detector.read_bytes() + b"\x72\x00")
    assert landmarks_key(detector) != old
    lfw_faces(tmp_path, detector, cache)
    assert len(list(cache.iterdir())) == 2


def test_a_table_of_other_pictures_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "images" / "Ada"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "Ada_0001.webp"), np.full((64, 64, 3), 200, np.uint8))
    lfw_faces(tmp_path, SHIPPED, tmp_path)
    (folder / "Ada_0001.webp").rename(folder / "Ada_0002.webp")
    with pytest.raises(ValueError, match="delete it"):
        lfw_faces(tmp_path, SHIPPED, tmp_path)


def test_whoever_lfw_has_under_two_names_is_one_person(tmp_path: Path) -> None:
    for name in ("Ada", "Joseph_Blatter", "Sepp_Blatter"):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / f"{name}_0001.webp"), np.full((64, 64, 3), 200, np.uint8))
    faces = lfw_faces(tmp_path, SHIPPED, tmp_path)
    assert faces.names == ("Ada_0001", "Joseph_Blatter_0001", "Sepp_Blatter_0001")
    assert faces.people.tolist() == [0, 1, 1]
