"""The photos of a person being enrolled: from files, by drag and drop, or from the camera."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from facedesk.core.language import tr
from facedesk.core.records import CameraState, Sample
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, label
from facedesk.gui.photo_card import PhotoCard, SampleCard
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.video_view import Notice, VideoView

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.enrolment import Examined
    from facedesk.engine.jobs import Progress


class PhotoTray(QWidget):
    """New photos as they are examined, and the stored ones. `changed` is told after any change.

    `person_id` is the person being edited: nobody is a duplicate of oneself.
    """

    changed = Signal()

    def __init__(
        self, desk: "Desk", bridge: Bridge, pulse: Pulse, theme: Theme, person_id: int | None
    ) -> None:
        super().__init__()
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._person_id = person_id
        self.cards: list[PhotoCard] = []
        self.doomed: list[int] = []  # stored samples that go when the user saves
        self.setAcceptDrops(True)
        self.choose_button = Button(theme, tr("Choose photos"), "", "photo")
        self.camera_button = Button(theme, tr("Use the camera"), "", "camera")
        self.camera_button.setCheckable(True)
        self.capture_button = Button(theme, tr("Take photo"), "primary", "camera")
        self.view = VideoView(theme, desk.clock.monotonic_s)
        self.view.setFixedHeight(230)
        self.view.mirrored = desk.settings.mirror
        self._lay_out()
        self.choose_button.clicked.connect(self._choose_files)
        self.camera_button.toggled.connect(self._show_camera)
        self.capture_button.clicked.connect(self.take_photo)
        pulse.beat.connect(self._beat)

    def _lay_out(self) -> None:
        sources = QHBoxLayout()
        sources.setSpacing(SPACE_PX)
        sources.addWidget(self.choose_button)
        sources.addWidget(self.camera_button)
        sources.addStretch(1)
        self._camera_panel = QWidget()
        panel = QVBoxLayout(self._camera_panel)
        panel.setContentsMargins(0, 0, 0, 0)
        panel.setSpacing(SPACE_PX)
        panel.addWidget(self.view)
        panel.addWidget(self.capture_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._camera_panel.hide()
        self.drop_zone = QFrame()
        self.drop_zone.setObjectName("dropZone")
        zone = QVBoxLayout(self.drop_zone)
        zone.setContentsMargins(2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX)
        for text, kind in (
            (tr("Drop photos here"), "fieldLabel"),
            (tr("One person a photo, from the front, well lit. Two or three are best."), "muted"),
        ):
            words = label(text, kind, wrap=True)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            zone.addWidget(words)
        inside = QWidget()
        inside.setObjectName("plainBody")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, SPACE_PX, 0)
        self._column.setSpacing(SPACE_PX)
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setObjectName("plain")
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(inside)
        self.area.setAccessibleName(tr("Photos"))
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side = QVBoxLayout(self)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(2 * SPACE_PX)
        side.addLayout(sources)
        side.addWidget(self.drop_zone)
        side.addWidget(self._camera_panel)
        side.addWidget(self.area, 1)

    def show_samples(self, samples: Sequence[Sample]) -> None:
        """The stored ones, in this order, below whatever is new."""
        for sample in samples:
            card = SampleCard(self._theme, sample, self._desk.zone)
            card.removed.connect(lambda card=card: self._doom(card))
            self._column.insertWidget(self._column.count() - 1, card)

    @property
    def usable(self) -> list[PhotoCard]:
        """The photos that would be saved."""
        return [card for card in self.cards if card.usable]

    @property
    def summary(self) -> str:
        """'2 will be saved, 1 will not be saved'."""
        waiting = sum(card.waiting for card in self.cards)
        good = len(self.usable)
        refused = len(self.cards) - good - waiting
        parts = (
            (waiting, tr("{count} being looked at", count=waiting)),
            (good, tr("{count} will be saved", count=good)),
            (refused, tr("{count} will not be saved", count=refused)),
        )
        return ", ".join(text for count, text in parts if count)

    @property
    def waiting(self) -> bool:
        return any(card.waiting for card in self.cards)

    def stop(self) -> None:
        """The dialog closes: what is still being examined is not wanted any more."""
        for card in self.cards:
            card.stop()

    def add_files(self, files: list[Path]) -> None:
        """Examine each picture in the jobs thread; the cards fill as the answers come."""
        for path in files:
            self._add(path.name, self._examiner(path))

    def _examiner(self, path: Path) -> "Callable[[Progress], Examined]":
        return lambda _progress: self._desk.enrolment.examine_file(path)

    def take_photo(self) -> None:
        """Examine the newest camera frame."""
        self._add(tr("From the camera"), lambda _progress: self._desk.enrolment.examine_newest())

    def _add(self, name: str, work: "Callable[[Progress], Examined]") -> None:
        card = PhotoCard(self._theme, name, self._person_id)
        self.cards.append(card)
        self._column.insertWidget(0, card)
        card.judged.connect(self.changed)
        card.removed.connect(lambda: self._drop_card(card))
        card.examine(self._bridge, work)
        self.changed.emit()

    def _drop_card(self, card: PhotoCard) -> None:
        card.stop()
        self.cards.remove(card)
        card.hide()
        card.deleteLater()
        self.changed.emit()

    def _doom(self, card: SampleCard) -> None:
        self.doomed.append(card.sample_id)
        card.hide()
        self.changed.emit()

    def _choose_files(self) -> None:
        self.add_files(dialogs.ask_pictures(self))

    def _show_camera(self, shown: bool) -> None:
        self._camera_panel.setVisible(shown)
        self.drop_zone.setVisible(not shown)
        self._beat()

    def _beat(self) -> None:
        if not self.view.isVisible():
            return
        live = self._desk.camera_state is CameraState.LIVE
        frame = self._desk.frames.peek() if live else None
        none = Notice("camera_off", tr("No camera picture"), tr("Add photos from files instead."))
        self.view.show_notice(None if frame is not None else none)
        self.view.show_frame(frame, self._desk.seen.peek())
        self.capture_button.setEnabled(frame is not None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._mark_drop(over=True)

    def dragLeaveEvent(self, _event: object) -> None:
        self._mark_drop(over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark_drop(over=False)
        urls = event.mimeData().urls()
        self.add_files([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])
        event.acceptProposedAction()

    def _mark_drop(self, *, over: bool) -> None:
        self.drop_zone.setProperty("over", over)
        self.drop_zone.style().unpolish(self.drop_zone)
        self.drop_zone.style().polish(self.drop_zone)
