"""What sqlite3 and the operating system complain about, in words that a person can act on."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facedesk.core.errors import StoreError
from facedesk.core.language import tr

# Primary result code -> title and hint, for the troubles whose message is SQLite's own.
_OTHER_TROUBLES = {
    sqlite3.SQLITE_BUSY: (
        "The database is in use",
        "Another program holds it for a long time. Close that program and try again.",
    ),
    sqlite3.SQLITE_LOCKED: (
        "The database is in use",
        "Another part of FaceDesk holds it for a long time. Try again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The database cannot be opened",
        "Check that the folder exists and that this account may write there.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk reports an error",
        "Check the disk, its free space and, for a network folder, the connection.",
    ),
}


@contextmanager
def translated(path: Path, backups: Path | None = None) -> Iterator[None]:
    """Turn what SQLite says about the database at `path` into a StoreError that says what to do.

    `backups` is named in the hint for a damaged database. IntegrityError and ProgrammingError pass:
    they are bugs of ours, not troubles of the world.
    """
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.Error as error:
        raise _of_sqlite(error, path, backups) from error
    except UnicodeDecodeError as error:  # SQLite's own message quotes the damaged bytes
        raise damaged(path, tr("a text in it is no text"), backups) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the operating system says about the file at `path` into a StoreError."""
    try:
        yield
    except OSError as error:
        raise _of_system(error, path) from error


class DamagedError(StoreError):
    """The content of the database cannot be trusted."""


def damaged(path: Path, detail: str, backups: Path | None = None) -> DamagedError:
    """The error for a database whose content cannot be trusted. The file is kept as it is."""
    if backups is None:
        way_out = tr("Restore a backup, or ask for help before you delete anything.")
    else:
        way_out = tr(
            "Close FaceDesk and run “facedesk db salvage”: it makes a new file of what can be read "
            "and of the newest backup in {folder}, and says what is lost.",
            folder=backups,
        )
    return DamagedError(
        tr("The database is damaged"),
        f"{path}: {detail}",
        tr("Nothing was changed and the file is kept.") + " " + way_out,
    )


def _of_sqlite(error: sqlite3.Error, path: Path, backups: Path | None) -> StoreError:
    # Errors that Python raises by itself (a closed connection, for example) carry no code.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    detail = str(error)
    if code == sqlite3.SQLITE_FULL:
        return _disk_full(path)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return _read_only(path)
    if code == sqlite3.SQLITE_NOTADB:
        return damaged(path, tr("the file is not a database"), backups)
    if code == sqlite3.SQLITE_CORRUPT or detail.startswith("Could not decode"):
        return damaged(path, detail, backups)
    title, hint = _OTHER_TROUBLES.get(code, ("The database does not answer", ""))
    return StoreError(tr(title), f"{path}: {detail}", tr(hint))


def _of_system(error: OSError, path: Path) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_full(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _read_only(path)
    return StoreError(
        tr("The file cannot be used"),
        f"{path}: {error.strerror or error}",
        tr("Check that the folder exists and is writable, or choose another place."),
    )


def _disk_full(path: Path) -> StoreError:
    return StoreError(
        tr("The disk is full"),
        tr("{path} could not be written; nothing that was saved before is lost.", path=path),
        tr("Free some space on this disk and try again."),
    )


def _read_only(path: Path) -> StoreError:
    return StoreError(
        tr("The data folder is read-only"),
        tr("{path} could not be written.", path=path),
        tr("Give this account write access to the file and its folder, or choose another folder."),
    )
