"""Write an ONNX file without the onnx package: the few protobuf messages that a network needs.

A message is fields one after another: a key (field number and wire type) and a value. Field numbers
are those of the ONNX project's ``onnx.proto3``; they never change once released.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Attribute = int | float | Sequence[int]

IR_VERSION = 8
OPSET = 17

_VARINT, _BYTES, _FLOAT32 = 0, 2, 5
_ELEMENT_TYPES = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}


@dataclass(slots=True)
class Graph:
    """A network under construction; names connect nodes."""

    name: str
    nodes: list[bytes] = field(default_factory=list)
    initialisers: list[bytes] = field(default_factory=list)

    def add_node(
        self, operator: str, inputs: Sequence[str], output: str, **attributes: Attribute
    ) -> str:
        """Append a node (they must come in order of use) and return its output's name."""
        node = b"".join(_text(1, name) for name in inputs)
        node += _text(2, output) + _text(3, output) + _text(4, operator)
        node += b"".join(_message(5, _attribute(key, value)) for key, value in attributes.items())
        self.nodes.append(_message(1, node))
        return output

    def add_constant(self, name: str, values: NDArray[np.generic]) -> str:
        """Append a tensor of weights (float32 or int64) and return its name."""
        array = np.ascontiguousarray(values)
        tensor = b"".join(_integer(1, size) for size in array.shape)
        tensor += _integer(2, _ELEMENT_TYPES[array.dtype]) + _text(8, name)
        tensor += _message(9, array.astype(array.dtype.newbyteorder("<")).tobytes())
        self.initialisers.append(_message(5, tensor))
        return name

    def serialise(
        self,
        inputs: dict[str, Sequence[int | str]],
        outputs: dict[str, Sequence[int | str]],
        producer: str = "facedesk.lab",
    ) -> bytes:
        """The whole model file; a size that is text is a free (dynamic) one."""
        graph = b"".join(self.nodes) + _text(2, self.name) + b"".join(self.initialisers)
        graph += b"".join(_message(11, _value(name, shape)) for name, shape in inputs.items())
        graph += b"".join(_message(12, _value(name, shape)) for name, shape in outputs.items())
        opset = _text(1, "") + _integer(2, OPSET)
        return (
            _integer(1, IR_VERSION) + _text(2, producer) + _message(7, graph) + _message(8, opset)
        )


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _integer(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(value)


def _message(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _text(number: int, value: str) -> bytes:
    return _message(number, value.encode())


def _attribute(name: str, value: Attribute) -> bytes:
    kinds = {"float": 1, "int": 2, "ints": 7}
    if isinstance(value, float):
        packed = _varint(2 << 3 | _FLOAT32) + struct.pack("<f", value)
        return _text(1, name) + packed + _integer(20, kinds["float"])
    if isinstance(value, int):
        return _text(1, name) + _integer(3, value) + _integer(20, kinds["int"])
    items = b"".join(_integer(8, item) for item in value)
    return _text(1, name) + items + _integer(20, kinds["ints"])


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        _message(1, _text(2, size) if isinstance(size, str) else _integer(1, size))
        for size in shape
    )
    tensor = _integer(1, _ELEMENT_TYPES[np.dtype(np.float32)]) + _message(2, sizes)
    return _text(1, name) + _message(2, _message(1, tensor))
