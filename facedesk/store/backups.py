"""Backups: checked copies made while others work, a number of which is kept, and the way back."""

import os
import re
import shutil
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from facedesk.core.clock import Clock
from facedesk.core.errors import StoreError
from facedesk.core.language import tr
from facedesk.store.database import Database
from facedesk.store.keys import Keys
from facedesk.store.times import from_text
from facedesk.store.troubles import translated, writing

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"-(\d{8}T\d{6}Z)\.db$")
_SOMEBODY_WORKS_S = 3600.0
_MARGIN_BYTES = 50_000_000  # of free disk, so that a backup never takes the punches' last space


@dataclass(frozen=True, slots=True)
class Backup:
    """A scheduled backup; `made_utc` by its name, because copies get the time of copying."""

    path: Path
    made_utc: datetime
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a database file holds. `problems` is empty when all of it is as FaceDesk wrote it."""

    people: int
    samples: int
    punches: int
    newest_punch_utc: datetime | None
    problems: tuple[str, ...]


def make(database: Database, folder: Path, kept: int) -> Backup:
    """A new backup in `folder`; then those that are older than the newest `kept` are removed.

    Raises StoreError, and removes nothing, unless the copy was opened and found whole.
    """
    stamp = database.clock.utc().strftime(_STAMP)
    target = folder / f"{database.path.stem}-{stamp}.db"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free_bytes = shutil.disk_usage(folder).free
        if free_bytes < database.path.stat().st_size + _MARGIN_BYTES:
            raise StoreError(
                tr("No space for a backup"),
                tr("{folder} has {free} MB left.", folder=folder, free=free_bytes // 1_000_000),
                tr("Free some space, or choose another folder for backups."),
            )
    database.backup(target)
    # The one just made stays, also when the clock was set back and older ones look newer.
    others = [backup for backup in listed(folder, database.path.stem) if backup.path != target]
    for backup in others[max(0, kept - 1) :]:
        with writing(backup.path):
            backup.path.unlink(missing_ok=True)
    return _backup(target)


def listed(folder: Path, stem: str = "facedesk") -> list[Backup]:
    """The scheduled backups in `folder`, the newest first; none when it is not there."""
    found = []
    try:
        for path in folder.glob(f"{stem}-*.db"):
            if _NAME.search(path.name) and path.name.count("-") == stem.count("-") + 1:
                found.append(_backup(path))
    except OSError:  # a drive that is gone; making the next backup says so
        return []
    return sorted(found, key=lambda backup: backup.path.name, reverse=True)


def sweep(database: Path, folder: Path) -> int:
    """Remove the half-made copies that killed programs left, of an hour ago and older; how many.

    Whoever was erased from the database since is still in them.
    """
    left = [*database.parent.glob(".preview-*"), *database.parent.glob(".salvage-*"),
            *database.parent.glob(f"{database.stem}*.db.new*"),
            *folder.glob(f"{database.stem}*.db.new*")]  # fmt: skip
    removed = 0
    for path in set(left):
        with writing(path):
            if time.time() - path.stat().st_mtime > _SOMEBODY_WORKS_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed += 1
    return removed


def preview(path: Path, database: Path, keys: Keys, clock: Clock) -> Preview:
    """Look into a copy, made beside `database`: the file itself is not touched, and may be hostile.

    An older schema is brought up to date in the copy. Raises NewerDatabaseError, MissingKeyError or
    StoreError.
    """
    with writing(database), TemporaryDirectory(dir=database.parent, prefix=".preview-") as folder:
        copy = Path(folder) / database.name
        _copied(path, copy)
        with Database.open(copy, clock=clock, keys=keys) as held:
            row = held.read(
                "SELECT (SELECT count(*) FROM people WHERE removed_utc IS NULL) AS people,"
                " (SELECT count(*) FROM samples) AS samples,"
                " (SELECT count(*) FROM punches) AS punches,"
                " (SELECT max(utc) FROM punches) AS newest"
            )[0]
            return Preview(
                row["people"],
                row["samples"],
                row["punches"],
                from_text(row["newest"]) if row["newest"] else None,
                held.check(),
            )


def restore(backup: Path, database: Path, keys: Keys, clock: Clock) -> Path | None:
    """Put a backup in the place of the database; where the replaced one lies now (None: there was
    none).

    Only while no FaceDesk has the database open. A crash in between leaves the one or the other.
    Raises StoreError, and changes nothing, unless the backup opens and is whole.
    """
    found = preview(backup, database, keys, clock)
    if found.problems:
        raise StoreError(
            tr("The backup is damaged"), f"{backup}: {found.problems[0]}", tr("Take an older one.")
        )
    fresh = database.with_name(database.name + ".new")
    try:
        _copied(backup, fresh)
        return put_in_place(fresh, database, "replaced", clock)
    finally:
        _remove(fresh)


def put_in_place(fresh: Path, database: Path, why: str, clock: Clock) -> Path | None:
    """`fresh` becomes the database; the old one, with its write-ahead log, is kept beside it."""
    kept = None
    with writing(database):
        if database.exists():
            stamp = clock.utc().strftime(_STAMP)
            kept = database.with_name(f"{database.stem}-{why}-{stamp}.db")
            for end in ("", "-wal"):
                file = database.with_name(database.name + end)
                if file.exists():
                    shutil.copy2(file, kept.with_name(kept.name + end))
            # A log of the old file would be played into the new one. What can be played into the
            # old one is, so that a crash before the last line leaves all of it.
            _emptied(database)
            for end in ("-wal", "-shm"):
                database.with_name(database.name + end).unlink(missing_ok=True)
        fresh.replace(database)
        _settle(database.parent)
    return kept


def _emptied(database: Path) -> None:
    """Play the write-ahead log into the file, as far as a damaged one lets."""
    connection = sqlite3.connect(database)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        pass  # it is kept beside, with its log
    finally:
        connection.close()


def _copied(source: Path, target: Path) -> None:
    """A whole copy by SQLite itself, which also reads a source that has a write-ahead log."""
    _remove(target)
    with translated(source), writing(source):
        target.touch(mode=0o600)
        reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        writes = sqlite3.connect(target)
        try:
            reading.backup(writes)
            writes.execute("PRAGMA journal_mode = DELETE")
        finally:
            writes.close()
            reading.close()


def _remove(database: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + end).unlink(missing_ok=True)


def _backup(path: Path) -> Backup:
    stamp = _NAME.search(path.name)
    assert stamp is not None
    made_utc = datetime.strptime(stamp[1], _STAMP).replace(tzinfo=UTC)
    return Backup(path, made_utc, path.stat().st_size)


def _settle(folder: Path) -> None:
    """Names in a folder are on the disk only when the folder is."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
