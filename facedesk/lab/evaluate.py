"""Measure embedders on LFW: verification, all impostor pairs, closed and open set, thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from facedesk.lab.embedding_map import EmbeddingMap, embedding_map
from facedesk.lab.faces import (
    Faces,
    LoadedModel,
    embed_faces,
    landmarks_name,
    lfw_faces,
    milliseconds_a_face,
    open_model,
)
from facedesk.lab.metrics import Threshold, thresholds_for_fmr
from facedesk.lab.protocols import (
    AllPairs,
    ClosedSet,
    OpenSet,
    Pairs,
    Verification,
    all_pairs,
    closed_set,
    identity_spread,
    open_set,
    read_lfw_pairs,
    verification,
)

OPEN_SET_SIZES = ((50, 1), (200, 1), (500, 1), (200, 5))
STRANGERS = 3000
HISTOGRAM_EDGES = np.linspace(-0.5, 1.0, 76)


class PairScorer(Protocol):
    """What scores pairs of vectors, higher for one person."""

    def score(
        self, first: NDArray[np.float32], second: NDArray[np.float32]
    ) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that one model showed."""

    name: str
    contract: str
    size_bytes: int
    milliseconds: float
    landmarks_from: str
    faces_missed: int
    lfw: Verification
    pairs: AllPairs
    closed: ClosedSet
    open: tuple[OpenSet, ...]
    thresholds: tuple[Threshold, ...]
    within: float
    between: float
    map: EmbeddingMap


def evaluate_model(
    model: LoadedModel,
    faces: Faces,
    pairs: Pairs,
    landmarks_from: str,
    vectors: NDArray[np.float32],
) -> Measured:
    """All LFW protocols on vectors that the model gave."""
    row_of = {name: row for row, name in enumerate(faces.names)}
    first = np.array([row_of[name] for name in pairs.first])
    second = np.array([row_of[name] for name in pairs.second])
    scores = (vectors[first] * vectors[second]).sum(axis=1)
    lfw = verification(scores, pairs.same, pairs.fold)
    # The pictures of the pairs alone, so that the numbers compare with those of others.
    used = np.unique(np.concatenate([first, second]))
    every = all_pairs(vectors[used], faces.people[used], lfw.genuine)
    openness = []
    for enrolled, samples in OPEN_SET_SIZES:
        openness.append(open_set(vectors, faces.people, enrolled, STRANGERS, samples))
    within, between = identity_spread(vectors, faces.people)
    return Measured(
        name=model.card.name,
        contract=model.card.contract,
        size_bytes=model.size_bytes,
        milliseconds=milliseconds_a_face(model),
        landmarks_from=landmarks_from,
        faces_missed=int((~faces.found).sum()),
        lfw=lfw,
        pairs=every,
        closed=closed_set(vectors, faces.people),
        open=tuple(openness),
        thresholds=thresholds_for_fmr(every.impostor),
        within=within,
        between=between,
        map=embedding_map(vectors, faces.people),
    )


def lfw_scores(
    vectors: NDArray[np.float32], faces: Faces, pairs: Pairs, head: PairScorer
) -> dict[str, Verification]:
    """LFW verification by cosine and by a classifier of two vectors."""
    row_of = {name: row for row, name in enumerate(faces.names)}
    first = vectors[[row_of[name] for name in pairs.first]]
    second = vectors[[row_of[name] for name in pairs.second]]
    return {
        "cosine": verification((first * second).sum(axis=1), pairs.same, pairs.fold),
        "pair head": verification(head.score(first, second), pairs.same, pairs.fold),
    }


def evaluate_cards(
    cards: tuple[Path, ...],
    lfw: Path,
    detector_model: Path,
    cache: Path,
    weights: tuple[Path, ...] = (),
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[Measured, ...]:
    """Measure every card on the same faces with the same landmarks."""
    faces = lfw_faces(lfw, detector_model, cache)
    pairs = read_lfw_pairs(lfw / "pairs.txt")
    found = []
    for path in cards:
        model = open_model(path, weights)
        tell(f"{model.card.name}: {len(faces.pictures)} pictures")
        vectors = embed_faces(model, faces)
        found.append(evaluate_model(model, faces, pairs, landmarks_name(detector_model), vectors))
    return tuple(found)


def histogram(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Counts between ``HISTOGRAM_EDGES``; what lies outside is counted in the outermost bin."""
    inside = np.clip(scores, HISTOGRAM_EDGES[0], HISTOGRAM_EDGES[-1])
    counts: NDArray[np.int64] = np.histogram(inside, HISTOGRAM_EDGES)[0]
    return counts


def record(measured: Measured) -> dict[str, Any]:
    """What was measured as JSON values; score lists become histograms."""
    table = asdict(measured)
    for part in (table["lfw"], table["pairs"]):
        part["tpr"] = {f"{far:g}": share for far, share in part["tpr"].items()}
        for kind in ("genuine", "impostor"):
            if kind in part:
                part[kind] = histogram(part[kind]).tolist()
    for part in table["open"]:
        part["fnir"] = {f"{fpir:g}": share for fpir, share in part["fnir"].items()}
        part["threshold"] = {f"{fpir:g}": value for fpir, value in part["threshold"].items()}
    del table["map"]  # a picture, not a figure
    table["histogram_edges"] = [round(float(edge), 3) for edge in HISTOGRAM_EDGES]
    table["measured_utc"] = datetime.now(UTC).isoformat(timespec="seconds")
    return table
