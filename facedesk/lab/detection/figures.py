"""The detection report's plots, and a contact sheet of what went worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from facedesk.lab import plots
from facedesk.lab.detection.evaluate import TestSet
from facedesk.lab.detection.metrics import Matched, precision_recall
from facedesk.lab.plots import Axis

_WORST = 8
_SHARE = (0, 0.25, 0.5, 0.75, 1)


def set_figures(name: str, matched: Mapping[str, Matched]) -> str:
    """Precision against recall, and the share of faces under each landmark error, by detector."""
    recall = plots.curves(
        {detector: precision_recall(m) for detector, m in matched.items()},
        Axis("recall", 0, 1, _SHARE),
        Axis("precision", 0, 1, _SHARE),
    )
    error = plots.curves(
        {detector: _cumulative(m.nme) for detector, m in matched.items()},
        Axis("landmark error (NME)", 0, 0.3, (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)),
        Axis("share of all faces, missed ones included", 0, 1, _SHARE),
    )
    return plots.figure(f"{name}: precision and recall", recall) + plots.figure(
        f"{name}: landmark error, cumulative", error
    )


def worst_cases(pictures: TestSet, matched: Matched, threshold: float) -> str:
    """Largest missed faces, surest false alarms and worst landmarks, cut out of their pictures."""
    shown: list[tuple[str, NDArray[np.uint8]]] = []
    missed = np.flatnonzero(matched.found_score < threshold)
    for row in missed[np.argsort(-matched.face_px[missed])][:_WORST]:
        words = f"missed, {matched.face_px[row]:.0f} px"
        shown.append((words, _cut(pictures.images, matched.face_place[row])))
    wrong = np.flatnonzero(~matched.right & (matched.score >= threshold))[:_WORST]
    for row in wrong:
        words = f"false, score {matched.score[row]:.2f}"
        shown.append((words, _cut(pictures.images, matched.place[row])))
    judged = np.flatnonzero(np.isfinite(matched.nme))
    for row in judged[np.argsort(-matched.nme[judged])][:_WORST]:
        words = f"landmarks off by {100 * matched.nme[row]:.0f} %"
        shown.append((words, _cut(pictures.images, matched.face_place[row])))
    return plots.contact_sheet(shown)


def _cumulative(nme: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    errors = np.linspace(0, 0.3, 61)
    under = [float((nme <= error).sum()) / max(len(nme), 1) for error in errors]
    return errors, np.array(under)


def _cut(images: Sequence[NDArray[np.uint8]], place: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The box with as much again around it, as far as the picture goes."""
    image = images[int(place[0])]
    x1, y1, x2, y2 = place[1:]
    air = max(x2 - x1, y2 - y1) / 2
    left, top = max(0, int(x1 - air)), max(0, int(y1 - air))
    right = max(left + 1, min(image.shape[1], int(x2 + air)))
    bottom = max(top + 1, min(image.shape[0], int(y2 + air)))
    return np.asarray(image[top:bottom, left:right], np.uint8)
