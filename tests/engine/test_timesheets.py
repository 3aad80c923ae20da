"""Hours of a desk: the log as it stands, the agreements, the holidays."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.patterns import BreakRule
from facedesk.core.records import Direction, Person, Punch
from facedesk.core.schedules import Absence, AbsenceKind, Assignment, DayPart, Schedule
from facedesk.core.totals import Flag
from facedesk.engine.public_holidays import holiday_name
from facedesk.engine.reports import Grouping, department_table, notes_of, person_table
from facedesk.engine.timesheets import Timesheets
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.schedules import Schedules
from facedesk.store.tables import Table, Value
from tests.core.scenarios.reading import punches_of
from tests.databases import opened
from tests.fakes import FakeClock

BERLIN = "Europe/Berlin"
MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)
GRACE = Signature("Grace", "the wrong button")
OFFICE = Schedule(
    "Office", "Mon-Fri 09:00-17:30", breaks=(BreakRule(360, 30),), holidays="DE-BY", grace_min=5
)
NIGHT = Schedule("Night", "Mon-Fri 22:00-06:00", breaks=(BreakRule(360, 30),), holidays="DE-BY")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    clock = FakeClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
    with opened(tmp_path / "facedesk.db", clock) as database:
        yield database


@pytest.fixture
def sheets(database: Database) -> Timesheets:
    return Timesheets(
        People(database), Punches(database), Schedules(database), database.clock,
        lambda: BERLIN, lambda: 4,
    )  # fmt: skip


@pytest.fixture
def ada(sheets: Timesheets) -> Person:
    sheets.schedules.save(OFFICE)
    sheets.schedules.save(NIGHT)
    sheets.schedules.assign(Assignment("Office", date(2026, 1, 1)))
    return sheets.people.add(Person(0, "Ada", "E17", "Analysis"))


def punched(sheets: Timesheets, person: Person, text: str) -> list[int]:
    """Record '2026-03-02 09:00 in, 17:30 out'; the numbers of the punches."""
    return [
        sheets.punches.record(
            Punch(person.id, direction, utc, BERLIN, 0.7, 0.1, 0.4, "c", "s", "test", "")
        ).id
        for utc, direction in punches_of(text, BERLIN)
    ]


def rows(table: Table) -> list[dict[str, Value]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def test_a_week_of_two_people(sheets: Timesheets, ada: Person) -> None:
    bob = sheets.people.add(Person(0, "Bob", department="Guards"))
    sheets.schedules.assign(Assignment("Night", date(2026, 1, 1), department="Guards"))
    punched(sheets, ada, "2026-03-02 09:00 in, 17:30 out, 2026-03-03 09:20 in, 17:30 out")
    punched(sheets, bob, "2026-03-02 21:55 in, 2026-03-03 06:05 out, 2026-03-06 22:00 in, "
            "2026-03-07 06:00 out")  # fmt: skip
    first, second = sheets.sheets(MONDAY, date(2026, 3, 8))
    assert (first.person.name, second.person.name) == ("Ada", "Bob")
    assert first.total.worked_min == 8 * 60 + 7 * 60 + 40
    assert first.count(Flag.LATE) == 1
    assert first.count(Flag.ABSENT) == 3
    assert [day.minutes.worked_min for day in second.days] == [460, 0, 0, 0, 450, 0, 0]
    assert sheets.sheets(MONDAY, FRIDAY, person_ids=[bob.id])[0].total == second.total
    assert [one.person for one in sheets.sheets(MONDAY, FRIDAY, department="Guards")] == [
        second.person
    ]
    assert sheets.sheets(MONDAY, FRIDAY, department="Nobody's") == []


def test_holidays_and_absences_excuse(sheets: Timesheets, ada: Person) -> None:
    sheets.schedules.add_absence(
        Absence(ada.id, AbsenceKind.LEAVE, date(2026, 4, 2), date(2026, 4, 2), DayPart.AFTERNOON)
    )
    punched(sheets, ada, "2026-04-02 09:00 in, 13:00 out")
    (sheet,) = sheets.sheets(date(2026, 4, 2), date(2026, 4, 3))
    thursday, good_friday = sheet.days
    assert (thursday.minutes.credited_min, thursday.minutes.balance_min) == (240, 0)
    assert good_friday.planned.holiday
    assert good_friday.minutes.credited_min == 480
    assert sheet.total.balance_min == 0
    assert sheet.total.absent_min == 0


def test_the_board_says_where_everybody_is(sheets: Timesheets, ada: Person) -> None:
    bob = sheets.people.add(Person(0, "Bob", department="Guards"))
    gone = sheets.people.add(Person(0, "Cleo"))
    sheets.people.update(replace(gone, active=False))
    punched(sheets, ada, "2026-06-01 08:58 in, 12:05 out, 13:00 in")  # it is 14:00 in Berlin
    board = sheets.board()
    assert [(person.name, found.standing) for person, found in board] == [
        ("Ada", "in"), ("Bob", "late")
    ]  # fmt: skip
    assert board[0][1].total.minutes.worked_min == 187 + 60
    assert [person.id for person, _ in sheets.board("Guards")] == [bob.id]


def test_who_left_is_listed_only_where_they_worked(sheets: Timesheets, ada: Person) -> None:
    punched(sheets, ada, "2026-03-02 09:00 in, 17:30 out")
    sheets.people.update(replace(ada, active=False))
    assert len(sheets.sheets(MONDAY, MONDAY)) == 1
    assert sheets.sheets(date(2026, 3, 9), date(2026, 3, 13)) == []


class TestCorrections:
    """Each told with what the report says afterwards."""

    @pytest.fixture
    def corrections(self, database: Database, sheets: Timesheets) -> Corrections:
        return Corrections(database, sheets.day_of)

    def day(self, sheets: Timesheets, person: Person, day: date = MONDAY) -> tuple[int, list[Flag]]:
        (sheet,) = sheets.sheets(day, day, person_ids=[person.id])
        return sheet.total.worked_min, list(sheet.days[0].flags)

    def test_a_forgotten_check_out_is_added(
        self, sheets: Timesheets, ada: Person, corrections: Corrections
    ) -> None:
        punched(sheets, ada, "2026-03-02 09:00 in")
        assert self.day(sheets, ada) == (0, [Flag.MISSING_OUT])
        corrections.add(ada.id, Direction.OUT, datetime(2026, 3, 2, 16, 30, tzinfo=UTC), BERLIN,
                        GRACE)  # fmt: skip
        assert self.day(sheets, ada) == (480, [])

    def test_a_wrong_button_is_turned(
        self, sheets: Timesheets, ada: Person, corrections: Corrections
    ) -> None:
        first, _ = punched(sheets, ada, "2026-03-02 09:00 out, 17:30 out")
        corrections.set_direction(first, Direction.IN, GRACE)
        assert self.day(sheets, ada) == (480, [])

    def test_somebody_elses_punch_goes_to_them(
        self, sheets: Timesheets, ada: Person, corrections: Corrections
    ) -> None:
        bob = sheets.people.add(Person(0, "Bob"))
        punched(sheets, ada, "2026-03-02 09:00 in, 17:30 out")
        numbers = punched(sheets, ada, "2026-03-02 10:00 in, 12:00 out")
        for number in numbers:
            corrections.move(number, bob.id, GRACE)
        assert self.day(sheets, ada) == (480, [])
        assert self.day(sheets, bob)[0] == 120

    def test_a_time_moved_to_another_day_changes_those_two_days_only(
        self, sheets: Timesheets, ada: Person, corrections: Corrections
    ) -> None:
        bob = sheets.people.add(Person(0, "Bob"))
        week = "2026-03-02 09:00 in, 17:30 out, 2026-03-03 09:00 in, 17:30 out, " \
               "2026-03-04 09:00 in, 17:30 out"  # fmt: skip
        numbers = punched(sheets, ada, week)
        punched(sheets, bob, week)
        before = sheets.sheets(MONDAY, FRIDAY)
        corrections.set_time(numbers[1], datetime(2026, 3, 3, 11, tzinfo=UTC), GRACE)
        after = sheets.sheets(MONDAY, FRIDAY)
        assert after[0].days[2:] == before[0].days[2:]
        assert after[1] == before[1]
        assert after[0].days[0].flags == (Flag.MISSING_OUT,)

    def test_a_night_that_is_paid_takes_no_correction_in_the_next_month(
        self, sheets: Timesheets, ada: Person, corrections: Corrections
    ) -> None:
        guard = sheets.people.add(Person(0, "Bob", department="Guards"))
        sheets.schedules.assign(Assignment("Night", date(2026, 1, 1), department="Guards"))
        _, out = punched(sheets, guard, "2026-03-31 22:00 in, 2026-04-01 06:05 out")
        other, _ = punched(sheets, ada, "2026-04-01 06:05 in, 14:00 out")
        corrections.close(date(2026, 3, 31), GRACE)
        with pytest.raises(BadInputError, match="closed"):
            corrections.cancel(out, GRACE)
        corrections.cancel(other, GRACE)  # her first of April

    def test_cancelling_a_correction_day_leaves_the_original_readable(
        self, sheets: Timesheets, ada: Person, corrections: Corrections
    ) -> None:
        first, second = punched(sheets, ada, "2026-03-02 09:00 in, 17:30 out")
        corrections.cancel(first, GRACE)
        corrections.cancel(second, GRACE)
        assert self.day(sheets, ada) == (0, [Flag.ABSENT])
        assert [one.before is not None for one in corrections.history(ada.id)] == [True, True]


def test_tables_by_every_grouping_agree(sheets: Timesheets, ada: Person) -> None:
    sheets.people.add(Person(0, "Bob", department="Analysis"))
    punched(sheets, ada, "2026-03-30 09:00 in, 17:30 out, 2026-03-31 09:00 in, 18:30 out, "
            "2026-04-01 09:10 in, 17:30 out, 2026-04-02 09:00 in")  # fmt: skip
    found = sheets.sheets(date(2026, 3, 30), date(2026, 4, 5))
    tables = {
        (make, by): rows(make("Hours", found, by))
        for make in (person_table, department_table)
        for by in Grouping
    }
    figures = [name for name in tables[person_table, Grouping.DAY][0] if name.endswith("_min")]
    assert len(figures) == 9
    for name in figures:
        sums = {sum(int(row[name]) for row in made) for made in tables.values()}
        assert len(sums) == 1, name
    day = tables[person_table, Grouping.DAY][2]
    assert day["period"] == day["first_day"] == "2026-04-01"
    assert (day["first_in"], day["last_out"], day["schedule"]) == ("09:10", "17:30", "Office")
    assert (day["late_min"], day["notes"]) == (10, "late")
    assert "Good Friday" in str(tables[person_table, Grouping.DAY][4]["notes"])
    months = tables[person_table, Grouping.MONTH][:2]
    assert [row["period"] for row in months] == ["2026-03", "2026-04"]
    assert (months[0]["days_worked"], months[1]["missing_check_outs"]) == (2, 1)
    (week,) = tables[department_table, Grouping.WEEK]
    assert (week["period"], week["people"], week["days_late"]) == ("2026-W14", 2, 1)


def test_tables_for_programs_are_the_same_in_every_language(
    sheets: Timesheets, ada: Person, german: None
) -> None:
    punched(sheets, ada, "2026-04-01 09:10 in, 17:30 out, 2026-04-02 09:00 in")
    (sheet,) = sheets.sheets(date(2026, 4, 1), date(2026, 4, 3))
    notes = [str(row["notes"]) for row in rows(person_table("Hours", [sheet], Grouping.DAY))]
    assert notes == ["late", "missing check-out", "Good Friday"]
    assert [notes_of(day) for day in sheet.days] == ["verspätet", "Gehen fehlt", "Karfreitag"]


def test_a_region_that_nobody_knows_is_told() -> None:
    assert holiday_name("US-CA", date(2026, 7, 3)) or holiday_name("US", date(2026, 7, 4))
    assert holiday_name("DE", date(2026, 7, 4)) == ""
    for region in ("Atlantis", "DE-XX", "XX"):
        with pytest.raises(BadInputError, match="region"):
            holiday_name(region, date(2026, 7, 4))
