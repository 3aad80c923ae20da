"""Test pictures whose faces were judged by looking at them, because the agreement errs.

Where public detectors agree (`labels.py`) is often the back of a head or a face burnt out by a
window, and they agree less often on a face half hidden behind another. `by_eye.json` has, for
pictures with more than one candidate, boxes with 1: an eye, the nose and the mouth are seen; or 0:
a head, a drawing or a face too cut, blurred or turned to say, which is neither wanted nor wrong.
Boxes that fitted were taken from the agreement, the others drawn by hand, so they are matched at a
lower overlap. A picture is known by the hash of its pixels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from facedesk.lab.detection.bank import Bank
from facedesk.lab.detection.labels import Labels

BOXES = Path(__file__).with_name("by_eye.json")
SAME_FACE_IOU = 0.4


def judged(banks: Iterable[Bank], boxes: Path = BOXES) -> list[tuple[Bank, int, Labels]]:
    """The judged pictures that the banks hold on their test side, in the banks' order.

    Their landmarks are not known (NaN).
    """
    wanted: dict[str, list[list[int]]] = json.loads(boxes.read_text())
    found = []
    for bank in banks:
        for index in np.flatnonzero(bank.is_test):
            pixels = bank.image(int(index)).tobytes()
            rows = wanted.get(hashlib.sha256(pixels).hexdigest()[:16])
            if rows is not None:
                table = np.array(rows, np.float32).reshape(-1, 5)
                unknown = np.full((len(table), 5, 2), np.nan, np.float32)
                found.append((bank, int(index), Labels(table[:, :4], unknown, table[:, 4] > 0)))
    return found
