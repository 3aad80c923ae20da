from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.liveness import FusionWeights, Glance, PassiveRules
from facedesk.lab.liveness.evaluate import Judge, accept_for, as_text, fit, measure, write
from facedesk.lab.liveness.visits import Visit

PLAIN = PassiveRules(FusionWeights(0, 1, 0, 0, 0), accept=0.5, least_frames=4)


def visit(kind: str, logit: float, sheet: float = 0.0, number: int = 0) -> Visit:
    glances = tuple(Glance(0.0, sheet, None, 100 * number + n, 120.0, 90.0) for n in range(8))
    return Visit(kind, "0001", f"{kind}{number}", glances, {"net": np.full(8, logit)}, 150.0)


def test_shares_are_counted_by_kind() -> None:
    found = [
        *(visit("live, desk", 2.0, number=n) for n in range(9)),
        visit("live, desk", -2.0, number=9),
        *(visit("print", -2.0, number=n) for n in range(3)),
        visit("print", 2.0, number=3),
        visit("screen", -2.0),
    ]
    measured = measure(found, Judge("net", "net", PLAIN))
    assert measured.share("live", accepted=False).share == pytest.approx(0.1)
    assert measured.share("print", accepted=True).share == pytest.approx(0.25)
    assert measured.share("screen", accepted=True).share == 0.0
    assert measured.acer == pytest.approx((0.25 + 0.1) / 2)  # of the worst kind
    text = as_text([measured], measured)
    assert "APCER print (4 visits)" in text
    assert "BPCER live, desk (10 visits)" in text


def test_what_a_pattern_rules_out_has_no_score(tmp_path: Path) -> None:
    dotted = visit("print", 3.0)
    dotted = replace(dotted, glances=tuple(replace(g, grid=5.0) for g in dotted.glances))
    measured = measure([visit("live, desk", 2.0), dotted], Judge("net", "net", PLAIN))
    assert [j.score for j in measured.judged] == [pytest.approx(2.0), -np.inf]
    page = write([measured], measured, tmp_path).read_text("utf-8")
    for caption in ("Detection error trade-off", "face&#x27;s size", "against light"):
        assert caption in page


def test_the_operating_point_refuses_no_more_than_asked() -> None:
    found = [visit("live", value, number=n) for n, value in enumerate(np.linspace(0.1, 3, 20))]
    measured = measure([*found, visit("print", -3.0)], Judge("net", "net", PLAIN))
    for bpcer in (0.0, 0.05, 0.2):
        accept = accept_for(measured, bpcer)
        rules = PassiveRules(PLAIN.weights, accept - 1e-9, least_frames=4)
        again = measure(found, Judge("net", "net", rules))
        assert again.share("live", accepted=False).share <= bpcer + 1e-9


def test_fitted_weights_use_a_cue_that_tells_and_none_points_the_wrong_way() -> None:
    random = np.random.default_rng(0)
    found = [
        *(visit("live", random.normal(1), 0.1, n) for n in range(30)),
        *(visit("print", random.normal(-1), 0.8, n) for n in range(30)),
    ]
    weights = fit(found, "net", steps=3000)
    assert weights.logit > 0
    assert weights.sheet < -0.3
    turned = [visit("live", 2.0, 0.9, n) for n in range(9)] + [
        visit("print", -2.0, 0.0, n) for n in range(9)
    ]
    assert fit(turned, "net", steps=3000).sheet == 0.0
