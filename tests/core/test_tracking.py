"""Tracks keep their ids while faces move, cross, vanish for a moment and leave."""

import numpy as np

from facedesk.core.records import Face
from facedesk.core.tracking import Tracker


def face(x: float, y: float = 100, size: float = 100) -> Face:
    return Face((x, y, x + size, y + size), np.zeros((5, 2), np.float32), 0.9)


def test_moving_face_keeps_its_id_and_ages() -> None:
    tracker = Tracker()
    tracks = [tracker.update([face(20.0 * step)], step / 30)[0] for step in range(10)]
    assert {track.track_id for track in tracks} == {1}
    assert [track.age_frames for track in tracks] == list(range(1, 11))


def test_two_faces_keep_their_ids_whatever_the_order() -> None:
    tracker = Tracker()
    first = tracker.update([face(0), face(400)], 0.0)
    second = tracker.update([face(405), face(5)], 0.03)
    assert [track.track_id for track in first] == [1, 2]
    assert [track.track_id for track in second] == [2, 1]


def test_best_overlap_wins_not_the_first_face() -> None:
    tracker = Tracker()
    tracker.update([face(0)], 0.0)
    tracks = tracker.update([face(60), face(5)], 0.03)
    assert [track.track_id for track in tracks] == [2, 1]


def test_face_unseen_for_a_moment_is_the_same_but_not_for_long() -> None:
    tracker = Tracker(forget_after_s=0.5)
    tracker.update([face(0)], 0.0)
    tracker.update([], 0.2)
    assert tracker.update([face(0)], 0.4)[0].track_id == 1
    assert tracker.update([face(0)], 1.0)[0].track_id == 2
    assert tracker.alive() == {2}
