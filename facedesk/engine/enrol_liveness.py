"""Whether the person who is photographed by the camera is there, and not a picture of them."""

from dataclasses import dataclass

import numpy as np

from facedesk.core.boxes import intersection_over_union
from facedesk.core.liveness import Evidence, Liveness, PassiveRules
from facedesk.core.records import Box, Face, Frame
from facedesk.vision.liveness import FaceWatch, PassiveNetwork

# Looks come a few times a second and from somebody who turns the head.
_LEAST_OVERLAP = 0.2
_GAP_S = 2.0


@dataclass(slots=True)
class _Sitting:
    """One face as long as it stays before the camera."""

    watch: FaceWatch
    evidence: Evidence
    box: Box
    at_s: float
    alive: bool = False


class EnrolmentLiveness:
    """Gathers evidence over the looks of an enrolment. Used from one thread at a time."""

    def __init__(self, network: PassiveNetwork, rules: PassiveRules) -> None:
        self._network = network
        self._rules = rules
        self._sitting: _Sitting | None = None

    def seen_alive(self, frame: Frame, face: Face) -> bool:
        """One more look at the nearest face; whether it was found alive by now.

        Who was found alive stays it without a gap: a head that turns far looks less certain.
        """
        sitting = self._sitting
        if sitting is None or not self._same(sitting, frame, face):
            sitting = _Sitting(
                FaceWatch(self._network), Evidence(self._rules), face.box, frame.monotonic_s
            )
            self._sitting = sitting
        sitting.box, sitting.at_s = face.box, frame.monotonic_s
        if not sitting.alive:
            verdict = sitting.evidence.add(sitting.watch.look(frame.image, face))
            sitting.alive = verdict is Liveness.LIVE
        return sitting.alive

    @staticmethod
    def _same(sitting: _Sitting, frame: Frame, face: Face) -> bool:
        overlap = intersection_over_union(np.array([sitting.box]), np.array([face.box]))
        near = float(overlap[0, 0]) >= _LEAST_OVERLAP
        return near and frame.monotonic_s - sitting.at_s <= _GAP_S
