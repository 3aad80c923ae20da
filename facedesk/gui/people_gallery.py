"""The gallery to and from another kiosk: a file and the passphrase that opens it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from facedesk.core.language import tr
from facedesk.engine.gallery_file import SHORTEST_PASSPHRASE
from facedesk.gui.controls import label
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import Theme


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
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.addRow(label(tr("Passphrase"), "fieldLabel"), self.passphrase)
        if new:
            hint = tr("At least {count} characters", count=SHORTEST_PASSPHRASE)
            self.passphrase.setPlaceholderText(hint)
            form.addRow(label(tr("The same again"), "fieldLabel"), self.again)
        self.extra.addLayout(form)
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


def _secret(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setMaxLength(500)
    return field
