"""Trains the landmark refiner of `facedesk.vision.refine`; stops and resumes exactly.

    python -m facedesk.lab.detection.refiner train --steps 6000
    python -m facedesk.lab.detection.refiner export

Crops are cut as the application cuts them, by landmarks that are wrong on purpose: moved, turned
and scaled together, and each point a little on its own. The label is where the points really are.
"""

from __future__ import annotations

from pathlib import Path

import click
import cv2
import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facedesk.lab.card import sha256_of, write_card
from facedesk.lab.detection.bank import load
from facedesk.lab.detection.distort import cover, distort
from facedesk.lab.detection.export import Writer
from facedesk.lab.detection.network import Block
from facedesk.lab.detection.scenes import Sources, sources
from facedesk.lab.detection.train import BANKS, follow, save
from facedesk.vision.refine import CROP_PX, CROP_TEMPLATE, crop_matrix, cut

BATCH = 96
LEARNING_RATE = 4e-3
AVERAGE_DECAY = 0.998
SEED = 48
PARITY = 1e-4


class Refiner(nn.Module):
    """BGR float (n, 3, 48, 48), 0..255 -> (n, 10), fractions of the crop."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16)
        )  # 24x24
        self.blocks = nn.Sequential(
            Block(16, 32, 2),  # 12x12
            Block(32, 32),
            Block(32, 64, 2),  # 6x6
            Block(64, 64),
            Block(64, 64),
        )
        # One kernel over the whole 6x6 map: where a feature lies is the answer, so nothing is
        # pooled away.
        self.whole = nn.Conv2d(64, 128, 6)
        self.out = nn.Conv2d(128, 10, 1)
        nn.init.zeros_(self.out.weight)
        self.out.bias = nn.Parameter(torch.from_numpy((CROP_TEMPLATE / CROP_PX).reshape(-1)))

    def forward(self, crops: Tensor) -> Tensor:
        x = torch.relu(self.stem((crops - 127.5) * (1 / 64)))
        x = torch.relu(self.whole(self.blocks(x)))
        out: Tensor = self.out(x)
        return out.flatten(1)


def sample(
    source: Sources, random: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """One crop and its landmarks (5, 2) as fractions of the crop."""
    weights = np.array([weight for _, _, weight in source.faces])
    bank, indices, _ = source.faces[int(random.choice(len(weights), p=weights / weights.sum()))]
    index = int(random.choice(indices))
    image, labels = bank.image(index), bank.labels(index)
    points = labels.landmarks[int(random.choice(np.flatnonzero(labels.certain)))]
    if random.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
        points = points[[1, 0, 2, 4, 3]] * (-1, 1) + (image.shape[1] - 1, 0)
    # The error of the detector: a common one, and one of each point.
    spread = float(np.hypot(*(points - points.mean(0)).T).mean())
    angle, scale = random.normal(0, 0.12), np.exp(random.normal(0, 0.09))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = points.mean(0)
    rough = (points - middle) @ turn.T + middle + random.normal(0, 0.1 * spread, 2)
    rough = rough + random.normal(0, 0.09 * spread, (5, 2))
    matrix = crop_matrix(rough)
    crop = np.array(cut(image, matrix))
    inside = points @ matrix[:, :2].T + matrix[:, 2]
    if random.random() < 0.1:
        cover(crop, inside.astype(np.float32), random)
    if random.random() < 0.3:  # a small face: fewer pixels than the crop has
        side_px = int(random.integers(14, 40))
        small = cv2.resize(crop, (side_px, side_px), interpolation=cv2.INTER_AREA)
        crop = np.asarray(cv2.resize(small, (CROP_PX, CROP_PX)), np.uint8)
    return distort(crop, random), (inside / CROP_PX).astype(np.float32)


def batch(source: Sources, step: int) -> tuple[Tensor, Tensor]:
    """The crops and landmarks of a step, the same at every call."""
    random = np.random.default_rng((SEED, step))
    pairs = [sample(source, random) for _ in range(BATCH)]
    crops = np.stack([crop for crop, _ in pairs]).transpose(0, 3, 1, 2)
    points = np.stack([points.reshape(-1) for _, points in pairs])
    return torch.from_numpy(np.ascontiguousarray(crops)).float(), torch.from_numpy(points)


def onnx_bytes(network: Refiner) -> bytes:
    """The file: `crops` (n, 3, 48, 48) BGR 0..255 -> `landmarks` (n, 10)."""
    network = network.eval()
    write = Writer("facedesk_refiner")
    x = write.blocks(write.relu(write.folded("crops", network.stem, pixels=True)), network.blocks)
    for conv, is_last in ((network.whole, False), (network.out, True)):
        x = write.plain(x, conv)
        x = x if is_last else write.relu(x)
    write.graph.add_node("Flatten", [x], "landmarks", axis=1)
    return write.graph.serialise(
        {"crops": ["n", 3, CROP_PX, CROP_PX]},
        {"landmarks": ["n", 10]},
        producer="facedesk.lab.detection",
    )


def parity(content: bytes, network: Refiner) -> float:
    """The largest difference between torch and the file."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    crops = np.random.default_rng(0).integers(0, 256, (4, 3, CROP_PX, CROP_PX))
    crops = crops.astype(np.float32)
    with torch.no_grad():
        wanted = network.eval()(torch.from_numpy(crops)).numpy()
    return float(np.abs(session.run(None, {"crops": crops})[0] - wanted).max())


