"""The webcam protocol on hand-made vectors."""

from __future__ import annotations

import numpy as np
import pytest

from facedesk.lab.webcam import Sightings, webcam_result


def test_the_best_own_and_the_best_foreign_cosine_of_each_probe() -> None:
    gallery = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    probes = np.array([[0.8, 0.6], [0.6, 0.8]], np.float32)
    seen = Sightings((), np.array([0, 0, 1]), (), np.array([0, 1]), frames_without_face=3)
    result = webcam_result(seen, gallery, probes)
    np.testing.assert_allclose(result.genuine, [1.0, 0.8], atol=1e-6)
    np.testing.assert_allclose(result.impostor, [0.6, 0.96], atol=1e-6)
    assert result.rank_1 == 0.5
    assert (result.people, result.probes, result.frames_without_face) == (2, 2, 3)
    assert result.genuine_5th_percentile == pytest.approx(0.81)
