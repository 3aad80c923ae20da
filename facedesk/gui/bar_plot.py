"""Bars over an axis, painted: three small charts need no plotting library, which loads slowly."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from facedesk.core.language import tr
from facedesk.gui.theme import SPACE_PX, Theme

Bars = list[tuple[float, float]]  # (middle, height); heights are 0 or more
Ticks = list[tuple[float, str]]

_NARROWER = 0.72  # bars, where others stand behind them
_MARK_PX = 5
_LINES = 4  # across the plot, at least


def step_of(highest: float) -> float:
    """The round step (1, 2 or 5 times a power of ten) that fits four to ten times into `highest`,
    1 at least.
    """
    wanted = max(1.0, highest / _LINES)
    power = 10.0 ** math.floor(math.log10(wanted))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= wanted)


class BarPlot(QWidget):
    """Bars, with wider and paler ones behind where two are compared."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._bars: Bars = []
        self._behind: Bars = []
        self._width = 1.0
        self._ticks: Ticks = []
        self.setMinimumHeight(80)
        theme.changed.connect(self.update)

    def show_bars(self, bars: Bars, behind: Bars, width: float, ticks: Ticks) -> None:
        """`width` of a bar and the middles have the unit of the ticks' places."""
        self._bars, self._behind, self._width, self._ticks = bars, behind, width, ticks
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        highest = max((height for _, height in [*self._bars, *self._behind]), default=0.0)
        step = step_of(highest)
        top = step * max(1, math.ceil(highest / step))
        values = [number * step for number in range(round(top / step) + 1)]
        metrics = QFontMetricsF(self.font())
        left = max(metrics.horizontalAdvance(_number(value)) for value in values) + SPACE_PX
        line = metrics.height()
        plot = QRectF(self.rect()).adjusted(left, line / 2, -1, -line - _MARK_PX - 1)
        colour = self._theme.colour
        for value in values:
            y = plot.bottom() - plot.height() * value / top
            grid = colour("muted")
            grid.setAlphaF(0.15)
            painter.setPen(grid if value else colour("field_border"))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(colour("muted"))
            beside = QRectF(0, y - line / 2, left - SPACE_PX / 2, line)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight, _number(value))
        first, last = self._range()
        across = plot.width() / (last - first)
        for shown, tone, edge in (
            (self._behind, colour("accent_soft"), colour("field_border")),
            (self._bars, colour("accent"), colour("accent")),
        ):
            width = self._width * across * (1.0 if shown is self._behind else _NARROWER)
            for middle, height in shown:
                if height > 0:
                    x = plot.left() + (middle - first) * across
                    tall = plot.height() * height / top
                    _bar(painter, QRectF(x - width / 2, plot.bottom() - tall, width, tall),
                         tone, edge)  # fmt: skip
        painter.setPen(colour("muted"))
        for place, text in self._ticks:
            if first <= place <= last:
                x = plot.left() + (place - first) * across
                painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + _MARK_PX))
                room = metrics.horizontalAdvance(text) + 2
                below = QRectF(x - room / 2, plot.bottom() + _MARK_PX, room, line)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)

    def _range(self) -> tuple[float, float]:
        """The places at the left and the right end of the axis."""
        shown = [middle for middle, _ in [*self._bars, *self._behind]]
        places = shown or [place for place, _ in self._ticks] or [0.0]
        return min(places) - 0.7 * self._width, max(places) + 0.7 * self._width


def _bar(painter: QPainter, bar: QRectF, fill: QColor, edge: QColor) -> None:
    painter.fillRect(bar, fill)
    painter.setPen(edge)
    painter.drawRect(bar)


def _number(value: float) -> str:
    return tr("{number:.0f}", number=value)
