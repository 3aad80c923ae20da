"""Evaluation-oriented distillation: teach where TPR at chosen false positive rates is decided."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

FPRS = (0.1, 0.01, 0.001)


def evaluation_oriented_distillation(
    student: Tensor,
    teacher: Tensor,
    labels: Tensor,
    fprs: Sequence[float] = FPRS,
    sharpness: float = 20.0,
) -> Tensor:
    """Difference of the two models' soft acceptances, over pairs that they decide differently.

    Every pair of the batch is a comparison. For each false positive rate both models get their own
    threshold from their own negatives. A positive pair is critical there when the teacher accepts
    what the student refuses or the other way round; for critical pairs the acceptances
    ``sigmoid(sharpness (s - threshold))`` are drawn together. Pairs on which both agree cost
    nothing: that is what leaves a small student room.

    Source: Huang et al. 2022, "Evaluation-oriented Knowledge Distillation for Deep Face
    Recognition", sections 3.2 and 3.3. The paper ranks similarities over a queue; here the
    negatives are those of the batch, and its indicator is the sigmoid above.
    """
    upper = torch.triu_indices(len(labels), len(labels), 1)
    same = labels[upper[0]] == labels[upper[1]]
    seen = _cosines(student)[upper[0], upper[1]]
    wanted = _cosines(teacher)[upper[0], upper[1]].detach()
    if not same.any() or same.all():
        return seen.sum() * 0
    total = seen.sum() * 0
    for fpr in fprs:
        # The threshold moves with the student's negatives, which are thereby pushed down.
        threshold = torch.quantile(seen[~same], 1 - fpr)
        target = torch.quantile(wanted[~same], 1 - fpr)
        ours = torch.sigmoid(sharpness * (seen[same] - threshold))
        theirs = torch.sigmoid(sharpness * (wanted[same] - target))
        critical = (seen[same] >= threshold) != (wanted[same] >= target)
        total = total + ((ours - theirs).abs() * critical).sum() / critical.sum().clamp_min(1)
    return total / len(fprs)


def _cosines(vectors: Tensor) -> Tensor:
    unit = functional.normalize(vectors)
    return unit @ unit.T
