"""The card of a shipped embedder is one that the application accepts."""

from __future__ import annotations

from pathlib import Path

from facedesk.lab.card import embedder_card, with_thresholds, write_card
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
