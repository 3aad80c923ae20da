import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from facedesk.gui.bar_plot import BarPlot, step_of
from facedesk.gui.theme import Theme


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1), (3, 1), (5, 1), (8, 2), (80, 20), (100, 20), (1480, 200)]
)
def test_the_axis_has_round_steps(highest: float, step: float) -> None:
    assert step_of(highest) == step


def painted(plot: BarPlot, colour: QColor) -> list[int]:
    """How many pixels of a colour each column of the picture has."""
    image: QImage = plot.grab().toImage()
    return [
        sum(image.pixelColor(x, y) == colour for y in range(image.height()))
        for x in range(image.width())
    ]


def test_bars_are_as_tall_as_they_say(theme: Theme, qtbot: QtBot) -> None:
    plot = BarPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.show_bars([(0.0, 2.0), (1.0, 4.0)], [(0.0, 4.0)], 0.8, [(0.0, "Mon"), (1.0, "Tue")])
    tall = painted(plot, theme.colour("accent"))
    left, right = max(tall[:160]), max(tall[160:])
    assert right > 100
    assert left == pytest.approx(right / 2, abs=3)
    assert max(painted(plot, theme.colour("accent_soft"))) > right / 4  # behind the lower bar


def test_nothing_to_show_is_an_empty_axis(theme: Theme, qtbot: QtBot) -> None:
    plot = BarPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.show_bars([], [], 0.25, [(8.0, "08:00")])
    assert max(painted(plot, theme.colour("accent"))) == 0
