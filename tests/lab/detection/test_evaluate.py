"""Hard conditions, jitter and the report, with a detector that knows the answer."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facedesk.core.records import Face
from facedesk.lab.detection import report
from facedesk.lab.detection.conditions import CONDITIONS
from facedesk.lab.detection.evaluate import TestSet as PictureSet
from facedesk.lab.detection.evaluate import dlib_faces, largest, measure
from facedesk.lab.detection.labels import Labels

BOX = np.array([[70, 60, 150, 170]], np.float32)
POINTS = np.array([[[92, 100], [128, 100], [110, 122], [96, 142], [124, 142]]], np.float32)


def picture() -> NDArray[np.uint8]:
    """Grey, with a bright green face."""
    image = np.full((250, 250, 3), 90, np.uint8)
    image[60:170, 70:150] = (40, 230, 40)
    return image


class Green:
    """Finds what is greener than the rest by at least half of the brightest green."""

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        green = image[..., 1].astype(int) - image[..., 0]
        rows, columns = np.nonzero(green > max(15, green.max() // 2))
        if rows.size < 20:
            return []
        x1, y1 = float(columns.min()), float(rows.min())
        side = np.array((columns.max() - x1, rows.max() - y1))
        points = np.array((x1, y1)) + (POINTS[0] - BOX[0, :2]) / (BOX[0, 2:] - BOX[0, :2]) * side
        return [Face((x1, y1, x1 + side[0], y1 + side[1]), points.astype(np.float32), 0.9)]

    def close(self) -> None: ...


def a_set() -> PictureSet:
    truth = Labels(BOX, POINTS, np.array([True]))
    return PictureSet("green", [picture()] * 2, [truth] * 2)


@pytest.mark.parametrize("name", sorted(CONDITIONS))
def test_every_condition_is_a_frame_with_the_face_where_it_says(name: str) -> None:
    frame, box = CONDITIONS[name](picture(), POINTS[0].astype(float), BOX[0].astype(float))
    again, _ = CONDITIONS[name](picture(), POINTS[0].astype(float), BOX[0].astype(float))
    assert frame.shape == (480, 640, 3)
    assert frame.dtype == np.uint8
    assert np.array_equal(frame, again)
    inside = frame[max(0, round(box[1])) : round(box[3]), max(0, round(box[0])) : round(box[2])]
    green = inside[..., 1].astype(float) - inside[..., 0]
    outside = frame[..., 1].astype(float) - frame[..., 0]
    assert green.mean() > outside.mean()


def test_all_figures_reach_json_and_page(tmp_path: Path) -> None:
    measured, _ = measure(
        "green",
        lambda smallest, score: Green(),
        [a_set()],
        [picture() * 0],
        a_set(),
        0.5,
        lambda text: None,
    )
    assert measured.chosen == 0.0
    assert measured.at_chosen["green"] == (1.0, 0)
    assert measured.sets["green"].recall == 1.0
    assert measured.sets["green"].nme < 0.05
    assert measured.sets["green, largest face"].recall == 1.0
    assert measured.empty == (0, 1)
    assert measured.conditions["as it is, 160 px"] == 1.0
    assert measured.jitter[1] < 0.05
    page = report.write([measured], tmp_path)
    text = page.read_text("utf-8")
    assert "green" in text
    assert "tilted 30 degrees" in text
    content = json.loads((tmp_path / "detection.json").read_text("utf-8"))
    assert content[0]["sets"]["green"]["average_precision"] == 1.0
    assert "recall at the threshold" in report.as_text([measured])


def test_the_largest_certain_face_is_the_wanted_one() -> None:
    boxes = np.array([[0, 0, 20, 20], [30, 0, 80, 60], [90, 0, 190, 99]], np.float32)
    truth = Labels(boxes, np.repeat(POINTS, 3, axis=0), np.array([True, True, False]))
    assert largest(truth).certain.tolist() == [False, True, False]
    nobody = Labels(boxes, truth.landmarks, np.zeros(3, np.bool_))
    assert not largest(nobody).certain.any()


def test_dlib_points_become_five(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), picture())
    parts = "".join(f'<part name="{k:02d}" x="{k}" y="{2 * k}"/>' for k in range(68))
    listing = tmp_path / "list.xml"
    listing.write_text(
        f"<dataset><images><image file='one.png'><box>{parts}</box></image></images></dataset>"
    )
    found = dlib_faces(listing)
    assert found.truth[0].landmarks[0].tolist() == [
        [38.5, 77], [44.5, 89], [30, 60], [48, 96], [54, 108]
    ]  # fmt: skip
    assert found.truth[0].boxes[0].tolist() == [0, -33.5, 67, 134]
