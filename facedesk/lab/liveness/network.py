"""The passive network: an 80x80 window around a face -> one logit, above 0 is alive.

Depthwise separable blocks (Howard et al., arXiv:1704.04861), average pooling over the last map:
texture and borders count wherever they are. BGR 0..255 goes in; the scale is inside the network.
"""

from __future__ import annotations

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from facedesk.lab.detection.export import Writer
from facedesk.lab.detection.network import Block

INPUT_PX = 80
PARITY = 1e-3


class LivenessNetwork(nn.Module):
    """BGR float (n, 3, 80, 80), 0..255 -> (n, 1) logit."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24))  # 40
        self.blocks = nn.Sequential(
            Block(24, 48, 2),  # 20
            Block(48, 96, 2),  # 10
            Block(96, 96),
            Block(96, 160, 2),  # 5
            Block(160, 160),
        )
        self.drop = nn.Dropout(0.3)
        self.out = nn.Conv2d(160, 1, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, windows: Tensor) -> Tensor:
        x = torch.relu(self.stem((windows - 127.5) * (1 / 64)))
        x = nn.functional.adaptive_avg_pool2d(self.blocks(x), 1)
        out: Tensor = self.out(self.drop(x))
        return out.flatten(1)


def onnx_bytes(network: LivenessNetwork) -> bytes:
    """The file: `windows` (n, 3, 80, 80) BGR 0..255 -> `live` (n, 1) logit."""
    network = network.eval()
    write = Writer("facedesk_liveness")
    x = write.relu(write.folded("windows", network.stem, pixels=True))
    x = write.node("GlobalAveragePool", [write.blocks(x, network.blocks)])
    write.graph.add_node("Flatten", [write.plain(x, network.out)], "live", axis=1)
    return write.graph.serialise(
        {"windows": ["n", 3, INPUT_PX, INPUT_PX]},
        {"live": ["n", 1]},
        producer="facedesk.lab.liveness",
    )


def parity(content: bytes, network: LivenessNetwork) -> float:
    """The largest difference between torch and the file."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    shape = (4, 3, INPUT_PX, INPUT_PX)
    windows = np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)
    with torch.no_grad():
        wanted = network.eval()(torch.from_numpy(windows)).numpy()
    return float(np.abs(session.run(None, {"windows": windows})[0] - wanted).max())
