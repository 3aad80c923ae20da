"""Every network that the lab knows, with what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from facedesk.lab.networks.large import resnet50, vgg16
from facedesk.lab.networks.mobilefacenet import GlobalDepthwiseConvolution, MobileFaceNet
from facedesk.lab.networks.mobilenets import (
    Embedder,
    efficientnet_b0,
    mobilenet_v1,
    mobilenet_v2,
    mobilenet_v3_small,
)


@dataclass(frozen=True, slots=True)
class Network:
    """How to build one, and its paper."""

    name: str
    paper: str
    build: Callable[[], nn.Module]


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters and multiply-adds of one face."""

    parameters: int
    multiply_adds: int


NETWORKS: tuple[Network, ...] = (
    Network(
        "MobileFaceNet, stem 32 (shipped)",
        "Chen et al. 2018, arXiv:1804.07573",
        lambda: MobileFaceNet(256, 32),
    ),
    Network("MobileFaceNet", "Chen et al. 2018, arXiv:1804.07573", lambda: MobileFaceNet(128, 64)),
    Network(
        "MobileNetV1",
        "Howard et al. 2017, arXiv:1704.04861",
        lambda: Embedder(*mobilenet_v1()),
    ),
    Network(
        "MobileNetV2",
        "Sandler et al. 2018, arXiv:1801.04381",
        lambda: Embedder(*mobilenet_v2()),
    ),
    Network(
        "MobileNetV3-small",
        "Howard et al. 2019, arXiv:1905.02244",
        lambda: Embedder(*mobilenet_v3_small()),
    ),
    Network(
        "EfficientNet-B0",
        "Tan and Le 2019, arXiv:1905.11946",
        lambda: Embedder(*efficientnet_b0()),
    ),
    Network("ResNet50", "He et al. 2016, arXiv:1512.03385", lambda: Embedder(*resnet50())),
    Network("VGG16", "Simonyan and Zisserman 2015, arXiv:1409.1556", lambda: Embedder(*vgg16())),
)


def cost(network: nn.Module, size_px: int = 112) -> Cost:
    """Count by running one picture: convolutions, linear layers and the global convolution."""
    total = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            kernel = module.weight[0].numel()
            total += kernel * output.numel()
        elif isinstance(module, nn.Linear):
            total += module.weight.numel()
        elif isinstance(module, GlobalDepthwiseConvolution):
            total += inputs[0].numel()

    hooks = [module.register_forward_hook(count) for module in network.modules()]
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, size_px, size_px))
    for hook in hooks:
        hook.remove()
    return Cost(sum(parameter.numel() for parameter in network.parameters()), total)


def as_table(size_px: int = 112) -> str:
    """The table for a terminal and for a README."""
    lines = [
        f"| network | paper | input | parameters | multiply-adds at {size_px} px |",
        "|---|---|---|---|---|",
    ]
    for network in NETWORKS:
        found = cost(network.build(), size_px)
        lines.append(
            f"| {network.name} | {network.paper} | {size_px}x{size_px} "
            f"| {found.parameters / 1e6:.2f} M | {found.multiply_adds / 1e6:.0f} M |"
        )
    return "\n".join(lines)
