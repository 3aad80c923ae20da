"""Tiny networks in real ONNX files with their cards, for tests that need no public weights."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from facedesk.lab.onnx_file import Graph
from facedesk.vision.cards import ModelCard, parse_card

SIZE_PX = 16
DIMENSION = 8


def card_json(sha256: str = "0" * 64, **changes: Any) -> dict[str, Any]:
    """A whole embedder card as decoded JSON; `changes` replace top-level fields."""
    card = {
        "name": "tiny",
        "task": "embed",
        "file": "tiny.onnx",
        "sha256": sha256,
        "size": 0,
        "input": {
            "width": SIZE_PX,
            "height": SIZE_PX,
            "colour": "rgb",
            "mean": [127.5, 120.0, 110.0],
            "std": [128.0, 64.0, 32.0],
            "flip": False,
        },
        "output": {"dimension": DIMENSION},
        "alignment": "arcface_112",
        "thresholds": {"fmr_1e-3": 0.3, "fmr_1e-4": 0.4, "protocol": "made up for tests"},
        "licence": "Apache-2.0",
        "source": "https://example.org/tiny.onnx",
    }
    return card | changes


def weights(dimension: int = DIMENSION, seed: int = 0) -> np.ndarray:
    """(3 x 16 x 16, dimension) float32: the network is one matrix product."""
    random = np.random.default_rng(seed)
    return random.standard_normal((3 * SIZE_PX * SIZE_PX, dimension)).astype(np.float32)


def network(
    batch: int | str = "n",
    *,
    dimension: int = DIMENSION,
    channels_last: bool = False,
    seed: int = 0,
) -> bytes:
    """An ONNX file: flattened input times `weights`."""
    graph = Graph("tiny")
    graph.add_constant("weights", weights(dimension, seed))
    graph.add_node("Flatten", ["pixels"], "flat", axis=1)
    graph.add_node("MatMul", ["flat", "weights"], "vectors")
    sides = [SIZE_PX, SIZE_PX, 3] if channels_last else [3, SIZE_PX, SIZE_PX]
    return graph.serialise({"pixels": [batch, *sides]}, {"vectors": [batch, dimension]})


def write_model(
    folder: Path, name: str = "tiny", *, data: bytes | None = None, **changes: Any
) -> ModelCard:
    """A model file and the card beside it."""
    content = network() if data is None else data
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(content)
    card = card_json(hashlib.sha256(content).hexdigest(), name=name, file=f"{name}.onnx", **changes)
    (folder / f"{name}.json").write_text(json.dumps(card), encoding="utf-8")
    return parse_card(card, name)
