"""The attendance log as a table for other programs."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import IO

from facedesk.core.attendance import zone_info
from facedesk.store.punches import LogRow
from facedesk.store.tables import Column, Kind, Table, Value, write_csv, write_json, write_xlsx
from facedesk.store.times import from_text, to_text

# `date` and `time` are local to `zone`; `corrected` is 'yes' where somebody added or changed the
# punch by hand.
COLUMNS = (
    Column("punch_id", Kind.NUMBER),
    Column("person_id", Kind.NUMBER),
    Column("name"),
    Column("staff_number"),
    Column("department"),
    Column("direction"),
    Column("method"),
    Column("date", Kind.DATE),
    Column("time", Kind.TIME),
    Column("zone"),
    Column("utc", Kind.MOMENT),
    Column("score", Kind.NUMBER),
    Column("runner_up", Kind.NUMBER),
    Column("threshold", Kind.NUMBER),
    Column("reason"),
    Column("source"),
    Column("clock_moved_s", Kind.NUMBER),
    Column("corrected"),
)
_SECONDS_AT, _FRACTION_AT = 16, 19  # in the text of a time


def export_csv(target: Path | IO[str], log: Iterable[LogRow], zone: str = "") -> int:
    """Write the log as CSV (see `tables.write_csv`); returns the number of punches.

    `zone` '' shows each punch in the zone of its own kiosk.
    """
    return write_csv(target, log_table(log, zone))


def export_json(target: Path | IO[str], log: Iterable[LogRow], zone: str = "") -> int:
    """As `export_csv`: a JSON list, one object a punch."""
    return write_json(target, log_table(log, zone))


def export_xlsx(target: Path, log: Iterable[LogRow], zone: str = "") -> int:
    """As `export_csv`: an Excel workbook with real dates and times."""
    return write_xlsx(target, [log_table(log, zone)])


WRITERS: dict[str, Callable[..., int]] = {
    "csv": export_csv,
    "json": export_json,
    "xlsx": export_xlsx,
}


def log_table(log: Iterable[LogRow], zone: str = "") -> Table:
    """The log as a table, in the order it is given."""
    return Table("Log", COLUMNS, (_row(entry, zone) for entry in log))


def _row(entry: LogRow, zone: str) -> tuple[Value, ...]:
    punch = entry.punch
    utc = to_text(punch.utc)
    shown = zone or punch.zone
    day, clock = _local_minute(utc[:_SECONDS_AT], shown)
    return (
        punch.id,
        punch.person_id,
        entry.name,
        entry.staff_number,
        entry.department,
        str(punch.direction),
        str(punch.method),
        day,
        clock + utc[_SECONDS_AT:_FRACTION_AT],
        shown,
        utc,
        round(punch.score, 4),
        round(punch.runner_up, 4),
        round(punch.threshold, 4),
        punch.reason,
        punch.source,
        punch.clock_moved_s,
        "yes" if entry.corrected else "",
    )


@lru_cache(maxsize=4096)
def _local_minute(utc: str, zone: str) -> tuple[str, str]:
    """Day and HH:MM in a zone. Many people come in the same minute, so most need no conversion."""
    local = from_text(utc + "Z").astimezone(zone_info(zone)).isoformat()
    return local[:10], local[11:16]
