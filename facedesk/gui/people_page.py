"""Who may check in: list, search, add, import, edit, remove."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.engine.bulk_import import Entry, plan_folder, plan_list
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, label
from facedesk.gui.enrol_dialog import EnrolDialog
from facedesk.gui.enrol_import import ImportDialog
from facedesk.gui.icons import icon_of, pixmap_of
from facedesk.gui.login import needs
from facedesk.gui.portraits import Portraits
from facedesk.gui.pulse import Pulse
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


def people_columns() -> list[Column[Person]]:
    return [
        Column(tr("Name"), lambda person: person.name, key=lambda person: person.name.casefold()),
        Column(tr("Staff number"), lambda person: person.staff_number),
        Column(tr("Department"), lambda person: person.department),
        Column(tr("Photos"), lambda person: str(person.samples), key=lambda person: person.samples),
        Column(
            tr("Status"),
            status_text,
            tip=lambda person: (
                "" if person.samples else tr("Add a photo, so that the kiosk can know this person.")
            ),
            chip=_status_chip,
        ),
    ]


def status_text(person: Person) -> str:
    if not person.active:
        return tr("Inactive")
    return tr("Active") if person.samples else tr("No photo")


def _status_chip(person: Person) -> tuple[str, str]:
    if not person.active:
        return "calm", "on_calm"
    return ("arrive", "on_arrive") if person.samples else ("warn", "on_warn")


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
        self.count = 0
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search name, number or department"))
        self.search.setAccessibleName(tr("Search people"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(220)
        self._glass = QAction(self)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.import_button = Button(theme, tr("Import"))
        self.add_button = Button(theme, tr("Add person"), "primary", "plus")
        self.edit_button = Button(theme, tr("Edit"))
        self.remove_button = Button(theme, tr("Remove"))
        self.rows: RowsModel[Person] = RowsModel(
            people_columns(), lambda person: (person.id, person.name)
        )
        self.table = Table(theme, portraits, self.rows, person_column=0, wide_column=0)
        self.table.setAccessibleName(tr("People"))
        self._lay_out()
        self._connect()
        theme.changed.connect(self._recolour)
        self._recolour()
        self.refresh()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_PX)
        self.title = label(tr("People"), "pageTitle")
        head.addWidget(self.title)
        head.addSpacing(2 * SPACE_PX)
        head.addWidget(self.search, 1)
        head.addStretch(1)
        for made in (self.remove_button, self.edit_button, self.import_button, self.add_button):
            head.addWidget(made)
        card = Card(padding=1)
        card.body.addWidget(self.table)
        self.stack = QStackedWidget()
        self.stack.addWidget(card)
        self.stack.addWidget(self._empty_page())
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
        whole.addWidget(self.stack, 1)

    def _empty_page(self) -> Card:
        empty = Card()
        empty.body.addStretch(1)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = label(tr("Nobody is enrolled yet"), "dialogTitle")
        words = label(
            tr("Add the first person with a name and a photo or two. Then the kiosk greets them."),
            "muted",
            wrap=True,
        )
        for part in (title, words):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.first_button = Button(self._theme, tr("Add the first person"), "primary", "plus")
        self.first_button.clicked.connect(self.add)
        empty.body.addWidget(self._picture)
        empty.body.addWidget(title)
        empty.body.addWidget(words)
        empty.body.addWidget(self.first_button, 0, Qt.AlignmentFlag.AlignHCenter)
        empty.body.addStretch(1)
        return empty

    def _connect(self) -> None:
        self.search.textChanged.connect(self.refresh)
        menu = QMenu(self.import_button)
        menu.addAction(tr("From a folder of pictures"), self.import_folder)
        menu.addAction(tr("From a list (CSV) and pictures"), self.import_list)
        self.import_button.setMenu(menu)
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
        self._picture.setPixmap(pixmap_of("people", self._theme.colour("muted"), 72))

    def _offer(self) -> None:
        chosen = self.table.selected_row() is not None
        self.edit_button.setEnabled(chosen)
        self.remove_button.setEnabled(chosen)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody may have been enrolled from the command line meanwhile."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Read the list again, keeping the selected person selected."""
        before = self.selected()
        try:
            found = self._desk.people.list(self.search.text())
            everybody = found if not self.search.text().strip() else self._desk.people.list()
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        self.count = len(everybody)
        self.rows.fill(found)
        self.title.setText(tr("People"))
        self.stack.setCurrentIndex(1 if not everybody else 0 if found else 2)
        self.search.setEnabled(bool(everybody))
        for number, person in enumerate(self.rows.rows):
            if before is not None and person.id == before.id:
                self.table.selectRow(number)

    def selected(self) -> Person | None:
        number = self.table.selected_row()
        return self.rows.row(number) if number is not None else None

    @needs("enroll")
    def add(self) -> None:
        """Open the dialog for a new person."""
        self._open(None)

    @needs("enroll")
    def edit(self) -> None:
        """Open the dialog for the selected person."""
        person = self.selected()
        if person is not None:
            self._open(person)

    def _open(self, person: Person | None) -> None:
        try:
            dialog = EnrolDialog(
                self._desk, self._bridge, self._pulse, self._theme, person=person, parent=self
            )
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
            return
        dialog.person_saved.connect(self._changed)
        dialog.open()

    @needs("enroll")
    def import_folder(self) -> None:
        """Ask for a folder with one sub-folder of pictures per person, and offer its import."""
        folder = dialogs.ask_folder(self, tr("Folder with one sub-folder of pictures per person"))
        if folder is not None:
            self.plan_import(folder, plan_folder)

    @needs("enroll")
    def import_list(self) -> None:
        """Ask for a CSV file that names people and pictures, and offer its import."""
        people_list = dialogs.ask_list(
            self, tr("List with the columns name, staff_number, department, file")
        )
        if people_list is not None:
            self.plan_import(people_list, plan_list)

    def plan_import(self, source: Path, plan: Callable[[Path], list[Entry]]) -> None:
        """Read who is there in the jobs thread, then open the dialog that imports them."""
        self._bridge.run(
            lambda _progress: plan(source),
            done=lambda entries: self._offer_import(entries, source.name),
            failed=self._not_planned,
        )

    def _not_planned(self, error: Exception) -> None:
        dialogs.show_error(self._theme, self, error)

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
        if person is None:
            return
        dialogs.confirm(
            self._theme,
            self,
            tr("Remove {name}?", name=person.name),
            [
                tr(
                    "Erased for good: name, staff number, department, notes and all face samples "
                    "with their pictures ({count}).",
                    count=person.samples,
                ),
                tr(
                    "Kept: the attendance log, under a number instead of the name. "
                    "Exports and backups made before still hold the person."
                ),
            ],
            tr("Remove"),
            lambda: self._remove(person),
            dangerous=True,
        )

    def _remove(self, person: Person) -> None:
        try:
            self._desk.people.remove(person.id)
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
        self._changed()
