from datetime import UTC, date, datetime
from pathlib import Path

from icalendar import Calendar

from facedesk.core.schedules import Absence, AbsenceKind, DayPart
from facedesk.store.calendar_file import write_calendar

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ABSENCES = [
    Absence(1, AbsenceKind.SICK, date(2026, 3, 2), date(2026, 3, 4), id=1),
    Absence(2, AbsenceKind.LEAVE, date(2026, 3, 31), date(2026, 3, 31), DayPart.MORNING, id=2),
]
NAMES = {1: "Zoë, Ltd; Ång\\ström", 2: "王小明"}


def test_a_calendar_reads_the_days_back(tmp_path: Path) -> None:
    path = tmp_path / "absences.ics"
    assert write_calendar(path, ABSENCES, NAMES, NOW, with_kind=True) == 2
    first, second = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert (first["dtstart"].dt, first["dtend"].dt) == (date(2026, 3, 2), date(2026, 3, 5))
    assert first["summary"] == "Zoë, Ltd; Ång\\ström: sick"
    assert (second["dtstart"].dt, second["dtend"].dt) == (date(2026, 3, 31), date(2026, 4, 1))
    assert second["summary"] == "王小明: leave (morning)"
    assert first["uid"] != second["uid"]
    assert b"\r\n" in path.read_bytes()


def test_why_somebody_is_away_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "absences.ics"
    write_calendar(path, ABSENCES, NAMES, NOW, with_kind=False)
    content = path.read_text("utf-8")
    assert "sick" not in content
    assert "absent" in content
