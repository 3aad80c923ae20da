"""How often pictures pass and people do not: ISO/IEC 30107-3's APCER, BPCER and ACER.

A visit is judged as the kiosk judges it, frame by frame, and counts as accepted where it was found
alive at any moment. APCER is the share of attacks of one kind that was accepted, BPCER the share of
living visits that was not; ACER is the mean of BPCER and the worst kind's APCER.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facedesk.core.liveness import (
    Evidence,
    FusionWeights,
    Glance,
    Liveness,
    PassiveRules,
)
from facedesk.lab import plots
from facedesk.lab.liveness.visits import Visit
from facedesk.lab.metrics import Interval, wilson
from facedesk.lab.plots import Axis
from facedesk.lab.report import percent

_CUES = ("logit", "sheet", "together", "flicker", "stirring")
_FACE_PX = (0, 70, 100, 140, 190, 1000)
_LIGHT = (0, 60, 90, 120, 150, 256)


@dataclass(frozen=True, slots=True)
class Judge:
    """One way to judge: a network's logits under some rules. `sure`: where doubt is challenged."""

    name: str
    network: str
    rules: PassiveRules
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A visit's end. `score`: the highest log-odds of a living face in the frames in which nothing
    else ruled it out; -infinity where there was none.
    """

    visit: Visit
    accepted: bool
    score: float


@dataclass(frozen=True, slots=True)
class Measured:
    judge: Judge
    judged: tuple[Judged, ...]

    def share(self, kind: str, *, accepted: bool) -> Interval:
        """Of the visits of that kind ("live" for all living ones), those accepted or not."""
        found = [j.accepted for j in self.judged if j.visit.kind.startswith(kind)]
        return wilson(sum(flag is accepted for flag in found), len(found))

    @property
    def kinds(self) -> list[str]:
        return sorted({j.visit.kind for j in self.judged})

    @property
    def attacks(self) -> list[str]:
        return [kind for kind in self.kinds if not kind.startswith("live")]

    @property
    def acer(self) -> float:
        worst = max(self.share(kind, accepted=True).share for kind in self.attacks)
        return (worst + self.share("live", accepted=False).share) / 2


def judge_visit(glances: Sequence[Glance], judge: Judge) -> tuple[bool, float]:
    rules = judge.rules
    evidence = Evidence(rules)
    accepted, score = False, -np.inf
    for glance in glances:
        alive = evidence.add(glance) is Liveness.LIVE
        accepted = accepted or (evidence.sure if judge.sure else alive)
        ruled_out = evidence.stiff or evidence.patterned or (judge.sure and evidence.edged)
        if evidence.frames >= rules.least_frames and not ruled_out:
            score = max(score, evidence.log_odds)
    return accepted, float(score)


def measure(visits: Sequence[Visit], judge: Judge) -> Measured:
    return Measured(
        judge,
        tuple(Judged(visit, *judge_visit(visit.by(judge.network), judge)) for visit in visits),
    )


def fit(
    visits: Sequence[Visit], network: str, penalty: float = 0.005, steps: int = 20_000
) -> FusionWeights:
    """Logistic regression of living or not on a visit's cues, both sides weighing the same.

    Weights may not point the wrong way: an edge around the face never speaks for life.
    """
    rules = PassiveRules(FusionWeights(0, 1, 0, 0, 0))
    rows, targets = [], []
    for visit in visits:
        evidence = Evidence(rules)
        for glance in visit.by(network):
            evidence.add(glance)
        cues = evidence.cues()
        rows.append([1.0, *(getattr(cues, name) or 0.0 for name in _CUES)])
        targets.append(visit.live)
    x, y = np.array(rows), np.array(targets, float)
    share = np.where(y == 1, 0.5 / y.sum(), 0.5 / (1 - y).sum())
    weights = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -40, 40)))
        gradient = x.T @ (share * (p - y)) + penalty * np.append(0.0, weights[1:])
        weights -= 0.2 * gradient
        weights[1] = max(0.0, weights[1])
        weights[2:5] = np.minimum(0.0, weights[2:5])
        weights[5] = max(0.0, weights[5])
    return FusionWeights(*(round(float(weight), 3) for weight in weights))


def accept_for(measured: Measured, bpcer: float) -> float:
    """The probability from which at most that share of the living is refused."""
    living = np.sort([j.score for j in measured.judged if j.visit.live])
    cut = living[int(np.floor(bpcer * len(living)))]
    return float(1 / (1 + np.exp(-cut)))


def rows(measured: Sequence[Measured]) -> list[tuple[str, list[str]]]:
    first = measured[0]
    lines: list[tuple[str, list[str]]] = []
    for kind in first.attacks:
        count = sum(j.visit.kind == kind for j in first.judged)
        cells = [percent(m.share(kind, accepted=True), 1) for m in measured]
        lines.append((f"APCER {kind} ({count} visits)", cells))
    for kind in [kind for kind in first.kinds if kind.startswith("live")]:
        count = sum(j.visit.kind == kind for j in first.judged)
        cells = [percent(m.share(kind, accepted=False), 1) for m in measured]
        lines.append((f"BPCER {kind} ({count} visits)", cells))
    lines.append(("BPCER all", [percent(m.share("live", accepted=False), 1) for m in measured]))
    lines.append(("ACER (worst kind)", [f"{100 * m.acer:.1f} %" for m in measured]))
    lines.append(("equal error rate", [f"{100 * _equal_error(m):.1f} %" for m in measured]))
    return lines


def steps(measured: Measured) -> list[tuple[str, list[str]]]:
    """Whether the score falls off a cliff with distance or light: living visits, by bins."""
    living = [j for j in measured.judged if j.visit.live]
    found = []
    for name, edges, value in (
        ("face of {} to {} px", _FACE_PX, _size),
        ("light of {} to {}", _LIGHT, _light),
    ):
        for low, high in itertools.pairwise(edges):
            inside = [j for j in living if low <= value(j.visit) < high]
            if inside:
                median = float(np.median([j.score for j in inside]))
                shares = wilson(sum(j.accepted for j in inside), len(inside))
                found.append((name.format(low, high), [f"{median:.2f}", percent(shares, 1)]))
    return found


def as_text(measured: Sequence[Measured], shipped: Measured) -> str:
    """`shipped`: the one of them whose scores are told against size and light."""
    table = [("", [m.judge.name for m in measured]), *rows(measured)]
    cliff = [(shipped.judge.name, ["median log-odds", "accepted"]), *steps(shipped)]
    return "\n\n".join(_columns(part) for part in (table, cliff))


def _columns(table: Sequence[tuple[str, list[str]]]) -> str:
    wide = max(len(label) for label, _ in table)
    widths = [max(len(cells[i]) for _, cells in table) for i in range(len(table[0][1]))]
    return "\n".join(
        label.ljust(wide) + "".join("  " + c.rjust(w) for c, w in zip(cells, widths, strict=True))
        for label, cells in table
    )


def write(measured: Sequence[Measured], shipped: Measured, folder: Path) -> Path:
    """`liveness.json` and a page with the tables, the DET plot and the scores."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {m.judge.name: dict(rows([m])) for m in measured}
    (folder / "liveness.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    ticks = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
    rates = {m.judge.name: _det(m) for m in measured}
    det = plots.curves(
        {name: (100 * apcer, 100 * bpcer) for name, (apcer, bpcer) in rates.items()},
        Axis("APCER, all attacks, %", 1.0, 100.0, ticks, logarithmic=True),
        Axis("BPCER, %", 1.0, 100.0, ticks, logarithmic=True),
    )
    page = folder / "liveness.html"
    page.write_text(
        plots.page(
            "Living faces and pictures of faces",
            _table([("", [m.judge.name for m in measured]), *rows(measured)])
            + plots.figure("Detection error trade-off; 1 % stands for less, too", det)
            + _against_size_and_light(shipped)
            + _table([(shipped.judge.name, ["median log-odds", "accepted"]), *steps(shipped)]),
        ),
        "utf-8",
    )
    return page


def _against_size_and_light(measured: Measured) -> str:
    """Every visit's score against how large and how bright its face was."""
    drawn = ""
    for caption, axis, value in (
        ("Score against the face's size", Axis("face, px", 40, 400, _FACE_PX[1:-1], True), _size),
        ("Score against light", Axis("mean grey of the face", 0, 255, _LIGHT), _light),
    ):
        groups = {
            name: np.array([(value(j.visit), j.score) for j in chosen], float).reshape(-1, 2)
            for name, chosen in (
                ("living, accepted", [j for j in measured.judged if j.visit.live and j.accepted]),
                ("living, not", [j for j in measured.judged if j.visit.live and not j.accepted]),
                ("pictures", [j for j in measured.judged if not j.visit.live]),
            )
        }
        log_odds = Axis("log-odds of a living face", -12, 12, (-12, -6, 0, 6, 12))
        drawn += plots.figure(caption, plots.scatter(groups, axis, log_odds))
    return drawn


def _size(visit: Visit) -> float:
    return visit.face_px


def _light(visit: Visit) -> float:
    return float(np.mean([glance.light for glance in visit.glances]))


def _table(lines: Sequence[tuple[str, list[str]]]) -> str:
    body = "".join(
        f"<tr><td>{label}</td>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        for label, cells in lines
    )
    return f"<table>{body}</table>"


def _det(measured: Measured) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """APCER and BPCER over all thresholds."""
    living = np.array([j.score for j in measured.judged if j.visit.live])
    attack = np.array([j.score for j in measured.judged if not j.visit.live])
    cuts = np.unique(np.concatenate((living, attack, [np.inf])))
    apcer = np.array([(attack >= cut).mean() for cut in cuts])
    bpcer = np.array([(living < cut).mean() for cut in cuts])
    return apcer, bpcer


def _equal_error(measured: Measured) -> float:
    apcer, bpcer = _det(measured)
    at = int(np.argmin(np.abs(apcer - bpcer)))
    return float((apcer[at] + bpcer[at]) / 2)
