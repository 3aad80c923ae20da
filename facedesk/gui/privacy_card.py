"""What is due to be erased, and a person's own data."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from facedesk.core.language import tr
from facedesk.core.retention import Due, Kept
from facedesk.engine.daily_care import limits_of
from facedesk.engine.subject_access import write_subject_access
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Line, SearchChoice, label
from facedesk.gui.login import needs
from facedesk.gui.theme import SPACE_PX, Theme
from facedesk.store.retention import Retention

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress


class PrivacyCard(Card):
    """Asks the database in the jobs thread; nothing is erased before somebody has seen what."""

    def __init__(
        self, desk: "Desk", bridge: Bridge, theme: Theme, erased: "SignalInstance"
    ) -> None:
        super().__init__()
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._erased = erased
        self.due: list[Due] = []
        self.erase_button = Button(theme, tr("Erase what is due"), "danger")
        self.erase_button.clicked.connect(self.ask_erase)
        self.erase_button.hide()  # until something is known to be due
        self.lines = QVBoxLayout()
        self.lines.setSpacing(SPACE_PX // 2)
        self.person = SearchChoice(theme)
        self.person.setAccessibleName(tr("Person"))
        self.person.setMinimumWidth(240)
        self.export_button = Button(theme, tr("Export a person's data"))
        self.export_button.clicked.connect(self.export)
        self.state = Line("", "muted")
        head = QHBoxLayout()
        head.addWidget(label(tr("Privacy"), "sectionTitle"), 1)
        head.addWidget(self.erase_button)
        own = QHBoxLayout()
        own.setSpacing(SPACE_PX)
        own.addWidget(self.person)
        own.addWidget(self.export_button)
        own.addWidget(self.state, 1)
        self.body.addLayout(head)
        self.body.addLayout(self.lines)
        self.body.addWidget(
            label(
                tr(
                    "Whoever asks for their own data gets a ZIP file: a page to read, pictures, "
                    "and everything as JSON."
                ),
                "muted",
                wrap=True,
            )
        )
        self.body.addLayout(own)

    def refresh(self) -> None:
        """Look what is due and who is there."""
        self.person.clear()
        for person in self._desk.people.list():
            self.person.addItem(person.name, person.id)
        self.export_button.setEnabled(self.person.count() > 0)
        retention, limits = Retention(self._desk.database), limits_of(self._desk.settings)
        self._bridge.run(
            lambda _progress: retention.due(limits),
            done=self._show,
            failed=dialogs.teller(self._theme, self),
        )

    def _show(self, found: list[Due]) -> None:
        self.due = found
        while (item := self.lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        words = [due_text(one) for one in found] or [
            tr("Nothing is due to be erased. How long data is kept is set in the settings.")
        ]
        for text in words:
            self.lines.addWidget(label(text, "" if found else "muted", wrap=True))
        self.erase_button.setVisible(bool(found))

    @needs("privacy erase")
    def ask_erase(self) -> None:
        """Say what goes, then erase it in the jobs thread."""
        people = self._desk.people
        names = [people.get(number).name for one in self.due for number in one.people]
        listed = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
        paragraphs = [*(due_text(one) for one in self.due), *([listed] if listed else [])]
        paragraphs.append(tr("It cannot be brought back. Backups made before still hold it."))
        dialogs.confirm(
            self._theme, self, tr("Erase what is due?"), paragraphs, tr("Erase"), self._erase,
            dangerous=True,
        )  # fmt: skip

    def _erase(self) -> None:
        retention, limits = Retention(self._desk.database), limits_of(self._desk.settings)
        who = self._desk.access.actor().who or "window"

        def work(progress: "Progress") -> list[Due]:
            return retention.erase(limits, who, progress)

        task = self._bridge.run(work, done=self._done, failed=dialogs.teller(self._theme, self))
        dialogs.wait_for(self._theme, self, tr("Erasing"), task)

    def _done(self, found: list[Due]) -> None:
        self.state.say(tr("Erased: {what}", what="; ".join(due_text(one) for one in found)))
        self.refresh()
        self._erased.emit()

    @needs("privacy export")
    def export(self) -> None:
        """Ask where to, then write everything about the chosen person."""
        person_id = self.person.currentData()
        if person_id is None:
            return
        folder = self._desk.paths.exports
        folder.mkdir(parents=True, exist_ok=True)
        path = dialogs.ask_save_path(self, folder / f"person-{person_id}.zip", "zip")
        if path is not None:
            self.write(person_id, path)

    def write(self, person_id: int, path: Path) -> None:
        """In the jobs thread."""
        desk = self._desk

        def work(_progress: "Progress") -> Path:
            write_subject_access(desk.database, person_id, desk.zone, path)
            return path

        self._bridge.run(work, done=self._written, failed=dialogs.teller(self._theme, self))

    def _written(self, path: Path) -> None:
        self.state.say(tr("Written to {path}", path=path))


def due_text(due: Due) -> str:
    """One line: what, how many, older than when."""
    day = f"{due.before_utc:%Y-%m-%d}"
    match due.kind:
        case Kept.LEAVERS:
            return tr("People who left, last heard of before {day}: {count}", day=day,
                      count=due.count)  # fmt: skip
        case Kept.PICTURES:
            return tr("Enrolment pictures from before {day}: {count}", day=day, count=due.count)
        case Kept.PUNCHES:
            return tr("Punches from before {day}: {count}", day=day, count=due.count)
        case Kept.AUDIT:
            return tr("Audit entries from before {day}: {count}", day=day, count=due.count)
