"""Lists of comparisons that users bring: InsightFace's ``.bin`` files, lists of picture names."""

from __future__ import annotations

import csv
import pickletools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.lab.faces import LoadedModel, Vectors, central_face, read_picture
from facedesk.lab.protocols import Pairs
from facedesk.vision.align import ARCFACE_TEMPLATE
from facedesk.vision.detect import Detector

FOLDS = 10


@dataclass(frozen=True, slots=True)
class BinPairs:
    """``pictures`` (2 n): encoded aligned 112x112 faces, neighbours compared; ``same`` (n,)."""

    pictures: tuple[bytes, ...]
    same: NDArray[np.bool_]


def read_bin(path: Path) -> BinPairs:
    """CFP-FP, AgeDB-30, CALFW, CPLFW and others as InsightFace hands them out.

    Such a file is a pickle. It is read by an interpreter of the few opcodes that lists of bytes
    and truth values need, so nothing in it can run.

    Raises:
        ValueError: the file is damaged or holds something else.
    """
    try:
        content = _plain(path.read_bytes())
        pictures, same = content
        found = BinPairs(
            tuple(bytes(picture) for picture in pictures),
            np.array([bool(flag) for flag in same], np.bool_),
        )
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise ValueError(f"{path} is not a list of pairs: {error}") from error
    if len(found.pictures) != 2 * len(found.same) or not len(found.same):
        raise ValueError(f"{path}: {len(found.pictures)} pictures for {len(found.same)} pairs")
    return found


def read_pair_list(path: Path) -> Pairs:
    """Lines of ``first,second,1`` (one person) or ``...,0``; blanks or commas, ten folds in order.

    Raises:
        ValueError: a line has another form.
    """
    first, second, same = [], [], []
    with path.open(encoding="utf-8", newline="") as file:
        comma = "," in file.readline()
        file.seek(0)
        lines = csv.reader(file) if comma else (line.split() for line in file)
        for number, words in enumerate(lines, start=1):
            if not words:
                continue
            if len(words) != 3 or words[2].strip() not in ("0", "1"):
                raise ValueError(f"{path}: line {number} is not `first,second,0 or 1`")
            first.append(words[0].strip())
            second.append(words[1].strip())
            same.append(words[2].strip() == "1")
    if len(same) < FOLDS:
        raise ValueError(f"{path}: {len(same)} pairs are too few for {FOLDS} folds")
    return Pairs(tuple(first), tuple(second), np.array(same), folds(len(same)))


def folds(count: int) -> NDArray[np.int64]:
    """Ten parts of the same size, in order, as LFW's are."""
    parts: NDArray[np.int64] = np.arange(count) * FOLDS // count
    return parts


def bin_vectors(model: LoadedModel, pairs: BinPairs) -> Vectors:
    """(2 n, d) unit vectors of the aligned faces."""
    vectors = []
    for number, encoded in enumerate(pairs.pictures):
        image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
        if image is None or image.shape != (112, 112, 3):
            raise ValueError(f"picture {number} is not a 112x112 face")
        aligned = np.asarray(image, np.uint8)
        vectors.append(model.embedder.embed([model.embedder.crop(aligned, ARCFACE_TEMPLATE)])[0])
    return np.stack(vectors)


def picture_vectors(
    model: LoadedModel, names: list[str], folder: Path, detector: Detector
) -> Vectors:
    """(n, d) unit vectors of the central face of each picture."""
    vectors = []
    for name in names:
        image = read_picture(folder / name)
        landmarks, _ = central_face(image, detector)
        vectors.append(model.embedder.embed([model.embedder.crop(image, landmarks)])[0])
    return np.stack(vectors)


def _plain(data: bytes) -> Any:  # noqa: PLR0912 (an interpreter is one case an opcode)
    """What a pickle of lists, tuples, bytes and truth values holds. Raises ValueError otherwise."""
    stack: list[Any] = []
    marks: list[int] = []
    memory: dict[int, Any] = {}
    argument: Any
    for opcode, argument, _ in pickletools.genops(data):
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case "EMPTY_LIST" | "EMPTY_TUPLE":
                stack.append([])
            case "MARK":
                marks.append(len(stack))
            case "SHORT_BINBYTES" | "BINBYTES" | "BINBYTES8":
                stack.append(argument)
            case "BINSTRING" | "SHORT_BINSTRING":  # Python 2 had no bytes
                stack.append(argument.encode("latin-1"))
            case "NEWTRUE" | "NEWFALSE" | "BININT1" | "INT":
                stack.append(opcode.name == "NEWTRUE" or bool(argument))
            case "APPEND":
                last = stack.pop()
                stack[-1].append(last)
            case "APPENDS" | "LIST" | "TUPLE":
                start = marks.pop()
                values = stack[start:]
                del stack[start:]
                if opcode.name == "APPENDS":
                    stack[-1].extend(values)
                else:
                    stack.append(values)
            case "TUPLE2":
                stack[-2:] = [[stack[-2], stack[-1]]]
            case "BINPUT" | "LONG_BINPUT":
                memory[argument] = stack[-1]
            case "MEMOIZE":
                memory[len(memory)] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memory[argument])
            case "STOP":
                return stack.pop()
            case other:
                raise ValueError(f"it asks for {other}, which no list of pairs needs")
    raise ValueError("it ends too early")
