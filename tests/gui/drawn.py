"""Drawn people for pictures of the window: no photograph of anybody is needed."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPainterPath, QPen

from facedesk.core.records import Image

SKINS = ("#f3cdb1", "#e2ae86", "#c98a5e", "#9a623c", "#6d4226", "#f7dcc6")
HAIRS = ("#2a2320", "#5a3a22", "#8c5a2b", "#c9a15a", "#7b7f86", "#1d2433", "#9c3f22")
SHIRTS = ("#34568b", "#7a4bb0", "#2f6f45", "#b8504a", "#d08a2e", "#3c6e78", "#4b5c77")
WALLS = ("#dfe6ee", "#efe7dc", "#e3ece5", "#ece4ef")


def draw_person(painter: QPainter, number: int, centre: QPointF, unit: float) -> QRectF:
    """A head and shoulders; `unit` is half the head's width. Returns the box of the face."""
    skin, hair = QColor(SKINS[number % 6]), QColor(HAIRS[(number * 3 + 1) % 7])
    shirt = QColor(SHIRTS[(number * 5 + 2) % 7])
    x, y = centre.x(), centre.y()
    painter.setPen(Qt.PenStyle.NoPen)
    long_hair = number % 3 == 1
    painter.setBrush(hair)
    if long_hair:
        painter.drawRoundedRect(QRectF(x - 1.25 * unit, y - 1.3 * unit, 2.5 * unit, 3.1 * unit),
                                1.2 * unit, 1.2 * unit)  # fmt: skip
    else:
        painter.drawEllipse(QPointF(x, y - 0.35 * unit), 1.14 * unit, 1.18 * unit)
    painter.setBrush(shirt)
    painter.drawRoundedRect(QRectF(x - 2.3 * unit, y + 1.75 * unit, 4.6 * unit, 4 * unit),
                            1.5 * unit, 1.5 * unit)  # fmt: skip
    painter.setBrush(skin.darker(112))
    painter.drawRoundedRect(QRectF(x - 0.42 * unit, y + 0.8 * unit, 0.84 * unit, 1.35 * unit),
                            0.4 * unit, 0.4 * unit)  # fmt: skip
    painter.setBrush(skin)
    for side in (-1, 1):
        painter.drawEllipse(
            QPointF(x + side * 1.02 * unit, y + 0.1 * unit), 0.2 * unit, 0.28 * unit
        )
    face = QRectF(x - unit, y - 1.2 * unit, 2 * unit, 2.5 * unit)
    painter.drawRoundedRect(face, unit, 1.15 * unit)
    _draw_fringe(painter, hair, x, y, unit)
    _draw_features(painter, skin, hair, x, y, unit, glasses=number % 4 == 2)
    return face


def _draw_fringe(painter: QPainter, hair: QColor, x: float, y: float, unit: float) -> None:
    fringe = QPainterPath(QPointF(x - 1.05 * unit, y - 0.25 * unit))
    fringe.cubicTo(x - 1.2 * unit, y - 1.75 * unit, x + 1.2 * unit, y - 1.75 * unit,
                   x + 1.05 * unit, y - 0.25 * unit)  # fmt: skip
    fringe.cubicTo(x + 0.75 * unit, y - 0.85 * unit, x - 0.2 * unit, y - 0.55 * unit,
                   x - 1.05 * unit, y - 0.25 * unit)  # fmt: skip
    painter.setBrush(hair)
    painter.drawPath(fringe)


