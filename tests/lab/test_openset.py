"""Open-set identification on made-up people, and visits made of one picture."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facedesk.core.operating_point import tail_of
from facedesk.core.records import Face
from facedesk.lab.doubles import Doubles, doubles
from facedesk.lab.faces import Faces, LoadedModel
from facedesk.lab.metrics import clopper_pearson
from facedesk.lab.openset import (
    EVERY_SIZE,
    FACEDESK,
    SAME_RATE,
    THIS_SIZE,
    Material,
    Outcome,
    Setting,
    Twins,
    measure,
    tail_for,
)
from facedesk.lab.openset_claims import claims
from facedesk.lab.openset_hindsight import hindsight
from facedesk.lab.openset_tables import as_text
from facedesk.lab.visits import Visits, decoded, embed_visits, frames_of_visit

DIMENSION = 64
TAIL = tail_of({"fmr_1e-3": 0.42, "fmr_1e-4": 0.5})
MEMBERS, ALONE, FRAMES = 40, 60, 4


def near(random: np.random.Generator, centre: NDArray[np.float64], noise: float) -> np.ndarray:
    vector = centre + noise * random.normal(size=DIMENSION)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture
def material() -> Material:
    """People in random directions; each visit shows four noisy frames, the second one refused."""
    random = np.random.default_rng(3)
    centres = random.normal(size=(MEMBERS + ALONE, DIMENSION))
    pictures, people = [], []
    for person, centre in enumerate(centres):
        for _ in range(4 if person < MEMBERS else 1):
            pictures.append(near(random, centre, 0.4))
            people.append(person)
    rows = [np.flatnonzero(np.array(people) == person) for person in range(len(centres))]
    shown = np.array([own[-1] for own in rows])
    frames = [near(random, pictures[row], 0.02) for row in shown for _ in range(FRAMES)]
    visits = Visits(
        np.array(frames),
        np.repeat(np.arange(len(shown)), FRAMES),
        np.tile([True, False, True, True], len(shown)),
        np.ones(len(frames), np.float32),
    )
    enrolable = {person: rows[person][:-1] for person in range(MEMBERS)}
    return Material(np.array(pictures), visits, np.arange(len(centres)), shown, enrolable)


def test_strangers_stay_unknown_and_the_enrolled_are_named(material: Material) -> None:
    best = hindsight(material, TAIL, 30, 3, 1e-2)
    fixed_ones = {"loose": {True: 0.2, False: 0.2}, "best": best.fixed}
    for setting in measure(material, TAIL, 30, 3, 1e-2, fixed_ones, best.shift):
        ours, moved, plain, _, loose, fixed, _ = setting.outcomes
        assert (setting.enrolled, setting.samples, setting.draws) == (30, 3.0, 1)
        assert ours.fnir.share == 0
        assert (ours.fnir.count, ours.fpir.count) == (30, MEMBERS - 30 + ALONE)
        assert ours.fpir.share <= 0.02
        assert plain.threshold == ours.threshold
        assert setting.twins.misnamed == 0
        assert loose.fpir.share > 0.3
        assert fixed.fpir.share <= 1e-2
        assert 0.2 < fixed.threshold < ours.threshold
        assert moved.fpir.share <= 1e-2
        assert moved.threshold < ours.threshold
        assert ours.frames_median == (3 if setting.visit else 1)
    assert "FaceDesk" in as_text([setting])


def test_twins_are_sent_to_the_pin(material: Material) -> None:
    ours, without = doubles(material, TAIL, enrolled=30, wanted_fpir=1e-2)
    assert (ours.people, ours.found, ours.visits) == (30, 30, 30)
    assert ours.asked_for_pin > 25
    assert ours.named_as_the_twin == 0
    assert (ours.refused, without.refused) == (0, 0)
    assert without.named_as_the_twin > 5


def a_setting(fnir: tuple[int, int], misnamed: int = 0, strangers: int = 1) -> Setting:
    """1,000 strangers, of whom FaceDesk names some and a fixed threshold one; 100 enrolled, of whom
    so many are refused by FaceDesk and by a fixed threshold.
    """

    def outcome(rule: str, named: int, refused: int) -> Outcome:
        fpir, fnir = clopper_pearson(named, 1000), clopper_pearson(refused, 100)
        return Outcome(rule, 0.5, fpir, fnir, 0, 0.0, 3.0, 4.0)

    rules = (EVERY_SIZE, THIS_SIZE, "fixed, card fmr_1e-5", "fixed 0.5, any frame")
    outcomes = [outcome(rule, strangers, fnir[0]) for rule in (FACEDESK, SAME_RATE)]
    outcomes += [outcome(rule, 1, fnir[1]) for rule in rules]
    return Setting(100, 1.0, True, 1, tuple(outcomes), Twins(0.02, 2, 1, 1, misnamed))


TWINS = Doubles(30, 30, 30, 2, 1, 20)


def test_each_promise_is_held_or_not_with_its_figures() -> None:
    found = claims([a_setting((20, 30))], TWINS, TWINS, 1e-3)
    assert {one.held for one in found} == {True, None}
    words = "\n".join(one.line() for one in found)
    assert "1 of 1, +10.0 to +10.0 points less" in words
    assert "named 1 of 1,000 (at most 0.56 %) with 1.0 pictures" in words
    assert "20 (67 %) sent to the PIN, 2 named rightly, 1 as the twin, 7 refused" in words
    assert "4: 133 ms at 30 and 400 ms at 10 frames a second" in words


@pytest.mark.parametrize(
    ("setting", "twins", "broken"),
    [
        (a_setting((20, 30), strangers=30), TWINS, ["strangers named", "visits by strangers"]),
        (a_setting((30, 30)), TWINS, 2 * ["enrolled refused"]),
        (a_setting((20, 30), misnamed=1), TWINS, ["look-alikes of the galleries"]),
        (a_setting((20, 30)), Doubles(30, 30, 30, 12, 8, 5), ["identical twins"]),
    ],
)
def test_what_is_not_held_says_so(setting: Setting, twins: Doubles, broken: list[str]) -> None:
    found = claims([setting], twins, TWINS, 1e-3)
    lines = [one.line() for one in found if one.held is False]
    assert len(lines) == len(broken)
    for line, promise in zip(lines, broken, strict=True):
        assert line.startswith(f"NOT HELD  {promise}")
    assert (
        "not before 100 with 1.0 pictures, visits: 30.0 against 30.0 % (the" in lines[0]
        or broken[0] != "enrolled refused"
    )


def test_a_card_without_thresholds_is_measured_on_the_pictures(material: Material) -> None:
    people = np.array([p for p in range(MEMBERS + ALONE) for _ in range(4 if p < MEMBERS else 1)])
    faces = Faces((), (), people, np.empty(0), np.empty(0))
    told: list[str] = []
    bare = LoadedModel(Card(), Counting(), 0)  # type: ignore[arg-type]
    tail = tail_for(bare, material, faces, told.append)
    assert tail.cosine(1e-3) > tail.cosine(1e-2) > 0.2
    assert "worked out from" in told[0]
    measured = LoadedModel(Card({"fmr_1e-3": 0.4, "fmr_1e-4": 0.5}), Counting(), 0)  # type: ignore[arg-type]
    assert tail_for(measured, material, faces, told.append).cosine(1e-3) == pytest.approx(0.4)
    assert len(told) == 1


def test_frames_of_a_visit_are_the_same_for_the_same_seed() -> None:
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (60, 50, 3), dtype=np.uint8)
    frames = frames_of_visit(picture, seed=5)
    again = frames_of_visit(picture, seed=5)
    assert all(np.array_equal(a, b) for a, b in zip(frames, again, strict=True))
    assert {decoded(frame).shape for frame in frames} == {picture.shape}
    assert not np.array_equal(decoded(frames[0]), decoded(frames[1]))
    counts = {len(frames_of_visit(picture, seed)) for seed in range(80)}
    assert counts == set(range(3, 11))


class OneFace:
    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        points = np.array([[40, 45], [60, 45], [50, 57], [42, 68], [58, 68]], np.float32)
        return [Face((25.0, 20.0, 90.0, 85.0), points, 0.9)]

    def close(self) -> None:
        pass


class Counting:
    """Embeds a crop as its mean colour, and counts."""

    calls = 0

    def crop(self, image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> np.ndarray:
        return image[20:80, 20:80]

    def embed(self, crops: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        self.calls += 1
        means = np.array([crop.mean(axis=(0, 1)) for crop in crops], np.float32)
        return means / np.linalg.norm(means, axis=1, keepdims=True)


class Card:
    contract, dimension = "c", 3

    def __init__(self, thresholds: dict[str, float] | None = None) -> None:
        self.thresholds = thresholds or {}


def test_visits_that_are_done_are_kept(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(paths[-1]), random.integers(0, 256, (110, 110, 3), dtype=np.uint8))
    none = np.empty(0)
    faces = Faces(tuple(paths), ("a", "b", "c"), np.arange(3), none, none)
    embedder = Counting()
    model = LoadedModel(Card(), embedder, 0)  # type: ignore[arg-type]
    rows = np.array([2, 0, 2])
    first = embed_visits(model, OneFace(), faces, rows, tmp_path / "cache")
    calls = embedder.calls
    second = embed_visits(model, OneFace(), faces, rows, tmp_path / "cache")
    assert calls == embedder.calls == len(first.visit)
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert first.visit[first.frames_of(1)].tolist() == [1] * (first.visit == 1).sum()
    others = np.array([1, 0, 2])
    embed_visits(model, OneFace(), faces, others, tmp_path / "cache")
    assert embedder.calls > calls  # what was kept is of other pictures
    calls = embedder.calls
    embed_visits(model, OneFace(), faces, others, tmp_path / "cache")
    assert embedder.calls == calls
