import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from facedesk.core.facts import PunchRecorded
from facedesk.core.records import Direction, Method, Person
from facedesk.gui import dialogs, log_page
from facedesk.gui.dialogs import Message, Waiting
from facedesk.gui.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk


@pytest.fixture
def staff(desk: FakeDesk, window: MainWindow) -> tuple[Person, Person]:
    """Ada came today at 08:58 and yesterday, Zoë six days ago and on 1 November."""
    ada, zoe = desk.add_person("Ada"), desk.add_person("Zoë")
    now = desk.clock.utc()
    desk.punch(ada, Direction.IN, now)
    desk.punch(ada, Direction.IN, now - timedelta(days=1))
    desk.punch(zoe, Direction.OUT, now - timedelta(days=6))
    desk.punch(zoe, Direction.IN, now - timedelta(days=23))
    window.people.people_changed.emit()
    window.show_page(2)
    return ada, zoe


def names(window: MainWindow) -> list[str]:
    return [row.name for row in window.log.rows.rows]


def test_today_is_shown_first(window: MainWindow, staff: tuple[Person, Person]) -> None:
    assert names(window) == ["Ada"]
    row = [str(window.log.rows.index(0, column).data()) for column in range(4)]
    assert row == ["Tue 24 Nov 2026", "08:58", "Ada", "In"]
    assert window.log.count.said == "1 punch, 1 person"


def test_spans_widen_the_view(window: MainWindow, staff: tuple[Person, Person]) -> None:
    window.log.spans.button(1).click()
    assert names(window) == ["Ada", "Ada", "Zoë"]
    window.log.spans.button(2).click()
    assert names(window) == ["Ada", "Ada", "Zoë", "Zoë"]
    assert window.log.days == (date(2026, 11, 1), date(2026, 11, 24))


def test_a_person_can_be_picked(window: MainWindow, staff: tuple[Person, Person]) -> None:
    window.log.show_span(2)
    window.log.person.setCurrentIndex(window.log.person.findData(staff[1].id))
    assert names(window) == ["Zoë", "Zoë"]
    window.log.person.setCurrentIndex(0)
    assert len(names(window)) == 4


def test_days_can_be_typed_and_never_cross(
    window: MainWindow, staff: tuple[Person, Person]
) -> None:
    window.log.first_day.setDate(QDate(2026, 11, 18))
    assert names(window) == ["Ada", "Ada", "Zoë"]
    assert window.log.spans.checkedButton() is None
    window.log.last_day.setDate(QDate(2026, 11, 10))
    assert window.log.days == (date(2026, 11, 10), date(2026, 11, 10))
    assert window.log.stack.currentIndex() == 1  # nobody on that day
    assert not window.log.export_button.isEnabled()
    window.log.first_day.setDate(QDate(2026, 11, 23))
    assert window.log.days == (date(2026, 11, 23), date(2026, 11, 23))
    assert names(window) == ["Ada"]


def test_a_day_is_the_working_day_of_the_kiosks_zone(desk: FakeDesk, window: MainWindow) -> None:
    early = desk.clock.utc().replace(hour=3, minute=30)  # 04:30 in Berlin, where a day has begun
    desk.punch(desk.add_person("Night shift"), Direction.IN, early)
    window.show_page(2)
    assert names(window) == ["Night shift"]
    desk.change_settings(zone="UTC")
    window.log.settings_changed()
    window.log.show_span(0)
    assert names(window) == []


def test_the_reason_of_a_punch_is_told(window: MainWindow, staff: tuple[Person, Person]) -> None:
    window.log.table.selectRow(0)
    assert "3 of 3 frames agree" in window.log.why.text()
    assert "needed 0.420" in window.log.why.text()
    window.log.table.clearSelection()
    assert window.log.why.text() == ""


def test_a_new_punch_appears_while_one_looks(
    desk: FakeDesk, window: MainWindow, staff: tuple[Person, Person], qtbot: QtBot
) -> None:
    punch = desk.punch(staff[1], Direction.IN)
    desk.tell(PunchRecorded(punch.utc, punch, staff[1], 0.0))
    qtbot.waitUntil(lambda: names(window) == ["Zoë", "Ada"])


