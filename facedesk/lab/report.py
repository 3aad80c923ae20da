"""One self-contained HTML page of what was measured: tables, histograms, no outside files."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facedesk.lab import plots
from facedesk.lab.evaluate import HISTOGRAM_EDGES, Measured, histogram, record
from facedesk.lab.metrics import Interval, classification_report
from facedesk.lab.plots import Axis

_LOWEST_FAR = 1e-5


def percent(interval: Interval, digits: int = 2) -> str:
    """A share with its bounds: ``97.30 % (96.7-97.9)``."""
    low, high = 100 * interval.low, 100 * interval.high
    return f"{100 * interval.share:.{digits}f} % ({low:.1f}-{high:.1f})"


def rows(measured: Sequence[Measured]) -> list[tuple[str, list[str]]]:
    """The comparison, one line a figure, one column a model."""
    lines: list[tuple[str, list[str]]] = [
        ("file, MB", [f"{m.size_bytes / 1e6:.2f}" for m in measured]),
        ("ms a face, one thread", [f"{m.milliseconds:.2f}" for m in measured]),
        ("landmarks by", [m.landmarks_from for m in measured]),
        (
            "LFW 10-fold accuracy",
            [
                f"{100 * m.lfw.accuracy:.2f} +- {100 * m.lfw.accuracy_deviation:.2f} % "
                f"({100 * m.lfw.accuracy_bounds.low:.2f}-{100 * m.lfw.accuracy_bounds.high:.2f})"
                for m in measured
            ],
        ),
    ]
    for far in measured[0].lfw.tpr:
        lines.append((f"LFW TPR at FAR {far:g}", [percent(m.lfw.tpr[far]) for m in measured]))
    for far in measured[0].lfw.tpr:
        reports = [classification_report(m.lfw.genuine, m.lfw.impostor, far) for m in measured]
        macro = [f"{(same.f1 + different.f1) / 2:.4f}" for same, different in reports]
        lines.append((f"LFW macro F1 at FAR {far:g}", macro))
        for k, answer in enumerate(("one person", "two people")):
            cells = [
                f"{100 * found[k].precision:.2f} / {100 * found[k].recall:.2f} %"
                for found in reports
            ]
            lines.append((f'  "{answer}": precision / recall', cells))
    lines.append(("LFW AUC", [f"{m.lfw.auc:.5f}" for m in measured]))
    lines.append(("LFW equal error rate", [f"{100 * m.lfw.eer:.2f} %" for m in measured]))
    for far in measured[0].pairs.tpr:
        label = f"all impostor pairs: TPR at FAR {far:g}"
        lines.append((label, [percent(m.pairs.tpr[far]) for m in measured]))
    lines.append(("closed set rank 1", [percent(m.closed.rank_1) for m in measured]))
    lines.append(("closed set macro F1", [f"{m.closed.f1:.4f}" for m in measured]))
    for index, setting in enumerate(measured[0].open):
        for fpir in setting.fnir:
            label = (
                f"open set, {setting.enrolled} enrolled with {setting.samples}, "
                f"{setting.strangers} strangers: FNIR at FPIR {fpir:g}"
            )
            lines.append((label, [percent(m.open[index].fnir[fpir]) for m in measured]))
    for index, threshold in enumerate(measured[0].thresholds):
        cells = [
            f"{m.thresholds[index].cosine:.4f}"
            + (" (extrapolated)" if m.thresholds[index].extrapolated else "")
            for m in measured
        ]
        lines.append((f"cosine for FMR {threshold.fmr:g}", cells))
    lines.append(("cosine to the own mean", [f"{m.within:.3f}" for m in measured]))
    lines.append(("cosine of people's means", [f"{m.between:.3f}" for m in measured]))
    return lines


def as_text(measured: Sequence[Measured]) -> str:
    """The comparison for a terminal."""
    table = [("", [m.name for m in measured]), *rows(measured)]
    wide = max(len(label) for label, _ in table)
    columns = [max(len(cells[i]) for _, cells in table) for i in range(len(measured))]
    return "\n".join(
        label.ljust(wide) + "".join("  " + c.rjust(w) for c, w in zip(cells, columns, strict=True))
        for label, cells in table
    )


def as_html(measured: Sequence[Measured], title: str) -> str:
    """The whole page."""
    head = "".join(f"<th>{html.escape(m.name)}</th>" for m in measured)
    body = "".join(
        f"<tr><td>{html.escape(label)}</td>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for label, cells in rows(measured)
    )
    figures = "".join(_figures(m) for m in measured)
    operating = plots.curves(
        {m.name: _operating_curve(m) for m in measured},
        Axis("FAR, all impostor pairs", _LOWEST_FAR, 1.0, (1e-5, 1e-4, 1e-3, 0.01, 0.1, 1), True),
        Axis("TPR", 0.0, 1.0, (0, 0.25, 0.5, 0.75, 1)),
    )
    about = (
        f"<p><small>{len(measured[0].lfw.genuine)} genuine and {len(measured[0].lfw.impostor)} "
        f"impostor LFW pairs, {measured[0].pairs.impostor_count:,} impostor pairs in all. In "
        f"brackets: 95 % bounds. An extrapolated threshold rests on a fitted tail.</small></p>"
    )
    return plots.page(
        title,
        f"{about}<table><tr><th></th>{head}</tr>{body}</table>"
        f"{plots.figure('Operating curves', operating)}{figures}",
    )


def _operating_curve(m: Measured) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """FAR and TPR at a hundred false alarm rates, evenly over the decades."""
    far = np.logspace(np.log10(_LOWEST_FAR), 0, 100)
    thresholds = np.quantile(m.pairs.impostor, 1 - far)
    return far, np.array([float((m.lfw.genuine >= cut).mean()) for cut in thresholds])


def _figures(m: Measured) -> str:
    pairs = plots.histograms(
        {"genuine": histogram(m.lfw.genuine), "impostor": histogram(m.lfw.impostor)},
        HISTOGRAM_EDGES,
    )
    side = Axis("", -1.0, 1.0, ())
    people = {str(person): m.map.points[m.map.people == person] for person in m.map.shown}
    return plots.figure(f"{m.name}: cosines of the LFW pairs", pairs) + plots.figure(
        f"{m.name}: t-SNE of the {len(m.map.shown)} people with most pictures, a colour a person",
        plots.scatter(people, side, side, legend=False),
    )


def write(measured: Sequence[Measured], folder: Path, title: str) -> tuple[Path, Path]:
    """Write ``report.json`` and ``report.html`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, page = folder / "report.json", folder / "report.html"
    as_json.write_text(json.dumps([record(m) for m in measured], indent=1) + "\n", "utf-8")
    page.write_text(as_html(measured, title), "utf-8")
    return as_json, page
