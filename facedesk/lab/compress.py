"""Fewer numbers a face: the embedding's main directions, folded into its last layer.

The directions in which training faces differ least carry little of who somebody is and much of the
camera; a gallery without them is smaller as well. Source: principal components, as in H. Jegou and
O. Chum, "Negative evidences and co-occurrences in image retrieval: the benefit of PCA and
whitening", 2012 (here without whitening and without moving the origin, so that cosines stay).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from facedesk.lab.networks.mobilefacenet import MobileFaceNet


def main_directions(vectors: NDArray[np.float32], dimension: int) -> NDArray[np.float64]:
    """(n, d) unit vectors -> (dimension, d): orthonormal rows, largest mean square first.

    Raises:
        ValueError: there are not that many directions.
    """
    if not 0 < dimension <= vectors.shape[1]:
        raise ValueError(f"{vectors.shape[1]} numbers have no {dimension} directions")
    whole = vectors.astype(np.float64)
    _, directions = np.linalg.eigh(whole.T @ whole / len(whole))
    return directions[:, ::-1][:, :dimension].T.copy()


def compressed(network: MobileFaceNet, directions: NDArray[np.float64]) -> MobileFaceNet:
    """The same network with ``directions`` (k, d) applied to its embedding: k numbers a face."""
    stem = network.features[0][0].out_channels  # type: ignore[index]
    small = MobileFaceNet(len(directions), int(stem)).eval()
    small.features, small.pool = network.features, network.pool
    old = network.normalisation
    rows = torch.from_numpy(directions)
    with torch.no_grad():
        scale = old.weight.double() / (old.running_var.double() + old.eps).sqrt()  # type: ignore[union-attr]
        shift = old.bias.double() - scale * old.running_mean.double()  # type: ignore[union-attr]
        small.embed.weight.copy_(rows @ (scale[:, None] * network.embed.weight.double()))
        new = small.normalisation
        new.weight.fill_((1 + new.eps) ** 0.5)
        new.bias.copy_(rows @ shift)
    return small
