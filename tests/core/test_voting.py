"""Evidence over frames: agreement, strangers, jumps of a track, refusals, and the reasons in
words.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedesk.core.quality import QualityReason
from facedesk.core.records import DecisionKind, Match, Quality
from facedesk.core.voting import Voter, VotingRules, advice, decide_once

RULES = VotingRules(threshold=0.4, margin=0.05, votes=3)
ANNA = Match(1, 0.7, 2, 0.1)
BERT = Match(2, 0.6, 1, 0.2)
STRANGER = Match(1, 0.25, 2, 0.2)
TWINS = Match(1, 0.62, 2, 0.60)
BLURRED = Quality((QualityReason.BLURRED,), 100, 1, 120, 40, 0, 0, 0)


def vote(voter: Voter, *matches: Match) -> list[DecisionKind]:
    return [voter.observe(1, match).kind for match in matches]


def test_three_frames_that_agree_name_the_person() -> None:
    voter = Voter(RULES)
    assert vote(voter, ANNA, ANNA, ANNA) == [
        DecisionKind.UNDECIDED,
        DecisionKind.UNDECIDED,
        DecisionKind.KNOWN,
    ]
    decision = voter.standing(1)
    assert decision is not None
    assert (decision.person_id, decision.threshold) == (1, 0.4)
    assert decision.score == pytest.approx(0.7)
    assert decision.reason == ("Best 3 of 3 frames 0.70, at or above 0.40; next person 0.10.")


def test_frames_that_name_two_people_in_turn_name_nobody() -> None:
    voter = Voter(RULES)
    assert DecisionKind.KNOWN not in vote(voter, ANNA, BERT, ANNA, BERT, ANNA, BERT)


def test_stranger_is_a_decision_with_its_reason() -> None:
    voter = Voter(RULES)
    kinds = vote(voter, *[STRANGER] * RULES.unknown_votes)
    assert kinds[-1] is DecisionKind.UNKNOWN
    assert kinds[-2] is DecisionKind.UNDECIDED
    standing = voter.standing(1)
    assert standing is not None
    assert standing.person_id is None
    assert standing.reason == "Best 0.25, below 0.40: not recorded."


def test_two_people_too_close_are_both_held_back() -> None:
    voter = Voter(RULES)
    assert vote(voter, *[TWINS] * 8)[-1] is DecisionKind.PIN_NEEDED
    standing = voter.standing(1)
    assert standing is not None
    assert "too close" in standing.reason


def test_after_unknown_twice_the_votes_are_needed() -> None:
    voter = Voter(RULES)
    vote(voter, *[STRANGER] * RULES.unknown_votes)
    kinds = vote(voter, *[ANNA] * 7)
    assert kinds.index(DecisionKind.KNOWN) == 3  # most of the six best


def test_a_poor_frame_says_little_against_a_known_person() -> None:
    voter = Voter(RULES)
    poor = Match(5, 0.2, 1, 0.15)
    assert vote(voter, ANNA, poor, ANNA, poor, ANNA)[-1] is DecisionKind.KNOWN


def test_frames_below_the_threshold_count_with_better_ones() -> None:
    voter = Voter(RULES)
    kinds = vote(voter, Match(1, 0.45, 2, 0.1), Match(1, 0.38, 2, 0.1), Match(1, 0.43, 2, 0.1))
    assert kinds[-1] is DecisionKind.KNOWN
    standing = voter.standing(1)
    assert standing is not None
    assert standing.score == pytest.approx(0.42)


def test_one_frame_never_names_anybody_however_alike() -> None:
    voter = Voter(RULES)
    assert DecisionKind.KNOWN not in vote(voter, Match(1, 0.99, 2, 0.1), *[STRANGER] * 20)


def test_the_sentence_behind_the_threshold_ends_the_reason() -> None:
    rules = replace(RULES, basis="At most 1 in 1,000.")
    assert decide_once(STRANGER, rules).reason == (
        "Best 0.25, below 0.40: not recorded. At most 1 in 1,000."
    )
    for match in (ANNA, TWINS):
        assert decide_once(match, rules).reason.endswith(". At most 1 in 1,000.")


SCORES = st.floats(-1, 1)


@given(
    st.lists(st.tuples(st.integers(1, 3), SCORES, SCORES), min_size=1, max_size=25),
    st.floats(0, 1),
    st.integers(1, 5),
)
def test_higher_scores_of_the_named_person_never_lose_the_name(
    seen: list[tuple[int, float, float]], more: float, votes: int
) -> None:
    rules = replace(RULES, votes=votes)
    matches = [Match(who, max(a, b), 9, min(a, b)) for who, a, b in seen]
    before = Voter(rules)
    for match in matches:
        decision = before.observe(1, match)
        if decision.kind is DecisionKind.KNOWN:
            break
    else:
        return
    after = Voter(rules)
    named = decision.person_id
    for match in matches[: decision.frames]:
        better = replace(match, score=match.score + more) if match.person_id == named else match
        if after.observe(1, better).kind is DecisionKind.KNOWN:
            break
    standing = after.standing(1)
    assert standing is not None
    assert (standing.kind, standing.person_id) == (DecisionKind.KNOWN, named)


@given(st.lists(st.tuples(st.integers(1, 3), SCORES, SCORES), max_size=40), st.integers(1, 5))
def test_a_name_always_rests_on_what_the_rules_ask(
    seen: list[tuple[int, float, float]], votes: int
) -> None:
    rules = replace(RULES, votes=votes)
    voter = Voter(rules)
    so_far: list[Match] = []
    for who, a, b in seen:
        so_far.append(Match(who, max(a, b), 9, min(a, b)))
        decision = voter.observe(1, so_far[-1])
        if decision.kind is DecisionKind.KNOWN:
            above = [m for m in so_far if m.person_id == decision.person_id and m.score >= 0.4]
            assert decision.score >= rules.threshold
            assert len(above) > votes / 2
            assert len([m for m in so_far if m.person_id == decision.person_id]) >= votes
            return


def test_name_is_taken_back_when_the_track_jumps_to_somebody_else() -> None:
    voter = Voter(RULES)
    vote(voter, ANNA, ANNA, ANNA)
    assert vote(voter, BERT, BERT) == [DecisionKind.KNOWN, DecisionKind.KNOWN]
    assert vote(voter, BERT) == [DecisionKind.UNDECIDED]
    assert vote(voter, BERT, BERT)[-1] is DecisionKind.KNOWN
    standing = voter.standing(1)
    assert standing is not None
    assert standing.person_id == 2


def test_one_bad_frame_does_not_take_a_name_back() -> None:
    voter = Voter(RULES)
    vote(voter, ANNA, ANNA, ANNA, STRANGER, STRANGER, ANNA, STRANGER, STRANGER)
    standing = voter.standing(1)
    assert standing is not None
    assert standing.kind is DecisionKind.KNOWN


def test_poor_quality_refuses_with_reason_but_keeps_what_stands() -> None:
    voter = Voter(RULES)
    refused = voter.refuse(1, BLURRED)
    assert (refused.kind, refused.reason) == (
        DecisionKind.REFUSED,
        "Not judged: blurred. Please hold still for a moment.",
    )
    vote(voter, ANNA, ANNA, ANNA)
    assert voter.refuse(1, BLURRED).kind is DecisionKind.KNOWN


def test_tracks_do_not_share_votes_and_are_forgotten() -> None:
    voter = Voter(RULES)
    voter.observe(1, ANNA)
    voter.observe(2, ANNA)
    assert voter.observe(1, ANNA).kind is DecisionKind.UNDECIDED
    voter.keep_only({2})
    assert voter.standing(1) is None
    assert voter.standing(2) is not None


def test_look_alikes_need_twice_the_lead_or_a_pin() -> None:
    close = Match(1, 0.62, 2, 0.54)
    assert vote(Voter(RULES), *[close] * 3)[-1] is DecisionKind.KNOWN
    alike = replace(RULES, look_alikes={1: frozenset({2}), 2: frozenset({1})})
    voter = Voter(alike)
    assert vote(voter, *[close] * 7) == [DecisionKind.UNDECIDED] * 7
    assert vote(voter, close) == [DecisionKind.PIN_NEEDED]
    standing = voter.standing(1)
    assert standing is not None
    assert "0.62 and 0.54: please use your PIN" in standing.reason
    assert vote(Voter(alike), *[replace(close, runner_up=0.5)] * 3)[-1] is DecisionKind.KNOWN
    assert vote(Voter(alike), *[replace(close, runner_up_id=3)] * 3)[-1] is DecisionKind.KNOWN


def test_twins_get_no_name_by_their_face() -> None:
    rules = replace(RULES, twins=frozenset({1}))
    voter = Voter(rules)
    assert vote(voter, *[ANNA] * 8)[-1] is DecisionKind.PIN_NEEDED
    standing = voter.standing(1)
    assert standing is not None
    assert "look the same to the camera (0.70): please use your PIN" in standing.reason
    assert vote(Voter(rules), *[BERT] * 3)[-1] is DecisionKind.KNOWN


def test_whom_many_resemble_has_a_bound_of_their_own() -> None:
    rules = replace(RULES, bounds={1: 0.65, 3: 0.2})
    voter = Voter(rules)
    below = replace(ANNA, score=0.6)
    assert vote(voter, *[below] * 8)[-1] is DecisionKind.PIN_NEEDED
    standing = voter.standing(1)
    assert standing is not None
    assert standing.threshold == 0.65
    assert "below 0.65" in standing.reason
    assert vote(Voter(rules), *[ANNA] * 3)[-1] is DecisionKind.KNOWN
    assert (rules.bound_of(2), rules.lowest) == (RULES.threshold, 0.2)


def test_whom_few_resemble_is_asked_for_less() -> None:
    rules = replace(RULES, bounds={1: 0.3})
    enough, short = replace(ANNA, score=0.35), replace(ANNA, score=0.25)
    assert vote(Voter(rules), *[enough] * 3)[-1] is DecisionKind.KNOWN
    voter = Voter(rules)
    assert vote(voter, *[short] * 8)[-1] is DecisionKind.UNKNOWN
    standing = voter.standing(1)
    assert standing is not None
    assert "below 0.30" in standing.reason


def test_a_face_nearer_to_a_remembered_mistake_gets_no_name() -> None:
    again = replace(ANNA, mistaken=0.8)
    voter = Voter(RULES)
    assert DecisionKind.KNOWN not in vote(voter, *[again] * 12)
    standing = voter.standing(1)
    assert standing is not None
    assert standing.kind is DecisionKind.PIN_NEEDED
    assert standing.reason == (
        "Nearer to a face that was rejected as this person (0.80) than to the person (0.70): "
        "please use your PIN."
    )
    # The person is nearer to the own samples, and is named as before.
    assert vote(Voter(RULES), *[replace(ANNA, mistaken=0.6)] * 3)[-1] is DecisionKind.KNOWN
    # A name that stands is taken back when the mistake shows.
    voter = Voter(RULES)
    assert vote(voter, *[ANNA] * 3)[-1] is DecisionKind.KNOWN
    assert DecisionKind.KNOWN not in vote(voter, *[again] * 12)[-8:]


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_a_higher_score_never_loses_a_name(score: float, more: float, mistaken: float) -> None:
    rules = replace(RULES, bounds={1: 0.55}, look_alikes={1: frozenset({2})})
    low, high = sorted((score, more))
    kinds = [vote(Voter(rules), *[Match(1, one, 2, 0.3, mistaken)] * 3)[-1] for one in (low, high)]
    assert kinds[0] is not DecisionKind.KNOWN or kinds[1] is DecisionKind.KNOWN


@pytest.mark.parametrize(
    ("match", "kind"),
    [
        (ANNA, DecisionKind.KNOWN),
        (STRANGER, DecisionKind.UNKNOWN),
        (TWINS, DecisionKind.PIN_NEEDED),
        (Match(None, -1.0, None, -1.0), DecisionKind.UNKNOWN),
        (Match(3, 0.4, None, -1.0), DecisionKind.KNOWN),
    ],
)
def test_still_picture_is_decided_at_once(match: Match, kind: DecisionKind) -> None:
    assert decide_once(match, RULES).kind is kind


def test_still_picture_has_no_frames_to_count() -> None:
    assert decide_once(ANNA, RULES).reason == "Best 0.70, at or above 0.40; next person 0.10."


def test_empty_gallery_says_so() -> None:
    assert decide_once(Match(None, -1.0, None, -1.0), RULES).reason == "Nobody is enrolled yet."


def test_advice_for_every_reason() -> None:
    for reason in QualityReason:
        assert advice(Quality((reason,), 0, 0, 0, 0, 0, 0, 0)).endswith(".")
    assert advice(Quality((), 0, 0, 0, 0, 0, 0, 0)) == ""
