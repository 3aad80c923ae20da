"""Small honest runs with labels: every loss on the same faces, network, batches and steps.

They say how the losses compare under one small budget, not how good a shipped model would be.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facedesk.lab.augment import PLAIN, Augmentation, view
from facedesk.lab.losses import distillation, triplet
from facedesk.lab.losses.arcface import ArcFace
from facedesk.lab.losses.cosface import CosFace
from facedesk.lab.losses.dam_softmax import DamSoftmax
from facedesk.lab.losses.ekd import evaluation_oriented_distillation
from facedesk.lab.losses.softmax import CosineSoftmax, Softmax
from facedesk.lab.losses.sphereface import SphereFace
from facedesk.lab.metrics import area_under_curve, tpr_at_far
from facedesk.lab.networks.mobilefacenet import MobileFaceNet
from facedesk.lab.sampling import class_batch
from facedesk.lab.train import to_input, unit

CURVE_FARS = tuple(float(far) for far in np.logspace(-4, 0, 41))


@dataclass(frozen=True, slots=True)
class LabelledFaces:
    """``images`` (n, 128, 128, 3) uint8 BGR, ``labels`` (n,) people, ``teacher`` (n, d) unit."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    teacher: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Budget:
    """What every run gets."""

    steps: int = 300
    people: int = 16
    pictures: int = 4
    size_px: int = 48
    stem: int = 16
    learning_rate: float = 2e-3
    seed: int = 1


@dataclass(frozen=True, slots=True)
class SmallRun:
    """What a loss reached on people it never saw; ``curve``: (FAR, TPR) at CURVE_FARS."""

    loss: str
    tpr: dict[float, float]
    auc: float
    seconds: float
    curve: tuple[tuple[float, float], ...]


# (embeddings, labels, teacher vectors) -> loss
BatchLoss = Callable[[Tensor, Tensor, Tensor], Tensor]


def losses(dimension: int, classes: int) -> dict[str, tuple[BatchLoss, nn.Module | None]]:
    """Every loss by name, with the module that holds its class weights."""
    heads: dict[str, nn.Module] = {
        "softmax": Softmax(dimension, classes),
        "normalised softmax": CosineSoftmax(dimension, classes),
        "A-Softmax, multiple 2": SphereFace(dimension, classes, margin_multiple=2),
        "AM-Softmax, 0.35": CosFace(dimension, classes, margin_cosine=0.35),
        "ArcFace, 0.5 rad": ArcFace(dimension, classes, margin_rad=0.5),
        "DAM-Softmax, 0.2": DamSoftmax(dimension, classes, margin_cosine=0.2),
    }
    table: dict[str, tuple[BatchLoss, nn.Module | None]] = {
        name: (_with_head(head), head) for name, head in heads.items()
    }
    table["triplet, random"] = (_random_triplets, None)
    table["triplet, batch-all"] = (lambda e, y, t: triplet.batch_all(e, y), None)
    table["triplet, batch-hard"] = (lambda e, y, t: triplet.batch_hard(e, y), None)
    table["triplet, semi-hard"] = (lambda e, y, t: triplet.semi_hard(e, y), None)
    table["distillation, cosine"] = (
        lambda e, y, t: distillation.cosine_distillation(e, t),
        None,
    )
    table["distillation, Euclidean"] = (
        lambda e, y, t: distillation.euclidean_distillation(unit(e), t),
        None,
    )
    table["distillation, relations"] = (
        lambda e, y, t: distillation.relational_distillation(e, t, t),
        None,
    )
    table["distillation, cosine + EKD"] = (
        lambda e, y, t: (
            distillation.cosine_distillation(e, t) + evaluation_oriented_distillation(e, t, y)
        ),
        None,
    )
    return table


def small_run(
    name: str, learn: LabelledFaces, check: LabelledFaces, budget: Budget = Budget()
) -> SmallRun:
    """Train one network from scratch with one loss, and judge it on other people."""
    torch.manual_seed(budget.seed)
    known, labels = np.unique(learn.labels, return_inverse=True)
    loss, head = losses(learn.teacher.shape[1], len(known))[name]
    network = MobileFaceNet(learn.teacher.shape[1], budget.stem)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    parameters = [*network.parameters(), *(head.parameters() if head is not None else ())]
    optimiser = torch.optim.AdamW(parameters, lr=budget.learning_rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=budget.learning_rate, total_steps=budget.steps
    )
    settings = Augmentation()
    begun_s = time.process_time()
    network.train()
    for step in range(budget.steps):
        rows = class_batch(labels, budget.people, budget.pictures, budget.seed, step)
        views = [
            view(learn.images[row], budget.size_px, settings, _random(budget.seed, step, k))
            for k, row in enumerate(rows)
        ]
        cost = loss(
            network(to_input(np.stack(views))),
            torch.from_numpy(labels[rows]),
            torch.from_numpy(learn.teacher[rows]),
        )
        optimiser.zero_grad()
        cost.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        schedule.step()
    seconds = time.process_time() - begun_s
    genuine, impostor = _scores(_embed(network, check.images, budget.size_px), check.labels)
    tpr = {far: tpr_at_far(genuine, impostor, far) for far in (1e-2, 1e-3, 1e-4)}
    curve = tuple((far, tpr_at_far(genuine, impostor, far)) for far in CURVE_FARS)
    return SmallRun(name, tpr, area_under_curve(genuine, impostor), seconds, curve)


def _with_head(head: nn.Module) -> BatchLoss:
    def loss(embeddings: Tensor, labels: Tensor, teacher: Tensor) -> Tensor:
        cost: Tensor = head(embeddings, labels)
        return cost

    return loss


def _random_triplets(embeddings: Tensor, labels: Tensor, teacher: Tensor) -> Tensor:
    """For every anchor the next picture of the person and one picture of the next person.

    A batch holds its people one after another in random order, so neighbours are random draws.
    """
    count = len(labels)
    pictures = int((labels == labels[0]).sum())
    place = torch.arange(count)
    positive = place // pictures * pictures + (place + 1) % pictures
    negative = (place + pictures) % count
    return triplet.offline_triplet(embeddings, embeddings[positive], embeddings[negative])


def _embed(network: MobileFaceNet, images: NDArray[np.uint8], size_px: int) -> NDArray[np.float32]:
    network.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(images), 64):
            plain = [
                view(image, size_px, PLAIN, np.random.default_rng(0))
                for image in images[start : start + 64]
            ]
            parts.append(unit(network(to_input(np.stack(plain)))).numpy())
    vectors: NDArray[np.float32] = np.concatenate(parts)
    return vectors


def _scores(
    vectors: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    scores = vectors @ vectors.T
    upper = np.triu_indices(len(scores), 1)
    same = labels[upper[0]] == labels[upper[1]]
    return scores[upper][same], scores[upper][~same]


def _random(seed: int, step: int, place: int) -> np.random.Generator:
    return np.random.default_rng([seed, step, place])
