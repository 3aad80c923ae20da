"""What the steps of the enrolment wizard have in common, and the rail that shows where one is."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from facedesk.core.language import tr
from facedesk.gui.icons import paint_icon
from facedesk.gui.theme import Theme

_DISC_PX = 26
_NAMES_FROM_PX = 560  # narrower rails name only the step at hand


class Step(QWidget):
    """A page of the wizard. `changed` is told when `complete` or `words` may be others."""

    changed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    @property
    def complete(self) -> bool:
        """Whether the wizard may go on."""
        return True

    @property
    def words(self) -> str:
        """One sentence for the foot of the wizard: what is missing, or what will happen."""
        return ""

    def enter(self) -> None:
        """The page is shown now."""

    def leave(self) -> None:
        """Another page is shown now, or the wizard closes."""


class StepRail(QWidget):
    """The steps in a row: done ones ticked, the present one filled."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._titles: list[str] = []
        self._at = 0
        self.setFixedHeight(_DISC_PX + 6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_steps(self, titles: list[str], at: int) -> None:
        self._titles, self._at = titles, at
        words = tr("Step {number} of {count}: {title}", number=at + 1, count=len(titles),
                   title=titles[at])  # fmt: skip
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(600, _DISC_PX + 6)

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(13)
        font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetricsF(font)
        wide = self.width() >= _NAMES_FROM_PX
        x, middle = 2.0, self.height() / 2
        for number, title in enumerate(self._titles):
            disc = QRectF(x, middle - _DISC_PX / 2, _DISC_PX, _DISC_PX)
            self._paint_disc(painter, font, self._placed(disc), number)
            x += _DISC_PX + 8
            if wide or number == self._at:
                painter.setFont(font)
                painter.setPen(self._theme.colour("text" if number == self._at else "muted"))
                width = metrics.horizontalAdvance(title)
                room = QRectF(x, 0, width + 2, self.height())
                painter.drawText(self._placed(room), Qt.AlignmentFlag.AlignVCenter, title)
                x += width + 12
            if number < len(self._titles) - 1:
                painter.setPen(QPen(self._theme.colour("border"), 2))
                dash = self._placed(QRectF(x, middle, 18, 0))
                painter.drawLine(dash.topLeft(), dash.topRight())
                x += 28

    def _placed(self, left_to_right: QRectF) -> QRectF:
        """The same place, counted from the right where it is right to left."""
        if not self.isRightToLeft():
            return left_to_right
        x = self.width() - left_to_right.right()
        return QRectF(x, left_to_right.y(), left_to_right.width(), left_to_right.height())

    def _paint_disc(self, painter: QPainter, font: QFont, disc: QRectF, number: int) -> None:
        if number > self._at:
            painter.setPen(QPen(self._theme.colour("field_border"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ink = self._theme.colour("muted")
        else:
            done = number < self._at
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("arrive" if done else "accent"))
            ink = self._theme.colour("on_arrive" if done else "on_accent")
        painter.drawEllipse(disc)
        if number < self._at:
            paint_icon(painter, "check", disc.adjusted(5, 5, -5, -5), ink)
            return
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(number + 1))
