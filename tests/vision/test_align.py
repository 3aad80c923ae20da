"""The one alignment: similarity transforms recovered exactly, crops in the right place."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedesk.vision.align import (
    ARCFACE_TEMPLATE,
    KEPT_TEMPLATE,
    align,
    kept_crop,
    similarity_transform,
    template_for,
)


@given(
    angle=st.floats(-3.1, 3.1),
    scale=st.floats(0.05, 20),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
)
def test_a_known_similarity_is_recovered(angle: float, scale: float, x: float, y: float) -> None:
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = ARCFACE_TEMPLATE @ linear.T + [x, y]
    matrix = similarity_transform(ARCFACE_TEMPLATE, target)
    assert matrix.shape == (2, 3)
    np.testing.assert_allclose(matrix[:, :2], linear, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(matrix[:, 2], [x, y], atol=2e-3 * max(scale, 1))


def test_least_squares_equals_the_singular_value_form_of_umeyama() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        source = random.normal(size=(5, 2)) * 30
        target = random.normal(size=(5, 2)) * 10 + source
        s, t = source - source.mean(0), target - target.mean(0)
        u, d, vt = np.linalg.svd(t.T @ s / 5)
        sign = np.diag([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
        rotation = u @ sign @ vt
        scale = np.trace(np.diag(d) @ sign) / (s**2).sum(1).mean()
        expected = scale * rotation
        np.testing.assert_allclose(similarity_transform(source, target)[:, :2], expected)


def test_it_never_mirrors() -> None:
    mirrored = ARCFACE_TEMPLATE * [-1, 1]
    matrix = similarity_transform(ARCFACE_TEMPLATE, mirrored)
    assert np.linalg.det(matrix[:, :2]) > 0


@pytest.mark.parametrize(
    "source", [np.zeros((5, 2)), np.full((5, 2), np.nan), np.zeros((5, 3)), np.zeros((4, 2))]
)
def test_unusable_points_are_refused(source: np.ndarray) -> None:
    with pytest.raises(ValueError):
        similarity_transform(source, ARCFACE_TEMPLATE)


def test_landmarks_already_in_place_give_the_picture_back() -> None:
    image = np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    np.testing.assert_array_equal(align(image, ARCFACE_TEMPLATE), image)


def test_a_stored_training_crop_contains_the_standard_crop() -> None:
    """The pack's promise: ``crop[8:120, 8:120]`` of 128 is the standard crop of 112."""
    image = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    np.testing.assert_array_equal(align(image, ARCFACE_TEMPLATE + 8), image[8:120, 8:120])


def test_a_rotated_small_face_comes_out_upright_with_its_colours() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    angle = np.deg2rad(25)
    turn = 2.5 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    landmarks = ARCFACE_TEMPLATE @ turn.T + [250, 60]
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)]
    for (x, y), colour in zip(landmarks, colours, strict=True):
        image[int(y) - 5 : int(y) + 6, int(x) - 5 : int(x) + 6] = colour
    crop = align(image, landmarks)
    assert crop.shape == (112, 112, 3) and crop.dtype == np.uint8
    for (x, y), colour in zip(ARCFACE_TEMPLATE, colours, strict=True):
        np.testing.assert_array_equal(crop[round(float(y)), round(float(x))], colour)


def test_the_border_is_repeated_where_the_picture_ends() -> None:
    image = np.full((60, 60, 3), 200, np.uint8)
    crop = align(image, ARCFACE_TEMPLATE - 50)
    assert (crop == 200).all()


def test_a_card_gives_its_template_normalised_and_any_size() -> None:
    np.testing.assert_allclose(template_for((112, 112)), ARCFACE_TEMPLATE, rtol=1e-6)
    np.testing.assert_allclose(template_for((224, 112)), ARCFACE_TEMPLATE * [2, 1], rtol=1e-6)
    fractions = [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]
    assert template_for((128, 96), fractions)[0].tolist() == pytest.approx([38.4, 38.4])
    image = np.zeros((300, 300, 3), np.uint8)
    template = template_for((128, 96), fractions)
    assert align(image, template + 20, (128, 96), template).shape == (96, 128, 3)


@pytest.mark.parametrize("image", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.float32)])
def test_a_picture_of_another_kind_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError):
        align(image, ARCFACE_TEMPLATE)


def test_the_template_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError):
        ARCFACE_TEMPLATE[0, 0] = 1


def test_kept_crop_holds_the_standard_crop_for_a_later_model() -> None:
    random = np.random.default_rng(3)
    image = cv2.GaussianBlur(random.integers(0, 256, (480, 640, 3), np.uint8), (0, 0), 3)
    landmarks = ARCFACE_TEMPLATE * 1.6 + np.float32([200, 120])
    again = align(kept_crop(image, landmarks), KEPT_TEMPLATE).astype(int)
    direct = align(image, landmarks).astype(int)
    assert np.abs(again - direct).mean() < 3
    assert np.abs(again[:, 5:] - direct[:, :-5]).mean() > 6  # and nowhere else
