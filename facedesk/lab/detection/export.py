"""The averaged weights of a run become `models/face_detector.onnx` and its card.

    python -m facedesk.lab.detection.export --name first --notes "..."

Batch normalisation is folded into the convolutions, the last convolution of a head is written as
three (score, box, landmarks), and the file is compared with torch at several sizes before it is
put in place.
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facedesk.lab.card import sha256_of, write_card
from facedesk.lab.detection.network import OUTPUT_NAMES, STRIDES_PX, Block, Exported, FaceNetwork
from facedesk.lab.onnx_file import Graph

SIZES = ((256, 320), (480, 640), (32, 32), (96, 416))
# Boxes and landmarks are in cells, scores in 0..1; one thousandth is far below a pixel.
PARITY = 1e-3
_PARTS = {"score": (0, 1), "box": (1, 5), "landmarks": (5, 15)}


def _array(tensor: Tensor) -> NDArray[np.float64]:
    return np.asarray(tensor.detach().double().numpy())


class Writer:
    """Writes the blocks of our networks in the order in which their forward runs them."""

    def __init__(self, name: str) -> None:
        self.graph = Graph(name)
        self._count = 0

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"

    def node(self, operator: str, inputs: list[str], **attributes: int | list[int]) -> str:
        return self.graph.add_node(operator, inputs, self._name(operator.lower()), **attributes)

    def convolution(
        self, source: str, weight: NDArray[np.float64], bias: NDArray[np.float64], conv: nn.Conv2d
    ) -> str:
        name = self._name("weights")
        inputs = [
            source,
            self.graph.add_constant(name, weight.astype(np.float32)),
            self.graph.add_constant(name + "_bias", bias.astype(np.float32)),
        ]
        pad, step = int(conv.padding[0]), int(conv.stride[0])
        return self.node(
            "Conv",
            inputs,
            kernel_shape=[int(side) for side in conv.kernel_size],
            strides=[step, step],
            pads=[pad] * 4,
            group=conv.groups,
        )

    def plain(self, source: str, conv: nn.Conv2d) -> str:
        """A convolution without batch normalisation."""
        assert conv.bias is not None
        return self.convolution(source, _array(conv.weight), _array(conv.bias), conv)

    def folded(self, source: str, pair: nn.Sequential, pixels: bool = False) -> str:
        """Convolution and batch normalisation as one."""
        conv, norm = pair[0], pair[1]
        assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
        assert norm.running_var is not None and norm.running_mean is not None
        scale = _array(norm.weight) / np.sqrt(_array(norm.running_var) + norm.eps)
        weight = _array(conv.weight) * scale[:, None, None, None]
        bias = _array(norm.bias) - _array(norm.running_mean) * scale
        if pixels:
            # The scale of the pixels joins the weights; their offset cannot join the bias, as
            # zero padding must stay zero AFTER the offset, so it is a node of its own.
            middle = self.graph.add_constant("middle", np.array([127.5], np.float32))
            source = self.node("Sub", [source, middle])
            weight = weight / 64
        return self.convolution(source, weight, bias, conv)

    def relu(self, source: str) -> str:
        return self.node("Relu", [source])

    def block(self, source: str, block: Block) -> str:
        inner = self.relu(self.folded(source, block.depthwise))
        out = self.folded(inner, block.pointwise)
        return self.relu(self.node("Add", [out, source]) if block.shortcut else out)

    def blocks(self, source: str, blocks: nn.Sequential) -> str:
        for block in blocks:
            assert isinstance(block, Block)
            source = self.block(source, block)
        return source

    def twice(self, source: str) -> str:
        scales = self._name("scales")
        self.graph.add_constant(scales, np.array([1, 1, 2, 2], np.float32))
        return self.node("Resize", [source, "", scales])

    def rows(self, source: str, channels: int, name: str, squash: bool) -> None:
        """Maps (n, c, h, w) to rows (n, h * w, c) under their final name."""
        shape = self.graph.add_constant(name + "_shape", np.array([0, channels, -1], np.int64))
        flat = self.node("Reshape", [source, shape])
        if squash:
            flat = self.node("Sigmoid", [flat])
        self.graph.add_node("Transpose", [flat], name, perm=[0, 2, 1])


def onnx_bytes(network: FaceNetwork) -> bytes:
    """The file: `input` (n, 3, h, w) BGR 0..255 -> the nine maps of `OUTPUT_NAMES`."""
    network = network.eval()
    write = Writer("facedesk_detector")
    x = write.relu(write.folded("input", network.stem, pixels=True))
    at_8 = write.blocks(write.blocks(x, network.to_4), network.to_8)
    at_16 = write.blocks(at_8, network.to_16)
    at_32 = write.blocks(at_16, network.to_32)
    at_16 = write.block(write.node("Add", [at_16, write.twice(at_32)]), network.merge_16)
    at_8 = write.block(write.node("Add", [at_8, write.twice(at_16)]), network.merge_8)
    for stride_px, source, head in zip(
        STRIDES_PX, (at_8, at_16, at_32), network.heads, strict=True
    ):
        inner = write.relu(write.folded(write.block(source, head.trunk), head.spread))
        for part, (first, last) in _PARTS.items():
            assert head.out.bias is not None
            weight, bias = _array(head.out.weight)[first:last], _array(head.out.bias)[first:last]
            maps = write.convolution(inner, weight, bias, head.out)
            write.rows(maps, last - first, f"{part}_{stride_px}", squash=part == "score")
    return write.graph.serialise(
        {"input": ["n", 3, "height", "width"]},
        {
            f"{part}_{stride_px}": ["n", f"cells_{stride_px}", last - first]
            for part, (first, last) in _PARTS.items()
            for stride_px in STRIDES_PX
        },
        producer="facedesk.lab.detection",
    )


def parity(content: bytes, network: FaceNetwork) -> float:
    """The largest difference of any output between torch and the file, over several sizes."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    exported = Exported(network.eval())
    random = np.random.default_rng(0)
    largest = 0.0
    for height, width in SIZES:
        pixels = random.integers(0, 256, (2, 3, height, width)).astype(np.float32)
        with torch.no_grad():
            wanted = exported(torch.from_numpy(pixels))
        found = session.run(list(OUTPUT_NAMES), {"input": pixels})
        for ours, theirs in zip(wanted, found, strict=True):
            largest = max(largest, float(np.abs(ours.numpy() - theirs).max()))
    return largest


