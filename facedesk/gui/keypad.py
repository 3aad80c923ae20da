"""Large keys on the screen: digits as on a telephone, and letters where numbers have some."""

import random
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from facedesk.core.language import tr
from facedesk.gui.icons import icon_of
from facedesk.gui.theme import SPACE_PX, Theme

DIGITS = "1234567890"
_MOST_LETTERS = 12  # more do not fit beside fingers


class Keypad(QWidget):
    """Tells which key was pressed. Keys never take the focus: a keyboard goes on working."""

    typed = Signal(str)
    erased = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale = 1.0
        self.keys: list[QPushButton] = []
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._board = QWidget()
        self._rows: list[QHBoxLayout] = []
        self._erase: QPushButton | None = None
        theme.changed.connect(self._recolour)
        self.lay()

    def lay(self, letters: Sequence[str] = (), *, shuffled: bool = False) -> None:
        """Put the keys in place: digits (in a new order when `shuffled`), then `letters`."""
        self._board.hide()
        self._board.deleteLater()
        self._board = QWidget()
        self._column = QVBoxLayout(self._board)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._rows = []
        digits = list(DIGITS)
        if shuffled:
            random.SystemRandom().shuffle(digits)
        self.keys = [self._key(text) for text in (*digits, *letters[:_MOST_LETTERS])]
        self._erase = self._key("")
        self._erase.setAccessibleName(tr("Delete the last"))
        self._recolour()
        for first in (0, 3, 6):
            self._add_row(self.keys[first : first + 3])
        self._add_row([QWidget(), self.keys[9], self._erase])
        few = next(count for count in (3, 4, 6) if len(letters) <= 2 * count or count == 6)
        for first in range(10, len(self.keys), few):
            row = self.keys[first : first + few]
            self._add_row([*row, *(QWidget() for _ in range(few - len(row)))])
        self._whole.addWidget(self._board)
        self.use_scale(self._scale)

    @property
    def text(self) -> str:
        """The keys in reading order."""
        return "".join(key.text() for key in self.keys)

    def use_scale(self, scale: float) -> None:
        """How large the kiosk is: type grows with it, keys take the room that there is."""
        self._scale = scale
        spacing_px = SPACE_PX if scale >= 0.9 else SPACE_PX // 2
        for layout in (self._column, *self._rows):
            layout.setSpacing(spacing_px)
        for key in (*self.keys, *([self._erase] if self._erase else [])):
            key.setStyleSheet(
                f"font-size: {round(24 * scale)}px; min-height: {max(38, round(46 * scale))}px;"
                " padding: 0;"
            )
            key.setIconSize(QSize(round(26 * scale), round(26 * scale)))

    def _add_row(self, keys: Sequence[QWidget]) -> None:
        """Keys of equal width; a plain widget is a gap."""
        row = QHBoxLayout()
        for key in keys:
            row.addWidget(key, 1)
        self._column.addLayout(row, 1)
        self._rows.append(row)

    def _key(self, text: str) -> QPushButton:
        key = QPushButton(text)
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        key.setAutoDefault(False)
        key.setAccessibleName(text)
        if text:
            key.clicked.connect(lambda: self.typed.emit(text))
        else:
            key.clicked.connect(self.erased)
        return key

    def _recolour(self) -> None:
        if self._erase is not None:
            self._erase.setIcon(icon_of("erase", self._theme.colour("text")))
