"""Impostors who are morphed in step by step: the attack works, and the rule stops it."""

import numpy as np

from facedesk.core.operating_point import tail_of
from facedesk.lab.poisoning import Attack, as_text, attacked, template

TAIL = tail_of({"fmr_1e-4": 0.40, "fmr_1e-6": 0.44})
THRESHOLD = 0.44


def attack(seed: int, alike: float = 0.3) -> Attack:
    """Two people whose faces have the cosine `alike`; pictures of one person have about 0.9."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.normal(size=(64, 6)))[0].T
    person, impostor = axes[0], alike * axes[0] + np.sqrt(1 - alike**2) * axes[1]

    def picture(of: np.ndarray, noise: np.ndarray) -> np.ndarray:
        return (0.95 * of + np.sqrt(1 - 0.95**2) * noise).astype(np.float32)

    return Attack(
        picture(person, axes[2])[np.newaxis],
        picture(person, axes[3]),
        picture(impostor, axes[4]),
        picture(impostor, axes[5]),
    )


def named(pair: Attack, automatic: np.ndarray) -> bool:
    now = template(np.concatenate([pair.enrolled, automatic]))
    return float(now @ pair.impostor_again) >= THRESHOLD


def test_without_the_anchor_the_impostor_gets_in_and_with_it_not() -> None:
    pairs = [attack(seed) for seed in range(20)]
    assert not any(named(pair, pair.enrolled[:0]) for pair in pairs)
    loose = [attacked(pair, TAIL, THRESHOLD, anchored=False) for pair in pairs]
    assert all(named(pair, automatic) for pair, automatic in zip(pairs, loose, strict=True))
    for pair in pairs:
        automatic = attacked(pair, TAIL, THRESHOLD)
        assert len(automatic) > 0
        assert (automatic @ template(pair.enrolled)).min() >= 0.48 - 1e-6


def test_the_report_counts_the_new_ones() -> None:
    lines: list[str] = []
    as_text([attack(seed) for seed in range(5)], TAIL, THRESHOLD, lines.append)
    assert "impostors named     0 of 5" in lines[0]
    assert "by the attack    0" in lines[1]
    assert "by the attack    5" in lines[3]