def load_average(
    checkpoint: Path, score_scale: float = 1.0, score_shift: float = 0.0
) -> tuple[FaceNetwork, int, float]:
    """The averaged network of a checkpoint, its step and its seconds of training.

    The score's logit becomes `score_scale` times itself plus `score_shift`. It changes no order; it
    makes the application's scores (shown, sure, good enough to be kept) mean what they meant with
    the detector before.
    """
    content = torch.load(checkpoint, weights_only=True)
    network = FaceNetwork(int(json.loads(content["recipe"])["width"]))
    network.load_state_dict(content["average"])
    with torch.no_grad():
        for head in network.heads:
            assert isinstance(head.out, nn.Conv2d) and head.out.bias is not None
            head.out.weight[0] *= score_scale
            head.out.bias[0] = head.out.bias[0] * score_scale + score_shift
    return network.eval(), int(content["step"]), float(content["seconds"])


@click.command("export-detector")
@click.option("--cache", type=click.Path(path_type=Path), default=".cache/lab_detection")
@click.option("--name", "run_name", default="first", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default="models/face_detector.onnx")
@click.option("--version", default="1", show_default=True)
@click.option("--score-scale", default=1.0, show_default=True)
@click.option("--score-shift", default=0.0, show_default=True)
@click.option("--notes", default="", help="What the card says beside the recipe.")
def export(
    cache: Path,
    run_name: str,
    out: Path,
    version: str,
    score_scale: float,
    score_shift: float,
    notes: str,
) -> None:
    """Write the detector of a run as ONNX with its card, checked against torch."""
    network, step, seconds = load_average(
        cache / "runs" / run_name / "last.pt", score_scale, score_shift
    )
    content = onnx_bytes(network)
    difference = parity(content, network)
    if difference > PARITY:
        raise click.ClickException(f"the exported network differs by {difference:.2e}")
    partial = out.with_suffix(".partial")
    partial.write_bytes(content)
    partial.rename(out)
    parameters = sum(value.numel() for value in network.parameters())
    card = {
        "name": "facedesk-detector",
        "version": version,
        "task": "detect",
        "file": out.name,
        "sha256": sha256_of(out),
        "size": out.stat().st_size,
        "rank": 5,
        "input": {
            "width": 0,
            "height": 0,
            "colour": "bgr",
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
        },
        "output": {"dimension": 0},
        "alignment": "none",
        "thresholds": {},
        "licence": "Apache-2.0",
        "source": "trained by this project: facedesk/lab/detection",
        "notes": f"{parameters:,} parameters, {step} steps, {seconds / 60:.0f} minutes of a shared"
        f" CPU core. {notes}".strip(),
    }
    write_card(card, out.with_suffix(".json"))
    click.echo(
        f"{out}: {len(content)} bytes, step {step}, torch against ONNX at {len(SIZES)} sizes:"
        f" largest difference {difference:.2e}"
    )


if __name__ == "__main__":
    export()
