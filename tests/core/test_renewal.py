"""When a check-in's face may become a sample, and why an impostor cannot creep in."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from facedesk.core.operating_point import tail_of
from facedesk.core.records import Identification, Method, Quality, QualityReason
from facedesk.core.renewal import Known, anchored, may_renew, safe_score
from tests.store.samples import MORNING

TAIL = tail_of({"fmr_1e-4": 0.4, "fmr_1e-6": 0.52})
HOW = Identification(Method.FACE, "", "camera", score=0.75, runner_up=0.2, threshold=0.5)
GOOD = Quality((), 140.0, 20.0, 120.0, 40.0, 3.0, 2.0, 0.0)
AXES = np.eye(16, dtype=np.float32)
KNOWN = Known(AXES[:1], np.empty((0, 16), np.float32), ())


def turned(cosine: float, towards: int = 1) -> np.ndarray:
    """A unit vector with this cosine to the enrolled one."""
    return (cosine * AXES[0] + np.sqrt(1 - cosine**2) * AXES[towards]).astype(np.float32)


def allowed(**changes: object) -> bool:
    given = {
        "how": HOW, "vector": turned(0.8), "quality": GOOD, "known": KNOWN, "tail": TAIL,
        "margin": 0.05, "now_utc": MORNING,
    }  # fmt: skip
    return may_renew(**{**given, **changes})  # type: ignore[arg-type]


def test_a_very_safe_check_in_may_renew() -> None:
    assert allowed()
    # A hundred times rarer than the threshold's rate: two decades of 0.06.
    assert safe_score(TAIL, 0.5) == pytest.approx(0.62)


@pytest.mark.parametrize(
    "changes",
    [
        {"how": replace(HOW, score=0.61)},  # enough for a name, not for a sample
        {"how": replace(HOW, runner_up=0.46)},  # somebody else comes near
        {"vector": turned(0.61)},  # not safely the enrolled person
        {"vector": turned(0.97)},  # nothing new
        {"quality": replace(GOOD, reasons=(QualityReason.BLURRED,))},
        {"quality": replace(GOOD, sharpness=5.0)},  # good enough to check in, not to be kept
        {"quality": replace(GOOD, yaw_deg=-42.0)},
        {"known": replace(KNOWN, enrolled=np.empty((0, 16), np.float32))},
        {"known": replace(KNOWN, renewed_utc=(MORNING - timedelta(days=13),))},
    ],
)
def test_what_is_less_than_very_safe_may_not(changes: dict[str, object]) -> None:
    assert not allowed(**changes)


def test_an_old_renewal_does_not_stand_in_the_way() -> None:
    old = replace(KNOWN, automatic=turned(0.8)[None], renewed_utc=(MORNING - timedelta(days=14),))
    assert allowed(known=old, vector=turned(0.8, towards=2))


def test_an_impostor_cannot_creep_in() -> None:
    """Every step is as far towards the impostor as is let through; automatic samples help none."""
    impostor = AXES[1]
    automatic: list[np.ndarray] = []
    reached = 1.0
    for step in range(40):
        known = Known(AXES[:1], np.array([*automatic[-2:]]).reshape(-1, 16).astype(np.float32), ())
        for cosine in np.arange(0.94, 0.0, -0.01):
            if not allowed(vector=turned(float(cosine)), known=known, how=HOW):
                break
            reached = min(reached, float(cosine))
        automatic.append(turned(reached))
        assert reached >= safe_score(TAIL, HOW.threshold) - 1e-6, step
    # What the gallery then holds of the person is still much nearer to the person.
    mean = np.mean([AXES[0], *automatic[-2:]], axis=0)
    mean /= np.linalg.norm(mean)
    assert mean @ AXES[0] > mean @ impostor + 0.1


def test_the_anchor_does_not_know_automatic_samples() -> None:
    assert anchored(AXES[:1], turned(0.7), 0.62)
    assert not anchored(AXES[:1], turned(0.6), 0.62)
    assert anchored(np.stack([AXES[0], AXES[1]]), turned(np.sqrt(0.5)), 0.99)
