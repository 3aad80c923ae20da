"""Small controls that Qt's style sheets cannot draw: cards, switches, choices, steppers, chips."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QIcon,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextCharFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QCompleter,
    QDateEdit,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QLabel,
    QPushButton,
    QSpinBox,
    QStyle,
    QStyleOptionSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.language import tr
from facedesk.gui.icons import icon_of, paint_icon, pixmap_of
from facedesk.gui.theme import SPACE_PX, Theme

_FIELD_PX = 40
_NAME_LETTERS = 18


class Card(QFrame):
    """A rounded surface with a vertical layout."""

    def __init__(self, *, padding: int = 3) -> None:
        super().__init__()
        self.setObjectName("card")
        self.body = QVBoxLayout(self)
        space = padding * SPACE_PX
        self.body.setContentsMargins(space, space, space, space)
        self.body.setSpacing(2 * SPACE_PX)


def label(text: str, kind: str = "", *, wrap: bool = False) -> QLabel:
    """A plain-text label; `kind` is an object name of the style sheet (muted, problem, ...).

    Plain text always: a person called '<b>' is called '<b>'.
    """
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if kind:
        made.setObjectName(kind)
    made.setWordWrap(wrap)
    return made


def captioned(*rows: tuple[str, QWidget]) -> QFormLayout:
    """Captions above their fields; '' for words that belong to the field above."""
    form = QFormLayout()
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
    form.setVerticalSpacing(SPACE_PX)
    for text, field in rows:
        if text:
            caption = label(text, "fieldLabel")
            caption.setBuddy(field)
            form.addRow(caption, field)
        else:
            form.addRow(field)
    return form


class Button(QPushButton):
    """A push button; `kind` is primary, danger, quiet or ''. Its icon follows the theme."""

    def __init__(
        self, theme: Theme, text: str, kind: str = "", icon: str = "", *, name: str = ""
    ) -> None:
        super().__init__(text)
        self._theme = theme
        self._icon = icon
        self._token = {
            "primary": "on_accent", "quiet": "on_accent_soft", "danger": "on_danger"
        }.get(kind, "text")  # fmt: skip
        self.setObjectName(kind)
        self.setAccessibleName(name or text)
        if name and not text:
            self.setToolTip(name)
        self.setAutoDefault(False)
        self.setIconSize(QSize(18, 18))
        self._recolour()
        theme.changed.connect(self._recolour)

    def _recolour(self) -> None:
        if self._icon:
            icon = icon_of(self._icon, self._theme.colour(self._token))
            pale = pixmap_of(self._icon, self._theme.colour("muted"), 24)
            icon.addPixmap(pale, QIcon.Mode.Disabled)
            self.setIcon(icon)


class ScrolledBody(QWidget):
    """What a scroll area shows, as high as its wrapped words need: Qt asks a scrolled widget for
    its smallest height only, which takes one line of such words.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plainBody")

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            layout = self.layout()
            if layout is not None and layout.hasHeightForWidth():
                self.setMinimumHeight(layout.totalHeightForWidth(self.width()))
        return done


class Switch(QCheckBox):
    """An on/off switch; behaves and is read out as a check box."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(52, 36)

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(4, self.height() / 2 - 12, 44, 24)
        on = self.isChecked()
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.drawRoundedRect(track.adjusted(-3, -3, 3, 3), 15, 15)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent" if on else "field_border"))
        painter.drawRoundedRect(track, 12, 12)
        painter.setBrush(self._theme.colour("on_accent" if on else "surface"))
        x = track.right() - 12 if on else track.left() + 12
        painter.drawEllipse(QPointF(x, track.center().y()), 8.5, 8.5)


def _chevron_spot(field: QWidget) -> QRectF:
    """Where the text of a field ends: on the left where it is right to left."""
    left = 12 if field.isRightToLeft() else field.width() - 28
    return QRectF(left, field.height() / 2 - 8, 16, 16)


class Choice(QComboBox):
    """A combo box with a chevron of the icon set."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setFixedHeight(_FIELD_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        spot = _chevron_spot(self)
        token = "muted" if self.isEnabled() else "border"
        paint_icon(painter, "down", spot, self._theme.colour(token))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling a page must not change a value that happens to pass under the pointer."""
        event.ignore()


class SearchChoice(Choice):
    """A choice among many: what is typed filters the list, wherever it stands in the words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        # As wide as its place allows: the longest name must not push its neighbours out.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_NAME_LETTERS)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = self.completer()
        assert completer is not None
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        popup = completer.popup()
        assert popup is not None
        popup.setObjectName("completions")
        line = self.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._show_chosen)

    def _show_chosen(self) -> None:
        """Words that are nobody's do not stay in the field."""
        if self.currentIndex() >= 0 and self.currentText() != self.itemText(self.currentIndex()):
            self.setEditText(self.itemText(self.currentIndex()))


