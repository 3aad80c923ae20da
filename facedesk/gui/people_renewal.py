"""A new face model reads everybody's kept photos: a strip with a bar while it does."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar

from facedesk.core.language import tr
from facedesk.gui.bridge import Bridge, Task
from facedesk.gui.controls import Button, Card, label
from facedesk.gui.theme import Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class RenewalStrip(Card):
    """Hidden while there is nothing to read. Starts by itself: until the last photo is read the old
    model goes on. `renewed` is told when the new one has taken over.
    """

    renewed = Signal()

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme) -> None:
        super().__init__(padding=2)
        self._desk = desk
        self._bridge = bridge
        self._task: Task | None = None
        self._asked = ""
        self.words = label("", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        self.stop_button = Button(theme, tr("Cancel"))
        row = QHBoxLayout()
        row.addWidget(self.words, 2)
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop_button)
        self.body.addLayout(row)
        self.stop_button.clicked.connect(self._stop)
        self.hide()

    def check(self) -> None:
        """Ask once for each choice of an embedder whether there is something to read."""
        wanted = self._desk.settings.embedder
        if self._task is not None or wanted == self._asked:
            return
        self._asked = wanted
        desk = self._desk
        self._bridge.run(
            lambda _progress: desk.pictures_to_read(), done=self._begin, failed=self._failed
        )

    def _begin(self, pictures: int) -> None:
        if not pictures:
            return
        self.words.setText(
            tr(
                "The new face model reads {count:,} photos. The kiosk goes on with the old one.",
                count=pictures,
            )
        )
        self.bar.setRange(0, pictures)
        self.bar.setValue(0)
        self.bar.show()
        self.stop_button.show()
        self.show()
        desk = self._desk
        self._task = self._bridge.run(desk.reembed, done=self._done, failed=self._failed)
        self._task.progressed.connect(self._show_progress)
        self._task.cancelled.connect(self._cancelled)
        self._task.ended.connect(self._ended)

    def _show_progress(self, done: int, total: int, _text: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _ended(self) -> None:
        self._task = None
        self.bar.hide()
        self.stop_button.hide()

    def _done(self, count: int) -> None:
        self.words.setText(tr("The new face model has read {count:,} photos.", count=count))
        self.renewed.emit()

    def _cancelled(self) -> None:
        self.words.setText(tr("The kiosk goes on with the old face model."))

    def _failed(self, error: Exception) -> None:
        self.words.setText(str(error))
        self.show()
