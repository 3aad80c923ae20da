"""Trains the detector; stops and resumes exactly.

    python -m facedesk.lab.detection.train --cache .cache/lab_detection --name first --steps 20000
    torchrun --nproc-per-node 2 -m facedesk.lab.detection.train ...   (gradients are averaged)

The learning rate warms up, stays, and is brought down at the end of `--steps` over `--cool-down`
steps (warm-up, stable, decay: Hu et al., MiniCPM, arXiv:2404.06395, section 4). While it is
stable, `--steps` may be changed at a resume without changing what was computed so far.
A run that starts from another's weights warms its own optimisers up again.
Scene number n is made from seed n, so a run cut off and resumed sees the same scenes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import torch
from torch import distributed, nn
from torch.utils.data import DataLoader, IterableDataset

from facedesk.lab.detection.bank import load
from facedesk.lab.detection.losses import Parts, Weights, detection_loss
from facedesk.lab.detection.mistakes import read_mistakes
from facedesk.lab.detection.network import FaceNetwork
from facedesk.lab.detection.scenes import Sources, compose, sources
from facedesk.lab.detection.targets import assign, cells
from facedesk.lab.muon import Muon, is_matrix

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


def learning_rate(
    recipe: Recipe, step: int, steps: int, cool_down: int, first_step: int = 0
) -> float:
    """Warm up from the run's first step, stay, and fall along a straight line to 1 % at the end."""
    rising = min(1.0, (step - first_step + 1) / recipe.warm_up_steps)
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


class Run:
    """What is learned, by what, and how far; a checkpoint is all of it."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        torch.manual_seed(recipe.seed)
        self.network = FaceNetwork(recipe.width).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = FaceNetwork(recipe.width)
        self.average.load_state_dict(self.network.state_dict())
        # Muon for the hidden weights that mix channels; the last layers are AdamW's.
        last = {id(head.out.weight) for head in self.network.heads}
        matrices = {id(p) for p in self.network.parameters() if is_matrix(p)} - last
        hidden = [p for p in self.network.parameters() if id(p) in matrices]
        others = [p for p in self.network.parameters() if id(p) not in matrices]
        self.optimisers: tuple[torch.optim.Optimizer, ...] = (
            Muon(hidden, recipe.learning_rate, recipe.weight_decay),
            torch.optim.AdamW(others, recipe.learning_rate, weight_decay=recipe.weight_decay),
        )
        self.first_step = self.step = 0
        self.seconds = 0.0

    def take_over(self, path: Path) -> None:
        """Begin with the weights of another run, whatever it was trained by."""
        self._read_weights(torch.load(path, weights_only=True))
        self.first_step = self.step

    def resume(self, path: Path) -> None:
        """Go on exactly where `save` left off."""
        content = torch.load(path, weights_only=True)
        self._read_weights(content)
        self.first_step = content["first_step"]
        for optimiser, state in zip(self.optimisers, content["optimisers"], strict=True):
            optimiser.load_state_dict(state)

    def _read_weights(self, content: dict[str, Any]) -> None:
        self.network.load_state_dict(content["network"])
        self.average.load_state_dict(content["average"])
        self.step, self.seconds = content["step"], content["seconds"]

    def save(self, path: Path, seconds: float) -> None:
        """Write the checkpoint of this step."""
        content: dict[str, object] = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "first_step": self.first_step,
            "step": self.step,
            "seconds": seconds,
            "recipe": json.dumps(asdict(self.recipe)),
        }
        save(path, content)

    def learn(self, wanted: Batch, rate: float, processes: int) -> Parts:
        """One step of every optimiser."""
        images = wanted.images.float().contiguous(memory_format=torch.channels_last)
        side_px = images.shape[-1]
        points, strides = (torch.from_numpy(values) for values in cells(side_px, side_px))
        outputs = self.network(images)
        parts = detection_loss(
            outputs, points, strides, wanted.state, wanted.boxes, wanted.landmarks, Weights()
        )
        self.network.zero_grad(set_to_none=True)
        parts.total.backward()  # type: ignore[no-untyped-call]
        share_gradients(self.network, processes)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.step()
        self.step += 1
        decay = min(self.recipe.average_decay, (1 + self.step) / (10 + self.step))
        follow(self.average, self.network, decay)
        return parts


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
    run = Run(Recipe())
    folder = cache / "runs" / run_name
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "last.pt"
    if checkpoint.exists():
        run.resume(checkpoint)
        click.echo(f"resumed at step {run.step}")
    elif from_run:
        run.take_over(cache / "runs" / from_run / "last.pt")
    loader = DataLoader(
        Steps(cache / "banks", run.recipe, run.step, steps, rank),
        batch_size=None,
        num_workers=workers,
        prefetch_factor=6 if workers else None,
    )
    run.network.train()
    begun = time.monotonic()
    sums = np.zeros(5)
    for wanted in loader:
        rate = learning_rate(run.recipe, run.step, steps, cool_down, run.first_step)
        parts = run.learn(wanted, rate, processes)
        sums += (float(parts.total.detach()), parts.score, parts.box, parts.landmarks, parts.iou)
        if rank == 0 and (run.step % every == 0 or run.step == steps):
            passed = run.seconds + time.monotonic() - begun
            run.save(checkpoint, passed)
            total, score, box, landmark, iou = sums / every
            click.echo(
                f"step {run.step} {passed:.0f} s  loss {total:.4f} score {score:.4f}"
                f" box {box:.4f} landmarks {landmark:.5f} iou {iou:.3f}"
            )
            sums[:] = 0


if __name__ == "__main__":
    train()
