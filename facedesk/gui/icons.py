"""Icons as vector paths in a 24x24 box: no font, no file, any colour, any size."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

_LINE = 1.9  # stroke width in the 24x24 box


def icon_path(name: str) -> QPainterPath:
    """The outline of an icon. Raises KeyError for a name nobody drew."""
    return _DRAWN[name]()


def paint_icon(painter: QPainter, name: str, box: QRectF, colour: QColor) -> None:
    """Stroke the icon into `box`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / 24, box.height() / 24)
    painter.setPen(
        QPen(
            colour,
            _LINE,
            Qt.PenStyle.SolidLine,
            Qt.PenCapStyle.RoundCap,
            Qt.PenJoinStyle.RoundJoin,
        )
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(icon_path(name))
    painter.restore()


def pixmap_of(name: str, colour: QColor, size_px: int, scale: float = 2.0) -> QPixmap:
    """The icon as a picture of `size_px` logical pixels, drawn `scale` times as fine."""
    pixmap = QPixmap(QSize(round(size_px * scale), round(size_px * scale)))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, name, QRectF(0, 0, size_px, size_px), colour)
    painter.end()
    return pixmap


def icon_of(name: str, colour: QColor, checked: QColor | None = None) -> QIcon:
    """The icon for a button, in another colour while the button is checked."""
    icon = QIcon(pixmap_of(name, colour, 24))
    if checked is not None:
        icon.addPixmap(pixmap_of(name, checked, 24), QIcon.Mode.Normal, QIcon.State.On)
    return icon


def _lines(*strokes: tuple[tuple[float, float], ...]) -> QPainterPath:
    path = QPainterPath()
    for stroke in strokes:
        path.moveTo(QPointF(*stroke[0]))
        for point in stroke[1:]:
            path.lineTo(QPointF(*point))
    return path


def _kiosk() -> QPainterPath:
    path = _lines(
        ((3.5, 8), (3.5, 5.5), (5.5, 3.5), (8, 3.5)),
        ((16, 3.5), (18.5, 3.5), (20.5, 5.5), (20.5, 8)),
        ((20.5, 16), (20.5, 18.5), (18.5, 20.5), (16, 20.5)),
        ((8, 20.5), (5.5, 20.5), (3.5, 18.5), (3.5, 16)),
    )
    path.addEllipse(QPointF(12, 9.8), 2.9, 2.9)
    path.moveTo(6.9, 17)
    path.cubicTo(7.8, 13.6, 16.2, 13.6, 17.1, 17)
    return path


def _people() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(9, 8), 3.6, 3.6)
    path.moveTo(2.5, 19.5)
    path.cubicTo(3, 12.8, 15, 12.8, 15.5, 19.5)
    path.moveTo(15.6, 4.7)
    path.cubicTo(19.6, 5.2, 19.6, 10.8, 15.6, 11.3)
    path.moveTo(18, 14.6)
    path.cubicTo(20.2, 15.4, 21.3, 17, 21.5, 19.5)
    return path


def _log() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 8.7, 8.7)
    path.addPath(_lines(((12, 6.8), (12, 12), (15.6, 14.2))))
    return path


def _hours() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(3.5, 5, 17, 15.5), 2.6, 2.6)
    path.addPath(_lines(((8, 3), (8, 6.6)), ((16, 3), (16, 6.6)), ((3.5, 10), (20.5, 10))))
    path.addPath(_lines(((8.2, 15.2), (11, 17.6), (15.8, 12.8))))
    return path


def _settings() -> QPainterPath:
    path = _lines(
        ((3.5, 7), (11.2, 7)),
        ((16.8, 7), (20.5, 7)),
        ((3.5, 17), (7.2, 17)),
        ((12.8, 17), (20.5, 17)),
    )
    path.addEllipse(QPointF(14, 7), 2.7, 2.7)
    path.addEllipse(QPointF(10, 17), 2.7, 2.7)
    return path


def _camera() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.8, 6.5, 12.6, 11), 2.6, 2.6)
    path.addPath(_lines(((15.4, 10.6), (20.8, 7.6), (20.8, 16.4), (15.4, 13.4))))
    return path


def _camera_off() -> QPainterPath:
    path = _camera()
    path.addPath(_lines(((3.2, 3.2), (20.8, 20.8))))
    return path


def _moon() -> QPainterPath:
    path = QPainterPath()
    path.moveTo(19.6, 14.6)
    path.cubicTo(12.8, 17.4, 6.6, 11.2, 9.4, 4.4)
    path.cubicTo(0.4, 8.4, 4.6, 21.2, 14, 20)
    path.cubicTo(16.6, 19.6, 18.7, 17.6, 19.6, 14.6)
    return path


