"""Glasses sit on the eyes, a mask below them, and the stored crop stays as it is."""

from __future__ import annotations

import numpy as np

from facedesk.lab.accessories import with_glasses, with_mask
from facedesk.lab.augment import PLAIN, Augmentation, view

CROP = np.full((128, 128, 3), 200, np.uint8)


def _changed_rows(drawn: np.ndarray) -> np.ndarray:
    return np.flatnonzero((drawn != CROP).any(axis=(1, 2)))


def test_glasses_change_the_eyes_and_leave_the_mouth() -> None:
    for seed in range(20):
        rows = _changed_rows(with_glasses(CROP, np.random.default_rng(seed)))
        assert rows.min() > 30 and rows.max() < 85


def test_a_mask_covers_the_mouth_and_leaves_the_eyes() -> None:
    for seed in range(20):
        drawn = with_mask(CROP, np.random.default_rng(seed))
        rows = _changed_rows(drawn)
        assert rows.min() > 62  # the eyes lie at 60
        assert (drawn[100, 50:78] != 200).any()
    assert (CROP == 200).all()


def test_what_is_off_changes_no_random_number() -> None:
    crop = np.random.default_rng(1).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    plain = view(crop, 64, Augmentation(), np.random.default_rng(2))
    same = view(crop, 64, Augmentation(glasses=0.0, mask=0.0), np.random.default_rng(2))
    assert np.array_equal(plain, same)
    worn = view(crop, 112, Augmentation(*([0.0] * 9), (24, 64), 0, 0, 1.0, 1.0),
                np.random.default_rng(2))  # fmt: skip
    assert not np.array_equal(worn, view(crop, 112, PLAIN, np.random.default_rng(2)))
