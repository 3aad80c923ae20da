"""Training resumes exactly, in one process and in two, and follows its schedule."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from facedesk.lab.augment import PLAIN
from facedesk.lab.recipe import Recipe, Stage
from facedesk.lab.schedule import learning_rate
from facedesk.lab.train import Lesson, Report, Training, prepare_process, to_input

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Sums in another order are other sums: exactness is promised for one thread a process."""
    prepare_process()


def lesson(count: int = 24) -> Lesson:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, 128, 128, 3), dtype=np.uint8)
    teacher = random.normal(size=(count, 16)).astype(np.float32)
    teacher /= np.linalg.norm(teacher, axis=1, keepdims=True)
    return Lesson(images, np.arange(count), teacher)


def recipe(**changes: object) -> Recipe:
    values: dict[str, object] = {
        "name": "test",
        "dimension": 16,
        "stem": 8,
        "steps": 4,
        "batch": 8,
        "warmup_steps": 2,
        "relational_weight": 1.0,
        "bank": 8,
        "stages": (Stage(0.5, 32), Stage(1.0, 48)),
    }
    return Recipe(**{**values, **changes})  # type: ignore[arg-type]


def rate(training: Training) -> float:
    return learning_rate(training.recipe, training.step, training.progress)


def weights(training: Training) -> dict[str, torch.Tensor]:
    return {**training.network.state_dict(), **{f"ema {k}": v for k, v in training.average.items()}}


@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
def test_an_interrupted_run_ends_with_the_very_same_weights(tmp_path: Path, optimiser: str) -> None:
    chosen = recipe(optimiser=optimiser)
    whole = Training(chosen, lesson(), tmp_path / "whole")
    whole.run()
    first = Training(chosen, lesson(), tmp_path / "parts")
    first.run(stop_at_step=2)
    second = Training(chosen, lesson(), tmp_path / "parts")
    assert second.resume() and second.step == 2 and second.progress == 0.5
    second.run()
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(second)[name]), name


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from facedesk.lab.train import Training, prepare_process
from tests.lab.test_train import lesson, recipe
prepare_process()
Training(recipe(steps=6, checkpoint_s=-1.0), lesson(), Path(sys.argv[1])).run()
"""


def test_a_killed_run_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    """SIGKILL in the middle; whatever checkpoint lies there leads to the same end."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED.format(root=str(ROOT)), "utf-8")
    victim = subprocess.Popen([sys.executable, str(script), str(tmp_path / "run")])
    deadline = time.monotonic() + 60
    while not (tmp_path / "run" / "checkpoint.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    victim.kill()
    victim.wait()
    whole = Training(recipe(steps=6), lesson(), tmp_path / "whole")
    whole.run()
    resumed = Training(recipe(steps=6), lesson(), tmp_path / "run")
    assert resumed.resume()
    resumed.run()
    for name, value in weights(whole).items():
        torch.testing.assert_close(value, weights(resumed)[name], msg=name)


def test_loading_in_threads_changes_nothing(tmp_path: Path) -> None:
    plain, _ = Training(recipe(), lesson(), tmp_path)._batch(48)
    threaded, _ = Training(recipe(loaders=3), lesson(), tmp_path)._batch(48)
    np.testing.assert_array_equal(plain, threaded)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
def test_the_same_recipe_runs_on_a_gpu(tmp_path: Path) -> None:
    training = Training(recipe(device="cuda", bfloat16_from_px=0), lesson(), tmp_path)
    training.run()
    assert training.step == 4


def test_a_run_starts_anew_where_there_is_no_checkpoint(tmp_path: Path) -> None:
    assert not Training(recipe(), lesson(), tmp_path).resume()


def test_every_epoch_shows_every_face_once(tmp_path: Path) -> None:
    training = Training(recipe(), lesson(), tmp_path)
    for epoch in range(2):
        seen = [training._sample(epoch * 24 + k) for k in range(24)]
        assert sorted(seen) == list(range(24))
    assert [training._sample(k) for k in range(24)] != seen


def test_the_clock_ends_a_run_without_steps(tmp_path: Path) -> None:
    training = Training(recipe(steps=0), lesson(), tmp_path)
    training.run(until_s=time.time() + 0.5)
    assert training.progress == 1 and training.step > 0
    with pytest.raises(ValueError, match="deadline"):
        Training(recipe(steps=0), lesson(), tmp_path).run()


def test_a_request_to_stop_leaves_a_checkpoint(tmp_path: Path) -> None:
    training = Training(recipe(steps=1000), lesson(), tmp_path)
    training.request_stop()
    training.run()
    assert training.step == 1 and (tmp_path / "checkpoint.pt").exists()


def test_a_finished_run_can_be_taken_back_and_continued(tmp_path: Path) -> None:
    first = Training(recipe(), lesson(), tmp_path)
    first.run()
    again = Training(recipe(), lesson(), tmp_path)
    assert again.resume() and again.progress == 1
    again.restart_at(0.5)
    assert again.step == 2 and rate(again) > rate(first)
    again.run()
    assert again.step == 4 and again.position == first.position + 2 * 8
    with pytest.raises(ValueError, match="between 0 and 1"):
        again.restart_at(1.0)


def test_the_loss_falls_on_a_handful_of_faces(tmp_path: Path) -> None:
    training = Training(
        recipe(
            steps=30, augmentation=PLAIN, stages=(Stage(1.0, 32),), batch=24, learning_rate=1e-2
        ),
        lesson(),
        tmp_path,
    )
    first = training._one_step()[0]
    training.run()
    assert training._one_step()[0] < 0.6 * first


def test_validation_stops_a_run_that_gains_nothing(tmp_path: Path) -> None:
    frozen = recipe(steps=40, learning_rate=0.0, validate_every=2, patience=3, ema_decay=0.0)
    heard: list[Report] = []
    training = Training(frozen, lesson(), tmp_path, lesson(8), heard.append)
    training.run()
    assert training.step < 40
    assert training.early_stop.checks_without_gain == 3
    again = Training(frozen, lesson(), tmp_path, lesson(8))
    assert again.resume() and again.early_stop == training.early_stop
    kept = torch.load(tmp_path / "best.pt", weights_only=True)
    assert kept["validation"] == pytest.approx(training.early_stop.best)


def test_a_recipe_that_validates_needs_faces_for_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="validates"):
        Training(recipe(validate_every=2), lesson(), tmp_path)


