"""Signing in at the window, and the question that comes before what needs a role."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QWidget

from facedesk.core.errors import BadInputError, NotAllowedError, SignInError, StoreError
from facedesk.core.language import tr
from facedesk.core.roles import Account, Role, needed
from facedesk.engine.accounts import SHORTEST_PASSWORD
from facedesk.gui.controls import Button
from facedesk.gui.dialogs import Message
from facedesk.gui.form_dialog import FormDialog
from facedesk.gui.theme import Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

Method = TypeVar("Method", bound=Callable[..., None])


def needs(action: str) -> Callable[[Method], Method]:
    """A method of a page that runs only for whom the table of roles allows it; others sign in.

    The page has the desk as `_desk` and the theme as `_theme`.
    """

    def decorate(method: Method) -> Method:
        # Signals bring values that the method does not take (clicked: whether it is checked).
        takes = method.__code__.co_argcount - 1

        @wraps(method)
        def asked(page: Any, *values: Any) -> None:
            ask_for(page._desk, page._theme, page, action, lambda: method(page, *values[:takes]))

        return cast(Method, asked)

    return decorate


def ask_for(
    desk: "Desk", theme: Theme, parent: QWidget, action: str, then: Callable[[], None]
) -> None:
    """`then` at once where the action is allowed, else after somebody signed in who may do it."""
    if desk.access.allows(action):
        then()
    else:
        SignInDialog(desk, theme, parent, action, then).open()


class SignInDialog(FormDialog):
    """Asks for a name, a password and, only where one is needed, a code."""

    def __init__(
        self,
        desk: "Desk",
        theme: Theme,
        parent: QWidget | None,
        action: str = "",
        then: Callable[[], None] = lambda: None,
    ) -> None:
        wanted = needed(action) if action else Role.OPERATOR
        known = desk.access.account
        if known is not None and known.role.includes(wanted):
            title, words = tr("Still you?"), tr("Nobody touched FaceDesk for a while.")
        else:
            title, words = tr("Sign in"), who_may(wanted)
        names = [account.name for account in desk.access.accounts.list()]
        # Where one account is all there is, its name need not be typed.
        self.name = QLineEdit(known.name if known else names[0] if len(names) == 1 else "")
        self.password = password_field()
        self.code = QLineEdit()
        self.code.setMaxLength(12)
        self.code.setPlaceholderText(tr("6 digits from your app"))
        fields = [
            (tr("Name"), self.name), (tr("Password"), self.password), (tr("Code"), self.code)
        ]  # fmt: skip
        super().__init__(theme, parent, title, words, fields, leave=tr("Cancel"))
        self._desk = desk
        self._action = action
        self.form.setRowVisible(self.code, False)
        self.enter = self.offer(tr("Sign in"), "primary", self._sign_in)
        self.saved.connect(then)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._go_on)
        (self.password if self.name.text() else self.name).setFocus()

    def _sign_in(self) -> None:
        try:
            self._desk.access.sign_in(self.name.text(), self.password.text(), self.code.text())
        except SignInError as error:
            if error.code_needed:
                self.form.setRowVisible(self.code, True)
            field = self.code if error.code_needed else self.password
            field.clear()
            field.setFocus()
            if error.wait_s > 0:
                self.enter.setEnabled(False)
                self._pause.start(round(error.wait_s * 1000))
            raise
        if self._action and not self._desk.access.allows(self._action):
            self.password.clear()
            raise NotAllowedError(tr("Not allowed"), who_may(needed(self._action)))

    def _go_on(self) -> None:
        self.enter.setEnabled(True)
        self.tell("")


class OwnerDialog(FormDialog):
    """Offers to make the first account; "Later" leaves FaceDesk open to everybody."""

    def __init__(self, desk: "Desk", theme: Theme, parent: QWidget | None) -> None:
        self.name = QLineEdit()
        self.password = password_field(new=True)
        self.again = password_field()
        super().__init__(
            theme,
            parent,
            tr("Who looks after FaceDesk?"),
            tr(
                "Make an owner, and only people you choose can see the log, enrol or change "
                "settings. Checking in stays as easy as it is. Without an owner, everybody at "
                "this computer can do everything."
            ),
            [
                (tr("Your name"), self.name),
                (tr("Password"), self.password),
                (tr("Once more"), self.again),
            ],
            leave=tr("Later"),
        )
        self._desk = desk
        self.save = self.offer(tr("Make the owner"), "primary", self._make)
        self.name.setFocus()

    def _make(self) -> None:
        if self.password.text() != self.again.text():
            raise BadInputError(tr("Not accepted"), tr("The two passwords differ."))
        self._desk.access.enter(
            self._desk.access.make_owner(self.name.text(), self.password.text())
        )


class PasswordDialog(FormDialog):
    """A new password for an account."""

    def __init__(self, desk: "Desk", theme: Theme, parent: QWidget, account: Account) -> None:
        self.password = password_field(new=True)
        super().__init__(
            theme, parent, tr("New password of {name}", name=account.name),
            tr("It is asked for from the next time on."), [(tr("New password"), self.password)],
        )  # fmt: skip
        self.save = self.offer(
            tr("Save"),
            "primary",
            lambda: desk.access.set_password(account, self.password.text()),
        )
        self.password.setFocus()


class AccountButton(Button):
    """In the status line: who is signed in, or that everything is open. A click changes that."""

    def __init__(self, desk: "Desk", theme: Theme) -> None:
        super().__init__(theme, "", "stripButton", "lock")
        self._desk = desk
        self.clicked.connect(self._change)
        self.refresh()

    def refresh(self) -> None:
        access = self._desk.access
        try:
            account, guarded = access.account, access.guarded
        except StoreError:
            return  # who works here does not change because the database is in trouble
        if not guarded:
            text = tr("Open to everybody")
            tip = tr("Everybody at this computer can do everything. Click to make an owner.")
        elif account is None:
            text, tip = tr("Sign in"), tr("For people who look after FaceDesk.")
        else:
            text = account.name
            tip = tr("Signed in as {role}.", role=role_text(account.role))
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
            self.setToolTip(tip)

    def _change(self) -> None:
        access = self._desk.access
        if not access.guarded:
            dialog = OwnerDialog(self._desk, self._theme, self.window())
            dialog.saved.connect(self.refresh)
            dialog.open()
        elif access.account is None:
            SignInDialog(self._desk, self._theme, self.window(), then=self.refresh).open()
        else:
            self._offer(access.account)

    def _offer(self, account: Account) -> None:
        title = tr("Signed in as {name}", name=account.name)
        window = self.window()
        message = Message(self._theme, window, title, [what_role_may(account.role)])
        message.add(tr("Close"))
        message.add(
            tr("New password"),
            then=lambda: PasswordDialog(self._desk, self._theme, window, account).open(),
        )
        message.add(tr("Sign out"), "primary", self._sign_out).setDefault(True)
        message.open()

    def _sign_out(self) -> None:
        self._desk.access.sign_out()
        self.refresh()


def who_may(role: Role) -> str:
    """Who is asked to sign in."""
    return {
        Role.OPERATOR: tr("For people who look after FaceDesk."),
        Role.ADMIN: tr("An admin or the owner can do this."),
        Role.OWNER: tr("Only the owner can do this."),
    }.get(role, "")


def role_text(role: Role) -> str:
    return {
        Role.KIOSK: tr("kiosk"),
        Role.OPERATOR: tr("operator"),
        Role.ADMIN: tr("admin"),
        Role.OWNER: tr("owner"),
    }[role]


def what_role_may(role: Role) -> str:
    """One sentence, for whoever gives the role."""
    return {
        Role.KIOSK: tr("Checks in."),
        Role.OPERATOR: tr("Sees people, log and hours, and corrects the log."),
        Role.ADMIN: tr("Also enrols and removes people, sets schedules and changes settings."),
        Role.OWNER: tr("Also keeps accounts, keys and backups, and reads the audit log."),
    }[role]


def password_field(*, new: bool = False) -> QLineEdit:
    """`new`: says how long a new password has to be."""
    field = QLineEdit()
    if new:
        field.setPlaceholderText(tr("{count} characters or more", count=SHORTEST_PASSWORD))
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setMaxLength(200)
    return field
