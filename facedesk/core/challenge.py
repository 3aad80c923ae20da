"""A challenge: small movements asked for at random moments in random order.

A state machine on what is seen, frame by frame; it knows neither camera nor window. A recording
moves when it likes: who moves before being asked, or the other way, has not answered. A sheet of
paper cannot answer at all: turning and nodding are read from where the nose stands before the
plane of eyes and mouth. Left and right are the person's own: who turns to their left moves the
nose to the right of the (never mirrored) picture.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Move(StrEnum):
    TURN_LEFT = "turn left"
    TURN_RIGHT = "turn right"
    NOD = "nod"
    BLINK = "blink"
    SMILE = "smile"
    FOLLOW = "follow the dot"


# What five landmarks can tell; blinking and smiling need the face mesh.
GEOMETRY_MOVES = (Move.TURN_LEFT, Move.TURN_RIGHT, Move.NOD, Move.FOLLOW)
MESH_MOVES = tuple(Move)


@dataclass(frozen=True, slots=True)
class Pose:
    """The face in one frame. Angles as in `Quality`, in degrees; `eyes_open` and `smile` from 0 to
    1, None without a face mesh. `alone`: no other face is near. `same_person`: False once a frame
    showed somebody else, None where it was not looked at.
    """

    at_s: float
    yaw_deg: float
    pitch_deg: float
    eyes_open: float | None = None
    smile: float | None = None
    alone: bool = True
    same_person: bool | None = None


class Outcome(StrEnum):
    RUNNING = "running"
    PASSED = "passed"
    TOO_SLOW = "too slow"
    WRONG_MOVE = "wrong move"
    NOT_ALONE = "not alone"
    SOMEBODY_ELSE = "somebody else"


@dataclass(frozen=True, slots=True)
class ChallengeRules:
    """`moves` that may be asked for, `steps` of them; each must come within `step_s`."""

    moves: tuple[Move, ...] = GEOMETRY_MOVES
    steps: int = 2
    step_s: float = 4.0
    turn_deg: float = 14.0
    nod_deg: float = 3.5
    pause_s: tuple[float, float] = (0.4, 1.1)  # a random wait before each move


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the window shows. `move` is None in the pause before a move: look straight ahead.

    `done` 0 to 1 is how far the movement has come, `left_s` the time that is left of its `of_s`.
    `dot`, where one is to be followed: -1 at the person's own left, 1 at their right.
    """

    track_id: int
    move: Move | None
    step: int
    steps: int
    done: float
    left_s: float
    of_s: float
    can_swap: bool
    dot: float | None = None


_WRONG_WAY = 1.15  # of the wanted angle, to the wrong side: the other answer, not a wobble
# A head is never quite still; and whoever looks down at the keyboard may begin there.
_STILL_DEG = 5.0
_EYES_SHUT, _EYES_OPEN = 0.45, 0.6
_SMILES = 0.5
_NOT_ALONE_FRAMES = 3
_SWAPS = 1
_MOST_WAIT_S = 4.0  # for somebody who does not hold still in the pause
# A dot goes to one side and on to the middle or the other side; there it is met this closely.
_DOT_PLACES = ((-1.0, 1.0), (-1.0, 0.0), (1.0, -1.0), (1.0, 0.0))
_DOT_MET = 0.45
_DOT_TURN = 0.8  # of the angle of a turn: a dot is followed with less than a turned head


