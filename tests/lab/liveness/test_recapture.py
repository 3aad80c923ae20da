from collections.abc import Callable

import numpy as np
import pytest

from facedesk.core.records import Face, Image
from facedesk.lab.liveness import split
from facedesk.lab.liveness.recapture import displayed, held_before, photographed, printed
from facedesk.lab.liveness.videos import ATTACKS, Material, Portrait


def picture(seed: int, size: tuple[int, int] = (128, 128)) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)


@pytest.mark.parametrize("change", [printed, displayed, photographed])
def test_a_seed_gives_the_same_picture_again_and_another_seed_another(
    change: Callable[[Image, np.random.Generator], Image],
) -> None:
    made = [change(picture(0), np.random.default_rng(seed)) for seed in (4, 4, *range(5, 12))]
    assert made[0].dtype == np.uint8
    assert made[0].shape == (128, 128, 3)
    assert (made[0] == made[1]).all()
    assert any((made[0] != other).any() for other in made[2:])


@pytest.mark.parametrize("screen", [True, False])
def test_a_sheet_shows_the_picture_in_the_middle(screen: bool) -> None:
    face, scene = np.full((128, 128, 3), 200, np.uint8), np.full((128, 128, 3), 40, np.uint8)
    for seed in range(8):
        out = held_before(face, scene, np.random.default_rng(seed), screen=screen)
        assert (out[60:68, 60:68] == 200).all()


def test_nobody_is_on_two_sides() -> None:
    sides = [split.LEARN_NUAA, split.TUNE_NUAA, split.CHECK_NUAA]
    assert sum(map(len, sides)) == len(frozenset().union(*sides)) == 16
    assert not split.LEARN_CLIPS & split.CHECK_CLIPS


@pytest.mark.parametrize("kind", sorted(ATTACKS))
def test_every_attack_is_a_video_that_a_seed_gives_again(kind: str) -> None:
    box = (120.0, 80.0, 200.0, 180.0)
    points = np.float32([[140, 120], [180, 120], [160, 140], [145, 160], [175, 160]])
    face = Face(box, points, 0.9)
    scene = [picture(number, (320, 240)) for number in range(24)]
    material = Material(Portrait(picture(99, (320, 240)), face), scene, [face] * 24, scene, face)

    def frames(seed: int) -> list[Image]:
        return list(ATTACKS[kind](material, np.random.default_rng(seed), 4))

    first, again = frames(1), frames(1)
    assert [frame.shape for frame in first] == [(240, 320, 3)] * 4
    assert all((one == other).all() for one, other in zip(first, again, strict=True))
