"""Views of a stored crop: plain is the standard crop, random is repeatable and in range."""

from __future__ import annotations

import numpy as np
import pytest

from facedesk.lab.augment import PLAIN, Augmentation, view


def crop() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)


def smooth() -> np.ndarray:
    x = np.linspace(0, 255, 128).astype(np.uint8)
    return np.stack(np.broadcast_arrays(x[None], x[:, None], x[::-1][None]), axis=-1).copy()


def test_without_augmentation_it_is_the_standard_crop() -> None:
    image = crop()
    found = view(image, 112, PLAIN, np.random.default_rng(0))
    np.testing.assert_array_equal(found, image[8:120, 8:120])


def test_a_smaller_view_shows_the_same_field() -> None:
    image = smooth()
    small = view(image, 56, PLAIN, np.random.default_rng(0))
    wanted = image[8:120, 8:120].reshape(56, 2, 56, 2, 3).mean(axis=(1, 3))
    assert np.abs(small.astype(float) - wanted).max() <= 1.5


def test_a_flip_is_the_mirror_image_of_the_standard_crop() -> None:
    image = crop()
    always = Augmentation(1, 0, 0, 0, 0, 0, 0, 0, 0, (24, 64), 0, 0)
    found = view(image, 112, always, np.random.default_rng(0))
    np.testing.assert_array_equal(found, image[8:120, 8:120][:, ::-1])


def test_the_same_seed_gives_the_same_view_and_another_gives_another() -> None:
    image, settings = crop(), Augmentation()
    first = view(image, 80, settings, np.random.default_rng(1))
    again = view(image, 80, settings, np.random.default_rng(1))
    other = view(image, 80, settings, np.random.default_rng(2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(
    "name", ["grey", "blur", "low_resolution", "jpeg", "erase", "light", "colour", "rotation_deg"]
)
def test_each_step_alone_keeps_the_form_and_changes_the_picture(name: str) -> None:
    base = {field: getattr(PLAIN, field) for field in Augmentation.__slots__}
    settings = Augmentation(**{**base, name: 5.0 if name == "rotation_deg" else 1.0})
    image = crop()
    found = view(image, 112, settings, np.random.default_rng(3))
    assert found.shape == (112, 112, 3) and found.dtype == np.uint8
    assert (found != image[8:120, 8:120]).any()
    if name == "grey":
        assert (found[..., 0] == found[..., 1]).all() and (found[..., 1] == found[..., 2]).all()


def test_the_stored_crop_is_never_changed() -> None:
    image = crop()
    before = image.copy()
    for seed in range(20):
        view(image, 112, Augmentation(erase=1.0, flip=1.0), np.random.default_rng(seed))
    np.testing.assert_array_equal(image, before)
