"""The log as files for other programs: CSV for spreadsheets, JSON for scripts.

A file is written beside its place first and then put there: an export is complete or absent.
"""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO

from facedesk.core.attendance import zone_info
from facedesk.store.punches import LogRow
from facedesk.store.times import to_text
from facedesk.store.troubles import writing

# A cell that begins like this is run as a formula by spreadsheets, also in their full-width forms.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BYTE_ORDER_MARK = "\ufeff"  # without it, Excel takes UTF-8 for the system's old encoding


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One line of an export; the fields are the columns. `date` and `time` are local to `zone`.

    `corrected` is 'yes' where somebody added or changed the punch by hand.
    """

    punch_id: int
    person_id: int
    name: str
    staff_number: str
    department: str
    direction: str
    date: str
    time: str
    zone: str
    utc: str
    score: float
    runner_up: float
    threshold: float
    reason: str
    source: str
    corrected: str


COLUMNS = tuple(field.name for field in fields(ExportRow))


def rows(log: Iterable[LogRow], zone: str = "") -> Iterator[ExportRow]:
    """The lines of an export. `zone` '' shows each punch in the zone of its own kiosk."""
    for entry in log:
        punch = entry.punch
        shown = zone or punch.zone
        local = punch.utc.astimezone(zone_info(shown))
        yield ExportRow(
            punch_id=punch.id,
            person_id=punch.person_id,
            name=entry.name,
            staff_number=entry.staff_number,
            department=entry.department,
            direction=str(punch.direction),
            date=f"{local:%Y-%m-%d}",
            time=f"{local:%H:%M:%S}",
            zone=shown,
            utc=to_text(punch.utc),
            score=round(punch.score, 4),
            runner_up=round(punch.runner_up, 4),
            threshold=round(punch.threshold, 4),
            reason=punch.reason,
            source=punch.source,
            corrected="yes" if entry.corrected else "",
        )


def export_csv(target: Path | IO[str], log: Iterable[LogRow], zone: str = "") -> int:
    """Write RFC 4180 with a header line; returns the number of punches.

    A file is UTF-8 with a byte order mark; an open text stream gets neither the mark nor a flush.
    Text that a spreadsheet would run as a formula gets an apostrophe in front. Raises StoreError.
    """

    def write(file: IO[str]) -> int:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        count = 0
        for row in rows(log, zone):
            writer.writerow([_harmless(getattr(row, column)) for column in COLUMNS])
            count += 1
        return count

    return _export(target, write, _BYTE_ORDER_MARK)


def export_json(target: Path | IO[str], log: Iterable[LogRow], zone: str = "") -> int:
    """Write a JSON list, one object a punch; returns the number of punches. Raises StoreError."""

    def write(file: IO[str]) -> int:
        listed = [asdict(row) for row in rows(log, zone)]
        json.dump(listed, file, ensure_ascii=False, indent=1)
        file.write("\n")
        return len(listed)

    return _export(target, write)


def _harmless(value: object) -> object:
    # Spreadsheets skip spaces before a formula. Numbers are ours and stay numbers.
    if isinstance(value, str) and value.lstrip(" \u00a0").startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def _export(target: Path | IO[str], write: Callable[[IO[str]], int], mark: str = "") -> int:
    if not isinstance(target, Path):
        return write(target)
    with _replacing(target) as file:
        file.write(mark)
        return write(file)


@contextmanager
def _replacing(target: Path) -> Iterator[IO[str]]:
    """A new text file that takes the place of `target` when the block ends well."""
    temporary = target.with_name(target.name + ".new")
    with writing(target):
        try:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
