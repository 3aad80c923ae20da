"""Every loss against its formula, re-derived in float64 numpy, and its gradient against numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from facedesk.lab.losses import distillation, triplet
from facedesk.lab.losses.arcface import ArcFace
from facedesk.lab.losses.cosface import CosFace
from facedesk.lab.losses.dam_softmax import DamSoftmax, margin_curve
from facedesk.lab.losses.softmax import CosineSoftmax, Softmax
from facedesk.lab.losses.sphereface import SphereFace

COUNT, DIMENSION, CLASSES, SCALE = 6, 5, 4, 8.0
LABELS = np.array([0, 1, 2, 3, 0, 1])
Margin = Callable[[float], float]


def arc(theta: float) -> float:
    return math.cos(theta + 0.5) if theta + 0.5 < math.pi else math.cos(theta) - 0.5 * math.sin(0.5)


def sphere(theta: float) -> float:
    for k in range(3):
        if k * math.pi / 3 <= theta <= (k + 1) * math.pi / 3:
            psi = (-1) ** k * math.cos(3 * theta) - 2 * k
            return (2.0 * math.cos(theta) + psi) / 3.0
    raise AssertionError(theta)


HEADS: dict[str, tuple[CosineSoftmax, Margin]] = {
    "cosine softmax": (CosineSoftmax(DIMENSION, CLASSES, SCALE), math.cos),
    "ArcFace": (ArcFace(DIMENSION, CLASSES, SCALE, margin_rad=0.5), arc),
    "CosFace": (
        CosFace(DIMENSION, CLASSES, SCALE, margin_cosine=0.35),
        lambda theta: math.cos(theta) - 0.35,
    ),
    "SphereFace": (
        SphereFace(DIMENSION, CLASSES, SCALE, margin_multiple=3, softening=2.0),
        sphere,
    ),
    "DAM-Softmax": (
        DamSoftmax(DIMENSION, CLASSES, SCALE, margin_cosine=0.2, damping=1.5),
        lambda theta: math.cos(theta) - 0.2 * math.exp(1 - math.cos(theta)) / 1.5,
    ),
}


def prepared(loss: CosineSoftmax, seed: int) -> tuple[CosineSoftmax, Tensor]:
    random = np.random.default_rng(seed)
    loss = loss.double()
    with torch.no_grad():
        loss.weight.copy_(torch.from_numpy(random.normal(size=(CLASSES, DIMENSION))))
    embeddings = random.normal(size=(COUNT, DIMENSION))
    # One sample lies opposite to its class, where margins pass 180 degrees.
    embeddings[0] = -loss.weight[0].detach().numpy() + 0.05 * random.normal(size=DIMENSION)
    return loss, torch.from_numpy(embeddings)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_margin_losses_equal_their_formula(name: str, seed: int) -> None:
    loss, margin = HEADS[name]
    loss, embeddings = prepared(loss, seed)
    weight = loss.weight.detach().numpy()
    total = 0.0
    for vector, label in zip(embeddings.numpy(), LABELS, strict=True):
        cosines = weight @ vector / np.linalg.norm(weight, axis=1) / np.linalg.norm(vector)
        logits = SCALE * cosines
        logits[label] = SCALE * margin(math.acos(cosines[label]))
        total += math.log(np.exp(logits).sum()) - logits[label]
    found = loss(embeddings, torch.from_numpy(LABELS))
    assert float(found.detach()) == pytest.approx(total / COUNT, rel=1e-9)


@pytest.mark.parametrize("name", HEADS)
def test_gradients_of_margin_losses(name: str) -> None:
    loss, embeddings = prepared(HEADS[name][0], 5)
    embeddings.requires_grad_(True)
    assert torch.autograd.gradcheck(
        lambda vectors: loss(vectors, torch.from_numpy(LABELS)), (embeddings,)
    )


@pytest.mark.parametrize(
    "without_margin",
    [
        ArcFace(DIMENSION, CLASSES, SCALE, margin_rad=0.0),
        CosFace(DIMENSION, CLASSES, SCALE, margin_cosine=0.0),
        SphereFace(DIMENSION, CLASSES, SCALE, margin_multiple=1),
        DamSoftmax(DIMENSION, CLASSES, SCALE, margin_cosine=0.0),
    ],
)
def test_without_a_margin_they_are_the_normalised_softmax(without_margin: CosineSoftmax) -> None:
    loss, embeddings = prepared(without_margin, 3)
    plain, _ = prepared(CosineSoftmax(DIMENSION, CLASSES, SCALE), 3)
    labels = torch.from_numpy(LABELS)
    assert torch.equal(loss(embeddings, labels), plain(embeddings, labels))


def test_plain_softmax_is_cross_entropy_of_a_linear_layer() -> None:
    torch.manual_seed(0)
    loss = Softmax(DIMENSION, CLASSES).double()
    embeddings = torch.randn(COUNT, DIMENSION, dtype=torch.float64)
    logits = embeddings @ loss.weight.T + loss.bias
    wanted = nn.CrossEntropyLoss()(logits, torch.from_numpy(LABELS))
    assert float(loss(embeddings, torch.from_numpy(LABELS)).detach()) == pytest.approx(
        float(wanted.detach())
    )


def test_the_margin_of_dam_softmax_grows_as_the_cosine_falls() -> None:
    curve = margin_curve([1.0, 0.5, 0.0, -1.0], margin_cosine=0.2, damping=2.0)
    assert curve == sorted(curve)
    assert curve[0] == pytest.approx(0.1)
    assert curve[2] == pytest.approx(0.1 * math.e)


def triplets() -> list[tuple[int, int, int]]:
    n = range(COUNT)
    return [
        (a, p, q)
        for a in n
        for p in n
        for q in n
        if a != p and LABELS[a] == LABELS[p] and LABELS[a] != LABELS[q]
    ]


def unit_vectors(seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(COUNT, DIMENSION))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def squared(vectors: np.ndarray, i: int, j: int) -> float:
    return float(((vectors[i] - vectors[j]) ** 2).sum())


def test_batch_all_is_the_mean_over_costly_triplets() -> None:
    v = unit_vectors()
    costs = [squared(v, a, p) - squared(v, a, q) + 0.4 for a, p, q in triplets()]
    wanted = np.mean([cost for cost in costs if cost > 0])
    found = triplet.batch_all(torch.from_numpy(v), torch.from_numpy(LABELS), 0.4)
    assert float(found.detach()) == pytest.approx(wanted)


def test_batch_hard_takes_the_farthest_positive_and_nearest_negative() -> None:
    v = unit_vectors()
    costs = []
    for a in {a for a, _, _ in triplets()}:
        far = max(squared(v, a, p) for b, p, _ in triplets() if b == a)
        near = min(squared(v, a, q) for b, _, q in triplets() if b == a)
        costs.append(max(0.0, far - near + 0.4))
    found = triplet.batch_hard(torch.from_numpy(v), torch.from_numpy(LABELS), 0.4)
    assert float(found.detach()) == pytest.approx(np.mean(costs))


def test_semi_hard_takes_the_nearest_negative_beyond_the_positive() -> None:
    v = unit_vectors(4)
    costs = []
    for a, p in {(a, p) for a, p, _ in triplets()}:
        negatives = [squared(v, a, q) for b, c, q in triplets() if (b, c) == (a, p)]
        farther = [d for d in negatives if d > squared(v, a, p)]
        chosen = min(farther) if farther else max(negatives)
        costs.append(max(0.0, squared(v, a, p) - chosen + 0.4))
    found = triplet.semi_hard(torch.from_numpy(v), torch.from_numpy(LABELS), 0.4)
    assert float(found.detach()) == pytest.approx(np.mean(costs))


def test_offline_triplets_are_taken_as_given() -> None:
    v = torch.from_numpy(unit_vectors())
    cost = squared(v.numpy(), 0, 4) - squared(v.numpy(), 0, 1) + 0.4
    assert float(triplet.offline_triplet(v[:1], v[4:5], v[1:2], 0.4)) == pytest.approx(
        max(cost, 0.0)
    )


@pytest.mark.parametrize("loss", [triplet.batch_all, triplet.batch_hard, triplet.semi_hard])
def test_gradients_of_triplet_losses_and_batches_without_a_pair(
    loss: Callable[[Tensor, Tensor, float], Tensor],
) -> None:
    embeddings = torch.from_numpy(unit_vectors() * 2).requires_grad_(True)
    labels = torch.from_numpy(LABELS)
    assert torch.autograd.gradcheck(lambda vectors: loss(vectors, labels, 0.4), (embeddings,))
    alone = loss(embeddings, torch.arange(COUNT), 0.4)
    alone.backward()
    assert float(alone.detach()) == 0


def test_distillation_by_cosine_and_by_distance() -> None:
    student, teacher = unit_vectors(1) * 3, unit_vectors(2)
    cosine = np.mean([s @ t / np.linalg.norm(s) for s, t in zip(student, teacher, strict=True)])
    s, t = torch.from_numpy(student), torch.from_numpy(teacher)
    assert float(distillation.cosine_distillation(s, t)) == pytest.approx(1 - cosine)
    distance = np.mean(((student - teacher) ** 2).sum(axis=1))
    assert float(distillation.euclidean_distillation(s, t)) == pytest.approx(distance)
    assert float(distillation.cosine_distillation(t * 7, t)) == pytest.approx(0, abs=1e-12)


def test_relational_distillation_is_the_divergence_of_two_views_of_a_bank() -> None:
    student, teacher, bank = unit_vectors(1), unit_vectors(2), unit_vectors(3)
    total = 0.0
    for s, t in zip(student, teacher, strict=True):
        p, q = np.exp(6 * bank @ t), np.exp(6 * bank @ s)
        p, q = p / p.sum(), q / q.sum()
        total += float((p * np.log(p / q)).sum())
    tensors = [torch.from_numpy(v) for v in (student, teacher, bank)]
    found = distillation.relational_distillation(*tensors, scale=6.0)
    assert float(found.detach()) == pytest.approx(total / COUNT)
    same = distillation.relational_distillation(tensors[1], tensors[1], tensors[2], scale=6.0)
    assert float(same) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["cosine", "euclidean", "relational"])
def test_gradients_of_distillation(name: str) -> None:
    student, teacher, bank = (torch.from_numpy(unit_vectors(k)) for k in range(3))
    student.requires_grad_(True)
    losses: dict[str, Callable[[Tensor], Tensor]] = {
        "cosine": lambda s: distillation.cosine_distillation(s, teacher),
        "euclidean": lambda s: distillation.euclidean_distillation(s, teacher),
        "relational": lambda s: distillation.relational_distillation(s, teacher, bank, 6.0),
    }
    assert torch.autograd.gradcheck(losses[name], (student,))
