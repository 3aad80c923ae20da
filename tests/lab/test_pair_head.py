"""The pair classifier: commutative, at least cosine, and better where cosine is wrong."""

from __future__ import annotations

import numpy as np

from facedesk.lab import pair_head
from facedesk.lab.metrics import area_under_curve
from facedesk.lab.pair_head import PairHead


def people(count: int, noise: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(count), 4)
    vectors = random.normal(size=(count, len(noise)))[labels]
    vectors = vectors + noise * random.normal(size=vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), labels


def test_the_order_of_a_pair_does_not_matter() -> None:
    vectors, _ = people(10, np.ones(8), 0)
    head = PairHead(np.random.default_rng(1).normal(size=16).astype(np.float32), 0.3)
    np.testing.assert_allclose(
        head.score(vectors[:20], vectors[20:]), head.score(vectors[20:], vectors[:20]), rtol=1e-6
    )


def test_weight_one_on_products_is_cosine() -> None:
    vectors, _ = people(10, np.ones(8), 0)
    head = PairHead(np.repeat([1, 0], 8).astype(np.float32), 0.0)
    cosines = (vectors[:20] * vectors[20:]).sum(axis=1)
    np.testing.assert_allclose(head.score(vectors[:20], vectors[20:]), cosines, atol=1e-6)


def test_pairs_are_what_they_are_called() -> None:
    labels = np.repeat(np.arange(5), [1, 2, 3, 4, 5])
    first, second, same = pair_head.training_pairs(labels, 50)
    assert same.sum() == 50 and len(same) == 100
    np.testing.assert_array_equal(labels[first] == labels[second], same)
    assert (first != second).all()


def test_it_learns_which_numbers_are_noise() -> None:
    """Half of the numbers say nothing: cosine listens to them, the head learns not to."""
    noise = np.repeat([0.3, 3.0], 8)
    learn, labels = people(200, noise, 0)
    first, second, same = pair_head.training_pairs(labels, 600)
    head = pair_head.fit(learn[first], learn[second], same)
    check, labels = people(200, noise, 1)
    first, second, same = pair_head.training_pairs(labels, 600, seed=1)
    by_head = head.score(check[first], check[second])
    by_cosine = (check[first] * check[second]).sum(axis=1)
    better = area_under_curve(by_head[same], by_head[~same])
    plain = area_under_curve(by_cosine[same], by_cosine[~same])
    assert better > plain + 0.05
