"""A challenge over the live picture: a drawn head shows the movement that is asked for."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QApplication, QWidget

from facedesk.core.challenge import Move, Prompt
from facedesk.core.language import tr
from facedesk.gui.controls import Button
from facedesk.gui.theme import SPACE_PX, Theme

_WORDS = {
    Move.TURN_LEFT: lambda: tr("Turn your head to your left"),
    Move.TURN_RIGHT: lambda: tr("Turn your head to your right"),
    Move.NOD: lambda: tr("Nod once"),
    Move.BLINK: lambda: tr("Close your eyes for a moment"),
    Move.SMILE: lambda: tr("Smile"),
    Move.FOLLOW: lambda: tr("Follow the dot with your nose"),
}
_CYCLE_S = 1.6  # of the drawn head: there and back


class ChallengeView(QWidget):
    """Lies over the lower part of the picture while somebody is challenged; else hidden.

    `now_s` is monotonic seconds. `mirrored`: left on the screen is the person's own left.
    """

    def __init__(self, theme: Theme, now_s: Callable[[], float], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._now_s = now_s
        self._prompt: Prompt | None = None
        self._since_s = 0.0
        self._height_px = 0
        self.mirrored = True
        self.other = Button(theme, tr("Another movement"))
        self.other.setParent(self)
        self.hide()

    @property
    def words(self) -> str:
        """What is asked for now; '' where nobody is challenged."""
        prompt = self._prompt
        if prompt is None:
            return ""
        return _WORDS[prompt.move]() if prompt.move else tr("Look straight ahead")

    def show_prompt(self, prompt: Prompt | None) -> None:
        """Show what is asked for, with a sound for each new movement; None hides everything."""
        before, self._prompt = self._prompt, prompt
        if prompt is None:
            self.hide()
            return
        asked_before = before.move if before else None
        if prompt.move is not asked_before or (before and prompt.dot != before.dot):
            self._since_s = self._now_s()
            self.setAccessibleName(self.words)
            if prompt.move is not None:
                QApplication.beep()
        self.other.setVisible(prompt.can_swap)
        self._place()
        self.show()
        self.raise_()
        self.update()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        margin = 2 * SPACE_PX
        height = min(round(parent.height() * 0.36), 240)
        self.setGeometry(
            margin, parent.height() - height - margin, parent.width() - 2 * margin, height
        )
        if height != self._height_px:
            self._height_px = height
            font_px, least_px = max(15, round(height * 0.09)), max(44, round(height * 0.24))
            self.other.setStyleSheet(f"font-size: {font_px}px; min-height: {least_px}px;")
        self.other.adjustSize()
        self.other.move(
            self.width() - self.other.width() - margin, self.height() - self.other.height() - margin
        )

    def paintEvent(self, _event: object) -> None:
        prompt = self._prompt
        if prompt is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        ground = self._theme.colour("video")
        ground.setAlphaF(0.86)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(whole, 16, 16)
        pad = whole.height() * 0.12
        side = whole.height() - 2 * pad
        head = QRectF(pad, pad, side, side)
        self._paint_ring(painter, head, prompt)
        self._paint_head(
            painter, head.adjusted(side * 0.14, side * 0.14, -side * 0.14, -side * 0.14)
        )
        self._paint_words(painter, QRectF(head.right() + pad, pad, 0, side), prompt)

    def _paint_ring(self, painter: QPainter, place: QRectF, prompt: Prompt) -> None:
        """How far the movement has come, around the head."""
        width = place.width() * 0.055
        ring = place.adjusted(width, width, -width, -width)
        faint = self._theme.colour("on_video")
        faint.setAlphaF(0.25)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(faint, width))
        painter.drawEllipse(ring)
        painter.setPen(_round_pen(self._theme.colour("good"), width))
        painter.drawArc(ring, 90 * 16, round(-360 * 16 * prompt.done))

    def _paint_head(self, painter: QPainter, place: QRectF) -> None:
        move = self._prompt.move if self._prompt else None
        phase = ((self._now_s() - self._since_s) % _CYCLE_S) / _CYCLE_S
        there = math.sin(math.pi * phase)
        ink = self._theme.colour("on_video")
        radius = place.width() / 2
        middle = place.center()
        shift = QPointF(0, 0)
        if move in (Move.TURN_LEFT, Move.TURN_RIGHT):
            to_left = (move is Move.TURN_LEFT) is self.mirrored
            shift = QPointF((-1 if to_left else 1) * 0.42 * radius * there, 0)
        elif move is Move.NOD:
            shift = QPointF(0, 0.34 * radius * there)
        dot = self._prompt.dot if self._prompt else None
        if dot is not None:
            side = dot if self.mirrored else -dot
            shift = QPointF(side * 0.42 * radius * min(1.0, 1.6 * there), 0)
            self._paint_dot(painter, middle + QPointF(side * 1.05 * radius, 0), radius, ink)
        painter.setPen(QPen(ink, max(2.0, radius * 0.07)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, radius * 0.74, radius * 0.92)
        face = middle + shift
        shut = there if move is Move.BLINK else 0.0
        self._paint_features(painter, face, radius, ink, shut, there if move is Move.SMILE else 0.0)

    @staticmethod
    def _paint_dot(painter: QPainter, place: QPointF, radius: float, ink: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)  # not the ring's colour, on which it lies
        painter.drawEllipse(place, 0.2 * radius, 0.2 * radius)

    @staticmethod
    def _paint_features(
        painter: QPainter, face: QPointF, radius: float, ink: QColor, shut: float, smile: float
    ) -> None:
        line = _round_pen(ink, max(2.0, radius * 0.07))
        for across in (-0.28, 0.28):
            eye = face + QPointF(across * radius, -0.2 * radius)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawEllipse(eye, 0.09 * radius, max(0.015, 0.11 * (1 - shut)) * radius)
        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawLine(face + QPointF(0, -0.08 * radius), face + QPointF(0, 0.14 * radius))
        half, depth = (0.2 + 0.12 * smile) * radius, (0.04 + 0.24 * smile) * radius
        mouth = QPainterPath(face + QPointF(-half, 0.42 * radius - depth * 0.3))
        mouth.quadTo(
            face + QPointF(0, 0.42 * radius + depth),
            face + QPointF(half, 0.42 * radius - depth * 0.3),
        )
        painter.drawPath(mouth)

    def _paint_words(self, painter: QPainter, place: QRectF, prompt: Prompt) -> None:
        right = self.width() - place.top()
        place.setRight(right)
        ink = self._theme.colour("on_video")
        font = QFont(self.font())
        font.setWeight(QFont.Weight.Bold)
        for size_px in range(round(place.height() * 0.26), 15, -2):
            font.setPixelSize(size_px)
            if QFontMetricsF(font).horizontalAdvance(self.words) <= place.width():
                break
        painter.setFont(font)
        painter.setPen(ink)
        line = QFontMetricsF(font).height()
        leading = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        top = QRectF(place.left(), place.top() + place.height() * 0.06, place.width(), line)
        painter.drawText(top, leading, self.words)
        small = QFont(self.font())
        small.setPixelSize(max(13, round(place.height() * 0.11)))
        painter.setFont(small)
        step = tr("Movement {step} of {steps}", step=prompt.step + 1, steps=prompt.steps)
        below = QRectF(place.left(), top.bottom() + 2, place.width(), QFontMetricsF(small).height())
        painter.drawText(below, leading, step)
        self._paint_time(painter, place, prompt)

    def _paint_time(self, painter: QPainter, place: QRectF, prompt: Prompt) -> None:
        """A bar of the time that is left, as wide as the words have room beside the button."""
        room = place.width() - (self.other.width() + 2 * SPACE_PX if prompt.can_swap else 0)
        bar = QRectF(place.left(), place.bottom() - 8, max(40.0, room), 6)
        faint = self._theme.colour("on_video")
        faint.setAlphaF(0.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint)
        painter.drawRoundedRect(bar, 3, 3)
        if prompt.move is not None:
            bar.setWidth(bar.width() * min(1.0, prompt.left_s / prompt.of_s))
            painter.setBrush(self._theme.colour("on_video"))
            painter.drawRoundedRect(bar, 3, 3)


def _round_pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen
