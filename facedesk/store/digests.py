"""Digests of tables: a row that was changed, removed or inserted by anything but FaceDesk shows.

A table's digest is the sum, modulo 2^256, of HMAC-SHA256 over each row, so that a change costs one
row and not the table (Bellare and Micciancio 1997, with a keyed hash). Triggers keep it up to date
by a function that only FaceDesk's connections have: other programs cannot even write by accident.
Digest and key are sealed. The append-only logs have their chain instead.
"""

import hashlib
import hmac
import os
import sqlite3
import struct
from collections.abc import Callable, Iterator
from typing import Any

from facedesk.store.vault import KEY_BYTES, Place, Vault

Value = int | float | str | bytes | None
TABLE = "table_digests"
_OWN = (TABLE, "generation")  # the generation's only meaning is that it moves
_KEY_ROW = ""
_MODULUS = 1 << 256


class Digests:
    """The digests of one database. Usable from any thread."""

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._current_vault = vault
        self._opened: tuple[bytes, bytes] = (b"", b"")  # the key, sealed and as it is

    @property
    def _vault(self) -> Vault:
        return self._current_vault()

    def register(self, connection: sqlite3.Connection) -> None:
        """Give the connection the function that the triggers call."""
        connection.create_function("facedesk_fold", -1, self._fold)

    def rebuild(self, connection: sqlite3.Connection) -> None:
        """Begin anew from what the tables hold, after a change of the schema. In a transaction."""
        self.forget_triggers(connection)
        connection.execute(f"DELETE FROM {TABLE}")  # noqa: S608 (a constant)
        key = os.urandom(KEY_BYTES)
        self._write(connection, _KEY_ROW, key)
        for table in tables(connection):
            total = _sum(connection, table, key)
            self._write(connection, table, total.to_bytes(32, "big"))
            self._watch(connection, table)

    def forget_triggers(self, connection: sqlite3.Connection) -> None:
        """Let a change of the schema rewrite tables freely; `rebuild` follows."""
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'digest_of_*'"
            )
        ]
        for name in names:
            connection.execute(f'DROP TRIGGER "{name}"')

    def changed_tables(self, connection: sqlite3.Connection) -> Iterator[str]:
        """The tables whose rows are not those that FaceDesk wrote."""
        stored = {
            str(row[0]): bytes(row[1])
            for row in connection.execute(f"SELECT name, digest FROM {TABLE}")  # noqa: S608
        }
        key = self._vault.open(stored.pop(_KEY_ROW, b""), _place(_KEY_ROW))
        for table in tables(connection):
            digest = self._vault.open(stored.pop(table, b""), _place(table))
            if digest != _sum(connection, table, key).to_bytes(32, "big"):
                yield table
        yield from stored  # a digest without its table

    def seal_anew(self, connection: sqlite3.Connection) -> None:
        """Seal the digests with the newest key. In a transaction."""
        for name, sealed in connection.execute(f"SELECT name, digest FROM {TABLE}").fetchall():  # noqa: S608
            self._write(connection, name, self._vault.open(sealed, _place(name)))

    def _write(self, connection: sqlite3.Connection, name: str, value: bytes) -> None:
        connection.execute(
            f"INSERT INTO {TABLE} VALUES (?, ?)"  # noqa: S608 (a constant)
            " ON CONFLICT (name) DO UPDATE SET digest = excluded.digest",
            (name, self._vault.seal(value, _place(name))),
        )

    def _watch(self, connection: sqlite3.Connection, table: str) -> None:
        columns = _columns(connection, table)

        def fold(inner: str, sign: int, row: str) -> str:
            values = ", ".join(f'{row}."{column}"' for column in columns)
            key = f"(SELECT digest FROM {TABLE} WHERE name = '')"  # noqa: S608 (constants)
            return f"facedesk_fold({key}, {inner}, '{table}', {sign}, {values})"

        folds = {
            "INSERT": fold("digest", 1, "NEW"),
            "UPDATE": fold(fold("digest", -1, "OLD"), 1, "NEW"),
            "DELETE": fold("digest", -1, "OLD"),
        }
        for change, digest in folds.items():
            connection.execute(
                f"CREATE TRIGGER digest_of_{table}_after_{change.lower()} AFTER {change} ON {table}"  # noqa: S608
                f" BEGIN UPDATE {TABLE} SET digest = {digest} WHERE name = '{table}'; END"
            )

    def _key(self, sealed: bytes) -> bytes:
        if self._opened[0] != sealed:
            self._opened = (sealed, self._vault.open(sealed, _place(_KEY_ROW)))
        return self._opened[1]

    def _fold(
        self, sealed_key: bytes, sealed: bytes, table: str, sign: int, *values: Value
    ) -> bytes:
        total = int.from_bytes(self._vault.open(sealed, _place(table)), "big")
        total += sign * _row(self._key(sealed_key), table, values)
        return self._vault.seal((total % _MODULUS).to_bytes(32, "big"), _place(table))


def tables(connection: sqlite3.Connection) -> list[str]:
    """Those that have a digest: all but SQLite's own and the chained logs."""
    names = [
        str(row[0])
        for row in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
            " ORDER BY name"
        )
    ]
    return [
        name
        for name in names
        if name not in _OWN and "previous_hash" not in _columns(connection, name)
    ]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")')]


def _sum(connection: sqlite3.Connection, table: str, key: bytes) -> int:
    columns = ", ".join(f'"{column}"' for column in _columns(connection, table))
    rows = connection.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608 (names of tables)
    return sum(_row(key, table, tuple(row)) for row in rows) % _MODULUS


def _row(key: bytes, table: str, values: tuple[Any, ...]) -> int:
    """The keyed hash of one row; each value with its type and length, so that none can shift."""
    code = hmac.new(key, f"{table}\0".encode(), hashlib.sha256)
    for value in values:
        match value:
            case None:
                content = b""
            case bytes():
                content = value
            case float():
                content = struct.pack(">d", value)
            case _:
                content = str(value).encode()
        code.update(f"{type(value).__name__}\0{len(content)}\0".encode())
        code.update(content)
    return int.from_bytes(code.digest(), "big")


def _place(name: str) -> Place:
    return Place(TABLE, name, 0)
