"""Checking in by staff number and PIN, beside the picture: faces go on being recognised."""

from collections.abc import Sequence
from enum import Enum, auto

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from facedesk.core.credentials import LONGEST_PIN, SHORTEST_PIN, pin_digits
from facedesk.core.facts import CredentialRefused, Refusal
from facedesk.core.language import tr
from facedesk.gui.controls import Button, Card, Line, label
from facedesk.gui.keypad import Keypad
from facedesk.gui.theme import SPACE_PX, Theme

IDLE_S = 20.0
_ANSWER_S = 10.0  # a hash takes a fraction of it on the slowest computer
_LONGEST_NUMBER = 64
_DOT = "\N{BLACK CIRCLE}"


class Stage(Enum):
    CLOSED = auto()
    NUMBER = auto()
    PIN = auto()
    CHECKING = auto()


class PinPanel(Card):
    """Asks for the number, then for the PIN, and hands both over as `offered`.

    Closes by itself when nobody types for a while, and forgets what was typed.
    """

    offered = Signal(str, str)
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(padding=2)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shuffled = False
        self.stage = Stage.CLOSED
        self._letters: Sequence[str] = ()
        self._number = ""
        self._typed = ""
        self.title = Line("", "sectionTitle")
        self.display = Line("")
        self.display.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.display.setObjectName("pinDisplay")
        self.words = label("", "muted", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.keypad = Keypad(theme)
        self.cancel_button = Button(theme, tr("Cancel"))
        self.next_button = Button(theme, tr("Next"), "primary")
        self._lay_out()
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self.close_panel)
        self.keypad.typed.connect(self._type)
        self.keypad.erased.connect(self._erase)
        self.cancel_button.clicked.connect(self.close_panel)
        self.next_button.clicked.connect(self._go_on)

    def _lay_out(self) -> None:
        self.body.setSpacing(SPACE_PX)
        self._screen = QStackedWidget()  # what was typed, or words before anything was
        self._screen.addWidget(self.display)
        self._screen.addWidget(self.words)
        self.body.addWidget(self.title)
        self.body.addWidget(self._screen)
        self.body.addWidget(self.keypad, 1)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        foot.addWidget(self.cancel_button, 1)
        foot.addWidget(self.next_button, 1)
        self.body.addLayout(foot)

    def use_scale(self, scale: float) -> None:
        """How large the kiosk is."""
        self.display.setStyleSheet(
            f"font-size: {round(28 * scale)}px; font-weight: 600; letter-spacing: 2px;"
        )
        self._screen.setFixedHeight(max(54, round(60 * scale)))
        for made in (self.cancel_button, self.next_button):
            made.setStyleSheet(
                f"font-size: {max(13, round(16 * scale))}px; min-height: {round(44 * scale)}px;"
                " padding: 0 4px;"
            )
        self.title.setStyleSheet(f"font-size: {round(18 * scale)}px; font-weight: 600;")
        self.words.setStyleSheet(f"font-size: {max(13, round(14 * scale))}px;")
        self.keypad.use_scale(scale)

    def ask(self, words: str, letters: Sequence[str] = ()) -> None:
        """Begin anew. `letters` are those that staff numbers have besides digits."""
        self._letters = letters
        self._number = ""
        self._begin(Stage.NUMBER, words)
        self.setFocus()

    def refuse(self, fact: CredentialRefused) -> None:
        """The PIN that was offered did not open."""
        if self.stage is Stage.CHECKING:
            self._number = ""
            self._begin(Stage.NUMBER, refusal_text(fact), wrong=True)

    def close_panel(self) -> None:
        """Back to the kiosk; nothing that was typed is kept."""
        if self.stage is Stage.CLOSED:
            return
        self._idle.stop()
        self.stage = Stage.CLOSED
        self._number = self._typed = ""
        self.display.say("")
        self.closed.emit()

    # Typing -------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Escape closes the panel, not the full screen around it."""
        if event.type() == QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go_on()
        elif event.key() == Qt.Key.Key_Backspace:
            self._erase()
        elif event.text() and event.text().isprintable():
            self._type(event.text())
        else:
            super().keyPressEvent(event)

    def _type(self, text: str) -> None:
        if self.stage is Stage.NUMBER:
            self._typed = (self._typed + text)[:_LONGEST_NUMBER]
        elif self.stage is Stage.PIN:
            self._typed = (self._typed + pin_digits(text))[:LONGEST_PIN]
        self._show()

    def _erase(self) -> None:
        if self.stage is Stage.PIN and not self._typed:
            self._begin(Stage.NUMBER, "", typed=self._number)
        elif self.stage is not Stage.CHECKING:
            self._typed = self._typed[:-1]
            self._show()

    def _go_on(self) -> None:
        if not self.next_button.isEnabled():
            return
        if self.stage is Stage.NUMBER:
            self._number = self._typed.strip()
            self._begin(Stage.PIN, "")
        elif self.stage is Stage.PIN:
            number, pin = self._number, self._typed
            self._begin(Stage.CHECKING, tr("One moment, please"))
            self.offered.emit(number, pin)

    # --------------------------------------------------------------------------------------------

    def _begin(self, stage: Stage, words: str, *, wrong: bool = False, typed: str = "") -> None:
        self.stage = stage
        self._typed = typed
        pin_title = tr("PIN for number {number}", number=self._number)
        title = tr("Your staff number") if stage is Stage.NUMBER else pin_title
        self.title.say(title)
        self.setAccessibleName(title)
        self.next_button.setText(tr("Next") if stage is Stage.NUMBER else tr("Check in"))
        if stage is Stage.NUMBER:
            self.keypad.lay(self._letters)
        elif stage is Stage.PIN:
            self.keypad.lay(shuffled=self.shuffled)
        self.keypad.setEnabled(stage is not Stage.CHECKING)
        self._say(words, wrong=wrong)
        self._show()

    def _say(self, words: str, *, wrong: bool) -> None:
        self.words.setText(words)
        self.words.setObjectName("problem" if wrong else "muted")
        style = self.words.style()
        style.unpolish(self.words)
        style.polish(self.words)
        self.setAccessibleDescription(words)

    def _show(self) -> None:
        shown = _DOT * len(self._typed) if self.stage is Stage.PIN else self._typed
        if shown:
            self._say("", wrong=False)
        self.display.say(shown)
        self._screen.setCurrentWidget(
            self.words if self.words.text() and not shown else self.display
        )
        enough = {
            Stage.NUMBER: bool(self._typed.strip()),
            Stage.PIN: len(self._typed) >= SHORTEST_PIN,
        }
        self.next_button.setEnabled(enough.get(self.stage, False))
        waits_s = _ANSWER_S if self.stage is Stage.CHECKING else IDLE_S
        self._idle.start(round(waits_s * 1000))


def refusal_text(fact: CredentialRefused) -> str:
    """Why a PIN did not open, and what to do; the same for numbers that nobody has."""
    minutes = max(1, round(fact.wait_s / 60 + 0.49))
    if fact.why is Refusal.LOCKED:
        return tr("This number is locked. Please ask at the desk.")
    if fact.why is Refusal.PAUSED:
        return tr(
            "Too many wrong PINs for this number. Try again in {minutes} min, or ask at the desk.",
            minutes=minutes,
        )
    if fact.why is Refusal.KIOSK_PAUSED:
        return tr(
            "Too many wrong PINs here. Try again in {minutes} min, or ask at the desk.",
            minutes=minutes,
        )
    return tr("Number and PIN do not match. Please try again.")
