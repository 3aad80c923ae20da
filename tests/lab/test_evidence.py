"""Ways to add up the frames of a visit, on scores whose answer is known."""

import numpy as np
import pytest

from facedesk.core.matching import Gallery
from facedesk.lab.evidence import (
    Half,
    as_table,
    best_three,
    correlation_of,
    judged,
    log_ratios,
    normalised,
    sequential,
)


def visits(seed: int, own: float, between: float = 0.05) -> Half:
    """60 people's visits of 5 frames, every second one a stranger's; `own` lifts the own score."""
    random = np.random.default_rng(seed)
    scores, owner = [], []
    for visit in range(400):
        each = random.normal(0.1, between, (1, 60)) + random.normal(0, 0.05, (5, 60))
        person = visit % 60 if visit % 2 else -1
        if person >= 0:
            each[:, person] += own
        scores.append(each.astype(np.float32))
        owner.append(person)
    return Half(scores, np.array(owner))


def test_best_three_is_what_the_kiosk_does() -> None:
    scores = np.array([[0.1, 0.9], [0.5, 0.0], [0.4, 0.3], [0.6, 0.2]], np.float32)
    assert best_three(scores) == pytest.approx([0.5, (0.9 + 0.3 + 0.2) / 3])


def test_likelihood_ratios_rise_with_the_score_and_decide() -> None:
    learnt, shown = visits(1, own=0.35), visits(2, own=0.35)
    ratio = log_ratios(learnt)
    assert (np.diff(ratio) >= 0).all()
    assert np.isfinite(ratio).all()
    said = judged(shown, sequential(ratio, correlation_of(learnt, ratio)))
    assert said.refused(1e-2).mean() < 0.02
    assert said.stranger.sum() == 200


def test_frames_of_one_visit_are_found_to_be_alike() -> None:
    independent, alike = visits(3, 0.5, between=1e-6), visits(3, 0.5, between=0.2)
    ratio = np.linspace(-5, 5, 400)
    assert correlation_of(independent, ratio) < 0.3
    assert correlation_of(alike, ratio) > 0.7


def test_normalising_takes_back_what_a_probe_shares_with_everybody() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(30, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rule = normalised(Gallery("c", vectors, np.arange(30), {}))
    scores = random.normal(0.1, 0.1, (4, 30)).astype(np.float32)
    # Only the half that looks at the person sees a probe that is a little like everybody.
    spread = np.array([rule(scores + np.float32(shift)) - rule(scores) for shift in (0.1, 0.3)])
    assert spread[1] == pytest.approx(3 * spread[0], rel=1e-2)
    assert (spread[0] > 0).all()


def test_the_table_counts_against_the_first_rule() -> None:
    shown = visits(4, own=0.3)
    base = judged(shown, best_three)
    worse = judged(shown, lambda scores: scores[0].astype(np.float64))
    table = as_table({"in force": base, "first frame": worse})
    assert "(+0)" in table.splitlines()[1]
    assert "(+" in table.splitlines()[2]
    assert worse.refused(1e-2).sum() > base.refused(1e-2).sum()
