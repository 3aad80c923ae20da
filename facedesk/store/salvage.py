"""What can be read of a damaged database, in a new file, and in words what could not.

Rows that the damage took are looked for in the newest backup; rows that were removed on purpose are
not. A log keeps the numbers of its rows, and `chain_gaps` tells its chain which are gone.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from facedesk.core.clock import Clock
from facedesk.core.errors import StoreError
from facedesk.core.language import tr
from facedesk.store import backups, chain, migrations, wraps
from facedesk.store.backups import Backup
from facedesk.store.database import Database
from facedesk.store.digests import TABLE as DIGESTS
from facedesk.store.keys import Keys
from facedesk.store.person_rows import number_index
from facedesk.store.readable_rows import LAST, Found, read
from facedesk.store.times import to_text
from facedesk.store.troubles import damaged, translated, writing
from facedesk.store.vault import (
    ACCOUNT_NAME,
    KEY_BYTES,
    SCHEDULE_NAME,
    SEALED,
    SITE_KEY,
    SealBrokenError,
    SealedColumn,
    Vault,
)

_LOGS = {log.table: log for log in chain.LOGS}


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a damaged database. `kept` is where it lies now; `losses` are sentences."""

    kept: Path
    rows: int
    rows_of_backup: int
    losses: tuple[str, ...]

    def in_words(self) -> str:
        text = tr(
            "{rows} rows are safe, {backup} of them from a backup; the damaged file is {kept}.",
            rows=self.rows, backup=self.rows_of_backup, kept=self.kept,
        )  # fmt: skip
        return " ".join((text, *(self.losses or (tr("Nothing is lost."),))))


def salvage(database: Path, folder: Path, keys: Keys, clock: Clock) -> Salvage:
    """Put a new file with everything that can be had in the place of the damaged `database`.

    `folder` holds the backups. Only while no FaceDesk has the database open. Raises StoreError, and
    changes nothing, when there is neither a readable row nor a backup.
    """
    with (
        writing(database),
        translated(database),
        TemporaryDirectory(dir=database.parent, prefix=".salvage-") as place,
    ):
        source = _open_copy(database, Path(place) / "damaged.db")
        backup = _newest_backup(database, folder, keys, clock)
        older = None if backup is None else _open_copy(backup.path, Path(place) / "backup.db")
        if source is None and older is None:
            raise damaged(database, tr("nothing can be read, and there is no backup"), folder)
        fresh = Path(place) / database.name
        with Database.open(fresh, clock=clock, keys=keys) as target:
            try:
                result = _Work(target, source, older, backup).run()
            finally:
                for connection in (source, older):
                    if connection is not None:
                        connection.close()
        kept = backups.put_in_place(fresh, database, "damaged", clock)
    assert kept is not None
    return Salvage(kept, *result)


