"""A problem that the user must see, above the page, until it is dismissed."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from facedesk.core.facts import ProblemFound
from facedesk.core.language import tr
from facedesk.gui.controls import Button, label
from facedesk.gui.theme import SPACE_PX, Theme


class Banner(QFrame):
    """Shows the newest problem; hidden while there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.title = label("", "fieldLabel", wrap=True)
        self.words = label("", wrap=True)
        self.dismiss = Button(theme, "", "bannerClose", "close", name=tr("Dismiss"))
        self.dismiss.setFixedWidth(44)
        self.dismiss.clicked.connect(self.hide)
        text = QVBoxLayout()
        text.setSpacing(SPACE_PX // 2)
        text.addWidget(self.title)
        text.addWidget(self.words)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        row.addLayout(text, 1)
        row.addWidget(self.dismiss)
        self.hide()

    def show_problem(self, problem: ProblemFound) -> None:
        self.title.setText(problem.title)
        self.words.setText(" ".join(part for part in (problem.message, problem.hint) if part))
        self.words.setVisible(bool(self.words.text()))
        self.setAccessibleName(f"{problem.title}. {self.words.text()}")
        self.show()
