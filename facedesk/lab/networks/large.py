"""ResNet50 and VGG16: the heavy bodies that small networks are compared with.

Sources: He et al. 2016, "Deep Residual Learning for Image Recognition", table 1; Simonyan and
Zisserman 2015, "Very Deep Convolutional Networks", table 1, column D.
"""

from __future__ import annotations

from torch import Tensor, nn

from facedesk.lab.networks.mobilenets import unit_block


class Residual(nn.Module):
    """1x1, 3x3, 1x1 with a shortcut; the 3x3 carries the stride, as is usual since 2017."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * width
        self.layers = nn.Sequential(
            unit_block(inputs, width),
            unit_block(width, width, 3, stride),
            unit_block(width, outputs, activation=None),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = unit_block(inputs, outputs, stride=stride, activation=None)
        self.relu = nn.ReLU()

    def forward(self, features: Tensor) -> Tensor:
        out: Tensor = self.relu(self.layers(features) + self.shortcut(features))
        return out


def resnet50() -> tuple[nn.Module, int]:
    """The body and its output channels."""
    layers: list[nn.Module] = [unit_block(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for width, repeats, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for index in range(repeats):
            layers.append(Residual(channels, width, stride if index == 0 else 1))
            channels = 4 * width
    return nn.Sequential(*layers), channels


def vgg16() -> tuple[nn.Module, int]:
    """The body and its output channels; without batch normalisation, as in the paper."""
    layers: list[nn.Module] = []
    channels = 3
    for outputs, repeats in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(repeats):
            layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU()]
            channels = outputs
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers), channels
