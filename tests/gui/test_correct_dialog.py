from datetime import date, timedelta

import pytest
from PySide6.QtCore import QDate
from pytestqt.qtbot import QtBot

from facedesk.core.corrections import Signature
from facedesk.core.records import Direction, Punch
from facedesk.gui.correct_dialog import CorrectDialog
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk


@pytest.fixture
def punch(desk: FakeDesk, window: MainWindow) -> Punch:
    """Ada came at 08:58 today; the log is open."""
    ada = desk.add_person("Ada")
    desk.add_person("Bob")
    made = desk.punch(ada, Direction.IN, desk.clock.utc() - timedelta(seconds=20))
    window.people.people_changed.emit()
    window.show_page(2)
    return made


def opened(window: MainWindow) -> CorrectDialog:
    (dialog,) = window.log.findChildren(CorrectDialog)
    return dialog


def shown(window: MainWindow) -> list[tuple[str, str, str]]:
    model = window.log.rows
    return [
        (str(model.index(row, 1).data()), str(model.index(row, 2).data()),
         str(model.index(row, 3).data()))
        for row in range(model.rowCount())
    ]  # fmt: skip


def test_a_punch_goes_to_the_right_person_at_the_right_time(
    desk: FakeDesk, window: MainWindow, punch: Punch
) -> None:
    assert not window.log.correct_button.isEnabled()
    window.log.table.selectRow(0)
    window.log.correct_button.click()
    dialog = opened(window)
    assert (dialog.time.text(), dialog.person.currentText()) == ("08:57", "Ada")
    dialog.person.setCurrentIndex(dialog.person.findText("Bob"))
    dialog.time.setText("08:30")
    dialog.direction.setCurrentIndex(1)
    dialog.signed.why.setText("seen by Grace")
    dialog.save.click()
    assert shown(window) == [("08:30", "Bob", "Out")]
    kinds = [one.kind for one in desk.corrections.history()]
    assert kinds == ["move", "time", "direction"]
    assert {one.signature.why for one in desk.corrections.history()} == {"seen by Grace"}


def test_what_was_not_touched_keeps_its_seconds(
    desk: FakeDesk, window: MainWindow, punch: Punch
) -> None:
    window.log.table.selectRow(0)
    window.log.correct_button.click()
    dialog = opened(window)
    dialog.direction.setCurrentIndex(1)
    dialog.signed.why.setText("wrong button")
    dialog.save.click()
    (one,) = desk.corrections.history()
    assert one.kind == "direction"
    assert desk.punches.between(None, None)[0].utc == punch.utc


def test_a_punch_is_cancelled(desk: FakeDesk, window: MainWindow, punch: Punch) -> None:
    window.log.table.selectRow(0)
    window.log.correct_button.click()
    opened(window).signed.why.setText("a visitor")
    opened(window).cancel_punch.click()
    assert shown(window) == []
    assert desk.punches.verify().intact


def test_a_punch_is_added(desk: FakeDesk, window: MainWindow, punch: Punch) -> None:
    window.log.add_button.click()
    dialog = opened(window)
    dialog.person.setCurrentIndex(dialog.person.findText("Bob"))
    dialog.time.setText("07:15")
    dialog.signed.why.setText("the camera was off")
    dialog.save.click()
    assert shown(window) == [("08:57", "Ada", "In"), ("07:15", "Bob", "In")]


@pytest.mark.parametrize(
    ("clock", "why", "told"),
    [("late", "because", "08:58"), ("23:00", "because", "ahead"), ("08:00", " ", "Why")],
)
def test_what_is_refused_is_told_and_the_dialog_stays(
    desk: FakeDesk, window: MainWindow, punch: Punch, clock: str, why: str, told: str
) -> None:
    window.log.table.selectRow(0)
    window.log.correct_button.click()
    dialog = opened(window)
    dialog.time.setText(clock)
    dialog.signed.why.setText(why)
    dialog.save.click()
    assert dialog.isVisible()
    assert told in dialog.problem.text()
    assert desk.corrections.history() == []


def test_a_paid_day_is_told(desk: FakeDesk, window: MainWindow, punch: Punch, qtbot: QtBot) -> None:
    desk.corrections.close(date(2026, 11, 20), Signature("Grace", "paid"))
    window.log.add_button.click()
    dialog = opened(window)
    dialog.person.setCurrentIndex(0)
    dialog.day.setDate(QDate(2026, 11, 20))
    dialog.time.setText("09:00")
    dialog.signed.why.setText("forgot")
    dialog.save.click()
    assert "2026-11-20" in dialog.problem.text()


def test_a_time_is_taken_as_people_write_it(
    desk: FakeDesk, window: MainWindow, punch: Punch
) -> None:
    window.log.table.selectRow(0)
    window.log.correct_button.click()
    dialog = opened(window)
    dialog.time.setText("8:05")
    dialog.signed.why.setText("forgot")
    dialog.save.click()
    assert shown(window) == [("08:05", "Ada", "In")]
