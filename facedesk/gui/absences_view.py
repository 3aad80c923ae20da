"""Leave, illness and other excused absences: seen, entered, taken back, given to a calendar."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from facedesk.core.audit import Act
from facedesk.core.errors import BadInputError, FaceDeskError
from facedesk.core.language import tr
from facedesk.core.schedules import Absence, AbsenceKind, DayPart
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge
from facedesk.gui.controls import Button, Card, Choice, DayEdit, Line, SearchChoice
from facedesk.gui.form_dialog import FormDialog
from facedesk.gui.hours_view import HoursView, chosen_day, show_day
from facedesk.gui.login import needs
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import Theme
from facedesk.gui.wording import short_day_text
from facedesk.store import audit
from facedesk.store.calendar_file import write_calendar

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress

AbsenceRow = tuple[Absence, str]
_CHIPS = {AbsenceKind.LEAVE: ("leave", "on_leave"), AbsenceKind.SICK: ("warn", "on_warn")}


class AbsencesView(HoursView):
    """The absences of a year, the newest first."""

    def __init__(self, desk: "Desk", bridge: Bridge, theme: Theme, portraits: Portraits) -> None:
        super().__init__(desk, bridge, theme)
        self.person = SearchChoice(theme)
        self.person.setAccessibleName(tr("Person"))
        self.person.setMinimumWidth(200)
        self.year = Choice(theme)
        self.year.setAccessibleName(tr("Year"))
        self.add_button = Button(theme, tr("Add an absence"), "primary", "plus")
        self.remove_button = Button(theme, tr("Remove"))
        self.export_button = Button(theme, tr("As a calendar"))
        self.summary = Line("", "muted")
        self.rows: RowsModel[AbsenceRow] = RowsModel(
            _columns(), lambda row: (row[0].person_id, row[1])
        )
        self.table = Table(theme, portraits, self.rows, person_column=0, wide_column=5)
        self.table.setAccessibleName(tr("Absences"))
        for part in (self.person, self.year):
            self.bar.addWidget(part)
        self.bar.addStretch(1)
        for made in (self.export_button, self.remove_button, self.add_button):
            self.bar.addWidget(made)
        card = Card(padding=1)
        card.body.addWidget(self.table)
        self.body.addWidget(card, 1)
        self.body.addWidget(self.summary)
        self.person.currentIndexChanged.connect(self.refresh)
        self.year.currentIndexChanged.connect(self.refresh)
        self.add_button.clicked.connect(self.add)
        self.remove_button.clicked.connect(self.remove)
        self.export_button.clicked.connect(self.export)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.rows.modelReset.connect(self._selected)

    def refresh(self) -> None:
        self.fill_people(self.person, tr("Everybody"))
        self._fill_years()
        names = {person.id: person.name for person in self._desk.people.list()}
        found = self._desk.schedules.absences(*self._days(), self.person.currentData())
        self.rows.fill([(one, names[one.person_id]) for one in reversed(found)])
        self.export_button.setEnabled(bool(found))
        count = len(found)
        self.summary.say(tr("1 absence") if count == 1 else tr("{count} absences", count=count))

    def _fill_years(self) -> None:
        if not self.year.count():
            blocked = self.year.blockSignals(True)
            for year in range(self.today.year + 1, self.today.year - 5, -1):
                self.year.addItem(str(year), year)
            self.year.setCurrentIndex(1)
            self.year.blockSignals(blocked)

    def _days(self) -> tuple[date, date]:
        year = int(self.year.currentData())
        return date(year, 1, 1), date(year, 12, 31)

    def _selected(self) -> None:
        self.remove_button.setEnabled(self.table.selected_row() is not None)

    @needs("absence add")
    def add(self) -> None:
        dialog = AbsenceDialog(self._desk, self._theme, self, self.person.currentData(), self.today)
        dialog.saved.connect(self.refresh)
        dialog.open()

    @needs("absence remove")
    def remove(self) -> None:
        number = self.table.selected_row()
        if number is None:
            return
        absence, name = self.rows.row(number)
        dialogs.confirm(
            self._theme,
            self,
            tr("Remove this absence?"),
            [
                tr(
                    "{name}, {first} to {last}: the days will count as due again.",
                    name=name,
                    first=short_day_text(absence.first),
                    last=short_day_text(absence.last),
                )
            ],
            tr("Remove"),
            lambda: self._remove(absence),
            dangerous=True,
        )

    def _remove(self, absence: Absence) -> None:
        try:
            self._desk.schedules.remove_absence(absence.id)
        except FaceDeskError as error:
            self.failed(error)
        self.refresh()

    @needs("export")
    def export(self) -> None:
        """What is shown as an .ics file, without the reasons: calendars are shared."""
        folder = self._desk.paths.exports
        folder.mkdir(parents=True, exist_ok=True)
        name = f"facedesk-absences-{self.year.currentData()}.ics"
        path = dialogs.ask_save_path(self, folder / name, "ics")
        if path is None:
            return
        shown = self.rows.rows
        now_utc = self._desk.clock.utc()

        def work(_progress: "Progress") -> Path:
            names = {absence.person_id: name for absence, name in shown}
            absences = [absence for absence, _ in shown]
            write_calendar(path, absences, names, now_utc, with_kind=False)
            written = {"absences": str(len(absences)), "kind": "ics"}
            audit.note(self._desk.database, Act.DATA_EXPORTED, after=written)
            return path

        self._bridge.run(
            work,
            done=lambda path: self.summary.say(tr("Written to {path}", path=path)),
            failed=self.failed,
        )


class AbsenceDialog(FormDialog):
    """Excuses somebody for days, or for halves of them."""

    def __init__(
        self,
        desk: "Desk",
        theme: Theme,
        parent: QWidget | None,
        person_id: int | None,
        today: date,
    ) -> None:
        self._desk = desk
        self.person = SearchChoice(theme)
        for person in desk.people.list():
            self.person.addItem(person.name, person.id)
        self.person.setCurrentIndex(self.person.findData(person_id))
        self.kind = Choice(theme)
        for kind in AbsenceKind:
            self.kind.addItem(kind_text(kind), kind)
        self.part = Choice(theme)
        for part in DayPart:
            self.part.addItem(part_text(part), part)
        self.first = DayEdit(theme)
        self.last = DayEdit(theme)
        for edit in (self.first, self.last):
            show_day(edit, today)
        self.first.dateChanged.connect(self.last.setMinimumDate)
        self.note = QLineEdit()
        super().__init__(
            theme,
            parent,
            tr("Add an absence"),
            tr("The days are excused: they neither count as absent nor against the balance."),
            [
                (tr("Person"), self.person),
                (tr("Kind"), self.kind),
                (tr("First day"), self.first),
                (tr("Last day"), self.last),
                (tr("Part of the day"), self.part),
                (tr("Note"), self.note),
            ],
        )
        self.offer(tr("Save"), "primary", self._save)

    def _save(self) -> None:
        if self.person.currentIndex() < 0:
            raise BadInputError(tr("Nobody chosen"), tr("Choose a person."))
        self._desk.schedules.add_absence(
            Absence(
                self.person.currentData(),
                AbsenceKind(self.kind.currentData()),
                chosen_day(self.first),
                chosen_day(self.last),
                DayPart(self.part.currentData()),
                self.note.text(),
            )
        )


def kind_text(kind: AbsenceKind) -> str:
    return {
        AbsenceKind.LEAVE: tr("Leave"),
        AbsenceKind.SICK: tr("Sick"),
        AbsenceKind.OTHER: tr("Other"),
    }[kind]


def part_text(part: DayPart) -> str:
    return {
        DayPart.WHOLE: tr("Whole days"),
        DayPart.MORNING: tr("Mornings"),
        DayPart.AFTERNOON: tr("Afternoons"),
    }[part]


def _columns() -> list[Column[AbsenceRow]]:
    return [
        Column(tr("Person"), lambda row: row[1], key=lambda row: row[1].casefold()),
        Column(
            tr("Kind"),
            lambda row: kind_text(row[0].kind),
            chip=lambda row: _CHIPS.get(row[0].kind, ("calm", "on_calm")),
        ),
        Column(
            tr("First day"), lambda row: short_day_text(row[0].first), key=lambda row: row[0].first
        ),
        Column(
            tr("Last day"), lambda row: short_day_text(row[0].last), key=lambda row: row[0].last
        ),
        Column(tr("Part of the day"), lambda row: part_text(row[0].part)),
        Column(tr("Note"), lambda row: row[0].note, tip=lambda row: row[0].note),
    ]
