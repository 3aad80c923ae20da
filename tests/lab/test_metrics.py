"""Metrics on toy scores whose answers were worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from facedesk.lab import metrics


def test_of_ten_impostors_at_twenty_percent_two_are_accepted() -> None:
    impostor = np.arange(10) / 10
    threshold = metrics.threshold_at_far(impostor, 0.2)
    assert (impostor >= threshold).sum() == 2
    assert 0.7 < threshold < 0.7 + 1e-9


def test_at_far_zero_no_impostor_is_accepted_and_at_one_all_are() -> None:
    impostor = np.array([0.1, 0.5, 0.3])
    assert metrics.threshold_at_far(impostor, 0.0) > 0.5
    assert metrics.threshold_at_far(impostor, 1.0) == 0.1


def test_equal_impostor_scores_stand_or_fall_together() -> None:
    impostor = np.array([0.5, 0.5, 0.5, 0.1])
    assert (impostor >= metrics.threshold_at_far(impostor, 0.25)).sum() == 0


def test_a_float_that_is_just_under_a_whole_count_is_that_count() -> None:
    """0.001 * 3000 is 3.0000000000000004 or 2.9999999999999996, but three impostors either way."""
    impostor = np.linspace(0, 1, 3000)
    assert (impostor >= metrics.threshold_at_far(impostor, 0.001)).sum() == 3


def test_tpr_at_far() -> None:
    genuine = np.array([0.9, 0.8, 0.4, 0.2])
    impostor = np.array([0.5, 0.3, 0.1, 0.0])
    assert metrics.tpr_at_far(genuine, impostor, 0.0) == 0.5
    assert metrics.tpr_at_far(genuine, impostor, 0.25) == 0.75


def test_area_counts_ties_as_half() -> None:
    # Of 2 x 2 comparisons: 0.9 wins twice, 0.5 ties once and wins once: 3.5 of 4.
    assert metrics.area_under_curve(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == 3.5 / 4


def test_equal_error_rate_of_a_hand_made_case() -> None:
    # Accepting at 0.6: one of four impostors accepted, one of four genuine refused.
    genuine = np.array([0.9, 0.8, 0.6, 0.3])
    impostor = np.array([0.7, 0.2, 0.1, 0.0])
    assert metrics.equal_error_rate(genuine, impostor) == pytest.approx(0.25)
    assert metrics.equal_error_rate(np.array([0.9]), np.array([0.1])) == 0


def test_best_threshold_is_in_the_gap() -> None:
    scores = np.array([0.9, 0.1, 0.8, 0.3])
    assert metrics.best_threshold(scores, np.array([True, False, True, False])) == 0.55
    assert metrics.best_threshold(scores, np.array([False] * 4)) > 0.9
    assert metrics.best_threshold(scores, np.array([True] * 4)) == 0.1


def test_wilson_against_a_published_value() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662."""
    interval = metrics.wilson(81, 263)
    assert interval.low == pytest.approx(0.2553, abs=5e-5)
    assert interval.high == pytest.approx(0.3662, abs=5e-5)


def test_clopper_pearson_against_published_values() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2527 to 0.3676; 0 of 20 gives 0 to 0.1684."""
    interval = metrics.clopper_pearson(81, 263)
    assert interval.low == pytest.approx(0.2527, abs=5e-5)
    assert interval.high == pytest.approx(0.3676, abs=5e-5)
    none = metrics.clopper_pearson(0, 20)
    assert none.low == 0 and none.high == pytest.approx(0.1684, abs=5e-5)
    assert metrics.clopper_pearson(20, 20).low == pytest.approx(1 - 0.1684, abs=5e-5)


def test_no_error_in_n_trials_is_under_three_over_n() -> None:
    for count in (100, 3000):
        bound = metrics.zero_error_bound(count)
        assert 2.9 / count < bound < 3 / count


def test_thresholds_are_measured_while_there_are_scores_and_extrapolated_beyond() -> None:
    """An exponential tail continues as a straight line in log(FMR): its quantiles are known."""
    random = np.random.default_rng(0)
    impostor = random.exponential(0.05, 200_000)
    found = metrics.thresholds_for_fmr(impostor)
    assert [t.extrapolated for t in found] == [False] * 4 + [True] * 2
    for threshold in found:
        assert threshold.cosine == pytest.approx(-0.05 * math.log(threshold.fmr), abs=0.05)
    cosines = [threshold.cosine for threshold in found]
    assert cosines == sorted(cosines)


def test_macro_f1_by_hand() -> None:
    # class 0: TP 1, FN 1, FP 0 -> 2/3; class 1: TP 1, FN 0, FP 1 -> 2/3.
    assert metrics.macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1])) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.threshold_at_far(np.array([]), 0.1),
        lambda: metrics.wilson(0, 0),
        lambda: metrics.clopper_pearson(0, 0),
        lambda: metrics.zero_error_bound(0),
    ],
)
def test_no_trials_is_an_error_and_not_a_number(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]


def test_the_classification_report_by_hand() -> None:
    genuine = np.array([0.9, 0.8, 0.7, 0.2])
    impostor = np.array([0.75, 0.5, 0.4, 0.3, 0.1])
    same, different = metrics.classification_report(genuine, impostor, 0.2)  # one of five may pass
    assert (same.precision, same.recall, same.count) == (3 / 4, 3 / 4, 4)
    assert (different.precision, different.recall, different.count) == (4 / 5, 4 / 5, 5)
    assert same.f1 == 3 / 4 and different.f1 == 4 / 5
