"""A picture of Qt's as the engine wants it."""

import numpy as np
from PySide6.QtGui import QImage, QPainter

from facedesk.core.records import Image


def pixels_of(picture: QImage) -> Image:
    """BGR uint8 (H, W, 3), owned by the caller; transparent parts become white."""
    if picture.hasAlphaChannel():
        flat = QImage(picture.size(), QImage.Format.Format_RGB32)
        flat.fill(0xFFFFFFFF)
        painter = QPainter(flat)
        painter.drawImage(0, 0, picture)
        painter.end()
        picture = flat
    plain = picture.convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()
