"""Large keys on the screen: digits as on a telephone, and letters where numbers have some."""

import random
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from facedesk.core.language import tr
from facedesk.gui.icons import icon_of
from facedesk.gui.theme import SPACE_PX, Theme

DIGITS = "1234567890"
_GRID = 12  # columns, so that rows of 3, 4 and 6 keys are equally wide
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
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE_PX)
        for column in range(_GRID):
            self._grid.setColumnStretch(column, 1)
        self._erase: QPushButton | None = None
        theme.changed.connect(self._recolour)
        self.lay()

    def lay(self, letters: Sequence[str] = (), *, shuffled: bool = False) -> None:
        """Put the keys in place: digits (in a new order when `shuffled`), then `letters`."""
        while (taken := self._grid.takeAt(0)) is not None:
            widget = taken.widget()
            if widget is not None:
                widget.deleteLater()
        digits = list(DIGITS)
        if shuffled:
            random.SystemRandom().shuffle(digits)
        self.keys = [self._key(text) for text in (*digits, *letters[:_MOST_LETTERS])]
        self._erase = self._key("")
        self._erase.setAccessibleName(tr("Delete the last"))
        self._recolour()
        self._place([*self.keys[:9]], 3, 0)
        self._grid.addWidget(self.keys[9], 3, 4, 1, 4)
        self._grid.addWidget(self._erase, 3, 8, 1, 4)
        few = next(count for count in (3, 4, 6) if len(letters) <= 2 * count or count == 6)
        self._place(self.keys[10:], few, 4)
        self.use_scale(self._scale)

    @property
    def text(self) -> str:
        """The keys in reading order."""
        return "".join(key.text() for key in self.keys)

    def use_scale(self, scale: float) -> None:
        """How large the kiosk is: type grows with it, keys take the room that there is."""
        self._scale = scale
        self._grid.setSpacing(SPACE_PX if scale >= 0.9 else SPACE_PX // 2)
        for key in (*self.keys, *([self._erase] if self._erase else [])):
            key.setStyleSheet(
                f"font-size: {round(24 * scale)}px; min-height: {max(38, round(46 * scale))}px;"
                " padding: 0;"
            )
            key.setIconSize(QSize(round(26 * scale), round(26 * scale)))

    def _place(self, keys: Sequence[QPushButton], a_row: int, first_row: int) -> None:
        span = _GRID // a_row
        for number, key in enumerate(keys):
            row, column = divmod(number, a_row)
            self._grid.addWidget(key, first_row + row, column * span, 1, span)

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
