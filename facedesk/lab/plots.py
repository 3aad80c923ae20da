"""Plots as inline SVG, so that a report is one file that opens anywhere. numpy only."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Okabe and Ito's palette, told apart by people with any colour vision.
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7a6a00", "#444444",
)  # fmt: skip
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; color: #1c2430;
       padding: 0 1rem; background: #fff }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .3rem .8rem; border-bottom: 1px solid #dde3ea }
th:first-child, td:first-child { text-align: left } h2 { font-size: 1.1rem; margin-top: 2rem }
small { color: #667 } figure { display: inline-block; margin: 0 1.5rem 1rem 0; vertical-align: top }
"""
_WIDTH, _HEIGHT, _LEFT, _FOOT = 460, 240, 46, 34


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows: its label, range and marks; ``logarithmic`` needs a range above 0."""

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def place(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """0 to 1 along the axis; what lies outside is put on its ends."""
        inside = np.clip(np.asarray(values, np.float64), self.low, self.high)
        if self.logarithmic:
            inside, low, high = np.log10(inside), np.log10(self.low), np.log10(self.high)
        else:
            low, high = np.float64(self.low), np.float64(self.high)
        placed: NDArray[np.float64] = (inside - low) / (high - low)
        return placed


def page(title: str, body: str) -> str:
    """A whole HTML page."""
    name = html.escape(title)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{name}</title>"
        f"<style>{STYLE}</style><h1>{name}</h1>{body}</html>\n"
    )


def figure(caption: str, drawing: str) -> str:
    """A plot with its words."""
    return f"<figure><figcaption>{html.escape(caption)}</figcaption>{drawing}</figure>"


def curves(
    lines: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating]]], x: Axis, y: Axis
) -> str:
    """One line a name through its points (x values, y values), with a legend below."""
    drawn = []
    for (across, up), colour in zip(lines.values(), _cycle(len(lines)), strict=True):
        points = " ".join(
            f"{left:.1f},{top:.1f}" for left, top in zip(*_places(across, up, x, y), strict=True)
        )
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
    return _framed("".join(drawn), x, y, tuple(lines))


def scatter(
    groups: Mapping[str, NDArray[np.floating]], x: Axis, y: Axis, legend: bool = True
) -> str:
    """One colour a group of points (n, 2)."""
    drawn = []
    for points, colour in zip(groups.values(), _cycle(len(groups)), strict=True):
        for left, top in zip(*_places(points[:, 0], points[:, 1], x, y), strict=True):
            drawn.append(f'<circle cx="{left:.1f}" cy="{top:.1f}" r="2.5" fill="{colour}"/>')
    return _framed("".join(drawn), x, y, tuple(groups) if legend else ())


def histograms(counts: Mapping[str, NDArray[np.integer]], edges: NDArray[np.floating]) -> str:
    """Filled outlines over one axis, each group scaled to its own number."""
    shares = {name: values / max(int(values.sum()), 1) for name, values in counts.items()}
    highest = max((float(share.max()) for share in shares.values()), default=0.0) or 1.0
    ticks = tuple(float(t) for t in np.linspace(edges[0], edges[-1], 7).round(2))
    x = Axis("cosine", float(edges[0]), float(edges[-1]), ticks)
    y = Axis("share", 0.0, highest, ())
    drawn = []
    for share, colour in zip(shares.values(), _cycle(len(shares)), strict=True):
        left, top = _places(np.repeat(edges, 2)[1:-1], np.repeat(share, 2), x, y)
        floor = _HEIGHT
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(left, top, strict=True))
        drawn.append(
            f'<polygon points="{left[0]:.1f},{floor} {points} {left[-1]:.1f},{floor}" '
            f'fill="{colour}" fill-opacity=".4" stroke="{colour}"/>'
        )
    return _framed("".join(drawn), x, y, tuple(shares))


def contact_sheet(pictures: Sequence[tuple[str, NDArray[np.uint8]]], side_px: int = 128) -> str:
    """Small pictures (h, w, 3) uint8 BGR with a line of words each, embedded as JPEG."""
    cells = []
    for words, image in pictures:
        scale = side_px / max(image.shape[:2])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])
        text = base64.b64encode(encoded.tobytes()).decode()
        cells.append(figure(words, f'<br><img alt="" src="data:image/jpeg;base64,{text}">'))
    return "".join(cells)


def _places(
    across: NDArray[np.floating], up: NDArray[np.floating], x: Axis, y: Axis
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return _LEFT + x.place(across) * _WIDTH, _HEIGHT - y.place(up) * (_HEIGHT - 10)


def _cycle(count: int) -> list[str]:
    return [COLOURS[k % len(COLOURS)] for k in range(count)]


def _framed(drawn: str, x: Axis, y: Axis, names: Sequence[str]) -> str:
    parts = [f'<path d="M{_LEFT},0V{_HEIGHT}H{_LEFT + _WIDTH}" fill="none" stroke="#99a"/>', drawn]
    for tick, place in zip(x.ticks, x.place(np.array(x.ticks)), strict=True):
        parts.append(_text(_LEFT + place * _WIDTH, _HEIGHT + 14, f"{tick:g}", "middle"))
    for tick, place in zip(y.ticks, y.place(np.array(y.ticks)), strict=True):
        parts.append(_text(_LEFT - 5, _HEIGHT - place * (_HEIGHT - 10) + 4, f"{tick:g}", "end"))
    parts.append(_text(_LEFT + _WIDTH / 2, _HEIGHT + 30, x.label, "middle"))
    parts.append(_text(_LEFT + 6, 12, y.label, "start"))
    for row, (name, colour) in enumerate(zip(names, _cycle(len(names)), strict=True)):
        top = _HEIGHT + _FOOT + 14 * (row + 1)
        parts.append(f'<rect x="{_LEFT}" y="{top - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(_LEFT + 16, top, name, "start"))
    height = _HEIGHT + _FOOT + 14 * len(names) + 8
    return f'<svg width="{_LEFT + _WIDTH + 10}" height="{height}">{"".join(parts)}</svg>'


def _text(left: float, top: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{left:.0f}" y="{top:.0f}" font-size="11" text-anchor="{anchor}">'
        f"{html.escape(words)}</text>"
    )
