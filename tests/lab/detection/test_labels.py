"""Agreement of several detectors over several views."""

import numpy as np
import pytest
from numpy.typing import NDArray

from facedesk.core.records import Face
from facedesk.lab.detection.labels import agree, views

POINTS = np.array([[20, 20], [40, 22], [31, 32], [22, 44], [40, 45]], np.float32)


def face(score: float = 0.9, shift: float = 0.0) -> Face:
    box = (10.0 + shift, 10.0 + shift, 50.0 + shift, 60.0 + shift)
    return Face(box, POINTS + np.float32(shift), score)


class Fixed:
    """Sees one face where the picture's bright square is."""

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        rows, columns = np.nonzero(image[..., 0] > 128)
        x1, y1 = float(columns.min()) - 0.5, float(rows.min()) - 0.5
        x2, y2 = float(columns.max()) + 0.5, float(rows.max()) + 0.5
        share = np.array([[0.2, 0.2], [0.7, 0.2], [0.4, 0.5], [0.3, 0.8], [0.6, 0.8]])
        points = np.array((x1, y1)) + share * (x2 - x1, y2 - y1)
        return [Face((x1, y1, x2, y2), points.astype(np.float32), 0.9)]

    def close(self) -> None: ...


def test_views_come_back_to_the_picture_with_left_and_right_in_place() -> None:
    image = np.zeros((100, 120, 3), np.uint8)
    image[20:60, 10:50] = 255
    for (seen,) in views(Fixed(), image, (120, 240)):
        assert seen.box == pytest.approx((9.5, 19.5, 49.5, 59.5), abs=1.0)
        assert seen.landmarks[0, 0] < seen.landmarks[1, 0]
        assert seen.landmarks[3, 0] < seen.landmarks[4, 0]


def test_what_all_see_is_a_face_at_the_mean_place() -> None:
    labels = agree({"a": [[face()], [face(shift=2)]], "b": [[face()], [face(shift=2)]]}, None, 200)
    assert labels.certain.tolist() == [True]
    assert labels.boxes[0] == pytest.approx(np.array([11, 11, 51, 61]), abs=0.01)


def test_what_one_network_sees_alone_is_ignored_not_background() -> None:
    labels = agree({"a": [[face()], [face()]], "b": [[], []]}, None, 200)
    assert labels.certain.tolist() == [False]


def test_a_large_face_needs_blaze_too_and_a_small_one_does_not() -> None:
    seen = {"a": [[face()]], "b": [[face()]]}
    assert agree(seen, [], 100).certain.tolist() == [False]
    assert agree(seen, [face()], 100).certain.tolist() == [True]
    assert agree(seen, [], 1000).certain.tolist() == [True]


def test_what_only_blaze_sees_is_ignored() -> None:
    assert agree({"a": [[]], "b": [[]]}, [face()], 100).certain.tolist() == [False]


def test_nothing_is_nothing() -> None:
    labels = agree({"a": [[]], "b": [[]]}, None, 100)
    assert labels.boxes.shape == (0, 4)
    assert labels.landmarks.shape == (0, 5, 2)
