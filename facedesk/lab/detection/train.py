"""Trains the detector; stops and resumes exactly.

    python -m facedesk.lab.detection.train --cache .cache/lab_detection --name first --steps 20000
    torchrun --nproc-per-node 2 -m facedesk.lab.detection.train ...   (gradients are averaged)

The learning rate warms up, stays, and is brought down at the end of `--steps` over `--cool-down`
steps (warm-up, stable, decay: Hu et al., MiniCPM, arXiv:2404.06395, section 4). While it is
stable, `--steps` may be changed at a resume without changing what was computed so far.
Scene number n is made from seed n, so a run cut off and resumed sees the same scenes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import cv2
import numpy as np
import torch
from torch import distributed, nn
from torch.utils.data import DataLoader, IterableDataset

from facedesk.lab.detection.bank import load
from facedesk.lab.detection.losses import Weights, detection_loss
from facedesk.lab.detection.mistakes import read_mistakes
from facedesk.lab.detection.network import FaceNetwork
from facedesk.lab.detection.scenes import Sources, compose, sources
from facedesk.lab.detection.targets import assign, cells

BANKS = ("lfw", "clips", "crops", "scenes")
# Canvas sides in turn; the batch shrinks as they grow, so that every step costs the same.
SIDES_PX = (160, 256, 192, 320)
# The seeds of two steps must not meet: more than any batch has scenes.
_SEEDS_A_STEP = 64
_SEEDS_A_PROCESS = 32


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights, besides the banks."""

    width: int = 64
    pictures_a_step: int = 4
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    warm_up_steps: int = 200
    average_decay: float = 0.999
    seed: int = 20261124


@dataclass(frozen=True, slots=True)
class Batch:
    """BGR float32 (n, 3, side, side) and the targets of its cells."""

    images: torch.Tensor
    state: torch.Tensor
    boxes: torch.Tensor
    landmarks: torch.Tensor


def batch(source: Sources, recipe: Recipe, step: int, rank: int = 0) -> Batch:
    """The batch of a step for one of several processes, the same at every call."""
    side_px = SIDES_PX[step % len(SIDES_PX)]
    count = max(2, round(recipe.pictures_a_step * (256 / side_px) ** 2))
    first = (recipe.seed + step) * _SEEDS_A_STEP + rank * _SEEDS_A_PROCESS
    scenes = [compose(source, side_px, first + number) for number in range(count)]
    wanted = [assign(scene.labels, side_px, side_px) for scene in scenes]
    images = np.stack([scene.image for scene in scenes]).transpose(0, 3, 1, 2)
    return Batch(
        torch.from_numpy(np.ascontiguousarray(images)),
        torch.from_numpy(np.stack([target.state for target in wanted])),
        torch.from_numpy(np.stack([target.boxes for target in wanted])),
        torch.from_numpy(np.stack([target.landmarks for target in wanted])),
    )


class Steps(IterableDataset[Batch]):
    """Batches from a step on; worker k of w makes every w-th."""

    def __init__(self, banks: Path, recipe: Recipe, first: int, last: int, rank: int) -> None:
        self.banks, self.recipe, self.rank = banks, recipe, rank
        self.first, self.last = first, last

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        offset, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        source = sources(
            {name: load(self.banks / name) for name in BANKS},
            {name: read_mistakes(self.banks / name) for name in BANKS},
        )
        for step in range(self.first + offset, self.last, stride):
            yield batch(source, self.recipe, step, self.rank)


