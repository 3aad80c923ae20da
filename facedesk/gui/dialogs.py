"""The one door for every message to the user: errors, bugs, confirmations, waiting, file choice.

All dialogs are window-modal and return at once; answers arrive through callbacks, so nothing ever
runs in a nested event loop. Only the file choosers use the system's own blocking dialog.
"""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from facedesk import __version__
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.gui.bridge import Task
from facedesk.gui.controls import Button, Line, label
from facedesk.gui.icons import pixmap_of
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.logs import redacted

log = logging.getLogger(__name__)


class Message(QDialog):
    """A title, some words and buttons; closes itself on any answer."""

    room_px = 480

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None,
        title: str,
        paragraphs: list[str],
        icon: str = "",
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(" ".join(paragraphs))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX)
        outer.setSpacing(2 * SPACE_PX)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE_PX)
        if icon:
            mark = QLabel()
            mark.setPixmap(pixmap_of(icon, theme.colour("danger_text"), 26))
            head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(label(title, "dialogTitle", wrap=True), 1)
        outer.addLayout(head)
        for number, text in enumerate(paragraphs):
            words = label(text, "muted" if number else "", wrap=True)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            outer.addWidget(words)
        self.extra = QVBoxLayout()
        outer.addLayout(self.extra)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(SPACE_PX)
        self.buttons.addStretch(1)
        outer.addLayout(self.buttons)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()
        parent = self.parentWidget()
        if parent is not None:  # Qt placed it by another size, and a kiosk may manage no windows
            place = self.frameGeometry()
            place.moveCenter(parent.window().frameGeometry().center())
            self.move(place.topLeft())

    def fit(self) -> None:
        """As high as what it shows. Wrapped words know their height only once the width is
        fixed.
        """
        layout = self.layout()
        assert layout is not None
        self.setFixedSize(self.room_px, max(160, layout.totalHeightForWidth(self.room_px)))

    def add(
        self,
        text: str,
        kind: str = "",
        then: Callable[[], None] | None = None,
        *,
        close: bool = True,
    ) -> Button:
        """Add an answer; `then` runs after the dialog has closed."""
        made = Button(self._theme, text, kind)

        def answer() -> None:
            if close:
                self.accept()
            if then is not None:
                then()

        made.clicked.connect(answer)
        self.buttons.addWidget(made)
        return made


def show_error(theme: Theme, parent: QWidget | None, error: Exception) -> Message:
    """Tell an error: what happened and what to do; anything unforeseen is called a bug."""
    if isinstance(error, FaceDeskError):
        words = [text for text in (error.message, error.hint) if text]
        message = Message(theme, parent, error.title, words, "alert")
        message.add(tr("Close"), "primary").setDefault(True)
    else:
        log.error("unexpected exception in the window", exc_info=error)
        message = _bug(theme, parent, error)
    message.open()
    return message


def teller(theme: Theme, parent: QWidget | None) -> Callable[[Exception], None]:
    """What `Bridge.run` calls with an error that only needs to be told."""

    def tell(error: Exception) -> None:
        show_error(theme, parent, error)

    return tell


def in_sentences(error: FaceDeskError) -> str:
    """The error for a line beside what it is about."""
    parts = (error.title, error.message, error.hint)
    return " ".join(part.rstrip(".") + "." for part in parts if part)


def _bug(theme: Theme, parent: QWidget | None, error: Exception) -> Message:
    message = Message(
        theme,
        parent,
        tr("This is a bug in FaceDesk"),
        [
            tr("Something happened that we did not foresee. Nothing that was announced is lost."),
            redacted(f"{type(error).__name__}: {error}"),
        ],
        "alert",
    )
    trace = redacted("".join(traceback.format_exception(error)))
    details = f"FaceDesk {__version__}\n{trace}"
    message.add(
        tr("Copy details"), then=lambda: QGuiApplication.clipboard().setText(details), close=False
    )
    message.add(tr("Close"), "primary").setDefault(True)
    return message


def confirm(
    theme: Theme,
    parent: QWidget | None,
    title: str,
    paragraphs: list[str],
    action: str,
    then: Callable[[], None],
    *,
    dangerous: bool = False,
) -> Message:
    """Ask; `then` runs on yes. The safe answer has the focus."""
    message = Message(theme, parent, title, paragraphs, "alert" if dangerous else "")
    cancel = message.add(tr("Cancel"))
    message.add(action, "danger" if dangerous else "primary", then)
    message.open()
    cancel.setFocus()
    return message


class Waiting(QDialog):
    """Progress of a job, with Cancel; closes by itself when the job ends."""

    def __init__(self, theme: Theme, parent: QWidget | None, title: str, task: Task) -> None:
        super().__init__(parent)
        self._task = task
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        body = QVBoxLayout(self)
        body.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX)
        body.setSpacing(2 * SPACE_PX)
        body.addWidget(label(title, "dialogTitle", wrap=True))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(tr("Progress"))
        self.words = Line("", "muted")
        body.addWidget(self.bar)
        body.addWidget(self.words)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.cancel_button = Button(theme, tr("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        foot.addWidget(self.cancel_button)
        body.addLayout(foot)
        task.progressed.connect(self._show)
        task.ended.connect(self.accept)

    def sizeHint(self) -> QSize:
        return QSize(440, 170)

    def _show(self, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.words.say(text)

    def reject(self) -> None:
        """Cancel (button or Esc): stays open until the job has really ended."""
        self._task.cancel()
        self.cancel_button.setEnabled(False)
        self.words.say(tr("Cancelling"))


def wait_for(theme: Theme, parent: QWidget | None, title: str, task: Task) -> Waiting:
    """Show the progress of a running task."""
    waiting = Waiting(theme, parent, title, task)
    waiting.open()
    return waiting


def ask_pictures(parent: QWidget | None) -> list[Path]:
    """The photos that the user chose; [] on cancel."""
    from facedesk.vision.pictures import PICTURE_SUFFIXES

    endings = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
    kinds = f"{tr('Pictures')} ({endings});;{tr('All files')} (*)"
    chosen, _ = QFileDialog.getOpenFileNames(parent, tr("Choose photos"), "", kinds)
    return [Path(name) for name in chosen]


def ask_folder(parent: QWidget | None, title: str) -> Path | None:
    """The folder that the user chose; None on cancel."""
    chosen = QFileDialog.getExistingDirectory(parent, title)
    return Path(chosen) if chosen else None


def ask_file(parent: QWidget | None, title: str, kind: str) -> Path | None:
    """A file whose name ends with `kind`; None on cancel."""
    chosen, _ = QFileDialog.getOpenFileName(parent, title, "", f"{kind.upper()} (*.{kind})")
    return Path(chosen) if chosen else None


def ask_save_path(parent: QWidget | None, suggestion: Path, kind: str) -> Path | None:
    """Where to save; None on cancel. `kind` is the file name's ending without the dot."""
    chosen, _ = QFileDialog.getSaveFileName(
        parent, tr("Export"), str(suggestion), f"{kind.upper()} (*.{kind})"
    )
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix else path.with_suffix(f".{kind}")
