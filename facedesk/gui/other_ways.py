"""The ways in without a face at the kiosk: keypad, and badges at a reader."""

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QWidget

from facedesk.core.errors import FaceDeskError
from facedesk.core.facts import (
    CredentialRefused,
    DirectionAsked,
    Fact,
    ProblemFound,
    PunchDeclined,
    PunchRecorded,
    UnknownSeen,
)
from facedesk.core.language import tr
from facedesk.core.records import DecisionKind, Method
from facedesk.gui.badge_reader import BadgeReader
from facedesk.gui.controls import Button
from facedesk.gui.keypad import DIGITS
from facedesk.gui.pin_panel import PinPanel, Stage
from facedesk.gui.theme import Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class OtherWays(QObject):
    """`panel` and `button` are laid out by the page; one of the two is shown where PINs are."""

    opened = Signal()
    closed = Signal()

    def __init__(self, desk: "Desk", theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self.offered = False  # whether PINs are used here
        self.panel = PinPanel(theme)
        self.panel.hide()
        self.button = Button(theme, tr("Use staff number and PIN"), icon="keypad")
        self.reader = BadgeReader(page, desk.clock.monotonic_s)
        self.button.clicked.connect(lambda: self.ask(""))
        self.panel.offered.connect(desk.fallback.offer_pin)
        self.panel.closed.connect(self._closed)
        self.reader.badge_read.connect(self._badge_read)

    def use_scale(self, scale: float) -> None:
        """How large the kiosk is."""
        self.panel.use_scale(scale)
        height_px, font_px = max(44, round(52 * scale)), max(14, round(15 * scale))
        # Not setFixedHeight: the application's style sheet has the last word on heights.
        self.button.setStyleSheet(
            f"min-height: {height_px}px; font-size: {font_px}px; font-weight: 600;"
        )
        self.button.setIconSize(QSize(font_px + 3, font_px + 3))

    def refresh(self) -> None:
        """Follow the settings; the button is there once somebody was given a PIN."""
        settings = self._desk.settings
        self.panel.shuffled = settings.shuffled_keypad
        self.reader.enabled = settings.badge_reader
        with suppress(FaceDeskError):  # asked each second: whoever needs the database tells it
            self.offered = settings.pin and self._desk.credentials.any_pin()
        self.button.setVisible(self.offered and self.panel.stage is Stage.CLOSED)

    @property
    def advice(self) -> str:
        """What somebody does whom the camera cannot help."""
        return tr("Please use your PIN") if self.offered else tr("Please check in at the desk")

    def ask(self, words: str) -> None:
        """Open the keypad. `words` say why it opened by itself."""
        numbers: list[str] = []
        with suppress(FaceDeskError):  # then without keys for letters
            numbers = self._desk.credentials.staff_numbers()
        letters = sorted({letter.upper() for number in numbers for letter in number} - set(DIGITS))
        self.button.hide()
        self.panel.show()
        self.opened.emit()
        self.panel.ask(words, letters)

    def hear(self, fact: Fact) -> None:
        """A fact, in the GUI thread."""
        if isinstance(fact, CredentialRefused):
            self.panel.refuse(fact)
        elif isinstance(fact, PunchRecorded):
            self._answered(fact.punch.method)
        elif isinstance(fact, PunchDeclined | DirectionAsked):
            self._answered(fact.how.method)
        elif isinstance(fact, ProblemFound) and self.panel.stage is Stage.CHECKING:
            self.panel.close_panel()  # nothing was saved; the banner says why
        elif isinstance(fact, UnknownSeen):
            needed = fact.decision.kind is DecisionKind.PIN_NEEDED
            if needed and self.button.isVisible():
                self.ask(tr("The camera cannot tell you from somebody else here."))

    def _answered(self, method: Method) -> None:
        """Somebody came in: if by PIN, the keypad is free for the next."""
        if method is Method.PIN and self.panel.stage is Stage.CHECKING:
            self.panel.close_panel()

    def _badge_read(self, code: str) -> None:
        self.panel.close_panel()  # the reader typed into it
        self._desk.fallback.offer_badge(code, "reader")

    def _closed(self) -> None:
        self.panel.hide()
        self.refresh()
        self.closed.emit()
