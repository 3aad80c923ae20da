"""Matching, average precision, landmark error and jitter by hand."""

import numpy as np
import pytest

from facedesk.core.records import Face
from facedesk.lab.detection.labels import Labels
from facedesk.lab.detection.metrics import (
    average_precision,
    jitter,
    match,
    normalised_error,
    recall_at_false_positives,
    score_at_false_positives,
    summarise,
)

POINTS = np.array([[2, 3], [6, 3], [4, 5], [2.5, 8], [5.5, 8]], np.float32)


def face(x: float, score: float, side: float = 10.0) -> Face:
    return Face((x, 0.0, x + side, side), POINTS + np.array([x, 0], np.float32), score)


def labels(*places: float, certain: tuple[bool, ...] | None = None) -> Labels:
    boxes = np.array([(x, 0, x + 10, 10) for x in places], np.float32).reshape(-1, 4)
    points = np.array([POINTS + np.array([x, 0]) for x in places], np.float32).reshape(-1, 5, 2)
    return Labels(boxes, points, np.array(certain or [True] * len(places), np.bool_))


def test_all_right_is_perfect() -> None:
    matched = match([[face(0, 0.9), face(50, 0.8)]], [labels(0, 50)])
    summary = summarise(matched, 0.5)
    assert summary.recall == summary.precision == summary.average_precision == 1.0
    assert summary.nme == pytest.approx(0.0, abs=1e-6)
    assert summary.mean_iou == pytest.approx(1.0)


def test_a_second_box_on_the_same_face_is_wrong() -> None:
    matched = match([[face(0, 0.9), face(1, 0.8)]], [labels(0)])
    assert matched.right.tolist() == [True, False]
    assert summarise(matched, 0.5).false_positives == 1


def test_what_lies_on_an_ignored_face_counts_for_nothing() -> None:
    matched = match([[face(0, 0.9), face(50, 0.8)]], [labels(0, 50, certain=(True, False))])
    assert matched.right.tolist() == [True]
    assert len(matched.face_px) == 1


def test_a_miss_lowers_recall_and_a_false_one_precision() -> None:
    matched = match([[face(200, 0.9), face(0, 0.8)], []], [labels(0), labels(0)])
    summary = summarise(matched, 0.5)
    assert summary.recall == 0.5
    assert summary.precision == 0.5
    # One of two faces, found second: precision 1/2 over half of the recall axis.
    assert average_precision(matched) == pytest.approx(0.25)
    assert recall_at_false_positives(matched, 0.0) == 0.0
    assert recall_at_false_positives(matched, 0.5) == 0.5
    assert score_at_false_positives(matched, 0.0) == 0.9
    assert score_at_false_positives(matched, 0.5) == 0.0


def test_the_threshold_is_kept() -> None:
    matched = match([[face(0, 0.4)]], [labels(0)])
    assert summarise(matched, 0.5).recall == 0.0
    assert summarise(matched, 0.4).recall == 1.0


def test_normalised_error_is_by_the_eyes() -> None:
    assert normalised_error(POINTS + np.array([2, 0], np.float32), POINTS) == pytest.approx(0.5)


def test_a_still_face_has_no_jitter_and_a_shaken_one_has() -> None:
    assert jitter([face(0, 0.9)] * 5) == (0.0, 0.0)
    box, points = jitter([face(0, 0.9), face(0.4, 0.9)])
    # x is 0.2 px off its mean in every frame, y never: root mean square 0.2 / sqrt(2), eyes 4 px.
    assert box == pytest.approx(0.2 / np.sqrt(2) / 4)
    assert points == pytest.approx(0.2 / np.sqrt(2) / 4)


def test_sets_without_faces_do_not_divide_by_zero() -> None:
    summary = summarise(match([[], [face(0, 0.9)]], [labels(), labels()]), 0.5)
    assert summary.faces == 0
    assert summary.false_positives == 1
