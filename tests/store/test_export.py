"""Exports that other programs read as they were meant."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from facedesk.core.errors import BadInputError, StoreError
from facedesk.core.records import Direction, Person
from facedesk.store.database import Database
from facedesk.store.export import COLUMNS, export_csv, export_json
from facedesk.store.people import People
from facedesk.store.punches import LogRow, Punches
from tests.store.samples import NAMES, punch


def entry(name: str = "Ada", **changes: object) -> LogRow:
    return LogRow(replace(punch(1), id=7, **changes), name, "E17", "Analysis")


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_csv_line_has_local_time_zone_and_utc(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    assert export_csv(path, [entry()]) == 1
    assert read_csv(path) == [
        {
            "punch_id": "7",
            "person_id": "1",
            "name": "Ada",
            "staff_number": "E17",
            "department": "Analysis",
            "direction": "in",
            "method": "face",
            "date": "2026-03-02",
            "time": "09:00:00",
            "zone": "Europe/Berlin",
            "utc": "2026-03-02T08:00:00.000000Z",
            "score": "0.71",
            "runner_up": "0.12",
            "threshold": "0.42",
            "reason": "best 0.71, above 0.42",
            "source": "camera:front",
            "clock_moved_s": "0",
            "corrected": "",
        }
    ]
    export_csv(path, [entry()], "Asia/Tokyo")
    assert read_csv(path)[0]["time"] == "17:00:00"
    assert read_csv(path)[0]["zone"] == "Asia/Tokyo"


def test_the_file_is_rfc_4180_that_excel_opens(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    export_csv(path, [entry('O"Brien, Bob')])
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfpunch_id,")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == 2
    assert b',"O""Brien, Bob",' in content


@pytest.mark.parametrize("name", NAMES)
def test_any_name_goes_from_people_through_the_log_into_the_files(
    database: Database, tmp_path: Path, name: str
) -> None:
    person = People(database).add(Person(0, name, name[:64], name))
    punches = Punches(database)
    punches.record(punch(person.id))
    export_csv(tmp_path / "day.csv", punches.log(None, None))
    export_json(tmp_path / "day.json", punches.log(None, None))
    (as_json,) = json.loads((tmp_path / "day.json").read_text(encoding="utf-8"))
    (as_csv,) = read_csv(tmp_path / "day.csv")
    shown = f"'{name}" if name[0] in "=+-@" else name
    assert (as_json["name"], as_json["staff_number"]) == (name, name[:64])
    assert (as_csv["name"], as_csv["department"]) == (shown, shown)


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@A1", "\tx", "\rx", " =1+1", "＝1+1"])
def test_no_text_cell_begins_like_a_formula(tmp_path: Path, start: str) -> None:
    path = tmp_path / "day.csv"
    export_csv(path, [entry(start, reason=start, source=start, score=-0.5)])
    (row,) = read_csv(path)
    assert row["name"] == row["reason"] == row["source"] == "'" + start
    assert row["score"] == "-0.5"  # a number stays a number


def test_the_hour_that_comes_twice_is_told_apart_by_utc(tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    moments = [datetime.fromisoformat(f"2026-10-25T0{hour}:30:00Z") for hour in (0, 1)]
    export_json(path, [entry(utc=utc, direction=Direction.OUT) for utc in moments])
    first, second = json.loads(path.read_text(encoding="utf-8"))
    assert first["time"] == second["time"] == "02:30:00"
    assert first["utc"] < second["utc"]


def test_a_stream_gets_plain_lines_and_stays_open() -> None:
    stream = io.StringIO()
    assert export_csv(stream, []) == 0
    assert stream.getvalue() == ",".join(column.name for column in COLUMNS) + "\r\n"
    assert export_json(stream, []) == 0


def _breaks_off() -> Iterator[LogRow]:
    yield entry()
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("export", [export_csv, export_json])
def test_an_export_that_breaks_off_leaves_the_older_file(tmp_path: Path, export) -> None:
    path = tmp_path / "day"
    path.write_text("yesterday's")
    with pytest.raises(StoreError, match="disk is full"):
        export(path, _breaks_off())
    assert path.read_text() == "yesterday's"
    assert [file.name for file in tmp_path.iterdir()] == ["day"]


def test_bad_places_and_zones_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        export_csv(tmp_path / "gone" / "day.csv", [entry()])
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError):
        export_csv(tmp_path / "folder", [entry()])
    with pytest.raises(BadInputError, match="time zone"):
        export_csv(tmp_path / "day.csv", [entry()], "Europe/Atlantis")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]
