"""One SQLite file: opened safely, one connection a thread, one door for writing.

WAL with synchronous=FULL: what `transaction()` has left is on the disk when it returns, and readers
never wait for the writer. Every sqlite3 error leaves this room as a StoreError. What must not be
readable in the file goes through `vault`.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facedesk.core.audit import NOBODY, Actor
from facedesk.core.clock import Clock
from facedesk.core.errors import StoreError
from facedesk.core.language import tr
from facedesk.store import chain, checks, migrations, wraps
from facedesk.store.blind import caseless, keyed
from facedesk.store.digests import Digests
from facedesk.store.directory import Directory
from facedesk.store.keys import Keys
from facedesk.store.opening import BUSY_TIMEOUT_S, inspect, switch_to_wal
from facedesk.store.troubles import damaged, translated, writing
from facedesk.store.vault import SITE_KEY, Place, Vault

_log = logging.getLogger(__name__)

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",  # macOS: fsync alone leaves rows in the drive's cache
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # an erased face is overwritten, not just unlinked
    "PRAGMA recursive_triggers = ON",  # REPLACE fires the guards of the attendance log too
)

_FIRST_SEALED_SCHEMA = 4  # 3 sealed faces, 4 names too

_OUTERMOST = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_JOINED = ("SAVEPOINT part", "RELEASE part", ("ROLLBACK TO part", "RELEASE part"))


@dataclass(slots=True)
class _Session:
    """A thread's connection. `lock` is held while it works, so that closing waits for the work."""

    connection: sqlite3.Connection
    thread: threading.Thread
    lock: threading.RLock = field(default_factory=threading.RLock)