class _Work:
    """One salvage, from up to two files into a new one."""

    def __init__(
        self,
        target: Database,
        source: sqlite3.Connection | None,
        older: sqlite3.Connection | None,
        backup: Backup | None,
    ) -> None:
        self._target = target
        self._source = source
        self._older = older
        self._backup = backup
        self._losses: list[str] = []
        self._unsure: list[str] = []
        self._rows = self._rows_of_backup = 0
        if source is None and backup is not None:
            self._losses.append(
                tr("Everything after the backup of {utc} is lost.", utc=f"{backup.made_utc:%F %T}Z")
            )

    def run(self) -> tuple[int, int, tuple[str, ...]]:
        target = self._target
        data_keys = self._data_keys()
        if data_keys:
            target.vault = Vault(data_keys)
        with target.transaction() as connection:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            triggers = connection.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
                " AND name NOT GLOB 'digest_of_*'"
            ).fetchall()
            target.digests.forget_triggers(connection)
            for name, _ in triggers:
                connection.execute(f'DROP TRIGGER "{name}"')
            for table in _tables(connection):
                # Without the old keys the faces are lost, and the new file keeps its own key.
                if table != "vault_keys" or data_keys:
                    self._table(connection, table)
            self._orphans(connection)
            for table in _LOGS:
                self._close_gaps(connection, table)
            self._miss_details(connection)
            self._renew_site_key(connection)
            self._find_again(connection)
            for _, sql in triggers:
                connection.execute(sql)
            target.digests.rebuild(connection)
        if self._unsure and self._source is not None:  # else all that is newer is lost, as told
            tables = ", ".join(self._unsure)
            self._losses.append(
                tr("Some rows of {tables} may be lost; compare them with a backup.", tables=tables)
            )
        return self._rows, self._rows_of_backup, tuple(self._losses)

    def _data_keys(self) -> dict[int, bytes]:
        """The keys that open what was sealed; none when their rows are gone everywhere."""
        for connection in (self._source, self._older):
            try:
                found = [] if connection is None else wraps.stored(connection)
            except (sqlite3.Error, ValueError):
                continue
            if found:
                try:
                    return wraps.unwrap(found, self._target.keys, self._target.path)
                except StoreError:
                    continue
        self._losses.append(
            tr("The key to faces and names is lost: everybody has to be enrolled again.")
        )
        return {}

    def _table(self, connection: sqlite3.Connection, table: str) -> None:
        """Fill one table."""
        columns = [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")')]
        found = read(self._source, table, columns)
        self._refuse_changed(table, columns, found)
        if self._older is not None and found.unread:
            of_backup = read(self._older, table, columns)
            self._refuse_changed(table, columns, of_backup)
            for row_id, row in of_backup.rows.items():
                if row_id not in found.rows and found.missed(row_id):
                    found.rows[row_id] = row
                    self._rows_of_backup += 1
        connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 (names of our schema)
        names = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join("?" * (len(columns) + 1))
        refused = 0
        for row_id, row in sorted(found.rows.items()):
            try:
                connection.execute(
                    f'INSERT INTO "{table}" (rowid, {names}) VALUES ({marks})',  # noqa: S608
                    (row_id, *row),
                )
                self._rows += 1
            except sqlite3.Error:
                refused += 1
        if table not in _LOGS:
            # Numbers are not given again; those of a log follow from its rows.
            connection.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?",
                (self._counter(table), table),
            )
        if refused or (found.unread and table not in _LOGS):
            self._unsure.append(table)

    def _refuse_changed(self, table: str, columns: list[str], found: Found) -> None:
        """Rows that can be read but are not what FaceDesk wrote count as unread."""
        log = _LOGS.get(table)
        blank = self._may_be_blank(table)
        damaged_texts = False
        for row_id, row in list(found.rows.items()):
            values = dict(zip(columns, row, strict=True))
            if log is not None and not chain.fits(log, values, self._target.vault):
                found.drop(row_id)
                continue
            for sealed in SEALED:
                if sealed.table == table and not self._opens(sealed, row_id, values):
                    if sealed.column in blank:
                        values[sealed.column] = b""
                        found.rows[row_id] = tuple(values.values())
                        damaged_texts = True
                    else:
                        found.drop(row_id)
                        break
        if damaged_texts:
            self._losses.append(tr("Sealed texts of {table} are lost.", table=table))

    def _may_be_blank(self, table: str) -> set[str]:
        rows = self._target.read("SELECT name, dflt_value FROM pragma_table_info(?)", [table])
        return {row["name"] for row in rows if row["dflt_value"] == "x''"}

    def _opens(self, column: SealedColumn, row_id: int, values: dict[str, object]) -> bool:
        person, sealed = values[column.person] if column.person else 0, values[column.column]
        if not isinstance(sealed, bytes) or not isinstance(person, int):
            return False
        try:
            self._target.vault.open(sealed, column.at(row_id, person))
        except SealBrokenError:
            return False
        return True

    def _counter(self, table: str) -> int:
        """The number of a log's newest row, which SQLite keeps apart."""
        for connection in (self._source, self._older):
            try:
                row = (
                    connection
                    and connection.execute(
                        "SELECT seq FROM sqlite_sequence WHERE name = ?", [table]
                    ).fetchone()
                )
            except sqlite3.Error:
                continue
            if row and isinstance(row[0], int) and row[0] < LAST:
                return row[0]
        return 0

    def _orphans(self, connection: sqlite3.Connection) -> None:
        """Rows that refer to lost ones: people come back without a name, other rows go."""
        while orphans := connection.execute("PRAGMA foreign_key_check").fetchall():
            for table, row_id, parent, key in orphans:
                columns = {
                    row[0]: row[3]
                    for row in connection.execute(f'PRAGMA foreign_key_list("{table}")')
                }
                if parent == "people":
                    number = connection.execute(
                        f'SELECT "{columns[key]}" FROM "{table}" WHERE rowid = ?',  # noqa: S608
                        [row_id],
                    ).fetchone()[0]
                    connection.execute(
                        "INSERT OR IGNORE INTO people (id, active, created_utc) VALUES (?, 0, ?)",
                        (number, to_text(self._target.clock.utc())),
                    )
                    continue
                connection.execute(f'DELETE FROM "{table}" WHERE rowid = ?', [row_id])  # noqa: S608
                self._rows -= 1

    def _close_gaps(self, connection: sqlite3.Connection, table: str) -> None:
        """Say what is lost of a log, and let its chain go on behind."""
        present = {row[0] for row in connection.execute(f'SELECT rowid FROM "{table}"')}  # noqa: S608
        start = connection.execute(
            "SELECT row_id FROM chain_starts WHERE log = ?", [table]
        ).fetchone()
        first_id, newest = 1 + (start[0] if start else 0), max(present, default=0)
        last_id = max(newest, self._counter(table))
        lost = [number for number in range(first_id, last_id + 1) if number not in present]
        for first, last in _ranges(lost):
            if last < newest:  # the numbers of a lost end are given again
                connection.execute(
                    "INSERT OR REPLACE INTO chain_gaps VALUES (?, ?, ?, ?)",
                    (table, first, last, to_text(self._target.clock.utc())),
                )
            connection.execute(
                "DELETE FROM chain_heads WHERE log = ? AND row_id BETWEEN ? AND ?",
                (table, first, last),
            )
            self._losses.append(
                tr("Rows {first} to {last} of the {table} are lost.",
                   first=first, last=last, table=table)
                + self._when(connection, table, first, last)
            )  # fmt: skip

    def _miss_details(self, connection: sqlite3.Connection) -> None:
        """The audit log's details are rows of their own, and it is checked that none is missing."""
        connection.execute(
            "INSERT OR IGNORE INTO chain_gaps SELECT 'audit_details', id, id, :utc FROM audit"
            " WHERE details_hash <> '' AND id NOT IN (SELECT id FROM audit_details)",
            {"utc": to_text(self._target.clock.utc())},
        )

    def _renew_site_key(self, connection: sqlite3.Connection) -> None:
        """Without the key that is mixed into their hashes, no PIN and no badge can be known."""
        if connection.execute("SELECT 1 FROM credential_key").fetchone():
            return
        sealed = self._target.vault.seal(os.urandom(KEY_BYTES), SITE_KEY.at(1))
        connection.execute("INSERT INTO credential_key VALUES (1, ?)", [sealed])
        connection.execute("DELETE FROM pins")
        connection.execute("DELETE FROM badges")
        self._losses.append(tr("All PINs and badges are lost: give new ones."))

    def _find_again(self, connection: sqlite3.Connection) -> None:
        """What sealed texts are found by follows from them and the site's key."""
        target = self._target
        for person_id, identity in target.directory.all().items():
            connection.execute(
                "UPDATE people SET number_index = ? WHERE id = ?",
                (number_index(identity.staff_number, target), person_id),
            )
        for column, purpose in ((ACCOUNT_NAME, "account"), (SCHEDULE_NAME, "schedule")):
            for row_id, name in connection.execute(
                f"SELECT id, name FROM {column.table}"  # noqa: S608 (constants)
            ).fetchall():
                index = target.blind(purpose, target.vault.open_text(name, column, row_id))
                connection.execute(
                    f"UPDATE {column.table} SET name_index = ? WHERE id = ?",  # noqa: S608
                    (index, row_id),
                )

    def _when(self, connection: sqlite3.Connection, table: str, first: int, last: int) -> str:
        if table != "punches":
            return ""
        before, after = (
            connection.execute("SELECT utc FROM punches WHERE id = ?", [number]).fetchone()
            for number in (first - 1, last + 1)
        )
        return " " + tr(
            "They were recorded between {start} and {end}.",
            start=before[0] if before else tr("the beginning"),
            end=after[0] if after else tr("the damage"),
        )


def _open_copy(path: Path, copy: Path) -> sqlite3.Connection | None:
    """A copy of the file with its log, open as far as it goes; None when not even its list of
    tables can be read, or it is of an older schema.
    """
    for end in ("", "-wal"):
        file = path.with_name(path.name + end)
        if file.exists():
            shutil.copyfile(file, copy.with_name(copy.name + end))
    connection = sqlite3.connect(copy)
    # A broken letter must not hide its row: the chain and the seals will judge it.
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    try:
        if migrations.version(connection) == len(migrations.STEPS):
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return connection
    except (sqlite3.Error, UnicodeDecodeError):
        pass
    connection.close()
    return None


def _newest_backup(database: Path, folder: Path, keys: Keys, clock: Clock) -> Backup | None:
    for backup in backups.listed(folder, database.stem):
        try:
            if not backups.preview(backup.path, database, keys, clock).problems:
                return backup
        except StoreError:
            continue
    return None


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
        " AND name <> ? ORDER BY name",
        [DIGESTS],
    )
    return [str(row[0]) for row in rows]


def _ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for number in numbers:
        if last is None or first is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last
