"""What can be wrong with the content of a database, in sentences."""

import sqlite3
from collections.abc import Iterator

from facedesk.core.language import tr
from facedesk.store import audit, chain, heads, migrations
from facedesk.store.digests import Digests
from facedesk.store.vault import KEY_BYTES, SEALED, SealBrokenError, Vault


def damage(connection: sqlite3.Connection) -> Iterator[str]:
    """What SQLite itself finds; reads all of the file, of any schema.

    Raises sqlite3.DatabaseError when it cannot be read at all.
    """
    for row in connection.execute("PRAGMA integrity_check"):
        if row[0] != "ok":
            yield str(row[0])
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield tr("A row of {table} refers to nobody.", table=row[0])


def tampering(connection: sqlite3.Connection, vault: Vault, digests: Digests) -> Iterator[str]:
    """What is not as FaceDesk wrote it, in a file of the newest schema that SQLite finds whole."""
    report = chain.verify(connection, vault)
    if not report.intact:
        yield tr("The attendance log is broken: {why}.", why=report.problem)
    yield from _schema(connection)
    yield from _counters(connection)
    yield from _seals(connection, vault)
    yield from audit.problems(connection, vault)
    try:
        yield from heads.problems(connection, vault)
        for table in digests.changed_tables(connection):
            yield tr("The table {table} was changed outside FaceDesk.", table=table)
    except SealBrokenError as error:
        yield error.message


def _schema(connection: sqlite3.Connection) -> Iterator[str]:
    """Whoever took a trigger or a check away means to write what they forbid."""
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    try:
        vault = Vault({1: bytes(KEY_BYTES)})
        digests = Digests(lambda: vault)
        digests.register(fresh)
        fresh.create_function("facedesk_seal", 5, lambda value, *place: value)
        fresh.create_function("facedesk_blind", 3, lambda purpose, text, key: bytes(KEY_BYTES))
        migrations.upgrade(fresh, digests.forget_triggers, lambda: digests.rebuild(fresh))
        ours, theirs = _statements(fresh), _statements(connection)
    finally:
        fresh.close()
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield tr("The definition of {name} was changed outside FaceDesk.", name=name)


def _statements(connection: sqlite3.Connection) -> dict[str, str | None]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'")
    return {str(row[0]): row[1] for row in rows}


def _counters(connection: sqlite3.Connection) -> Iterator[str]:
    """An id that is given twice would join a new row to what an old one left behind."""
    for name, last in connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall():
        newest = connection.execute(f'SELECT max(rowid) FROM "{name}"').fetchone()[0]  # noqa: S608
        if newest is not None and not (isinstance(last, int) and last >= newest):
            yield tr("The counter of {table} stands below its newest row.", table=name)


def _seals(connection: sqlite3.Connection, vault: Vault) -> Iterator[str]:
    for column in SEALED:
        for row_id, person_id, sealed in connection.execute(
            f"SELECT rowid, {column.person or 0}, {column.column} FROM {column.table}"  # noqa: S608
        ):
            try:
                vault.open(sealed, column.at(row_id, person_id))
            except SealBrokenError as error:
                yield error.message
