from collections.abc import Sequence
from dataclasses import replace

from facedesk.core.liveness import (
    Evidence,
    FusionWeights,
    Glance,
    Liveness,
    PassiveRules,
    stirring_of,
)

WEIGHTS = FusionWeights(bias=0.0, logit=1.0, sheet=-2.0, together=-3.0, flicker=-0.5)
RULES = PassiveRules(WEIGHTS, accept=0.5, least_frames=4, most_frames=8)
LIVE = Glance(2.0, 0.0, None, 0, 120.0, 90.0)


def shown(glance: Glance, frames: int, evidence: Evidence | None = None) -> Evidence:
    """The same sight again and again, but for the noise that makes each fingerprint new."""
    evidence = evidence or Evidence(RULES)
    for _ in range(frames):
        evidence.add(replace(glance, fingerprint=evidence.frames + 1))
    return evidence


def test_one_frame_decides_nothing() -> None:
    assert shown(LIVE, 1).verdict is Liveness.LOOKING
    assert shown(LIVE, 3).verdict is Liveness.LOOKING
    assert shown(LIVE, 4).verdict is Liveness.LIVE


def test_a_picture_gets_all_the_frames_before_it_is_doubted() -> None:
    picture = replace(LIVE, logit=-2.0)
    assert shown(picture, 7).verdict is Liveness.LOOKING
    assert shown(picture, 8).verdict is Liveness.UNSURE


def test_cues_outweigh_a_network_that_is_fooled() -> None:
    assert shown(replace(LIVE, sheet=0.75, together=0.95), 8).verdict is Liveness.UNSURE


def test_surroundings_that_stand_still_speak_for_life() -> None:
    doubtful = replace(LIVE, logit=-0.5)
    assert shown(doubtful, 8).verdict is Liveness.UNSURE
    assert shown(replace(doubtful, together=0.05), 8).verdict is Liveness.LIVE


def test_one_lucky_frame_cannot_carry_the_rest() -> None:
    evidence = shown(replace(LIVE, logit=50.0), 1)
    assert shown(replace(LIVE, logit=-2.0), 7, evidence).verdict is Liveness.UNSURE


def test_better_light_clears_a_doubt() -> None:
    evidence = shown(replace(LIVE, logit=-1.0), 8)
    assert shown(LIVE, 16, evidence).verdict is Liveness.LIVE


def test_a_life_that_turns_into_a_picture_falls() -> None:
    evidence = shown(LIVE, 8)
    assert shown(replace(LIVE, logit=-4.0), 16, evidence).verdict is Liveness.UNSURE


def test_the_same_pixels_again_are_a_recording() -> None:
    evidence = Evidence(RULES)
    for _ in range(2):
        for number in range(5):
            evidence.add(replace(LIVE, fingerprint=number))
    assert evidence.verdict is Liveness.REPLAYED
    assert shown(LIVE, 20, evidence).verdict is Liveness.REPLAYED


def test_a_slow_camera_that_repeats_a_frame_is_not() -> None:
    evidence = Evidence(RULES)
    for number in range(12):
        evidence.add(replace(LIVE, fingerprint=number // 3))
    assert evidence.verdict is Liveness.LIVE


def test_flicker_counts_only_beyond_that_of_the_room() -> None:
    def flickering(face: float, room: float) -> float:
        evidence = Evidence(RULES)
        for number in range(8):
            sign = 1 if number % 2 else -1
            evidence.add(Glance(0.0, 0.0, None, number, 120 + sign * face, 90 + sign * room))
        return evidence.cues().flicker

    assert flickering(6.0, 0.0) > 3.0
    assert flickering(6.0, 6.0) == 0.0


def test_a_head_bends_and_a_sheet_does_not() -> None:
    assert stirring_of(bent=0.05, moved=0.0) == -2.0  # a picture on the wall
    assert stirring_of(bent=0.1, moved=8.0) == -2.0  # the same, moved by hand
    assert stirring_of(bent=1.5, moved=20.0) < -0.5  # paper before a poor camera
    assert stirring_of(bent=1.2, moved=3.0) > 0.3  # somebody looks around


def test_who_was_never_seen_to_move_is_not_taken_for_alive() -> None:
    rules = replace(RULES, weights=replace(WEIGHTS, stirring=2.0))
    assert shown(LIVE, 8, Evidence(rules)).verdict is Liveness.UNSURE
    assert shown(replace(LIVE, stirring=0.3), 8, Evidence(rules)).verdict is Liveness.LIVE
    assert shown(replace(LIVE, stirring=-2.0), 8, Evidence(rules)).verdict is Liveness.UNSURE


def test_what_moves_as_a_sheet_is_not_alive_however_the_network_likes_it() -> None:
    rules = replace(RULES, weights=replace(WEIGHTS, stirring=0.1))
    liked = replace(LIVE, logit=4.0, stirring=-0.7)
    evidence = shown(liked, 8, Evidence(rules))
    assert evidence.score > 0.9
    assert evidence.verdict is Liveness.UNSURE
    # Nor is it sure when it only comes to look so.
    alive = shown(replace(liked, stirring=0.5), 8, Evidence(rules))
    assert alive.sure
    assert not shown(liked, 16, alive).sure


def test_to_be_sure_takes_more_than_to_be_taken_for_alive() -> None:
    alive = shown(replace(LIVE, logit=0.5), 4)
    assert alive.verdict is Liveness.LIVE
    assert not alive.sure
    assert shown(LIVE, 4).sure


def test_what_an_earlier_visit_showed_is_a_recording_of_it() -> None:
    first = shown(LIVE, 6)
    again = shown(LIVE, 6, Evidence(RULES, frozenset(first.fingerprints)))
    assert first.verdict is Liveness.LIVE
    assert again.verdict is Liveness.REPLAYED


def stirred(values: Sequence[float]) -> Evidence:
    evidence = Evidence(replace(RULES, weights=replace(WEIGHTS, stirring=0.1)))
    for value in values:
        evidence.add(replace(LIVE, stirring=value, fingerprint=evidence.frames + 1))
    return evidence


def test_of_few_looks_more_depth_is_asked_for_than_of_many() -> None:
    assert stirred([-0.3]).stiff
    assert not stirred([-0.3] * 4).stiff
    assert stirred([-0.7] * 8).stiff
    assert stirred([0.0]).stiff
    assert not stirred([0.2]).stiff
    assert stirred([-0.3] * 4).stiff_in_motion
    assert not stirred([0.0]).stiff_in_motion


def test_long_edges_around_the_face_leave_a_doubt_and_a_pattern_on_it_no_life() -> None:
    assert shown(LIVE, 4).sure
    framed = shown(replace(LIVE, edges=0.5), 8)
    assert framed.verdict is Liveness.LIVE
    assert not framed.sure
    assert shown(replace(LIVE, grid=4.0), 8).verdict is Liveness.UNSURE
