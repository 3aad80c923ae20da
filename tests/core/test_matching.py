"""Gallery against probes: best person, runner-up of ANOTHER person, permutations, empty
galleries.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedesk.core.matching import (
    RENEWAL_LIFT,
    Gallery,
    empty_gallery,
    match,
    one_row_a_person,
)


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def gallery(rows: list[tuple[int, np.ndarray]]) -> Gallery:
    return Gallery(
        "c1",
        np.stack([vector for _, vector in rows]),
        np.array([person for person, _ in rows]),
        {person: f"P{person}" for person, _ in rows},
    )


def test_runner_up_is_another_person_not_the_second_sample() -> None:
    known = gallery([(1, unit(1, 0)), (1, unit(0.99, 0.14)), (2, unit(0, 1))])
    [found] = match(known, unit(1, 0.1)[None])
    assert found.person_id == 1
    assert found.runner_up_id == 2
    assert found.runner_up == pytest.approx(float(unit(1, 0.1)[1]))
    assert found.margin == pytest.approx(found.score - found.runner_up)


def test_a_person_is_the_mean_of_the_samples_at_unit_length() -> None:
    many = gallery([(5, unit(0, 1)), (2, unit(1, 0)), (5, unit(1, 0)), (5, unit(1, 0))])
    known = one_row_a_person(many)
    assert known.person_ids.tolist() == [2, 5]
    np.testing.assert_allclose(known.vectors, [[1, 0], unit(2, 1)], atol=1e-6)
    assert known.vectors.dtype == np.float32
    assert known.names == many.names
    assert one_row_a_person(empty_gallery("c", 4)).vectors.shape == (0, 4)
    opposite = one_row_a_person(gallery([(1, unit(1, 0)), (1, unit(-1, 0))]))
    assert np.isfinite(opposite.vectors).all()


def test_one_person_alone_has_no_runner_up() -> None:
    [found] = match(gallery([(7, unit(1, 0)), (7, unit(0, 1))]), unit(1, 1)[None])
    assert (found.person_id, found.runner_up_id, found.runner_up) == (7, None, -1.0)


def test_renewed_samples_lift_a_score_by_little() -> None:
    far = gallery([(1, unit(1, 0)), (2, unit(-1, 0))])
    renewed = replace(far, vectors=np.stack([unit(1, 1), unit(-1, 0)]), anchors={1: unit(1, 0)})
    [free], [held] = match(far, unit(1, 1)[None]), match(renewed, unit(1, 1)[None])
    assert held.score == pytest.approx(free.score + RENEWAL_LIFT)
    [own] = match(renewed, unit(1, 0)[None])
    assert own.score == pytest.approx(float(unit(1, 1)[0]))  # never more than the samples say


def test_empty_gallery_offers_nobody() -> None:
    assert [m.person_id for m in match(empty_gallery("c", 2), np.eye(2, dtype=np.float32))] == [
        None,
        None,
    ]


def test_vectors_of_another_dimension_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \(m, 2\)"):
        match(empty_gallery("c", 2), np.eye(3, dtype=np.float32))


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_order_of_rows_changes_nothing(seed: int, people: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(people * 2, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = [(index // 2 + 1, vector) for index, vector in enumerate(vectors)]
    probe = vectors[:1]
    shuffled = [rows[index] for index in random.permutation(len(rows))]
    [a], [b] = match(gallery(rows), probe), match(gallery(shuffled), probe)
    assert (a.person_id, a.runner_up_id) == (b.person_id, b.runner_up_id)
    assert a.score == pytest.approx(b.score)
    assert a.runner_up == pytest.approx(b.runner_up)
