"""Reads the scenario tables beside this file: one row is one story with its expected hours.

| Column | Written as |
|---|---|
| Zone | the kiosk's; `zone; border 0` for another border than 04:00 |
| Schedule | a pattern; then `breaks 6h:30min`, `grace 5min`, `round 15 employer`, `overtime day 10h`, `overtime week 40h`, `zone X`, `rotation 2026-03-02`, each after a `;`. `then 2026-03-10:` begins another one |
| Punches | `2026-03-02 08:58 in, 17:31 out`: a time without a date has the date before it; `break` and `back` begin and end a break; `02:30b` is the second 02:30 of the night the clocks go back; `[Asia/Tokyo]` after a time says on which clock |
| Also | `holiday DAY`, `leave DAY`, `sick DAY..DAY`, `leave morning DAY`, `now DAY TIME` |
| When | `2026-03-02`, `2026-W53` or `2026-03` |
| Hours | every figure that is not zero, and the flags |
"""  # noqa: E501

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from facedesk.core.patterns import breaks_of, minutes_of
from facedesk.core.records import Direction
from facedesk.core.schedules import (
    Absence,
    AbsenceKind,
    Assignment,
    Calendar,
    DayPart,
    Favour,
    Schedule,
    checked_schedule,
)
from facedesk.core.totals import Minutes, Stamp, day_totals, summed, week_start

LONG_AFTER = datetime(2099, 1, 1, tzinfo=UTC)
PERSON = 1
_DIRECTIONS = {
    "in": Direction.IN,
    "out": Direction.OUT,
    "break": Direction.BREAK_START,
    "back": Direction.BREAK_END,
}


@dataclass(frozen=True, slots=True)
class Scenario:
    file: str
    name: str
    zone: str
    schedule: str
    punches: str
    also: str
    when: str
    hours: str


def scenarios(folder: Path) -> Iterator[Scenario]:
    for file in sorted(folder.glob("*.md")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.startswith("|") or line.startswith(("|---", "| Scenario")):
                continue
            cells = [
                cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]
            ]
            yield Scenario(file.stem, *cells)


def zone_and_border(text: str) -> tuple[str, int]:
    zone, _, border = text.partition("; border ")
    return zone, int(border or 4)


def moment(day: date, text: str, zone: str) -> datetime:
    """'08:58', '02:30b' (the second one), '08:58:20', '23:00 [Asia/Tokyo]' on a day, as UTC."""
    found = re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d))?(b?)(?: \[(.+)\])?", text)
    assert found, text
    return datetime(
        day.year, day.month, day.day, int(found[1]), int(found[2]), int(found[3] or 0),
        tzinfo=ZoneInfo(found[5] or zone), fold=bool(found[4]),
    ).astimezone(UTC)  # fmt: skip


def punches_of(text: str, zone: str) -> list[tuple[datetime, Direction]]:
    day = date.min
    found = []
    for entry in filter(None, (entry.strip() for entry in text.split(","))):
        dated = re.fullmatch(r"(?:(\d{4}-\d\d-\d\d) )?(.+) (in|out|break|back)", entry)
        assert dated, entry
        day = date.fromisoformat(dated[1]) if dated[1] else day
        found.append((moment(day, dated[2], zone), _DIRECTIONS[dated[3]]))
    return found


def schedules_of(text: str) -> list[tuple[Assignment, Schedule]]:
    listed = []
    for number, part in enumerate(filter(None, re.split(r"\bthen (?=\d)", text))):
        first = date(2000, 1, 1)
        if number:
            first_text, _, part = part.partition(":")  # noqa: PLW2901
            first = date.fromisoformat(first_text)
        pattern, *options = [piece.strip() for piece in part.split(";")]
        schedule = Schedule(f"S{number}", pattern.strip(), holidays="test")
        for option in filter(None, options):
            word, _, value = option.partition(" ")
            match word:
                case "breaks":
                    schedule = replace(schedule, breaks=breaks_of(value))
                case "grace":
                    schedule = replace(schedule, grace_min=minutes_of(value))
                case "round":
                    step, favour = value.split()
                    schedule = replace(schedule, rounding_min=int(step), favour=Favour(favour))
                case "overtime":
                    which, limit = value.split()
                    schedule = replace(schedule, **{f"overtime_{which}_min": minutes_of(limit)})
                case "zone":
                    schedule = replace(schedule, zone=value)
                case "rotation":
                    schedule = replace(schedule, rotation_from=date.fromisoformat(value))
                case _:
                    raise AssertionError(option)
        listed.append(
            (Assignment(schedule.name, first, None, PERSON, id=number), checked_schedule(schedule))
        )
    return listed


def absences_of(also: str) -> tuple[Absence, ...]:
    found = re.findall(
        r"(leave|sick|other) (?:(morning|afternoon) )?(\S{10})(?:\.\.(\S{10}))?", also
    )
    return tuple(
        Absence(
            PERSON, AbsenceKind(kind), date.fromisoformat(first), date.fromisoformat(last or first),
            DayPart(part or "whole"),
        )
        for kind, part, first, last in found
    )  # fmt: skip


def now_of(also: str, zone: str) -> datetime:
    found = re.search(r"now (\S{10}) (\S+)", also)
    return moment(date.fromisoformat(found[1]), found[2], zone) if found else LONG_AFTER


def holidays_of(also: str) -> set[date]:
    return {date.fromisoformat(day) for day in re.findall(r"holiday (\S{10})", also)}


def period(when: str) -> tuple[date, date]:
    if "W" in when:
        monday = datetime.strptime(f"{when}-1", "%G-W%V-%u").date()
        return monday, monday + timedelta(days=6)
    if len(when) == 7:
        first = date.fromisoformat(f"{when}-01")
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return date.fromisoformat(when), date.fromisoformat(when)


def hours_of(scenario: Scenario) -> str:
    """What the rules make of a scenario, written like its last column."""
    zone, border = zone_and_border(scenario.zone)
    days_off = holidays_of(scenario.also)
    calendar = Calendar(
        zone,
        border,
        lambda _, day: "Holiday" if day in days_off else "",
        tuple(schedules_of(scenario.schedule)),
        absences_of(scenario.also),
    )
    first, last = period(scenario.when)
    since = calendar.start(week_start(first))
    stamps = [
        Stamp(number, PERSON, direction, utc)
        for number, (utc, direction) in enumerate(punches_of(scenario.punches, zone), 1)
        if utc.timestamp() >= since * 60
    ]
    days = day_totals(first, last, stamps, calendar, now_of(scenario.also, zone))
    flags = [flag for day in days for flag in day.flags]
    return written(summed(day.minutes for day in days), flags)


def written(minutes: Minutes, flags: list[str]) -> str:
    """'target 8:00, worked 8:03, balance +0:03; late'; '-' when there is nothing to say."""
    named = {
        "target": minutes.target_min, "excused": minutes.credited_min, "worked": minutes.worked_min,
        "break": minutes.break_min, "overtime": minutes.overtime_min, "late": minutes.late_min,
        "early": minutes.left_early_min, "absent": minutes.absent_min,
    }  # fmt: skip
    figures = [f"{name} {clock(value)}" for name, value in named.items() if value]
    if minutes.balance_min:
        sign = "+" if minutes.balance_min > 0 else "-"
        figures.append(f"balance {sign}{clock(abs(minutes.balance_min))}")
    return "; ".join(filter(None, [", ".join(figures), *dict.fromkeys(flags)])) or "-"


def clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
