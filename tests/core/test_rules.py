"""Rules made for a gallery: who resembles whom, and who needs more or less likeness than most."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facedesk.core.matching import Gallery, empty_gallery
from facedesk.core.operating_point import FLOOR_RATE, HIGHEST_THRESHOLD, operating_point, tail_of
from facedesk.core.rules import Wanted, own_bounds, rules_before

TAIL = tail_of({"fmr_1e-3": 0.333, "fmr_1e-4": 0.401, "fmr_1e-5": 0.465})
WANTED = Wanted(fpir=1e-3, margin=0.05, votes=3)


def crowd(people: int, seed: int = 0, dimension: int = 128) -> Gallery:
    vectors = np.random.default_rng(seed).normal(size=(people, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = np.arange(1, people + 1)
    return Gallery("c", vectors.astype(np.float32), ids, {int(i): f"P{i}" for i in ids})


def drawn_towards(gallery: Gallery, person: int, others: range, cosine: float) -> Gallery:
    """`others` (rows) are turned until they have this cosine to row `person`."""
    vectors = gallery.vectors.copy()
    for row in others:
        away = vectors[row] - (vectors[row] @ vectors[person]) * vectors[person]
        away /= np.linalg.norm(away)
        vectors[row] = cosine * vectors[person] + math.sqrt(1 - cosine**2) * away
    return Gallery("c", vectors, gallery.person_ids, gallery.names)


def test_twins_know_each_other() -> None:
    gallery = drawn_towards(crowd(60), 3, range(4, 5), 0.8)
    point, rules = rules_before(gallery, TAIL, WANTED)
    assert rules.look_alikes == {4: frozenset({5}), 5: frozenset({4})}
    assert rules.twins == {4, 5}
    nearly = drawn_towards(crowd(60), 3, range(4, 5), point.threshold - 0.015)
    assert rules_before(nearly, TAIL, WANTED)[1].twins == {4, 5}
    siblings = drawn_towards(crowd(60), 3, range(4, 5), point.threshold - 0.035)
    _, lead = rules_before(siblings, TAIL, WANTED)
    assert (set(lead.look_alikes), lead.twins) == ({4, 5}, frozenset())
    assert rules.threshold == point.threshold
    assert rules.lead_over(4, 5) == pytest.approx(0.1)
    assert rules.lead_over(4, 6) == pytest.approx(0.05)
    assert rules.basis == point.in_words()


def test_whom_many_resemble_is_asked_for_more_and_others_for_less() -> None:
    gallery = drawn_towards(crowd(400), 0, range(10, 22), 0.45)
    point = operating_point(TAIL, gallery, 1e-3, 3)
    bounds = own_bounds(gallery, TAIL, point)
    assert set(bounds) == set(range(1, 401))
    assert point.threshold + 0.1 < bounds[1] == max(bounds.values()) <= HIGHEST_THRESHOLD
    # Who was drawn towards a person is near the others who were, too.
    drawn = {1, *range(11, 23)}
    others = [bounds[person] for person in bounds.keys() - drawn]
    assert min(bounds[person] for person in drawn) > np.median(others)
    assert np.quantile(others, 0.95) < point.threshold


def test_all_bounds_together_let_through_as_much_as_one_threshold_for_all() -> None:
    gallery = crowd(400)
    point = operating_point(TAIL, gallery, 1e-5, 3)  # strict: the floor is far below
    bounds = np.array(list(own_bounds(gallery, TAIL, point).values()))
    assert bounds.min() > TAIL.cosine(FLOOR_RATE)
    decade = TAIL.cosine(1e-6) - TAIL.cosine(1e-5)
    assert np.mean(10 ** ((bounds - point.threshold) / decade)) == pytest.approx(1)


@pytest.mark.parametrize("people", [0, 1, 2])
def test_few_people_need_nothing_of_their_own(people: int) -> None:
    gallery = crowd(people) if people else empty_gallery("c")
    _, rules = rules_before(gallery, TAIL, WANTED)
    assert (rules.bounds, rules.look_alikes) == ({}, {})


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.floats(0.2, 0.99))
@settings(max_examples=40, deadline=None)
def test_no_bound_falls_below_the_floor_and_order_changes_nothing(
    seed: int, people: int, cosine: float
) -> None:
    gallery = drawn_towards(crowd(people, seed), 0, range(1, people // 2), cosine)
    order = np.random.default_rng(seed).permutation(people)
    shuffled = Gallery("c", gallery.vectors[order], gallery.person_ids[order], gallery.names)
    _, rules = rules_before(gallery, TAIL, WANTED)
    _, other = rules_before(shuffled, TAIL, WANTED)
    floor = TAIL.cosine(FLOOR_RATE) - 1e-9
    assert all(floor <= bound <= HIGHEST_THRESHOLD for bound in rules.bounds.values())
    assert min(rules.bounds.values(), default=1.0) >= rules.lowest
    assert rules.look_alikes == other.look_alikes
    assert rules.bounds == pytest.approx(other.bounds, abs=1e-6)
    for person, others in rules.look_alikes.items():
        assert person not in others
        assert all(person in rules.look_alikes[other] for other in others)
