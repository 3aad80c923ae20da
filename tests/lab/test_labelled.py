"""Every loss of the table trains, and evaluation-oriented distillation does what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from facedesk.lab.labelled import Budget, LabelledFaces, losses, small_run
from facedesk.lab.loss_table import as_table, keep, kept, write_page
from facedesk.lab.losses.ekd import evaluation_oriented_distillation

TINY = Budget(steps=2, people=3, pictures=2, size_px=32, stem=8)


def faces(seed: int) -> LabelledFaces:
    random = np.random.default_rng(seed)
    teacher = random.normal(size=(12, 8)).astype(np.float32)
    return LabelledFaces(
        random.integers(0, 256, (12, 128, 128, 3), dtype=np.uint8),
        np.repeat([3, 5, 9, 11], 3),
        teacher / np.linalg.norm(teacher, axis=1, keepdims=True),
    )


@pytest.mark.parametrize("name", losses(8, 4))
def test_each_loss_runs_and_reports(name: str) -> None:
    run = small_run(name, faces(0), faces(1), TINY)
    assert run.loss == name
    assert all(0 <= share <= 1 for share in run.tpr.values())
    assert 0 <= run.auc <= 1
    assert name in as_table([run])


def test_a_finished_run_is_kept_for_its_own_budget_alone(tmp_path: Path) -> None:
    run = small_run("softmax", faces(0), faces(1), TINY)
    keep(run, TINY, tmp_path)
    assert kept(tmp_path, TINY) == {"softmax": run}
    assert kept(tmp_path, replace(TINY, steps=3)) == {}
    write_page([run], TINY, tmp_path / "losses.html")
    assert "<polyline" in (tmp_path / "losses.html").read_text("utf-8")


def vectors(*angles_deg: float) -> torch.Tensor:
    angles = torch.deg2rad(torch.tensor(angles_deg, dtype=torch.float64))
    return torch.stack([torch.cos(angles), torch.sin(angles)], dim=1)


LABELS = torch.tensor([0, 0, 1, 1])


def test_a_student_that_decides_as_its_teacher_costs_nothing() -> None:
    teacher = vectors(0, 10, 90, 100)
    student = vectors(0, 14, 95, 102)
    assert float(evaluation_oriented_distillation(student, teacher, LABELS, (0.1,))) == 0


def test_a_refused_pair_that_the_teacher_accepts_is_drawn_together() -> None:
    teacher = vectors(0, 10, 90, 100)
    student = vectors(0, 80, 90, 100).requires_grad_(True)
    loss = evaluation_oriented_distillation(student, teacher, LABELS, (0.1,))
    # By hand: negatives of the student lie at 90, 100, 10 and 20 degrees, of the teacher at 90,
    # 100, 80 and 90; the pair (0, 80) is refused by the student and accepted by the teacher.
    ours = np.cos(np.deg2rad([90, 100, 10, 20]))
    theirs = np.cos(np.deg2rad([90, 100, 80, 90]))
    own, target = np.quantile(ours, 0.9), np.quantile(theirs, 0.9)

    def soft(cosine: float, threshold: float) -> float:
        return float(1 / (1 + np.exp(-20 * (cosine - threshold))))

    wanted = soft(np.cos(np.deg2rad(10)), target) - soft(np.cos(np.deg2rad(80)), own)
    assert float(loss.detach()) == pytest.approx(wanted, rel=1e-6)
    loss.backward()
    step = (student - 0.01 * student.grad).detach()
    assert float(evaluation_oriented_distillation(step, teacher, LABELS, (0.1,))) < float(
        loss.detach()
    )


def test_a_batch_without_pairs_costs_nothing() -> None:
    student = vectors(0, 80, 90, 100)
    assert float(evaluation_oriented_distillation(student, student, torch.arange(4))) == 0
