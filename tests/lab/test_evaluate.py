"""The whole evaluation on made-up people: figures, text, JSON and the page."""

from __future__ import annotations

import html
import json
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.records import Image, Vector
from facedesk.lab import evaluate, report
from facedesk.lab.evaluate import Measured
from facedesk.lab.faces import Faces, LoadedModel
from facedesk.lab.protocols import Pairs
from facedesk.vision.cards import parse_card

PEOPLE, PICTURES, DIMENSION = 1000, 6, 32

CARD = {
    "name": "made-up",
    "task": "embed",
    "file": "made-up.onnx",
    "sha256": "0" * 64,
    "input": {"width": 32, "height": 32, "colour": "rgb", "mean": [0, 0, 0], "std": [1, 1, 1]},
    "output": {"dimension": DIMENSION},
    "alignment": "arcface_112",
    "licence": "none",
    "source": "a test",
}


class FakeEmbedder:
    """Stands where a network would; only its speed is asked for here."""

    contract = "made-up"
    dimension = DIMENSION

    def crop(self, image: Image, landmarks: Vector) -> Image:
        return image

    def embed(self, crops: list[Image]) -> Vector:
        return np.ones((len(crops), DIMENSION), np.float32)


@pytest.fixture(scope="module")
def measured() -> Measured:
    random = np.random.default_rng(0)
    people = np.repeat(np.arange(PEOPLE), PICTURES)
    centres = random.normal(size=(PEOPLE, DIMENSION))
    vectors = centres[people] + 0.4 * random.normal(size=(len(people), DIMENSION))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    names = tuple(f"{person}_{k % PICTURES}" for k, person in enumerate(people))
    faces = Faces(
        tuple(Path(name) for name in names),
        names,
        people,
        np.zeros((len(people), 5, 2), np.float32),
        np.ones(len(people), bool),
    )
    first = [f"{k}_0" for k in range(400)]
    second = [f"{k if k % 2 else k + 1}_1" for k in range(400)]
    same = np.array(
        [a.split("_")[0] == b.split("_")[0] for a, b in zip(first, second, strict=True)]
    )
    pairs = Pairs(tuple(first), tuple(second), same, np.arange(400) // 40)
    model = LoadedModel(parse_card(CARD, "test"), FakeEmbedder(), 4_000_000)  # type: ignore[arg-type]
    return evaluate.evaluate_model(model, faces, pairs, "a test", vectors)


def test_made_up_people_are_told_apart(measured: Measured) -> None:
    assert measured.lfw.accuracy > 0.99
    assert measured.pairs.impostor_count == 600 * 599 // 2 - 200
    assert measured.closed.rank_1.share > 0.99
    assert [setting.enrolled for setting in measured.open] == [50, 200, 500, 200]
    assert measured.open[1].strangers == 3000
    assert measured.within > 0.8 > measured.between


def test_thresholds_rise_with_strictness(measured: Measured) -> None:
    cosines = [threshold.cosine for threshold in measured.thresholds]
    assert cosines == sorted(cosines)
    assert [t.extrapolated for t in measured.thresholds] == [False] * 3 + [True] * 3


def test_the_report_holds_every_figure_and_loads_nothing(
    measured: Measured, tmp_path: Path
) -> None:
    as_json, page = report.write([measured, measured], tmp_path, "Made-up <people>")
    table = json.loads(as_json.read_text("utf-8"))
    assert len(table) == 2 and table[0]["lfw"]["tpr"]["0.001"]["count"] == 200
    assert sum(table[0]["pairs"]["impostor"]) == measured.pairs.impostor_count
    text = page.read_text("utf-8")
    assert "Made-up &lt;people&gt;" in text
    assert "http" not in text and "<script" not in text and text.count("<svg") == 5
    for label, _ in report.rows([measured]):
        assert html.escape(label) in text


def test_the_terminal_shows_models_side_by_side(measured: Measured) -> None:
    lines = report.as_text([measured, measured]).splitlines()
    assert lines[0].split() == ["made-up", "made-up"]
    assert len({len(line) for line in lines}) == 1


def test_the_map_gathers_the_pictures_of_a_person(measured: Measured) -> None:
    shown = measured.map
    assert len(shown.shown) == 16 and len(shown.points) == 16 * PICTURES
    assert np.abs(shown.points).max() <= 1
    apart = np.linalg.norm(shown.points[:, None] - shown.points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    nearest = shown.people[apart.argmin(axis=1)]
    assert (nearest == shown.people).mean() > 0.95
