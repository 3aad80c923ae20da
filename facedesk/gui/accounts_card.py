"""Who may sign in: a line for each account, and dialogs for what changes it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.roles import Account, Role
from facedesk.gui import dialogs
from facedesk.gui.controls import Button, Card, Choice, label
from facedesk.gui.form_dialog import FormDialog
from facedesk.gui.login import (
    OwnerDialog,
    PasswordDialog,
    needs,
    password_field,
    role_text,
    what_role_may,
)
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_ROLES = (Role.OPERATOR, Role.ADMIN, Role.OWNER)


class AccountsCard(Card):
    """Reads the accounts when it is shown. `changed` follows each change."""

    changed = Signal()

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__()
        self._desk = desk
        self._theme = theme
        self.add_button = Button(theme, tr("Add account"), "primary", "plus")
        self.add_button.clicked.connect(self.add)
        head = QHBoxLayout()
        head.addWidget(label(tr("Accounts"), "sectionTitle"), 1)
        head.addWidget(self.add_button)
        self.words = label("", "muted", wrap=True)
        self.lines = QVBoxLayout()
        self.lines.setSpacing(SPACE_PX)
        self.body.addLayout(head)
        self.body.addWidget(self.words)
        self.body.addLayout(self.lines)

    def refresh(self) -> None:
        """Show the accounts there are."""
        while (item := self.lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        accounts = self._desk.access.accounts.list()
        self.add_button.setText(tr("Add account") if accounts else tr("Make the owner"))
        self.words.setText(
            tr("Without input, whoever is signed in is signed out after {count} minutes.",
               count=self._desk.settings.sign_out_after_min)
            if accounts
            else tr("FaceDesk is open to everybody at this computer until there is an owner.")
        )  # fmt: skip
        for account in accounts:
            self.lines.addWidget(_Line(self, self._theme, account))

    def add(self) -> None:
        """The first one is the owner; everybody after that gets a role."""
        if not self._desk.access.guarded:
            self._open(OwnerDialog(self._desk, self._theme, self))
        else:
            self._add()

    @needs("accounts add")
    def _add(self) -> None:
        self._open(NewAccountDialog(self._desk, self._theme, self))

    @needs("accounts password")
    def set_password(self, account: Account) -> None:
        self._open(PasswordDialog(self._desk, self._theme, self, account))

    @needs("accounts role")
    def set_role(self, account: Account, role: Role) -> None:
        self._try(lambda: self._desk.access.accounts.set_role(account.id, role))

    @needs("accounts code")
    def set_code(self, account: Account) -> None:
        if account.has_code:
            self._try(lambda: self._desk.access.accounts.set_totp(account.id, ""))
        else:
            self._open(CodeDialog(self._desk, self._theme, self, account))

    @needs("accounts remove")
    def remove(self, account: Account) -> None:
        dialogs.confirm(
            self._theme,
            self,
            tr("Remove {name}?", name=account.name),
            [tr("The audit log keeps what was done with this account.")],
            tr("Remove"),
            lambda: self._try(lambda: self._desk.access.accounts.remove(account.id)),
            dangerous=True,
        )

    def _open(self, dialog: FormDialog) -> None:
        dialog.saved.connect(self._told)
        dialog.open()

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
        except FaceDeskError as error:
            dialogs.show_error(self._theme, self, error)
        self._told()

    def _told(self) -> None:
        self.refresh()
        self.changed.emit()


class _Line(QWidget):
    """An account and what can be changed about it."""

    def __init__(self, card: AccountsCard, theme: Theme, account: Account) -> None:
        super().__init__()
        self.role = Choice(theme)
        for role in _ROLES:
            self.role.addItem(role_text(role), role)
        self.role.setCurrentIndex(_ROLES.index(account.role))
        self.role.setAccessibleName(tr("Role of {name}", name=account.name))
        self.role.setToolTip(what_role_may(account.role))
        self.role.activated.connect(lambda _number: self._choose(card, account))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_PX)
        row.addWidget(label(account.name, "fieldLabel"), 1)
        row.addWidget(self.role)
        code = tr("Stop asking for a code") if account.has_code else tr("Ask for a code")
        for text, act in (
            (tr("New password"), card.set_password),
            (code, card.set_code),
            (tr("Remove account"), card.remove),
        ):
            made = Button(theme, text, name=f"{text}: {account.name}")
            made.setText(text)
            made.clicked.connect(lambda _checked, act=act: act(account))
            row.addWidget(made)

    def _choose(self, card: AccountsCard, account: Account) -> None:
        """The line shows what is in force; a role that is granted draws a new line."""
        chosen = Role(self.role.currentData())
        self.role.setCurrentIndex(_ROLES.index(account.role))
        card.set_role(account, chosen)


class NewAccountDialog(FormDialog):
    """A name, a role, and the first password."""

    def __init__(self, desk: "Desk", theme: Theme, parent: QWidget) -> None:
        self.name = QLineEdit()
        self.password = password_field(new=True)
        self.role = Choice(theme)
        for role in _ROLES:
            self.role.addItem(role_text(role), role)
        super().__init__(
            theme,
            parent,
            tr("Add an account"),
            tr("Tell the password in person; it can be changed after signing in."),
            [(tr("Name"), self.name), (tr("Role"), self.role), (tr("Password"), self.password)],
        )
        self._desk = desk
        self.about = label("", "muted", wrap=True)
        self.extra.addWidget(self.about)
        self.role.currentIndexChanged.connect(self._tell_role)
        self._tell_role()
        self.save = self.offer(tr("Add"), "primary", self._add)
        self.name.setFocus()

    def _chosen(self) -> Role:
        return Role(self.role.currentData())

    def _tell_role(self) -> None:
        self.about.setText(what_role_may(self._chosen()))

    def _add(self) -> None:
        self._desk.access.add(self.name.text(), self._chosen(), self.password.text())


class CodeDialog(FormDialog):
    """Shows the key for an authenticator app and asks for its first code."""

    def __init__(self, desk: "Desk", theme: Theme, parent: QWidget, account: Account) -> None:
        self.secret, _ = desk.access.check.new_code_secret(account)
        self.code = QLineEdit()
        self.code.setMaxLength(12)
        self.code.setPlaceholderText(tr("6 digits from your app"))
        key = QLineEdit(" ".join(self.secret[at : at + 4] for at in range(0, 32, 4)))
        key.setReadOnly(True)
        super().__init__(
            theme,
            parent,
            tr("Ask {name} for a code", name=account.name),
            tr("Type the key into an authenticator app, and here the code that it shows then."),
            [(tr("Key"), key), (tr("Code"), self.code)],
        )
        self.save = self.offer(
            tr("Save"),
            "primary",
            lambda: desk.access.check.start_codes(account, self.secret, self.code.text()),
        )
        self.code.setFocus()
