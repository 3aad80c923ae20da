import random
from dataclasses import replace

import pytest

from facedesk.core.challenge import (
    GEOMETRY_MOVES,
    MESH_MOVES,
    Challenge,
    ChallengeRules,
    Move,
    Outcome,
    Pose,
)

FPS = 20.0
_YAW = {Move.TURN_LEFT: 18.0, Move.TURN_RIGHT: -18.0}


class Actor:
    """Somebody before the camera who answers each prompt by hand-made angles."""

    def __init__(self, challenge: Challenge, *, delay_s: float = 0.4, **always: object) -> None:
        self.challenge = challenge
        self.now_s = 10.0
        self.delay_s = delay_s
        self.always = always
        self.asked: list[Move] = []
        self._since_s = 0.0
        self._last: Move | None = None

    def pose(self, move: Move | None, for_s: float) -> Pose:
        still = Pose(self.now_s, 1.0, 2.0, 0.95, 0.02)
        if move is None or for_s < self.delay_s:
            return still
        if move in _YAW:
            return replace(still, yaw_deg=_YAW[move])
        dot = self.challenge.prompt.dot
        if dot is not None:
            return replace(still, yaw_deg=1.0 - 17.0 * dot)
        if move is Move.SMILE:
            return replace(still, smile=0.8)
        there = for_s < self.delay_s + 0.3
        if move is Move.NOD:
            return replace(still, pitch_deg=9.0 if there else 2.0)
        return replace(still, eyes_open=0.1 if there else 0.95)

    def play(self, for_s: float = 30.0) -> Outcome:
        end_s = self.now_s + for_s
        while self.now_s < end_s and self.challenge.outcome is Outcome.RUNNING:
            move = self.challenge.prompt.move
            if move is not self._last:
                self._since_s, self._last = self.now_s, move
                if move is not None:
                    self.asked.append(move)
            pose = self.pose(move, self.now_s - self._since_s)
            self.challenge.observe(replace(pose, **self.always))
            self.now_s += 1 / FPS
        return self.challenge.outcome


def challenge(seed: int = 1, **rules: object) -> Challenge:
    return Challenge(7, replace(ChallengeRules(), **rules), random.Random(seed))


@pytest.mark.parametrize("moves", [GEOMETRY_MOVES, MESH_MOVES])
def test_who_answers_each_prompt_passes(moves: tuple[Move, ...]) -> None:
    for seed in range(30):
        asked = challenge(seed, moves=moves)
        actor = Actor(asked)
        assert actor.play() is Outcome.PASSED
        assert tuple(actor.asked) == asked.moves
        assert actor.now_s - 10.0 < 2 * 4.0


def test_order_and_timing_are_drawn_anew() -> None:
    orders = {challenge(seed, moves=MESH_MOVES).moves for seed in range(60)}
    assert len(orders) >= 15  # of 5 x 4
    waits = set()
    for seed in range(20):
        asked, at_s = challenge(seed), 0.0
        while asked.prompt.move is None:
            asked.observe(Pose(at_s, 0.0, 0.0))
            at_s += 0.05
        waits.add(round(at_s, 2))
    assert len(waits) >= 8


def test_a_still_picture_runs_out_of_time() -> None:
    asked = challenge()
    outcome = Outcome.RUNNING
    for frame in range(400):
        outcome = asked.observe(Pose(frame / FPS, 0.4 * (frame % 3), 0.2 * (frame % 2)))
    assert outcome is Outcome.TOO_SLOW


def test_turning_the_other_way_fails() -> None:
    asked = challenge(moves=(Move.TURN_LEFT,), steps=1)
    at_s = 0.0
    while asked.prompt.move is None:
        asked.observe(Pose(at_s, 0.0, 0.0))
        at_s += 0.05
    assert asked.observe(Pose(at_s + 0.3, -20.0, 0.0)) is Outcome.WRONG_MOVE


def test_who_moves_all_the_time_is_never_asked() -> None:
    """A recording of somebody who shakes the head answers everything, sooner or later."""
    asked = challenge()
    for frame in range(200):
        yaw = 20.0 if frame // 6 % 2 else -20.0
        asked.observe(Pose(frame / FPS, yaw, 0.0))
        assert asked.prompt.move is None
    assert asked.outcome is Outcome.TOO_SLOW


def test_a_recording_of_both_turns_rarely_fits() -> None:
    """Left at 1 s, right at 2.5 s, over and over, whatever is asked."""

    def recorded(at_s: float) -> float:
        phase = at_s % 4.0
        return 18.0 if 1.0 <= phase < 1.8 else -18.0 if 2.5 <= phase < 3.3 else 0.0

    passed = 0
    for seed in range(300):
        asked = challenge(seed)
        for frame in range(400):
            asked.observe(Pose(frame / FPS, recorded(frame / FPS), 0.0))
        passed += asked.outcome is Outcome.PASSED
    assert passed / 300 < 0.2


def test_another_face_or_another_person_ends_it() -> None:
    assert Actor(challenge(), alone=False).play() is Outcome.NOT_ALONE
    assert Actor(challenge(), same_person=False).play() is Outcome.SOMEBODY_ELSE


def test_a_face_that_passes_behind_for_a_moment_does_not() -> None:
    asked = challenge()
    for frame in range(6):
        asked.observe(Pose(frame / FPS, 0.0, 0.0, alone=frame % 3 != 0))
    assert asked.outcome is Outcome.RUNNING


def test_one_move_may_be_swapped_for_another() -> None:
    asked = challenge(moves=MESH_MOVES)
    before = asked.moves
    assert asked.prompt.can_swap
    assert asked.swap()
    assert asked.moves[0] not in before
    assert asked.moves[1] == before[1]
    assert not asked.prompt.can_swap
    assert not asked.swap()


def test_a_move_that_does_not_come_is_swapped_by_itself() -> None:
    """Somebody who cannot turn the head, but can nod."""
    asked = challenge(moves=(Move.TURN_LEFT, Move.NOD), steps=1, seed=0)
    if asked.moves != (Move.TURN_LEFT,):
        asked = challenge(moves=(Move.TURN_LEFT, Move.NOD), steps=1, seed=1)
    assert asked.moves == (Move.TURN_LEFT,)
    actor = Actor(asked)
    stiff = actor.pose

    def only_nods(move: Move | None, for_s: float) -> Pose:
        return stiff(move if move is Move.NOD else None, for_s)

    actor.pose = only_nods  # type: ignore[method-assign]
    assert actor.play() is Outcome.PASSED


def test_the_dot_goes_on_where_nobody_can_know() -> None:
    ways = set()
    for seed in range(40):
        asked = challenge(seed, moves=(Move.FOLLOW,), steps=1)
        actor, way = Actor(asked), []
        while asked.outcome is Outcome.RUNNING:
            actor.play(1 / FPS)
            dot = asked.prompt.dot
            if dot is not None and [dot] != way[-1:]:
                way.append(dot)
        assert asked.outcome is Outcome.PASSED
        ways.add(tuple(way))
    assert ways == {(-1.0, 1.0), (-1.0, 0.0), (1.0, -1.0), (1.0, 0.0)}


def test_who_looks_away_from_the_dot_has_not_followed_it() -> None:
    again = challenge(moves=(Move.FOLLOW,), steps=1)
    for number in range(100):
        dot = again.prompt.dot
        again.observe(Pose(number / FPS, 17.0 * dot if dot else 0.0, 0.0))
    assert again.outcome is Outcome.WRONG_MOVE
