"""The refiner at run time: crops, mirror, the way back, and what it may not do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from facedesk.core.errors import ModelError
from facedesk.core.records import Face
from facedesk.vision.refine import CROP_PX, CROP_TEMPLATE, RefinedDetector, back, crop_matrix, cut

TRUE = np.array([[120, 100], [180, 110], [148, 140], [122, 170], [170, 178]], np.float32)


@dataclass
class Node:
    name: str


@dataclass
class FakeSession:
    """Answers with the template moved by `shift` (fractions of the crop) in crop and mirror."""

    shift: tuple[float, float] = (0.0, 0.0)
    fed: list[NDArray[np.float32]] = field(default_factory=list)
    broken: bool = False

    def get_inputs(self) -> list[Node]:
        return [Node("crops")]

    def get_outputs(self) -> list[Node]:
        return [Node("landmarks")]

    def run(self, names: Sequence[str] | None, feeds: dict[str, Any]) -> list[Any]:
        if self.broken:
            raise RuntimeError("no")
        crops = feeds["crops"]
        self.fed.append(crops)
        half = len(crops) // 2
        plain = CROP_TEMPLATE / CROP_PX + np.array(self.shift)
        mirrored = plain[[1, 0, 2, 4, 3]] * (-1, 1) + ((CROP_PX - 1) / CROP_PX, 0)
        return [np.stack([plain] * half + [mirrored] * half).reshape(-1, 10).astype(np.float32)]


class Rough:
    """A detector with wrong points."""

    def __init__(self, count: int = 1, error_px: float = 0.0) -> None:
        self.count, self.error_px, self.closed = count, error_px, False

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        points = TRUE + np.float32(self.error_px)
        return [
            Face((90, 60, 210 + k, 220), points.copy(), 0.9 - 0.01 * k) for k in range(self.count)
        ]

    def close(self) -> None:
        self.closed = True


IMAGE = np.random.default_rng(0).integers(0, 256, (300, 300, 3)).astype(np.uint8)


def test_a_refiner_that_sees_the_template_puts_the_points_on_the_fit() -> None:
    (face,) = RefinedDetector(Rough(), FakeSession()).detect(IMAGE)
    wanted = back(CROP_TEMPLATE.astype(float), crop_matrix(TRUE))
    assert face.landmarks == pytest.approx(wanted, abs=1e-3)
    assert face.landmarks.dtype == np.float32
    assert face.box == (90, 60, 210, 220)
    assert face.score == 0.9


def test_crop_and_back_are_inverse() -> None:
    matrix = crop_matrix(TRUE)
    inside = TRUE.astype(float) @ matrix[:, :2].T + matrix[:, 2]
    assert back(inside, matrix) == pytest.approx(TRUE, abs=1e-3)
    assert np.abs(inside - CROP_TEMPLATE).mean() < 3


def test_the_network_sees_the_crop_and_its_mirror() -> None:
    session = FakeSession()
    RefinedDetector(Rough(2), session).detect(IMAGE)
    assert session.fed[0].shape == (4, 3, CROP_PX, CROP_PX)
    assert session.fed[0].dtype == np.float32
    assert np.array_equal(session.fed[0][2:], session.fed[0][:2, :, :, ::-1])
    crop = cut(IMAGE, crop_matrix(TRUE))
    assert np.array_equal(session.fed[0][0].transpose(1, 2, 0), crop)


def test_a_wild_answer_is_not_believed() -> None:
    (face,) = RefinedDetector(Rough(), FakeSession(shift=(0.3, 0.0))).detect(IMAGE)
    assert np.array_equal(face.landmarks, TRUE)


def test_in_a_crowd_the_surest_are_refined_and_all_are_returned() -> None:
    session = FakeSession()
    faces = RefinedDetector(Rough(12), session).detect(IMAGE)
    assert len(faces) == 12
    assert len(session.fed[0]) == 16
    assert not np.array_equal(faces[0].landmarks, TRUE)
    assert np.array_equal(faces[11].landmarks, TRUE)  # the least sure


def test_nobody_costs_nothing() -> None:
    session = FakeSession()
    assert RefinedDetector(Rough(0), session).detect(IMAGE) == []
    assert session.fed == []


def test_failure_is_told_in_words_and_close_closes_both() -> None:
    inner = Rough()
    with pytest.raises(ModelError, match="refiner"):
        RefinedDetector(inner, FakeSession(broken=True)).detect(IMAGE)
    detector = RefinedDetector(inner, FakeSession())
    detector.close()
    detector.close()
    assert inner.closed
    with pytest.raises(RuntimeError, match="closed"):
        detector.detect(IMAGE)