class Challenge:
    """One per person and visit. Call `observe` for each frame.

    Deterministic given `chance`, which draws moves and pauses.
    """

    def __init__(self, track_id: int, rules: ChallengeRules, chance: random.Random) -> None:
        self._track_id = track_id
        self._rules = rules
        self._chance = chance
        self._moves = _draw(rules, chance)
        self._step = 0
        self._outcome = Outcome.RUNNING
        self._swaps = _SWAPS
        self._asked = False
        self._crowded = 0
        self._start: Pose | None = None  # the head as the move was asked for
        self._still: Pose | None = None  # the head at the beginning of the pause
        self._pause_until_s = 0.0
        self._give_up_s = 0.0
        self._reached = False  # a nod or blink has a way back
        self._done = 0.0
        self._now_s = 0.0
        self._dots: tuple[float, ...] = ()  # where the dot goes, what is left of it

    @property
    def outcome(self) -> Outcome:
        return self._outcome

    @property
    def asked(self) -> bool:
        """Whether any movement has been asked for yet."""
        return self._asked

    @property
    def moves(self) -> tuple[Move, ...]:
        return tuple(self._moves)

    @property
    def prompt(self) -> Prompt:
        asked = self._start is not None and self._outcome is Outcome.RUNNING
        return Prompt(
            self._track_id,
            self._moves[self._step] if asked else None,
            self._step,
            len(self._moves),
            self._done if asked else 0.0,
            max(0.0, self._give_up_s - self._now_s) if asked else self._rules.step_s,
            self._rules.step_s,
            self._swaps > 0 and len(self._others()) > 0,
            self._dots[0] if asked and self._dots else None,
        )

    def observe(self, pose: Pose) -> Outcome:
        """The outcome so far; a challenge that is over stays as it ended."""
        if self._outcome is not Outcome.RUNNING:
            return self._outcome
        self._now_s = pose.at_s
        self._crowded = 0 if pose.alone else self._crowded + 1
        if pose.same_person is False:
            self._outcome = Outcome.SOMEBODY_ELSE
        elif self._crowded >= _NOT_ALONE_FRAMES:
            self._outcome = Outcome.NOT_ALONE
        elif self._start is None:
            self._wait(pose)
        else:
            self._follow(pose, self._start)
        return self._outcome

    def swap(self) -> bool:
        """Ask for another move instead of the present one; whether there was one left."""
        others = self._others()
        if not others or self._swaps <= 0 or self._outcome is not Outcome.RUNNING:
            return False
        self._swaps -= 1
        self._moves[self._step] = self._chance.choice(others)
        self._begin_pause()
        return True

    def _others(self) -> list[Move]:
        return [move for move in self._rules.moves if move not in self._moves]

    def _begin_pause(self) -> None:
        self._start = self._still = None
        self._reached, self._done = False, 0.0
        self._dots = ()

    def _wait(self, pose: Pose) -> None:
        """Until the head was still for the drawn time; then the move is asked for."""
        still = self._still
        if still is None or _moved(still, pose) > _STILL_DEG:
            if still is None:
                self._give_up_s = pose.at_s + _MOST_WAIT_S
            self._still = pose
            self._pause_until_s = pose.at_s + self._chance.uniform(*self._rules.pause_s)
        if pose.at_s >= self._give_up_s:
            self._outcome = Outcome.TOO_SLOW
        elif pose.at_s >= self._pause_until_s:
            self._start = pose
            self._asked = True
            self._give_up_s = pose.at_s + self._rules.step_s
            follows = self._moves[self._step] is Move.FOLLOW
            self._dots = self._chance.choice(_DOT_PLACES) if follows else ()

    def _follow(self, pose: Pose, start: Pose) -> None:
        if pose.at_s > self._give_up_s:
            # Not every neck turns: one move that does not come is replaced by another.
            if not self.swap():
                self._outcome = Outcome.TOO_SLOW
            return
        move = self._moves[self._step]
        turned = pose.yaw_deg - start.yaw_deg
        if move in (Move.TURN_LEFT, Move.TURN_RIGHT):
            share = (turned if move is Move.TURN_LEFT else -turned) / self._rules.turn_deg
            if share <= -_WRONG_WAY:
                self._outcome = Outcome.WRONG_MOVE
            self._advance(share, share >= 1)
            return
        if move is Move.FOLLOW:
            self._follow_dot(-turned / (_DOT_TURN * self._rules.turn_deg))
        elif abs(turned) >= _WRONG_WAY * self._rules.turn_deg:
            self._outcome = Outcome.WRONG_MOVE
        elif move is Move.NOD:
            share = abs(pose.pitch_deg - start.pitch_deg) / self._rules.nod_deg
            self._there_and_back(share, share >= 1, share <= 0.5)
        elif move is Move.BLINK and pose.eyes_open is not None:
            shut = pose.eyes_open <= _EYES_SHUT
            self._there_and_back(1 - pose.eyes_open, shut, pose.eyes_open >= _EYES_OPEN)
        elif move is Move.SMILE and pose.smile is not None:
            before = start.smile or 0.0
            wanted = min(0.9, max(_SMILES, before + 0.3))
            self._advance((pose.smile - before) / (wanted - before), pose.smile >= wanted)

    def _follow_dot(self, nose: float) -> None:
        """`nose`: where it points, as the dot's place. First to a side, the other one is wrong."""
        dot = self._dots[0]
        met = nose * dot >= 1 if dot else abs(nose) <= _DOT_MET
        first = len(self._dots) == len(_DOT_PLACES[0])
        if first and nose * dot <= -_WRONG_WAY:
            self._outcome = Outcome.WRONG_MOVE
        if met:
            self._dots = self._dots[1:]
        share = 0.0 if first else 0.5
        self._advance(share + 0.5 * met, met and not self._dots)

    def _there_and_back(self, share: float, there: bool, back: bool) -> None:
        self._reached = self._reached or there
        self._advance(0.5 * min(1.0, share) + 0.5 * self._reached, self._reached and back)

    def _advance(self, share: float, complete: bool) -> None:
        self._done = max(self._done, min(1.0, max(0.0, share)))
        if complete and self._outcome is Outcome.RUNNING:
            self._step += 1
            if self._step == len(self._moves):
                self._step -= 1
                self._outcome = Outcome.PASSED
            else:
                self._begin_pause()


def _draw(rules: ChallengeRules, chance: random.Random) -> list[Move]:
    """Different moves in random order; turning counts once, or the second would be known."""
    moves: Sequence[Move] = list(rules.moves)
    return chance.sample(moves, min(rules.steps, len(moves)))


def _moved(one: Pose, other: Pose) -> float:
    return max(abs(one.yaw_deg - other.yaw_deg), abs(one.pitch_deg - other.pitch_deg))
