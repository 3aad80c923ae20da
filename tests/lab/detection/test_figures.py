"""The worst cases are the ones shown, worst first."""

from __future__ import annotations

import re

import numpy as np

from facedesk.core.records import Face
from facedesk.lab.detection import evaluate
from facedesk.lab.detection.figures import set_figures, worst_cases
from facedesk.lab.detection.labels import Labels
from facedesk.lab.detection.metrics import match

POINTS = np.array([[3, 4], [7, 4], [5, 6], [3, 8], [7, 8]], np.float32)


def _truth(*sides: float) -> Labels:
    boxes = np.array([(40.0 * k, 0, 40.0 * k + side, side) for k, side in enumerate(sides)])
    points = np.array([POINTS + np.float32([40 * k, 0]) for k in range(len(sides))], np.float32)
    return Labels(boxes.astype(np.float32), points, np.ones(len(sides), np.bool_))


def _found(left: float, side: float, score: float, shift: float = 0.0) -> Face:
    points = POINTS + np.float32([left + shift, 0])
    return Face((left, 0.0, left + side, side), points, score)


def test_misses_false_alarms_and_bad_landmarks_are_on_the_sheet() -> None:
    image = np.full((60, 200, 3), 90, np.uint8)
    pictures = evaluate.TestSet("made up", [image], [_truth(10, 30, 20)])
    found = [[_found(0, 10, 0.9, shift=2.0), _found(160, 20, 0.8), _found(120, 20, 0.2)]]
    matched = match(found, pictures.truth)
    sheet = worst_cases(pictures, matched, threshold=0.5)
    words = re.findall(r"<figcaption>([^<]+)<", sheet)
    assert words == ["missed, 30 px", "missed, 20 px", "false, score 0.80", "landmarks off by 50 %"]


def test_a_set_is_drawn_with_a_curve_a_detector() -> None:
    truth = [_truth(10, 30)]
    matched = match([[_found(0, 10, 0.9), _found(40, 30, 0.8)]], truth)
    drawing = set_figures("made up", {"ours": matched, "theirs": match([[]], truth)})
    assert drawing.count("<polyline") == 4
