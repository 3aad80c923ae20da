"""Files that an independent reader opens as they were meant."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from facedesk.core.errors import StoreError
from facedesk.store.tables import Column, Kind, Table, Value, write_csv, write_json, write_xlsx
from tests.store.samples import NAMES

COLUMNS = (
    Column("name"), Column("count", Kind.NUMBER), Column("day", Kind.DATE),
    Column("time", Kind.TIME), Column("utc", Kind.MOMENT), Column("worked_min", Kind.DURATION),
    Column("balance_min", Kind.HOURS),
)  # fmt: skip
ROW: tuple[Value, ...] = ("Ada", 3, "2026-03-02", "08:58", "2026-03-02T07:58:00.5Z", 1510, -30)
EMPTY: tuple[Value, ...] = ("", "", "", "", "", 0, 0)


def table(*rows: tuple[Value, ...], title: str = "Hours") -> Table:
    return Table(title, COLUMNS, rows)


def test_a_workbook_has_real_dates_times_and_durations(tmp_path: Path) -> None:
    path = tmp_path / "hours.xlsx"
    assert write_xlsx(path, [table(ROW, EMPTY)]) == 2
    sheet = openpyxl.load_workbook(path)["Hours"]
    header, row, empty = sheet.iter_rows(values_only=True)
    assert header == tuple(column.name for column in COLUMNS)
    assert row == (
        "Ada", 3, datetime(2026, 3, 2), time(8, 58), datetime(2026, 3, 2, 7, 58, 0, 500000),
        timedelta(hours=25, minutes=10), -0.5,
    )  # fmt: skip
    assert empty == (None, None, None, None, None, timedelta(), 0)
    assert sheet["F2"].number_format == "[h]:mm"
    assert sheet["A1"].font.bold
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("text", [*NAMES, "=1+1", "\t=1", "#N/A", "bell\x07", "＝1", "'quoted"])
def test_text_is_text_in_every_file(tmp_path: Path, text: str) -> None:
    rows = table((text, 1, "", "", "", 0, 0))
    write_xlsx(tmp_path / "t.xlsx", [rows])
    cell = openpyxl.load_workbook(tmp_path / "t.xlsx")["Hours"]["A2"]
    assert (cell.value, cell.data_type) == (text.replace("\x07", ""), "s")
    write_json(tmp_path / "t.json", rows)
    assert json.loads((tmp_path / "t.json").read_text("utf-8"))[0]["name"] == text
    write_csv(tmp_path / "t.csv", rows)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        shown = list(csv.reader(file))[1][0]
    assert shown.removeprefix("'") == text.removeprefix("'")
    assert shown[0] not in "=+-@\t＝"


def test_sheets_get_names_that_excel_accepts(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    titles = ("Ada/Bob [x]", "ada/bob [X]", "A" * 40, "A" * 41, "", "''", "Søren: 1*?")
    write_xlsx(path, [table(ROW, title=title) for title in titles])
    names = openpyxl.load_workbook(path).sheetnames
    assert names == [
        "Ada_Bob _x_", "ada_bob _X_ 2", "A" * 31, "A" * 29 + " 2", "Sheet", "Sheet 2", "Søren_ 1__"
    ]  # fmt: skip


def test_json_is_one_list_of_objects(tmp_path: Path) -> None:
    assert write_json(tmp_path / "none.json", table()) == 0
    assert json.loads((tmp_path / "none.json").read_text()) == []
    assert write_json(tmp_path / "two.json", table(ROW, ROW)) == 2
    first, second = json.loads((tmp_path / "two.json").read_text())
    assert first == second == dict(zip([column.name for column in COLUMNS], ROW, strict=True))


def _breaks_off() -> Iterator[tuple[Value, ...]]:
    yield ROW
    raise OSError(28, "No space left on device")


def test_a_workbook_that_breaks_off_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "hours.xlsx"
    path.write_text("yesterday's")
    with pytest.raises(StoreError, match="disk is full"):
        write_xlsx(path, [Table("Hours", COLUMNS, _breaks_off())])
    assert path.read_text() == "yesterday's"
    assert [file.name for file in tmp_path.iterdir()] == ["hours.xlsx"]


def test_rows_are_taken_one_at_a_time(tmp_path: Path) -> None:
    """So that a year of punches needs no more memory than a day."""
    path = tmp_path / "hours.csv.new"
    sizes = []

    def rows() -> Iterator[tuple[Value, ...]]:
        for _ in range(5000):
            yield ROW
            sizes.append(path.stat().st_size)

    write_csv(tmp_path / "hours.csv", Table("Hours", COLUMNS, rows()))
    assert 0 < sizes[2500] < sizes[-1]
