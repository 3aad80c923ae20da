import numpy as np

from facedesk.core.agreement import fits
from facedesk.core.records import Vector


def person(seed: int, count: int, spread: float = 0.05) -> list[Vector]:
    """Photos of one person: alike, not the same."""
    random = np.random.default_rng(seed)
    middle = random.standard_normal(64)
    made = []
    for _ in range(count):
        vector = middle + spread * np.linalg.norm(middle) * random.standard_normal(64) / 2
        made.append((vector / np.linalg.norm(vector)).astype(np.float32))
    return made


def agreeing(vectors: list[Vector], least: float = 0.5) -> list[bool]:
    return [fit.agrees for fit in fits(vectors, least)]


def test_photos_of_one_person_agree() -> None:
    assert agreeing(person(1, 4)) == [True] * 4


def test_the_one_of_somebody_else_does_not_wherever_it_stands() -> None:
    [other] = person(2, 1)
    for place in range(4):
        vectors = person(1, 3)
        vectors.insert(place, other)
        assert agreeing(vectors) == [k != place for k in range(4)]


def test_of_two_that_differ_the_older_is_believed() -> None:
    assert agreeing(person(1, 1) + person(2, 1)) == [True, False]


def test_the_larger_group_is_believed_even_if_it_came_later() -> None:
    assert agreeing(person(1, 1) + person(2, 2)) == [False, True, True]


def test_alike_through_a_third_photo_is_one_person() -> None:
    """A left and a right profile agree because both agree with the front."""
    angles = (0.0, 0.9, 1.8)  # cosine of neighbours 0.62, of the ends -0.23
    left, front, right = [np.array([np.cos(a), np.sin(a)], np.float32) for a in angles]
    assert agreeing([left, right, front]) == [True] * 3
    told = fits([left, right, front], 0.5)
    assert [fit.nearest < 0.63 for fit in told] == [True] * 3
    assert [fit.like for fit in told[:2]] == [2, 2]


def test_a_single_photo_agrees_with_itself() -> None:
    [fit] = fits(person(1, 1), 0.5)
    assert (fit.nearest, fit.agrees, fit.repeats) == (-1.0, True, False)
    assert fit.like is None
    assert fits([], 0.5) == []


def test_the_second_of_the_same_moment_repeats_the_first() -> None:
    first, second = person(1, 2)
    assert [fit.repeats for fit in fits([first, second, first], 0.5)] == [False, False, True]
