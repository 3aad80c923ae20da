"""The exported file answers as the trained network does, at any batch size, and is small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from facedesk.lab import export
from facedesk.lab.networks.mobilefacenet import MobileFaceNet


def trained_looking(seed: int = 0) -> MobileFaceNet:
    """A network whose normalisations hold statistics, as after training."""
    torch.manual_seed(seed)
    network = MobileFaceNet(dimension=64, stem=16)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return network.eval()


def test_torch_and_onnx_agree_at_every_batch_size(tmp_path: Path) -> None:
    network = trained_looking()
    images = torch.rand(5, 3, 112, 112) * 2 - 1
    target = tmp_path / "embedder.onnx"
    result = export.write_checked(network, 112, 64, "test", images, target)
    assert result.passed and result.lowest_cosine > 0.99999 and result.pictures == 5
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    for count in (1, 3):
        vectors = session.run(None, {"image": images[:count].numpy()})[0]
        assert vectors.shape == (count, 64) and vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert target.stat().st_size < 6_000_000


def test_a_network_still_growing_can_be_exported_at_its_present_size(tmp_path: Path) -> None:
    network = trained_looking()
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    assert export.write_checked(network, 64, 64, "test", images, tmp_path / "small.onnx").passed


def test_a_file_that_answers_differently_is_not_written(tmp_path: Path) -> None:
    images = torch.rand(2, 3, 112, 112) * 2 - 1
    content = export.onnx_bytes(trained_looking(0), 112, 64, "test")
    assert not export.parity(content, trained_looking(1), images).passed


def test_an_unknown_operator_is_named_and_not_skipped() -> None:
    with pytest.raises(NotImplementedError, match="Softplus"):
        export.onnx_bytes(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Softplus()), 112, 4, "test")


def test_a_black_and_empty_answer_does_not_divide_by_zero(tmp_path: Path) -> None:
    network = trained_looking()
    with torch.no_grad():
        network.embed.weight.zero_()
        network.normalisation.bias.zero_()
        network.normalisation.running_mean.zero_()
    content = export.onnx_bytes(network, 112, 64, "test")
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    vectors = session.run(None, {"image": np.zeros((1, 3, 112, 112), np.float32)})[0]
    assert np.isfinite(vectors).all()
