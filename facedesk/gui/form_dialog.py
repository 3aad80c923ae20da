"""A small form that stays open with the reason when what it says is refused."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from facedesk.core.corrections import Signature
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.gui.controls import Button, label
from facedesk.gui.dialogs import Message
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk


class FormDialog(Message):
    """`fields` under their captions; `saved` is emitted after `save` has done its work."""

    saved = Signal()

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None,
        title: str,
        words: str,
        fields: Sequence[tuple[str, QWidget]],
        *,
        leave: str = "",
    ) -> None:
        super().__init__(theme, parent, title, [words])
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.form = QFormLayout()
        self.form.setVerticalSpacing(SPACE_PX)
        for text, field in fields:
            caption = label(text)
            caption.setBuddy(field)
            field.setAccessibleName(text)
            self.form.addRow(caption, field)
        self.extra.addLayout(self.form)
        self.extra.addWidget(self.problem)
        self.leave = self.add(leave or tr("Cancel"))

    def offer(self, text: str, kind: str, save: Callable[[], object]) -> Button:
        """A button that does `save` and closes the form, unless a FaceDeskError says why not."""
        made = self.add(text, kind, close=False)
        made.clicked.connect(lambda: self.attempt(save))
        made.setDefault(kind == "primary")
        return made

    def attempt(self, save: Callable[[], object]) -> None:
        try:
            save()
        except FaceDeskError as error:
            self.tell(" ".join(filter(None, (error.message, error.hint))))
            return
        self.accept()
        self.saved.emit()

    def tell(self, problem: str) -> None:
        """Below the fields; '' takes it away."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.fit()


class SignatureFields:
    """Who is responsible, which nobody can change who is signed in, and why."""

    def __init__(self, desk: "Desk", example: str) -> None:
        self.who = QLineEdit(desk.access.actor().who)
        self.who.setReadOnly(desk.access.guarded)
        self.why = QLineEdit()
        self.why.setPlaceholderText(example)

    @property
    def rows(self) -> list[tuple[str, QWidget]]:
        return [(tr("Who"), self.who), (tr("Why"), self.why)]

    @property
    def signature(self) -> Signature:
        return Signature(self.who.text(), self.why.text())
