"""MobileNetV1, V2, V3-small and EfficientNet-B0: the bodies, without a classifier.

Sources: Howard et al. 2017, "MobileNets", table 1; Sandler et al. 2018, "MobileNetV2", table 2;
Howard et al. 2019, "Searching for MobileNetV3", table 2; Tan and Le 2019, "EfficientNet", table 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

Activation = type[nn.Module]


def unit_block(
    inputs: int,
    outputs: int,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    activation: Activation | None = nn.ReLU,
) -> nn.Sequential:
    """Convolution without bias, batch normalisation, activation where one is given."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    if activation is not None:
        layers.append(activation())
    return nn.Sequential(*layers)


class SqueezeExcitation(nn.Module):
    """Scale each channel by what the whole picture says of it.

    Source: Hu et al. 2018, "Squeeze-and-Excitation Networks", equation 4.
    """

    def __init__(self, channels: int, squeezed: int, inner: Activation, gate: Activation) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.inner = inner()
        self.expand = nn.Conv2d(squeezed, channels, 1)
        self.gate = gate()

    def forward(self, features: Tensor) -> Tensor:
        mean = features.mean(dim=(2, 3), keepdim=True)
        weight: Tensor = self.gate(self.expand(self.inner(self.reduce(mean))))
        return features * weight


class InvertedResidual(nn.Module):
    """Expand 1x1, depthwise, optionally squeeze and excite, project 1x1."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int,
        hidden: int,
        activation: Activation,
        squeeze: nn.Module | None = None,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if hidden != inputs:
            layers.append(unit_block(inputs, hidden, activation=activation))
        layers.append(unit_block(hidden, hidden, kernel, stride, hidden, activation))
        if squeeze is not None:
            layers.append(squeeze)
        layers.append(unit_block(hidden, outputs, activation=None))
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        out: Tensor = self.layers(features)
        return features + out if self.residual else out


def mobilenet_v1() -> tuple[nn.Module, int]:
    """The body and its output channels."""
    layers: list[nn.Module] = [unit_block(3, 32, 3, 2)]
    channels = 32
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    for outputs, stride in [*plan, *[(512, 1)] * 5, (1024, 2), (1024, 1)]:
        layers.append(unit_block(channels, channels, 3, stride, channels))
        layers.append(unit_block(channels, outputs))
        channels = outputs
    return nn.Sequential(*layers), channels


def mobilenet_v2() -> tuple[nn.Module, int]:
    """The body and its output channels."""
    layers: list[nn.Module] = [unit_block(3, 32, 3, 2, activation=nn.ReLU6)]
    channels = 32
    # expansion, channels, repeats, stride of the first; table 2.
    plan = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)]
    plan += [(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, outputs, repeats, stride in plan:
        for index in range(repeats):
            first_stride = stride if index == 0 else 1
            hidden = channels * expansion
            layers.append(InvertedResidual(channels, outputs, 3, first_stride, hidden, nn.ReLU6))
            channels = outputs
    layers.append(unit_block(channels, 1280, activation=nn.ReLU6))
    return nn.Sequential(*layers), 1280


def mobilenet_v3_small() -> tuple[nn.Module, int]:
    """The body and its output channels."""
    swish = nn.Hardswish
    layers: list[nn.Module] = [unit_block(3, 16, 3, 2, activation=swish)]
    channels = 16
    # kernel, hidden, channels, squeeze and excite, activation, stride; table 2.
    plan: list[tuple[int, int, int, bool, Activation, int]] = [
        (3, 16, 16, True, nn.ReLU, 2),
        (3, 72, 24, False, nn.ReLU, 2),
        (3, 88, 24, False, nn.ReLU, 1),
        (5, 96, 40, True, swish, 2),
        (5, 240, 40, True, swish, 1),
        (5, 240, 40, True, swish, 1),
        (5, 120, 48, True, swish, 1),
        (5, 144, 48, True, swish, 1),
        (5, 288, 96, True, swish, 2),
        (5, 576, 96, True, swish, 1),
        (5, 576, 96, True, swish, 1),
    ]
    for kernel, hidden, outputs, excite, activation, stride in plan:
        squeeze = None
        if excite:
            squeezed = _multiple_of_8(hidden / 4)
            squeeze = SqueezeExcitation(hidden, squeezed, nn.ReLU, nn.Hardsigmoid)
        layers.append(
            InvertedResidual(channels, outputs, kernel, stride, hidden, activation, squeeze)
        )
        channels = outputs
    layers.append(unit_block(channels, 576, activation=swish))
    return nn.Sequential(*layers), 576


def efficientnet_b0() -> tuple[nn.Module, int]:
    """The body and its output channels."""
    layers: list[nn.Module] = [unit_block(3, 32, 3, 2, activation=nn.SiLU)]
    channels = 32
    # expansion, kernel, channels, repeats, stride of the first; table 1.
    plan = [(1, 3, 16, 1, 1), (6, 3, 24, 2, 2), (6, 5, 40, 2, 2), (6, 3, 80, 3, 2)]
    plan += [(6, 5, 112, 3, 1), (6, 5, 192, 4, 2), (6, 3, 320, 1, 1)]
    for expansion, kernel, outputs, repeats, stride in plan:
        for index in range(repeats):
            hidden = channels * expansion
            squeeze = SqueezeExcitation(hidden, max(1, channels // 4), nn.SiLU, nn.Sigmoid)
            first_stride = stride if index == 0 else 1
            layers.append(
                InvertedResidual(channels, outputs, kernel, first_stride, hidden, nn.SiLU, squeeze)
            )
            channels = outputs
    layers.append(unit_block(channels, 1280, activation=nn.SiLU))
    return nn.Sequential(*layers), 1280


def _multiple_of_8(value: float) -> int:
    """Source: MobileNet's reference code: rounding never takes away more than a tenth."""
    rounded = max(8, int(value + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * value else rounded


class Embedder(nn.Module):
    """Any body, average pooling and a linear embedding with batch normalisation."""

    def __init__(self, body: nn.Module, channels: int, dimension: int = 256) -> None:
        super().__init__()
        self.body = body
        self.embed = nn.Linear(channels, dimension, bias=False)
        self.normalisation = nn.BatchNorm1d(dimension)

    def forward(self, images: Tensor) -> Tensor:
        pooled = torch.flatten(nn.functional.adaptive_avg_pool2d(self.body(images), 1), 1)
        embedding: Tensor = self.normalisation(self.embed(pooled))
        return embedding
