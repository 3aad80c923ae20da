"""From punches to payroll on the command line."""

import csv
import io
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.records import Direction, Person, Punch
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from tests.commands.conftest import Run

IN, OUT = Direction.IN, Direction.OUT
MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")
SIGNED = ("--who", "Grace", "--why", "seen by the door")


@pytest.fixture
def week(facedesk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Ada and Bob in Berlin: Ada works the Monday, forgets to check out on Tuesday."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    data = tmp_path / "data"
    data.mkdir()
    (data / "settings.json").write_text('{"zone": "Europe/Berlin"}')
    with Database.open(data / "facedesk.db", clock=SystemClock()) as database:
        people, punches = People(database), Punches(database)
        ada = people.add(Person(0, "Ada", "E17", "Analysis"))
        people.add(Person(0, "=Bob", "E18", "Guards"))
        for day, hour, direction in ((2, 8, IN), (2, 16, OUT), (3, 8, IN)):
            punches.record(
                Punch(ada.id, direction, datetime(2026, 3, day, hour, tzinfo=UTC), "Europe/Berlin",
                      0.7, 0.1, 0.4, "c", "s", "test", "")
            )  # fmt: skip
    assert facedesk("schedule", "set", "Office", "Mon-Fri 09:00-17:30", "--breaks", "6h:30min",
                    "--holidays", "DE-BY").code == 0  # fmt: skip
    assert facedesk("schedule", "assign", "Office", "--from", "2026-03-02",
                    "--to", "2026-03-03").code == 0  # fmt: skip
    return facedesk


def hours(facedesk: Run, *more: object) -> dict[str, dict]:
    """Each person's row of March."""
    listed = facedesk("report", *MARCH, "--format", "json", *more).json
    return {row["name"]: row for row in listed}


def test_assignments_and_absences_say_whom_they_are_for(week: Run) -> None:
    given = week("schedule", "assign", "Office", "--department", "Guards", "--from", "2026-04-01")
    assert given.out == "Office for Guards from 2026-04-01 until further notice (assignment 2)\n"
    assert given.err == ""
    mistyped = week("schedule", "assign", "Office", "--department", "Gards", "--from", "2026-04-01")
    assert mistyped.code == 0  # a department may be planned before its people come
    assert mistyped.err == "Nobody is in the department “Gards” yet. There are: Analysis, Guards.\n"
    added = week("absence", "add", "--person", "E17", "--kind", "leave", "--from", "2026-04-01")
    assert added.out == "Ada, leave, 2026-04-01 to 2026-04-01 (absence 1)\n"


def test_an_empty_list_says_so(facedesk: Run) -> None:
    assert facedesk("absence", "list").out == "Nothing to list.\n"


def test_a_month_from_punches_to_payroll(week: Run) -> None:
    ada = hours(week)["Ada"]
    assert (ada["target_min"], ada["worked_min"], ada["balance_min"]) == (960, 450, -510)
    assert (ada["missing_check_outs"], ada["days_late"], ada["days_worked"]) == (1, 0, 1)
    assert hours(week)["=Bob"]["absent_min"] == 960

    assert week("correct", "add", "--person", "E17", "--direction", "out", "--at",
                "2026-03-03 17:30", *SIGNED).out == "Added punch 4\n"  # fmt: skip
    assert hours(week, "--person", "ada")["Ada"]["worked_min"] == 930
    assert week("absence", "add", "--person", "=Bob", "--kind", "sick", "--from", "2026-03-02",
                "--to", "2026-03-03").code == 0  # fmt: skip
    bob = hours(week)["=Bob"]
    assert (bob["absent_min"], bob["excused_min"], bob["balance_min"]) == (0, 960, 0)

    assert week("correct", "close", "--until", "2026-03-31", *SIGNED).code == 0
    refused = week("correct", "cancel", "1", *SIGNED)
    assert (refused.code, "closed" in refused.err) == (1, True)
    assert week("absence", "remove", "1").code == 1
    assert hours(week, "--person", "1")["Ada"]["worked_min"] == 930


def test_every_correction_and_its_list(week: Run) -> None:
    assert week("correct", "time", "2", "--at", "2026-03-02 18:00", *SIGNED).code == 0
    assert week("correct", "move", "3", "--to", "E18", *SIGNED).code == 0
    assert week("correct", "direction", "3", "out", *SIGNED).code == 0
    assert week("correct", "cancel", "3", *SIGNED).code == 0
    listed = week("correct", "list", "--json").json
    assert [one["kind"] for one in listed] == ["time", "move", "direction", "cancel"]
    assert listed[0]["before"]["utc"] == "2026-03-02T16:00:00.000000Z"
    assert listed[0]["after"]["utc"] == "2026-03-02T17:00:00.000000Z"
    assert listed[3]["after"] is None
    shown = week("correct", "list", "--punch", "2").out
    assert "Ada out 2026-03-02 17:00" in shown
    assert "Ada out 2026-03-02 18:00" in shown
    assert "Grace" in shown
    assert "seen by the door" in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("correct", "cancel", "99", *SIGNED), "no punch 99"),
        (("correct", "move", "1", "--to", "nobody", *SIGNED), "Unknown person"),
        (("correct", "time", "1", "--at", "yesterday", *SIGNED), "2026-03-02 08:58"),
        (("correct", "cancel", "1", "--why", " "), "Why"),
        (("schedule", "set", "X", "Mon 9-5"), "no times"),
        (("schedule", "set", "X", "Mon 8h", "--holidays", "XX"), "Unknown region"),
        (("schedule", "assign", "X", "--from", "2026-03-02"), "Unknown schedule"),
        (("schedule", "remove", "Office"), "in use"),
        (("schedule", "end", "9"), "Unknown assignment"),
        (("report", "--from", "2026-03-02", "--to", "2026-03-01"), "No days"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(week: Run, arguments: tuple, told: str) -> None:
    result = week(*arguments)
    assert result.code == 1
    assert told in result.err


@pytest.mark.parametrize(
    "arguments",
    [("correct", "cancel", "1"), ("report", "--format", "xlsx"), ("export", "--format", "xlsx"),
     ("report", "--sheets"), ("schedule", "assign", "Office", "--person", "1", "--department", "A",
      "--from", "2026-03-02")],
)  # fmt: skip
def test_wrong_usage(week: Run, arguments: tuple) -> None:
    assert week(*arguments).code == 2


def test_two_people_of_one_name_are_not_guessed(week: Run, tmp_path: Path) -> None:
    with Database.open(tmp_path / "data" / "facedesk.db", clock=SystemClock()) as database:
        People(database).add(Person(0, "ada"))
    result = week("report", *MARCH, "--person", "Ada")
    assert (result.code, "1, 3" in result.err) == (1, True)


def test_schedules_and_absences_are_listed_and_end(week: Run) -> None:
    week("schedule", "set", "Late", "Mon-Fri 14:00-22:00", "--round", "15", "--favour", "employee",
         "--overtime-day", "10h", "--overtime-week", "40h", "--rotation-from", "2026-03-02",
         "--grace", "5min")  # fmt: skip
    week("schedule", "assign", "Late", "--person", "E17", "--from", "2026-03-09")
    week("absence", "add", "--person", "1", "--kind", "leave", "--from", "2026-03-09",
         "--part", "morning", "--note", "a dentist")  # fmt: skip
    listed = week("schedule", "list").out
    assert "Mon-Fri 14:00-22:00" in listed
    assert "everybody" in listed
    assert "a dentist" in week("absence", "list", "--from", "2026-03-09").out
    assert "a dentist" not in week("absence", "list", *MARCH, "--person", "E18").out
    assert week("schedule", "end", "2").code == 0
    assert week("schedule", "remove", "Late").code == 0
    assert "Late" not in week("schedule", "list").out


def test_the_report_by_day_is_readable_and_complete(week: Run) -> None:
    printed = week("report", *MARCH, "--by", "day", "--person", "E17").out
    assert "2026-03-03" in printed
    assert "missing check-out" in printed
    assert "-8:00" in printed
    written = week("report", *MARCH, "--by", "day", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(written)))
    assert len(rows) == 62
    monday = next(row for row in rows if (row["name"], row["period"]) == ("Ada", "2026-03-02"))
    assert (monday["first_in"], monday["last_out"]) == ("09:00", "17:00")
    assert (monday["worked_min"], monday["break_min"]) == ("450", "30")
    assert {row["name"] for row in rows} == {"Ada", "'=Bob"}


