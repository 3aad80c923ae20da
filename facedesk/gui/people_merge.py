"""Two records of one person become one; and the merges that can still be taken back."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from facedesk.core.corrections import Signature
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, SearchChoice, captioned, label
from facedesk.gui.dialogs import Message
from facedesk.gui.enrol_person import line
from facedesk.gui.photo_card import Thumb
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import local_day, short_day_text
from facedesk.store.merges import Merge

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_PHOTO_PX = 96


class MergeDialog(Message):
    """`person` is the record that goes; the other one is chosen. `merged` is told afterwards."""

    merged = Signal()

    def __init__(
        self, desk: "Desk", bridge: Bridge, theme: Theme, person: Person, parent: QWidget
    ) -> None:
        title = tr("Merge {name} into another person", name=person.name)
        words = tr(
            "All photos, absences and attendance of {name} move to the person who stays; punches "
            "of paid days stay where they were paid. PIN and badge of {name} stop working. For 30 "
            "days this can be undone.",
            name=person.name,
        )
        super().__init__(theme, parent, title, [words])
        self._desk = desk
        self._bridge = bridge
        self._person = person
        self.other = SearchChoice(theme)
        self.other.setAccessibleName(tr("Person who stays"))
        for other in desk.people.list():
            if other.id != person.id:
                number = f" ({other.staff_number})" if other.staff_number else ""
                self.other.addItem(f"{other.name}{number}", other.id)
        self.other.setCurrentIndex(-1)
        self.why = line(tr("Reason"), tr("For example: enrolled twice"), 500)
        self.own_photo, self.other_photo = Thumb(theme, _PHOTO_PX), Thumb(theme, _PHOTO_PX)
        self.own_photo.show_jpeg(desk.people.portrait(person.id))
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        pair = QHBoxLayout()
        pair.setSpacing(2 * SPACE_PX)
        pair.addWidget(self.own_photo)
        pair.addWidget(label("←" if self.isRightToLeft() else "→", "dialogTitle"))
        pair.addWidget(self.other_photo)
        pair.addStretch(1)
        self.extra.setSpacing(2 * SPACE_PX)
        self.extra.addLayout(pair)
        self.extra.addLayout(
            captioned((tr("Person who stays"), self.other), (tr("Reason"), self.why))
        )
        self.extra.addWidget(self.problem)
        self.cancel_button = self.add(tr("Cancel"))
        self.merge_button = self.add(tr("Merge"), "primary", self.merge, close=False)
        self.other.currentIndexChanged.connect(self._chosen)
        self.why.textChanged.connect(self._offer)
        self._offer()

    def _chosen(self) -> None:
        other_id = self.other.currentData()
        self.other_photo.show_jpeg(
            self._desk.people.portrait(other_id) if other_id is not None else b""
        )
        self._offer()

    def choose(self, other_id: int) -> None:
        """Propose who stays."""
        self.other.setCurrentIndex(self.other.findData(other_id))

    @property
    def stays_id(self) -> int:
        return int(self.other.currentData())

    def _offer(self) -> None:
        chosen = self.other.currentData() is not None
        self.merge_button.setEnabled(chosen and bool(self.why.text().strip()))

    def merge(self) -> None:
        """Merge in the jobs thread: years of punches take a moment."""
        desk, person_id, into_id = self._desk, self._person.id, self.stays_id
        signature = Signature(desk.database.actor().who, self.why.text())
        self.merge_button.setEnabled(False)
        self._bridge.run(
            lambda _progress: desk.administration.merges.merge(person_id, into_id, signature),
            done=self._done,
            failed=self._failed,
        )

    def _done(self, _merge: Merge) -> None:
        self.merged.emit()
        self.accept()

    def _failed(self, error: Exception) -> None:
        self._offer()
        if isinstance(error, FaceDeskError):
            self.problem.setText(dialogs.in_sentences(error))
            self.problem.show()
            self.fit()
        else:
            dialogs.show_error(self._theme, self, error)


class UndoMergeDialog(QDialog):
    """The merges of the last 30 days. `undone` is told after one was taken back."""

    undone = Signal()

    def __init__(
        self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Undo a merge"))
        self.setAccessibleName(tr("Undo a merge"))
        self.resize(720, 420)
        self.rows: RowsModel[Merge] = RowsModel(
            self._columns(), lambda merge: (merge.into_id, merge.into_name)
        )
        self.table = Table(theme, portraits, self.rows, person_column=1, wide_column=1)
        self.table.setAccessibleName(tr("Merges"))
        self.words = label("", "muted", wrap=True)
        self.close_button = Button(theme, tr("Close"))
        self.undo_button = Button(theme, tr("Undo"), "primary")
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        foot.addWidget(self.words, 1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.undo_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addWidget(label(tr("Undo a merge"), "dialogTitle"))
        whole.addWidget(self.table, 1)
        whole.addLayout(foot)
        self.close_button.clicked.connect(self.reject)
        self.undo_button.clicked.connect(self.undo)
        self.table.selectionModel().selectionChanged.connect(self._offer)
        self.refresh()

    def _columns(self) -> list[Column[Merge]]:
        zone = self._desk.zone
        return [
            Column(tr("Was merged"), lambda merge: merge.name),
            Column(tr("Into"), lambda merge: merge.into_name),
            Column(
                tr("On"),
                lambda merge: short_day_text(local_day(merge.created_utc, zone)),
                key=lambda merge: merge.created_utc,
            ),
            Column(tr("Reason"), lambda merge: merge.signature.why),
        ]

    def refresh(self) -> None:
        merges = self._desk.administration.merges.undoable()
        self.rows.fill(merges)
        self.words.setText(
            tr("Both people are then as they were before.")
            if merges
            else tr("Nobody was merged in the last 30 days.")
        )
        self._offer()

    def _offer(self) -> None:
        self.undo_button.setEnabled(self.table.selected_row() is not None)

    def undo(self) -> None:
        number = self.table.selected_row()
        if number is None:
            return
        merge, admin = self.rows.row(number), self._desk.administration
        signature = Signature(self._desk.database.actor().who, tr("Merge undone"))
        self.undo_button.setEnabled(False)
        self._bridge.run(
            lambda _progress: admin.merges.undo(merge.id, signature),
            done=lambda _merge: self._done(),
            failed=self._failed,
        )

    def _done(self) -> None:
        self.refresh()
        self.undone.emit()

    def _failed(self, error: Exception) -> None:
        self.refresh()
        dialogs.show_error(self._theme, self, error)
