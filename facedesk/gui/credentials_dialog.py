"""PIN and badge of one person: set, unlock, print, take away; and what the face must show."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from facedesk.core.credentials import new_badge_code
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.liveness import Policy
from facedesk.core.records import Person
from facedesk.gui import dialogs
from facedesk.gui.badge_card import write_badge
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Line, label
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import local_day, short_day_text

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_WIDTH_PX = 520


class CredentialsDialog(QDialog):
    """Each change is saved at once; the PIN itself can be set, never seen."""

    def __init__(
        self, desk: "Desk", bridge: Bridge, theme: Theme, person: Person, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self.person = person
        self._running = False
        title = tr("PIN and badge of {name}", name=person.name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(_WIDTH_PX)
        self.pin_state = label("", "muted", wrap=True)
        self.pin = QLineEdit()
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setPlaceholderText(tr("New PIN"))
        self.pin.setAccessibleName(tr("New PIN"))
        self.set_pin = Button(theme, tr("Set PIN"), "primary")
        self.unlock = Button(theme, tr("Unlock"))
        self.remove_pin = Button(theme, tr("Remove"), name=tr("Remove the PIN"))
        self.badge_state = label("", "muted", wrap=True)
        self.code = QLineEdit()
        self.code.setPlaceholderText(tr("Hold a card to the reader"))
        self.code.setAccessibleName(tr("Code of a card"))
        self.set_badge = Button(theme, tr("Set card"))
        self.make_badge = Button(theme, tr("Make a badge to print"))
        self.remove_badge = Button(theme, tr("Remove"), name=tr("Remove the badge"))
        self.policy = QComboBox()
        self.policy.setAccessibleName(tr("Living faces only"))
        self.policy.addItem(tr("As everybody: {policy}", policy=tr(desk.settings.liveness)), None)
        for policy in Policy:
            self.policy.addItem(tr(policy.value), policy)
        self.problem = label("", "problem", wrap=True)
        self.close_button = Button(theme, tr("Close"))
        self._lay_out(title)
        self._connect()
        self.refresh()

    def _lay_out(self, title: str) -> None:
        body = QVBoxLayout(self)
        body.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX)
        body.setSpacing(2 * SPACE_PX)
        body.addWidget(Line(title, "dialogTitle"))
        body.addWidget(
            self._section(
                tr("PIN"), self.pin_state, (self.pin, self.set_pin), (self.unlock, self.remove_pin)
            )
        )
        body.addWidget(
            self._section(
                tr("Badge"), self.badge_state, (self.code, self.set_badge),
                (self.make_badge, self.remove_badge),
            )
        )  # fmt: skip
        living = Card(padding=2)
        living.body.setSpacing(SPACE_PX)
        living.body.addWidget(label(tr("Living faces only"), "sectionTitle"))
        why = tr("What this face must show before it counts, by itself or by small movements.")
        living.body.addWidget(label(why, "muted", wrap=True))
        living.body.addWidget(self.policy)
        body.addWidget(living)
        body.addWidget(self.problem)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        body.addLayout(foot)

    def _section(self, title: str, state: QWidget, *rows: tuple[QWidget, QWidget]) -> Card:
        card = Card(padding=2)
        card.body.setSpacing(SPACE_PX)
        card.body.addWidget(label(title, "sectionTitle"))
        card.body.addWidget(state)
        for first, second in rows:
            row = QHBoxLayout()
            row.setSpacing(SPACE_PX)
            row.addWidget(first, 1 if isinstance(first, QLineEdit) else 0)
            row.addWidget(second)
            if not isinstance(first, QLineEdit):
                row.addStretch(1)
            card.body.addLayout(row)
        return card

    def _connect(self) -> None:
        desk, number = self._desk, self.person.id
        self.set_pin.clicked.connect(self._set_pin)
        self.pin.returnPressed.connect(self._set_pin)
        self.unlock.clicked.connect(lambda: self._run(lambda: desk.credentials.unlock(number)))
        self.remove_pin.clicked.connect(
            lambda: self._run(lambda: desk.credentials.clear_pin(number))
        )
        self.set_badge.clicked.connect(self._set_badge)
        self.code.returnPressed.connect(self._set_badge)
        self.make_badge.clicked.connect(self.print_badge)
        self.remove_badge.clicked.connect(
            lambda: self._run(lambda: desk.credentials.clear_badge(number))
        )
        self.policy.activated.connect(self._set_policy)
        self.close_button.clicked.connect(self.accept)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The Enter that a reader sends must not close the dialog."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def refresh(self) -> None:
        """Say what the person has, and offer what can be done."""
        credentials, number = self._desk.credentials, self.person.id
        try:
            pin_since, badge_since = credentials.pin_since(number), credentials.badge_since(number)
            failures = credentials.failures(self.person.staff_number)
            own_policy = self._desk.own_liveness.all().get(number)
        except FaceDeskError as error:
            self._fail(error)
            return
        self.policy.setCurrentIndex(self.policy.findData(own_policy))
        has_number = bool(self.person.staff_number)
        self.pin_state.setText(self._pin_words(pin_since, failures.count, locked=failures.locked))
        since = tr("Since {day}. A new one makes it useless.", day=self._day(badge_since))
        self.badge_state.setText(since if badge_since else tr("No badge."))
        self.pin.setEnabled(has_number)
        self.set_pin.setEnabled(has_number)
        self.unlock.setEnabled(has_number and failures.count > 0)
        self.remove_pin.setEnabled(pin_since is not None)
        self.remove_badge.setEnabled(badge_since is not None)

    def _pin_words(self, since: datetime | None, wrong: int, *, locked: bool) -> str:
        if not self.person.staff_number:
            return tr("Needs a staff number, which is typed before the PIN.")
        words = tr("Set on {day}.", day=self._day(since)) if since else tr("No PIN.")
        if locked:
            return f"{words} {tr('Locked after {count} wrong PINs in a row.', count=wrong)}"
        return f"{words} {tr('{count} wrong PINs in a row.', count=wrong)}" if wrong else words

    def _day(self, utc: datetime | None) -> str:
        return short_day_text(local_day(utc, self._desk.zone)) if utc else ""

    # --------------------------------------------------------------------------------------------

    def _set_pin(self) -> None:
        desk, number, typed = self._desk, self.person.id, self.pin.text()
        self._run(lambda: desk.credentials.set_pin(number, typed))

    def _set_badge(self) -> None:
        desk, number, code = self._desk, self.person.id, self.code.text()
        self._run(lambda: desk.credentials.set_badge(number, code))

    def _set_policy(self) -> None:
        chosen = self.policy.currentData()
        policy = Policy(chosen) if chosen else None
        desk, number = self._desk, self.person.id
        self._run(lambda: desk.own_liveness.set(number, policy))

    def print_badge(self) -> None:
        """Ask where to, write the card, and make its code the person's badge."""
        suggestion = self._desk.paths.exports / tr("Badge {number}", number=self.person.id)
        path = dialogs.ask_save_path(self, suggestion.with_suffix(".png"), "png")
        if path is None:
            return
        code, number, desk = new_badge_code(), self.person.id, self._desk
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_badge(path, self.person, code, desk.settings.organisation)
        except (OSError, FaceDeskError) as error:
            self._fail(error)
            return
        self._run(lambda: desk.credentials.set_badge(number, code))

    def _run(self, change: Callable[[], None]) -> None:
        """Off the GUI thread: a hash takes a moment."""
        if self._running:
            return
        self._running = True
        self.problem.clear()
        self._bridge.run(lambda _progress: change(), done=self._saved, failed=self._fail)

    def _saved(self, _result: object) -> None:
        self._running = False
        for field in (self.pin, self.code):
            field.clear()
        self.refresh()

    def _fail(self, error: Exception) -> None:
        self._running = False
        if isinstance(error, FaceDeskError):
            self.problem.setText(" ".join(filter(None, (error.message or error.title, error.hint))))
        else:
            dialogs.show_error(self._theme, self, error)