def test_departments(week: Run) -> None:
    rows = week("report", *MARCH, "--per", "department", "--by", "month", "--format", "json").json
    assert [(row["department"], row["period"], row["people"]) for row in rows] == [
        ("Analysis", "2026-03", 1),
        ("Guards", "2026-03", 1),
    ]
    assert len(week("report", *MARCH, "--department", "Guards", "--format", "json").json) == 1


def test_a_workbook_with_a_sheet_for_each_person(week: Run, tmp_path: Path) -> None:
    path = tmp_path / "march.xlsx"
    assert week("report", *MARCH, "--format", "xlsx", "--sheets", path).code == 0
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == ["2026-03-01 to 2026-03-31", "=Bob", "Ada"]
    days = list(workbook["Ada"].iter_rows(values_only=True))
    header, monday = days[0], days[2]
    row = dict(zip(header, monday, strict=True))
    assert (row["first_day"], row["first_in"]) == (datetime(2026, 3, 2), time(9))
    assert (row["worked_min"], row["balance_min"]) == (timedelta(hours=7, minutes=30), -0.5)


def test_the_log_is_exported_as_it_stands(week: Run, tmp_path: Path) -> None:
    week("correct", "cancel", "3", *SIGNED)
    week("correct", "move", "2", "--to", "E18", *SIGNED)
    path = tmp_path / "log.xlsx"
    assert week("export", *MARCH, "--format", "xlsx", path).code == 0
    header, *rows = openpyxl.load_workbook(path)["Log"].iter_rows(values_only=True)
    listed = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(row["punch_id"], row["name"], row["corrected"]) for row in listed] == [
        (1, "Ada", None),
        (2, "=Bob", "yes"),
    ]
    assert listed[0]["date"] == datetime(2026, 3, 2)
    assert listed[0]["time"] == time(9)
    only = week("export", *MARCH, "--format", "json", "--department", "Guards").json
    assert [row["punch_id"] for row in only] == [2]
    assert len(week("export", *MARCH, "--format", "json", "--person", "1").json) == 1


