"""Who may check in: list, search, add, import, edit, remove."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.core.standing import Knowledge, Standing
from facedesk.engine.bulk_import import Entry, plan_folder, plan_list
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Choice, label
from facedesk.gui.credentials_dialog import CredentialsDialog
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.enrol_import import ImportDialog
from facedesk.gui.enrol_wizard import EnrolWizard
from facedesk.gui.icons import icon_of
from facedesk.gui.learnt_dialog import LearntDialog
from facedesk.gui.login import needs
from facedesk.gui.people_columns import Listed, listed, people_columns, standing_text
from facedesk.gui.people_empty import EmptyPeople
from facedesk.gui.people_gallery import GalleryMoves
from facedesk.gui.people_merge import MergeDialog, UndoMergeDialog
from facedesk.gui.people_remove import Removal
from facedesk.gui.people_renewal import RenewalStrip
from facedesk.gui.people_roll import Roll
from facedesk.gui.portraits import Portraits
from facedesk.gui.pulse import Pulse
from facedesk.gui.review_dialog import ReviewDialog
from facedesk.gui.tables import RowsModel, Table
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

log = logging.getLogger(__name__)
T = TypeVar("T")

_ASK_AFTER_MS = 50


class PeoplePage(QWidget):
    """The list and what can be done with it. `people_changed` is told after each change."""

    people_changed = Signal()

    def __init__(
        self,
        desk: "Desk",
        bridge: Bridge,
        pulse: Pulse,
        theme: Theme,
        portraits: Portraits,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._desk = desk
        self._bridge = bridge
        self._pulse = pulse
        self._theme = theme
        self._portraits = portraits
        self._listed: list[Listed] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search name, number or department"))
        self.search.setAccessibleName(tr("Search people"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(220)
        self.filter = Choice(theme)
        self.filter.setAccessibleName(tr("Show"))
        self.filter.addItem(tr("Everybody"), None)
        for standing in Standing:
            self.filter.addItem(standing_text(standing), standing)
        self._knowledge: Knowledge | None = None
        self._known_generation = -1
        self._ask_later = QTimer(self)  # the list is painted first
        self._ask_later.setSingleShot(True)
        self._ask_later.setInterval(_ASK_AFTER_MS)
        self._ask_later.timeout.connect(self._ask_model)
        self._roll = Roll(desk.people)
        self._glass = QAction(self)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.import_button = Button(theme, tr("Import"))
        self.more_button = Button(theme, tr("More"))
        self.gallery = GalleryMoves(desk, bridge, theme, self)
        self.removal = Removal(desk, bridge, theme, self)
        self.renewal = RenewalStrip(desk, bridge, theme)
        self.add_button = Button(theme, tr("Add person"), "primary", "plus")
        self.edit_button = Button(theme, tr("Edit"))
        self.remove_button = Button(theme, tr("Remove"))
        self.rows: RowsModel[Listed] = RowsModel(
            people_columns(), lambda row: (row.person.id, row.person.name)
        )
        self.table = Table(theme, portraits, self.rows, person_column=0, wide_column=0)
        self.table.setAccessibleName(tr("People"))
        self._lay_out()
        self._connect()
        theme.changed.connect(self._recolour)
        self._recolour()
        self._offer()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_PX)
        self.title = label(tr("People"), "pageTitle")
        head.addWidget(self.title)
        head.addStretch(1)
        for made in (self.import_button, self.more_button, self.add_button):
            head.addWidget(made)
        bar = QHBoxLayout()
        bar.setSpacing(SPACE_PX)
        bar.addWidget(self.search, 1)
        bar.addWidget(self.filter)
        bar.addSpacing(2 * SPACE_PX)
        bar.addWidget(self.remove_button)
        bar.addWidget(self.edit_button)
        card = Card(padding=1)
        card.body.addWidget(self.table)
        self.stack = QStackedWidget()
        self.stack.addWidget(card)
        self.empty = EmptyPeople(self._theme)
        self.first_button = self.empty.first_button
        self.stack.addWidget(self.empty)
        self._not_found = Card()
        self._not_found.body.addStretch(1)
        words = label(tr("Nobody matches this search."), "muted")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._not_found.body.addWidget(words)
        self._not_found.body.addStretch(1)
        self.stack.addWidget(self._not_found)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addLayout(head)
        whole.addLayout(bar)
        whole.addWidget(self.renewal)
        whole.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._show())
        self.filter.currentIndexChanged.connect(lambda _number: self._show())
        menu = QMenu(self.import_button)
        menu.addAction(tr("From a folder of pictures"), self.import_folder)
        menu.addAction(tr("From a list (CSV) and pictures"), self.import_list)
        menu.addSeparator()
        menu.addAction(tr("From another kiosk (gallery file)"), self.import_gallery)
        self.import_button.setMenu(menu)
        more = QMenu(self.more_button)
        self.credentials_action = more.addAction(tr("PIN and badge"), self.show_credentials)
        more.addSeparator()
        self.merge_action = more.addAction(tr("Merge into another person"), self.merge)
        more.addAction(tr("Undo a merge"), self.undo_merge)
        more.addSeparator()
        self.learnt_action = more.addAction(tr("What the kiosk learnt"), self.show_learnt)
        more.addAction(tr("Almost recognised"), self.review)
        more.addSeparator()
        more.addAction(tr("Export the gallery for another kiosk"), self.export_gallery)
        self.more_button.setMenu(more)
        self.gallery.people_imported.connect(self._changed)
        self.renewal.renewed.connect(self._changed)
        self.removal.removed.connect(self._changed)
        self.first_button.clicked.connect(self.add)
        self.add_button.clicked.connect(self.add)
        self.edit_button.clicked.connect(self.edit)
        self.remove_button.clicked.connect(self.ask_remove)
        self.table.activated.connect(self.edit)
        self.table.selectionModel().selectionChanged.connect(self._offer)
        self.rows.modelReset.connect(self._offer)
        for keys, act in (
            (QKeySequence.StandardKey.New, self.add),
            (QKeySequence.StandardKey.Find, self.search.setFocus),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.ask_remove)

    def _recolour(self) -> None:
        self._glass.setIcon(icon_of("search", self._theme.colour("muted")))

    def _offer(self) -> None:
        chosen = self.table.selected_row() is not None
        self.edit_button.setEnabled(chosen)
        self.remove_button.setEnabled(chosen)
        self.learnt_action.setEnabled(chosen)
        self.merge_action.setEnabled(chosen and self.count > 1)
        self.credentials_action.setEnabled(chosen)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody may have been enrolled from the command line meanwhile."""
        super().showEvent(event)
        self.refresh()
        self.renewal.check()

    def refresh(self) -> None:
        """Read the list again, keeping the selected person selected."""
        try:
            self._roll.refresh()
            answers = self._desk.administration.consents.answers()
            knowledge = self._knowledge
            known = self._desk.people.known_to(knowledge.contract) if knowledge else None
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        self._listed = listed(
            self._roll.everybody,
            answers,
            known,
            knowledge.look_alikes if knowledge else {},
            consent_asked=self._desk.settings.ask_consent,
        )
        self._show()
        self._ask_later.start()

    @property
    def count(self) -> int:
        """How many people there are, shown or not."""
        return len(self._listed)

    def _show(self) -> None:
        """Those who are searched for, as last read."""
        before, wanted = self.selected(), self.filter.currentData()
        rows = [self._listed[place] for place in self._roll.found(self.search.text())]
        self.rows.fill([row for row in rows if wanted in (None, row.standing)])
        shown = 0 if self.rows.rows else 2
        self.stack.setCurrentIndex(shown if self._listed else 1)
        for part in (self.search, self.filter):
            part.setEnabled(bool(self._listed))
        for number, row in enumerate(self.rows.rows):
            if before is not None and row.person.id == before.id:
                self.table.selectRow(number)

    def _ask_model(self) -> None:
        """Whom the model can know takes a second to find out, so the list does not wait for it."""
        generation = self._roll.generation
        if generation == self._known_generation or not self.isVisible():
            return
        self._known_generation = generation
        desk = self._desk
        self._bridge.run(
            lambda _progress: desk.knowledge(), done=self._know, failed=self._not_known
        )

    def _know(self, knowledge: Knowledge) -> None:
        if knowledge != self._knowledge:
            self._knowledge = knowledge
            self.refresh()

    def _not_known(self, error: Exception) -> None:
        """Without a model nobody is recognised; the kiosk page says so already."""
        log.info("no knowledge of the gallery: %s", type(error).__name__)

    def selected(self) -> Person | None:
        number = self.table.selected_row()
        return self.rows.row(number).person if number is not None else None

    @needs("enroll")
    def add(self) -> None:
        """Open the wizard for a new person; there is one at a time."""
        for open_one in self.findChildren(EnrolWizard):
            open_one.activateWindow()
            return
        wizard = EnrolWizard(self._desk, self._bridge, self._pulse, self._theme, parent=self)
        wizard.person_saved.connect(self._changed)
        wizard.other_opened.connect(lambda number: self._open(self._desk.people.get(number)))
        wizard.open()

    @needs("enroll")
    def edit(self) -> None:
        """Open the dialog for the selected person."""
        person = self.selected()
        if person is not None:
            self._open(person)

    def _open(self, person: Person) -> None:
        try:
            dialog = EnrolDialog(self._desk, self._bridge, self._pulse, self._theme, person, self)
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        dialog.person_saved.connect(self._changed)
        dialog.open()

    @needs("people pin")
    def show_credentials(self) -> None:
        """Open PIN and badge of the selected person."""
        person = self.selected()
        if person is not None:
            dialog = CredentialsDialog(self._desk, self._bridge, self._theme, person, self)
            dialog.finished.connect(self._changed)
            dialog.open()

    @needs("people merge")
    def merge(self) -> None:
        """The selected person is somebody else in the list."""
        person = self.selected()
        if person is not None:
            dialog = MergeDialog(self._desk, self._bridge, self._theme, person, self)
            dialog.merged.connect(self._changed)
            dialog.open()

    @needs("people forget-mistake")
    def show_learnt(self) -> None:
        """Remembered mistakes and renewed faces of the selected person."""
        person = self.selected()
        if person is not None:
            dialog = LearntDialog(self._desk, self._theme, self, person)
            dialog.changed.connect(self._changed)
            dialog.open()

    @needs("people assign-review")
    def review(self) -> None:
        """Faces that the kiosk almost recognised, for somebody to decide."""
        dialog = ReviewDialog(self._desk, self._theme, self)
        dialog.changed.connect(self._changed)
        dialog.open()

    @needs("people undo-merge")
    def undo_merge(self) -> None:
        """Show the merges that can be taken back."""
        dialog = UndoMergeDialog(self._desk, self._bridge, self._theme, self._portraits, self)
        dialog.undone.connect(self._changed)
        dialog.open()

    @needs("people export-gallery")
    def export_gallery(self) -> None:
        """Write everybody to a file for another kiosk."""
        self.gallery.ask_export()

    @needs("people import-gallery")
    def import_gallery(self) -> None:
        """Take everybody of another kiosk's file in."""
        self.gallery.ask_import()

    @needs("enroll")
    def import_folder(self) -> None:
        """Ask for a folder with one sub-folder of pictures per person, and offer its import."""
        folder = dialogs.ask_folder(self, tr("Folder with one sub-folder of pictures per person"))
        if folder is not None:
            self.plan_import(folder, plan_folder)

    @needs("enroll")
    def import_list(self) -> None:
        """Ask for a CSV file that names people and pictures, and offer its import."""
        people_list = dialogs.ask_file(
            self, tr("List with the columns name, staff_number, department, file"), "csv"
        )
        if people_list is not None:
            self.plan_import(people_list, plan_list)

    def plan_import(self, source: Path, plan: Callable[[Path], list[Entry]]) -> None:
        """Read who is there in the jobs thread, then open the dialog that imports them."""
        self._bridge.run(
            lambda _progress: plan(source),
            done=lambda entries: self._offer_import(entries, source.name),
            failed=dialogs.teller(self._theme, self),
        )

    def _offer_import(self, entries: list[Entry], where: str) -> None:
        dialog = ImportDialog(
            self._desk, self._bridge, self._theme, self._portraits, entries, where, parent=self
        )
        dialog.people_imported.connect(self._changed)
        dialog.open()

    def _changed(self) -> None:
        self._portraits.forget()
        self.refresh()
        self.people_changed.emit()

    @needs("people remove")
    def ask_remove(self) -> None:
        """Say what will be erased, then erase it."""
        person = self.selected()
        if person is not None:
            self.removal.ask(person)
