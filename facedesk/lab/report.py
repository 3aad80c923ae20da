"""One self-contained HTML page of what was measured: tables, histograms, no outside files."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facedesk.lab.evaluate import HISTOGRAM_EDGES, Measured, histogram, record
from facedesk.lab.metrics import Interval

_COLOURS = ("#1f6f8b", "#c8553d")
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; color: #1c2430;
       padding: 0 1rem; background: #fff }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .3rem .8rem; border-bottom: 1px solid #dde3ea }
th:first-child, td:first-child { text-align: left }
small { color: #667 } figure { display: inline-block; margin: 0 1.5rem 1rem 0 }
"""


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
    figures = "".join(
        f"<figure><figcaption>{html.escape(m.name)}: cosines of the LFW pairs, genuine and "
        f"impostor</figcaption>{_histogram(m.lfw.genuine, m.lfw.impostor)}</figure>"
        for m in measured
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title>"
        f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1>"
        f"<p><small>{len(measured[0].lfw.genuine)} genuine and {len(measured[0].lfw.impostor)} "
        f"impostor LFW pairs, {measured[0].pairs.impostor_count:,} impostor pairs in all. In "
        f"brackets: 95 % bounds. An extrapolated threshold rests on a fitted tail.</small></p>"
        f"<table><tr><th></th>{head}</tr>{body}</table>{figures}</html>\n"
    )


def write(measured: Sequence[Measured], folder: Path, title: str) -> tuple[Path, Path]:
    """Write ``report.json`` and ``report.html`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, page = folder / "report.json", folder / "report.html"
    as_json.write_text(json.dumps([record(m) for m in measured], indent=1) + "\n", "utf-8")
    page.write_text(as_html(measured, title), "utf-8")
    return as_json, page


def _histogram(
    genuine: NDArray[np.floating],
    impostor: NDArray[np.floating],
    width: int = 460,
    height: int = 220,
) -> str:
    """Two filled outlines over the same axis of cosines, each scaled to its own share."""
    shapes = []
    shares = [histogram(scores) / max(len(scores), 1) for scores in (genuine, impostor)]
    highest = max(float(share.max()) for share in shares) or 1.0
    x = (HISTOGRAM_EDGES - HISTOGRAM_EDGES[0]) / np.ptp(HISTOGRAM_EDGES) * width
    for share, colour in zip(shares, _COLOURS, strict=True):
        y = height - share / highest * (height - 10)
        points = [f"{x[0]:.1f},{height}"]
        for k, top in enumerate(y):
            points += [f"{x[k]:.1f},{top:.1f}", f"{x[k + 1]:.1f},{top:.1f}"]
        points.append(f"{x[-1]:.1f},{height}")
        shapes.append(
            f'<polygon points="{" ".join(points)}" fill="{colour}" fill-opacity=".45" '
            f'stroke="{colour}"/>'
        )
    ticks = "".join(
        f'<text x="{(value + 0.5) / 1.5 * width:.0f}" y="{height + 14}" font-size="11" '
        f'text-anchor="middle">{value:g}</text>'
        for value in (-0.25, 0.0, 0.25, 0.5, 0.75)
    )
    return f'<svg width="{width}" height="{height + 20}">{"".join(shapes)}{ticks}</svg>'
