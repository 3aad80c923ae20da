"""A new data key, and everything sealed anew with it, in small steps while others work.

What is done is written in the values themselves: each names the key that sealed it. A rotation that
was killed therefore goes on from where it stood.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from facedesk.core.audit import Act
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.store import audit, wraps
from facedesk.store.database import Database
from facedesk.store.keys import KeyFile, Keys
from facedesk.store.vault import SEALED, SealBrokenError, SealedColumn

_ROWS_A_STEP = 200  # a tenth of a second: a punch must not wait longer for the write lock

Progress = Callable[[int, int, str], None]


def begin(database: Database) -> int:
    """Make a new data key, from now on the one that seals; its number.

    It is wrapped by new keys of every kind that the database uses, of which those that lie in
    files stay for older backups. Raises StoreError when one cannot be kept, or when nobody gives
    the new passphrase.
    """
    kinds = [wraps.KeyKind(row["kind"]) for row in database.read(
        "SELECT DISTINCT kind FROM vault_keys ORDER BY kind"
    )]  # fmt: skip
    keys = _answered(database.keys, kinds)
    with database.transaction() as connection:
        number = database.vault.newest + 1
        data_key = wraps.new_data_key()
        for kind in kinds:
            wraps.store(connection, wraps.wrap(number, data_key, kind, keys))
        audit.note(database, Act.KEYS_CHANGED, after={"data key": str(number)})
    return number


def add_way_in(database: Database, kind: wraps.KeyKind) -> None:
    """Let a key of this kind open the database too. Raises StoreError as `begin`."""
    keys = _answered(database.keys, [kind])
    with database.transaction() as connection:
        found = wraps.stored(connection)
        for number, data_key in wraps.unwrap(found, database.keys, database.path).items():
            wraps.store(connection, wraps.wrap(number, data_key, kind, keys))
        audit.note(database, Act.KEYS_CHANGED, after={"opened by": str(kind)})


def remove_way_in(database: Database, kind: wraps.KeyKind) -> None:
    """Let no key of this kind open the database. Raises BadInputError for the last kind."""
    with database.transaction() as connection:
        connection.execute("DELETE FROM vault_keys WHERE kind = ?", [str(kind)])
        audit.note(database, Act.KEYS_CHANGED, before={"opened by": str(kind)})
        if not wraps.stored(connection):
            raise BadInputError(
                tr("The last key stays"),
                tr("Without it nobody could open the database."),
                tr("Add another kind of key first."),
            )


def ways_in(database: Database) -> list[wraps.Wrap]:
    """Every key that opens the database now."""
    with database.transaction() as connection:
        return wraps.stored(connection)


def forget(database: Database, ways: Sequence[wraps.Wrap]) -> None:
    """Remove keys from where they were put, so that backups which need them never open again.

    Those that the database needs now stay.
    """
    needed = {way.name for way in ways_in(database)}
    gone = [way for way in ways if way.name not in needed]
    for path in {way.place for way in gone if way.kind is wraps.KeyKind.FILE}:
        KeyFile(Path(path)).forget(way.name for way in gone)
    if database.keys.system is not None:
        database.keys.system.forget(way.name for way in gone if way.kind is wraps.KeyKind.SYSTEM)


def pending(database: Database) -> bool:
    """Whether a rotation was begun and not ended."""
    return len(database.read("SELECT DISTINCT number FROM vault_keys")) > 1


def run(database: Database, progress: Progress = lambda done, total, text: None) -> int:
    """Seal anew what older keys sealed, then forget these; how many values that were.

    `progress` may raise to stop after a step; the next call goes on. Values that were tampered
    with stay as they are: no key opens them.
    """
    with database.transaction():  # which looks for the newest key
        total = sum(_count(database, column) for column in SEALED)
    done = 0
    for column in SEALED:
        after = 0
        while True:
            with database.transaction() as connection:
                count, after = _step(database, connection, column, after)
            done += count
            progress(done, total, "")
            if count < _ROWS_A_STEP:
                break
    with database.transaction() as connection:
        database.digests.seal_anew(connection)
        connection.execute("DELETE FROM vault_keys WHERE number < ?", [database.vault.newest])
    database.erase_traces()
    return done


def _count(database: Database, column: SealedColumn) -> int:
    sql = f"SELECT count(*) FROM {column.table} WHERE {_old(column)}"  # noqa: S608 (constants)
    return int(database.read(sql, {"newest": _prefix(database)})[0][0])


def _step(
    database: Database, connection: sqlite3.Connection, column: SealedColumn, after: int
) -> tuple[int, int]:
    """Seal the next rows anew; how many were looked at, and the last one's id."""
    rows = connection.execute(
        f"SELECT rowid, {column.person or 0}, {column.column} FROM {column.table}"  # noqa: S608
        f" WHERE rowid > :after AND {_old(column)} ORDER BY rowid LIMIT :limit",
        {"after": after, "newest": _prefix(database), "limit": _ROWS_A_STEP},
    ).fetchall()
    generation = connection.execute("SELECT number FROM generation").fetchone()[0]
    for row_id, person_id, sealed in rows:
        place = column.at(row_id, person_id)
        try:
            value = database.vault.open(sealed, place)
        except SealBrokenError:
            continue
        connection.execute(
            f"UPDATE {column.table} SET {column.column} = ? WHERE rowid = ?",  # noqa: S608
            (database.vault.seal(value, place), row_id),
        )
    # No face has changed: galleries in memory need not be built anew.
    connection.execute("UPDATE generation SET number = ?", [generation])
    return len(rows), rows[-1][0] if rows else after


def _answered(keys: Keys, kinds: Sequence[wraps.KeyKind]) -> Keys:
    """`keys` with the passphrase asked for now: nobody may type while others wait for the lock."""
    answer = keys.passphrase() if wraps.KeyKind.PASSPHRASE in kinds else None
    return replace(keys, passphrase=lambda: answer)


def _old(column: SealedColumn) -> str:
    return f"length({column.column}) > 0 AND substr({column.column}, 2, 4) <> :newest"


def _prefix(database: Database) -> bytes:
    """How a sealed value names the newest key."""
    return database.vault.newest.to_bytes(4, "big")
