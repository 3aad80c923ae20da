"""What a site's own photos say about a threshold."""

import numpy as np
import pytest

from facedesk.core.forecast import forecast
from facedesk.core.matching import Gallery, empty_gallery
from facedesk.core.operating_point import OperatingPoint
from facedesk.core.voting import VotingRules

POINT = OperatingPoint(0.5, 1e-3, 8e-4, 3, 6, 0.0)
RULES = VotingRules(0.5, 0.05, 3)


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_own_photos_are_held_against_the_others_of_the_person() -> None:
    gallery = Gallery("c", at(0, 20, 70, 170), np.array([1, 1, 1, 2]), {})
    made = forecast(gallery, POINT, RULES)
    assert made.needed == (0.5, 0.5)
    # 0 degrees against the mean of 20 and 70, and so on; a single photo has no others.
    np.testing.assert_allclose(made.own, np.cos(np.radians([45, 15, 60])), atol=1e-6)
    assert made.refused == 1 - (made.own[2] >= 0.5)
    assert made.others.max() < np.cos(np.radians(70))
    assert len(made.others) == 4


def test_everybody_is_held_against_the_own_bound() -> None:
    gallery = Gallery("c", at(0, 20, 70, 100, 110), np.array([1, 1, 1, 2, 2]), {})
    rules = VotingRules(0.5, 0.05, 3, bounds={1: 0.8, 2: 0.3}, twins=frozenset({1, 2}))
    made = forecast(gallery, POINT, rules)
    assert (made.refused, made.needed, made.twins) == (2, (0.3, 0.8), 2)


def test_wrong_names_a_year_follow_from_the_strangers_of_a_day() -> None:
    assert forecast(empty_gallery("c"), POINT, RULES).wrong_names_a_year(20) == pytest.approx(5.84)


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_and_one_person(count: int) -> None:
    gallery = Gallery("c", at(*[0.0] * count).reshape(-1, 2), np.ones(count, np.int64), {})
    made = forecast(gallery, POINT, RULES)
    assert (len(made.own), len(made.others), made.refused) == (0, 0, 0)
