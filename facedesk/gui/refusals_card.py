"""Faces that were refused because no living person seemed to be there: whose, when and why."""

from typing import TYPE_CHECKING

from facedesk.core.attendance import zone_info
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.gui.controls import Card, Line, label
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import Theme
from facedesk.store.refusals import Refusal, RefusedBy

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk

_SHOWN = 100
_HEIGHT_PX = 260
_BY = {
    RefusedBy.PASSIVE: lambda: tr("by its look"),
    RefusedBy.REPLAY: lambda: tr("as a recording"),
    RefusedBy.CHALLENGE: lambda: tr("by the movements"),
}


class RefusalsCard(Card):
    """The newest attempts. There are no pictures; the named may know nothing of it."""

    def __init__(self, desk: "Desk", theme: Theme, portraits: Portraits) -> None:
        super().__init__()
        self._desk = desk
        self._names: dict[int, str] = {}
        self.words = Line("", "muted")
        self.rows: RowsModel[Refusal] = RowsModel(self._columns(), lambda _row: (0, ""))
        self.table = Table(theme, portraits, self.rows, person_column=None, wide_column=3)
        self.table.setAccessibleName(tr("Refused faces"))
        self.table.setMinimumHeight(_HEIGHT_PX)
        self.body.addWidget(label(tr("Refused faces"), "sectionTitle"))
        self.body.addWidget(self.words)
        self.body.addWidget(self.table)

    def refresh(self) -> None:
        """Read the newest attempts."""
        try:
            found = self._desk.refusals.newest(_SHOWN)
            self._names = {person.id: person.name for person in self._desk.people.list()}
        except FaceDeskError as error:
            self.words.say(error.message)
            return
        self.rows.fill(found)
        self.table.setVisible(bool(found))
        self.words.say(
            tr("These faces got no name, because a picture or recording was taken to be shown.")
            if found
            else tr("No picture or recording was shown to the camera so far.")
        )

    def _columns(self) -> list[Column[Refusal]]:
        return [
            Column(tr("When"), self._when, key=lambda row: row.id),
            Column(tr("Face of"), lambda row: self._names.get(row.person_id, tr("nobody"))),
            Column(tr("Refused"), lambda row: _BY[row.refused_by]()),
            Column(tr("Why"), lambda row: row.reason, tip=lambda row: row.reason),
            Column(tr("Camera"), lambda row: row.source, tip=lambda row: row.source),
        ]

    def _when(self, row: Refusal) -> str:
        local = row.utc.astimezone(zone_info(self._desk.zone))
        return f"{local:%Y-%m-%d %H:%M}"
