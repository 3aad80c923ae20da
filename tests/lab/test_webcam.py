"""The webcam protocol on hand-made vectors."""

from __future__ import annotations

import numpy as np
import pytest

from facedesk.core.operating_point import tail_of
from facedesk.lab.webcam import Sightings, visits_result, webcam_result


def test_the_best_own_and_the_best_foreign_cosine_of_each_probe() -> None:
    gallery = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    probes = np.array([[0.8, 0.6], [0.6, 0.8]], np.float32)
    seen = Sightings(
        (), np.array([0, 0, 1]), (), np.array([0, 1]), np.array([0, 0]), frames_without_face=3
    )
    result = webcam_result(seen, gallery, probes)
    np.testing.assert_allclose(result.genuine, [1.0, 0.8], atol=1e-6)
    np.testing.assert_allclose(result.impostor, [0.6, 0.96], atol=1e-6)
    assert result.rank_1 == 0.5
    assert (result.people, result.probes, result.frames_without_face) == (2, 2, 3)
    assert result.genuine_5th_percentile == pytest.approx(0.81)


def test_visits_before_everybody_and_without_the_person() -> None:
    tail = tail_of({"fmr_1e-3": 0.5, "fmr_1e-5": 0.6})
    gallery = np.eye(3, dtype=np.float32)
    probes = np.repeat(gallery[[0, 1]], 10, axis=0)  # the first and the second person, ten frames
    people = np.repeat([0, 1], 10)
    seen = Sightings((), np.arange(3), (), people, people, frames_without_face=0)
    found = visits_result(seen, gallery, probes, tail)
    assert (found.visits, found.named_rightly, found.named_wrongly) == (2, 2, 0)
    assert (found.strangers_named, found.threshold, found.site) == (0, pytest.approx(0.6), 0.0)
    # The frames of the second person show the third: a wrong name, also without the second one.
    other = visits_result(seen, gallery, np.repeat(gallery[[0, 2]], 10, axis=0), tail)
    assert (other.named_rightly, other.named_wrongly, other.strangers_named) == (1, 1, 1)
