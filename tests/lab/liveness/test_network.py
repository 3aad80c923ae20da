import numpy as np
import torch

from facedesk.lab.liveness.data import WIDE_PX, Windows
from facedesk.lab.liveness.network import INPUT_PX, PARITY, LivenessNetwork, onnx_bytes, parity
from facedesk.lab.liveness.train import _RECIPE, Sampler, read_recipe


def test_the_file_is_what_was_trained() -> None:
    torch.manual_seed(0)
    network = LivenessNetwork()
    torch.nn.init.normal_(network.out.weight)
    assert parity(onnx_bytes(network), network) < PARITY
    assert sum(value.numel() for value in network.parameters()) < 500_000


def test_a_step_gives_the_same_windows_again_and_both_sides() -> None:
    random = np.random.default_rng(0)
    crops = random.integers(0, 256, (12, WIDE_PX, WIDE_PX, 3), np.uint8)
    live = np.arange(12) % 2 == 0
    windows = Windows(crops, live, np.array(["nuaa"] * 8 + ["lfw"] * 4), np.zeros(12, bool))
    sampler = Sampler(windows, read_recipe(_RECIPE))
    first, targets = sampler.batch(3)
    again, _ = sampler.batch(3)
    assert first.shape == (48, 3, INPUT_PX, INPUT_PX)
    assert torch.equal(first, again)
    assert 10 < float(targets.sum()) < 38
