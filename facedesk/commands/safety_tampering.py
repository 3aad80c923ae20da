"""A database file that others write to: every change is found, or proven to change nothing."""

import logging
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from facedesk.commands.safety_kills import CONTRACT, START, WHY, faces, opened, punch_of
from facedesk.core.errors import FaceDeskError
from facedesk.core.records import Person
from facedesk.core.schedules import Schedule
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.schedules import Schedules

_log = logging.getLogger(__name__)
# Tables whose content means nothing by itself: a number that only has to move.
_MEANINGLESS = ("generation", "sqlite_sequence")


@dataclass(slots=True)
class Tampering:
    """What became of all changes; `by_way` counts them by (way, outcome)."""

    changes: int = 0
    refused: int = 0  # at opening
    found: int = 0  # by `db check`
    harmless: int = 0  # nothing that FaceDesk reads was changed
    missed: int = 0
    crashed: int = 0
    by_way: dict[tuple[str, str], int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


def tamper(folder: Path, changes: int, seed: int) -> Tampering:
    """Change a copy of one file in `folder` again and again, each time in one way."""
    chance = random.Random(seed)
    path = folder / "facedesk.db"
    with opened(path) as database:
        _fill(database)
        database.vacuum()
    whole, before = path.read_bytes(), _content(path)
    result = Tampering()
    for number in range(changes):
        way = list(_WAYS)[number % len(_WAYS)]
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        path.write_bytes(whole)
        what = _WAYS[way](path, chance)
        outcome = _judged(path, before)
        result.changes += 1
        setattr(result, outcome, getattr(result, outcome) + 1)
        result.by_way[way, outcome] = result.by_way.get((way, outcome), 0) + 1
        if outcome in ("missed", "crashed"):
            result.troubles.append(f"{way}: {what}")
    return result


def _judged(path: Path, before: object) -> str:
    try:
        database = opened(path)
    except FaceDeskError:
        return "refused"
    except Exception:
        _log.exception("a changed file crashed FaceDesk")
        return "crashed"
    with database:
        try:
            if database.check():
                return "found"
            People(database).list()
            People(database).gallery(CONTRACT)
            Punches(database).log(None, None)
        except FaceDeskError:
            return "found"
        except Exception:
            _log.exception("a changed file crashed FaceDesk")
            return "crashed"
    return "harmless" if _content(path) == before else "missed"


def _content(path: Path) -> object:
    """Everything that can be read of a file: definitions, and all rows of all tables.

    Sealed values are compared as they are: none may differ by a bit.
    """
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    try:
        definitions = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
        ).fetchall()
        rows = {
            name: connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall()  # noqa: S608
            for name in _tables(connection)
            if name not in _MEANINGLESS
        }
    except sqlite3.Error as error:
        return str(error)
    finally:
        connection.close()
    return definitions, rows


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [row[0].decode() if isinstance(row[0], bytes) else row[0] for row in rows]


def _flip_bit(path: Path, chance: random.Random) -> str:
    content = bytearray(path.read_bytes())
    bit = chance.randrange(len(content) * 8)
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    return f"bit {bit % 8} of byte {bit // 8}"


def _flip_bytes(path: Path, chance: random.Random) -> str:
    content = bytearray(path.read_bytes())
    places = [chance.randrange(len(content)) for _ in range(chance.randint(2, 64))]
    for place in places:
        content[place] = chance.randrange(256)
    path.write_bytes(content)
    return f"bytes {places}"


def _by_hand(
    change: Callable[[sqlite3.Connection, str, random.Random], str],
) -> Callable[[Path, random.Random], str]:
    """A careful intruder with a database tool: takes the guards away, and puts them back."""

    def changed(path: Path, chance: random.Random) -> str:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        filled = [
            name
            for name in _tables(connection)
            if connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608
            and name not in _MEANINGLESS
        ]
        while True:
            table = chance.choice(filled)
            try:
                what = change(connection, table, chance)
                break
            except sqlite3.IntegrityError:
                continue  # the file itself refuses this one; the intruder tries another
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.close()
        return what

    return changed


def _edit(connection: sqlite3.Connection, table: str, chance: random.Random) -> str:
    row_id = _some_row(connection, table, chance)
    columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    column, kind = chance.choice([(row[1], row[2]) for row in columns])
    old = connection.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', [row_id])  # noqa: S608
    value = old.fetchone()[0]
    new: object = {
        "INTEGER": (value or 0) + 1 if kind == "INTEGER" else None,
        "REAL": (value or 0.0) + 1e-6 if kind == "REAL" else None,
        "TEXT": f"{value or ''}x" if kind == "TEXT" else None,
        "BLOB": bytes(value or b"\0")[:-1] + b"\x07\x08" if kind == "BLOB" else None,
    }[kind]
    connection.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (new, row_id))  # noqa: S608
    return f"{table}.{column} of row {row_id}"


def _delete(connection: sqlite3.Connection, table: str, chance: random.Random) -> str:
    row_id = _some_row(connection, table, chance)
    connection.execute(f'DELETE FROM "{table}" WHERE rowid = ?', [row_id])  # noqa: S608
    return f"row {row_id} of {table}"


def _insert(connection: sqlite3.Connection, table: str, chance: random.Random) -> str:
    row_id = _some_row(connection, table, chance)
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")') if not row[5]]
    names = ", ".join(f'"{column}"' for column in columns)
    connection.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {names} FROM "{table}" WHERE rowid = ?',  # noqa: S608
        [row_id],
    )
    return f"another row {row_id} of {table}"


def _swap(connection: sqlite3.Connection, table: str, chance: random.Random) -> str:
    """One column's value of two rows, for example the faces of two people."""
    first, second = _some_row(connection, table, chance), _some_row(connection, table, chance)
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")') if not row[5]]
    if not columns:
        raise sqlite3.IntegrityError("nothing to swap")
    column = chance.choice(columns)
    values = [
        connection.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', [row]).fetchone()[0]  # noqa: S608
        for row in (first, second)
    ]
    if values[0] == values[1]:
        raise sqlite3.IntegrityError("nothing would change")
    for row, value in zip((second, first), values, strict=True):
        connection.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (value, row))  # noqa: S608
    return f"{table}.{column} of rows {first} and {second}"


_WAYS: dict[str, Callable[[Path, random.Random], str]] = {
    "bit": _flip_bit,
    "bytes": _flip_bytes,
    "edit": _by_hand(_edit),
    "deletion": _by_hand(_delete),
    "insertion": _by_hand(_insert),
    "swap": _by_hand(_swap),
}


def _some_row(connection: sqlite3.Connection, table: str, chance: random.Random) -> int:
    rows = connection.execute(f'SELECT rowid FROM "{table}"').fetchall()  # noqa: S608
    return int(chance.choice(rows)[0])


def _fill(database: Database) -> None:
    people, punches = People(database), Punches(database)
    for number in range(12):
        people.add(
            Person(0, f"Person {number}", f"E{number}", "Tables", f"notes {number}"), faces(number)
        )
    for number in range(120):
        punches.record(punch_of(1 + number % 12, number))
    corrections = Corrections(database, lambda _, utc: utc.date())
    for number in range(1, 20):
        corrections.set_time(number, START + timedelta(hours=number), WHY)
    corrections.close((START + timedelta(days=30)).date(), WHY)
    Schedules(database).save(Schedule("Office", "Mon-Fri 09:00-17:30"))
