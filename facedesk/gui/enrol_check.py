"""The wizard's fourth step: is the person enrolled already, and who looks alike?"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from facedesk.core.corrections import Signature
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.engine.administration import ToldApart
from facedesk.gui.bridge import Bridge, Task
from facedesk.gui.controls import Button, Card, ScrolledBody, label
from facedesk.gui.enrol_person import line, plain_area
from facedesk.gui.enrol_steps import Step
from facedesk.gui.icons import pixmap_of
from facedesk.gui.photo_card import Thumb
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.gui.wording import apart

if TYPE_CHECKING:
    from facedesk.core.records import Vector
    from facedesk.engine.desk import Desk
    from facedesk.engine.enrolment import Similar
    from facedesk.engine.jobs import Progress
    from facedesk.engine.newcomer import Newcomer

_LARGE_PX = 128
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """What the gallery said, with the pictures that are stored of those it named."""

    newcomer: "Newcomer"
    duplicates: "tuple[Similar, ...]"
    look_alikes: "tuple[Similar, ...]"
    portraits: dict[int, bytes]


class DuplicateCard(Card):
    """Both pictures side by side, and the three things that can be done."""

    opened = Signal(int)
    same = Signal(int)
    changed = Signal()

    def __init__(
        self, theme: Theme, new_jpeg: bytes, other: "Similar", portrait: bytes, least: float
    ) -> None:
        super().__init__(padding=2)
        self.other = other
        self.reason = line(tr("Reason"), tr("For example: twin sister, seen side by side"), 500)
        self.open_button = Button(theme, tr("Open {name}", name=_short(other.name)))
        self.same_button = Button(theme, tr("Same person: add the photos there"))
        self.apart_button = Button(theme, tr("Another person"))
        self.apart_button.setCheckable(True)
        pictures = QHBoxLayout()
        pictures.setSpacing(2 * SPACE_PX)
        for jpeg, caption in ((new_jpeg, tr("New photo")), (portrait, _short(other.name))):
            pictures.addLayout(_captioned(theme, jpeg, caption))
        words = QVBoxLayout()
        words.setSpacing(SPACE_PX)
        words.addWidget(label(tr("Is this {name}?", name=other.name), "sectionTitle", wrap=True))
        words.addWidget(
            label(
                tr(
                    "Similarity {score:.2f}; from {least:.2f} on two people are taken for one. "
                    "Somebody enrolled twice would be checked in under two names.",
                    score=other.score,
                    least=least,
                ),
                "muted",
                wrap=True,
            )
        )
        words.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(3 * SPACE_PX)
        top.addLayout(pictures)
        top.addLayout(words, 1)
        answers = QHBoxLayout()
        answers.setSpacing(SPACE_PX)
        for button in (self.open_button, self.same_button, self.apart_button):
            answers.addWidget(button)
        answers.addStretch(1)
        self.body.addLayout(top)
        self.body.addLayout(answers)
        self.body.addWidget(self.reason)
        self.reason.hide()
        self.open_button.clicked.connect(lambda: self.opened.emit(other.person_id))
        self.same_button.clicked.connect(lambda: self.same.emit(other.person_id))
        self.apart_button.toggled.connect(self._apart)
        self.reason.textChanged.connect(self.changed)

    @property
    def why(self) -> str:
        """Why it is another person; '' while nobody said that it is."""
        return self.reason.text().strip() if self.apart_button.isChecked() else ""

    def _apart(self, apart: bool) -> None:
        self.reason.setVisible(apart)
        if apart:
            self.reason.setFocus()
        self.changed.emit()


class CheckStep(Step):
    """`other_opened` and `same_person` carry the id of the person who is enrolled already."""

    other_opened = Signal(int)
    same_person = Signal(int)

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme) -> None:
        super().__init__(tr("Check"))
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._task: Task | None = None
        self._asked: tuple[bytes, ...] = ()
        self._new_jpeg = b""
        self.checked: Checked | None = None
        self.cards: list[DuplicateCard] = []
        self.verdict = label("", "sectionTitle", wrap=True)
        self.hint = label("", "muted", wrap=True)
        self._mark = QLabel()
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE_PX)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(SPACE_PX // 2)
        said.addWidget(self.verdict)
        said.addWidget(self.hint)
        head.addLayout(said, 1)
        inside = ScrolledBody()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, SPACE_PX, 0)
        self._column.setSpacing(2 * SPACE_PX)
        self._column.addLayout(head)
        self._found = QVBoxLayout()
        self._found.setSpacing(2 * SPACE_PX)
        self._column.addLayout(self._found)
        self._column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(plain_area(inside))

    def check(self, name: str, vectors: "list[Vector]", jpeg: bytes) -> None:
        """Ask the gallery, unless the same photos were checked before."""
        asked = (name.encode("utf-8", "replace"), *(vector.tobytes() for vector in vectors))
        if self.checked is not None and asked == self._asked:
            return
        self._asked, self._new_jpeg, self.checked = asked, jpeg, None
        self._clear()
        self._say("search", tr("Comparing with everybody"), "")
        desk = self._desk

        def work(_progress: "Progress") -> Checked:
            newcomer = desk.newcomer(vectors, name)
            duplicates, alike = newcomer.duplicates(), newcomer.look_alikes()
            shown = (*duplicates[:_MOST_SHOWN], *alike[:_MOST_SHOWN])
            portraits = {one.person_id: desk.people.portrait(one.person_id) for one in shown}
            return Checked(newcomer, duplicates, alike, portraits)

        self._task = self._bridge.run(work, done=self._show, failed=self._failed)
        self.changed.emit()

    @property
    def complete(self) -> bool:
        return self.checked is not None and all(card.why for card in self.cards)

    @property
    def words(self) -> str:
        if self.checked is None:
            return ""
        return "" if self.complete else tr("Is it the same person, or another one and why?")

    @property
    def told_apart(self) -> tuple[ToldApart, ...]:
        """What was answered about each duplicate."""
        who = self._desk.database.actor().who
        return tuple(
            ToldApart(card.other.person_id, card.other.score, Signature(who, card.why))
            for card in self.cards
            if card.why
        )

    def leave(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _failed(self, error: Exception) -> None:
        self._task = None
        if isinstance(error, FaceDeskError):
            self._say("alert", error.title, " ".join(filter(None, (error.message, error.hint))))
        else:
            self._say("alert", type(error).__name__, str(error))
        self.changed.emit()

    def _show(self, checked: Checked) -> None:
        self._task = None
        self.checked = checked
        self._clear()
        for other in checked.duplicates[:_MOST_SHOWN]:
            card = DuplicateCard(
                self._theme,
                self._new_jpeg,
                other,
                checked.portraits[other.person_id],
                checked.newcomer.same_from(other.person_id),
            )
            card.opened.connect(self.other_opened)
            card.same.connect(self.same_person)
            card.changed.connect(self.changed)
            self.cards.append(card)
            self._found.addWidget(card)
        if checked.look_alikes:
            self._found.addWidget(self._alike_card(checked))
        if checked.duplicates:
            self._say("alert", tr("Perhaps enrolled already"), "")
        elif checked.look_alikes:
            self._say("check", tr("Nobody is enrolled twice"), "")
        else:
            self._say(
                "check",
                tr("Nobody is enrolled twice, and nobody looks alike"),
                tr("The new photos were compared with everybody who is enrolled."),
            )
        self.changed.emit()

    def _alike_card(self, checked: Checked) -> Card:
        card = Card(padding=2)
        card.body.addWidget(label(tr("Looks like"), "sectionTitle"))
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE_PX)
        for other in checked.look_alikes[:_MOST_SHOWN]:
            caption = tr("{name}, {score:.2f}", name=apart(_short(other.name)), score=other.score)
            column = _captioned(self._theme, checked.portraits[other.person_id], caption, 72)
            same = Button(
                self._theme,
                tr("Same person"),
                name=tr("{name} is the same person: add the photos there", name=other.name),
            )
            same.setToolTip(tr("Add the photos to {name}", name=other.name))
            same.clicked.connect(partial(self.same_person.emit, other.person_id))
            column.addWidget(same)
            row.addLayout(column)
        row.addStretch(1)
        card.body.addLayout(row)
        more = len(checked.look_alikes) - _MOST_SHOWN
        words = tr(
            "The kiosk asks for a clear lead between them, and for a PIN where the face alone "
            "cannot decide. Give both a PIN or a badge."
        )
        if more > 0:
            words = tr("And {count} more.", count=more) + " " + words
        card.body.addWidget(label(words, "muted", wrap=True))
        return card

    def _say(self, icon: str, verdict: str, hint: str) -> None:
        token = {"alert": "danger_text", "check": "good"}.get(icon, "muted")
        self._mark.setPixmap(pixmap_of(icon, self._theme.colour(token), 28))
        self.verdict.setText(verdict)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.setAccessibleDescription(f"{verdict}. {hint}")

    def _clear(self) -> None:
        self.cards = []
        while (item := self._found.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def _captioned(theme: Theme, jpeg: bytes, caption: str, size_px: int = _LARGE_PX) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(SPACE_PX // 2)
    thumb = Thumb(theme, size_px)
    thumb.show_jpeg(jpeg)
    thumb.setAccessibleName(caption)
    words = label(caption, "muted")
    words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    column.addWidget(thumb, 0, Qt.AlignmentFlag.AlignHCenter)
    column.addWidget(words)
    column.addStretch(1)
    return column


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"