@click.group()
def refiner() -> None:
    """The landmark refiner."""


@refiner.command()
@click.option("--cache", type=click.Path(path_type=Path), default=".cache/lab_detection")
@click.option("--steps", default=6000, show_default=True)
@click.option("--every", default=200, show_default=True)
def train(cache: Path, steps: int, every: int) -> None:
    """Train, or go on training; the learning rate falls along a straight line to the end."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)
    source = sources({name: load(cache / "banks" / name) for name in BANKS})
    network, average = Refiner(), Refiner()
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=0.01)
    folder = cache / "runs" / "refiner"
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, step = folder / "last.pt", 0
    if checkpoint.exists():
        content = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(content["network"])
        average.load_state_dict(content["average"])
        optimiser.load_state_dict(content["optimiser"])
        step = content["step"]
    total = 0.0
    while step < steps:
        for group in optimiser.param_groups:
            rising = min(1.0, (step + 1) / 100)
            group["lr"] = LEARNING_RATE * rising * max(0.01, 1 - step / steps)
        crops, points = batch(source, step)
        error = network(crops) - points
        loss = nn.functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.005)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        step += 1
        follow(average, network, min(AVERAGE_DECAY, (1 + step) / (10 + step)))
        total += float(error.detach().view(-1, 5, 2).norm(dim=2).mean())
        if step % every == 0 or step == steps:
            save(
                checkpoint,
                {
                    "network": network.state_dict(),
                    "average": average.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                },
            )
            # The eyes of the template are 11.75 px of 48 apart.
            eyes = float(np.hypot(*(CROP_TEMPLATE[1] - CROP_TEMPLATE[0]))) / CROP_PX
            click.echo(f"step {step} NME {100 * total / every / eyes:.2f} %")
            total = 0.0


@refiner.command()
@click.option("--cache", type=click.Path(path_type=Path), default=".cache/lab_detection")
@click.option("--out", type=click.Path(path_type=Path), default="models/landmark_refiner.onnx")
@click.option("--version", default="1", show_default=True)
@click.option("--notes", default="")
def export(cache: Path, out: Path, version: str, notes: str) -> None:
    """Write the averaged refiner as ONNX with its card, checked against torch."""
    content = torch.load(cache / "runs" / "refiner" / "last.pt", weights_only=True)
    network = Refiner()
    network.load_state_dict(content["average"])
    model = onnx_bytes(network)
    difference = parity(model, network)
    if difference > PARITY:
        raise click.ClickException(f"the exported network differs by {difference:.2e}")
    out.write_bytes(model)
    parameters = sum(value.numel() for value in network.parameters())
    card = {
        "name": "facedesk-refiner",
        "version": version,
        "task": "landmarks",
        "file": out.name,
        "sha256": sha256_of(out),
        "size": out.stat().st_size,
        "rank": 50,
        "input": {
            "width": CROP_PX,
            "height": CROP_PX,
            "colour": "bgr",
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
        },
        "output": {"dimension": 10},
        "alignment": {"template": (CROP_TEMPLATE / CROP_PX).astype(float).round(6).tolist()},
        "thresholds": {},
        "licence": "Apache-2.0",
        "source": "trained by this project: facedesk/lab/detection/refiner.py",
        "notes": f"{parameters:,} parameters, {content['step']} steps of {BATCH} crops. {notes}",
    }
    write_card(card, out.with_suffix(".json"))
    click.echo(f"{out}: {len(model)} bytes, torch against ONNX: {difference:.2e}")


if __name__ == "__main__":
    refiner()
