"""Removing a person: the question before it, and the receipt after it."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import Theme
from facedesk.store.receipts import Receipt

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class Removal(QObject):
    """`removed` is told after the commit."""

    removed = Signal()

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._page = page

    def ask(self, person: Person) -> None:
        """Say what will be erased, then erase it."""
        dialogs.confirm(
            self._theme,
            self._page,
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
        desk, who = self._desk, self._desk.database.actor().who
        self._bridge.run(
            lambda _progress: desk.administration.remove(person.id, who),
            done=self._done,
            failed=dialogs.teller(self._theme, self._page),
        )

    def _done(self, result: tuple[Receipt, Path | None]) -> None:
        receipt, path = result
        self.removed.emit()
        counts = ", ".join(f"{count} {tr(what)}" for what, count in receipt.erased.items() if count)
        words = [
            tr("Erased: {counts}.", counts=counts or tr("name and details")),
            tr("Receipt {number} lies in {file}.", number=receipt.id, file=path)
            if path is not None
            else tr("Receipt {number} is in the database.", number=receipt.id),
        ]
        message = Message(self._theme, self._page, tr("Removed"), words)
        text = receipt.as_text()
        message.add(
            tr("Copy receipt"), then=lambda: QGuiApplication.clipboard().setText(text), close=False
        )
        message.add(tr("Close"), "primary").setDefault(True)
        message.open()
