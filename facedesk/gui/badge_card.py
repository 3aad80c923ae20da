"""A person's badge to print: a card with name and QR code, as PNG or PDF.

Works without a window, and needs a QGuiApplication for its fonts.
"""

from pathlib import Path

from PySide6.QtCore import QByteArray, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QImageWriter,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)

from facedesk.core.errors import StoreError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.gui.theme import FAMILIES, LIGHT
from facedesk.store.tables import replacing
from facedesk.vision.codes import qr_picture

_CARD_MM = (85.6, 54.0)  # ISO 7810 ID-1, as bank cards
_CODE_MM = 50.0  # with its white frame; the larger, the farther from the camera it is read
_EDGE_MM = 4.0
_DOTS_AN_INCH = 300
_SMALLEST_PX = 20
_MM_AN_INCH = 25.4


def write_badge(path: Path, person: Person, code: str, organisation: str = "") -> None:
    """Draw the card into a .png or .pdf file. Raises StoreError."""
    per_mm = _DOTS_AN_INCH / _MM_AN_INCH
    with replacing(path) as temporary:
        if path.suffix.lower() == ".pdf":
            writer = QPdfWriter(str(temporary))
            writer.setResolution(_DOTS_AN_INCH)
            size = QPageSize(QSizeF(*_CARD_MM), QPageSize.Unit.Millimeter)
            margins = QMarginsF(0, 0, 0, 0)
            writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins))
            _paint(QPainter(writer), per_mm, person, code, organisation)
            return
        picture = QImageWriter(str(temporary), QByteArray(b"png"))
        if not picture.write(draw_badge(person, code, organisation)):
            raise StoreError(tr("The file cannot be used"), str(path))


def draw_badge(person: Person, code: str, organisation: str = "") -> QImage:
    """The card at 300 dots an inch."""
    per_mm = _DOTS_AN_INCH / _MM_AN_INCH
    image = QImage(
        round(_CARD_MM[0] * per_mm), round(_CARD_MM[1] * per_mm), QImage.Format.Format_RGB32
    )
    image.fill(QColor("white"))
    image.setDotsPerMeterX(round(per_mm * 1000))
    image.setDotsPerMeterY(round(per_mm * 1000))
    _paint(QPainter(image), per_mm, person, code, organisation)
    return image


def _paint(painter: QPainter, per_mm: float, person: Person, code: str, organisation: str) -> None:
    width, height = _CARD_MM
    top = (height - _CODE_MM) / 2
    modules = qr_picture(code, 1)
    picture = QImage(
        modules.tobytes(), modules.shape[1], modules.shape[0], modules.shape[1] * 3,
        QImage.Format.Format_BGR888,
    )  # fmt: skip
    place = QRectF(1, top, _CODE_MM, _CODE_MM)
    painter.drawImage(_scaled(place, per_mm), picture)  # sharp: no smoothing asked for
    left = place.right()
    room = QRectF(left, 2 * _EDGE_MM, width - left - _EDGE_MM, height - 4 * _EDGE_MM)
    lines = [
        (organisation, 3.2, QFont.Weight.DemiBold, LIGHT.muted),
        (person.name, 5.6, QFont.Weight.Bold, LIGHT.text),
        (person.department, 3.2, QFont.Weight.Normal, LIGHT.muted),
        (person.staff_number, 3.6, QFont.Weight.DemiBold, LIGHT.text),
    ]
    flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
    flags |= int(Qt.TextFlag.TextWordWrap)
    for text, size_mm, weight, colour in filter(lambda line: line[0], lines):
        font = QFont()
        font.setFamilies(FAMILIES)
        font.setWeight(weight)
        font.setPixelSize(round(size_mm * per_mm))
        while not _fits(font, room, per_mm, flags, text):
            font.setPixelSize(font.pixelSize() - 1)  # a long name, smaller
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(_scaled(room, per_mm), flags, text)
        room.setTop(room.top() + _height(font, room, per_mm, flags, text) + 1.6)
    painter.end()


def _fits(font: QFont, room: QRectF, per_mm: float, flags: int, text: str) -> bool:
    """Whether no word is cut and most of the room is left to the other lines."""
    widest = max(QFontMetricsF(font).horizontalAdvance(word) for word in text.split())
    fits = widest <= room.width() * per_mm and _height(font, room, per_mm, flags, text) < 22
    return fits or font.pixelSize() <= _SMALLEST_PX


def _height(font: QFont, room: QRectF, per_mm: float, flags: int, text: str) -> float:
    """In millimetres, wrapped to the room's width."""
    area = QRectF(0, 0, room.width() * per_mm, 1e5)
    return QFontMetricsF(font).boundingRect(area, flags, text).height() / per_mm


def _scaled(place: QRectF, per_mm: float) -> QRectF:
    return QRectF(
        place.left() * per_mm, place.top() * per_mm, place.width() * per_mm, place.height() * per_mm
    )
