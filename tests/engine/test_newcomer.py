from dataclasses import replace

import numpy as np
import pytest

from facedesk.core.matching import Gallery, empty_gallery
from facedesk.core.records import DecisionKind, Image, Vector
from facedesk.core.voting import VotingRules
from facedesk.engine.enrolment import Examined
from facedesk.engine.newcomer import NEWCOMER, Newcomer
from tests.gui.fake_desk import good_face

RULES = VotingRules(0.5, 0.05, 3)
PICTURE: Image = np.zeros((4, 4, 3), np.uint8)


def at(score: float, axis: int = 1) -> Vector:
    """A unit vector with this cosine to the first axis."""
    vector = np.zeros(8, np.float32)
    vector[0], vector[axis] = score, np.sqrt(1 - score**2)
    return vector


def gallery(*scores: float) -> Gallery:
    """People 1, 2, ... with these cosines to the newcomer, who is the first axis."""
    rows = np.stack([at(score, axis + 1) for axis, score in enumerate(scores)])
    ids = np.arange(1, len(scores) + 1)
    return Gallery("m", rows, ids, {int(number): f"P{number}" for number in ids})


def newcomer(known: Gallery, *vectors: Vector) -> Newcomer:
    return Newcomer(known, vectors or (at(1.0),), "New", lambda _gallery: RULES)


def seen(vector: Vector) -> Examined:
    return Examined(PICTURE, "camera", (good_face(vector=vector),))


def test_duplicates_and_look_alikes_are_told_apart_by_their_scores() -> None:
    found = newcomer(gallery(0.2, 0.46, 0.8, 0.47))
    assert [(one.name, round(one.score, 2)) for one in found.duplicates()] == [("P3", 0.8)]
    assert [one.name for one in found.look_alikes()] == ["P4", "P2"]


def test_whom_many_resemble_is_taken_for_the_same_person_later() -> None:
    own = replace(RULES, bounds={NEWCOMER: 0.6, 1: 0.6, 2: 0.4})
    found = Newcomer(gallery(0.55, 0.55), (at(1.0),), "New", lambda _gallery: own)
    assert [one.name for one in found.duplicates()] == ["P2"]
    assert [one.name for one in found.look_alikes()] == ["P1"]
    assert found.same_from(1) == pytest.approx(0.575)


def test_the_first_person_of_all_is_like_nobody() -> None:
    first = newcomer(empty_gallery("m"), at(1.0), at(0.9))
    assert first.duplicates() == first.look_alikes() == ()
    tried = first.judge(seen(at(0.95)))
    assert tried.known
    assert tried.runner_up_name == ""
    assert tried.decision is not None
    assert tried.decision.runner_up == -1.0


def test_the_trial_judges_as_the_kiosk_would() -> None:
    known = newcomer(gallery(0.2, 0.3))
    tried = known.judge(seen(at(0.9)))
    assert tried.known
    assert tried.runner_up_name in ("P1", "P2")
    assert tried.decision is not None
    assert tried.decision.kind is DecisionKind.KNOWN
    stranger = known.judge(seen(at(0.1, axis=7)))
    assert not stranger.known
    assert stranger.decision is not None
    assert stranger.decision.kind is DecisionKind.UNKNOWN
    somebody_else = known.judge(seen(at(0.2)))
    assert not somebody_else.known
    assert known.judge(Examined(PICTURE, "camera", ())).face is None


def test_more_photos_of_somebody_are_compared_with_the_others_only() -> None:
    again = Newcomer(gallery(0.9, 0.3), (at(1.0),), "P1", lambda _gallery: RULES, person_id=1)
    assert again.duplicates() == ()
    assert again.judge(seen(at(1.0))).known


@pytest.mark.parametrize("people", [0, 1, 3])
def test_the_rules_are_made_for_the_gallery_with_the_newcomer(people: int) -> None:
    asked: list[Gallery] = []

    def rules(joined: Gallery) -> VotingRules:
        asked.append(joined)
        return RULES

    Newcomer(gallery(*[0.1] * people) if people else empty_gallery("m"), (at(1.0), at(0.9)), "New",
             rules)  # fmt: skip
    assert len(asked) == 1
    assert asked[0].person_ids.tolist() == [*range(1, people + 1), NEWCOMER, NEWCOMER]
    assert asked[0].names[NEWCOMER] == "New"
