"""Plots: where values land, and that words from outside stay words."""

from __future__ import annotations

import re

import numpy as np
import pytest

from facedesk.lab import plots
from facedesk.lab.plots import Axis


def test_a_logarithmic_axis_gives_each_decade_the_same_room() -> None:
    axis = Axis("FAR", 1e-4, 1.0, (), logarithmic=True)
    places = axis.place(np.array([1e-4, 1e-2, 1.0, 1e-9, 5.0]))
    assert places == pytest.approx([0, 0.5, 1, 0, 1])


def test_a_curve_goes_through_the_corners_of_its_frame() -> None:
    line = (np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    drawing = plots.curves({"a <b>": line}, Axis("x", 0, 1, (0, 1)), Axis("y", 0, 1, (0, 1)))
    found = re.search(r'<polyline points="([^"]+)"', drawing)
    assert found is not None
    start, end = (tuple(map(float, point.split(","))) for point in found[1].split())
    assert start[0] < end[0] and start[1] > end[1]  # SVG counts downwards
    assert "a &lt;b&gt;" in drawing


def test_histograms_are_scaled_to_their_own_number() -> None:
    edges = np.array([0.0, 0.5, 1.0])
    counts = {"few": np.array([1, 1]), "many": np.array([100, 100])}
    outlines = re.findall(r'<polygon points="([^"]+)"', plots.histograms(counts, edges))
    assert len(outlines) == 2 and outlines[0] == outlines[1]


def test_a_contact_sheet_holds_its_pictures_itself() -> None:
    sheet = plots.contact_sheet([("missed, 12 px", np.full((40, 80, 3), 90, np.uint8))])
    assert "data:image/jpeg;base64," in sheet and "missed, 12 px" in sheet
