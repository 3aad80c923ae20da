"""The card of a shipped embedder is one that the application accepts."""

from __future__ import annotations

from pathlib import Path

from facedesk.lab.card import embedder_card, with_groups, with_thresholds, write_card
from facedesk.lab.metrics import Threshold
from facedesk.vision.cards import read_card


def test_a_written_card_is_read_back_with_its_thresholds_and_contract(tmp_path: Path) -> None:
    model = tmp_path / "face_embedder.onnx"
    model.write_bytes(b"weights")
    plain = embedder_card(model, "facedesk-embedder", "1", 112, 256, "a test")
    measured = (Threshold(1e-3, 0.31, False), Threshold(1e-6, 0.62, True))
    write_card(with_thresholds(plain, measured, "LFW"), tmp_path / "face_embedder.json")
    card = read_card(tmp_path / "face_embedder.json")
    assert card.thresholds == {"fmr_1e-3": 0.31, "fmr_1e-6": 0.62}
    assert "extrapolated" in card.protocol and "1e-06" in card.protocol
    assert card.dimension == 256 and card.input.colour == "rgb"
    assert card.contract and card.size == 7


def test_a_groups_extrapolated_threshold_stays_off_the_card(tmp_path: Path) -> None:
    model = tmp_path / "face_embedder.onnx"
    model.write_bytes(b"weights")
    plain = embedder_card(model, "facedesk-embedder", "1", 112, 256, "a test")
    measured = (Threshold(1e-3, 0.38, False), Threshold(1e-4, 0.47, True))
    guessed = (Threshold(1e-3, 0.4, True), Threshold(1e-4, 0.5, True))
    groups = {"age: 20-29": measured, "age: 70+": guessed}
    write_card(with_groups(plain, groups, "pairs within each"), tmp_path / "face_embedder.json")
    card = read_card(tmp_path / "face_embedder.json")
    assert card.groups == {"age: 20-29": {"fmr_1e-3": 0.38}}
    assert card.groups_protocol == "pairs within each"
