"""The training loop: one process, or several by torchrun, with exact resume.

Every random choice is a function of the seed and the position in the stream of samples, so a
checkpoint needs no generator state: after a resume come the samples that would have come.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from facedesk.lab.augment import PLAIN, view
from facedesk.lab.losses.distillation import cosine_distillation, relational_distillation
from facedesk.lab.muon import Muon, is_matrix
from facedesk.lab.networks.mobilefacenet import MobileFaceNet
from facedesk.lab.recipe import Recipe, recipe_record
from facedesk.lab.schedule import EarlyStop, learning_rate

BANK_STREAM = 2**40
REPORT_EVERY = 50


@dataclass(frozen=True, slots=True)
class Report:
    """How a run stands: means over the last steps; ``remaining_s`` at the pace so far."""

    step: int
    samples: int
    progress: float
    size_px: int
    cosine: float
    relational: float
    learning_rate: float
    spent_s: float
    remaining_s: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is taught: ``images`` (n, 128, 128, 3) uint8 BGR, ``teacher`` (n, d) float32 unit."""

    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    teacher: NDArray[np.float32]


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """(n, H, W, 3) uint8 BGR -> (n, 3, H, W) float32 RGB, (x - 127.5) / 127.5, channels last."""
    rgb = torch.from_numpy(np.ascontiguousarray(images[..., ::-1]))
    return rgb.permute(0, 3, 1, 2).float().sub_(127.5).div_(127.5)


class Ranks:
    """Who else trains: alone unless torchrun started this process."""

    def __init__(self) -> None:
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.own = int(os.environ.get("RANK", "0"))
        if self.count > 1 and not distributed.is_initialized():
            distributed.init_process_group("gloo")

    def agree(self, value: float) -> float:
        """Rank 0's value, on every rank: clocks differ, schedules must not."""
        if self.count == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64)
        distributed.broadcast(shared, 0)
        return float(shared)