def test_export_writes_what_is_shown_oldest_first(
    window: MainWindow, staff: tuple[Person, Person], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot,
) -> None:  # fmt: skip
    window.log.show_span(1)
    asked: list[tuple[str, str]] = []

    def answer(_parent: object, suggestion: Path, kind: str) -> Path:
        asked.append((suggestion.name, kind))
        return tmp_path / suggestion.name

    monkeypatch.setattr(dialogs, "ask_save_path", answer)
    for kind in ("csv", "xlsx", "json"):
        window.log.export(kind)
        qtbot.waitUntil(lambda: "Exported to" in window.log.count.said)
        window.log.count.say("")
    assert asked == [
        ("facedesk-2026-11-18-to-2026-11-24.csv", "csv"),
        ("facedesk-2026-11-18-to-2026-11-24.xlsx", "xlsx"),
        ("facedesk-2026-11-18-to-2026-11-24.json", "json"),
    ]
    stem = tmp_path / "facedesk-2026-11-18-to-2026-11-24"
    assert stem.with_suffix(".xlsx").read_bytes().startswith(b"PK")
    written = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in written] == ["Zoë", "Ada", "Ada"]
    assert len(stem.with_suffix(".csv").read_text(encoding="utf-8-sig").splitlines()) == 4


def test_an_export_that_fails_is_told(
    window: MainWindow, staff: tuple[Person, Person], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot,
) -> None:  # fmt: skip
    missing = tmp_path / "no such folder" / "day.csv"
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_: missing)
    window.log.export("csv")
    qtbot.waitUntil(lambda: bool(window.log.findChildren(Message)))
    assert not missing.exists()
    qtbot.waitUntil(lambda: not any(w.isVisible() for w in window.log.findChildren(Waiting)))


def test_no_file_chosen_exports_nothing(
    window: MainWindow, staff: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_: None)
    window.log.export("csv")
    assert window.log.findChildren(QDialog) == []


def test_today_follows_the_clock(
    desk: FakeDesk, window: MainWindow, staff: tuple[Person, Person]
) -> None:
    window.show_page(0)
    desk.clock.advance(24 * 3600)
    window.show_page(2)
    assert window.log.days == (date(2026, 11, 25), date(2026, 11, 25))
    assert names(window) == []


def test_a_long_log_is_there_at_once_and_grows_for_who_reads_on(
    desk: FakeDesk, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:  # fmt: skip
    monkeypatch.setattr(log_page, "_FIRST_ROWS", 30)
    monkeypatch.setattr(log_page, "_MORE_TIMES", 2)
    monkeypatch.setattr(log_page, "_MOST_ROWS", 90)
    ada, bob = desk.add_person("Ada"), desk.add_person("Bob")
    for minute in range(100):
        person = bob if minute == 99 else ada
        desk.punch(person, Direction.IN, desk.clock.utc() - timedelta(minutes=minute))
    window.show_page(2)
    log = window.log
    assert len(names(window)) == 30
    qtbot.waitUntil(lambda: log.count.said == "100 punches, 2 people")
    log.table.selectRow(1)
    newest = log.rows.row(1).punch.id
    bar = log.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: len(names(window)) == 60)
    chosen = log.table.selected_row()
    assert chosen is not None
    assert log.rows.row(chosen).punch.id == newest
    log.table.horizontalHeader().sectionClicked.emit(1)  # by time: all of it that fits
    qtbot.waitUntil(lambda: len(names(window)) == 90)
    assert [row.punch.utc for row in log.rows.rows] == sorted(
        row.punch.utc for row in log.rows.rows
    )
    path = tmp_path / "all.csv"
    monkeypatch.setattr(dialogs, "ask_save_path", lambda *_: path)
    log.export("csv")
    qtbot.waitUntil(lambda: "Exported to" in log.count.said)
    assert len(path.read_text(encoding="utf-8-sig").splitlines()) == 101


def test_how_somebody_was_known_is_told(desk: FakeDesk, window: MainWindow) -> None:
    ada = desk.add_person("Ada")
    punch = desk.punch(ada, Direction.IN)
    desk.punches.record(
        replace(punch, direction=Direction.OUT, method=Method.PIN, utc=punch.utc + timedelta(0, 60))
    )
    window.show_page(2)
    column = [str(window.log.rows.index(row, 4).data()) for row in range(2)]
    assert column == ["PIN", "Face, 0.61"]
