"""A card is raised to what a harder measurement says, and never lowered."""

import json
from pathlib import Path

import numpy as np
import pytest

from facedesk.lab.card import raise_thresholds
from facedesk.paths import shipped_models_dir


def test_card_takes_the_level_of_the_harder_place_and_keeps_the_slope(tmp_path: Path) -> None:
    card = tmp_path / "face_embedder.json"
    content = json.loads((shipped_models_dir() / "face_embedder.json").read_text("utf-8"))
    content["thresholds"] = {
        "protocol": "LFW", "fmr_1e-2": 0.5, "fmr_1e-3": 0.6, "fmr_1e-4": 0.66, "fmr_1e-5": 0.7,
    }  # fmt: skip
    card.write_text(json.dumps(content), "utf-8")
    impostor = np.linspace(-0.3, 0.4, 1000, dtype=np.float32)
    impostor[-1] = 0.65  # one comparison of 1,000: the 1e-3 is the level just above the next one
    raise_thresholds(card, np.append(impostor, np.float32(0.64)), "comparisons of a test")
    after = json.loads(card.read_text("utf-8"))
    raised = after["thresholds"]
    assert raised["fmr_1e-2"] == 0.5  # the harder place asks for less here
    assert raised["fmr_1e-3"] == pytest.approx(0.64, abs=1e-4)
    assert raised["fmr_1e-4"] == pytest.approx(0.70, abs=1e-4)
    assert raised["fmr_1e-5"] == pytest.approx(0.74, abs=1e-4)
    assert raised["protocol"].startswith("LFW; fmr_1e-2, fmr_1e-3 raised to 1001 comparisons")
    assert after["contract"] == content["contract"]  # a threshold changes no vector
