"""Hours as tables: by person or department; by day, week, month or the whole period."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import StrEnum

from facedesk.core.attendance import zone_info
from facedesk.core.language import tr
from facedesk.core.schedules import Minute, moment_of
from facedesk.core.totals import DayTotal, Flag, Minutes, summed
from facedesk.engine.timesheets import Sheet
from facedesk.store.tables import Column, Kind, Table, Value


class Grouping(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    PERIOD = "period"


_WHO = (
    Column("person_id", Kind.NUMBER),
    Column("name"),
    Column("staff_number"),
)
_DEPARTMENT = (Column("department"),)
_WHEN = (Column("period"), Column("first_day", Kind.DATE), Column("last_day", Kind.DATE))
_DAY_ONLY = (
    Column("schedule"),
    Column("first_in", Kind.TIME),
    Column("last_out", Kind.TIME),
)
_FIGURES = (
    Column("target_min", Kind.DURATION),
    Column("excused_min", Kind.DURATION),
    Column("worked_min", Kind.DURATION),
    Column("break_min", Kind.DURATION),
    Column("overtime_min", Kind.DURATION),
    Column("balance_min", Kind.HOURS),
    Column("late_min", Kind.DURATION),
    Column("left_early_min", Kind.DURATION),
    Column("absent_min", Kind.DURATION),
)
_COUNTED = (Flag.LATE, Flag.ABSENT, Flag.MISSING_IN, Flag.MISSING_OUT)
_COUNTS = tuple(
    Column(name, Kind.NUMBER)
    for name in (
        "days_worked", "days_late", "days_absent", "missing_check_ins", "missing_check_outs",
    )
)  # fmt: skip


def person_table(title: str, sheets: Iterable[Sheet], grouping: Grouping) -> Table:
    """One row for each person and each day, week, month or the whole period.

    Durations are whole minutes (`..._min`). Weeks are ISO weeks; of a week or month that reaches
    beyond the period, only the days within it are counted.
    """
    by_day = grouping is Grouping.DAY
    columns = (*_WHO, *_DEPARTMENT, *_WHEN, *(_DAY_ONLY if by_day else ()), *_FIGURES)

    def rows() -> Iterator[tuple[Value, ...]]:
        for sheet in sheets:
            person = sheet.person
            who = (person.id, person.name, person.staff_number, person.department)
            for label, days in grouped(sheet.days, grouping):
                when = (label, days[0].day.isoformat(), days[-1].day.isoformat())
                figures = _figures(summed(day.minutes for day in days))
                if by_day:
                    yield (*who, *when, *_of_day(days[0]), *figures, notes_of(days[0], str))
                else:
                    yield (*who, *when, *figures, *_counts(days))

    return Table(title, (*columns, *((Column("notes"),) if by_day else _COUNTS)), rows())


def department_table(title: str, sheets: Iterable[Sheet], grouping: Grouping) -> Table:
    """As `person_table`, summed over the people of each department; '' are those without one."""
    members: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        members.setdefault(sheet.person.department, []).append(sheet)

    def rows() -> Iterator[tuple[Value, ...]]:
        for department in sorted(members):
            together = [day for sheet in members[department] for day in sheet.days]
            for label, days in grouped(sorted(together, key=lambda day: day.day), grouping):
                yield (
                    department, len(members[department]), label, days[0].day.isoformat(),
                    days[-1].day.isoformat(), *_figures(summed(day.minutes for day in days)),
                    *_counts(days),
                )  # fmt: skip

    people = Column("people", Kind.NUMBER)
    return Table(title, (*_DEPARTMENT, people, *_WHEN, *_FIGURES, *_COUNTS), rows())


def grouped(
    days: Iterable[DayTotal], grouping: Grouping
) -> Iterator[tuple[str, tuple[DayTotal, ...]]]:
    """The days of each part of the period with its label: 2026-03-02, 2026-W10, 2026-03 or ''."""
    parts: dict[str, list[DayTotal]] = {}
    for day in days:
        parts.setdefault(_LABELS[grouping](day.day), []).append(day)
    yield from ((label, tuple(found)) for label, found in parts.items())


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


_LABELS: dict[Grouping, Callable[[date], str]] = {
    Grouping.DAY: date.isoformat,
    Grouping.WEEK: _week,
    Grouping.MONTH: lambda day: f"{day:%Y-%m}",
    Grouping.PERIOD: lambda _: "",
}


def _figures(minutes: Minutes) -> tuple[int, ...]:
    return (
        minutes.target_min, minutes.credited_min, minutes.worked_min, minutes.break_min,
        minutes.overtime_min, minutes.balance_min, minutes.late_min, minutes.left_early_min,
        minutes.absent_min,
    )  # fmt: skip


def _counts(days: Iterable[DayTotal]) -> tuple[int, ...]:
    listed = list(days)
    return (
        sum(day.minutes.worked_min > 0 for day in listed),
        *(sum(flag in day.flags for day in listed) for flag in _COUNTED),
    )


def _of_day(day: DayTotal) -> tuple[str, str, str]:
    zone = day.planned.zone
    return day.planned.schedule.name, _clock(day.first_in, zone), _clock(day.last_out, zone)


def _clock(minute: Minute | None, zone: str) -> str:
    return "" if minute is None else f"{moment_of(minute).astimezone(zone_info(zone)):%H:%M}"


def notes_of(day: DayTotal, said: Callable[[str], str] = tr) -> str:
    """'late; missing check-out', 'Neujahr', 'sick (morning)'.

    Tables for programs have `said` leave the words as they are, whatever language the user reads.
    """
    notes = [said(flag) for flag in day.flags]
    if day.planned.holiday:
        notes.append(said(day.planned.holiday))
    if day.planned.absence is not None:
        absence = day.planned.absence
        part = "" if absence.part == "whole" else f" ({said(absence.part)})"
        notes.append(said(absence.kind) + part)
    return "; ".join(notes)
