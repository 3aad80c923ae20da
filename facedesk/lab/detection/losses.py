"""The detector's loss: quality-aware score, EIoU boxes, scale-free landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts, and the focal exponent for background cells."""

    score: float = 1.0
    box: float = 2.0
    landmarks: float = 10.0
    focal_gamma: float = 2.0
    background: float = 2.5


def boxes_of(raw: Tensor, points: Tensor, strides: Tensor) -> Tensor:
    """Box outputs (..., 4) to pixels (x1, y1, x2, y2), as `facedesk.vision.yunet.decode` does."""
    centre = raw[..., :2] * strides[..., None] + points
    half = raw[..., 2:].clamp(max=8).exp() * strides[..., None] / 2
    return torch.cat((centre - half, centre + half), dim=-1)


def iou_and_eiou(predicted: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """IoU, and the EIoU loss of Zhang et al. (arXiv:2101.08158), equation 8: one minus IoU plus
    the distances of centres, widths and heights over the sides of the enclosing box."""
    shared = (
        torch.minimum(predicted[:, 2:], wanted[:, 2:])
        - torch.maximum(predicted[:, :2], wanted[:, :2])
    ).clamp(min=0)
    overlap = shared.prod(dim=1)
    sides, wanted_sides = predicted[:, 2:] - predicted[:, :2], wanted[:, 2:] - wanted[:, :2]
    union = sides.prod(dim=1) + wanted_sides.prod(dim=1) - overlap
    iou = overlap / (union + _EPSILON)
    around = torch.maximum(predicted[:, 2:], wanted[:, 2:]) - torch.minimum(
        predicted[:, :2], wanted[:, :2]
    )
    centres = (predicted[:, :2] + predicted[:, 2:] - wanted[:, :2] - wanted[:, 2:]) / 2
    diagonal = around.square().sum(dim=1) + _EPSILON
    apart = centres.square().sum(dim=1) / diagonal
    sizes = ((sides - wanted_sides).square() / (around.square() + _EPSILON)).sum(dim=1)
    return iou, 1 - iou + apart + sizes


@dataclass(frozen=True, slots=True)
class Parts:
    """The loss and its parts, for the log."""

    total: Tensor
    score: float
    box: float
    landmarks: float
    iou: float


def detection_loss(
    outputs: list[Tensor],
    points: Tensor,
    strides: Tensor,
    state: Tensor,
    boxes: Tensor,
    landmarks: Tensor,
    weights: Weights,
) -> Parts:
    """Loss of maps (n, 15, h, w) against targets (n, cells, ...) of `targets.assign`.

    The score of a face cell should be the root of the IoU its own box reaches (the quality target
    of VarifocalNet, arXiv:2008.13367; the root, because a box of 16 px cannot reach the IoU of one
    of 160 and the face is as sure), of a background cell 0, there with focal weight p^gamma.
    Landmarks: smooth L1 on the error over the face's longer side, so that a face of 16 px counts
    as much as one of 200 px; nearly L1, as Wing loss (Feng et al., arXiv:1711.06753) recommends.
    """
    flat = torch.cat([out.flatten(2).transpose(1, 2) for out in outputs], dim=1).float()
    is_face = state == 1
    number = is_face.sum().clamp(min=1)
    raw = flat[is_face]
    cell_points = points.expand(len(flat), -1, -1)[is_face]
    cell_strides = strides.expand(len(flat), -1)[is_face]
    wanted = boxes[is_face]
    iou, eiou = iou_and_eiou(boxes_of(raw[:, 1:5], cell_points, cell_strides), wanted)
    logits = flat[..., 0]
    target = torch.zeros_like(logits)
    target[is_face] = iou.detach().clamp(0, 1).sqrt()
    probability = torch.sigmoid(logits.detach())
    weight = torch.where(
        is_face,
        torch.ones_like(logits),
        weights.background * probability.pow(weights.focal_gamma),
    )
    weight = torch.where(state < 0, torch.zeros_like(weight), weight)
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    score = (entropy * weight).sum() / number
    longest = (wanted[:, 2:] - wanted[:, :2]).amax(dim=1)
    seen = raw[:, 5:] * cell_strides[:, None] + cell_points.repeat(1, 5)
    error = (seen - landmarks[is_face]) / longest[:, None]
    # A sum over the number and not a mean: a batch without a face has none, and no NaN either.
    points_loss = functional.smooth_l1_loss(
        error, torch.zeros_like(error), beta=0.01, reduction="sum"
    ) / (number * error.shape[1])
    box = eiou.sum() / number
    total = weights.score * score + weights.box * box + weights.landmarks * points_loss
    return Parts(
        total,
        float(score.detach()),
        float(box.detach()),
        float(points_loss.detach()),
        float(iou.detach().sum() / number),
    )
