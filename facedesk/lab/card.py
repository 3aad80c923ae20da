"""The card of a model that we ship, with thresholds from its own measurement."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from facedesk.lab.metrics import Threshold
from facedesk.vision.cards import parse_card

# The pictures' own licences bind too: see the notes of the card and models/README.md.
LICENCE = (
    "Apache-2.0 for the weights, as far as FaceDesk can give it; learned from pictures of mixed "
    "licences, some for non-commercial research only"
)
MEAN = STD = (127.5, 127.5, 127.5)


def sha256_of(path: Path) -> str:
    """The file's hash as a card states it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def embedder_card(
    model: Path,
    name: str,
    version: str,
    size_px: int,
    dimension: int,
    notes: str,
    flip: bool = False,
) -> dict[str, Any]:
    """A card without thresholds yet, of an embedder that the lab exported."""
    return {
        "name": name,
        "version": version,
        "task": "embed",
        "file": model.name,
        "sha256": sha256_of(model),
        "size": model.stat().st_size,
        "rank": 50,  # behind the public embedders until ours is better
        "input": {
            "width": size_px,
            "height": size_px,
            "colour": "rgb",
            "mean": list(MEAN),
            "std": list(STD),
            "flip": flip,
        },
        "output": {"dimension": dimension},
        "alignment": "arcface_112",
        "licence": LICENCE,
        "source": "trained by this project: facedesk/lab, recipe embedder",
        "notes": notes,
    }


def with_thresholds(
    card: dict[str, Any], thresholds: tuple[Threshold, ...], protocol: str
) -> dict[str, Any]:
    """The card with measured thresholds; says in words which of them are extrapolated."""
    guessed = [f"{t.fmr:g}" for t in thresholds if t.extrapolated]
    if guessed:
        protocol += "; extrapolated from the tail: FMR " + ", ".join(guessed)
    return {**card, "thresholds": {"protocol": protocol, **_rates(thresholds)}}


def with_groups(
    card: dict[str, Any], groups: dict[str, tuple[Threshold, ...]], protocol: str
) -> dict[str, Any]:
    """The card with the thresholds of each group of people, those measured: none extrapolated."""
    table = {
        name: rates
        for name, thresholds in groups.items()
        if (rates := _rates(tuple(t for t in thresholds if not t.extrapolated)))
    }
    return {**card, "groups": {"protocol": protocol, **table}}


def _rates(thresholds: tuple[Threshold, ...]) -> dict[str, float]:
    return {_key(threshold): round(threshold.cosine, 4) for threshold in thresholds}


def _key(threshold: Threshold) -> str:
    """The rate as a card names it: fmr_1e-5."""
    exponent = f"{threshold.fmr:.0e}".split("e-")[1].lstrip("0")
    return f"fmr_1e-{exponent}"


def write_card(card: dict[str, Any], target: Path) -> None:
    """Check the card as the application will, add its contract id, write it."""
    checked = parse_card({k: v for k, v in card.items() if k != "contract"}, target.name)
    target.write_text(json.dumps(checked.as_json(), indent=2, ensure_ascii=False) + "\n", "utf-8")
