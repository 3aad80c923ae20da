"""Stories of the office: who is here, a month added up, corrected, exported, agreed and closed."""

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from facedesk.core.audit import Act
from facedesk.core.facts import PunchRecorded
from facedesk.core.records import Direction, Person
from facedesk.core.schedules import Absence, AbsenceKind, Assignment, Schedule
from facedesk.gui import dialogs
from facedesk.gui.absences_view import AbsenceDialog
from facedesk.gui.closing_view import ClosingDialog
from facedesk.gui.correct_dialog import CorrectDialog
from facedesk.gui.dialogs import Message
from facedesk.gui.hours_page import HoursPage
from facedesk.gui.main_window import MainWindow
from facedesk.gui.schedule_dialogs import AssignDialog, EndDialog, ScheduleDialog
from facedesk.gui.tables import RowsModel
from facedesk.store.audit import Audit
from tests.gui.fake_desk import FakeDesk

TODAY, SHEETS, DEPARTMENTS, CHARTS, SCHEDULES, ABSENCES, CLOSING = range(7)


@pytest.fixture
def staff(desk: FakeDesk, window: MainWindow, qtbot: QtBot) -> list[Person]:
    """It is Tuesday 08:58. Ada is in, Bob was due at 08:00, Cleo is on leave; 9 h yesterday."""
    ada, bob, cleo = (
        desk.add_person(name, department=department)
        for name, department in (("Ada", "Desk"), ("Bob", "Desk"), ("Cleo", "Tables"))
    )
    desk.schedules.save(Schedule("Office", "Mon-Fri 08:00-16:00"))
    desk.schedules.assign(Assignment("Office", date(2026, 11, 1)))
    today = date(2026, 11, 24)
    desk.schedules.add_absence(Absence(cleo.id, AbsenceKind.LEAVE, today, today))
    now = desk.clock.utc()
    desk.punch(ada, Direction.IN, now - timedelta(days=1, hours=1))
    desk.punch(ada, Direction.OUT, now - timedelta(days=1) + timedelta(hours=8))
    desk.punch(ada, Direction.IN, now - timedelta(minutes=48))
    desk.punch(bob, Direction.IN, now - timedelta(days=1))
    window.show_page(3)
    qtbot.waitUntil(lambda: window.hours.today.board.rowCount() == 3)
    return [ada, bob, cleo]


def cells(model: RowsModel, row: int, *columns: int) -> list[str]:
    return [str(model.index(row, column).data()) for column in columns]


def board(window: MainWindow) -> list[list[str]]:
    model = window.hours.today.board
    return [cells(model, row, 0, 2, 3) for row in range(model.rowCount())]


def open_sheets(window: MainWindow, qtbot: QtBot, person: Person | None = None) -> HoursPage:
    page = window.hours
    page.views.button(SHEETS).click()
    qtbot.waitUntil(lambda: page.timesheets.totals.rowCount() == 3)
    if person is not None:
        page.timesheets.open_person(person.id)
        qtbot.waitUntil(lambda: page.timesheets.days.rowCount() == 24)
    return page


def test_the_board_says_where_everybody_is(window: MainWindow, staff: list[Person]) -> None:
    assert board(window) == [
        ["Ada", "In now", "08:10"], ["Bob", "Late", "08:00"], ["Cleo", "Excused", ""],
    ]  # fmt: skip
    assert window.hours.today.summary.said == "1 In now · 1 Late · 1 Excused"


def test_the_board_is_searched_by_name_and_department(
    window: MainWindow, staff: list[Person]
) -> None:
    window.hours.today.search.setText("TAB")
    assert [row[0] for row in board(window)] == ["Cleo"]
    window.hours.today.search.setText("desk b")
    assert [row[0] for row in board(window)] == ["Bob"]