def learning_rate(recipe: Recipe, step: int, steps: int, cool_down: int) -> float:
    """Warm up, stay, and fall along a straight line to 1 % at the end."""
    rising = min(1.0, (step + 1) / recipe.warm_up_steps)
    left = min(1.0, (steps - step) / cool_down) if cool_down else 1.0
    return recipe.learning_rate * min(rising, max(0.01, left))


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the averaged weights (Polyak) a little towards the trained ones."""
    for mean, value in zip(
        average.state_dict().values(), network.state_dict().values(), strict=True
    ):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1 - decay)
        else:
            mean.copy_(value)


def share_gradients(network: FaceNetwork, processes: int) -> None:
    """Average the gradients over all processes, in one message: they are few and small."""
    if processes == 1:
        return
    gradients = [value.grad for value in network.parameters() if value.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= processes
    first = 0
    for gradient in gradients:
        gradient.copy_(flat[first : first + gradient.numel()].view_as(gradient))
        first += gradient.numel()


def save(path: Path, content: dict[str, object]) -> None:
    """Write a checkpoint so that a crash leaves the old one or the new one, never half of one."""
    part = path.with_suffix(".part")
    torch.save(content, part)
    part.replace(path)


@click.command()
@click.option("--cache", type=click.Path(path_type=Path), default=".cache/lab_detection")
@click.option("--name", "run_name", default="first", show_default=True)
@click.option("--steps", default=20_000, show_default=True)
@click.option("--cool-down", default=0, show_default=True)
@click.option("--from-run", default=None, help="Start from another run's last checkpoint.")
@click.option("--every", default=100, show_default=True, help="Steps between checkpoints.")
@click.option("--workers", default=1, show_default=True)
def train(
    cache: Path,
    run_name: str,
    steps: int,
    cool_down: int,
    from_run: str | None,
    every: int,
    workers: int,
) -> None:
    """Train, or go on training, the detector."""
    torch.set_num_threads(1)
    rank, processes = (
        int(os.environ.get(name, one)) for name, one in (("RANK", "0"), ("WORLD_SIZE", "1"))
    )
    if processes > 1:
        distributed.init_process_group("gloo")
    recipe = Recipe()
    torch.manual_seed(recipe.seed)
    network = FaceNetwork(recipe.width).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = FaceNetwork(recipe.width)
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    folder = cache / "runs" / run_name
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "last.pt"
    start = checkpoint
    if not checkpoint.exists() and from_run:
        start = cache / "runs" / from_run / "last.pt"
    step, seconds = 0, 0.0
    if start.exists():
        content = torch.load(start, weights_only=True)
        network.load_state_dict(content["network"])
        average.load_state_dict(content["average"])
        optimiser.load_state_dict(content["optimiser"])
        step, seconds = content["step"], content["seconds"]
        click.echo(f"resumed at step {step}")
    weights = Weights()
    loader = DataLoader(
        Steps(cache / "banks", recipe, step, steps, rank),
        batch_size=None,
        num_workers=workers,
        prefetch_factor=6 if workers else None,
    )
    network.train()
    begun = time.monotonic()
    sums = np.zeros(5)
    for content_of_step in loader:
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(recipe, step, steps, cool_down)
        images = content_of_step.images.float().contiguous(memory_format=torch.channels_last)
        side_px = images.shape[-1]
        points, strides = (torch.from_numpy(values) for values in cells(side_px, side_px))
        parts = detection_loss(
            network(images),
            points,
            strides,
            content_of_step.state,
            content_of_step.boxes,
            content_of_step.landmarks,
            weights,
        )
        optimiser.zero_grad(set_to_none=True)
        parts.total.backward()  # type: ignore[no-untyped-call]
        share_gradients(network, processes)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        step += 1
        follow(average, network, min(recipe.average_decay, (1 + step) / (10 + step)))
        sums += (float(parts.total.detach()), parts.score, parts.box, parts.landmarks, parts.iou)
        if rank == 0 and (step % every == 0 or step == steps):
            passed = seconds + time.monotonic() - begun
            save(
                checkpoint,
                {
                    "network": network.state_dict(),
                    "average": average.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                    "seconds": passed,
                    "recipe": json.dumps(asdict(recipe)),
                },
            )
            total, score, box, landmark, iou = sums / every
            click.echo(
                f"step {step} {passed:.0f} s  loss {total:.4f} score {score:.4f} box {box:.4f}"
                f" landmarks {landmark:.5f} iou {iou:.3f}"
            )
            sums[:] = 0


if __name__ == "__main__":
    train()
