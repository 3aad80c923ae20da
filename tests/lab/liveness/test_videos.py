"""Attacks as video files."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from facedesk.core.records import Image
from facedesk.lab.liveness.videos import Material, recorded


def test_two_who_make_the_same_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "attack.avi"
    material = Material(*[None] * len(Material.__dataclass_fields__))  # type: ignore[arg-type]

    def plain(_material: Material, _random: np.random.Generator, _count: int) -> Iterator[Image]:
        yield from (np.full((48, 64, 3), 90, np.uint8) for _ in range(3))

    def interrupted(*given: object) -> Iterator[Image]:
        yield np.full((48, 64, 3), 90, np.uint8)
        recorded(path, plain, material, (1,))  # another process, in the middle of this one
        yield np.full((48, 64, 3), 90, np.uint8)

    recorded(path, interrupted, material, (1,))
    assert [one.name for one in tmp_path.iterdir()] == ["attack.avi"]
    assert cv2.VideoCapture(str(path)).read()[0]
