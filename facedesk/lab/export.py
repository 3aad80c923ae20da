"""A trained network becomes an ONNX file: batch normalisation folded, unit vectors out, checked.

The network is traced with ``torch.fx`` and written node by node, so nothing but torch is needed and
the file holds exactly the operators listed in ``_Writer``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn
from torch.nn import functional

from facedesk.lab.networks.mobilefacenet import GlobalDepthwiseConvolution
from facedesk.lab.onnx_file import Graph

PARITY_COSINE = 0.9999
STRIDE = 16  # of the features that the global convolution sees


@dataclass(frozen=True, slots=True)
class Parity:
    """Torch against ONNX on the same pictures."""

    lowest_cosine: float
    largest_difference: float
    pictures: int

    @property
    def passed(self) -> bool:
        return self.lowest_cosine > PARITY_COSINE


class _Tracer(fx.Tracer):
    def is_leaf_module(self, module: nn.Module, qualified_name: str) -> bool:
        return isinstance(module, GlobalDepthwiseConvolution) or super().is_leaf_module(
            module, qualified_name
        )


def onnx_bytes(network: nn.Module, size_px: int, dimension: int, name: str) -> bytes:
    """The file of an embedder: ``image`` (n, 3, size, size) -> ``vector`` (n, dimension), unit.

    Raises:
        NotImplementedError: the network has an operator that the writer does not know.
    """
    network = network.eval()
    graph = Graph(name)
    tracer = _Tracer()
    writer = _Writer(graph, network, places=-(-size_px // STRIDE))
    last = ""
    for node in tracer.trace(network).nodes:
        last = writer.write(node) or last
    length = graph.add_node("ReduceL2", [last], "length", axes=[1], keepdims=1)
    floor = graph.add_constant("least_length", np.array([1e-12], np.float32))
    safe = graph.add_node("Max", [length, floor], "safe_length")
    graph.add_node("Div", [last, safe], "vector")
    return graph.serialise({"image": ["n", 3, size_px, size_px]}, {"vector": ["n", dimension]})


def parity(model: bytes, network: nn.Module, images: Tensor, batch: int = 8) -> Parity:
    """Compare the file with the network it came from on ``images`` (n, 3, h, w), prepared."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    network = network.eval()
    lowest, largest = 1.0, 0.0
    with torch.no_grad():
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            wanted = functional.normalize(network(part)).numpy()
            found = session.run(None, {"image": part.contiguous().numpy()})[0]
            lowest = min(lowest, float((wanted * found).sum(axis=1).min()))
            largest = max(largest, float(np.abs(wanted - found).max()))
    return Parity(lowest, largest, len(images))


def write_checked(
    network: nn.Module, size_px: int, dimension: int, name: str, images: Tensor, target: Path
) -> Parity:
    """Export, compare, and only then write the file.

    Raises:
        ValueError: the exported network answers differently from the trained one.
    """
    content = onnx_bytes(network, size_px, dimension, name)
    result = parity(content, network, images)
    if not result.passed:
        raise ValueError(f"the exported network differs: cosine {result.lowest_cosine:.6f}")
    partial = target.with_suffix(".partial")
    partial.write_bytes(content)
    partial.rename(target)
    return result


class _Writer:
    """Turns traced nodes into ONNX nodes, folding batch normalisation into what precedes it."""

    def __init__(self, graph: Graph, network: nn.Module, places: int) -> None:
        self._graph = graph
        self._places = places
        self._modules = dict(network.named_modules())
        self._names: dict[fx.Node, str] = {}
        self._folded: dict[fx.Node, nn.Module] = {}

    def write(self, node: fx.Node) -> str | None:
        """Write one node; its output's name, or None where it has none."""
        if node.op == "output":
            return None
        if node.op == "placeholder":
            self._names[node] = "image"
        elif node.op == "call_module":
            self._names[node] = self._module(node, self._modules[str(node.target)])
        elif node.op == "call_function" and getattr(node.target, "__name__", "") == "add":
            inputs = [self._names[argument] for argument in node.all_input_nodes]
            self._names[node] = self._graph.add_node("Add", inputs, node.name)
        else:
            raise NotImplementedError(f"{node.op} {node.target} cannot be exported")
        return self._names[node]

    def _module(self, node: fx.Node, module: nn.Module) -> str:
        source = node.all_input_nodes[0]
        name = self._names[source]
        if source in self._folded and self._folded[source] is module:
            return name
        if isinstance(module, nn.ReLU):
            return self._graph.add_node("Relu", [name], node.name)
        following = self._following_normalisation(node)
        if following is not None:
            self._folded[node] = following
        if isinstance(module, nn.Conv2d):
            return self._convolution(node, name, module, following)
        if isinstance(module, nn.Linear):
            scale, shift = _affine(following, module.out_features)
            weight = _array(module.weight) * scale[:, None]
            bias = shift if module.bias is None else shift + scale * _array(module.bias)
            inputs = [name, self._constant(node, "weight", weight)]
            inputs.append(self._constant(node, "bias", bias))
            return self._graph.add_node("Gemm", inputs, node.name, transB=1)
        if isinstance(module, GlobalDepthwiseConvolution):
            scale, shift = _affine(module.normalisation, len(module.weight))
            kernel = _array(module.kernel(self._places, self._places))
            weight = kernel[:, None] * scale[:, None, None, None]
            inputs = [name, self._constant(node, "weight", weight)]
            inputs.append(self._constant(node, "bias", shift))
            pooled = self._graph.add_node(
                "Conv", inputs, node.name + "_map", group=len(weight), kernel_shape=weight.shape[2:]
            )
            return self._graph.add_node("Flatten", [pooled], node.name, axis=1)
        raise NotImplementedError(f"{type(module).__name__} cannot be exported")

    def _convolution(
        self, node: fx.Node, name: str, module: nn.Conv2d, following: nn.Module | None
    ) -> str:
        scale, shift = _affine(following, module.out_channels)
        weight = _array(module.weight) * scale[:, None, None, None]
        bias = shift if module.bias is None else shift + scale * _array(module.bias)
        top, left = (int(size) for size in module.padding)
        return self._graph.add_node(
            "Conv",
            [
                name,
                self._constant(node, "weight", weight),
                self._constant(node, "bias", bias),
            ],
            node.name,
            group=module.groups,
            kernel_shape=list(module.kernel_size),
            strides=list(module.stride),
            pads=[top, left, top, left],
        )

    def _following_normalisation(self, node: fx.Node) -> nn.Module | None:
        users = list(node.users)
        if len(users) != 1 or users[0].op != "call_module":
            return None
        module = self._modules[str(users[0].target)]
        return module if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d) else None

    def _constant(self, node: fx.Node, part: str, values: NDArray[np.float64]) -> str:
        return self._graph.add_constant(f"{node.name}_{part}", values.astype(np.float32))


def _affine(module: Any, channels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scale and shift that a batch normalisation is in evaluation; 1 and 0 where there is none."""
    if module is None:
        return np.ones(channels), np.zeros(channels)
    scale = _array(module.weight) / np.sqrt(_array(module.running_var) + module.eps)
    return scale, _array(module.bias) - _array(module.running_mean) * scale


def _array(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.detach().double().numpy()
