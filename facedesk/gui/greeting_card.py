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
}


class GreetingCard(QWidget):
    """Paints one greeting, or the idle words with a hint for whoever stands there."""

    def __init__(self, theme: Theme, portraits: Portraits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        colours = _LOOKS[greeting.kind] if greeting else ("surface", "text", "")
        painter.setPen(self._theme.colour("border") if greeting is None else Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(colours[0]))
        painter.drawRoundedRect(rect, 16, 16)
        self._unit = self.height() / 168
        pad = 24 * self._unit
        inside = rect.adjusted(pad, pad * 0.75, -pad, -pad * 0.75)
        ink = self._theme.colour(colours[1])
        if greeting is None:
            self._paint_idle(painter, inside)
            return
        left = inside.left() + self._paint_disc(painter, inside, greeting, ink, colours[2]) + pad
        right = inside.right()
        if greeting.hours:
            right -= self._paint_hours(painter, inside, greeting.hours, ink) + pad
        self._paint_words(
            painter, QRectF(left, inside.top(), right - left, inside.height()), greeting, ink
        )

    def _font(self, size_px: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(10, round(size_px * self._unit)))
        font.setWeight(weight)
        return font

    def _paint_disc(
        self, painter: QPainter, inside: QRectF, greeting: Greeting, ink: QColor, icon: str
    ) -> float:
        size_px = round(min(inside.height(), 112 * self._unit))
        top = inside.center().y() - size_px / 2
        if greeting.person is not None:
            scale = self.devicePixelRatioF()
            person = greeting.person
            disc = self._portraits.get(person.id, person.name, size_px, scale)
            painter.drawPixmap(QPointF(inside.left(), top), disc)
        else:
            circle = QRectF(inside.left(), top, size_px, size_px)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("surface"))
            painter.drawEllipse(circle)
            quarter = size_px * 0.26
            paint_icon(painter, icon, circle.adjusted(quarter, quarter, -quarter, -quarter), ink)
        return float(size_px)

    def _paint_hours(
        self, painter: QPainter, inside: QRectF, hours: str, ink: QColor
    ) -> float:
        small, large = self._font(16), self._font(28, QFont.Weight.DemiBold)
        caption = tr("Today")
        width = max(
            QFontMetricsF(small).horizontalAdvance(caption),
            QFontMetricsF(large).horizontalAdvance(hours),
        )
        if width > inside.width() * 0.35:
            return -24 * self._unit  # no room: the name matters more
        heights = QFontMetricsF(small).height(), QFontMetricsF(large).height()
        top = inside.center().y() - sum(heights) / 2
        left = inside.right() - width
        painter.setPen(ink)
        painter.setFont(small)
        leading = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(QRectF(left, top, width, heights[0]), leading, caption)
        painter.setFont(large)
        painter.drawText(QRectF(left, top + heights[0], width, heights[1]), leading, hours)
        return width

    def _paint_words(
        self, painter: QPainter, room: QRectF, greeting: Greeting, ink: QColor
    ) -> None:
        salute_font = self._font(22)
        line_font = self._font(24, QFont.Weight.DemiBold)
        name_font, text = self._name(greeting.name, room.width())
        lines = [(name_font, text), (line_font, greeting.line)]
        if greeting.salute:
            lines.insert(0, (salute_font, f"{greeting.salute},"))
        self._paint_lines(painter, room, lines, [ink] * len(lines))

    def _paint_idle(self, painter: QPainter, inside: QRectF) -> None:
        lines = [
            (self._fitted(self._title, inside.width(), 44, 24), self._title),
            (self._fitted(self._hint, inside.width(), 24, 14, QFont.Weight.Normal), self._hint),
        ]
        inks = [self._theme.colour("text"), self._theme.colour("muted")]
        self._paint_lines(painter, inside, lines, inks)

    def _paint_lines(
        self,
        painter: QPainter,
        room: QRectF,
        lines: list[tuple[QFont, str]],
        inks: list[QColor],
    ) -> None:
        leading = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
        flags = int(leading | Qt.TextFlag.TextWordWrap)
        heights = []
        for font, text in lines:
            metrics = QFontMetricsF(font)
            wrapped = metrics.boundingRect(QRectF(0, 0, room.width(), 1e4), flags, text)
            heights.append(max(metrics.height(), wrapped.height()))
        top = room.center().y() - sum(heights) / 2
        for (font, text), height, ink in zip(lines, heights, inks, strict=True):
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(QRectF(room.left(), top, room.width(), height), flags, text)
            top += height

    def _name(self, name: str, width: float) -> tuple[QFont, str]:
        """The name as large as fits on one line; a very long one on two smaller lines."""
        font = self._fitted(name, width, 50, 30)
        if QFontMetricsF(font).horizontalAdvance(name) <= width:
            return font, name
        small = self._font(26, QFont.Weight.Bold)
        metrics = QFontMetricsF(small)
        return small, metrics.elidedText(name, Qt.TextElideMode.ElideRight, width * 1.8)

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
