"""Panels over the lower part of the picture, one a person: large buttons, a line for the time."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from facedesk.core.facts import DirectionAsked
from facedesk.core.language import tr
from facedesk.core.records import Direction
from facedesk.gui.controls import Button, Line, label
from facedesk.gui.offers import Offer
from facedesk.gui.portraits import Portraits
from facedesk.gui.recent_list import direction_text
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import clock_text, day_text, local_day, short_day_text

_WIDEST_PX = 760
_STEPS_MIN = (-60, -5, 5, 60)


def choice_text(direction: Direction) -> str:
    """What stands on the button."""
    match direction:
        case Direction.IN:
            return tr("In")
        case Direction.OUT:
            return tr("Out")
        case Direction.BREAK_START:
            return tr("Start break")
        case Direction.BREAK_END:
            return tr("End break")


class OfferPanel(QFrame):
    """One person's offer. Its parts are made once; `show_offer` fills them."""

    chosen = Signal(object)  # a Direction
    undone = Signal()
    rejected = Signal()
    moved = Signal(int)  # the answer about yesterday, by minutes
    stated = Signal()  # it is right as it stands
    skipped = Signal()

    def __init__(self, theme: Theme, portraits: Portraits) -> None:
        super().__init__()
        self.setObjectName("offer")
        self._theme = theme
        self._portraits = portraits
        self._offer: Offer | None = None
        self._share_left = 1.0
        self._scale = 0.0
        self.portrait = QLabel()
        self.name = Line("", "offerName")
        self.line = Line("", "muted")
        self.undo = Button(theme, tr("Undo"))
        self.not_me = Button(theme, tr("Not me"))
        self.choices: dict[Direction, Button] = {}
        self.question = Line("", "offerName")
        self.said = label("", "offerTime")
        self.said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.steps = {minutes: Button(theme, step_text(minutes)) for minutes in _STEPS_MIN}
        self.save = Button(theme, tr("That is right"), "primary")
        self.skip = Button(theme, tr("I do not know"), "quiet")
        self._connect()
        self._lay_out()

    def _connect(self) -> None:
        self.undo.clicked.connect(self.undone)
        self.not_me.clicked.connect(self.rejected)
        for minutes, button in self.steps.items():
            button.setAutoRepeat(True)
            button.clicked.connect(lambda _=False, minutes=minutes: self.moved.emit(minutes))
        self.save.clicked.connect(self.stated)
        self.skip.clicked.connect(self.skipped)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.name)
        words.addWidget(self.line)
        head = QHBoxLayout()
        head.setSpacing(SPACE_PX * 3 // 2)
        head.addWidget(self.portrait)
        head.addLayout(words, 1)
        head.addWidget(self.undo)
        head.addWidget(self.not_me)
        self._choices = _row(())
        first, second, third, fourth = (self.steps[minutes] for minutes in _STEPS_MIN)
        self._stepper = _row((first, second, self.said, third, fourth))
        self._answers = _row((self.skip, self.save))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(SPACE_PX * 3 // 2)
        whole.addLayout(head)
        for part in (self._choices, self.question, self._stepper, self._answers):
            whole.addWidget(part)

    def show_offer(self, offer: Offer, now_s: float, zone: str, scale: float) -> None:
        """Show what stands now; cheap when only the time went on."""
        self._share_left = offer.share_left(now_s)
        self.update()
        if offer.asked is not None:
            left_s = max(1, round(offer.until_s - now_s))
            self.line.say(
                tr("{choice} in {seconds} s", choice=choice_text(offer.asked.guess), seconds=left_s)
            )
        if offer == self._offer and scale == self._scale:
            return
        if scale != self._scale:
            self._use_scale(scale)
        self._offer = offer
        self.portrait.setPixmap(
            self._portraits.get(
                offer.person.id, offer.person.name, round(48 * scale), self.devicePixelRatioF()
            )
        )
        self.name.say(offer.person.name)
        self.undo.setVisible(offer.punch is not None)
        self.not_me.setVisible(
            offer.asked is not None or (offer.punch is not None and offer.by_face)
        )
        self._fill_choices(offer.asked)
        if offer.punch is not None:
            at = clock_text(offer.punch.utc, zone)
            self.line.say(
                tr("{what} at {time}", what=direction_text(offer.punch.direction), time=at)
            )
        elif offer.question is not None:
            self.line.say("")
        for part in (self.question, self._stepper, self._answers):
            part.setVisible(offer.question is not None)
        if offer.question is not None and offer.said is not None:
            self.question.say(tr("When did you leave on {day}?", day=day_text(offer.question.day)))
            self.said.setText(said_text(offer.said, offer, zone))
        self.setAccessibleName(offer.person.name)

    def _fill_choices(self, asked: DirectionAsked | None) -> None:
        """The likeliest comes first and stands out."""
        self._choices.setVisible(asked is not None)
        if asked is None or self.choices:
            return
        row = self._choices.layout()
        assert row is not None
        for direction in asked.choices:
            kind = "primary" if direction is asked.guess else ""
            button = Button(self._theme, choice_text(direction), kind)
            button.clicked.connect(lambda _=False, one=direction: self.chosen.emit(one))
            button.setStyleSheet(
                f"font-size: {round(21 * self._scale)}px; min-height: {round(66 * self._scale)}px;"
            )
            row.addWidget(button)
            self.choices[direction] = button

    def _use_scale(self, scale: float) -> None:
        """Buttons for fingers: nothing is lower than 12 mm on a usual touch screen."""
        self._scale = scale
        size_px, height_px = round(17 * scale), round(52 * scale)
        for button in (self.undo, self.not_me, self.save, self.skip, *self.steps.values()):
            button.setStyleSheet(f"font-size: {size_px}px; min-height: {height_px}px;")
        for words, words_px in ((self.name, 20), (self.line, 15), (self.question, 19)):
            words.setStyleSheet(f"font-size: {round(words_px * scale)}px;")
        self.said.setStyleSheet(f"font-size: {round(30 * scale)}px; font-weight: 700;")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        room = QRectF(self.rect()).adjusted(18, 0, -18, -5)
        line = QRectF(room.left(), room.bottom() - 4, room.width() * self._share_left, 4)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawRoundedRect(line, 2, 2)


class OfferStack(QWidget):
    """The panels, at the bottom of another widget and as wide as is pleasant."""

    def __init__(
        self,
        theme: Theme,
        portraits: Portraits,
        connect: Callable[[OfferPanel, int], None],
        over: QWidget,
    ) -> None:
        """`connect` is given each new panel with the id of its person."""
        super().__init__(over)
        self._over = over
        self._theme = theme
        self._portraits = portraits
        self._connect_panel = connect
        self.panels: dict[int, OfferPanel] = {}
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE_PX)
        self.hide()

    def show_offers(
        self, offers: Sequence[Offer], now_s: float, zone: str, scale: float, below_px: int = 0
    ) -> None:
        """A panel for each; called with every beat."""
        wanted = {offer.person.id for offer in offers}
        for person_id in [one for one in self.panels if one not in wanted]:
            panel = self.panels.pop(person_id)
            self._rows.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        for offer in offers:
            if offer.person.id not in self.panels:
                panel = OfferPanel(self._theme, self._portraits)
                self._connect_panel(panel, offer.person.id)
                self.panels[offer.person.id] = panel
                self._rows.addWidget(panel)
            self.panels[offer.person.id].show_offer(offer, now_s, zone, scale)
        self.setVisible(bool(offers))
        if offers:
            self._place(scale, below_px)

    def _place(self, scale: float, below_px: int) -> None:
        over = self._over
        margin = 2 * SPACE_PX
        width = min(over.width() - 2 * margin, round(_WIDEST_PX * scale))
        room = over.height() - margin - below_px
        height = -self._rows.spacing()
        for panel in reversed(self.panels.values()):  # where there is no room for all, the newest
            wanted = height + self._rows.spacing() + panel.sizeHint().height()
            panel.setVisible(wanted <= room or height < 0)
            height = wanted if wanted <= room or height < 0 else height
        self.setGeometry((over.width() - width) // 2, room - height, width, height)


def step_text(minutes: int) -> str:
    """'−5 min', '+1 h'."""
    sign = "−" if minutes < 0 else "+"
    if abs(minutes) < 60:
        return tr("{sign}{minutes} min", sign=sign, minutes=abs(minutes))
    return tr("{sign}{hours} h", sign=sign, hours=abs(minutes) // 60)


def said_text(said: datetime, offer: Offer, zone: str) -> str:
    """'17:30', with the day where it is the morning after."""
    at, day = clock_text(said, zone), local_day(said, zone)
    if offer.question is None or day == offer.question.day:
        return at
    return f"{short_day_text(day).split()[0]} {at}"


def _row(parts: Sequence[QWidget]) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE_PX)
    for part in parts:
        row.addWidget(part, 1)
    return holder
