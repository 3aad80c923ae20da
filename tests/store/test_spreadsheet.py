"""A spreadsheet program opens what we write, shows the same cells and runs none of them."""

import csv
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from facedesk.store.export import export_csv, export_xlsx
from facedesk.store.punches import LogRow
from tests.store.samples import NAMES, punch

OFFICE = shutil.which("soffice")
ATTACKS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", " =1+1", "=cmd|' /C calc'!A0", "＝1+1")
TEXTS = (*NAMES, *ATTACKS, "0123", "1e5", "TRUE", "#N/A")
_AS_TEXT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"


def rows() -> list[LogRow]:
    return [
        LogRow(replace(punch(number, number), id=number), text, f"E{number}", text)
        for number, text in enumerate(TEXTS, 1)
    ]


def converted(path: Path, kind: str, folder: Path) -> Path:
    """What LibreOffice makes of the file."""
    assert OFFICE is not None
    subprocess.run(
        [OFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         *(["--infilter=CSV:44,34,76,1"] if path.suffix == ".csv" else []),
         "--convert-to", kind, "--outdir", str(folder), str(path)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder / f"{path.stem}.{kind.partition(':')[0]}"


@pytest.mark.skipif(OFFICE is None, reason="no LibreOffice on this machine")
def test_libreoffice_shows_a_workbook_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "log.xlsx"
    export_xlsx(path, rows(), "Europe/Berlin")
    with converted(path, _AS_TEXT, tmp_path).open(encoding="utf-8-sig", newline="") as file:
        shown = list(csv.DictReader(file))
    assert [row["name"] for row in shown] == list(TEXTS)
    assert [row["department"] for row in shown] == list(TEXTS)
    assert {row["punch_id"] for row in shown} == {str(number + 1) for number in range(len(TEXTS))}


@pytest.mark.skipif(OFFICE is None, reason="no LibreOffice on this machine")
def test_libreoffice_runs_no_cell_of_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    export_csv(path, rows(), "Europe/Berlin")
    (tmp_path / "out").mkdir()
    sheet = openpyxl.load_workbook(converted(path, "xlsx", tmp_path / "out")).active
    assert sheet is not None
    assert sheet.max_row == len(TEXTS) + 1
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    names = [str(row[2].value) for row in sheet.iter_rows(min_row=2)]
    for written, shown in zip(TEXTS, names, strict=True):
        if written in ATTACKS:
            assert shown.lstrip("'") == written
