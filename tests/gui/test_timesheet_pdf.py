"""A person's own copy: complete, in every script, and honest about corrections."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtGui import QRawFont
from PySide6.QtWidgets import QApplication

from facedesk.core.corrections import Signature
from facedesk.core.records import Direction, Person
from facedesk.core.schedules import Assignment, Schedule
from facedesk.engine.personal_copy import PersonalCopy, personal_copies
from facedesk.gui.timesheet_pdf import (
    document_of,
    letters_without_a_font,
    print_font,
    write_timesheets,
)
from tests.gui.fake_desk import FakeDesk

NAMES = (
    "Zoë Ångström-Łukasiewicz", "Νίκος Παπαδόπουλος", "Дмитрий Иванов", "محمد عبد الرحمن",
    "שרה כהן", "प्रिया शर्मा", "สมชาย ใจดี", "李小文", "山田 太郎", "김민수", "Nguyễn Thị Hương",
)  # fmt: skip
SIGNED = Signature("Grace", "forgot <b>to</b> check out")


@pytest.fixture
def ada(desk: FakeDesk) -> Person:
    """Works on the 23rd; forgot to check out on the 20th, which was corrected."""
    desk.schedules.save(Schedule("Office", "Mon-Fri 08:00-16:00"))
    desk.schedules.assign(Assignment("Office", date(2026, 11, 1)))
    ada, bob = desk.add_person("Ada & <i>", department="Desk", staff_number="E17"), None
    bob = desk.add_person("Bob Secret")
    start = datetime(2026, 11, 20, 7, tzinfo=UTC)
    desk.punch(ada, Direction.IN, start)
    desk.corrections.add(ada.id, Direction.OUT, start + timedelta(hours=9), "UTC", SIGNED)
    desk.punch(ada, Direction.IN, start + timedelta(days=3))
    desk.punch(ada, Direction.OUT, start + timedelta(days=3, hours=8))
    desk.punch(bob, Direction.IN, start)
    desk.corrections.move(5, ada.id, SIGNED)
    desk.corrections.cancel(5, SIGNED)
    return ada


def copies(desk: FakeDesk, *people: Person) -> list[PersonalCopy]:
    return list(
        personal_copies(
            desk.timesheets, desk.corrections, "Analytical Works", date(2026, 11, 1),
            date(2026, 11, 30), person_ids=[one.id for one in people] or None,
        )
    )  # fmt: skip


def test_the_copy_says_all_of_it_and_names_nobody_else(
    desk: FakeDesk, ada: Person, qapp: QApplication
) -> None:
    (copy,) = copies(desk, ada)
    text = document_of(copy).toPlainText()
    for expected in (
        "Ada & <i>", "Analytical Works · Desk · E17", "Sun 1 Nov 2026", "Mon 30 Nov 2026",
        "08:00", "16:00", "9:00", "17:00", "Corrections", "forgot <b>to</b> check out", "Grace",
        "somebody else", "Fri 20 Nov 2026 16:00 Out",
    ):  # fmt: skip
        assert expected in text, expected
    assert "Bob" not in text
    assert text.index("Sum") < text.index("Corrections")


def test_everybody_begins_a_page_and_the_file_is_a_pdf(
    desk: FakeDesk, ada: Person, tmp_path: Path, qapp: QApplication
) -> None:
    path = tmp_path / "sheets.pdf"
    pages = write_timesheets(path, copies(desk))
    content = path.read_bytes()
    assert content.startswith(b"%PDF-1.") and content.rstrip().endswith(b"%%EOF")
    assert pages == 2 == len(re.findall(rb"/Type /Page\b", content))
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["sheets.pdf"]


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_of_a_name_has_a_glyph(name: str, qapp: QApplication) -> None:
    missing = letters_without_a_font(name)
    if missing:
        pytest.skip(f"no font on this machine has {missing}")
    assert missing == ""


def test_a_letter_that_no_font_has_is_told(qapp: QApplication) -> None:
    nobody = "\U0001fbfa"  # not assigned by Unicode: no font can have it
    assert not QRawFont.fromFont(print_font()).supportsCharacter(ord(nobody))
    assert letters_without_a_font(f"Ada {nobody}") == nobody
