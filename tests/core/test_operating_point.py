"""Threshold from a wanted error rate: monotone, finite, order-free, restored by deletion."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facedesk.core.matching import Gallery, empty_gallery
from facedesk.core.operating_point import (
    FLOOR_RATE,
    HIGHEST_THRESHOLD,
    UNMEASURED_THRESHOLD,
    operating_point,
    tail_of,
)

CARD = {"fmr_1e-3": 0.333, "fmr_1e-4": 0.401, "fmr_1e-5": 0.465, "fmr_1e-6": 0.529}
TAIL = tail_of(CARD)
DIMENSION = 32


def random_gallery(seed: int, people: int, samples: int = 2, alike: float = 0.0) -> Gallery:
    """People in random directions; `alike` draws them all towards one."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(people, DIMENSION)) + alike * np.ones(DIMENSION)
    vectors = np.repeat(centres, samples, axis=0) + random.normal(
        size=(people * samples, DIMENSION), scale=0.3
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = np.repeat(np.arange(1, people + 1), samples)
    return Gallery("c", vectors.astype(np.float32), ids, {int(i): f"P{i}" for i in ids})


def first_people(gallery: Gallery, count: int) -> Gallery:
    kept = gallery.person_ids <= count
    return Gallery(gallery.contract, gallery.vectors[kept], gallery.person_ids[kept], {})


def orthogonal_gallery(people: int) -> Gallery:
    """Nobody resembles anybody: what is left is the number of people."""
    vectors = np.eye(people, max(people, 1), dtype=np.float32)
    return Gallery("c", vectors, np.arange(1, people + 1), {})


def test_tail_goes_through_the_points_of_the_card() -> None:
    for key, cosine in CARD.items():
        assert TAIL.cosine(float(key[4:])) == pytest.approx(cosine)
        assert TAIL.rate(cosine) == pytest.approx(float(key[4:]))


def test_tail_goes_on_beyond_the_card_as_an_exponential() -> None:
    assert TAIL.cosine(1e-8) == pytest.approx(0.529 + 2 * 0.064)
    assert TAIL.rate(0.529 + 0.064) == pytest.approx(1e-7)
    assert TAIL.rate(-1.0) == 1.0


@pytest.mark.parametrize(
    ("thresholds", "rate", "cosine"),
    [
        ({}, 1e-6, UNMEASURED_THRESHOLD),
        ({"fmr_1e-4": 0.4}, 1e-4, 0.4),
        ({"fmr_1e-4": 0.4}, 1e-5, 0.48),
        ({"fmr_1e-3": 0.4, "fmr_1e-4": 0.4}, 1e-4, 0.4),
    ],
)
def test_poor_cards_give_a_tail_too(
    thresholds: dict[str, float], rate: float, cosine: float
) -> None:
    assert tail_of(thresholds).cosine(rate) == pytest.approx(cosine)


def test_threshold_is_where_the_formula_gives_the_wanted_rate() -> None:
    point = operating_point(TAIL, orthogonal_gallery(200), 1e-3, 3)
    assert 1 - (1 - TAIL.rate(point.threshold)) ** (1.25 * 200) == pytest.approx(1e-3, rel=1e-6)
    assert point.expected_fpir == pytest.approx(1e-3, rel=1e-6)
    assert (point.people, point.samples, point.site) == (200, 200, 0.0)
    assert point.in_words() == (
        "The threshold lets at most 1 in 1,000 strangers be named; enrolled: 200."
    )


@pytest.mark.parametrize("people", [0, 1, 3])
def test_few_people_get_the_floor_and_not_less(people: int) -> None:
    gallery = orthogonal_gallery(people) if people else empty_gallery("c")
    point = operating_point(TAIL, gallery, 1e-2, 3)
    assert point.threshold == pytest.approx(TAIL.cosine(FLOOR_RATE))
    assert point.expected_fpir < 1e-2


def test_threshold_rises_with_people_and_strictness_and_stays_finite() -> None:
    # The counts alone: matching 100,000 people is not what is tested here.
    thresholds = []
    for people in (1, 10, 100, 1_000, 10_000, 100_000):
        vectors = np.zeros((people, 1), np.float32)
        gallery = Gallery("c", vectors, np.arange(1, people + 1), {})
        for wanted in (1e-2, 1e-3, 1e-6):
            point = operating_point(TAIL, gallery, wanted, 3)
            assert all(map(math.isfinite, (point.threshold, point.expected_fpir, point.site)))
            thresholds.append((wanted, point.threshold))
    for wanted in (1e-2, 1e-3, 1e-6):
        of_wanted = [threshold for rate, threshold in thresholds if rate == wanted]
        assert of_wanted == sorted(of_wanted)
        assert of_wanted[-1] > of_wanted[0]
    for first, second, third in zip(*[iter(thresholds)] * 3, strict=True):
        assert first[1] <= second[1] <= third[1]


def test_what_no_threshold_can_hold_is_said_and_not_promised() -> None:
    tail = tail_of({"fmr_1e-3": 0.80, "fmr_1e-4": 0.94})
    point = operating_point(tail, orthogonal_gallery(1000), 1e-3, 3)
    assert point.threshold == HIGHEST_THRESHOLD
    assert point.expected_fpir > 1e-3
    assert point.visits_per_name == round(1 / point.expected_fpir)


@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.floats(0, 1.2))
@settings(max_examples=60, deadline=None)
def test_adding_a_person_never_lowers_it_and_deleting_restores_it(
    seed: int, people: int, alike: float
) -> None:
    everybody = random_gallery(seed, people, alike=alike)
    thresholds = [
        operating_point(TAIL, first_people(everybody, count), 1e-3, 3).threshold
        for count in range(people + 1)
    ]
    assert thresholds == sorted(thresholds)
    again = operating_point(TAIL, first_people(everybody, people - 1), 1e-3, 3)
    assert again.threshold == thresholds[-2]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_order_of_rows_changes_nothing(seed: int, people: int) -> None:
    gallery = random_gallery(seed, people, alike=0.8)
    order = np.random.default_rng(seed).permutation(len(gallery.vectors))
    shuffled = Gallery("c", gallery.vectors[order], gallery.person_ids[order], gallery.names)
    a, b = operating_point(TAIL, gallery, 1e-3, 3), operating_point(TAIL, shuffled, 1e-3, 3)
    assert a.threshold == pytest.approx(b.threshold, abs=1e-6)


