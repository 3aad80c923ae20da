"""Protocols on toy vectors, and on the official list of LFW pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facedesk.lab import protocols

LFW = Path(__file__).resolve().parents[3] / "shared" / "data" / "lfw"


def test_pairs_are_read_as_the_official_form_has_them(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text("2\t1\nAda\t1\t12\nAda\t1\tBob\t3\nCy\t2\t3\nCy\t2\tBob\t1\n", "utf-8")
    pairs = protocols.read_lfw_pairs(path)
    assert pairs.first == ("Ada_0001", "Ada_0001", "Cy_0002", "Cy_0002")
    assert pairs.second == ("Ada_0012", "Bob_0003", "Cy_0003", "Bob_0001")
    assert pairs.same.tolist() == [True, False, True, False]
    assert pairs.fold.tolist() == [0, 0, 1, 1]


def test_a_broken_pairs_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text("1\t1\nAda\t1\t2\nAda 1\n", "utf-8")
    with pytest.raises(ValueError, match="line 3"):
        protocols.read_lfw_pairs(path)


@pytest.mark.data
@pytest.mark.skipif(not LFW.exists(), reason="no LFW here")
def test_the_official_list_has_ten_folds_of_300_and_300() -> None:
    pairs = protocols.read_lfw_pairs(LFW / "pairs.txt")
    assert len(pairs.same) == 6000
    for fold in range(10):
        assert pairs.same[pairs.fold == fold].sum() == 300
        assert (pairs.fold == fold).sum() == 600


def test_the_threshold_of_a_fold_is_chosen_on_the_others() -> None:
    """Fold 1 lies lower than fold 0: its own best threshold would make no error."""
    scores = np.array([0.9, 0.8, 0.3, 0.2, 0.5, 0.4, 0.1, 0.0], np.float32)
    same = np.array([True, True, False, False] * 2)
    fold = np.repeat([0, 1], 4)
    result = protocols.verification(scores, same, fold)
    # Fold 0 with fold 1's threshold 0.25 accepts 0.3 wrongly: 3 of 4. Fold 1 with fold 0's 0.55
    # refuses both genuine pairs: 2 of 4.
    assert result.accuracy == pytest.approx((0.75 + 0.5) / 2)
    assert result.accuracy_deviation == pytest.approx(0.125)
    assert result.accuracy_bounds.count == 8
    assert result.tpr[0.001].share == 1.0


def circle(*angles_deg: float) -> np.ndarray:
    angles = np.deg2rad(angles_deg)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_impostor_pairs_are_all_of_them_once() -> None:
    vectors = circle(0, 10, 50, 120)
    people = np.array([1, 1, 2, 3])
    scores = protocols.impostor_scores(vectors, people, block=3)
    wanted = np.cos(np.deg2rad([50, 120, 40, 110, 70]))
    np.testing.assert_allclose(np.sort(scores), np.sort(wanted), atol=1e-6)


def test_a_missed_person_and_a_wrong_name_both_count_in_open_set() -> None:
    """Two enrolled; a probe nearer to the other person is an error however high its score is."""
    vectors = circle(0, 80, 90, 91, 200)
    people = np.array([1, 1, 2, 2, 3])
    result = protocols.open_set(vectors, people, enrolled=2, strangers=1, fpirs=(0.0,))
    assert (result.mated, result.strangers) == (2, 1)
    assert result.fnir[0.0].share == 0.5


def test_a_stranger_sets_the_threshold_of_open_set() -> None:
    people = np.array([1, 1, 2, 2, 3])
    near = protocols.open_set(circle(0, 30, 90, 120, 15), people, 2, 1, fpirs=(0.0,))
    far = protocols.open_set(circle(0, 30, 90, 120, 200), people, 2, 1, fpirs=(0.0,))
    assert near.fnir[0.0].share == 1.0
    assert far.fnir[0.0].share == 0.0
    assert near.threshold[0.0] > far.threshold[0.0]


def test_open_set_refuses_to_invent_people() -> None:
    vectors = circle(0, 1, 2)
    with pytest.raises(ValueError, match="wanted"):
        protocols.open_set(vectors, np.array([1, 1, 2]), enrolled=2, strangers=1)
    with pytest.raises(ValueError, match="strangers"):
        protocols.open_set(vectors, np.array([1, 1, 2]), enrolled=1, strangers=5)


def test_closed_set_registers_the_first_picture_of_people_with_two() -> None:
    vectors = circle(0, 5, 90, 20, 300)
    people = np.array([1, 1, 2, 2, 3])
    result = protocols.closed_set(vectors, people)
    assert result.people == 2
    assert result.rank_1.share == 0.5
    # class 1: TP 1, FP 1 -> 2/3; class 2: TP 0 -> 0.
    assert result.f1 == pytest.approx(1 / 3)


def test_all_pairs_uses_every_impostor_for_the_threshold() -> None:
    vectors = circle(0, 60, 90)
    result = protocols.all_pairs(
        vectors, np.array([1, 2, 3]), np.array([0.9, 0.6], np.float32), fars=(0.0, 0.34)
    )
    assert (result.genuine_count, result.impostor_count) == (2, 3)
    assert result.tpr[0.0].share == 0.5
    assert result.tpr[0.34].share == 1.0


def test_spread_of_two_tight_people() -> None:
    within, between = protocols.identity_spread(circle(-10, 10, 80, 100), np.array([1, 1, 2, 2]))
    assert within == pytest.approx(np.cos(np.deg2rad(10)), abs=1e-6)
    assert between == pytest.approx(0, abs=1e-6)
