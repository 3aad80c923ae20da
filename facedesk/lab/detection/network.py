"""Our detector: a YuNet-size, anchor-free network for faces with five landmarks.

Structure after YuNet (Wu, Peng and Yu, Machine Intelligence Research 20, 2023): depthwise
separable blocks (Howard et al., arXiv:1704.04861), a small top-down pyramid (Lin et al.,
arXiv:1612.03144), one light head for each of the strides 8, 16 and 32. Ours differs: stride 4
is reached by strided blocks and not by pooling, 5x5 depthwise kernels at strides 16 and 32 let a
cell see a face that fills the picture, and ONE score replaces class times objectness, as in
FCOS-like detectors trained with a quality target (VarifocalNet, arXiv:2008.13367).

The input is BGR 0..255 as the camera gives it; the scale to [-2, 2] is inside the network.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

STRIDES_PX = (8, 16, 32)
# One score, four box values, five points.
_OUTPUTS = 1 + 4 + 10


def _conv(into: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
    )


class Block(nn.Module):
    """Depthwise then pointwise convolution, ReLU after both; a shortcut where shapes allow it."""

    def __init__(self, into: int, out: int, stride: int = 1, kernel: int = 3) -> None:
        super().__init__()
        self.depthwise = _conv(into, into, kernel, stride, groups=into)
        self.pointwise = _conv(into, out, 1)
        self.shortcut = stride == 1 and into == out

    def forward(self, x: Tensor) -> Tensor:
        y = self.pointwise(torch.relu(self.depthwise(x)))
        return torch.relu(y + x) if self.shortcut else torch.relu(y)


class Head(nn.Module):
    """Features of one stride -> (n, 15, h, w): score logit, box, landmarks."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.trunk = Block(width, width)
        self.spread = _conv(width, width, 3, groups=width)
        self.out = nn.Conv2d(width, _OUTPUTS, 1)
        nn.init.normal_(self.out.weight, std=0.01)
        bias = torch.zeros(_OUTPUTS)
        # A prior of 1 %: the many empty cells do not drown the first steps (Lin et al., "Focal
        # loss", arXiv:1708.02002, section 3.3).
        bias[0] = -4.6
        # Sizes start at three cells, the middle of what a stride answers for.
        bias[3:5] = 1.1
        self.out.bias = nn.Parameter(bias)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(torch.relu(self.spread(self.trunk(x))))
        return out


class FaceNetwork(nn.Module):
    """BGR float (n, 3, h, w), 0..255, sides multiples of 32 -> maps (n, 15, h/s, w/s) by stride."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.stem = _conv(3, 16, 3, 2)
        self.to_4 = nn.Sequential(Block(16, 32, 2), Block(32, 32))
        self.to_8 = nn.Sequential(Block(32, width, 2), Block(width, width), Block(width, width))
        self.to_16 = nn.Sequential(
            Block(width, width, 2), Block(width, width, kernel=5), Block(width, width, kernel=5)
        )
        self.to_32 = nn.Sequential(
            Block(width, width, 2), Block(width, width, kernel=5), Block(width, width, kernel=5)
        )
        self.merge_16 = Block(width, width)
        self.merge_8 = Block(width, width)
        self.heads: Sequence[Head] = nn.ModuleList(Head(width) for _ in STRIDES_PX)  # type: ignore[assignment]

    def forward(self, image: Tensor) -> list[Tensor]:
        x = torch.relu(self.stem((image - 127.5) * (1 / 64)))
        at_8 = self.to_8(self.to_4(x))
        at_16 = self.to_16(at_8)
        at_32 = self.to_32(at_16)
        at_16 = self.merge_16(at_16 + _twice(at_32))
        at_8 = self.merge_8(at_8 + _twice(at_16))
        return [head(x) for head, x in zip(self.heads, (at_8, at_16, at_32), strict=True)]


def _twice(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")


class Exported(nn.Module):
    """The network as the application runs it: per stride score (n, cells, 1), box (n, cells, 4),
    landmarks (n, cells, 10), the layout `facedesk.vision.yunet` decodes."""

    def __init__(self, network: FaceNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        rows = [out.flatten(2).transpose(1, 2) for out in self.network(image)]
        return (
            *(torch.sigmoid(row[..., :1]) for row in rows),
            *(row[..., 1:5] for row in rows),
            *(row[..., 5:] for row in rows),
        )


OUTPUT_NAMES = tuple(
    f"{kind}_{stride_px}" for kind in ("score", "box", "landmarks") for stride_px in STRIDES_PX
)