def test_people_who_resemble_each_other_more_than_the_cards_raise_it() -> None:
    unlike = operating_point(TAIL, orthogonal_gallery(60), 1e-3, 3)
    family = operating_point(TAIL, random_gallery(1, 60, samples=1, alike=1.2), 1e-3, 3)
    assert family.site > 0.15
    assert family.threshold > unlike.threshold + 0.15
    assert family.expected_fpir == pytest.approx(1e-3)
    # One pair of siblings among few people is no proof about strangers.
    gallery = orthogonal_gallery(10)
    gallery.vectors[1] = gallery.vectors[0]
    siblings = operating_point(TAIL, gallery, 1e-3, 3)
    assert 0 < siblings.site < 0.025


def test_fewer_frames_that_must_agree_ask_for_more_likeness() -> None:
    points = [operating_point(TAIL, orthogonal_gallery(200), 1e-3, votes) for votes in (1, 2, 3, 9)]
    assert points[0].threshold > points[1].threshold > points[2].threshold
    assert points[2].threshold == points[3].threshold


def test_a_rate_of_zero_or_one_is_refused() -> None:
    for wanted in (0.0, 1.0):
        with pytest.raises(ValueError, match="a rate lies between"):
            operating_point(TAIL, empty_gallery("c"), wanted, 3)


def test_more_samples_of_the_same_people_are_no_more_chances_for_a_stranger() -> None:
    one = orthogonal_gallery(50)
    three = Gallery("c", np.repeat(one.vectors, 3, axis=0), np.repeat(one.person_ids, 3), one.names)
    points = [operating_point(TAIL, gallery, 1e-3, 3) for gallery in (one, three)]
    assert points[0].threshold == points[1].threshold
    assert (points[0].samples, points[1].samples) == (50, 150)
