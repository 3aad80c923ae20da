"""The board by the door, told by the hour."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from facedesk.core.board import Standing, presence
from facedesk.core.schedules import Calendar, minute_of
from facedesk.core.totals import Stamp
from tests.core.scenarios.reading import absences_of, punches_of, schedules_of

BERLIN = "Europe/Berlin"
OFFICE = "Mon-Fri 09:00-17:30; grace 5min"


@pytest.mark.parametrize(
    ("schedule", "punches", "now", "standing", "since"),
    [
        (OFFICE, "", "2026-03-02 08:00", "not yet", "09:00"),
        (OFFICE, "", "2026-03-02 09:05", "not yet", "09:00"),
        (OFFICE, "", "2026-03-02 09:06", "late", "09:00"),
        (OFFICE, "", "2026-03-02 17:30", "absent", "09:00"),
        (OFFICE, "2026-03-02 08:58 in", "2026-03-02 09:30", "in", "08:58"),
        (OFFICE, "2026-03-02 08:58 in, 12:00 out", "2026-03-02 12:30", "on break", "12:00"),
        (OFFICE, "2026-03-02 08:58 in, 12:00 out", "2026-03-02 13:31", "left", "12:00"),
        (OFFICE, "2026-03-02 08:58 in, 12:00 break", "2026-03-02 13:31", "on break", "12:00"),
        (OFFICE, "2026-03-02 08:58 in, 12:00 break, 12:30 back", "2026-03-02 13:31", "in", "12:30"),
        (OFFICE, "2026-03-02 08:58 in, 17:35 out", "2026-03-02 17:40", "left", "17:35"),
        (OFFICE, "", "2026-03-07 10:00", "free", None),
        (OFFICE, "2026-03-07 09:50 in", "2026-03-07 10:00", "in", "09:50"),
        ("", "", "2026-03-02 10:00", "free", None),
        ("Mon-Fri 8h", "", "2026-03-02 10:00", "not yet", None),
        ("Mon-Fri 8h", "2026-03-02 08:00 in, 12:00 out", "2026-03-02 12:20", "on break", "12:00"),
        ("Mon-Fri 8h", "2026-03-02 08:00 in, 16:00 out", "2026-03-02 16:20", "left", "16:00"),
        ("Mon-Fri 22:00-06:00", "2026-03-02 22:00 in", "2026-03-03 05:00", "in", "22:00"),
        ("Mon-Fri 22:00-06:00", "2026-03-02 22:00 in, 2026-03-03 06:02 out", "2026-03-03 08:00",
         "left", "06:02"),
        ("Mon-Fri 22:00-06:00", "2026-03-02 22:00 in, 2026-03-03 06:02 out", "2026-03-03 15:00",
         "not yet", "22:00"),
    ],
)  # fmt: skip
def test_standing(schedule: str, punches: str, now: str, standing: str, since: str | None) -> None:
    calendar = Calendar(BERLIN, 4, lambda *_: "", tuple(schedules_of(schedule)))
    moment = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(BERLIN))
    planned = calendar.planned(calendar.day_of(moment))
    stamps = [
        Stamp(number, 1, direction, utc)
        for number, (utc, direction) in enumerate(punches_of(punches, BERLIN))
        if planned.start <= minute_of(utc) < planned.end
    ]
    found = presence(planned, stamps, minute_of(moment))
    assert found.standing is Standing(standing)
    shown = (
        None
        if found.since is None
        else datetime.fromtimestamp(found.since * 60, ZoneInfo(BERLIN)).strftime("%H:%M")
    )
    assert shown == since


def test_leave_excuses_from_the_board() -> None:
    absent = absences_of("leave 2026-03-02")
    calendar = Calendar(BERLIN, 4, lambda *_: "", tuple(schedules_of(OFFICE)), absent)
    planned = calendar.planned(date(2026, 3, 2))
    found = presence(planned, [], minute_of(datetime(2026, 3, 2, 10, tzinfo=UTC)))
    assert (found.standing, found.since) == (Standing.EXCUSED, None)
