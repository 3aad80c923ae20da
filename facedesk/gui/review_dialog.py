"""The review queue, one near miss at a time: whose face is it, or nobody's."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.gui import dialogs
from facedesk.gui.controls import SearchChoice, label
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import Theme
from facedesk.gui.wording import clock_text, day_text, local_day
from facedesk.store.reviews import NearMiss

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_PICTURE_PX = 192


class ReviewDialog(Message):
    """Shows the newest face that waits; `changed` is emitted after each one that got a name."""

    changed = Signal()

    def __init__(self, desk: "Desk", theme: Theme, parent: QWidget | None) -> None:
        super().__init__(theme, parent, tr("Almost recognised"), [])
        self._desk = desk
        self._waiting: list[NearMiss] = []
        self.picture = QLabel()
        self.picture.setFixedSize(_PICTURE_PX, _PICTURE_PX)
        self.picture.setScaledContents(True)
        self.words = label("", wrap=True)
        self.reason = label("", "muted", wrap=True)
        self.person = SearchChoice(theme)
        self.person.setAccessibleName(tr("Person"))
        for one in desk.people.list(active_only=True):
            self.person.addItem(one.name, one.id)
        self.extra.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        for widget in (self.words, self.reason, self.person):
            self.extra.addWidget(widget)
        self.close_button = self.add(tr("Close"))
        self.discard_button = self.add(tr("Discard"), close=False)
        self.assign_button = self.add(tr("It is this person"), "primary", close=False)
        self.discard_button.clicked.connect(lambda: self._decide(self._discard))
        self.assign_button.clicked.connect(lambda: self._decide(self._assign))
        self._show_next()

    def _show_next(self) -> None:
        self._waiting = self._desk.learning.review.waiting()
        for widget in (self.picture, self.person, self.discard_button, self.assign_button):
            widget.setVisible(bool(self._waiting))
        if not self._waiting:
            self.words.setText(tr("Nobody waits for a decision."))
            self.reason.setText(
                ""
                if self._desk.settings.review_days
                else tr("Near misses are not kept; a setting under Recognition changes that.")
            )
            return
        miss = self._waiting[0]
        pixmap = QPixmap()
        pixmap.loadFromData(miss.crop_jpeg)
        self.picture.setPixmap(pixmap)
        name = self._desk.people.get(miss.person_id).name
        self.picture.setAccessibleName(tr("Face most like {name}", name=name))
        self.words.setText(
            tr(
                "{day}, {time}. Most like {name}: {score:.2f}, needed {threshold:.2f}. "
                "{count} in all.",
                day=day_text(local_day(miss.seen_utc, self._desk.zone)),
                time=clock_text(miss.seen_utc, self._desk.zone),
                name=name,
                score=miss.score,
                threshold=miss.threshold,
                count=len(self._waiting),
            )
        )
        self.reason.setText(miss.reason)
        self.person.setCurrentIndex(self.person.findData(miss.person_id))

    def _assign(self, miss: NearMiss) -> None:
        self._desk.learning.review.assign(miss, int(self.person.currentData()))
        self.changed.emit()

    def _discard(self, miss: NearMiss) -> None:
        self._desk.learning.review.discard(miss)

    def _decide(self, act: Callable[[NearMiss], None]) -> None:
        try:
            act(self._waiting[0])
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
        self._show_next()
        self.fit()
