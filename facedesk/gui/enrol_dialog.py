"""Add or edit a person: the details, and photos that are judged before they are saved."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Switch, label
from facedesk.gui.photo_card import PhotoCard, SampleCard
from facedesk.gui.pulse import Pulse
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.video_view import Notice, VideoView

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress


class EnrolDialog(QDialog):
    """For a new person, or for the given one. `person_saved` is told after the commit."""

    person_saved = Signal()

    def __init__(
        self,
        desk: "Desk",
        bridge: Bridge,
        pulse: Pulse,
        theme: Theme,
        *,
        person: Person | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._person = person
        self._doomed: list[int] = []  # stored samples that go when the user saves
        self._saving = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = tr("Edit {name}", name=person.name) if person else tr("Add a person")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAcceptDrops(True)
        room = parent.window().size() if parent is not None else QSize(1024, 768)
        self.resize(min(960, room.width() - 6 * SPACE_PX), min(720, room.height() - 5 * SPACE_PX))
        self.name = _line(tr("Name"), tr("As it shall be greeted"))
        self.staff_number = _line(tr("Staff number"), tr("Optional"))
        self.department = _line(tr("Department"), tr("Optional"))
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName(tr("Notes"))
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(88)
        self.active = Switch(theme)
        self.active.setAccessibleName(tr("May check in"))
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.choose_button = Button(theme, tr("Choose photos"), "", "photo")
        self.camera_button = Button(theme, tr("Use the camera"), "", "camera")
        self.camera_button.setCheckable(True)
        self.capture_button = Button(theme, tr("Take photo"), "primary", "camera")
        self.view = VideoView(theme, desk.clock.monotonic_s)
        self.view.setFixedHeight(230)
        self.view.mirrored = desk.settings.mirror
        self.cancel_button = Button(theme, tr("Cancel"))
        self.save_button = Button(theme, tr("Save"), "primary")
        self.save_button.setDefault(True)
        self.cards: list[PhotoCard] = []
        self._lay_out(title)
        self._connect(pulse)
        self._fill()
        self._offer()
        self.name.setFocus()

    # Layout -------------------------------------------------------------------------------------

    def _lay_out(self, title: str) -> None:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.setVerticalSpacing(SPACE_PX)
        for text, field in (
            (tr("Name"), self.name),
            (tr("Staff number"), self.staff_number),
            (tr("Department"), self.department),
            (tr("Notes"), self.notes),
        ):
            caption = label(text, "fieldLabel")
            caption.setBuddy(field)
            form.addRow(caption, field)
        may = QHBoxLayout()
        may.addWidget(label(tr("May check in"), "fieldLabel"), 1)
        may.addWidget(self.active)
        left = QVBoxLayout()
        left.setSpacing(SPACE_PX)
        left.addLayout(form)
        left.addLayout(may)
        left.addWidget(self.problem)
        left.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(3 * SPACE_PX)
        body.addLayout(left, 2)
        body.addLayout(self._photo_side(), 3)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        self.summary = label("", "muted")
        foot.addWidget(self.summary, 1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.save_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addWidget(label(title, "dialogTitle"))
        whole.addLayout(body, 1)
        whole.addLayout(foot)

    def _photo_side(self) -> QVBoxLayout:
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
        self._tray = QVBoxLayout(inside)
        self._tray.setContentsMargins(0, 0, SPACE_PX, 0)
        self._tray.setSpacing(SPACE_PX)
        self._tray.addStretch(1)
        self.tray_area = QScrollArea()
        self.tray_area.setObjectName("plain")
        self.tray_area.setWidgetResizable(True)
        self.tray_area.setFrameShape(QFrame.Shape.NoFrame)
        self.tray_area.setWidget(inside)
        self.tray_area.setAccessibleName(tr("Photos"))
        self.tray_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side = QVBoxLayout()
        side.setSpacing(2 * SPACE_PX)
        side.addLayout(sources)
        side.addWidget(self.drop_zone)
        side.addWidget(self._camera_panel)
        side.addWidget(self.tray_area, 1)
        return side

    def _connect(self, pulse: Pulse) -> None:
        self.name.textChanged.connect(self._offer)
        self.choose_button.clicked.connect(self._choose_files)
        self.camera_button.toggled.connect(self._show_camera)
        self.capture_button.clicked.connect(self.take_photo)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self.save)
        pulse.beat.connect(self._beat)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self).activated.connect(self.save)

    def _fill(self) -> None:
        person = self._person or Person(0, "")
        self.name.setText(person.name)
        self.staff_number.setText(person.staff_number)
        self.department.setText(person.department)
        self.notes.setPlainText(person.notes)
        self.active.setChecked(person.active)
        if self._person is None:
            return
        for sample in reversed(self._desk.people.samples(person.id)):
            card = SampleCard(self._theme, sample, self._desk.zone)
            card.removed.connect(lambda card=card: self._doom(card))
            self._tray.insertWidget(self._tray.count() - 1, card)

    # Photos -------------------------------------------------------------------------------------

    def add_files(self, files: list[Path]) -> None:
        """Examine each picture in the jobs thread; the cards fill as the answers come."""
        for path in files:
            self._add(
                path.name, lambda _progress, path=path: self._desk.enrolment.examine_file(path)
            )

    def take_photo(self) -> None:
        """Examine the newest camera frame."""
        self._add(tr("From the camera"), lambda _progress: self._desk.enrolment.examine_newest())

    def _add(self, name: str, work: object) -> None:
        own_id = self._person.id if self._person else None
        card = PhotoCard(self._theme, name, own_id)
        self.cards.append(card)
        self._tray.insertWidget(0, card)
        card.judged.connect(self._offer)
        card.removed.connect(lambda: self._drop_card(card))
        card.examine(self._bridge, work)  # type: ignore[arg-type]
        self._offer()

    def _drop_card(self, card: PhotoCard) -> None:
        card.stop()
        self.cards.remove(card)
        card.hide()
        card.deleteLater()
        self._offer()

    def _doom(self, card: SampleCard) -> None:
        self._doomed.append(card.sample_id)
        card.hide()
        self._offer()

    def _choose_files(self) -> None:
        self.add_files(dialogs.ask_pictures(self))

    def _show_camera(self, shown: bool) -> None:
        self._camera_panel.setVisible(shown)
        self.drop_zone.setVisible(not shown)
        self._beat()

    def _beat(self) -> None:
        if not self.view.isVisible():
            return
        frame = self._desk.frames.peek()
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

    # Saving -------------------------------------------------------------------------------------

    @property
    def usable_cards(self) -> list[PhotoCard]:
        return [card for card in self.cards if card.usable]

    def _offer(self) -> None:
        """What can be saved right now, in words and on the button."""
        waiting = sum(card.waiting for card in self.cards)
        good = len(self.usable_cards)
        refused = len(self.cards) - good - waiting
        parts = []
        if waiting:
            parts.append(tr("{count} being looked at", count=waiting))
        if good:
            parts.append(tr("{count} will be saved", count=good))
        if refused:
            parts.append(tr("{count} will not be saved", count=refused))
        if not parts and self._person is None:
            parts.append(tr("Add at least one good photo."))
        self.summary.setText(", ".join(parts))
        enough = good > 0 or self._person is not None
        named = bool(self.name.text().strip())
        self.save_button.setEnabled(enough and named and not waiting and not self._saving)

    def save(self) -> None:
        """Ask about look-alikes first, then save in the jobs thread."""
        if not self.save_button.isEnabled():
            return
        names = sorted({card.look_alike for card in self.usable_cards if card.look_alike})
        if not names:
            self._save()
            return
        dialogs.confirm(
            self._theme,
            self,
            tr("Is this really another person?"),
            [
                tr("A photo looks like {names}, who is already enrolled.", names=", ".join(names)),
                tr(
                    "One person enrolled twice would be checked in under two names. "
                    "Twins and siblings may be saved: the kiosk asks for a clear lead between them."
                ),
            ],
            tr("Save as another person"),
            self._save,
        )

    def _save(self) -> None:
        person = replace(
            self._person or Person(0, ""),
            name=self.name.text(),
            staff_number=self.staff_number.text(),
            department=self.department.text(),
            notes=self.notes.toPlainText(),
            active=self.active.isChecked(),
        )
        cards, doomed, desk = self.usable_cards, list(self._doomed), self._desk

        def work(_progress: "Progress") -> None:
            drafts = [card.draft(desk.enrolment) for card in cards]
            if person.id == 0:
                desk.enrolment.enrol(person, drafts)
                return
            desk.people.update(person)
            if drafts:
                desk.enrolment.add_samples(person.id, drafts)
            for sample_id in doomed:
                desk.people.remove_sample(sample_id)

        self._saving = True
        self.problem.hide()
        self._offer()
        self._bridge.run(work, done=self._saved, failed=self._not_saved)

    def _saved(self, _result: object) -> None:
        self.person_saved.emit()
        self.accept()

    def _not_saved(self, error: Exception) -> None:
        self._saving = False
        self._offer()
        if isinstance(error, FaceDeskError):
            parts = [error.title, error.message, error.hint]
            self.problem.setText(" ".join(part.rstrip(".") + "." for part in parts if part))
            self.problem.show()
        else:
            dialogs.show_error(self._theme, self, error)

    @property
    def _changed(self) -> bool:
        person = self._person or Person(0, "")
        typed = (
            self.name.text(),
            self.staff_number.text(),
            self.department.text(),
            self.notes.toPlainText(),
            self.active.isChecked(),
        )
        stored = (
            person.name, person.staff_number, person.department, person.notes, person.active
        )  # fmt: skip
        return typed != stored or bool(self.cards) or bool(self._doomed)

    def reject(self) -> None:
        """Cancel or Esc: what was typed is not thrown away without asking."""
        if self._saving:
            return
        if not self._changed:
            self._discard()
            return
        dialogs.confirm(
            self._theme,
            self,
            tr("Discard the changes?"),
            [tr("Nothing of this dialog has been saved.")],
            tr("Discard"),
            self._discard,
            dangerous=True,
        )

    def _discard(self) -> None:
        for card in self.cards:
            card.stop()
        super().reject()


def _line(name: str, placeholder: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(placeholder)
    line.setMaxLength(200)
    return line