def _pause() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(12, 12), 8.7, 8.7)
    path.addPath(_lines(((9.8, 9), (9.8, 15)), ((14.2, 9), (14.2, 15))))
    return path


def _lock() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(5, 10.6, 14, 9.6), 2.4, 2.4)
    path.moveTo(8, 10.6)
    path.lineTo(8, 8)
    path.cubicTo(8, 2.6, 16, 2.6, 16, 8)
    path.lineTo(16, 10.6)
    return path


def _search() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(10.5, 10.5), 6.4, 6.4)
    path.addPath(_lines(((15.3, 15.3), (20.4, 20.4))))
    return path


def _alert() -> QPainterPath:
    path = _lines(((12, 3.6), (21.6, 20), (2.4, 20), (12, 3.6)), ((12, 9.6), (12, 14)))
    path.addEllipse(QPointF(12, 17), 0.35, 0.35)
    return path


def _check() -> QPainterPath:
    return _lines(((4.5, 12.6), (9.6, 17.6), (19.5, 6.8)))


def _arrive() -> QPainterPath:
    return _lines(
        ((12.5, 4), (19.5, 4), (19.5, 20), (12.5, 20)),
        ((3.5, 12), (14.2, 12)),
        ((10.2, 8), (14.2, 12), (10.2, 16)),
    )


def _leave() -> QPainterPath:
    return _lines(
        ((11.5, 4), (4.5, 4), (4.5, 20), (11.5, 20)),
        ((9.5, 12), (20.5, 12)),
        ((16.5, 8), (20.5, 12), (16.5, 16)),
    )


def _photo() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(3.2, 4.4, 17.6, 15.2), 3, 3)
    path.addEllipse(QPointF(8.6, 9.4), 1.5, 1.5)
    path.addPath(_lines(((4, 17.4), (10, 12.6), (13.4, 15.4), (16.2, 12.8), (20.4, 16.4))))
    return path


def _bin() -> QPainterPath:
    return _lines(
        ((4, 6.6), (20, 6.6)),
        ((9, 6.4), (9.6, 3.8), (14.4, 3.8), (15, 6.4)),
        ((6, 6.8), (7, 20.2), (17, 20.2), (18, 6.8)),
        ((10.2, 10.6), (10.4, 16.4)),
        ((13.8, 10.6), (13.6, 16.4)),
    )


def _keypad() -> QPainterPath:
    path = QPainterPath()
    for x in (6, 12, 18):
        for y in (5, 12, 19):
            path.addEllipse(QPointF(x, y), 1.3, 1.3)
    return path


def _erase() -> QPainterPath:
    return _lines(
        ((8.6, 5.5), (21, 5.5), (21, 18.5), (8.6, 18.5), (2.8, 12), (8.6, 5.5)),
        ((11.6, 9.4), (16.8, 14.6)),
        ((16.8, 9.4), (11.6, 14.6)),
    )


def _badge() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(3, 5, 18, 14), 2.4, 2.4)
    path.addEllipse(QPointF(8.4, 10.6), 2, 2)
    path.moveTo(5.4, 16)
    path.cubicTo(6, 13.4, 10.8, 13.4, 11.4, 16)
    path.addPath(_lines(((14, 10), (18, 10)), ((14, 14), (18, 14))))
    return path


_DRAWN: dict[str, Callable[[], QPainterPath]] = {
    "kiosk": _kiosk,
    "people": _people,
    "log": _log,
    "hours": _hours,
    "settings": _settings,
    "camera": _camera,
    "camera_off": _camera_off,
    "moon": _moon,
    "pause": _pause,
    "lock": _lock,
    "search": _search,
    "alert": _alert,
    "check": _check,
    "arrive": _arrive,
    "leave": _leave,
    "photo": _photo,
    "bin": _bin,
    "keypad": _keypad,
    "erase": _erase,
    "badge": _badge,
    "close": lambda: _lines(((6, 6), (18, 18)), ((18, 6), (6, 18))),
    "plus": lambda: _lines(((12, 5), (12, 19)), ((5, 12), (19, 12))),
    "down": lambda: _lines(((6.5, 9.5), (12, 15), (17.5, 9.5))),
    "back": lambda: _lines(((14.5, 6.5), (9, 12), (14.5, 17.5))),
    "forth": lambda: _lines(((9.5, 6.5), (15, 12), (9.5, 17.5))),
    "up": lambda: _lines(((6.5, 14.5), (12, 9), (17.5, 14.5))),
}
