"""Batches of people, and people who are never on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from facedesk.lab.sampling import class_batch, validation_people

LABELS = np.repeat(np.arange(6), [1, 2, 3, 8, 8, 8])


def test_a_batch_holds_the_wanted_people_with_the_wanted_pictures() -> None:
    rows = class_batch(LABELS, people=4, pictures=3, seed=0, step=0)
    groups = LABELS[rows].reshape(4, 3)
    assert (groups == groups[:, :1]).all()
    assert len(set(groups[:, 0])) == 4


def test_people_with_enough_pictures_never_give_one_twice() -> None:
    for step in range(50):
        rows = class_batch(LABELS, 6, 3, 0, step)
        for group in rows.reshape(6, 3):
            if np.count_nonzero(LABELS[group[0]] == LABELS) >= 3:
                assert len(set(group)) == 3


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    first = class_batch(LABELS, 3, 2, seed=1, step=7)
    np.testing.assert_array_equal(first, class_batch(LABELS, 3, 2, seed=1, step=7))
    assert (first != class_batch(LABELS, 3, 2, seed=1, step=8)).any()


def test_too_few_people_is_said() -> None:
    with pytest.raises(ValueError, match="wanted"):
        class_batch(LABELS, 7, 2, 0, 0)


def test_nobody_is_on_both_sides_and_the_share_is_about_right() -> None:
    identity = np.array([f"person {k % 400}" for k in range(2000)])
    held = validation_people(identity, 0.25)
    assert not set(identity[held]) & set(identity[~held])
    assert 0.18 < len(set(identity[held])) / 400 < 0.32


def test_a_person_stays_on_a_side_when_others_come() -> None:
    few = np.array(["a", "b", "c", "d"])
    many = np.concatenate([np.array([f"new {k}" for k in range(50)]), few])
    np.testing.assert_array_equal(validation_people(few, 0.5), validation_people(many, 0.5)[-4:])