def test_reports_say_how_long_it_will_take(tmp_path: Path) -> None:
    heard: list[Report] = []
    Training(recipe(steps=100, batch=2), lesson(), tmp_path, tell=heard.append).run()
    assert [report.step for report in heard] == [50, 100]
    assert heard[0].remaining_s > 0 and heard[1].remaining_s == 0


def test_the_network_sees_rgb_from_minus_one_to_one() -> None:
    images = np.zeros((1, 2, 2, 3), np.uint8)
    images[..., 0] = 255  # blue in BGR
    tensor = to_input(images)
    assert tensor.shape == (1, 3, 2, 2)
    assert tensor[0, :, 0, 0].tolist() == [-1.0, -1.0, 1.0]


TWO = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from facedesk.lab.train import Training, prepare_process
from tests.lab.test_train import lesson, recipe
prepare_process()
training = Training(recipe(), lesson(), Path(sys.argv[1]))
training.run()
"""


def test_two_processes_train_one_network(tmp_path: Path) -> None:
    """Gloo on one machine: both ranks take half of each batch, and agree on every weight."""
    script = tmp_path / "two.py"
    script.write_text(TWO.format(root=str(ROOT)), "utf-8")
    port = str(20000 + os.getpid() % 20000)
    ranks = []
    for rank in range(2):
        environment = {
            **os.environ,
            "WORLD_SIZE": "2",
            "RANK": str(rank),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": port,
            "OMP_NUM_THREADS": "1",
        }
        ranks.append(
            subprocess.Popen([sys.executable, str(script), str(tmp_path / "run")], env=environment)
        )
    try:
        assert [rank.wait(timeout=90) for rank in ranks] == [0, 0]
    finally:
        for rank in ranks:
            if rank.poll() is None:
                rank.send_signal(signal.SIGKILL)
    resumed = Training(recipe(), lesson(), tmp_path / "run")
    assert resumed.resume() and resumed.step == 4 and resumed.position == 32
