"""Round pictures of people: the enrolled face, or initials on a colour of their own."""

import logging
import zlib
from collections import OrderedDict
from typing import Protocol

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPixmap

from facedesk.core.errors import FaceDeskError

log = logging.getLogger(__name__)

_KEPT = 256
# Dark enough for white initials (4.5:1), told apart without being loud.
_COLOURS = ("#3557b7", "#0f6f78", "#7a4bb0", "#a33d6f", "#2f6f45", "#8a5312", "#4b5c77", "#a1402f")


class HasPortraits(Protocol):
    def portrait(self, person_id: int) -> bytes: ...


class Portraits:
    """Round pixmaps by person, size and pixel ratio; the least recently shown are forgotten."""

    def __init__(self, people: HasPortraits) -> None:
        self._people = people
        self._kept: OrderedDict[tuple[int, str, int, float], QPixmap] = OrderedDict()

    def get(self, person_id: int, name: str, size_px: int, scale: float) -> QPixmap:
        """The person as a disc of `size_px` logical pixels at `scale` device pixels each."""
        key = (person_id, name, size_px, scale)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        pixmap = _disc(self._photo(person_id), person_id, name, size_px, scale)
        self._kept[key] = pixmap
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return pixmap

    def forget(self) -> None:
        """After somebody changed or went: a deleted face must not be shown again."""
        self._kept.clear()

    def _photo(self, person_id: int) -> QPixmap | None:
        try:
            jpeg = self._people.portrait(person_id)
        except FaceDeskError as error:
            log.info("no portrait for person %d: %s", person_id, type(error).__name__)
            return None
        photo = QPixmap()
        return photo if jpeg and photo.loadFromData(jpeg) else None


def initials_of(name: str) -> str:
    """'AL' of 'Ada Lovelace'; one character where the name is one word, in any script."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    first = words[0][0]
    last = words[-1][0] if len(words) > 1 else ""
    return (first + last).upper()


def _disc(photo: QPixmap | None, person_id: int, name: str, size_px: int, scale: float) -> QPixmap:
    pixels = max(1, round(size_px * scale))
    disc = QPixmap(QSize(pixels, pixels))
    disc.setDevicePixelRatio(scale)
    disc.fill(Qt.GlobalColor.transparent)
    painter = QPainter(disc)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    circle = QRectF(0, 0, size_px, size_px)
    clip = QPainterPath()
    clip.addEllipse(circle)
    painter.setClipPath(clip)
    if photo is not None:
        painter.drawPixmap(circle, photo, QRectF(photo.rect()))
    else:
        which = zlib.crc32(f"{person_id}".encode()) % len(_COLOURS)
        painter.fillRect(circle, QColor(_COLOURS[which]))
        font = QFont(painter.font())
        font.setPixelSize(max(8, round(size_px * 0.38)))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, initials_of(name))
    painter.end()
    return disc
