"""Who did what to whom, and whether the records are as FaceDesk wrote them."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout

from facedesk.core.attendance import zone_info
from facedesk.core.audit import AuditEntry, Details
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Line, label
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_SHOWN = 200
_HEIGHT_PX = 420


class AuditCard(Card):
    """The newest entries; the check reads all of the database in the jobs thread."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__()
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self.check_button = Button(theme, tr("Check the records"))
        self.check_button.clicked.connect(self.check)
        self.verdict = Line("", "muted")
        self.verdict.hide()
        self.rows: RowsModel[AuditEntry] = RowsModel(self._columns(), lambda _entry: (0, ""))
        self.table = Table(theme, portraits, self.rows, person_column=None, wide_column=4)
        self.table.setAccessibleName(tr("Audit log"))
        self.table.setMinimumHeight(_HEIGHT_PX)
        head = QHBoxLayout()
        head.addWidget(label(tr("Who did what"), "sectionTitle"), 1)
        head.addWidget(self.check_button)
        self.body.addLayout(head)
        self.body.addWidget(self.verdict)
        self.body.addWidget(self.table)

    def refresh(self) -> None:
        """Read the newest entries."""
        try:
            self.rows.fill(self._desk.audit.entries(limit=_SHOWN))
        except FaceDeskError as error:
            self.verdict.show()
            self.verdict.say(error.message)

    def check(self) -> None:
        """Every seal, hash and signature; may take a while, so the window goes on meanwhile."""
        self.check_button.setEnabled(False)
        self.verdict.show()
        self.verdict.say(tr("Checking"))
        self._bridge.run(
            lambda _progress: self._desk.database.check(), done=self._checked, failed=self._failed
        )

    def _checked(self, problems: tuple[str, ...]) -> None:
        self.check_button.setEnabled(True)
        if problems:
            self.verdict.say(
                tr("{count} problems. {first}", count=len(problems), first=problems[0])
            )
        else:
            self.verdict.say(tr("All records are as FaceDesk wrote them."))

    def _failed(self, error: Exception) -> None:
        self.check_button.setEnabled(True)
        self.verdict.hide()
        dialogs.show_error(self._theme, self, error)

    def _columns(self) -> list[Column[AuditEntry]]:
        return [
            Column(tr("When"), self._when, key=lambda entry: entry.id),
            Column(tr("Who"), lambda entry: entry.actor.who or tr("nobody"), tip=_where),
            Column(tr("What"), lambda entry: tr(entry.act)),
            Column(tr("Whom"), lambda entry: entry.subject),
            Column(tr("Changed"), _change, tip=_change),
        ]

    def _when(self, entry: AuditEntry) -> str:
        local = entry.utc.astimezone(zone_info(self._desk.zone))
        return f"{local:%Y-%m-%d %H:%M}"


def _where(entry: AuditEntry) -> str:
    return f"{entry.actor.origin}, {entry.actor.role}".strip(", ")


def _change(entry: AuditEntry) -> str:
    if entry.before is None or entry.after is None:
        return tr("erased with the person")
    names = dict.fromkeys([*entry.before, *entry.after])
    return "; ".join(_words(name, entry.before, entry.after) for name in names)


def _words(name: str, before: Details, after: Details) -> str:
    if name not in before:
        return f"{name}: {after[name]}"
    return f"{name}: {before[name] or '–'} → {after.get(name) or '–'}"
