"""Faces of successive frames -> tracks: each face keeps one id while it stays in view.

Intersection over union with greedy best-first assignment (Bewley et al. 2016, SORT, without the
Kalman filter): at a kiosk a face overlaps itself from frame to frame even at 10 frames a second,
and what an identity swap could cost is caught by re-matching decided tracks, not by a cleverer
tracker.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facedesk.core.boxes import intersection_over_union
from facedesk.core.records import Box, Face, Track


@dataclass(slots=True)
class _Trail:
    track_id: int
    box: Box
    age_frames: int
    last_seen_s: float


class Tracker:
    """Keeps track ids. Not thread-safe: one tracker belongs to one recognising thread."""

    def __init__(self, least_overlap: float = 0.2, forget_after_s: float = 0.7) -> None:
        self._least_overlap = least_overlap
        self._forget_after_s = forget_after_s
        self._trails: list[_Trail] = []
        self._next_id = 1

    def update(self, faces: Sequence[Face], now_s: float) -> list[Track]:
        """One Track a face, in the order of `faces`. `now_s` is monotonic seconds.

        A face that overlaps no known track starts a new one; a track unseen for `forget_after_s` is
        dropped and its id never used again.
        """
        self._trails = [
            trail for trail in self._trails if now_s - trail.last_seen_s <= self._forget_after_s
        ]
        chosen = self._assign(faces)
        tracks = []
        for index, face in enumerate(faces):
            trail = chosen.get(index)
            if trail is None:
                trail = _Trail(self._next_id, face.box, 0, now_s)
                self._next_id += 1
                self._trails.append(trail)
            trail.box = face.box
            trail.age_frames += 1
            trail.last_seen_s = now_s
            tracks.append(Track(trail.track_id, face, trail.age_frames))
        return tracks

    def alive(self) -> set[int]:
        """Ids that may still be seen again."""
        return {trail.track_id for trail in self._trails}

    def _assign(self, faces: Sequence[Face]) -> dict[int, _Trail]:
        if not faces or not self._trails:
            return {}
        overlap = intersection_over_union(
            np.array([face.box for face in faces], float),
            np.array([trail.box for trail in self._trails], float),
        )
        chosen: dict[int, _Trail] = {}
        taken: set[int] = set()
        for flat in np.argsort(-overlap, axis=None, kind="stable"):
            face_index, trail_index = divmod(int(flat), overlap.shape[1])
            if overlap[face_index, trail_index] < self._least_overlap:
                break
            if face_index not in chosen and trail_index not in taken:
                chosen[face_index] = self._trails[trail_index]
                taken.add(trail_index)
        return chosen
