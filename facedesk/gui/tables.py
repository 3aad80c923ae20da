"""The tables of people and punches: models, and how a person and a chip are painted in a cell."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFocusEvent, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from facedesk.gui.controls import chip_size, paint_chip
from facedesk.gui.portraits import Portraits
from facedesk.gui.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")
PERSON_ROLE = Qt.ItemDataRole.UserRole + 1  # (person_id, name) of the row
CHIP_ROLE = Qt.ItemDataRole.UserRole + 2  # (background token, text token) of the cell
_ROW_PX = 56
_WIDEST_NAME_PX = 280
_NARROWEST_PX = 190  # of the column that has what the others leave


class Column(Generic[Row]):
    """A heading and how to fill the cell. `key` sorts; the text itself where it is not given."""

    def __init__(
        self,
        heading: str,
        text: Callable[[Row], str],
        *,
        key: Callable[[Row], object] | None = None,
        tip: Callable[[Row], str] | None = None,
        chip: Callable[[Row], tuple[str, str]] | None = None,
    ) -> None:
        self.heading = heading
        self.text = text
        self.key = key or text
        self.tip = tip or (lambda _row: "")
        self.chip = chip


class RowsModel(QAbstractTableModel, Generic[Row]):
    """Frozen rows under columns; sorted here, so that equal keys keep the store's order."""

    def __init__(
        self, columns: Sequence[Column[Row]], person: Callable[[Row], tuple[int, str]]
    ) -> None:
        super().__init__()
        self._columns = columns
        self._person = person
        self._rows: list[Row] = []
        self._as_given: list[Row] = []
        self._order: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)

    def fill(self, rows: Sequence[Row]) -> None:
        """Replace all rows, sorted as the user last chose."""
        self.beginResetModel()
        self._as_given = list(rows)
        self._rows = self._sorted()
        self.endResetModel()

    def row(self, number: int) -> Row:
        return self._rows[number]

    @property
    def rows(self) -> list[Row]:
        return list(self._rows)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column, row = self._columns[index.column()], self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.heading}: {column.text(row)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip(row) or None
        if role == PERSON_ROLE:
            return self._person(row)
        if role == CHIP_ROLE:
            return column.chip(row) if column.chip else None
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self._columns[section].heading
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order)
        self.layoutAboutToBeChanged.emit()
        self._rows = self._sorted()
        self.layoutChanged.emit()

    def _sorted(self) -> list[Row]:
        column, order = self._order
        if column < 0:
            return list(self._as_given)
        key = self._columns[column].key
        descending = order is Qt.SortOrder.DescendingOrder
        return sorted(self._as_given, key=key, reverse=descending)  # type: ignore[arg-type]


class _Cell(QStyledItemDelegate):
    """Paints every cell: a quiet row line, the selection, and a ring around the focused row."""

    def __init__(self, theme: Theme, table: QTableView) -> None:
        super().__init__(table)
        self._theme = theme
        self._table = table

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        text = str(index.data() or "")
        width = option.fontMetrics.horizontalAdvance(text) + 36
        return QSize(width, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        rect = QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._theme.colour("accent_soft"))
            if self._table.hasFocus():
                painter.fillRect(
                    QRectF(rect.left(), rect.bottom() - 2, rect.width(), 2),
                    self._theme.colour("accent"),
                )
        painter.setPen(QPen(self._theme.colour("border"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        self.paint_content(painter, rect.adjusted(12, 0, -12, 0), index)
        painter.restore()

    def paint_content(self, painter: QPainter, room: QRectF, index: AnyIndex) -> None:
        text = str(index.data() or "")
        chip = index.data(CHIP_ROLE)
        font = QFont(self._table.font())
        if chip is not None:
            font.setPixelSize(13)
            font.setWeight(QFont.Weight.DemiBold)
            size = chip_size(text, font)
            where = QPointF(self._start(room, size.width()), room.center().y() - size.height() / 2)
            fill, ink = (self._theme.colour(token) for token in chip)
            paint_chip(painter, where, text, fill, ink, font)
            return
        font.setPixelSize(14)
        self.paint_text(painter, room, text, font, "text" if index.column() < 2 else "muted")

    def paint_text(
        self, painter: QPainter, room: QRectF, text: str, font: QFont, token: str
    ) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.colour(token))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        mirrored = self._table.isRightToLeft()
        leading = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        absolute = Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, leading | absolute, shown)

    def _start(self, room: QRectF, width: float) -> float:
        """The left edge of something so wide that stands where the cell begins."""
        return room.right() - width if self._table.isRightToLeft() else room.left()


class _PersonCell(_Cell):
    """A round portrait and the name."""

    def __init__(self, theme: Theme, table: QTableView, portraits: Portraits) -> None:
        super().__init__(theme, table)
        self._portraits = portraits

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        size = super().sizeHint(option, index)
        return QSize(min(_WIDEST_NAME_PX, size.width() + 56), size.height())

    def paint_content(self, painter: QPainter, room: QRectF, index: AnyIndex) -> None:
        person_id, name = index.data(PERSON_ROLE)
        disc = self._portraits.get(person_id, name, 36, self._table.devicePixelRatioF())
        painter.drawPixmap(QPointF(self._start(room, 36), room.center().y() - 18), disc)
        font = QFont(self._table.font())
        font.setPixelSize(15)
        font.setWeight(QFont.Weight.DemiBold)
        beside = (0, 0, -48, 0) if self._table.isRightToLeft() else (48, 0, 0, 0)
        self.paint_text(painter, room.adjusted(*beside), name, font, "text")


class Table(QTableView):
    """A read-only table of rows; Return or a double click activates a row."""

    def __init__(
        self,
        theme: Theme,
        portraits: Portraits,
        model: RowsModel[Row],
        *,
        person_column: int | None,
        wide_column: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._wide_column = wide_column
        self.setModel(model)
        self.setItemDelegate(_Cell(theme, self))
        if person_column is not None:
            self.setItemDelegateForColumn(person_column, _PersonCell(theme, self, portraits))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicatorShown(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(wide_column, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(60)  # measuring 10,000 rows would take seconds
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort_by)
        self._sorted: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.DescendingOrder)
        theme.changed.connect(self.viewport().update)

    def updateGeometries(self) -> None:
        """The wide column has what the others leave, and scrolls sideways before it vanishes."""
        super().updateGeometries()
        header, wide = self.horizontalHeader(), self._wide_column
        others_px = header.length() - header.sectionSize(wide)
        fits = self.viewport().width() - others_px >= _NARROWEST_PX
        mode = QHeaderView.ResizeMode.Stretch if fits else QHeaderView.ResizeMode.Fixed
        if header.sectionResizeMode(wide) is not mode:
            header.setSectionResizeMode(wide, mode)
            if not fits:
                header.resizeSection(wide, _NARROWEST_PX)

    def selected_row(self) -> int | None:
        """Number of the selected row in the model, None where nothing is selected."""
        chosen = self.selectionModel().selectedRows()
        return chosen[0].row() if chosen else None

    def selectRow(self, row: int) -> None:
        """Qt's own looks for a column at the border, and finds none where it is right to left."""
        index = self.model().index(row, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whoever arrives by keyboard must see where the focus is."""
        super().focusInEvent(event)
        if self.selected_row() is None and self.model().rowCount() > 0:
            self.selectRow(0)

    def _sort_by(self, column: int) -> None:
        ascending, descending = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        again = self._sorted == (column, ascending)
        self._sorted = (column, descending if again else ascending)
        self.horizontalHeader().setSortIndicatorShown(True)
        self.horizontalHeader().setSortIndicator(*self._sorted)
        self.model().sort(*self._sorted)
