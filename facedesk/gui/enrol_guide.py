"""The live picture of an enrolment: a ring of the views that are there and those still missing."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
)

from facedesk.core.guided_capture import GuidedCapture, View
from facedesk.core.language import tr
from facedesk.gui.icons import paint_icon
from facedesk.gui.video_view import VideoView

_DONE, _DONE_INK = QColor("#4ade9b"), QColor("#052e1b")
_WANTED = QColor("#ffffff")
_MISSING = QColor(255, 255, 255, 105)
_SHADE = QColor(0, 0, 0, 90)
_ARC_DEG = 62.0  # of the 90 that a side has: the gaps show that there are four
_SMALLEST_PX = 15  # letters of the words


def view_text(view: View) -> str:
    """'Left', for the person who enrols."""
    return {
        View.FRONT: tr("Front"),
        View.LEFT: tr("Left"),
        View.RIGHT: tr("Right"),
        View.UP: tr("Up"),
        View.DOWN: tr("Down"),
        View.GLASSES: tr("Glasses on or off"),
    }[view]


def side_of(view: View, *, mirrored: bool) -> float:
    """Where a view lies on the ring, in degrees counter-clockwise from the right of the screen.

    `view` is the person's own left or right: in a mirror that is the same side of the screen, in
    a picture that is not mirrored the other one.
    """
    own = {View.LEFT: 180.0, View.RIGHT: 0.0, View.UP: 90.0, View.DOWN: 270.0}[view]
    return own if mirrored or view in (View.UP, View.DOWN) else 180.0 - own


class GuideView(VideoView):
    """A live picture with the ring and the sentence of a guided capture over it."""

    _guide: GuidedCapture | None = None
    _words = ""

    def show_guide(self, guide: GuidedCapture | None, words: str) -> None:
        """Show how far the capture is, and say `words`: on the picture and to a screen reader."""
        self._guide = guide
        if words != self._words:
            self._words = words
            self._say()
            if words:
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self.update()

    @property
    def words(self) -> str:
        return self._words

    def _say(self) -> None:
        super()._say()
        if self._notice is None and self._words:
            self.setAccessibleDescription(f"{self._words} {self._progress_text()}".rstrip())

    def _progress_text(self) -> str:
        if self._guide is None or not self._guide.missing:
            return ""
        names = ", ".join(view_text(view) for view in self._guide.missing)
        return tr("Still missing: {views}.", views=names)

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        if self._notice is not None or self._frame is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._guide is not None:
            self._paint_ring(painter, self._guide)
        if self._words:
            self._paint_words(painter)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 15, 15)

    def ring(self) -> tuple[QPointF, float]:
        """Centre and radius of the ring: above the words, wherever the picture lies."""
        place = self.picture_rect()
        radius = min(place.height() * 0.35, place.width() * 0.3)
        return QPointF(place.center().x(), place.top() + place.height() * 0.42), radius

    def _paint_ring(self, painter: QPainter, guide: GuidedCapture) -> None:
        centre, radius = self.ring()
        line_px = max(4.0, radius / 16)
        wanted = guide.missing[0] if guide.missing else None
        held = guide.held
        for view in View:
            colour = _MISSING
            if view in guide.taken:
                colour = _DONE
            elif view is wanted:
                colour = _WANTED
            share = held[1] if held and held[0] is view else 0.0
            if view is View.GLASSES and view not in (*guide.taken, *guide.missing):
                continue
            if view in (View.FRONT, View.GLASSES):
                inner = radius - (2.2 if view is View.FRONT else 3.8) * line_px
                _paint_arc(painter, centre, inner, 90.0, 360.0, colour, share, line_px / 2)
                continue
            at_deg = side_of(view, mirrored=self.mirrored)
            _paint_arc(painter, centre, radius, at_deg, _ARC_DEG, colour, share, line_px)
            self._paint_mark(painter, centre, radius, view, colour, at_deg)

    def _paint_mark(
        self,
        painter: QPainter,
        centre: QPointF,
        radius: float,
        view: View,
        colour: QColor,
        at_deg: float,
    ) -> None:
        """A tick where the view is there, an arrow where it is wanted: never by colour alone."""
        if colour is _MISSING:
            return
        size = max(18.0, radius / 5)
        spot = _on_circle(centre, radius, at_deg)
        disc = QRectF(spot.x() - size / 2, spot.y() - size / 2, size, size)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(disc)
        arrow = {0.0: "forth", 90.0: "up", 180.0: "back", 270.0: "down"}[at_deg]
        icon = "check" if colour is _DONE else arrow
        inside = disc.adjusted(size * 0.2, size * 0.2, -size * 0.2, -size * 0.2)
        paint_icon(painter, icon, inside, _DONE_INK)

    def _paint_words(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPixelSize(round(min(26, max(_SMALLEST_PX, self.height() / 17))))
        font.setWeight(QFont.Weight.DemiBold)
        room = self.width() - 4 * font.pixelSize()
        fits = room / max(1.0, QFontMetricsF(font).horizontalAdvance(self._words))
        if fits < 1:  # smaller letters before missing words
            font.setPixelSize(max(_SMALLEST_PX, int(font.pixelSize() * fits)))
        metrics = QFontMetricsF(font)
        padding = metrics.height() * 0.45
        text = metrics.elidedText(
            self._words, Qt.TextElideMode.ElideRight, self.width() - 4 * padding
        )
        width = metrics.horizontalAdvance(text) + 2 * padding
        height = metrics.height() + padding
        left = (self.width() - width) / 2
        pill = QRectF(left, self.height() - height - 10, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(8, 11, 16, 215))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setFont(font)
        painter.setPen(self._theme.colour("on_video"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


def _paint_arc(
    painter: QPainter,
    centre: QPointF,
    radius: float,
    middle_deg: float,
    span_deg: float,
    colour: QColor,
    share: float,
    line_px: float,
) -> None:
    """An arc around `middle_deg`, `share` of it already in the colour of what is done."""
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    start = round((middle_deg - span_deg / 2) * 16)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    strokes = [(_SHADE, line_px + 2, span_deg), (colour, line_px, span_deg)]
    if share > 0:
        strokes.append((_DONE, line_px, span_deg * share))
    for ink, width, span in strokes:
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(box, start, round(span * 16))


def _on_circle(centre: QPointF, radius: float, at_deg: float) -> QPointF:
    x, y = {0.0: (1, 0), 90.0: (0, -1), 180.0: (-1, 0), 270.0: (0, 1)}[at_deg]
    return centre + QPointF(x * radius, y * radius)