def test_today_says_where_everybody_is(week: Run) -> None:
    rows = week("today", "--json").json
    assert [(row["name"], row["standing"], row["worked_min"]) for row in rows] == [
        ("=Bob", "free", 0),
        ("Ada", "free", 0),
    ]
    shown = week("today", "--department", "Analysis").out
    assert "Ada" in shown
    assert "1 free" in shown
    assert "Bob" not in shown


def test_the_benchmark_of_a_small_year(facedesk: Run) -> None:
    figures = facedesk("bench", "attendance", "--people", "6", "--days", "40", "--json").json
    named = {figure["what"]: figure for figure in figures}
    for what, wanted in (
        ("month report", 2), ("today board", 100), ("opening the log page", 300),
        ("export of the year as csv", 30),
    ):  # fmt: skip
        assert named[what]["wanted"] == wanted
        assert named[what]["value"] > 0
    rows = named["export of the year as csv"]["conditions"]
    assert int(rows.split()[0]) > 500


def test_a_payroll_file_and_a_calendar(week: Run, tmp_path: Path) -> None:
    path = tmp_path / "march.txt"
    asked = ("export", *MARCH, "--profile", "datev-lodas", "--person", "E17")
    assert "facedesk profile set datev-lodas consultant=" in week(*asked, path).err
    options = ("consultant=1234567", "client=10", "regular=100", "overtime=110")
    assert week("profile", "set", "datev-lodas", *options).code == 0
    assert week(*asked, path).code == 0
    assert path.read_text("cp1252").splitlines()[-1] == "10;01/03/2026;E17;100;1;7,50;"
    assert "consultant" not in week("profile", "list").out
    assert week("profile", "remove", "datev-lodas").code == 0
    assert week("profile", "set", "hours", "nonsense").code == 1
    own = tmp_path / "own.json"
    own.write_text(week("profile", "show", "hours").out.replace('"hours"', '"ours"', 1))
    assert week("profile", "save", own).out == "Saved ours\n"
    assert "ADA" in week("export", *MARCH, "--profile", "ours").out.upper()

    week("absence", "add", "--person", "E17", "--kind", "sick", "--from", "2026-03-04")
    calendar = week("export", *MARCH, "--format", "ics").out
    assert "SUMMARY:Ada: absent" in calendar
    assert "Ada: sick" in week("export", *MARCH, "--format", "ics", "--with-kind").out
    assert "VEVENT" not in week("export", *MARCH, "--format", "ics", "--department", "Guards").out


def test_a_personal_copy_as_pdf(week: Run, tmp_path: Path) -> None:
    path = tmp_path / "ada.pdf"
    assert week("report", *MARCH, "--person", "E17", "--format", "pdf", path).code == 0
    assert path.read_bytes().startswith(b"%PDF")
    assert week("report", *MARCH, "--format", "pdf").code == 2


def test_punches_of_a_file_are_added_once(week: Run, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    assert week("export", *MARCH, path).code == 0
    assert "Added 0 punches; 3 are" in week("import", path, *SIGNED).out
    path.write_text(path.read_text("utf-8-sig").replace("E17", "E18"), "utf-8")
    assert "Would add 3 punches" in week("import", path, "--dry-run", *SIGNED).out
    assert "Added 3 punches" in week("import", path, *SIGNED).out
    path.write_text("staff_number,direction,utc\r\nE99,in,2026-03-02T08:00:00Z\r\n", "utf-8")
    told = week("import", path, *SIGNED)
    assert (told.code, "E99" in told.err) == (1, True)
