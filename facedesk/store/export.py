"""The attendance log as a table for other programs."""

from collections.abc import Iterable
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from facedesk.core.attendance import zone_info
from facedesk.store.punches import LogRow
from facedesk.store.tables import Column, Kind, Table, Value, write_csv, write_json, write_xlsx
from facedesk.store.times import to_text

# `date` and `time` are local to `zone`; `corrected` is 'yes' where somebody added or changed the
# punch by hand.
_COLUMNS = (
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
COLUMNS = tuple(column.name for column in _COLUMNS)


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


def log_table(log: Iterable[LogRow], zone: str = "") -> Table:
    """The log as a table, in the order it is given."""
    place = zone_info(zone) if zone else None
    return Table("Log", _COLUMNS, (_row(entry, place) for entry in log))


def _row(entry: LogRow, place: ZoneInfo | None) -> tuple[Value, ...]:
    punch = entry.punch
    local = punch.utc.astimezone(place or zone_info(punch.zone)).isoformat()
    return (
        punch.id,
        punch.person_id,
        entry.name,
        entry.staff_number,
        entry.department,
        str(punch.direction),
        str(punch.method),
        local[:10],
        local[11:19],
        punch.zone if place is None else place.key,
        to_text(punch.utc),
        round(punch.score, 4),
        round(punch.runner_up, 4),
        round(punch.threshold, 4),
        punch.reason,
        punch.source,
        punch.clock_moved_s,
        "yes" if entry.corrected else "",
    )
