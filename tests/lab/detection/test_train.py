"""The trainer as it is run: two processes, stopped and gone on with, and killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from facedesk.lab.detection.bank import Bank
from facedesk.lab.detection.train import BANKS, Recipe, Run, learning_rate, save
from tests.lab.detection.test_scenes import bank

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Banks of a few grey pictures."""
    folder = tmp_path_factory.mktemp("detection")
    for name in BANKS:
        (folder / "banks" / name).mkdir(parents=True)
        made = bank(name, 3)
        made.pixels.tofile(folder / "banks" / name / "pixels.bin")
        columns = {f.name: getattr(made, f.name) for f in fields(Bank) if f.name != "pixels"}
        np.savez(folder / "banks" / name / "index.npz", **columns)
    return folder


def train(cache: Path, name: str, steps: int, processes: int = 2) -> dict[str, torch.Tensor]:
    """Run the trainer in so many processes; the weights and averages of its checkpoint."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "facedesk.lab.detection.train", "--cache", str(cache),
               "--name", name, "--steps", str(steps), "--every", "1", "--workers", "0"]  # fmt: skip
    ranks = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            env={
                **os.environ,
                "WORLD_SIZE": str(processes),
                "RANK": str(rank),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": port,
                "OMP_NUM_THREADS": "1",
            },
        )
        for rank in range(processes)
    ]
    try:
        assert [rank.wait(timeout=100) for rank in ranks] == [0] * processes
    finally:
        for rank in ranks:
            rank.kill()
            rank.wait()
    content = torch.load(cache / "runs" / name / "last.pt", weights_only=True)
    assert content["step"] == steps
    return {
        f"{part} {key}": value
        for part in ("network", "average")
        for key, value in content[part].items()
    }


def test_two_processes_that_stop_and_go_on_end_with_the_very_same_weights(cache: Path) -> None:
    whole = train(cache, "whole", 3)
    train(cache, "parts", 1)
    parts = train(cache, "parts", 3)
    assert whole.keys() == parts.keys()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name


def test_the_learning_rate_warms_up_stays_and_comes_down() -> None:
    recipe = Recipe()
    rates = [learning_rate(recipe, step, 1000, 200) for step in (0, 199, 500, 900, 1000)]
    peak = recipe.learning_rate
    assert rates == pytest.approx([peak / 200, peak, peak, peak / 2, peak / 100])


def test_a_run_takes_over_weights_that_another_optimiser_trained(tmp_path: Path) -> None:
    old, path = Run(Recipe(seed=1)), tmp_path / "last.pt"
    weights = old.network.state_dict()
    content: dict[str, object] = {"network": weights, "average": weights, "optimiser": {}}
    save(path, content | {"step": 900, "seconds": 60.0})
    run = Run(Recipe())
    run.take_over(path)
    assert all(torch.equal(value, weights[key]) for key, value in run.network.state_dict().items())
    assert (run.step, run.first_step, run.seconds) == (900, 900, 60.0)
    rate = learning_rate(run.recipe, run.step, 2000, 0, run.first_step)
    assert rate == pytest.approx(run.recipe.learning_rate / run.recipe.warm_up_steps)
