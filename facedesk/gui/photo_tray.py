"""The photos of a person being enrolled: from files, by drag and drop, or from the camera."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.agreement import fits
from facedesk.core.errors import FaceDeskError
from facedesk.core.guided_capture import View
from facedesk.core.language import tr
from facedesk.core.records import Sample
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, ScrolledBody, label
from facedesk.gui.enrol_camera import GuidedCamera
from facedesk.gui.enrol_guide import view_text
from facedesk.gui.photo_card import PhotoCard, SampleCard
from facedesk.gui.photo_pixels import pixels_of
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.enrolment import Examined, SampleRules
    from facedesk.engine.jobs import Progress


_STRIP_PX = 112
_BESIDE_PX = 760
_ANY_PX = 16_777_215  # Qt's own "no limit"


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
        self.stored: list[SampleCard] = []
        self.doomed: list[int] = []  # stored samples that go when the user saves
        self._rules: SampleRules | None = None
        self.setAcceptDrops(True)
        self.choose_button = Button(theme, tr("Choose photos"), "", "photo")
        self.paste_button = Button(theme, tr("Paste"))
        self.paste_button.setToolTip(tr("A picture or files from the clipboard (Ctrl+V)"))
        self.camera_button = Button(theme, tr("Use the camera"), "", "camera")
        self.camera_button.setCheckable(True)
        self.camera = GuidedCamera(desk, bridge, pulse, theme)
        self.camera.hide()
        self._lay_out()
        self.choose_button.clicked.connect(self._choose_files)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(self.paste)
        self.paste_button.clicked.connect(self.paste)
        self.camera_button.toggled.connect(self._show_camera)
        self.camera.photo_asked.connect(self.take_photo)
        self.camera.photo_taken.connect(self._add_view)
        self.camera.closed.connect(lambda: self.camera_button.setChecked(False))
        bridge.run(
            lambda _progress: desk.enrolment.rules, done=self._judge_by, failed=self._no_rules
        )

    def _lay_out(self) -> None:
        sources = QHBoxLayout()
        sources.setSpacing(SPACE_PX)
        sources.addWidget(self.choose_button)
        sources.addWidget(self.paste_button)
        sources.addWidget(self.camera_button)
        sources.addStretch(1)
        self.drop_zone = QFrame()
        self.drop_zone.setObjectName("dropZone")
        zone = QVBoxLayout(self.drop_zone)
        zone.setContentsMargins(2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX)
        zone.addStretch(1)
        for text, kind in (
            (tr("Drop photos here"), "fieldLabel"),
            (tr("One person a photo, from the front, well lit. Three to five are best."), "muted"),
        ):
            words = label(text, kind, wrap=True)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            zone.addWidget(words)
        zone.addStretch(1)
        inside = ScrolledBody()
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
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(2 * SPACE_PX)
        self._body.addWidget(self.drop_zone, 1)
        self._body.addWidget(self.camera, 3)
        self._body.addWidget(self.area, 2)
        side.addLayout(self._body, 1)
        self._make_room()

    def _make_room(self) -> None:
        """Without photos the place to drop them is all there is; with photos it is a strip. Photos
        stand beside the camera where they have the room: a picture is wider than high.
        """
        beside = self.camera_button.isChecked() and self.width() >= _BESIDE_PX
        direction = QBoxLayout.Direction
        self._body.setDirection(direction.LeftToRight if beside else direction.TopToBottom)
        some = bool(self.cards or self.stored)
        self.area.setVisible(some)
        self.drop_zone.setMaximumHeight(_STRIP_PX if some else _ANY_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def show_samples(self, samples: Sequence[Sample]) -> None:
        """The stored ones, in this order, below whatever is new."""
        for sample in samples:
            card = SampleCard(self._theme, sample, self._desk.zone, len(self.stored) + 1)
            card.removed.connect(lambda card=card: self._ask_doom(card))
            self.stored.append(card)
            self._column.insertWidget(self._column.count() - 1, card)
        self._make_room()

    def clear(self) -> None:
        """Every card goes: the consent was withdrawn."""
        self.stop()
        for card in (*self.cards, *self.stored):
            card.hide()
            card.deleteLater()
        self.cards, self.stored, self.doomed = [], [], []
        self._make_room()
        self.changed.emit()

    @property
    def usable(self) -> list[PhotoCard]:
        """The photos that would be saved."""
        return [card for card in self.cards if card.usable]

    @property
    def unlike(self) -> list[PhotoCard]:
        """Photos that would be saved and do not look like the person's others."""
        return [card for card in self.usable if card.unlike]

    @property
    def look_alikes(self) -> dict[int, str]:
        """Id and name of others who are enrolled and seem to be on photos that would be saved."""
        found = [card.look_alike for card in self.usable if card.look_alike is not None]
        return {other.person_id: other.name for other in found}

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
        self.camera.stop()
        for card in self.cards:
            card.stop()

    def add_files(self, files: list[Path]) -> None:
        """Examine each picture in the jobs thread; the cards fill as the answers come."""
        for path in files:
            self._add(path.name, self._examiner(path))

    def _examiner(self, path: Path) -> "Callable[[Progress], Examined]":
        return lambda _progress: self._desk.enrolment.examine_file(path)

    def paste(self) -> None:
        """Examine the picture, or the picture files, that the clipboard holds."""
        clipboard = QGuiApplication.clipboard()
        data = clipboard.mimeData()
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self.add_files(files)
        elif data.hasImage():
            image = pixels_of(clipboard.image())
            self._add(
                tr("From the clipboard"),
                lambda _progress: self._desk.enrolment.examine(image, "clipboard"),
            )

    def take_photo(self) -> None:
        """Examine the newest camera frame, whatever it shows."""
        self._add(tr("From the camera"), lambda _progress: self._desk.enrolment.examine_newest())

    def _add(self, name: str, work: "Callable[[Progress], Examined]") -> None:
        card = self._new_card(name)
        card.examine(self._bridge, work)
        self.changed.emit()

    def _add_view(self, examined: "Examined", view: View) -> None:
        """A photo that the guided camera took by itself."""
        card = self._new_card(tr("From the camera: {view}", view=view_text(view)))
        card.view = view
        card.show_examined(examined, 0)

    def _new_card(self, name: str) -> PhotoCard:
        card = PhotoCard(self._theme, name, self._person_id)
        self.cards.append(card)
        self._column.insertWidget(0, card)
        card.judged.connect(lambda: self._judged(card))
        card.removed.connect(lambda: self._drop_card(card))
        self._make_room()
        return card

    def _judged(self, card: PhotoCard) -> None:
        if card.view is None and card.from_camera and card.usable and card.examined is not None:
            card.view = self.camera.count(card.examined)
        self._compare()
        self.changed.emit()

    def _judge_by(self, rules: "SampleRules") -> None:
        self._rules = rules
        self._compare()
        if self.camera.isVisible():
            self._guide()

    def _no_rules(self, error: Exception) -> None:
        """Without models details can still be edited; the camera says what is missing."""
        self.camera.explain(error.title if isinstance(error, FaceDeskError) else str(error))

    def _guide(self) -> None:
        if self._rules is not None:
            known = [card.vector for card in self._comparable]
            new = [card.face.vector for card in self.usable if card.face is not None]
            self.camera.begin(self._rules.agreement_score, known + new)

    @property
    def _comparable(self) -> list[SampleCard]:
        """The stored samples that stay and were made by the present model, oldest first."""
        if self._rules is None:
            return []
        own = [card for card in self.stored if card.contract == self._rules.contract]
        return sorted(
            (card for card in own if card.sample_id not in self.doomed),
            key=lambda card: card.sample_id,
        )

    def _compare(self) -> None:
        """Tell each photo how it stands to the person's others, stored and new."""
        if self._rules is None:
            return
        stored = self._comparable
        new = [card for card in self.cards if card.good]
        vectors = [card.vector for card in stored]
        vectors += [card.face.vector for card in new if card.face is not None]
        told = fits(vectors, self._rules.sure_score)
        cards: list[SampleCard | PhotoCard] = [*stored, *new]
        for card, fit in zip(cards, told, strict=True):
            card.show_fit(fit, "" if fit.like is None else cards[fit.like].accessibleName())
        for old in self.stored:
            if old.contract != self._rules.contract:
                old.show_outdated()

    def _drop_card(self, card: PhotoCard) -> None:
        card.stop()
        self.cards.remove(card)
        if card.view is not None:
            self.camera.forget(card.view)
        card.hide()
        card.deleteLater()
        self._make_room()
        self._compare()
        self.changed.emit()

    def _ask_doom(self, card: SampleCard) -> None:
        """The last photo goes only after a question: without one nobody is recognised."""
        if len(self.stored) - len(self.doomed) > 1 or self.usable:
            self._doom(card)
            return
        dialogs.confirm(
            self._theme,
            self,
            tr("Remove the last photo?"),
            [
                tr("The kiosk cannot recognise this person without a photo."),
                tr("Nothing is removed before you save."),
            ],
            tr("Remove"),
            lambda: self._doom(card),
            dangerous=True,
        )

    def _doom(self, card: SampleCard) -> None:
        self.doomed.append(card.sample_id)
        card.hide()
        self._compare()
        self.changed.emit()

    def ask_unlike(self, save: Callable[[], None]) -> None:
        """Ask about photos that may be somebody else's; `save` is called where they may stay."""
        dialogs.confirm(
            self._theme,
            self,
            tr("Do all photos show this person?"),
            [
                tr("{count} of the photos do not look like the others.", count=len(self.unlike)),
                tr(
                    "Somebody else's photo would check that person in under this name. Old or "
                    "unusual photos of the right person may be saved."
                ),
            ],
            tr("Save all photos"),
            save,
        )

    def _choose_files(self) -> None:
        self.add_files(dialogs.ask_pictures(self))

    def _show_camera(self, shown: bool) -> None:
        self.camera.setVisible(shown)
        self.drop_zone.setVisible(not shown)
        self._make_room()
        if shown:
            self._guide()
            self.camera.beat()
            self.camera.view.setFocus()
        else:
            self.camera_button.setFocus()

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
