"""A full disk: people still check in, and each punch is in the log once when it is over."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from facedesk.core.errors import StoreError
from facedesk.core.records import Direction, Person, Punch
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.spool import Spool
from facedesk.store.vault import Vault
from tests.fakes import FakeClock
from tests.store.samples import once, punch


@pytest.fixture
def ada(database: Database) -> Person:
    return People(database).add(Person(0, "Ada"))


@pytest.fixture(autouse=True)
def _no_leftovers(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))


def _full(database: Database, *, full: bool) -> None:
    """SQLite's own word for a full disk, without filling one."""
    database.read(f"PRAGMA query_only = {'ON' if full else 'OFF'}")


def test_punches_go_on_and_are_there_once_afterwards(database: Database, ada: Person) -> None:
    punches = Punches(database)
    punches.prepare()
    _full(database, full=True)
    kept = punches.record_if(ada.id, once(ada.id))
    assert kept is not None
    assert kept.id == -1
    assert punches.trouble is not None
    assert punches.record_if(ada.id, once(ada.id)) is None  # the cooldown knows of it
    assert punches.between(None, None) == []
    _full(database, full=False)
    later = punches.record_if(ada.id, lambda previous: punch(ada.id, 600, Direction.OUT))
    assert later is not None
    assert [one.id for one in punches.between(None, None)] == [1, 2]
    assert punches.trouble is None
    assert punches.replay() == 0
    assert database.check() == ()


def test_what_a_killed_kiosk_kept_is_entered_at_the_next_start(
    database: Database, ada: Person, path: Path, clock: FakeClock
) -> None:
    punches = Punches(database)
    _full(database, full=True)
    for minute in range(3):
        assert punches.record_if(ada.id, lambda _, minute=minute: punch(ada.id, minute))
    before = path.with_suffix(".spool").read_bytes()
    assert b"Ada" not in before
    assert b"Europe/Berlin" not in before
    database.close()
    with Database.open(path, clock=clock) as again:
        started = Punches(again)
        started.prepare()
        assert len(started.between(None, None)) == 3
        # Killed between the commit and the emptying of the file: nothing is entered twice.
        path.with_suffix(".spool").write_bytes(before)
        started = Punches(again)
        started.prepare()
        assert len(started.between(None, None)) == 3
        assert again.check() == ()


def test_a_forged_or_torn_file_adds_nothing(database: Database, ada: Person, path: Path) -> None:
    file = path.with_suffix(".spool")
    forged = Spool(path)
    forged.add(punch(ada.id), Vault({1: bytes(32)}))
    assert Punches(database).replay() == 0
    file.write_bytes(os.urandom(len(file.read_bytes())))
    assert Punches(database).replay() == 0
    file.write_bytes(b"\x05")
    assert Punches(database).replay() == 0
    assert Punches(database).between(None, None) == []


def test_punches_of_somebody_removed_since_are_not_entered(database: Database, ada: Person) -> None:
    punches = Punches(database)
    brian = People(database).add(Person(0, "Brian"))
    _full(database, full=True)
    for person in (ada, brian):
        punches.record_if(person.id, once(person.id))
    _full(database, full=False)
    People(database).remove(ada.id)
    assert punches.replay() == 2
    assert [one.person_id for one in punches.between(None, None)] == [brian.id]


def test_a_read_only_folder_leaves_the_folder_for_temporary_files(
    database: Database, ada: Person, path: Path, tmp_path: Path
) -> None:
    path.with_suffix(".spool").mkdir()  # nothing can be written under this name
    punches = Punches(database)
    punches.prepare()
    _full(database, full=True)
    assert punches.record_if(ada.id, once(ada.id)) is not None
    (file,) = (tmp_path / "temporary").iterdir()
    assert any(file.read_bytes())
    _full(database, full=False)
    assert punches.replay() == 1
    assert not any(file.read_bytes())


def test_a_full_emergency_file_is_told(
    database: Database, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facedesk.store.spool._SLOTS", 2)
    punches = Punches(database)
    _full(database, full=True)

    def rule(previous: Sequence[Punch]) -> Punch:
        return punch(ada.id, len(previous))

    for _ in range(4):  # two here and two in the folder for temporary files
        assert punches.record_if(ada.id, rule) is not None
    with pytest.raises(StoreError) as caught:
        punches.record_if(ada.id, rule)
    assert "Free some space" in caught.value.hint
    _full(database, full=False)
    assert punches.replay() == 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB; only where this account may mount one."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None or os.geteuid() != 0:
        pytest.skip("needs Linux and the right to mount")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], check=False
    )
    if made.returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path, clock: FakeClock) -> None:
    path = small_disk / "facedesk.db"
    with Database.open(path, clock=clock) as database:
        ada = People(database).add(Person(0, "Ada"))
        punches = Punches(database)
        punches.prepare()
        with (small_disk / "filler").open("wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass
        kept = [
            punches.record_if(ada.id, lambda _, minute=minute: punch(ada.id, minute))
            for minute in range(40)
        ]
        assert all(kept)
        assert kept[-1] is not None
        assert kept[-1].id < 0
        assert punches.trouble is not None
        assert punches.trouble.title == "The disk is full"
        (small_disk / "filler").unlink()
        punches.replay()
        assert len(punches.between(None, None)) == 40
        assert database.check() == ()


def test_a_disk_that_reports_errors(database: Database, ada: Person, path: Path) -> None:
    """A limit of the file size makes writing fail as a broken disk does: no word of a full one."""
    resource = pytest.importorskip("resource", reason="needs POSIX limits")
    punches = Punches(database)
    punches.prepare()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    log_bytes = path.with_name(path.name + "-wal").stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (log_bytes, hard))
        kept = [
            punches.record_if(ada.id, lambda _, n=number: punch(ada.id, n)) for number in (1, 2)
        ]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [one.id for one in kept if one] == [-1, -2]
    assert punches.trouble is not None
    assert punches.trouble.title in ("The disk reports an error", "The disk is full")
    assert punches.replay() == 2
    assert [one.id for one in punches.between(None, None)] == [1, 2]
    assert database.check() == ()
