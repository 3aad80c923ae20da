"""The guard between recognising and checking in, with scripted glances and a fake clock."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.challenge import GEOMETRY_MOVES, Move, Prompt
from facedesk.core.facts import Fact, LivenessRefused
from facedesk.core.liveness import FusionWeights, PassiveRules, Policy
from facedesk.core.records import (
    Box,
    Decision,
    DecisionKind,
    Face,
    Frame,
    Image,
    Match,
    Person,
    Seen,
    SeenFace,
    Track,
)
from facedesk.engine.liveness import GuardRules, LivenessGuard
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.refusals import Refusals, RefusedBy
from facedesk.vision.head import HeadLook
from tests.fakes import FakeClock

ONLY_LOGIT = FusionWeights(0.0, 1.0, 0.0, 0.0, 0.0)
PASSIVE = PassiveRules(ONLY_LOGIT, 0.5, edged=2.0, patterned=4.5, least_frames=4, most_frames=8)
FPS = 20.0
PICTURE, LIVING = -3.0, 3.0


class Says:
    """A network that says what the test wants."""

    name = "says"

    def __init__(self) -> None:
        self.value = LIVING
        self.asked = 0

    def logit(self, image: Image, box: Box) -> float:
        self.asked += 1
        return self.value


class Head:
    """A head that does what it is told to, or nothing."""

    moves = GEOMETRY_MOVES

    def __init__(self) -> None:
        self.look = HeadLook(0.0, 0.0)
        self.closed = False

    def read(self, image: Image, face: Face) -> HeadLook:
        return self.look

    def close(self) -> None:
        self.closed = True


class Scene:
    """Faces that are recognised, frame by frame, through a real guard and a real database."""

    def __init__(self, folder: Path, policy: Policy, **rules: object) -> None:
        self.clock = FakeClock()
        self.database = Database.open(folder / "facedesk.db", clock=self.clock)
        people = People(self.database)
        self.ada = people.add(Person(0, "Ada"), []).id
        self.bob = people.add(Person(0, "Bob"), []).id
        self.network, self.head = Says(), Head()
        self.facts: list[Fact] = []
        self.looks_like = self.ada
        self.own: dict[int, Policy] = {}
        self.feeds = False
        self.refusals = Refusals(self.database)
        self.guard = LivenessGuard(
            replace(GuardRules(policy, PASSIVE), **rules),  # type: ignore[arg-type]
            self.network,
            lambda: self.head,
            lambda _frame, _face: Match(self.looks_like, 0.7, None, -1.0),
            self.refusals,
            "camera:fake",
            self.clock,
            self.facts.append,
            random.Random(1),
            own_policies=lambda: self.own,
            fed_by_program=lambda: self.feeds,
        )
        self._seq = 0
        self._noise = np.random.default_rng(0)

    def replay_noise(self) -> None:
        """The same pictures again from here on."""
        self._noise = np.random.default_rng(0)

    def frame(self, *faces: SeenFace) -> Seen:
        self.clock.advance(1 / FPS)
        self._seq += 1
        image = self._noise.integers(0, 255, (120, 160, 3), np.uint8)
        frame = Frame(image, self._seq, self.clock.monotonic_s(), self.clock.utc())
        return self.guard.judge(frame, Seen(self._seq, frame.utc, frame.size, faces, 1.0))

    def ada_stands(self, frames: int, track_id: int = 1) -> Seen:
        for _ in range(frames):
            seen = self.frame(known(self.ada, track_id))
        return seen

    def follow(self, seen: Seen, *, seconds: float = 20.0) -> Seen:
        """Ada does what she is asked to."""
        for _ in range(round(seconds * FPS)):
            prompt = seen.challenge
            if prompt is None:
                break
            self.head.look = _answer(prompt, self.head.look)
            seen = self.frame(known(self.ada))
        return seen


def _answer(prompt: Prompt, before: HeadLook) -> HeadLook:
    if prompt.move is Move.NOD:
        return HeadLook(0.0, 0.0 if before.pitch_deg else 8.0)
    if prompt.dot is not None:
        return HeadLook(-20.0 * prompt.dot, 0.0)
    yaw = {Move.TURN_LEFT: 20.0, Move.TURN_RIGHT: -20.0, None: 0.0}
    return HeadLook(yaw[prompt.move], 0.0)


def known(person_id: int, track_id: int = 1, x: float = 40.0) -> SeenFace:
    points = np.float32([[55, 50], [75, 50], [65, 60], [57, 72], [73, 72]])
    face = Face((x, 30.0, x + 50, 90.0), points, 0.95)
    decision = Decision(DecisionKind.KNOWN, person_id, 0.7, 0.1, 0.4, 3, "3 frames agree.")
    return SeenFace(Track(track_id, face, 5), decision, None, "Ada")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[list[Scene]]:
    scenes: list[Scene] = []
    yield scenes
    for scene in scenes:
        scene.guard.close()
        scene.database.close()


def scene(made: list[Scene], folder: Path, policy: Policy, **rules: object) -> Scene:
    made.append(Scene(folder, policy, **rules))
    return made[-1]


def kind(seen: Seen) -> DecisionKind:
    return seen.faces[0].decision.kind


def test_off_lets_everybody_pass_unlooked_at(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.OFF)
    desk.network.value = PICTURE
    assert kind(desk.ada_stands(1)) is DecisionKind.KNOWN
    assert desk.network.asked == 0


@pytest.mark.parametrize("policy", [Policy.PASSIVE, Policy.IF_UNSURE])
def test_a_living_face_waits_some_frames_and_passes(
    made: list[Scene], tmp_path: Path, policy: Policy
) -> None:
    desk = scene(made, tmp_path, policy)
    waiting = desk.ada_stands(3)
    assert kind(waiting) is DecisionKind.UNDECIDED
    assert waiting.faces[0].name == ""
    passed = desk.ada_stands(1)
    assert kind(passed) is DecisionKind.KNOWN
    assert passed.challenge is None
    asked = desk.network.asked
    desk.ada_stands(10)
    assert desk.network.asked == asked  # settled: no more work
    assert desk.facts == []


def test_frames_before_the_name_count(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.PASSIVE)
    nameless = replace(
        known(desk.ada), decision=Decision(DecisionKind.UNDECIDED, None, 0, 0, 0.4, 1, "")
    )
    for _ in range(4):
        desk.frame(nameless)
    assert kind(desk.ada_stands(1)) is DecisionKind.KNOWN


def test_passive_refuses_a_picture_tells_it_once_and_writes_it_down(
    made: list[Scene], tmp_path: Path
) -> None:
    desk = scene(made, tmp_path, Policy.PASSIVE)
    desk.network.value = PICTURE
    seen = desk.ada_stands(30)
    assert kind(seen) is DecisionKind.REFUSED
    assert seen.faces[0].decision.person_id is None
    (fact,) = desk.facts
    assert isinstance(fact, LivenessRefused)
    assert (fact.person_id, fact.refused_by, fact.rests_s) == (desk.ada, "passive", 0.0)
    assert seen.faces[0].decision.reason == "The camera found no living face."  # not by what
    assert fact.reason.startswith("No living face was found: ")
    (row,) = desk.refusals.newest()
    assert (row.person_id, row.refused_by, row.source) == (
        desk.ada, RefusedBy.PASSIVE, "camera:fake"
    )  # fmt: skip
    assert "Ada" not in row.reason


def test_the_same_pixels_again_are_refused_under_every_policy(
    made: list[Scene], tmp_path: Path
) -> None:
    desk = scene(made, tmp_path, Policy.ALWAYS)
    pictures = [np.full((120, 160, 3), 10 * number, np.uint8) for number in range(6)]
    for number in range(18):
        desk.clock.advance(1 / FPS)
        frame = Frame(pictures[number % 6], number, desk.clock.monotonic_s(), desk.clock.utc())
        seen = desk.guard.judge(frame, Seen(number, frame.utc, frame.size, (known(desk.ada),), 1.0))
    assert kind(seen) is DecisionKind.REFUSED
    assert [row.refused_by for row in desk.refusals.newest()] == [RefusedBy.REPLAY]


def test_doubt_leads_to_a_challenge_and_its_answer_to_the_name(
    made: list[Scene], tmp_path: Path
) -> None:
    desk = scene(made, tmp_path, Policy.IF_UNSURE)
    desk.network.value = PICTURE
    asked = desk.ada_stands(9)
    assert kind(asked) is DecisionKind.UNDECIDED
    assert asked.challenge is not None
    assert kind(desk.follow(asked)) is DecisionKind.KNOWN
    assert desk.facts == []


def test_who_is_found_alive_before_the_first_movement_need_not_move(
    made: list[Scene], tmp_path: Path
) -> None:
    desk = scene(made, tmp_path, Policy.IF_UNSURE)
    desk.network.value = -0.1
    ahead = desk.ada_stands(9).challenge
    assert ahead is not None
    assert ahead.move is None
    desk.network.value = 50.0  # the light was switched on
    assert kind(desk.ada_stands(8)) is DecisionKind.KNOWN


def test_who_was_flat_as_the_challenge_began_must_move(
    made: list[Scene], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = replace(PASSIVE, weights=replace(ONLY_LOGIT, stirring=0.1))
    desk = scene(made, tmp_path, Policy.IF_UNSURE, passive=rules)
    monkeypatch.setattr("facedesk.vision.liveness.bent_and_moved", lambda *_: (0.5, 10.0))
    assert desk.ada_stands(9).challenge is not None
    monkeypatch.setattr("facedesk.vision.liveness.bent_and_moved", lambda *_: (9.0, 1.0))
    assert kind(desk.ada_stands(8)) is DecisionKind.UNDECIDED


def test_the_more_doubt_the_more_movements(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.IF_UNSURE)
    desk.network.value = PICTURE
    asked = desk.ada_stands(9).challenge
    assert asked is not None
    assert asked.steps == 3
    desk.clock.advance(5)
    desk.frame()
    desk.network.value = -1.0
    asked = desk.ada_stands(9, track_id=2).challenge
    assert asked is not None
    assert asked.steps == 2


def test_the_dots_of_a_screen_pass_no_challenge(
    made: list[Scene], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facedesk.vision.liveness.grid_of", lambda *_: 5.0)
    desk = scene(made, tmp_path, Policy.ALWAYS)
    assert kind(desk.follow(desk.ada_stands(9))) is DecisionKind.REFUSED
    assert "dots" in desk.refusals.newest()[0].reason


def test_once_a_movement_was_asked_for_it_must_come(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.IF_UNSURE)
    desk.network.value = PICTURE
    asked = desk.ada_stands(9 + round(1.5 * FPS)).challenge
    assert asked is not None
    assert asked.move is not None
    desk.network.value = 50.0
    assert kind(desk.ada_stands(16)) is DecisionKind.UNDECIDED


def test_always_asks_even_the_living(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.ALWAYS)
    asked = desk.ada_stands(5)
    assert asked.challenge is not None
    assert asked.challenge.steps == 2
    assert kind(desk.follow(asked)) is DecisionKind.KNOWN


def test_who_does_nothing_is_refused_and_may_try_again(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.ALWAYS)
    seen = desk.ada_stands(round(12 * FPS))
    assert kind(seen) is DecisionKind.REFUSED
    assert [row.refused_by for row in desk.refusals.newest()] == [RefusedBy.CHALLENGE]
    desk.ada_stands(round(4 * FPS) + 8)
    assert kind(desk.follow(desk.ada_stands(1))) is DecisionKind.KNOWN


def test_who_leaves_a_challenge_is_refused_and_written_down(
    made: list[Scene], tmp_path: Path
) -> None:
    desk = scene(made, tmp_path, Policy.ALWAYS)
    assert desk.ada_stands(6).challenge is not None
    for _ in range(round(1.2 * FPS)):
        assert desk.frame().challenge is None or not desk.facts
    (fact,) = desk.facts
    assert isinstance(fact, LivenessRefused)
    assert fact.refused_by == "challenge"
    assert "left" in desk.refusals.newest()[0].reason
    assert desk.ada_stands(6).challenge is not None  # and may try again at once


def test_a_computer_that_takes_its_time_does_not_say_that_somebody_left(
    made: list[Scene], tmp_path: Path
) -> None:
    desk = scene(made, tmp_path, Policy.ALWAYS)
    assert desk.ada_stands(6).challenge is not None
    desk.clock.advance(1.5)
    assert desk.ada_stands(1).challenge is not None
    assert desk.facts == []


def test_somebody_else_in_the_middle_of_a_challenge(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.ALWAYS)
    desk.ada_stands(6)
    desk.looks_like = desk.bob  # the recogniser has not noticed yet
    assert kind(desk.ada_stands(12)) is DecisionKind.REFUSED
    assert "changed" in desk.refusals.newest()[0].reason


def test_a_name_that_changes_on_a_track_is_looked_at_anew(
    made: list[Scene], tmp_path: Path
) -> None:
    """Ada stands there alive, then a picture of Bob is held up in her place."""
    desk = scene(made, tmp_path, Policy.PASSIVE)
    assert kind(desk.ada_stands(6)) is DecisionKind.KNOWN
    desk.network.value = PICTURE
    kinds = {kind(desk.frame(known(desk.bob))) for _ in range(12)}
    assert kinds == {DecisionKind.UNDECIDED, DecisionKind.REFUSED}


def test_a_second_face_ends_the_challenge(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.ALWAYS)
    desk.ada_stands(6)
    for _ in range(5):
        seen = desk.frame(known(desk.ada), known(desk.bob, 2, x=100.0))
    assert kind(seen) is DecisionKind.REFUSED
    assert "More than one face" in desk.refusals.newest()[0].reason


def test_after_three_refusals_the_face_rests(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.PASSIVE, cool_off_s=60.0)
    desk.network.value = PICTURE
    for number in range(3):
        desk.ada_stands(10, track_id=number)
        desk.clock.advance(2)
    assert len(desk.refusals.newest()) == 3
    desk.network.value = LIVING
    rest = desk.ada_stands(10, track_id=10)
    assert kind(rest) is DecisionKind.REFUSED
    assert "Too many tries" in rest.faces[0].decision.reason
    assert [fact.rests_s for fact in desk.facts if isinstance(fact, LivenessRefused)] == [0, 0, 60]
    desk.clock.advance(61)
    assert kind(desk.ada_stands(10, track_id=11)) is DecisionKind.KNOWN


def test_another_move_can_be_asked_for(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.ALWAYS)
    before = desk.ada_stands(30).challenge
    assert before is not None
    assert before.can_swap
    desk.guard.swap_move()
    after = desk.ada_stands(30).challenge
    assert after is not None
    assert not after.can_swap
    assert after.move not in (before.move, None)


def test_removing_a_person_removes_the_refusals(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.PASSIVE)
    desk.network.value = PICTURE
    desk.ada_stands(10)
    People(desk.database).remove(desk.ada)
    assert desk.refusals.newest() == []


def test_what_a_program_feeds_in_is_challenged(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.IF_UNSURE)
    desk.feeds = True
    assert desk.ada_stands(4).challenge is not None
    assert kind(desk.follow(desk.ada_stands(1))) is DecisionKind.KNOWN


def test_doubt_costs_a_challenge_where_passive_would_do(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.IF_UNSURE)
    desk.network.value = 0.5
    assert desk.ada_stands(7).challenge is None
    assert desk.ada_stands(1).challenge is not None


@pytest.mark.parametrize(
    ("kiosk", "own", "asked"),
    [
        (Policy.OFF, Policy.ALWAYS, True),
        (Policy.IF_UNSURE, Policy.ALWAYS, True),
        (Policy.ALWAYS, Policy.PASSIVE, False),
        (Policy.ALWAYS, Policy.OFF, False),
    ],
)
def test_a_persons_own_policy_outweighs_the_kiosks(
    made: list[Scene], tmp_path: Path, kiosk: Policy, own: Policy, *, asked: bool
) -> None:
    desk = scene(made, tmp_path, kiosk)
    desk.own = {desk.ada: own}
    seen = desk.ada_stands(5)
    assert (seen.challenge is not None) is asked
    assert kind(seen) is (DecisionKind.UNDECIDED if asked else DecisionKind.KNOWN)


def test_movements_without_depth_are_a_turned_sheets(
    made: list[Scene], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = scene(
        made,
        tmp_path,
        Policy.ALWAYS,
        passive=replace(PASSIVE, weights=replace(ONLY_LOGIT, stirring=0.1)),
    )
    monkeypatch.setattr("facedesk.vision.liveness.bent_and_moved", lambda *_: (0.5, 10.0))
    assert kind(desk.follow(desk.ada_stands(9))) is DecisionKind.REFUSED
    assert "flat" in desk.refusals.newest()[0].reason


def test_a_recording_of_an_earlier_visit_is_refused(made: list[Scene], tmp_path: Path) -> None:
    desk = scene(made, tmp_path, Policy.PASSIVE)

    def visit() -> Seen:
        desk.replay_noise()
        return desk.ada_stands(5)

    assert kind(visit()) is DecisionKind.KNOWN
    desk.clock.advance(60)
    desk.frame()
    assert kind(visit()) is DecisionKind.REFUSED
    assert desk.refusals.newest()[0].refused_by is RefusedBy.REPLAY
