"""Muon: momentum whose singular values are made equal, for weights that are matrices.

Source: K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024 (the
iteration and its coefficients); J. Liu et al., "Muon is Scalable for LLM Training", 2025,
arXiv:2502.16982, eq. 4 (the scale that lets it share AdamW's learning rate and weight decay).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_ITERATIONS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ADAMW_RMS = 0.2  # root mean square of a typical update of AdamW, before the learning rate


class Muon(torch.optim.Optimizer):
    """For linear layers and 1x1 convolutions, which are most of a MobileNet.

    Other weights (depthwise, biases, normalisation) have no matrix: leave them to AdamW.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(list(parameters), defaults)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update of every parameter that has a gradient. Raises ValueError on a closure."""
        if closure is not None:
            raise ValueError("Muon takes no closure")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                gradient = parameter.grad.reshape(parameter.shape[0], -1)
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(gradient)
                average = state["momentum"].lerp_(gradient, 1 - group["momentum"])
                ahead = gradient.lerp(average, group["momentum"])  # Nesterov's look ahead
                scale = _ADAMW_RMS * max(ahead.shape) ** 0.5
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                # In bfloat16 as in the source: the values need not be exact; half the time.
                update = orthogonalised(ahead.bfloat16()).to(parameter.dtype)
                parameter.add_(update.reshape(parameter.shape), alpha=-group["lr"] * scale)


def is_matrix(parameter: Tensor) -> bool:
    """Whether the weight mixes channels at one place: Muon's kind."""
    return (
        parameter.ndim >= 2
        and parameter.shape[2:].numel() == 1
        and min(parameter.shape[0], parameter.shape[1]) > 1
    )


def orthogonalised(matrix: Tensor) -> Tensor:
    """(m, n) -> (m, n) with the same singular vectors and all singular values near 1.

    Newton-Schulz: five steps of a polynomial that draws them to between about 0.7 and 1.2.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    a, b, c = _COEFFICIENTS
    value: Tensor = wide / (wide.norm() + 1e-7)
    for _ in range(_ITERATIONS):
        gram = value @ value.T
        value = a * value + (b * gram + c * gram @ gram) @ value
    return value if wide is matrix else value.T
