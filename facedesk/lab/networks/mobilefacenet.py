"""MobileFaceNet, with ReLU: the embedder that FaceDesk ships.

Source: Chen et al. 2018, "MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification
on Mobile Devices", table 1. Three departures: ReLU instead of PReLU (PReLU takes half of
onnxruntime's time), a stem whose width is an option (half of it trains 1.5 times faster on a CPU),
and an embedding as wide as the teacher's, so that distillation needs no projection.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

# expansion, channels, repeats, stride of the first; table 1 of the paper.
BOTTLENECKS: tuple[tuple[int, int, int, int], ...] = (
    (2, 64, 5, 2),
    (4, 128, 1, 2),
    (2, 128, 6, 1),
    (4, 128, 1, 2),
    (2, 128, 2, 1),
)


def convolution(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, relu: bool = True
) -> nn.Sequential:
    """Convolution without bias, batch normalisation and, unless told otherwise, ReLU."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    if relu:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class Bottleneck(nn.Module):
    """Inverted residual: expand 1x1, depthwise 3x3, project 1x1 without an activation."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = outputs * expansion if stride == 1 else inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            convolution(inputs, hidden, 1),
            convolution(hidden, hidden, 3, stride, groups=hidden),
            convolution(hidden, outputs, 1, relu=False),
        )

    def forward(self, features: Tensor) -> Tensor:
        out: Tensor = self.layers(features)
        return features + out if self.residual else out


class GlobalDepthwiseConvolution(nn.Module):
    """One weight a channel and place instead of an average: (n, c, h, w) -> (n, c).

    Trained at 7x7 places (112 px). Inputs of another size see the kernel resampled to their own
    size and rescaled so that its sum stays: training can begin on small pictures.
    """

    def __init__(self, channels: int, places: int = 7) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, places, places) / places)
        self.normalisation = nn.BatchNorm1d(channels)

    def kernel(self, height: int, width: int) -> Tensor:
        """(channels, height, width): the weights for features of that many places."""
        if (height, width) == self.weight.shape[-2:]:
            return self.weight
        ratio = self.weight.shape[-2] * self.weight.shape[-1] / (height * width)
        resampled = functional.interpolate(
            self.weight[None], (height, width), mode="bilinear", antialias=True
        )
        return ratio * resampled[0]

    def forward(self, features: Tensor) -> Tensor:
        kernel = self.kernel(features.shape[-2], features.shape[-1])
        pooled: Tensor = self.normalisation((features * kernel).sum(dim=(2, 3)))
        return pooled


class MobileFaceNet(nn.Module):
    """(n, 3, 112, 112) RGB scaled to -1..1 -> (n, dimension), NOT normalised to unit length."""

    def __init__(self, dimension: int = 256, stem: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            convolution(3, stem, 3, 2),
            convolution(stem, stem, 3, groups=stem),
        ]
        channels = stem
        for expansion, outputs, repeats, stride in BOTTLENECKS:
            for index in range(repeats):
                layers.append(Bottleneck(channels, outputs, stride if index == 0 else 1, expansion))
                channels = outputs
        layers.append(convolution(channels, 512, 1))
        self.features = nn.Sequential(*layers)
        self.pool = GlobalDepthwiseConvolution(512)
        self.embed = nn.Linear(512, dimension, bias=False)
        self.normalisation = nn.BatchNorm1d(dimension)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        embedding: Tensor = self.normalisation(self.embed(self.pool(self.features(images))))
        return embedding
