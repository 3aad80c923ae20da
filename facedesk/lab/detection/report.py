"""What was measured: text for a terminal, JSON, and one HTML page without outside files."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from facedesk.lab import plots
from facedesk.lab.detection.evaluate import Measured

Row = tuple[str, list[str]]


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def tables(measured: Sequence[Measured]) -> list[tuple[str, list[Row]]]:
    """Title and rows of every table, one column a detector."""
    found: list[tuple[str, list[Row]]] = []
    for name, first in measured[0].sets.items():
        each = [m.sets[name] for m in measured]
        rows: list[Row] = [
            ("recall at the threshold", [_percent(s.recall) for s in each]),
            ("precision at the threshold", [_percent(s.precision) for s in each]),
            ("false positives", [str(s.false_positives) for s in each]),
            ("average precision", [f"{s.average_precision:.4f}" for s in each]),
            ("recall at 0.01 false a picture", [_percent(s.recall_at_1_percent) for s in each]),
            (
                "recall at the score chosen on spare pictures",
                [_percent(m.at_chosen[name][0]) for m in measured],
            ),
            ("false positives at that score", [str(m.at_chosen[name][1]) for m in measured]),
            ("mean IoU of found", [f"{s.mean_iou:.3f}" for s in each]),
            ("NME by eye distance, mean", [_percent(s.nme) for s in each]),
            ("NME, 90th percentile", [_percent(s.nme_90) for s in each]),
            ("faces with NME under 10 %", [_percent(s.nme_under_10_percent) for s in each]),
        ]
        for size, (count, _) in first.recall_by_px.items():
            shares = [_percent(s.recall_by_px[size][1]) for s in each]
            rows.append((f"recall, faces of {size} px ({count})", shares))
        found.append((f"{name}: {first.pictures} pictures, {first.faces} faces", rows))
    hard: list[Row] = [
        (name, [_percent(m.conditions[name]) for m in measured]) for name in measured[0].conditions
    ]
    found.append(("Faces found under hard conditions (640x480)", hard))
    rest: list[Row] = [
        ("score threshold", [f"{m.threshold:g}" for m in measured]),
        (
            "score with 0.01 false a picture on spare pictures",
            [f"{m.chosen:.3f}" for m in measured],
        ),
        (
            "false positives on pictures without faces",
            [f"{m.empty[0]} on {m.empty[1]}" for m in measured],
        ),
        ("jitter of the box, still scene", [_percent(m.jitter[0]) for m in measured]),
        ("jitter of the landmarks, still scene", [_percent(m.jitter[1]) for m in measured]),
    ]
    for size in measured[0].milliseconds:
        cells = [f"{m.milliseconds[size][0]:.2f} ({m.milliseconds[size][1]:.2f})" for m in measured]
        rest.append((f"ms a frame at {size}: median (smallest)", cells))
    found.append(("Everything else", rest))
    return found


def as_text(measured: Sequence[Measured]) -> str:
    """The tables for a terminal."""
    lines = []
    names = [m.name for m in measured]
    for title, rows in tables(measured):
        lines += ["", title]
        wide = max(len(label) for label, _ in rows)
        columns = [
            max(len(name), *(len(cells[k]) for _, cells in rows)) for k, name in enumerate(names)
        ]
        for label, cells in [("", names), *rows]:
            padded = (c.rjust(w) for c, w in zip(cells, columns, strict=True))
            lines.append("  " + label.ljust(wide) + "".join("  " + cell for cell in padded))
    return "\n".join(lines)


def as_html(measured: Sequence[Measured], figures: str) -> str:
    """The whole page; `figures` as HTML."""
    head = "<tr><th></th>" + "".join(f"<th>{html.escape(m.name)}</th>" for m in measured) + "</tr>"
    parts = []
    for title, rows in tables(measured):
        body = "".join(
            f"<tr><td>{html.escape(label)}</td>"
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for label, cells in rows
        )
        parts.append(f"<h2>{html.escape(title)}</h2><table>{head}{body}</table>")
    about = (
        "<p>The truth of all sets but dlib's is the agreement of YuNet s, YuNet n and BlazeFace "
        "over several views: it leans towards YuNet. MediaPipe's mouth corners are estimated and "
        "its boxes are drawn differently, so its IoU and NME are not comparable.</p>"
    )
    return plots.page("Face detectors on the same pictures", about + "".join(parts) + figures)


def write(measured: Sequence[Measured], folder: Path, figures: str = "") -> Path:
    """Write `detection.json` and `detection.html`; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps([asdict(m) for m in measured], indent=1)
    (folder / "detection.json").write_text(content + "\n", "utf-8")
    page = folder / "detection.html"
    page.write_text(as_html(measured, figures), "utf-8")
    return page
