"""Muon's update has equal singular values, and takes only matrices."""

import pytest
import torch
from torch import nn

from facedesk.lab.muon import Muon, is_matrix, orthogonalised
from facedesk.lab.networks.mobilefacenet import MobileFaceNet


@pytest.mark.parametrize("shape", [(16, 16), (8, 64), (64, 8)])
def test_an_update_keeps_the_singular_vectors_and_levels_the_values(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1)).double()
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    levelled = left.T @ orthogonalised(matrix) @ right.T
    assert values.max() / values.min() > 1.5
    # Jordan et al.: the polynomial trades exactness for speed and stays within 0.68 to 1.13;
    # values below a hundredth of the largest would need more steps.
    large = values > 0.02 * values.max()
    assert (levelled.diagonal()[large] > 0.65).all() and (levelled.diagonal() < 1.25).all()
    assert (levelled - torch.diag(levelled.diagonal())).abs().max() < 1e-9


def test_one_step_is_the_formula_of_the_paper() -> None:
    weight = nn.Parameter(torch.ones(4, 6, 1, 1))
    optimiser = Muon([weight], lr=0.1, weight_decay=0.5)
    gradient = torch.randn(4, 6, generator=torch.Generator().manual_seed(2))
    weight.grad = gradient.reshape(4, 6, 1, 1).clone()
    optimiser.step()
    ahead = (0.95 * 0.05 + 0.05) * gradient  # Nesterov's look ahead of the first momentum
    update = orthogonalised(ahead.bfloat16()).float()
    expected = 1 - 0.1 * 0.5 - 0.1 * 0.2 * 6**0.5 * update
    assert torch.allclose(weight.detach().reshape(4, 6), expected, atol=5e-4)


def test_an_unused_weight_stays() -> None:
    weight = nn.Parameter(torch.ones(4, 6))
    Muon([weight], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(weight.detach(), torch.ones(4, 6))


def test_most_of_a_mobilefacenet_is_matrices() -> None:
    network = MobileFaceNet(256, 32)
    matrices = [p for p in network.parameters() if is_matrix(p)]
    assert all(p.shape[2:].numel() == 1 for p in matrices)
    total = sum(p.numel() for p in network.parameters())
    assert sum(p.numel() for p in matrices) > 0.9 * total


def test_it_takes_no_closure() -> None:
    with pytest.raises(ValueError, match="closure"):
        Muon([nn.Parameter(torch.ones(2, 2))], lr=0.1).step(lambda: 0.0)  # type: ignore[arg-type]
