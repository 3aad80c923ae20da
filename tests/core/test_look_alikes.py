"""Twins and lambs of a gallery."""

import numpy as np

from facedesk.core.look_alikes import LookAlike, close_pairs, lambs, look_alikes
from facedesk.core.matching import Gallery, empty_gallery


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_pairs_of_people_once_by_their_closest_samples() -> None:
    gallery = Gallery("c", at(0, 90, 10, 60), np.array([7, 3, 3, 9]), {})
    found = look_alikes(gallery, np.cos(np.radians(35)))
    assert [(pair.person_id, pair.other_id) for pair in found] == [(3, 7), (3, 9)]
    np.testing.assert_allclose(
        [pair.score for pair in found], np.cos(np.radians([10, 30])), atol=1e-6
    )


def test_samples_of_one_person_are_no_pair() -> None:
    assert look_alikes(Gallery("c", at(0, 1), np.array([4, 4]), {}), -1.0) == []
    assert look_alikes(empty_gallery("c"), -1.0) == []


def test_blocks_find_every_pair_once() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(2100, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = random.integers(0, 800, 2100)
    pairs = close_pairs(Gallery("c", vectors, ids, {}), 0.8)
    scores = vectors @ vectors.T
    rows, columns = np.nonzero(np.triu(scores >= 0.8, 1) & (ids[:, None] != ids[None]))
    # Two products of different shape round differently at the bound itself.
    found = set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    wanted = set(zip(rows.tolist(), columns.tolist(), strict=True))
    assert len(found) == len(pairs.first)
    assert all(abs(scores[pair] - 0.8) < 1e-6 for pair in found ^ wanted)
    assert len(wanted) > 1000


def test_lambs_resemble_many() -> None:
    pairs = [LookAlike(1, other, 0.6) for other in (2, 3, 4)] + [LookAlike(2, 3, 0.5)]
    assert lambs(pairs) == {1: 3}
    assert lambs(pairs, 2) == {1: 3, 2: 2, 3: 2}
