"""The gallery to and from another kiosk: a file and the passphrase that opens it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from facedesk.core.language import tr
from facedesk.engine.gallery_file import SHORTEST_PASSPHRASE, SUFFIX, GalleryFile, Imported
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import captioned
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress

T = TypeVar("T")


class PassphraseDialog(Message):
    """Asks for the passphrase of a gallery file, twice where a new one is written."""

    def __init__(
        self, theme: Theme, parent: QWidget, path: Path, then: Callable[[str], None], *, new: bool
    ) -> None:
        title = tr("Export the gallery") if new else tr("Import a gallery")
        words = [
            tr("Everybody's details, faces and consent, encrypted in {file}.", file=path.name)
            if new
            else tr("The people in {file} are added to those who are enrolled here.",
                    file=path.name),
            tr(
                "Tell the passphrase on another way than the file. Nobody can open the file "
                "without it, and PINs and badges are not in it."
            )
            if new
            else tr("People who are known here already only get the photos that are missing."),
        ]  # fmt: skip
        super().__init__(theme, parent, title, words)
        self.passphrase = _secret(tr("Passphrase"))
        self.again = _secret(tr("The same again"))
        fields = [(tr("Passphrase"), self.passphrase)]
        if new:
            hint = tr("At least {count} characters", count=SHORTEST_PASSPHRASE)
            self.passphrase.setPlaceholderText(hint)
            fields.append((tr("The same again"), self.again))
        self.extra.addLayout(captioned(*fields))
        self._new = new
        self.add(tr("Cancel"))
        self.go = self.add(tr("Export") if new else tr("Import"), "primary",
                           lambda: then(self.passphrase.text()))  # fmt: skip
        self.go.setDefault(True)
        for field in (self.passphrase, self.again):
            field.textChanged.connect(self._offer)
        self._offer()
        self.passphrase.setFocus()

    def _offer(self) -> None:
        typed = self.passphrase.text()
        fits = not self._new or (len(typed) >= SHORTEST_PASSPHRASE and typed == self.again.text())
        self.go.setEnabled(bool(typed) and fits)


class GalleryMoves(QObject):
    """Asks for file and passphrase, works in the jobs thread, and says what was done."""

    people_imported = Signal()

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._page = page
        self._file = GalleryFile(desk.database)

    def ask_export(self) -> None:
        suggestion = self._desk.paths.exports / f"staff.{SUFFIX}"
        path = dialogs.ask_save_path(self._page, suggestion, SUFFIX)
        if path is not None:
            self._ask(path, lambda words: self._export(path, words), new=True)

    def ask_import(self) -> None:
        path = dialogs.ask_file(self._page, tr("Gallery of another kiosk"), SUFFIX)
        if path is not None:
            self._ask(path, lambda words: self._import(path, words), new=False)

    def _ask(self, path: Path, then: Callable[[str], None], *, new: bool) -> None:
        PassphraseDialog(self._theme, self._page, path, then, new=new).open()

    def _export(self, path: Path, passphrase: str) -> None:
        self._wait(
            tr("Exporting the gallery"),
            lambda progress: self._file.save(path, passphrase, progress),
            lambda count: tr("{count} people are in {file}.", count=count, file=path),
        )

    def _import(self, path: Path, passphrase: str) -> None:
        def words(imported: Imported) -> str:
            self.people_imported.emit()
            return imported.in_words() + "."

        self._wait(
            tr("Importing the gallery"),
            lambda progress: self._file.load(path, passphrase, progress),
            words,
        )

    def _wait(self, title: str, work: "Callable[[Progress], T]", words: Callable[[T], str]) -> None:
        """Show the progress of a job, then what it did in one sentence."""

        def done(result: T) -> None:
            message = Message(self._theme, self._page, title, [words(result)])
            message.add(tr("Close"), "primary")
            message.open()

        task = self._bridge.run(work, done=done, failed=dialogs.teller(self._theme, self._page))
        dialogs.wait_for(self._theme, self._page, title, task)


def _secret(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setMaxLength(500)
    return field
