"""The refiner's samples and its exported file."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from facedesk.lab.detection import refiner  # noqa: E402
from facedesk.lab.detection.scenes import sources  # noqa: E402
from facedesk.vision.refine import CROP_PX, CROP_TEMPLATE  # noqa: E402
from tests.lab.detection.test_scenes import bank  # noqa: E402


def test_samples_are_the_same_for_a_step_and_near_the_template() -> None:
    source = sources({name: bank(name, 3) for name in ("lfw", "clips", "crops", "scenes")})
    crops, points = refiner.batch(source, 7)
    again, _ = refiner.batch(source, 7)
    assert torch.equal(crops, again)
    assert tuple(crops.shape) == (refiner.BATCH, 3, CROP_PX, CROP_PX)
    off = points.numpy().reshape(-1, 5, 2) * CROP_PX - CROP_TEMPLATE
    assert np.hypot(off[..., 0], off[..., 1]).mean() < 4
    left_eye, right_eye = points[:, 0], points[:, 2]
    assert (left_eye < right_eye).float().mean() > 0.98


def test_an_untrained_refiner_answers_the_template() -> None:
    network = refiner.Refiner().eval()
    answer = network(torch.zeros(1, 3, CROP_PX, CROP_PX)).detach().numpy().reshape(5, 2)
    assert answer == pytest.approx(CROP_TEMPLATE / CROP_PX, abs=1e-6)


def test_the_exported_file_answers_as_torch_does() -> None:
    torch.manual_seed(1)
    network = refiner.Refiner()
    torch.nn.init.normal_(network.out.weight, std=0.1)
    for _ in range(2):
        network(torch.rand(4, 3, CROP_PX, CROP_PX) * 255)
    assert refiner.parity(refiner.onnx_bytes(network), network) < refiner.PARITY
