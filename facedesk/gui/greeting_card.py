"""The large greeting below the picture: readable at two metres, calm when nobody is there."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from facedesk.core.language import tr
from facedesk.gui.greeting import Greeting, GreetingKind
from facedesk.gui.icons import paint_icon
from facedesk.gui.portraits import Portraits
from facedesk.gui.theme import Theme

_LOOKS = {  # background, ink, icon
    GreetingKind.ARRIVED: ("arrive", "on_arrive", "arrive"),
    GreetingKind.LEFT: ("leave", "on_leave", "leave"),
    GreetingKind.ALREADY: ("calm", "on_calm", "check"),
    GreetingKind.UNKNOWN: ("calm", "on_calm", "people"),
    GreetingKind.TAKEN_BACK: ("warn", "on_warn", "close"),
    GreetingKind.FAILED: ("warn", "on_warn", "alert"),
}
_TWO_LINES = 1.75  # less what breaking between words loses
_IDLE = ("surface", "text", "kiosk")


class GreetingCard(QWidget):
    """Paints one greeting, or the idle words with a hint for whoever stands there."""

    def __init__(self, theme: Theme, portraits: Portraits) -> None:
        super().__init__()
        self._theme = theme
        self._portraits = portraits
        self._greeting: Greeting | None = None
        self._title = tr("Welcome")
        self._hint = tr("Look at the camera to check in")
        self.scale = 1.0
        self._unit = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Greeting"))
        theme.changed.connect(self.update)

    @property
    def greeting(self) -> Greeting | None:
        return self._greeting

    @property
    def text(self) -> str:
        """Everything that stands on the card."""
        return self._greeting.sentence if self._greeting else f"{self._title}. {self._hint}"

    def use_scale(self, scale: float) -> None:
        """How large the kiosk is; the card's own height then decides the type."""
        self.scale = scale
        self.update()

    def show_greeting(self, greeting: Greeting | None) -> None:
        if greeting != self._greeting:
            self._greeting = greeting
            self._refresh()

    def show_idle(self, title: str, hint: str) -> None:
        """The words while nobody is greeted."""
        if (title, hint) != (self._title, self._hint):
            self._title, self._hint = title, hint
            self._refresh()

    def _refresh(self) -> None:
        self.setAccessibleDescription(self.text)
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        greeting = self._greeting
        fill, ink_token, icon = _LOOKS[greeting.kind] if greeting else _IDLE
        painter.setPen(self._theme.colour("border") if greeting is None else Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(fill))
        painter.drawRoundedRect(rect, 16, 16)
        self._unit = self.height() / 168
        pad = 24 * self._unit
        inside = rect.adjusted(pad, pad * 0.75, -pad, -pad * 0.75)
        disc_px = self._paint_disc(painter, inside, icon, self._theme.colour(ink_token))
        room = inside.adjusted(disc_px + pad, 0, 0, 0)
        self._paint_lines(painter, room, self._lines(room.width()))

    def _paint_disc(self, painter: QPainter, inside: QRectF, icon: str, ink: QColor) -> int:
        size_px = round(min(inside.height(), 112 * self._unit))
        top = inside.center().y() - size_px / 2
        greeting = self._greeting
        person = None if greeting is None or greeting.faceless else greeting.person
        if person is not None:
            scale = self.devicePixelRatioF()
            disc = self._portraits.get(person.id, person.name, size_px, scale)
            painter.drawPixmap(QPointF(inside.left(), top), disc)
            return size_px
        circle = QRectF(inside.left(), top, size_px, size_px)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("surface" if self._greeting else "accent_soft"))
        painter.drawEllipse(circle)
        inset = size_px * 0.26
        colour = ink if self._greeting else self._theme.colour("on_accent_soft")
        paint_icon(painter, icon, circle.adjusted(inset, inset, -inset, -inset), colour)
        return size_px

    def _lines(self, width: float) -> list[tuple[QFont, QColor, str]]:
        """What stands on the card from top to bottom."""
        greeting = self._greeting
        if greeting is None:
            return [
                (self._fitted(self._title, width, 44, 22), self._theme.colour("text"), self._title),
                (self._wrapped(self._hint, width), self._theme.colour("muted"), self._hint),
            ]
        ink = self._theme.colour(_LOOKS[greeting.kind][1])
        name_font, name = self._name(greeting.name, width)
        lines = [(name_font, ink, name)]
        if greeting.salute:
            lines.insert(0, (self._font(22), ink, f"{greeting.salute},"))
        below = greeting.line
        if greeting.hours:
            below = f"{below} · {tr('today {hours}', hours=greeting.hours)}"
        if greeting.person is None:
            lines.append((self._wrapped(below, width), ink, below))
        else:
            font = self._fitted(below, width, 24, 13, QFont.Weight.DemiBold)
            lines.append((font, ink, below))
        return lines

    def _paint_lines(
        self, painter: QPainter, room: QRectF, lines: list[tuple[QFont, QColor, str]]
    ) -> None:
        leading = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
        flags = int(leading | Qt.TextFlag.TextWordWrap)
        heights = [
            QFontMetricsF(font).boundingRect(QRectF(0, 0, room.width(), 1e4), flags, text).height()
            for font, _, text in lines
        ]
        top = room.center().y() - sum(heights) / 2
        for (font, ink, text), height in zip(lines, heights, strict=True):
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(QRectF(room.left(), top, room.width(), height), flags, text)
            top += height

    def _font(self, size_px: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(10, round(size_px * self._unit)))
        font.setWeight(weight)
        return font

    def _name(self, name: str, width: float) -> tuple[QFont, str]:
        """The name as large as fits on one line; a very long one on two smaller lines."""
        font = self._fitted(name, width, 50, 30)
        if QFontMetricsF(font).horizontalAdvance(name) <= width:
            return font, name
        room = width * _TWO_LINES
        small = self._fitted(name, room, 26, 18)
        return small, QFontMetricsF(small).elidedText(name, Qt.TextElideMode.ElideRight, room)

    def _wrapped(self, text: str, width: float) -> QFont:
        """For a sentence that has room for two lines: on one, unless that makes it small."""
        font = self._fitted(text, width, 24, 20, QFont.Weight.Normal)
        if QFontMetricsF(font).horizontalAdvance(text) <= width:
            return font
        return self._fitted(text, width * _TWO_LINES, 20, 13, QFont.Weight.Normal)

    def _fitted(
        self,
        text: str,
        width: float,
        largest_px: int,
        smallest_px: int,
        weight: QFont.Weight = QFont.Weight.Bold,
    ) -> QFont:
        """The largest font in which `text` fits on one line of `width`."""
        for size_px in range(largest_px, smallest_px, -2):
            font = self._font(size_px, weight)
            if QFontMetricsF(font).horizontalAdvance(text) <= width:
                return font
        return self._font(smallest_px, weight)