def test_a_punch_shows_at_once(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    punch = desk.punch(staff[1], Direction.IN)
    desk.tell(PunchRecorded(punch.utc, punch, staff[1], 0.0))
    qtbot.waitUntil(lambda: board(window)[1] == ["Bob", "In now", "08:58"])
    assert cells(window.hours.today.board, 1, 5) == ["0:58"]


def test_lateness_appears_by_itself(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    desk.clock.advance(8 * 3600)
    window.hours.today.timer.timeout.emit()
    qtbot.waitUntil(lambda: ["Bob", "Absent", "08:00"] in board(window))
    assert window.hours.today.timer.isActive()
    window.show_page(0)
    assert not window.hours.today.timer.isActive()


def test_the_month_of_everybody_and_the_days_of_one(
    window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    view = open_sheets(window, qtbot).timesheets
    names = {cells(view.totals, row, 0)[0]: row for row in range(3)}
    assert cells(view.totals, names["Ada"], 3, 5) == ["9:48", "1:00"]
    assert cells(view.totals, names["Bob"], 8) == ["1"]
    assert "1 missing punch" in view.summary.said
    view.total_table.doubleClicked.emit(view.totals.index(names["Ada"], 0))
    qtbot.waitUntil(lambda: view.stack.currentIndex() == 1)
    assert view.days.rowCount() == 24
    assert cells(view.days, 22, 0, 1, 2, 4, 7) == [
        "Mon 23 Nov 2026", "07:58", "16:58", "9:00", "+1:00",
    ]  # fmt: skip
    view.person.setCurrentIndex(0)
    qtbot.waitUntil(lambda: view.stack.currentIndex() == 0)


def test_any_month_and_never_one_that_lies_ahead(
    window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    view = open_sheets(window, qtbot).timesheets
    assert not view.month.after.isEnabled()
    view.month.before.click()
    qtbot.waitUntil(lambda: "nothing worked" in view.summary.said)
    assert view.month.days == (date(2026, 10, 1), date(2026, 10, 31))
    for _ in range(10):
        view.month.before.click()
    assert view.month.words.text() == "December 2025"
    for _ in range(20):
        view.month.after.click()
    assert view.month.days == (date(2026, 11, 1), date(2026, 11, 24))
    qtbot.waitUntil(lambda: "9:48 worked" in view.summary.said)


def test_an_answer_that_comes_too_late_is_dropped(
    window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    view = open_sheets(window, qtbot).timesheets
    view.month.before.click()
    view.month.after.click()
    qtbot.waitUntil(lambda: "9:48 worked" in view.summary.said)
    QApplication.processEvents()
    assert "Nov" in view.summary.said


def test_a_punch_is_corrected_in_the_time_sheet(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    """Bob forgot to check out yesterday."""
    view = open_sheets(window, qtbot, staff[1]).timesheets
    assert not view.panel.add_button.isEnabled()
    view.day_table.selectRow(22)
    assert [made.text() for made in view.panel.buttons()] == ["08:58 In"]
    view.panel.add_button.click()
    (dialog,) = view.panel.findChildren(CorrectDialog)
    assert dialog.person.currentData() == staff[1].id
    assert dialog.day.date() == QDate(2026, 11, 23)
    dialog.time.setText("17:00")
    dialog.direction.setCurrentIndex(dialog.direction.findData(Direction.OUT))
    dialog.signed.why.setText("seen by the door")
    with qtbot.waitSignal(window.hours.corrected):
        dialog.save.click()
    qtbot.waitUntil(lambda: cells(view.days, 22, 2, 4) == ["17:00", "8:02"])
    qtbot.waitUntil(lambda: len(view.panel.buttons()) == 2)
    assert [made.text() for made in view.panel.buttons()] == ["08:58 In", "17:00 Out *"]
    view.panel.buttons()[0].click()
    dialog = view.panel.findChildren(CorrectDialog)[-1]
    assert dialog.time.text() == "08:58"
    dialog.close()


@pytest.mark.parametrize(
    ("action", "suffix", "starts"),
    [("export_workbook", "xlsx", b"PK"), ("export_copies", "pdf", b"%PDF"),
     ("hours", "csv", b"\xef\xbb\xbfStaff number,")],
)  # fmt: skip
def test_the_month_is_written(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, action: str, suffix: str, starts: bytes,
) -> None:  # fmt: skip
    path = tmp_path / f"month.{suffix}"
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_: path)
    view = open_sheets(window, qtbot).timesheets
    view.menu.aboutToShow.emit()
    offered = [one.text() for one in view.menu.actions()]
    assert {"Excel workbook", "hours", "datev-lodas", "adp-paydata"} <= set(offered)
    if suffix == "csv":
        next(one for one in view.menu.actions() if one.text() == action).trigger()
    else:
        getattr(view, action)()
    qtbot.waitUntil(lambda: path.name in view.summary.said)
    assert path.read_bytes().startswith(starts)
    if suffix == "xlsx":
        sheets = openpyxl.load_workbook(path).sheetnames
        assert sheets == ["2026-11-01 to 2026-11-24", "Ada", "Bob", "Cleo"]
    noted = Audit(desk.database).entries(limit=1)[0]
    assert noted.act == Act.DATA_EXPORTED
    assert noted.after is not None
    assert (noted.after["kind"], noted.after["days"]) == (suffix, "2026-11-01 - 2026-11-24")


def test_a_profile_that_is_not_complete_says_what_it_needs(
    window: MainWindow, staff: list[Person], qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_: tmp_path / "x.txt")
    view = open_sheets(window, qtbot).timesheets
    view.export_profile("datev-lodas")
    qtbot.waitUntil(lambda: bool(view.findChildren(Message)))
    assert not (tmp_path / "x.txt").exists()


def test_departments(window: MainWindow, staff: list[Person], qtbot: QtBot) -> None:
    view = window.hours.departments
    window.hours.views.button(DEPARTMENTS).click()
    qtbot.waitUntil(lambda: view.rows.rowCount() == 2)
    assert cells(view.rows, 0, 0, 1, 3, 8) == ["Desk", "1 / 2", "9:48", "1"]
    assert cells(view.rows, 1, 0, 1) == ["Tables", "0 / 1"]


def test_charts_are_drawn_and_said(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    view = window.hours.charts
    window.hours.views.button(CHARTS).click()
    qtbot.waitUntil(lambda: "3 arrivals" in view.arrivals.words.said)
    assert "2 of 3 days began late" in view.lateness.words.said
    assert "9:48 worked of" in view.weeks.words.said
    assert view.weeks.plot.accessibleDescription() == view.weeks.words.said
    view.department.setCurrentIndex(view.department.findData("Tables"))
    qtbot.waitUntil(lambda: view.arrivals.words.said == "Nobody came.")


def test_a_schedule_is_written_checked_assigned_and_ended(
    desk: FakeDesk, window: MainWindow, staff: list[Person]
) -> None:
    view = window.hours.schedules
    window.hours.views.button(SCHEDULES).click()
    assert cells(view.schedules, 0, 0, 1) == ["Office", "Mon-Fri 08:00-16:00"]
    view.new_button.click()
    (form,) = view.findChildren(ScheduleDialog)
    form.name.setText("Late")
    form.pattern.setText("Mon 14-22")
    assert form.pattern.property("wrong") and not form.rotation.isVisible()
    form.pattern.setText("Mon-Fri 14:00-22:00 | off")
    form.breaks.setText("6 hours")
    form.pattern.setText("Mon-Fri 14:00-22:00 | Mon-Fri 06:00-14:00")
    assert form.rotation.isVisible() and not form.pattern.property("wrong")
    assert form.height() <= 565, "with its title bar it fits on 600 pixels"
    assert not form.favour.isEnabled()
    form.rounding.setCurrentIndex(1)
    assert form.favour.isEnabled()
    form.rounding.setCurrentIndex(0)
    form.attempt(form._save)
    assert "6h:30min" in form.problem.text()
    form.breaks.setText("6h:30min")
    form.holidays.setText("DE-BY")
    form.overtime.setText("40h")
    form.attempt(form._save)
    assert desk.schedules.get("Late").overtime_week_min == 2400
    assert view.schedules.rowCount() == 2

    view.table.selectRow(0)
    view.assign_button.click()
    (assign,) = view.findChildren(AssignDialog)
    assert assign.schedule.currentData() == "Late"
    assign.whom.setCurrentIndex(assign.whom.findText("Bob"))
    assign.attempt(assign._save)
    assert cells(view.assignments, 1, 0, 1, 3) == ["Bob", "Late", "until further notice"]

    view.assigned.selectRow(1)
    view.end_button.click()
    (ended,) = view.findChildren(EndDialog)
    ended.last.setDate(QDate(2026, 11, 1))
    ended.attempt(ended._save)
    assert view.assignments.rowCount() == 1
    view.table.selectRow(0)
    view.remove_button.click()
    view.findChildren(Message)[-1].accept()
    view._remove("Late")
    assert view.schedules.rowCount() == 1
    view._remove("Office")
    assert "in use" in view.findChildren(Message)[-1].windowTitle()


def test_an_absence_is_entered_shown_and_taken_back(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    view = window.hours.absences
    window.hours.views.button(ABSENCES).click()
    assert cells(view.rows, 0, 0, 1) == ["Cleo", "Leave"]
    view.add_button.click()
    (form,) = view.findChildren(AbsenceDialog)
    form.attempt(form._save)
    assert "Choose a person" in form.problem.text()
    form.person.setCurrentIndex(form.person.findText("Bob"))
    form.kind.setCurrentIndex(form.kind.findData(AbsenceKind.SICK))
    form.first.setDate(QDate(2026, 11, 25))
    assert form.last.date() == QDate(2026, 11, 25)
    form.attempt(form._save)
    assert view.rows.rowCount() == 2
    path = tmp_path / "absences.ics"
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_: path)
    view.export_button.click()
    qtbot.waitUntil(lambda: "absences.ics" in view.summary.said)
    assert "Bob: absent" in path.read_text("utf-8")
    assert Audit(desk.database).entries(limit=1)[0].after == {"absences": "2", "kind": "ics"}
    view.table.selectRow(0)
    view.remove_button.click()
    confirm = view.findChildren(Message)[-1]
    assert "Bob" in confirm.accessibleDescription()
    view._remove(view.rows.row(0)[0])
    assert view.rows.rowCount() == 1


def test_a_month_is_closed_with_who_and_why(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    view = window.hours.closing
    window.hours.views.button(CLOSING).click()
    assert view.state.text() == "Nothing is closed yet."
    qtbot.waitUntil(lambda: "Nothing is missing" in view.needs_words.text())
    view.month.after.click()
    qtbot.waitUntil(lambda: "1 missing punches" in view.needs_words.text())
    view.close_button.click()
    (form,) = view.findChildren(ClosingDialog)
    assert form.until.date() == QDate(2026, 11, 23)
    form.attempt(form._save)
    assert "Why" in form.problem.text()
    form.signed.why.setText("payroll is done")
    form.attempt(form._save)
    assert view.state.text() == "Paid and closed up to Mon 23 Nov 2026."
    assert cells(view.rows, 0, 0, 3) == ["Mon 23 Nov 2026", "payroll is done"]
    assert desk.corrections.closings()[0].until == date(2026, 11, 23)
