"""One frame -> Seen with fake people: tracks, votes, economy of embedding, one name once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from facedesk.core.matching import Gallery
from facedesk.core.negatives import Negatives
from facedesk.core.quality import QualityLimits
from facedesk.core.records import DecisionKind, Face, Frame, Image, QualityReason, Seen
from facedesk.core.voting import VotingRules
from facedesk.engine.recogniser import Recogniser
from tests.fakes import FakeDetector, FakeEmbedder, picture, vector_of

RULES = VotingRules(threshold=0.5, margin=0.05, votes=3)
UTC_NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def gallery_of(*colours: str) -> Gallery:
    return Gallery(
        "fake-1",
        np.stack([vector_of(colour) for colour in colours]),
        np.arange(1, len(colours) + 1),
        {number: colour.title() for number, colour in enumerate(colours, start=1)},
    )


def rules_of(gallery: Gallery) -> VotingRules:
    """Stricter with every person, as the real rules are."""
    return replace(RULES, threshold=0.3 + 0.1 * gallery.people)


class Stage:
    def __init__(self, gallery: Callable[[], Gallery]) -> None:
        self.embedder = FakeEmbedder()
        limits = QualityLimits(least_contrast=0, darkest=20)
        self.recogniser = Recogniser(FakeDetector(), self.embedder, gallery, rules_of, limits)
        self._seq = 0

    def show(self, image: Image, frames: int = 1) -> Seen:
        for _ in range(frames):
            seen = self.recogniser.recognise(Frame(image, self._seq, 100 + self._seq / 30, UTC_NOW))
            self._seq += 1
        return seen


@pytest.fixture
def stage() -> Stage:
    known = gallery_of("red", "blue")
    return Stage(lambda: known)


def test_known_person_is_named_after_the_votes(stage: Stage) -> None:
    image = picture(("red", (100, 100, 150)))
    assert stage.show(image, 2).faces[0].decision.kind is DecisionKind.UNDECIDED
    [face] = stage.show(image).faces
    assert (face.name, face.decision.person_id) == ("Red", 1)
    assert face.track.track_id == 1


def test_a_face_is_remembered_by_its_latest_good_frames(stage: Stage) -> None:
    assert stage.show(picture(("red", (100, 100, 50)))).faces[0].probe is None  # too small
    stage.show(picture(), 60)
    [face] = stage.show(picture(("red", (100, 100, 150))), 3).faces
    assert face.probe is not None
    assert face.probe.contract == "fake-1"
    np.testing.assert_allclose(face.probe.vector, vector_of("red"), atol=1e-6)
    assert face.probe.crop.shape == (192, 192, 3)
    assert face.probe.quality == face.quality
    # Whoever stood there before is forgotten when another stands there.
    [face] = stage.show(picture(("blue", (100, 100, 150))), 200).faces
    assert face.probe is not None
    np.testing.assert_allclose(face.probe.vector, vector_of("blue"), atol=1e-6)


def test_a_face_that_was_rejected_as_a_person_gets_no_name() -> None:
    known = gallery_of("red", "blue")
    mixed = vector_of("red") + vector_of("green")
    known.vectors[0] = mixed / np.linalg.norm(mixed)  # red is like person 1, and is not
    known = replace(known, negatives=Negatives(vector_of("red")[np.newaxis], np.array([1])))
    stage = Stage(lambda: known)
    seen = stage.show(picture(("red", (50, 100, 150)), ("blue", (350, 100, 140))), 10)
    assert [face.name for face in seen.faces] == ["", "Blue"]
    assert seen.faces[0].decision.kind is DecisionKind.PIN_NEEDED


def test_stranger_is_unknown_with_a_reason(stage: Stage) -> None:
    [face] = stage.show(picture(("green", (100, 100, 150))), RULES.unknown_votes).faces
    assert (face.name, face.decision.kind) == ("", DecisionKind.UNKNOWN)
    assert "below 0.50" in face.decision.reason


def test_decided_faces_are_embedded_seldom(stage: Stage) -> None:
    image = picture(("red", (50, 100, 150)), ("blue", (350, 100, 150)))
    stage.show(image, RULES.votes)
    assert (stage.embedder.embedded, stage.embedder.calls) == (6, 3)
    stage.show(image, 60)
    assert stage.embedder.embedded < 6 + 2 * 60 / 10


def test_nearest_face_comes_first_and_passers_by_are_left_alone(stage: Stage) -> None:
    image = picture(("blue", (20, 100, 70)), ("red", (250, 100, 200)))
    seen = stage.show(image, 10)
    assert [face.name for face in seen.faces] == ["Red", ""]
    assert "step forward" in seen.faces[1].decision.reason


def test_two_faces_that_want_one_name_are_both_held_back(stage: Stage) -> None:
    image = picture(("red", (50, 100, 150)), ("red", (350, 100, 140)))
    for _ in range(10):
        seen = stage.show(image)
        assert [face.name for face in seen.faces] == ["", ""]
    for held in seen.faces:
        assert held.decision.kind is DecisionKind.REFUSED
        assert held.decision.person_id is None
        assert "wants the same name" in held.decision.reason
    [face] = stage.show(picture(("red", (350, 100, 140)))).faces
    assert face.name == "Red"


def test_who_had_the_name_first_keeps_it(stage: Stage) -> None:
    stage.show(picture(("red", (350, 100, 140))), 5)
    seen = stage.show(picture(("red", (50, 100, 150)), ("red", (350, 100, 140))), 10)
    assert [face.name for face in seen.faces] == ["", "Red"]
    assert seen.faces[0].decision.kind is DecisionKind.REFUSED
    seen = stage.show(picture(("red", (50, 100, 150))), 40)  # the other one has left
    assert [face.name for face in seen.faces] == ["Red"]


def test_a_name_cannot_jump_to_another_face(stage: Stage) -> None:
    stage.show(picture(("red", (200, 100, 150))), 5)
    for _ in range(2):  # the tracker takes the next person for the first one
        [face] = stage.show(picture(("blue", (200, 100, 150)))).faces
        assert face.name in ("Red", "")
    names = {stage.show(picture(("blue", (200, 100, 150)))).faces[0].name for _ in range(80)}
    assert stage.show(picture(("blue", (200, 100, 150)))).faces[0].name == "Blue"
    assert names <= {"Red", "", "Blue"}


def test_poor_face_is_refused_with_advice_and_never_embedded(stage: Stage) -> None:
    [face] = stage.show(picture(("red", (100, 100, 50)))).faces
    assert face.quality is not None
    assert face.quality.reasons == (QualityReason.TOO_SMALL,)
    assert face.decision.kind is DecisionKind.REFUSED
    assert "come closer" in face.decision.reason
    assert stage.embedder.embedded == 0


def test_change_of_the_gallery_counts_at_once() -> None:
    galleries = [gallery_of("red", "blue")]
    stage = Stage(lambda: galleries[-1])
    image = picture(("green", (100, 100, 150)))
    assert stage.show(image, 12).faces[0].decision.kind is DecisionKind.UNKNOWN
    galleries.append(gallery_of("red", "blue", "green"))
    assert stage.show(image, 3).faces[0].name == "Green"
    galleries.append(gallery_of("red", "blue"))
    assert stage.show(image, 12).faces[0].decision.kind is DecisionKind.UNKNOWN


def test_still_picture_is_identified_face_by_face(stage: Stage) -> None:
    image = picture(("green", (50, 100, 100)), ("blue", (300, 100, 200)))
    found = stage.recogniser.identify(image)
    assert [face.name for face in found] == ["Blue", ""]
    assert [face.decision.kind for face in found] == [DecisionKind.KNOWN, DecisionKind.UNKNOWN]
    assert stage.recogniser.identify(picture()) == []


def test_empty_frame(stage: Stage) -> None:
    assert stage.show(picture()).faces == ()


def test_another_gallery_is_judged_by_its_own_threshold() -> None:
    galleries = [gallery_of("red", "blue")]
    stage = Stage(lambda: galleries[-1])
    image = picture(("red", (100, 100, 150)))
    assert stage.show(image, 3).faces[0].decision.threshold == pytest.approx(0.5)
    galleries.append(gallery_of("red", "blue", "green"))
    assert stage.show(image, 3).faces[0].decision.threshold == pytest.approx(0.6)
    galleries.append(gallery_of("red", "blue"))
    assert stage.show(image, 3).faces[0].decision.threshold == pytest.approx(0.5)
    galleries.append(gallery_of("red"))
    [found] = stage.recogniser.identify(image)
    assert found.decision.threshold == pytest.approx(0.4)


def test_face_that_the_detector_doubts_is_nobody_yet(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    detect = stage.recogniser.detector.detect

    def doubtful(image: Image) -> list[Face]:
        return [replace(face, score=0.7) for face in detect(image)]

    monkeypatch.setattr(stage.recogniser.detector, "detect", doubtful)
    [face] = stage.show(picture(("green", (100, 100, 150))), 20).faces
    assert face.decision.kind is DecisionKind.UNDECIDED
    assert stage.embedder.embedded == 0
