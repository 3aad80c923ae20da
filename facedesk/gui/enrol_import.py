"""Import many people: try it first, watch it, and read what was left out and why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from facedesk.core.language import tr
from facedesk.engine.bulk_import import BulkImport, Entry, Outcome, Report
from facedesk.gui import dialogs
from facedesk.gui.bridge import Bridge, Task
from facedesk.gui.controls import Button, Card, Line, Switch, label
from facedesk.gui.enrol_person import line
from facedesk.gui.portraits import Portraits
from facedesk.gui.tables import Column, RowsModel, Table
from facedesk.gui.theme import SPACE_PX, Theme

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Progress


class Result(StrEnum):
    """What became of the person or the picture."""

    NOT_ENROLLED = "not enrolled"
    LEFT_OUT = "left out"
    HAVE_A_LOOK = "have a look"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the report that somebody should read; `picture` is '' when it is about a person."""

    name: str
    picture: str
    reason: str
    result: Result


def findings_of(report: Report) -> list[Finding]:
    """Who was refused or looks like somebody else, and every picture that was left out or may show
    somebody else.
    """
    found = []
    for row in report.rows:
        name = row.entry.person.name
        if row.reason:
            refused = row.outcome is Outcome.REFUSED
            result = Result.NOT_ENROLLED if refused else Result.HAVE_A_LOOK
            found.append(Finding(name, "", row.reason, result))
        for result, remarks in (
            (Result.HAVE_A_LOOK, row.doubtful),
            (Result.LEFT_OUT, row.refused),
        ):
            found += [Finding(name, one.file.name, one.reason, result) for one in remarks]
    return found


def _columns() -> list[Column[Finding]]:
    return [
        Column(tr("Name"), lambda finding: finding.name),
        Column(tr("Picture"), lambda finding: finding.picture),
        Column(tr("Reason"), lambda finding: finding.reason, tip=lambda finding: finding.reason),
        Column(
            tr("Result"),
            lambda finding: _result_text(finding.result),
            chip=lambda finding: (
                ("danger", "on_danger")
                if finding.result is Result.NOT_ENROLLED
                else ("warn", "on_warn")
            ),
        ),
    ]


def _result_text(result: Result) -> str:
    return {
        Result.NOT_ENROLLED: tr("Not enrolled"),
        Result.LEFT_OUT: tr("Left out"),
        Result.HAVE_A_LOOK: tr("Have a look"),
    }[result]


