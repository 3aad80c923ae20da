"""Shapes, and parameter counts against the published ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from facedesk.lab.networks import large, mobilenets, table
from facedesk.lab.networks.mobilefacenet import GlobalDepthwiseConvolution, MobileFaceNet


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("build", "published"),
    [
        (mobilenets.mobilenet_v1, 3_206_976),
        (mobilenets.mobilenet_v2, 2_223_872),
        (mobilenets.mobilenet_v3_small, 927_008),
        (mobilenets.efficientnet_b0, 4_007_548),
        (large.resnet50, 23_508_032),
        (large.vgg16, 14_714_688),
    ],
)
def test_bodies_have_the_published_number_of_parameters(
    build: Callable[[], tuple[nn.Module, int]], published: int
) -> None:
    """The reference implementations' counts, less their 1000-class heads."""
    body, channels = build()
    assert parameters(body) == published
    with torch.no_grad():
        assert body.eval()(torch.zeros(1, 3, 112, 112)).shape[1] == channels


@pytest.mark.parametrize("network", table.NETWORKS, ids=lambda network: network.name)
def test_every_network_embeds_a_face(network: table.Network) -> None:
    built = network.build().eval()
    with torch.no_grad():
        found = built(torch.zeros(2, 3, 112, 112))
    assert found.shape[0] == 2 and found.shape[1] in (128, 256)


def test_the_table_has_a_line_for_each() -> None:
    lines = table.as_table(64).splitlines()
    assert len(lines) == 2 + len(table.NETWORKS)
    assert all(
        network.paper in line for network, line in zip(table.NETWORKS, lines[2:], strict=True)
    )


def test_mobilefacenet_costs_what_its_paper_says() -> None:
    """Table 2 of the paper: 0.99 million parameters, 221 million multiply-adds."""
    found = table.cost(MobileFaceNet(128, 64))
    assert found.parameters == pytest.approx(0.99e6, rel=0.02)
    assert found.multiply_adds == pytest.approx(221e6, rel=0.02)


@pytest.mark.parametrize("size_px", [48, 64, 80, 112])
def test_it_takes_pictures_of_every_size_of_the_schedule(size_px: int) -> None:
    network = MobileFaceNet(32, 8).eval()
    with torch.no_grad():
        assert network(torch.zeros(2, 3, size_px, size_px)).shape == (2, 32)


def test_a_resampled_kernel_keeps_its_sum_of_a_flat_kernel() -> None:
    pool = GlobalDepthwiseConvolution(4).eval()
    with torch.no_grad():
        pool.weight.fill_(1 / 49)
        flat = torch.full((1, 4, 5, 5), 3.0)
        whole = torch.full((1, 4, 7, 7), 3.0)
        torch.testing.assert_close(pool(flat), pool(whole))


def test_all_weights_learn() -> None:
    network = MobileFaceNet(32, 8)
    network(torch.randn(4, 3, 48, 48)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
