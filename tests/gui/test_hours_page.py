from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from facedesk.core.records import Direction, Person, PunchRecorded
from facedesk.core.schedules import Absence, AbsenceKind, Assignment, Schedule
from facedesk.gui import dialogs
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk


@pytest.fixture
def staff(desk: FakeDesk, window: MainWindow) -> list[Person]:
    """It is Tuesday 08:58. Ada is in, Bob was due at 08:00, Cleo is on leave; 9 h yesterday."""
    ada, bob, cleo = (desk.add_person(name, department="Desk") for name in ("Ada", "Bob", "Cleo"))
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
    return [ada, bob, cleo]


def board(window: MainWindow) -> list[tuple[str, str, str]]:
    model = window.hours.board
    return [
        (str(model.index(row, 0).data()), str(model.index(row, 2).data()),
         str(model.index(row, 3).data()))
        for row in range(model.rowCount())
    ]  # fmt: skip


def test_the_board_says_where_everybody_is(window: MainWindow, staff: list[Person]) -> None:
    assert board(window) == [
        ("Ada", "In", "08:10"), ("Bob", "Late", "08:00"), ("Cleo", "Excused", ""),
    ]  # fmt: skip
    assert window.hours.summary.said == "1 In · 1 Late · 1 Excused"
    assert not window.hours.export_button.isEnabled()


def test_a_punch_shows_at_once(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    punch = desk.punch(staff[1], Direction.IN)
    desk.tell(PunchRecorded(punch.utc, punch, staff[1], 0.0))
    qtbot.waitUntil(lambda: board(window)[1] == ("Bob", "In", "08:58"))
    assert str(window.hours.board.index(1, 5).data()) == "0:58"


def test_lateness_appears_by_itself(
    desk: FakeDesk, window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    desk.clock.advance(8 * 3600)
    window.hours._timer.timeout.emit()
    assert ("Bob", "Absent", "08:00") in board(window)
    assert window.hours._timer.isActive()
    window.show_page(0)
    assert not window.hours._timer.isActive()


def test_the_month_of_everybody_and_the_days_of_one(
    window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    hours = window.hours
    hours.spans.button(1).click()
    qtbot.waitUntil(lambda: hours.totals.rowCount() == 3)
    names = {str(hours.totals.index(row, 0).data()): row for row in range(3)}
    worked = [str(hours.totals.index(names["Ada"], column).data()) for column in (3, 5)]
    assert worked == ["9:48", "1:00"]
    assert str(hours.totals.index(names["Bob"], 8).data()) == "1"
    assert "1 missing punch" in hours.summary.said
    hours.tables[1].doubleClicked.emit(hours.totals.index(names["Ada"], 0))
    qtbot.waitUntil(lambda: hours.stack.currentIndex() == 2)
    assert hours.days.rowCount() == 24
    yesterday = [str(hours.days.index(22, column).data()) for column in (0, 1, 2, 4, 7)]
    assert yesterday == ["Mon 23 Nov 2026", "07:58", "16:58", "9:00", "+1:00"]
    hours.person.setCurrentIndex(0)
    qtbot.waitUntil(lambda: hours.stack.currentIndex() == 1)


def test_last_month(window: MainWindow, staff: list[Person], qtbot: QtBot) -> None:
    window.hours.spans.button(2).click()
    qtbot.waitUntil(lambda: window.hours.stack.currentIndex() == 1)
    assert window.hours.period == (date(2026, 10, 1), date(2026, 10, 31))
    assert "nothing worked" in window.hours.summary.said


def test_the_month_is_written_as_a_workbook(
    window: MainWindow, staff: list[Person], qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = tmp_path / "hours.xlsx"
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_: path)
    hours = window.hours
    hours.spans.button(1).click()
    qtbot.waitUntil(lambda: hours.totals.rowCount() == 3)
    hours.export_button.click()
    qtbot.waitUntil(lambda: "hours.xlsx" in hours.summary.said)
    sheets = openpyxl.load_workbook(path).sheetnames
    assert sheets == ["2026-11-01 to 2026-11-24", "Ada", "Bob", "Cleo"]


def test_an_answer_that_comes_too_late_is_dropped(
    window: MainWindow, staff: list[Person], qtbot: QtBot
) -> None:
    hours = window.hours
    hours.spans.button(2).click()
    hours.spans.button(0).click()
    hours.spans.button(1).click()
    qtbot.waitUntil(lambda: hours.totals.rowCount() == 3)
    QApplication.processEvents()
    assert "Nov" in hours.summary.said
