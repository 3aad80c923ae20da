"""Signing in at the window, and the question that comes before what needs a role."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from facedesk.core.errors import FaceDeskError, SignInError
from facedesk.core.language import tr
from facedesk.core.roles import Role, needed
from facedesk.gui.controls import Button, label
from facedesk.gui.dialogs import Message
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


class SignInDialog(Message):
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
        super().__init__(theme, parent, title, [words])
        self._desk = desk
        self._action = action
        self._then = then
        names = [account.name for account in desk.access.accounts.list()]
        # Where one account is all there is, its name need not be typed.
        self.name = QLineEdit(known.name if known else names[0] if len(names) == 1 else "")
        self.password = password_field()
        self.code = QLineEdit()
        self.code.setMaxLength(12)
        self.code.setPlaceholderText(tr("6 digits from your app"))
        self.form = form_of(
            (tr("Name"), self.name), (tr("Password"), self.password), (tr("Code"), self.code)
        )
        self.form.setRowVisible(self.code, False)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.extra.addLayout(self.form)
        self.extra.addWidget(self.problem)
        self.add(tr("Cancel"))
        self.enter = self.add(tr("Sign in"), "primary", close=False)
        self.enter.setDefault(True)
        self.enter.clicked.connect(self._try)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._go_on)
        (self.password if self.name.text() else self.name).setFocus()

    def _try(self) -> None:
        try:
            self._desk.access.sign_in(self.name.text(), self.password.text(), self.code.text())
        except SignInError as error:
            if error.code_needed:
                self.form.setRowVisible(self.code, True)
                self.code.clear()
                self.code.setFocus()
            else:
                self.password.clear()
                self.password.setFocus()
            if error.wait_s > 0:
                self.enter.setEnabled(False)
                self._pause.start(round(error.wait_s * 1000))
            self._tell(words_of(error))
            return
        except FaceDeskError as error:
            self._tell(words_of(error))
            return
        if self._action and not self._desk.access.allows(self._action):
            self.password.clear()
            self._tell(who_may(needed(self._action)))
            return
        self.accept()
        self._then()

    def _tell(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        fit(self)

    def _go_on(self) -> None:
        self.enter.setEnabled(True)
        self._tell("")


class OwnerDialog(Message):
    """Offers to make the first account; "Later" leaves FaceDesk open to everybody."""

    def __init__(
        self,
        desk: "Desk",
        theme: Theme,
        parent: QWidget | None,
        *,
        made: Callable[[], None],
        later: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            theme,
            parent,
            tr("Who looks after FaceDesk?"),
            [
                tr(
                    "Make an owner, and only people you choose can see the log, enrol or change "
                    "settings. Checking in stays as easy as it is."
                ),
                tr("Without one, everybody at this computer can do everything."),
            ],
        )
        self._desk = desk
        self._made = made
        self.name = QLineEdit()
        self.password = password_field()
        self.again = password_field()
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.extra.addLayout(
            form_of(
                (tr("Your name"), self.name),
                (tr("Password"), self.password),
                (tr("Once more"), self.again),
            )
        )
        self.extra.addWidget(self.problem)
        self.later = self.add(tr("Later"), then=later)
        self.save = self.add(tr("Make the owner"), "primary", close=False)
        self.save.setDefault(True)
        self.save.clicked.connect(self._try)
        self.name.setFocus()

    def _try(self) -> None:
        problem = ""
        if self.password.text() != self.again.text():
            problem = tr("The two passwords differ.")
        else:
            try:
                owner = self._desk.access.make_owner(self.name.text(), self.password.text())
            except FaceDeskError as error:
                problem = words_of(error)
        if problem:
            self.problem.setText(problem)
            self.problem.show()
            fit(self)
            return
        self._desk.access.enter(owner)
        self.accept()
        self._made()


class AccountButton(Button):
    """In the status line: who is signed in, or that everything is open. A click changes that."""

    def __init__(self, desk: "Desk", theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", "stripButton", "lock")
        self._desk = desk
        self.clicked.connect(self._change)
        self.refresh()

    def refresh(self) -> None:
        access = self._desk.access
        account = access.account
        if not access.guarded:
            text = tr("Open to everybody")
            tip = tr("Everybody at this computer can do everything. Click to make an owner.")
        elif account is None:
            text, tip = tr("Sign in"), tr("For people who look after FaceDesk.")
        else:
            text = tr("{name} · sign out", name=account.name)
            tip = tr("Signed in as {role}.", role=role_text(account.role))
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
            self.setToolTip(tip)

    def _change(self) -> None:
        access = self._desk.access
        if not access.guarded:
            OwnerDialog(self._desk, self._theme, self.window(), made=self.refresh).open()
        elif access.account is None:
            SignInDialog(self._desk, self._theme, self.window(), then=self.refresh).open()
        else:
            access.sign_out()
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


def words_of(error: FaceDeskError) -> str:
    """An error as one line below a form."""
    return " ".join(filter(None, (error.message, error.hint)))


def fit(dialog: Message) -> None:
    """As high as its words need, whose lines have changed."""
    layout = dialog.layout()
    assert layout is not None
    dialog.setFixedHeight(layout.totalHeightForWidth(dialog.width()))


def password_field() -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setMaxLength(200)
    return field


def form_of(*rows: tuple[str, QWidget]) -> QFormLayout:
    """Fields below each other, each with a caption that is also read out."""
    form = QFormLayout()
    form.setVerticalSpacing(12)
    for text, field in rows:
        caption = label(text)
        caption.setBuddy(field)
        field.setAccessibleName(text)
        form.addRow(caption, field)
    return form
