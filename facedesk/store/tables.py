"""Tables as files for other programs: CSV, JSON and Excel workbooks.

A file is written beside its place first and then put there: it is complete or absent. Rows are
taken one at a time, so that a year does not have to fit into memory.
"""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from facedesk.store.troubles import writing

if TYPE_CHECKING:
    from openpyxl.cell.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Value = str | int | float
# A cell that begins like this is run as a formula by spreadsheets, also in their full-width forms.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SKIPPED = " \u00a0\u3000"  # spaces that spreadsheets skip before a formula
_SUSPICIOUS = frozenset((*_FORMULA_STARTS, *_SKIPPED, "'"))
_BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for the system's old encoding
_LONGEST_SHEET_NAME = 31


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"  # ISO text
    TIME = "time"  # ISO text
    MOMENT = "moment"  # ISO text in UTC
    DURATION = "duration"  # whole minutes
    HOURS = "hours"  # whole minutes that may be negative: Excel shows no negative duration


# Excel's formats, where openpyxl's own choice would not do.
_FORMATS = {Kind.DURATION: "[h]:mm", Kind.HOURS: "0.00"}
Moment = date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """A title, columns, and rows that have a value for each column ('' for none)."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


def write_csv(target: Path | IO[str], table: Table) -> int:
    """Write RFC 4180 with a header line; returns the number of rows.

    A file is UTF-8 with a byte order mark; an open text stream gets neither the mark nor a flush.
    Text that a spreadsheet would run as a formula gets an apostrophe in front. Raises StoreError.
    """

    # Numbers and ISO times are ours; only text is looked at, and of most of it one letter.
    texts = [number for number, column in enumerate(table.columns) if column.kind is Kind.TEXT]

    def harmless_row(row: Sequence[Value]) -> Sequence[Value]:
        for number in texts:
            value = row[number]
            if value and str(value)[0] in _SUSPICIOUS:
                return [harmless(value) for value in row]
        return row

    def write(file: IO[str]) -> int:
        writer = csv.writer(file)
        writer.writerow([column.name for column in table.columns])
        count = 0
        for row in table.rows:
            writer.writerow(harmless_row(row))
            count += 1
        return count

    return _write(target, write, _BYTE_ORDER_MARK)


def write_json(target: Path | IO[str], table: Table) -> int:
    """Write a JSON list, one object a line; returns the number of rows. Raises StoreError."""
    names = [column.name for column in table.columns]

    def write(file: IO[str]) -> int:
        count = 0
        for row in table.rows:
            file.write(",\n" if count else "[\n")
            json.dump(dict(zip(names, row, strict=True)), file, ensure_ascii=False)
            count += 1
        file.write("\n]\n" if count else "[]\n")
        return count

    return _write(target, write)


def write_xlsx(target: Path, tables: Iterable[Table]) -> int:
    """Write an Excel workbook, one sheet a table; returns the number of rows. Raises StoreError.

    Dates, times and durations are real ones, and text is text whatever it begins with.
    """
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    titles: set[str] = set()
    count = 0
    with replacing(target) as temporary:
        try:
            for table in tables:
                sheet = workbook.create_sheet(_sheet_title(table.title, titles))
                count += _fill(sheet, table)
        except BaseException:
            for sheet in workbook.worksheets:
                if not sheet.closed:
                    sheet.close()  # else its half-written part complains when it is collected
            raise
        workbook.save(temporary)
    return count


def _fill(sheet: "WriteOnlyWorksheet", table: Table) -> int:
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, 1):
        width = 24 if column.kind is Kind.TEXT else max(12, len(column.name) + 2)
        sheet.column_dimensions[get_column_letter(number)].width = width
    cell = _cells(sheet)
    sheet.append([cell(column.name, Kind.TEXT, bold=True) for column in table.columns])
    count = 0
    for row in table.rows:
        sheet.append(
            [cell(value, column.kind) for value, column in zip(row, table.columns, strict=True)]
        )
        count += 1
    return count


def _cells(sheet: "WriteOnlyWorksheet") -> Callable[..., object]:
    """How a value becomes a cell of `sheet`."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    heading = Font(bold=True)

    def cell(
        value: Value, kind: Kind, bold: bool = False
    ) -> "WriteOnlyCell | Value | Moment | None":
        if value == "":
            return None
        given = _excel_value(value, kind)
        if isinstance(given, str):
            given = ILLEGAL_CHARACTERS_RE.sub("", given)
        # A cell of its own is slow, and most need none.
        is_text = isinstance(given, str) and given.startswith(("=", "#"))
        if not (is_text or bold or kind in _FORMATS):
            return given
        made = WriteOnlyCell(sheet, given)
        if is_text:
            made.data_type = "s"  # else "=1+1" becomes a formula and "#N/A" an error
        if bold:
            made.font = heading
        else:
            made.number_format = _FORMATS.get(kind, "General")
        return made

    return cell


def _excel_value(value: Value, kind: Kind) -> Value | Moment:
    match kind:
        case Kind.DATE:
            return date.fromisoformat(str(value))
        case Kind.TIME:
            return time.fromisoformat(str(value))
        case Kind.MOMENT:
            return datetime.fromisoformat(str(value)).replace(tzinfo=None)  # Excel has no zones
        case Kind.DURATION:
            return timedelta(minutes=int(value))
        case Kind.HOURS:
            return round(int(value) / 60, 4)
        case _:
            return value


def _sheet_title(text: str, taken: set[str]) -> str:
    """A title that Excel accepts, unlike those in `taken`, which it joins."""
    plain = "".join("_" if character in "[]:*?/\\" else character for character in text)
    plain = plain.strip("'")[:_LONGEST_SHEET_NAME] or "Sheet"
    title, number = plain, 1
    while title.casefold() in taken:
        number += 1
        title = f"{plain[: _LONGEST_SHEET_NAME - 1 - len(str(number))]} {number}"
    taken.add(title.casefold())
    return title


def harmless(value: Value) -> Value:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return "'" + value if isinstance(value, str) and _is_formula(value) else value


def as_written(text: str) -> str:
    """Takes back what `harmless` did."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    # With apostrophes in front too, so that one more can be told from one that was there.
    return text.lstrip(_SKIPPED + "'").startswith(_FORMULA_STARTS)


def _write(target: Path | IO[str], write: Callable[[IO[str]], int], mark: str = "") -> int:
    if not isinstance(target, Path):
        return write(target)
    with replacing(target) as temporary:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(mark)
            count = write(file)
            file.flush()
            os.fsync(file.fileno())
        return count


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A place for a new file that takes the place of `target` when the block ends well.

    Raises StoreError for what the operating system complains about.
    """
    temporary = target.with_name(target.name + ".new")
    with writing(target):
        try:
            yield temporary
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
