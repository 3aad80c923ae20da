"""The network, its losses, exact resume and the exported file."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from click.testing import CliRunner  # noqa: E402

from facedesk.lab.detection import export, losses, train  # noqa: E402
from facedesk.lab.detection.network import OUTPUT_NAMES, Exported, FaceNetwork  # noqa: E402
from facedesk.lab.detection.targets import cells  # noqa: E402
from facedesk.vision.yunet import decode, output_names  # noqa: E402
from tests.lab.detection.test_scenes import bank  # noqa: E402


def test_outputs_are_maps_of_three_strides() -> None:
    maps = FaceNetwork().eval()(torch.zeros(2, 3, 64, 96))
    assert [tuple(out.shape) for out in maps] == [(2, 15, 8, 12), (2, 15, 4, 6), (2, 15, 2, 3)]


def test_size_is_that_of_yunet() -> None:
    assert 50_000 < sum(value.numel() for value in FaceNetwork().parameters()) < 150_000


def test_boxes_of_training_and_of_the_application_are_the_same() -> None:
    random = np.random.default_rng(0)
    raw = random.normal(0, 1, (126, 4)).astype(np.float32)
    points, strides = cells(96, 64)
    wanted = losses.boxes_of(*(torch.from_numpy(v) for v in (raw, points, strides))).numpy()
    maps, first = {}, 0
    for stride in (8, 16, 32):
        count = (96 // stride) * (64 // stride)
        maps[f"box_{stride}"] = raw[None, first : first + count]
        maps[f"score_{stride}"] = np.linspace(0.9, 0.5, count, dtype=np.float32)[None, :, None]
        maps[f"landmarks_{stride}"] = np.zeros((1, count, 10), np.float32)
        first += count
    found = decode(maps, output_names(list(maps)), 96, 0.1)
    assert np.allclose(
        np.sort(found.boxes, axis=0), np.sort(wanted[:first], axis=0), rtol=1e-4, atol=1e-3
    )


def test_equal_boxes_cost_nothing_and_apart_boxes_pull_together() -> None:
    box = torch.tensor([[0.0, 0.0, 10.0, 20.0]])
    iou, loss = losses.iou_and_eiou(box, box)
    assert float(iou) == pytest.approx(1.0, abs=1e-5)
    assert float(loss) == pytest.approx(0.0, abs=1e-5)
    far = torch.tensor([[100.0, 0.0, 110.0, 20.0]], requires_grad=True)
    _, loss = losses.iou_and_eiou(far, box)
    loss.sum().backward()
    assert far.grad is not None
    assert float(far.grad[0, 0] + far.grad[0, 2]) > 0  # downhill is to the left


def test_eiou_by_hand() -> None:
    wanted = torch.tensor([[0.0, 0.0, 10.0, 10.0]])
    iou, loss = losses.iou_and_eiou(torch.tensor([[0.0, 0.0, 20.0, 10.0]]), wanted)
    assert float(iou) == pytest.approx(0.5)
    # Centres 5 apart, enclosing 20 x 10: 25/500; widths differ by 10 of 20: 1/4; heights by 0.
    assert float(loss) == pytest.approx(0.5 + 25 / 500 + 0.25, abs=1e-5)


def loss_of(network: FaceNetwork, state: int) -> losses.Parts:
    points, strides = (torch.from_numpy(values) for values in cells(64, 64))
    states = torch.full((1, len(points)), state, dtype=torch.int8)
    box = torch.tensor([10.0, 10.0, 50.0, 60.0]).expand(1, len(points), 4)
    marks = torch.tensor([20.0, 25, 40, 25, 30, 35, 22, 48, 38, 48]).expand(1, len(points), 10)
    image = torch.full((1, 3, 64, 64), 100.0)
    return losses.detection_loss(
        network(image), points, strides, states, box, marks, losses.Weights()
    )


def test_ignored_cells_cost_nothing() -> None:
    assert loss_of(FaceNetwork(), -1).total.item() == pytest.approx(0.0, abs=1e-6)


def test_pictures_without_faces_have_a_finite_loss() -> None:
    parts = loss_of(FaceNetwork(), 0)
    assert np.isfinite(parts.total.item())
    parts.total.backward()  # type: ignore[no-untyped-call]


def test_one_face_can_be_learned() -> None:
    torch.manual_seed(0)
    network = FaceNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
    first = loss_of(network, 1).total.item()
    for _ in range(25):
        parts = loss_of(network, 1)
        optimiser.zero_grad()
        parts.total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert loss_of(network, 1).total.item() < 0.6 * first


@pytest.fixture
def banks(tmp_path: Path) -> Path:
    """A cache with the four banks of a few grey pictures."""
    for name in train.BANKS:
        content = bank(name, 3, side=160)
        folder = tmp_path / "banks" / name
        folder.mkdir(parents=True)
        content.pixels.tofile(folder / "pixels.bin")
        np.savez(
            folder / "index.npz",
            **{
                key: getattr(content, key)
                for key in (
                    "start", "shape", "source", "name", "is_test",
                    "boxes", "landmarks", "certain", "owner",
                )
            },
        )  # fmt: skip
    return tmp_path


def run(cache: Path, name: str, steps: int) -> dict[str, torch.Tensor]:
    arguments = ["--cache", str(cache), "--name", name, "--steps", str(steps)]
    result = CliRunner().invoke(train.train, [*arguments, "--every", "1", "--workers", "0"])
    assert result.exit_code == 0, result.output
    content = torch.load(cache / "runs" / name / "last.pt", weights_only=True)
    weights: dict[str, torch.Tensor] = content["average"]
    return weights


def test_a_run_cut_off_and_resumed_equals_one_that_was_not(
    banks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "SIDES_PX", (64, 96))
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    whole = run(banks, "whole", 4)
    run(banks, "cut", 2)
    resumed = run(banks, "cut", 4)
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_the_exported_file_answers_as_torch_does() -> None:
    torch.manual_seed(1)
    network = FaceNetwork()
    for _ in range(3):  # statistics other than 0 and 1, or folding them would not be tested
        network(torch.rand(2, 3, 64, 64) * 255)
    content = export.onnx_bytes(network)
    assert len(content) < 1_000_000
    assert export.parity(content, network) < 1e-3
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert {output.name for output in session.get_outputs()} == set(OUTPUT_NAMES)
    wanted = Exported(network.eval())(torch.zeros(1, 3, 32, 64))[0]
    assert tuple(wanted.shape) == (1, 32, 1)


def test_a_shifted_score_keeps_its_order() -> None:
    plain, shifted = FaceNetwork().eval(), FaceNetwork().eval()
    shifted.load_state_dict(plain.state_dict())
    with torch.no_grad():
        for head in shifted.heads:
            head.out.bias[0] += 1.0
    image = torch.rand(1, 3, 64, 64) * 255
    for before, after in zip(plain(image), shifted(image), strict=True):
        assert torch.allclose(after[:, 0] - before[:, 0], torch.ones_like(before[:, 0]), atol=1e-5)
