"""Trains the passive network on one thread; stops and resumes exactly.

python -m facedesk.lab.liveness.train
python -m facedesk.lab.liveness.train --export models/face_liveness.onnx
"""

from __future__ import annotations

import math
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facedesk.lab.card import sha256_of, write_card
from facedesk.lab.detection.distort import cover, distort
from facedesk.lab.detection.train import follow, save
from facedesk.lab.liveness.data import WIDE_PX, WIDE_SCALE, Windows, load
from facedesk.lab.liveness.network import (
    INPUT_PX,
    PARITY,
    LivenessNetwork,
    onnx_bytes,
    parity,
)
from facedesk.lab.liveness.recapture import displayed, held_before, photographed, printed
from facedesk.vision.align import ARCFACE_TEMPLATE
from facedesk.vision.liveness import WINDOW_SCALE

_RECIPE = Path(__file__).parents[1] / "recipes" / "liveness.toml"
# Where the five points lie in a stored window, roughly: for what is drawn over a face.
_FACE = (ARCFACE_TEMPLATE / 112 - 0.5) * (WIDE_PX / WIDE_SCALE) + WIDE_PX / 2


@dataclass(frozen=True, slots=True)
class Recipe:
    name: str
    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    warm_up: int
    average_decay: float
    seed: int
    live_nuaa: float
    live_other: float
    attack_nuaa: float


class Sampler:
    """Draws windows and whether they are alive; the same step gives the same batch."""

    def __init__(self, windows: Windows, recipe: Recipe) -> None:
        self._crops = windows.crops
        self._recipe = recipe
        nuaa = windows.origin == "nuaa"
        self._live_nuaa = np.flatnonzero(windows.live & nuaa)
        self._live_other = np.flatnonzero(windows.live & ~nuaa & ~windows.framed)
        self._attack_nuaa = np.flatnonzero(~windows.live)
        self._live = np.flatnonzero(windows.live)

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Windows (n, 3, 80, 80) and targets (n, 1)."""
        random = np.random.default_rng((self._recipe.seed, step))
        pairs = [self._one(random) for _ in range(self._recipe.batch)]
        windows = np.stack([window for window, _ in pairs]).transpose(0, 3, 1, 2)
        targets = np.array([[float(live)] for _, live in pairs], np.float32)
        return torch.from_numpy(np.ascontiguousarray(windows)).float(), torch.from_numpy(targets)

    def _one(self, random: np.random.Generator) -> tuple[NDArray[np.uint8], bool]:
        kind, recipe = random.random(), self._recipe
        if kind < recipe.live_nuaa:
            wide, live = self._crops[random.choice(self._live_nuaa)], True
        elif kind < recipe.live_nuaa + recipe.live_other:
            wide, live = self._crops[random.choice(self._live_other)], True
        elif kind < recipe.live_nuaa + recipe.live_other + recipe.attack_nuaa:
            wide, live = self._crops[random.choice(self._attack_nuaa)], False
        else:
            wide, live = self._made(random), False
        if random.random() < 0.05:
            wide = np.array(wide)
            cover(wide, _FACE.astype(np.float32), random)
        return self._seen(wide, random), live

    def _made(self, random: np.random.Generator) -> NDArray[np.uint8]:
        screen = bool(random.random() < 0.5)
        face = self._crops[random.choice(self._live)]
        scene = self._crops[random.choice(self._live)]
        if random.random() < 0.5:
            scene = np.roll(scene, int(random.integers(30, 98)), axis=1)
        surface = displayed(face, random) if screen else printed(face, random)
        return held_before(surface, scene, random, screen=screen)

    def _seen(self, wide: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
        """Moved and scaled by as much as a detector's box differs, then photographed."""
        side = WIDE_PX * WINDOW_SCALE / WIDE_SCALE * random.uniform(0.88, 1.12)
        centre = WIDE_PX / 2 + random.normal(0, 2.5, 2)
        angle = float(random.normal(0, 5))
        warp = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, INPUT_PX / side)
        warp[:, 2] += INPUT_PX / 2 - centre
        out = np.asarray(
            cv2.warpAffine(wide, warp, (INPUT_PX, INPUT_PX), borderMode=cv2.BORDER_REPLICATE),
            np.uint8,
        )
        if random.random() < 0.15:  # the picture ends beside or above the face
            edge = int(random.integers(1, 22))
            where = random.integers(0, 3)
            if where == 0:
                out[:edge] = out[edge]
            elif where == 1:
                out[:, :edge] = out[:, edge : edge + 1]
            else:
                out[:, -edge:] = out[:, -edge - 1 : -edge]
        if random.random() < 0.5:
            out = np.ascontiguousarray(out[:, ::-1])
        return photographed(distort(out, random), random)