class DayEdit(QDateEdit):
    """A day with a calendar to choose from."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCalendarPopup(True)
        self.setDisplayFormat(tr("yyyy-MM-dd"))
        self.setFixedSize(150, _FIELD_PX)
        self._recolour()
        theme.changed.connect(self._recolour)

    def _recolour(self) -> None:
        """Qt paints weekends red and the arrows black, whatever the palette."""
        calendar = self.calendarWidget()
        weekend = QTextCharFormat()
        weekend.setForeground(self._theme.colour("muted"))
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            calendar.setWeekdayTextFormat(day, weekend)
        for name, icon in (("qt_calendar_prevmonth", "back"), ("qt_calendar_nextmonth", "forth")):
            arrow = calendar.findChild(QToolButton, name)
            if arrow is not None:
                arrow.setIcon(icon_of(icon, self._theme.colour("text")))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        spot = _chevron_spot(self)
        paint_icon(QPainter(self), "down", spot, self._theme.colour("muted"))


def _lay_out_steps(box: QAbstractSpinBox) -> None:
    box.setFixedHeight(_FIELD_PX)
    box.lineEdit().setTextMargins(10, 0, 0, 0)  # the style sheet's padding does not reach it


def _paint_steps(box: QAbstractSpinBox, theme: Theme) -> None:
    option = QStyleOptionSpinBox()
    box.initStyleOption(option)
    painter = QPainter(box)
    for control, icon in (
        (QStyle.SubControl.SC_SpinBoxUp, "up"),
        (QStyle.SubControl.SC_SpinBoxDown, "down"),
    ):
        rect = box.style().subControlRect(QStyle.ComplexControl.CC_SpinBox, option, control, box)
        centre = QRectF(rect).center()
        spot = QRectF(centre.x() - 7, centre.y() - 7, 14, 14)
        paint_icon(painter, icon, spot, theme.colour("muted"))


class WholeNumber(QSpinBox):
    """A whole number with steppers and its unit."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        _lay_out_steps(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_steps(self, self._theme)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Fraction(QDoubleSpinBox):
    """A number with two places after the point."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        _lay_out_steps(self)
        self.setDecimals(2)
        self.setSingleStep(0.01)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_steps(self, self._theme)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Line(QLabel):
    """One line of plain text, elided where it does not fit; the tool tip has it all."""

    def __init__(self, text: str = "", kind: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if kind:
            self.setObjectName(kind)
        self._whole = ""
        self.say(text)

    def say(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._elide()

    @property
    def said(self) -> str:
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._whole) + 2
        return QSize(width, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideRight, max(24, self.width())
        )
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")
        self.updateGeometry()


def chip_size(text: str, font: QFont) -> QSize:
    """How large `paint_chip` draws."""
    metrics = QFontMetricsF(font)
    return QSize(
        round(metrics.horizontalAdvance(text) + metrics.height() * 1.1),
        round(metrics.height() * 1.45),
    )


def paint_chip(
    painter: QPainter, where: QPointF, text: str, fill: QColor, ink: QColor, font: QFont
) -> QRectF:
    """A rounded label with its top left corner at `where`; returns what it covered."""
    size = chip_size(text, font)
    pill = QRectF(where.x(), where.y(), size.width(), size.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
    painter.setFont(font)
    painter.setPen(ink)
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
    return pill
