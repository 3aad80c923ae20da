"""The last check-ins of the day, as the kiosk shows them."""

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem

from facedesk.core.language import tr
from facedesk.core.records import Direction
from facedesk.gui.controls import chip_size, paint_chip
from facedesk.gui.portraits import Portraits
from facedesk.gui.theme import Theme
from facedesk.gui.wording import clock_text

AnyIndex = QModelIndex | QPersistentModelIndex
MOST_RECENT = 30


@dataclass(frozen=True, slots=True)
class Recent:
    """One line of the list."""

    person_id: int
    name: str
    direction: Direction
    utc: datetime


class RecentModel(QAbstractListModel):
    """Newest first; the oldest fall off the end."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.zone = zone
        self.rows: list[Recent] = []
        self._room = MOST_RECENT  # how many rows the list has room for: half a name helps nobody

    def fill(self, rows: list[Recent]) -> None:
        """Replace all; `rows` newest first."""
        self.beginResetModel()
        self.rows = rows[:MOST_RECENT]
        self.endResetModel()

    def push(self, row: Recent) -> None:
        """Add one at the top."""
        self.fill([row, *self.rows])

    def make_room(self, rows: int) -> None:
        """Show at most so many."""
        if rows != self._room:
            self.beginResetModel()
            self._room = rows
            self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else min(self._room, len(self.rows))

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            at = clock_text(row.utc, self.zone)
            return f"{row.name}, {direction_text(row.direction)}, {at}"
        return None


def direction_text(direction: Direction) -> str:
    match direction:
        case Direction.IN:
            return tr("In")
        case Direction.OUT:
            return tr("Out")
        case Direction.BREAK_START:
            return tr("Break")
        case Direction.BREAK_END:
            return tr("Back")


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, portraits: Portraits, model: RecentModel) -> None:
        super().__init__()
        self._theme = theme
        self._portraits = portraits
        self._model = model
        self.scale = 1.0

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(120, self.row_px)

    @property
    def row_px(self) -> int:
        return round(58 * self.scale)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row: Recent = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect)
        scale = self.scale
        disc_px = round(40 * scale)
        disc = self._portraits.get(
            row.person_id, row.name, disc_px, painter.device().devicePixelRatioF()
        )
        painter.drawPixmap(QPointF(rect.left(), rect.center().y() - disc_px / 2), disc)
        name_font = QFont(painter.font())
        name_font.setPixelSize(round(16 * scale))
        name_font.setWeight(QFont.Weight.DemiBold)
        small = QFont(name_font)
        small.setPixelSize(round(13 * scale))
        chip = chip_size(direction_text(row.direction), small)
        arrived = row.direction.works
        paint_chip(
            painter,
            QPointF(rect.right() - chip.width(), rect.center().y() - chip.height() / 2),
            direction_text(row.direction),
            self._theme.colour("arrive" if arrived else "leave"),
            self._theme.colour("on_arrive" if arrived else "on_leave"),
            small,
        )
        left = rect.left() + disc_px + 12 * scale
        room = rect.right() - chip.width() - 8 * scale - left
        upper = QRectF(left, rect.top() + 6 * scale, room, rect.height() / 2 - 4 * scale)
        lower = QRectF(left, rect.center().y() + 1 * scale, room, rect.height() / 2 - 6 * scale)
        painter.setFont(name_font)
        painter.setPen(self._theme.colour("text"))
        name = QFontMetricsF(name_font).elidedText(row.name, Qt.TextElideMode.ElideRight, room)
        leading = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(upper, leading | Qt.AlignmentFlag.AlignVCenter, name)
        small.setWeight(QFont.Weight.Normal)
        painter.setFont(small)
        painter.setPen(self._theme.colour("muted"))
        at = clock_text(row.utc, self._model.zone)
        painter.drawText(lower, leading | Qt.AlignmentFlag.AlignVCenter, at)


class RecentList(QListView):
    """The list itself; no selection, only reading."""

    def __init__(self, theme: Theme, portraits: Portraits, zone: str) -> None:
        super().__init__()
        self.setObjectName("recent")
        self.rows = RecentModel(zone)
        self._painter = _Painter(theme, portraits, self.rows)
        self.setModel(self.rows)
        self.setItemDelegate(self._painter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Last check-ins"))

    def use_scale(self, scale: float) -> None:
        """Type and row height follow the size of the kiosk."""
        self._painter.scale = scale
        self.rows.make_room(max(1, self.height() // self._painter.row_px))
        self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.rows.make_room(max(1, self.height() // self._painter.row_px))