def read_recipe(path: Path) -> Recipe:
    return Recipe(**tomllib.loads(path.read_text("utf-8")))


def train(recipe: Recipe, cache: Path, every: int = 250) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(recipe.seed)
    sampler = Sampler(load(cache), recipe)
    network, average = LivenessNetwork(), LivenessNetwork()
    # Half the time of a step: depthwise convolutions are slow in the other layout.
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    checkpoint, step, seconds = cache / f"{recipe.name}.pt", 0, 0.0
    if checkpoint.exists():
        content = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(content["network"])
        average.load_state_dict(content["average"])
        optimiser.load_state_dict(content["optimiser"])
        step, seconds = content["step"], content["seconds"]
    total, right, started_s = 0.0, 0.0, time.process_time()
    while step < recipe.steps:
        for group in optimiser.param_groups:
            rising = min(1.0, (step + 1) / recipe.warm_up)
            falling = 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
            group["lr"] = recipe.learning_rate * rising * max(0.01, falling)
        windows, targets = sampler.batch(step)
        network.train()
        logits = network(windows.to(memory_format=torch.channels_last))
        smooth = targets * 0.96 + 0.02
        loss = nn.functional.binary_cross_entropy_with_logits(logits, smooth)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        step += 1
        follow(average, network, min(recipe.average_decay, (1 + step) / (10 + step)))
        total += float(loss.detach())
        right += float(((logits.detach() > 0) == (targets > 0.5)).float().mean())
        if step % every == 0 or step == recipe.steps:
            seconds += time.process_time() - started_s
            started_s = time.process_time()
            save(
                checkpoint,
                {
                    "network": network.state_dict(),
                    "average": average.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                    "seconds": seconds,
                },
            )
            click.echo(
                f"step {step} loss {total / every:.4f} right {100 * right / every:.1f} % "
                f"{seconds:.0f} s"
            )
            total, right = 0.0, 0.0


def export(recipe: Recipe, cache: Path, out: Path) -> str:
    """Write the averaged network and its card; what was written, in words."""
    content = torch.load(cache / f"{recipe.name}.pt", weights_only=True)
    network = LivenessNetwork()
    network.load_state_dict(content["average"])
    model = onnx_bytes(network)
    difference = parity(model, network)
    if difference > PARITY:
        raise click.ClickException(f"the exported network differs by {difference:.2e}")
    out.write_bytes(model)
    parameters = sum(value.numel() for value in network.parameters())
    card = {
        "name": "facedesk-liveness",
        "version": "1",
        "task": "liveness",
        "file": out.name,
        "sha256": sha256_of(out),
        "size": out.stat().st_size,
        "rank": 5,
        "input": {
            "width": INPUT_PX,
            "height": INPUT_PX,
            "colour": "bgr",
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
        },
        "output": {"dimension": 1},
        "alignment": "none",
        "thresholds": {},
        "licence": "Apache-2.0",
        "source": "trained by this project: facedesk/lab/liveness",
        "notes": f"{parameters:,} parameters, {content['step']} steps of {recipe.batch} windows, "
        f"{content['seconds'] / 60:.0f} minutes of processor time. Window of {WINDOW_SCALE} times "
        "the face box, never moved or shrunk; one logit, above 0 is alive.",
    }
    write_card(card, out.with_suffix(".json"))
    return f"{out}: {len(model)} bytes, torch against ONNX: {difference:.2e}"


@click.command()
@click.option("--recipe", type=click.Path(path_type=Path), default=_RECIPE)
@click.option("--cache", type=click.Path(path_type=Path), default=".cache/lab_liveness")
@click.option("--export", "out", type=click.Path(path_type=Path))
def main(recipe: Path, cache: Path, out: Path | None) -> None:
    """Train, or go on training; with --export write the network instead."""
    if out is None:
        train(read_recipe(recipe), cache)
    else:
        click.echo(export(read_recipe(recipe), cache, out))


if __name__ == "__main__":
    main()
