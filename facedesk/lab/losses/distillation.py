"""Distillation from a teacher's vectors: by cosine, by Euclidean distance, and by relations."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def cosine_distillation(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean of ``1 - cos(student_i, teacher_i)``; inputs (n, d), of any length."""
    return (1 - functional.cosine_similarity(student, teacher)).mean()


def euclidean_distillation(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean squared Euclidean distance of the vectors as they are (n, d): it also teaches length."""
    return ((student - teacher) ** 2).sum(dim=1).mean()


def relational_distillation(
    student: Tensor, teacher: Tensor, bank: Tensor, scale: float = 24.0
) -> Tensor:
    """Kullback-Leibler divergence of whom a face resembles, as the student and the teacher see it.

    Each compares its vector of sample i with the same ``bank`` (m, d) of teacher vectors; a softmax
    of ``scale`` times the cosines makes a distribution of each. Where the bank holds sample i
    itself this is a softmax classification of faces, with the teacher's own doubts as soft labels
    (two pictures of one person in the bank do not repel each other).

    Source: the form of Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", section
    2, over similarities instead of logits, as in Fang et al. 2021, "SEED", equation 3.
    """
    wanted = functional.softmax(scale * functional.normalize(teacher) @ bank.T, dim=1)
    seen = functional.log_softmax(scale * functional.normalize(student) @ bank.T, dim=1)
    return functional.kl_div(seen, wanted, reduction="batchmean")
