"""What a file is before it is used as a database, and how it is made ready for several programs."""

import sqlite3
import time
from pathlib import Path

from facedesk.core.errors import StoreError
from facedesk.core.language import tr
from facedesk.store import migrations
from facedesk.store.troubles import damaged

BUSY_TIMEOUT_S = 5.0


def switch_to_wal(connection: sqlite3.Connection) -> str:
    """The journal mode that the file has then.

    SQLite's busy timeout does not cover this switch: of two programs that open a new file at the
    same moment, one is refused at once.
    """
    last_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > last_s:
                raise
            time.sleep(0.02)


def inspect(path: Path, backups: Path) -> int:
    """The schema version of an existing file, 0 for none; read-only, so that it is left untouched.

    Raises NewerDatabaseError for a newer file and StoreError for a damaged or foreign one.
    """
    if not path.exists():
        return 0
    with path.open("rb") as file:  # the system's own words for a folder or a file not ours to read
        if not file.read(1):
            if any(backups.glob(f"{path.stem}-*.db")):
                raise damaged(path, tr("the file is empty"), backups)
            return 0
    try:
        return _look_into(path, backups, "ro")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise
        # A program was killed while it wrote: SQLite has to play its journal back first.
        return _look_into(path, backups, "rw")


def _look_into(path: Path, backups: Path, mode: str) -> int:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_S
    )
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if application != migrations.APPLICATION_ID and (application or tables):
            raise StoreError(
                tr("This is not a FaceDesk database"),
                tr("{path} was written by another program and was not touched.", path=path),
                tr("Move it away, or choose another data folder."),
            )
        migrations.refuse_newer(connection, path)
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise damaged(path, verdict, backups)
        return migrations.version(connection)
    finally:
        connection.close()