class ImportDialog(QDialog):
    """Imports `entries`, which were read from `where`. `people_imported` is told after a run that
    enrolled somebody, cancelled or not.
    """

    people_imported = Signal()

    def __init__(
        self,
        desk: "Desk",
        bridge: Bridge,
        theme: Theme,
        portraits: Portraits,
        entries: list[Entry],
        where: str,
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bridge = bridge
        self._theme = theme
        self._entries = entries
        self._task: Task | None = None
        self._tries = False  # whether the run at hand, or the last one, saves nothing
        self._imported: BulkImport | None = None
        self.report = Report()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Import people"))
        self.setAccessibleName(tr("Import people"))
        room = parent.window().size() if parent is not None else QSize(1024, 768)
        self.resize(min(960, room.width() - 6 * SPACE_PX), min(640, room.height() - 5 * SPACE_PX))
        pictures = sum(len(entry.files) for entry in entries)
        self.summary = label(
            tr(
                "{people:,} people with {pictures:,} pictures in {where}",
                people=len(entries),
                pictures=pictures,
                where=where,
            ),
            wrap=True,
        )
        self.rules = label(
            tr(
                "Whoever is enrolled already is left alone. A picture that is poor or does not "
                "look like the person's others is left out, and listed here. You can cancel at any "
                "time: a new import goes on where this one ended."
            ),
            "muted",
            wrap=True,
        )
        self.dry_run = Switch(theme)
        self.dry_run.setAccessibleName(tr("Only try it: judge every picture, save nothing"))
        self.consent_by = line(tr("Consent on paper"), tr("Kept by; empty: no consent"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        self.at = Line("", "muted")
        self.rows: RowsModel[Finding] = RowsModel(_columns(), lambda finding: (0, finding.name))
        self.table = Table(theme, portraits, self.rows, person_column=None, wide_column=2)
        self.table.setAccessibleName(tr("What was left out"))
        self.export_button = Button(theme, tr("Export report"))
        self.close_button = Button(theme, tr("Close"))
        self.start_button = Button(theme, tr("Import"), "primary")
        self.start_button.setDefault(True)
        self._lay_out()
        self.start_button.clicked.connect(self.start)
        self.close_button.clicked.connect(self.reject)
        self.export_button.clicked.connect(self.export)
        self.dry_run.toggled.connect(self._offer)
        self._offer()

    def _lay_out(self) -> None:
        self._dry_row = QWidget()
        row = QHBoxLayout(self._dry_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.dry_run)
        row.addWidget(label(tr("Only try it: judge every picture, save nothing")), 1)
        row.addWidget(label(tr("Consent on paper"), "fieldLabel"))
        row.addWidget(self.consent_by, 1)
        self._results = Card(padding=1)
        self._results.body.addWidget(self.table)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        foot.addWidget(self.export_button)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.start_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * SPACE_PX, 3 * SPACE_PX, 3 * SPACE_PX, 2 * SPACE_PX)
        whole.setSpacing(2 * SPACE_PX)
        whole.addWidget(label(tr("Import people"), "dialogTitle"))
        whole.addWidget(self.summary)
        whole.addWidget(self.rules)
        whole.addWidget(self._dry_row)
        whole.addWidget(self.bar)
        whole.addWidget(self.at)
        whole.addWidget(self._results, 1)
        whole.addStretch()
        whole.addLayout(foot)

    def _offer(self) -> None:
        """Show what fits the state: ready, running, or done."""
        running = self._task is not None
        told = bool(self.report.rows) or self.report.cancelled
        self.rules.setVisible(not told)
        self.bar.setVisible(running)
        self.at.setVisible(running)
        self._dry_row.setEnabled(not running)
        self._results.setVisible(bool(self.rows.rows))
        self.export_button.setVisible(told and not running)
        self.start_button.setEnabled(not running)
        self.start_button.setText(tr("Try it") if self.dry_run.isChecked() else tr("Import"))
        self.close_button.setText(tr("Cancel") if running else tr("Close"))

    def start(self) -> None:
        """Import, or only try, in the jobs thread."""
        if self._task is not None:
            return
        desk, entries, dry_run = self._desk, self._entries, self.dry_run.isChecked()
        save = desk.administration.saver(self.consent_by.text())
        self._tries = dry_run

        def work(progress: "Progress") -> None:
            self._imported = BulkImport(desk.enrolment, desk.people, desk.clock, save)
            for _row in self._imported.run(entries, dry_run=dry_run, progress=progress):
                pass

        self.bar.setRange(0, 0)
        self.at.say("")
        self._task = self._bridge.run(
            work, done=lambda _result: None, failed=dialogs.teller(self._theme, self)
        )
        self._task.progressed.connect(self._show_progress)
        self._task.ended.connect(self._ended)
        self._offer()
        self.close_button.setFocus()

    def _show_progress(self, done: int, total: int, name: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        words = tr("{done:,} of {total:,} pictures: {name}", done=done, total=total, name=name)
        self.at.say(words if name else "")

    def _ended(self) -> None:
        self._task = None
        self.report = self._imported.report if self._imported is not None else Report()
        self.rows.fill(findings_of(self.report))
        parts = [self.report.in_words()]
        if self._tries:
            parts.insert(0, tr("Tried, nothing is saved:"))
        elif self.report.cancelled:
            parts.insert(0, tr("Cancelled; whoever is enrolled stays, and a new import goes on:"))
        self.summary.setText(" ".join(parts))
        self.setAccessibleDescription(self.summary.text())
        if not self.report.cancelled:
            self.dry_run.setChecked(False)  # tried: now the real one is at hand
        self._offer()
        self.start_button.setFocus()
        if not self._tries and self.report.count(Outcome.ENROLLED):
            self.people_imported.emit()

    def export(self) -> None:
        """Save the report as CSV."""
        path = dialogs.ask_save_path(self, self._desk.paths.exports / "import.csv", "csv")
        if path is None:
            return
        report = self.report
        self._bridge.run(
            lambda _progress: report.save(path),
            done=lambda _lines: self.at.say(tr("Saved as {file}", file=path)),
            failed=dialogs.teller(self._theme, self),
        )
        self.at.show()

    def reject(self) -> None:
        """Close, or Cancel while it runs: then it stays open until the import has really ended."""
        if self._task is None:
            super().reject()
            return
        self._task.cancel()
        self.at.say(tr("Cancelling"))
