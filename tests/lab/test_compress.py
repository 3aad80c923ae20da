"""The main directions of an embedding keep what differs, and fold into the network exactly."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from facedesk.lab.compress import compressed, main_directions
from tests.lab.test_export import trained_looking


def test_the_directions_are_those_of_largest_mean_square() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(4000, 4)) * np.array([0.1, 3.0, 1.0, 0.5])
    directions = main_directions(vectors.astype(np.float32), 2)
    np.testing.assert_allclose(np.abs(directions), [[0, 1, 0, 0], [0, 0, 1, 0]], atol=0.05)
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)


def test_the_smaller_network_gives_the_projected_vector() -> None:
    network = trained_looking()
    images = torch.rand(3, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        whole = network(images)
        directions = main_directions(functional.normalize(whole).numpy(), 16)
        small = compressed(network, directions)(images)
    assert small.shape == (3, 16)
    wanted = whole.double() @ torch.from_numpy(directions).T
    torch.testing.assert_close(small.double(), wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dimension", [0, 5])
def test_more_directions_than_numbers_are_an_error(dimension: int) -> None:
    with pytest.raises(ValueError, match="directions"):
        main_directions(np.eye(4, dtype=np.float32), dimension)
