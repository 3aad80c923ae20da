"""Databases for tests that are about something else than how a database is made."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from facedesk.core.clock import Clock
from facedesk.store.database import Database
from tests.fakes import FakeClock


def opened(path: Path, clock: Clock) -> Database:
    """As `Database.open`; where there is no file, a copy of one made once.

    Making one takes a hundred milliseconds of processor time, and a thousand tests need one. The
    copies share their key: use `Database.open` where two programs must not know each other's.
    """
    if not path.exists():
        for copy, content in zip((path, path.with_suffix(".key")), _new(), strict=True):
            copy.touch(mode=0o600)
            copy.write_bytes(content)
    return Database.open(path, clock=clock)


@cache
def _new() -> tuple[bytes, bytes]:
    """A new database, and the key file beside it."""
    with TemporaryDirectory(prefix="facedesk-tests-") as folder:
        path = Path(folder) / "facedesk.db"
        Database.open(path, clock=FakeClock()).close()
        return path.read_bytes(), path.with_suffix(".key").read_bytes()
