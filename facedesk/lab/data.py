"""The training crops as one memory-mapped array, and who must not be in it.

The shards of ``shared/data/faces`` hold WebP files; decoding them once makes every later epoch
cheap. All caches lie in a folder outside git and can be made again from the shards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

STORED_PX = 128


@dataclass(frozen=True, slots=True)
class Crops:
    """Aligned faces and what is known of them; row i of every array is one face.

    ``images`` (n, 128, 128, 3) uint8 BGR, memory-mapped; ``source`` (n,) name of the set;
    ``identity`` (n,) '' where unknown; ``face_px`` (n,) size in the source picture.
    """

    images: NDArray[np.uint8]
    source: NDArray[np.str_]
    identity: NDArray[np.str_]
    face_px: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)


def normalised_name(name: str) -> str:
    """A person's name in one spelling: no accents, case, digits or separators.

    ``Angela_Merkel_0003``, ``angela merkel`` and ``Ángela  Merkel`` become ``angelamerkel``.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", plain.lower())


def comparable(identity: str) -> str:
    """One key a person: a name in one spelling, a number (``celeba_5131``) as it is."""
    return identity if any(letter.isdigit() for letter in identity) else normalised_name(identity)


def allowed(identities: Iterable[str], forbidden_names: Iterable[str]) -> NDArray[np.bool_]:
    """True where an identity is not one of ``forbidden_names`` (LFW's ``names.txt``).

    Names are compared without accents, case and separators, and also with their words sorted, so
    that ``Merkel Angela`` is found; an unknown identity ('') is allowed.
    """
    forbidden: set[str] = set()
    for name in forbidden_names:
        forbidden.update(_spellings(name))
    forbidden.discard("")
    return np.array([not (_spellings(name) & forbidden) for name in identities], dtype=bool)


def load_crops(cache: Path, shards: Sequence[Path], names_file: Path | None) -> Crops:
    """Open the crops, decoding the shards into ``cache/faces_crops.npy`` the first time.

    Args:
        cache: folder for the decoded array (about 4 GB).
        shards: the ``crops_*.npz`` files, in order.
        names_file: people to leave out, one a line; None where there is nothing to protect.
    """
    tables = [np.load(path) for path in shards]
    source = np.concatenate([table["source"] for table in tables])
    identity = np.concatenate([table["identity"] for table in tables])
    face_px = np.concatenate([table["face_px"] for table in tables])
    array = cache / "faces_crops.npy"
    if not array.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _decode(tables, array, len(source))
    images = np.load(array, mmap_mode="r")
    if len(images) != len(source):
        raise ValueError(f"{array} has {len(images)} crops, the shards {len(source)}: delete it")
    if names_file is not None:
        forbidden = names_file.read_text(encoding="utf-8").splitlines()
        kept = allowed(identity, forbidden)
        if not kept.all():
            rows = np.flatnonzero(kept)
            images, source = images[rows], source[rows]
            identity, face_px = identity[rows], face_px[rows]
    return Crops(images, source, identity, face_px)


def _spellings(name: str) -> set[str]:
    words = sorted(filter(None, (normalised_name(word) for word in re.split(r"[\s_\-]+", name))))
    return {normalised_name(name), "".join(words)}


def _decode(tables: list[np.lib.npyio.NpzFile], target: Path, count: int) -> None:
    partial = target.with_suffix(".partial")
    images = np.lib.format.open_memmap(
        partial, mode="w+", dtype=np.uint8, shape=(count, STORED_PX, STORED_PX, 3)
    )
    row = 0
    for table in tables:
        blob, offset = table["blob"], table["offset"]
        for start, end in pairwise(offset):
            images[row] = cv2.imdecode(blob[start:end], cv2.IMREAD_COLOR)
            row += 1
    images.flush()
    # The name appears only when the array is whole, so that a kill leaves nothing half done.
    partial.rename(target)
