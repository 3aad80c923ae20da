"""The rows of a damaged table: read as far as they go, and then behind the damage."""

import sqlite3
from dataclasses import dataclass, field

Row = tuple[object, ...]
LAST = 1 << 40  # no table has so many rows


@dataclass(slots=True)
class Found:
    """The rows of one table by rowid, and the ranges (first, last) that could not be read."""

    rows: dict[int, Row] = field(default_factory=dict)
    unread: list[tuple[int, int]] = field(default_factory=list)

    def drop(self, row_id: int) -> None:
        del self.rows[row_id]
        self.unread.append((row_id, row_id))

    def missed(self, row_id: int) -> bool:
        return any(first <= row_id <= last for first, last in self.unread)


def read(connection: sqlite3.Connection | None, table: str, columns: list[str]) -> Found:
    """Every row that can be had, jumping over pages that cannot."""
    found = Found()
    if connection is None:
        found.unread.append((0, LAST))
        return found
    names = ", ".join(f'"{column}"' for column in columns)
    sql = f'SELECT rowid, {names} FROM "{table}" WHERE rowid > ? ORDER BY rowid'  # noqa: S608
    after = -1
    while True:
        try:
            for row in connection.execute(sql, [after]):
                after = row[0]
                found.rows[after] = row[1:]
            return found
        except (sqlite3.Error, UnicodeDecodeError):
            follows = _next_readable(connection, sql, after)
            found.unread.append((after + 1, LAST if follows is None else follows - 1))
            if follows is None:
                return found
            after = follows - 1


def _next_readable(connection: sqlite3.Connection, sql: str, after: int) -> int | None:
    """The first row behind the damage: in growing jumps, then back by halves."""

    def behind(row_id: int) -> tuple[bool, int | None]:
        try:
            row = connection.execute(f"{sql} LIMIT 1", [row_id]).fetchone()
        except (sqlite3.Error, UnicodeDecodeError):
            return False, None
        return True, None if row is None else int(row[0])

    low, step = after, 1
    while not behind(after + step)[0]:
        low = after + step
        step *= 2
        if step > LAST:
            return None
    high = after + step
    while high - low > 1:
        middle = (low + high) // 2
        if behind(middle)[0]:
            high = middle
        else:
            low = middle
    return behind(high)[1]