class Database:
    """An open FaceDesk database, for any thread: each one gets its own connection."""

    def __init__(self, path: Path, clock: Clock, backups: Path, keys: Keys) -> None:
        """Use `Database.open`, which checks and upgrades the file first."""
        self.path = path
        self.clock = clock
        self.backups = backups
        self.keys = keys
        self.vault = Vault({}, self._find_keys)
        self.digests = Digests(lambda: self.vault)
        self.directory = Directory(self.read, lambda: self.vault)
        self.actor: Callable[[], Actor] = lambda: NOBODY  # whom the audit log names
        self._registry = threading.Lock()
        self._sessions: dict[threading.Thread, _Session] = {}
        self._closed = False

    @classmethod
    def open(
        cls, path: Path, *, clock: Clock, backups: Path | None = None, keys: Keys | None = None
    ) -> "Database":
        """Open the file, create it when it does not exist, bring an older schema up to date.

        An older database is backed up into `backups` (default: `backups` beside the file) first.
        `keys` (default: a key file beside the file) tells where the key to its sealed values lies.
        Raises NewerDatabaseError, MissingKeyError or StoreError; the file is then exactly as it was
        before.
        """
        backups = path.parent / "backups" if backups is None else backups
        database = cls(path, clock, backups, keys or Keys.beside(path))
        with translated(path, backups), writing(path):
            found = inspect(path, backups)
            if not path.exists():
                path.touch(mode=0o600)  # faces are nobody else's business on a shared computer
            try:
                database._prepare(found)
            except BaseException:
                database.close()
                raise
        return database

    def _prepare(self, found: int) -> None:
        connection = self._session().connection
        mode = switch_to_wal(connection)
        if mode != "wal":
            raise StoreError(
                tr("The database cannot be kept safe here"),
                tr("{path} lies on a disk without the locks that SQLite needs.", path=self.path),
                tr("Choose a data folder on a local disk."),
            )
        if 0 < found < len(migrations.STEPS):
            stamp = self.clock.utc().strftime("%Y%m%dT%H%M%SZ")
            self.backups.mkdir(parents=True, exist_ok=True)
            self.backup(self.backups / f"{self.path.stem}-schema{found}-{stamp}.db")
        self._upgrade(connection)
        # A read-only file is told now, not at the first punch. The lock alone does not tell it.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {len(migrations.STEPS)}")
        connection.execute("ROLLBACK")
        self._remove_clear_copies()

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        """Run the missing steps. A database without keys gets one, in the same transaction."""
        found = wraps.stored(connection)
        data_key = wraps.new_data_key()
        stored = bool(found)
        if found:
            self.vault.learn(wraps.unwrap(found, self.keys, self.path))
        else:
            self.vault.learn({1: data_key})

        def finish_step() -> None:
            nonlocal stored
            if not stored:
                kind = wraps.chosen_kind(self.keys)
                wraps.store(connection, wraps.wrap(1, data_key, kind, self.keys))
                stored = True
            self.digests.rebuild(connection)

        migrations.upgrade(connection, self.digests.forget_triggers, finish_step)
        if not stored:  # another program was faster and made the key
            self.vault = Vault(self._find_keys(), self._find_keys)

    def _find_keys(self) -> dict[int, bytes]:
        with self._working() as session:
            return wraps.unwrap(wraps.stored(session.connection), self.keys, self.path)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write: everything inside is committed on leaving, or nothing of it when an error leaves.

        Takes the write lock at once (BEGIN IMMEDIATE), so what is read inside stays true until the
        commit. Inside another transaction of the same thread it joins that one: the inner block is
        all or nothing by itself, and is on the disk when the OUTER one has returned.
        """
        with self._working() as session:
            connection = session.connection
            begin, commit, undo = _JOINED if connection.in_transaction else _OUTERMOST
            connection.execute(begin)
            try:
                if begin is _OUTERMOST[0]:
                    self._seal_with_the_newest_key(connection)
                yield connection
                connection.execute(commit)
            except BaseException:
                # A full disk makes SQLite roll back by itself; then there is nothing to undo.
                if connection.in_transaction:
                    for statement in undo:
                        connection.execute(statement)
                raise

    def _seal_with_the_newest_key(self, connection: sqlite3.Connection) -> None:
        """Another program may have begun to change the keys; the write lock now keeps them."""
        newest = connection.execute("SELECT max(number) FROM vault_keys").fetchone()[0]
        if newest != self.vault.newest:
            self.vault.learn(self._find_keys())

    def next_id(self, connection: sqlite3.Connection, table: str) -> int:
        """The id that the next row of an AUTOINCREMENT table will get: sealed values are bound to
        it before they are written.
        """
        row = connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", [table]
        ).fetchone()
        return 1 if row is None else int(row[0]) + 1

    def blind(self, purpose: str, text: str) -> bytes:
        """What a sealed text is found again by; upper and lower case are the same."""
        return self.keyed(purpose, caseless(text))

    def keyed(self, purpose: str, text: str) -> bytes:
        """`blind.keyed` with the key of this database."""
        sealed = self.read("SELECT site_key FROM credential_key")[0][0]
        return keyed(self.vault.open(sealed, SITE_KEY.at(1)), purpose, text)

    def read(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of one SELECT: one consistent state of the database."""
        with self._working() as session:
            return session.connection.execute(sql, values).fetchall()

    def check(self) -> tuple[str, ...]:
        """Everything that is wrong with the content, one sentence each; empty when all is well."""
        with self._working() as session:
            return tuple(self._problems(session.connection))

    def tampering(self) -> tuple[str, ...]:
        """Everything that anything but FaceDesk did to the content, one sentence each."""
        with self._working() as session:
            return tuple(checks.tampering(session.connection, self.vault, self.digests))

    def _problems(self, connection: sqlite3.Connection) -> list[str]:
        found = list(checks.damage(connection))
        # A damaged file cannot be read row by row; an older one has no seals yet.
        if not found and migrations.version(connection) == len(migrations.STEPS):
            found = list(checks.tampering(connection, self.vault, self.digests))
        return found

    def verify_chain(self) -> chain.ChainReport:
        """Walk the attendance log's hash chain, without holding all of it in memory."""
        with self._working() as session:
            return chain.verify(session.connection, self.vault)

    def backup(self, target: Path) -> None:
        """Write a complete, checked copy to `target` while others go on working.

        A temporary file is written first and replaces `target` at the end, so `target` is never
        half a backup. Raises StoreError.
        """
        # Two programs may make the same copy in the same second.
        mine = f".new{os.getpid()}-{threading.get_ident()}"
        temporary = target.with_name(target.name + mine)
        with self._working() as session, translated(target), writing(target):
            try:
                temporary.unlink(missing_ok=True)
                temporary.touch(mode=0o600)
                copy = sqlite3.connect(temporary)
                try:
                    session.connection.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")  # one file, no -wal beside it
                    copy.row_factory = sqlite3.Row
                    for problem in self._problems(copy):
                        raise damaged(self.path, problem)
                finally:
                    copy.close()
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)

    def vacuum(self) -> None:
        """Write the file anew, without what was deleted. Others wait meanwhile."""
        with self._working() as session:
            session.connection.execute("VACUUM")
        self.erase_traces()

    def _remove_clear_copies(self) -> None:
        """After the upgrade that seals the faces, no file is to hold them in clear.

        A crash in between leaves the copies, and the next start goes on from there.
        """
        copies = [
            copy
            for number in range(1, _FIRST_SEALED_SCHEMA)
            for copy in self.backups.glob(f"{self.path.stem}-schema{number}-*.db")
        ]
        if not copies:
            return
        self.vacuum()
        stamp = self.clock.utc().strftime("%Y%m%dT%H%M%SZ")
        self.backup(self.backups / f"{self.path.stem}-{stamp}.db")
        for copy in copies:
            copy.unlink(missing_ok=True)  # another program may be at it too
        _log.info("%d copies from before the faces were sealed are removed", len(copies))

    def erase_traces(self) -> None:
        """Empty the write-ahead log into the file, so that deleted content is gone from both.

        Inside a transaction, and while others read, it is left to the next call or the last close.
        """
        with self._working() as session:
            if session.connection.in_transaction:
                return
            busy = session.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            _log.warning("the write-ahead log could not be emptied now; the next close empties it")

    def close(self) -> None:
        """Close the connections of all threads; waits for what they are doing. Idempotent."""
        with self._registry:
            self._closed = True
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            if not session.lock.acquire(timeout=BUSY_TIMEOUT_S):
                _log.error("thread %s did not leave the database", session.thread.name)
                session.connection.interrupt()
                continue
            try:
                session.connection.close()
            finally:
                session.lock.release()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _working(self) -> Iterator[_Session]:
        with translated(self.path, self.backups):
            session = self._session()
            with session.lock:
                if self._closed:
                    raise self._closed_error()
                yield session

    def _session(self) -> _Session:
        thread = threading.current_thread()
        with self._registry:
            if self._closed:
                raise self._closed_error()
            session = self._sessions.get(thread)
            if session is None:
                for ended in [other for other in self._sessions if not other.is_alive()]:
                    self._sessions.pop(ended).connection.close()
                session = self._sessions[thread] = _Session(self._connect(), thread)
            return session

    def _connect(self) -> sqlite3.Connection:
        # check_same_thread is off only so that another thread may CLOSE the connection.
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            connection.create_function("facedesk_seal", 5, self._sealed)
            connection.create_function("facedesk_blind", 3, self._blind)
            self.digests.register(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _sealed(self, value: bytes, table: str, column: str, row_id: int, person_id: int) -> bytes:
        """`Vault.seal` for the steps of a migration."""
        return self.vault.seal(value, Place(table, column, row_id, person_id))

    def _blind(self, purpose: str, text: str, sealed_key: bytes) -> bytes:
        """`blind` for the steps of a migration."""
        return keyed(self.vault.open(sealed_key, SITE_KEY.at(1)), purpose, caseless(text))

    def _closed_error(self) -> StoreError:
        return StoreError(tr("The database is closed"), str(self.path))