def _draw_features(
    painter: QPainter, skin: QColor, hair: QColor, x: float, y: float, unit: float, *, glasses: bool
) -> None:
    line = QPen(QColor("#3b2a25"), unit * 0.075, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    for side in (-1, 1):
        eye = QPointF(x + side * 0.42 * unit, y + 0.02 * unit)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(eye, 0.19 * unit, 0.13 * unit)
        painter.setBrush(QColor("#33241f"))
        painter.drawEllipse(eye, 0.1 * unit, 0.11 * unit)
        painter.setPen(QPen(hair.darker(120), unit * 0.09, Qt.PenStyle.SolidLine,
                            Qt.PenCapStyle.RoundCap))  # fmt: skip
        painter.setBrush(Qt.BrushStyle.NoBrush)
        brow = QPainterPath(eye + QPointF(-0.22 * unit, -0.26 * unit))
        brow.quadTo(eye + QPointF(0, -0.36 * unit), eye + QPointF(0.22 * unit, -0.26 * unit))
        painter.drawPath(brow)
        if glasses:
            painter.setPen(QPen(QColor("#2b3444"), unit * 0.07))
            rim = QRectF(0, 0, 0.66 * unit, 0.5 * unit)
            rim.moveCenter(eye)
            painter.drawRoundedRect(rim, 0.2 * unit, 0.2 * unit)
    painter.setPen(QPen(skin.darker(135), unit * 0.07, Qt.PenStyle.SolidLine,
                        Qt.PenCapStyle.RoundCap))  # fmt: skip
    nose = QPainterPath(QPointF(x, y + 0.12 * unit))
    nose.quadTo(x + 0.14 * unit, y + 0.42 * unit, x - 0.06 * unit, y + 0.46 * unit)
    painter.drawPath(nose)
    painter.setPen(line)
    smile = QPainterPath(QPointF(x - 0.34 * unit, y + 0.74 * unit))
    smile.quadTo(x, y + 1.0 * unit, x + 0.34 * unit, y + 0.74 * unit)
    painter.drawPath(smile)


def portrait(number: int, size_px: int = 224) -> Image:
    """A person as enrolled: the face fills the picture."""
    canvas, painter = _canvas(size_px, size_px)
    painter.fillRect(0, 0, size_px, size_px, QColor(WALLS[number % 4]))
    draw_person(painter, number, QPointF(size_px / 2, size_px * 0.5), size_px * 0.27)
    painter.end()
    return _pixels(canvas)


def scene(number: int | None) -> tuple[Image, tuple[float, float, float, float]]:
    """What the desk camera sees, 1280x720, with a person or nobody; and the box of the face."""
    canvas, painter = _canvas(1280, 720)
    wall = QLinearGradient(0, 0, 1280, 720)
    wall.setColorAt(0, QColor("#d9e0e8"))
    wall.setColorAt(1, QColor("#b4c0ce"))
    painter.fillRect(0, 0, 1280, 720, wall)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#f3f7fb"))
    painter.drawRoundedRect(QRectF(880, 70, 300, 330), 8, 8)
    painter.setBrush(QColor("#a9cdf0"))
    for left in (896, 1036):
        painter.drawRect(QRectF(left, 86, 128, 298))
    painter.setBrush(QColor("#9aa8b8"))
    painter.drawRect(QRectF(0, 600, 1280, 120))
    painter.setBrush(QColor("#7d8fa3"))
    painter.drawRoundedRect(QRectF(80, 180, 210, 420), 6, 6)
    painter.setBrush(QColor("#eef2f6"))
    for top in (205, 305, 405, 505):
        painter.drawRect(QRectF(96, top, 178, 78))
    face = QRectF()
    if number is not None:
        face = draw_person(painter, number, QPointF(610, 300), 105)
    painter.end()
    return _pixels(canvas), (face.left(), face.top(), face.right(), face.bottom())


def _canvas(width_px: int, height_px: int) -> tuple[QImage, QPainter]:
    canvas = QImage(width_px, height_px, QImage.Format.Format_BGR888)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return canvas, painter


def _pixels(canvas: QImage) -> Image:
    rows = np.frombuffer(canvas.constBits(), np.uint8).reshape(canvas.height(), -1)
    return rows[:, : canvas.width() * 3].reshape(canvas.height(), canvas.width(), 3).copy()
