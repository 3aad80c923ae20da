"""The losses side by side: every finished small run is kept, so the table can grow in pieces."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from facedesk.lab import plots
from facedesk.lab.labelled import Budget, SmallRun
from facedesk.lab.plots import Axis


def kept(folder: Path, budget: Budget) -> dict[str, SmallRun]:
    """The runs of this very budget in ``folder``, by the name of the loss."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        if content.pop("budget") == asdict(budget):
            content["tpr"] = {float(far): share for far, share in content["tpr"].items()}
            content["curve"] = tuple((far, share) for far, share in content["curve"])
            run = SmallRun(**content)
            found[run.loss] = run
    return found


def keep(run: SmallRun, budget: Budget, folder: Path) -> None:
    """Write a run beside the others; a file of its own, so that processes can share the work."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "_", f"{run.loss.lower()} {budget.steps}")
    text = json.dumps({**asdict(run), "budget": asdict(budget)}, indent=1)
    (folder / f"{name}.json").write_text(text + "\n", "utf-8")


def as_table(runs: Sequence[SmallRun]) -> str:
    """For a terminal and for a README."""
    lines = [
        "| loss | TPR at FAR 1e-2 | 1e-3 | 1e-4 | AUC | CPU seconds |",
        "|---|---|---|---|---|---|",
    ]
    for run in runs:
        shares = " | ".join(f"{100 * share:.1f} %" for share in run.tpr.values())
        lines.append(f"| {run.loss} | {shares} | {run.auc:.4f} | {run.seconds:.0f} |")
    return "\n".join(lines)


def write_page(runs: Sequence[SmallRun], budget: Budget, path: Path) -> None:
    """One HTML page: the table and the operating curves, in two groups to stay readable."""
    rows = "".join(
        f"<tr><td>{run.loss}</td>"
        + "".join(f"<td>{100 * share:.1f} %</td>" for share in run.tpr.values())
        + f"<td>{run.auc:.4f}</td><td>{run.seconds:.0f}</td></tr>"
        for run in runs
    )
    across = Axis("FAR on people never seen", 1e-4, 1.0, (1e-4, 1e-3, 0.01, 0.1, 1), True)
    up = Axis("TPR", 0.0, 1.0, (0, 0.25, 0.5, 0.75, 1))
    figures = ""
    for title, group in (
        ("Losses with a class for each person", [r for r in runs if _has_classes(r)]),
        ("Triplets and distillation", [r for r in runs if not _has_classes(r)]),
    ):
        lines = {run.loss: tuple(np.array(run.curve).T) for run in group}
        figures += plots.figure(title, plots.curves(lines, across, up))
    about = (
        f"<p><small>{budget.steps} steps of {budget.people} x {budget.pictures} faces of "
        f"{budget.size_px} px, MobileFaceNet with a stem of {budget.stem}, the same seed, batches "
        "and views for all: how losses compare under one small budget.</small></p>"
    )
    head = "<tr><th>loss</th><th>TPR at FAR 1e-2</th><th>1e-3</th><th>1e-4</th><th>AUC</th>"
    table = f"<table>{head}<th>CPU seconds</th></tr>{rows}</table>"
    path.write_text(plots.page("Losses under one budget", about + table + figures), "utf-8")


def _has_classes(run: SmallRun) -> bool:
    return not run.loss.startswith(("triplet", "distillation"))
