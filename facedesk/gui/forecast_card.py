"""What the recognition settings mean at this site: two histograms, the threshold, and in words."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.forecast import Forecast
from facedesk.core.language import tr
from facedesk.core.records import Vector
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Card, label
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.settings import Settings

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress

_LOWEST, _HIGHEST, _BINS = -0.2, 1.0, 48
_AXIS_PX = 22
_PATIENCE_MS = 400  # while somebody turns a number


class Histogram(QWidget):
    """Scores of own photos and of other people's, each as high as its highest bar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._forecast: Forecast | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, 170)

    def show_forecast(self, forecast: Forecast, words: str) -> None:
        self._forecast = forecast
        self.setAccessibleName(tr("Likeness of faces at this site"))
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        floor = QRectF(self.rect()).adjusted(20, 8, -20, -_AXIS_PX)
        self._paint_axis(painter, floor)
        if self._forecast is None:
            return
        self._paint_bars(painter, floor, self._forecast.others, self._theme.colour("field_border"))
        self._paint_bars(painter, floor, self._forecast.own, self._theme.colour("accent"))
        self._paint_needed(painter, floor, self._forecast.needed)
        x = _x(floor, self._forecast.point.threshold)
        pen = QPen(self._theme.colour("danger_text"), 2)
        painter.setPen(pen)
        painter.drawLine(QPointF(x, floor.top()), QPointF(x, floor.bottom()))
        words = tr("needed: {threshold:.2f}", threshold=self._forecast.point.threshold)
        width = painter.fontMetrics().horizontalAdvance(words) + 8
        left = x + 6 if x + 6 + width < floor.right() else x - 6 - width
        place = QRectF(left, floor.top(), width, painter.fontMetrics().height() + 2)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, words)

    def _paint_needed(self, painter: QPainter, floor: QRectF, needed: tuple[float, float]) -> None:
        """A pale band from the least to the most that a person needs."""
        tint = QColor(self._theme.colour("danger_text"))
        tint.setAlphaF(0.12)
        left, right = (_x(floor, cosine) for cosine in needed)
        painter.fillRect(QRectF(left, floor.top(), right - left, floor.height()), tint)

    def _paint_axis(self, painter: QPainter, floor: QRectF) -> None:
        painter.setPen(QPen(self._theme.colour("field_border"), 1))
        painter.drawLine(floor.bottomLeft(), floor.bottomRight())
        painter.setPen(self._theme.colour("muted"))
        for tenth in range(round(10 * _LOWEST), 11, 2):
            place = QRectF(_x(floor, tenth / 10) - 20, floor.bottom() + 3, 40, _AXIS_PX - 3)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, f"{tenth / 10:.1f}")

    def _paint_bars(self, painter: QPainter, floor: QRectF, scores: Vector, colour: QColor) -> None:
        counts, edges = np.histogram(scores, _BINS, (_LOWEST, _HIGHEST))
        if not counts.any():
            return
        painter.setPen(Qt.PenStyle.NoPen)
        tint = QColor(colour)
        tint.setAlphaF(0.75)
        painter.setBrush(tint)
        highest = floor.height() * 0.86  # the words of the threshold stand above
        for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
            height = highest * count / counts.max()
            x1, x2 = _x(floor, float(left)) + 0.5, _x(floor, float(right)) - 0.5
            painter.drawRect(QRectF(x1, floor.bottom() - height, x2 - x1, height))


class ForecastCard(Card):
    """Draws for the settings as they stand on the page, saved or not."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._desk = desk
        self._bridge = bridge
        self._settings = desk.settings
        self.histogram = Histogram(theme)
        self.words = label("", wrap=True)
        self.legend = label(
            tr(
                "Blue: each photo beside the same person's other photos. Grey: beside the person "
                "who is most like it. Right of the line a face gets a name. Pale: what single "
                "people need, more where many look like them."
            ),
            "muted",
            wrap=True,
        )
        self.body.setSpacing(SPACE_PX)
        self.body.addWidget(label(tr("What this means here"), "sectionTitle"))
        self.body.addWidget(self.histogram)
        self.body.addWidget(self.words)
        self.body.addWidget(self.legend)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self._compute)

    def foresee(self, settings: Settings) -> None:
        """Draw for these settings, in a moment."""
        self._settings = settings
        self._timer.start()

    def _compute(self) -> None:
        desk, settings = self._desk, self._settings

        def work(_progress: "Progress") -> Forecast | None:
            return desk.learning.forecast(settings)

        self._bridge.run(work, done=self._show, failed=self._not_known)

    def _not_known(self, error: Exception) -> None:
        self.words.setText(error.message if isinstance(error, FaceDeskError) else str(error))

    def _show(self, forecast: Forecast | None) -> None:
        if forecast is None:
            self.words.setText(tr("It is shown once the camera runs."))
            return
        words = in_words(forecast, self._settings)
        self.words.setText(words)
        self.histogram.show_forecast(forecast, words)


def in_words(forecast: Forecast, settings: Settings) -> str:
    """The figures behind the picture, in sentences."""
    point = forecast.point
    a_year = forecast.wrong_names_a_year(settings.visitors_a_day)
    sentences = [
        tr(
            "With {people:,} people enrolled a face needs a likeness of {threshold:.2f}.",
            people=point.people,
            threshold=point.threshold,
        ),
        tr(
            "Of {strangers:,} strangers a day at most {count} a year are given a name.",
            strangers=settings.visitors_a_day,
            count=f"{a_year:.1f}" if a_year < 10 else f"{a_year:,.0f}",
        ),
    ]
    if forecast.needed[0] < forecast.needed[1]:
        sentences[0] += " " + tr(
            "Single people need {least:.2f} to {most:.2f}.",
            least=forecast.needed[0],
            most=forecast.needed[1],
        )
    if len(forecast.own):
        sentences.append(
            tr(
                "Of {photos:,} enrolled photos {refused:,} ({share:.0f} %) would have been "
                "refused; check-ins have several frames and are refused less often.",
                photos=len(forecast.own),
                refused=forecast.refused,
                share=100 * forecast.refused / len(forecast.own),
            )
        )
    else:
        sentences.append(tr("Two photos a person would show how many check-ins are refused."))
    if forecast.twins:
        sentences.append(
            tr("People who look the same to the camera and need a PIN: {n:,}.", n=forecast.twins)
        )
    return " ".join(sentences)


def _x(floor: QRectF, cosine: float) -> float:
    return floor.left() + (cosine - _LOWEST) / (_HIGHEST - _LOWEST) * floor.width()