def make_optimisers(network: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """AdamW for all, or Muon for the matrices and AdamW for the rest, as the recipe says."""
    parameters = list(network.parameters())
    matrices = [p for p in parameters if recipe.optimiser == "muon" and is_matrix(p)]
    others = [p for p in parameters if not any(p is matrix for matrix in matrices)]
    adamw = torch.optim.AdamW(
        [
            {"params": [p for p in others if p.ndim > 1], "weight_decay": recipe.weight_decay},
            {"params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=recipe.learning_rate,
    )
    if not matrices:
        return [adamw]
    return [adamw, Muon(matrices, recipe.learning_rate, recipe.weight_decay)]


class Training:
    """State of one run: network, optimisers, averaged weights, position."""

    def __init__(
        self,
        recipe: Recipe,
        lesson: Lesson,
        folder: Path,
        validation: Lesson | None = None,
        tell: Callable[[Report], None] = lambda report: None,
    ) -> None:
        """``validation``: faces that are not in ``lesson``, for recipes that validate; ``tell``
        hears of every 50th step and every validation, in rank 0 alone."""
        if recipe.validate_every and validation is None:
            raise ValueError("the recipe validates: give faces for it")
        self.recipe = recipe
        self.lesson = lesson
        self.validation = validation
        self.tell = tell
        self.early_stop = EarlyStop(recipe.patience)
        self.folder = folder
        self.ranks = Ranks()
        torch.manual_seed(recipe.seed)
        self.network = MobileFaceNet(recipe.dimension, recipe.stem)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = choose_device(recipe.device)
        self.network.to(self.device)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.trained: nn.Module = self.network
        if self.ranks.count > 1:
            self.trained = DistributedDataParallel(self.network)
        self.optimisers = make_optimisers(self.network, recipe)
        self.step = 0
        self.position = 0
        self.progress = 0.0
        self.spent_s = 0.0
        self._stop_wanted = False
        self._loaders = ThreadPoolExecutor(recipe.loaders) if recipe.loaders else None
        self._order: tuple[int, NDArray[np.int64]] | None = None

    def checkpoint(self) -> None:
        """Write the whole state; the file appears in one piece or not at all."""
        if self.ranks.own != 0:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / "checkpoint.partial"
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average,
                "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
                "step": self.step,
                "position": self.position,
                "progress": self.progress,
                "spent_s": self.spent_s,
                "best_validation": self.early_stop.best,
                "checks_without_gain": self.early_stop.checks_without_gain,
                "recipe": json.dumps(recipe_record(self.recipe)),
            },
            partial,
        )
        partial.rename(self.folder / "checkpoint.pt")

    def resume(self) -> bool:
        """Load the folder's checkpoint where there is one; True if there was."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True, map_location=self.device)
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        for optimiser, kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        self.step = state["step"]
        self.position = state["position"]
        self.progress = state["progress"]
        self.spent_s = state["spent_s"]
        # Runs begun before there was validation go on without its history.
        self.early_stop.best = state.get("best_validation", self.early_stop.best)
        self.early_stop.checks_without_gain = state.get("checks_without_gain", 0)
        return True

    def restart_at(self, progress: float) -> None:
        """Go back to this place of the schedule with the weights learned so far.

        A run that is over can so be continued: the learning rate and the picture size are those of
        ``progress``; with a recipe of steps the count is set to match.
        """
        if not 0 <= progress < 1:
            raise ValueError(f"a run restarts between 0 and 1, not at {progress}")
        self.progress = progress
        if self.recipe.steps:
            self.step = round(progress * self.recipe.steps)

    def run(self, until_s: float | None = None, stop_at_step: int | None = None) -> None:
        """Train to the end: ``recipe.steps``, or the time ``until_s`` (seconds since the epoch).

        Progress is linear in steps, or linear in time from where the checkpoint stands to the
        deadline. ``stop_at_step`` ends early as a kill would, but with a checkpoint.
        """
        recipe = self.recipe
        if not recipe.steps and until_s is None:
            raise ValueError("the recipe has no steps: give a deadline")
        self.trained.train()
        begun_s = saved_s = time.time()
        first_progress, first_spent_s = self.progress, self.spent_s
        window: list[tuple[float, float]] = []
        stopped = False
        while self.progress < 1 and self.step != stop_at_step and not stopped:
            window.append(self._one_step())
            now_s = self.ranks.agree(time.time())
            self.spent_s = first_spent_s + now_s - begun_s
            if recipe.steps:
                self.progress = self.step / recipe.steps
            else:
                assert until_s is not None
                share = (now_s - begun_s) / max(until_s - begun_s, 1e-9)
                self.progress = first_progress + (1 - first_progress) * min(share, 1.0)
            if self.step % REPORT_EVERY == 0:
                self._report(window, now_s - begun_s, first_progress)
                window = []
            stopped = bool(self.ranks.agree(float(self._stop_wanted)))
            if recipe.validate_every and self.step % recipe.validate_every == 0:
                stopped = self._validate() or stopped
            if now_s - saved_s > recipe.checkpoint_s:
                self.checkpoint()
                saved_s = now_s
        self.checkpoint()

    def request_stop(self) -> None:
        """End after the current step, with a checkpoint; safe to call from a signal handler."""
        self._stop_wanted = True

    def averaged_network(self) -> MobileFaceNet:
        """A copy with the averaged weights, ready to embed."""
        network = MobileFaceNet(self.recipe.dimension, self.recipe.stem)
        network.load_state_dict(self.average)
        return network.eval()

    def _one_step(self) -> tuple[float, float]:
        recipe = self.recipe
        size_px = recipe.size_px(self.progress)
        images, teacher = self._batch(size_px)
        rate = learning_rate(recipe, self.step, self.progress)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
        half = size_px >= recipe.bfloat16_from_px
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            student = self.trained(to_input(images).to(self.device))
        student = student.float()
        cosine_loss = cosine_distillation(student, teacher)
        loss = recipe.cosine_weight * cosine_loss
        relational = 0.0
        if recipe.relational_weight:
            bank = torch.cat([teacher, self._bank()])
            relation = relational_distillation(student, teacher, bank, recipe.relational_scale)
            loss = loss + recipe.relational_weight * relation
            relational = float(relation.detach())
        self.network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self.position += recipe.batch
        self._average()
        return float(cosine_loss.detach()), relational

    def _batch(self, size_px: int) -> tuple[NDArray[np.uint8], Tensor]:
        recipe = self.recipe
        share = recipe.batch // self.ranks.count
        start = self.position + self.ranks.own * share
        images = np.empty((share, size_px, size_px, 3), np.uint8)
        chosen = np.empty(share, np.int64)
        for k in range(share):
            chosen[k] = self._sample(start + k)

        def fill(k: int) -> None:
            random = np.random.default_rng([recipe.seed, start + k])
            crop = self.lesson.images[self.lesson.rows[chosen[k]]]
            images[k] = view(crop, size_px, recipe.augmentation, random)

        if self._loaders is None:
            for k in range(share):
                fill(k)
        else:
            # OpenCV lets go of the interpreter while it works, so threads are enough.
            list(self._loaders.map(fill, range(share)))
        return images, torch.from_numpy(self.lesson.teacher[chosen]).to(self.device)

    def _sample(self, position: int) -> int:
        """Which sample stands at this position: every epoch is a permutation of its own."""
        epoch, place = divmod(position, len(self.lesson.rows))
        if self._order is None or self._order[0] != epoch:
            random = np.random.default_rng([self.recipe.seed, BANK_STREAM + epoch])
            self._order = epoch, random.permutation(len(self.lesson.rows))
        return int(self._order[1][place])

    def _bank(self) -> Tensor:
        random = np.random.default_rng([self.recipe.seed, 2 * BANK_STREAM + self.position])
        chosen = random.integers(0, len(self.lesson.teacher), self.recipe.bank)
        return torch.from_numpy(self.lesson.teacher[chosen]).to(self.device)

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.recipe.ema_decay, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, 1 - decay)
            else:
                self.average[name].copy_(value)

    def _validate(self) -> bool:
        """Judge the averaged weights; the best so far are kept in `best.pt`. True: stop here."""
        score = 0.0
        if self.ranks.own == 0:
            assert self.validation is not None
            network = self.averaged_network().to(self.device)
            score = agreement(network, self.validation, self.recipe.size_px(self.progress))
            if score > self.early_stop.best:
                partial = self.folder / "best.partial"
                self.folder.mkdir(parents=True, exist_ok=True)
                torch.save({"average": self.average, "validation": score}, partial)
                partial.rename(self.folder / "best.pt")
        score = self.ranks.agree(score)
        stop = self.early_stop.observe(score)
        self._log({"step": self.step, "samples": self.position, "validation": round(score, 4)})
        return stop

    def _report(
        self, window: list[tuple[float, float]], spent_s: float, first_progress: float
    ) -> None:
        cosine_loss, relational = np.mean(window, axis=0)
        gained = self.progress - first_progress
        report = Report(
            step=self.step,
            samples=self.position,
            progress=round(self.progress, 4),
            size_px=self.recipe.size_px(self.progress),
            cosine=round(1 - float(cosine_loss), 4),
            relational=round(float(relational), 4),
            learning_rate=round(learning_rate(self.recipe, self.step, self.progress), 6),
            spent_s=round(self.spent_s, 1),
            remaining_s=round(spent_s * (1 - self.progress) / max(gained, 1e-9), 1),
        )
        self._log(asdict(report))
        if self.ranks.own == 0:
            self.tell(report)

    def _log(self, line: dict[str, float]) -> None:
        if self.ranks.own != 0:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


def agreement(network: nn.Module, faces: Lesson, size_px: int) -> float:
    """Mean cosine of a network's vectors of plain crops with the teacher's."""
    device = next(network.parameters()).device
    random = np.random.default_rng(0)  # a plain view draws nothing from it
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(faces.rows), 32):
            rows = faces.rows[start : start + 32]
            images = np.stack([view(faces.images[row], size_px, PLAIN, random) for row in rows])
            vectors = unit(network(to_input(images).to(device))).cpu().numpy()
            total += float((vectors * faces.teacher[start : start + 32]).sum())
    return total / len(faces.rows)


def prepare_process() -> None:
    """One thread for each library: two OpenMP threads collapse when anybody else wants a core."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def choose_device(wanted: str) -> torch.device:
    """The device a recipe names; ``auto`` is a CUDA GPU where there is one, else the CPU."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def unit(vectors: Tensor) -> Tensor:
    """Rows scaled to unit length."""
    return functional.normalize(vectors)
