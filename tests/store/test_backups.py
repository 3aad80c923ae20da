"""Backups that are checked, kept in number, looked into and put back."""

import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facedesk.core.errors import NewerDatabaseError, StoreError
from facedesk.core.records import Person
from facedesk.store import backups
from facedesk.store.database import Database
from facedesk.store.keys import Keys
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.wraps import MissingKeyError
from tests.fakes import FakeClock
from tests.store.samples import punch, sample
from tests.store.test_migrations import DATABASES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "another disk" / "backups"


@pytest.fixture
def filled(database: Database) -> Database:
    ada = People(database).add(Person(0, "Ada", notes="n"), [sample(1, crop=b"\xff\xd8crop")])
    Punches(database).record(punch(ada.id))
    return database


def test_a_backup_is_whole_and_says_when(filled: Database, folder: Path, clock: FakeClock) -> None:
    made = backups.make(filled, folder, 3)
    assert made.path.name == "facedesk-20260302T080000Z.db"
    assert made.made_utc == datetime(2026, 3, 2, 8, tzinfo=UTC)
    found = backups.preview(made.path, filled.path, filled.keys, clock)
    assert (found.people, found.samples, found.punches, found.problems) == (1, 1, 1, ())
    assert found.newest_punch_utc == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert [file.name for file in folder.iterdir()] == [made.path.name]
    assert not list(filled.path.parent.glob(".preview*"))


def test_the_newest_are_kept(filled: Database, folder: Path, clock: FakeClock) -> None:
    foreign = folder / "facedesk-before-the-holidays.db"
    folder.mkdir(parents=True)
    foreign.touch()
    for _ in range(5):
        clock.advance(3600)
        backups.make(filled, folder, 3)
    assert [backup.made_utc.hour for backup in backups.listed(folder)] == [13, 12, 11]
    assert foreign.exists()
    clock.set_utc(datetime(2020, 1, 1, tzinfo=UTC))  # the battery of the clock is empty
    made = backups.make(filled, folder, 3)
    assert made.path in [backup.path for backup in backups.listed(folder)]


def test_a_damaged_database_costs_no_older_backup(
    filled: Database, folder: Path, clock: FakeClock
) -> None:
    backups.make(filled, folder, 1)
    other = sqlite3.connect(filled.path)
    other.create_function("facedesk_fold", -1, lambda key, digest, *row: digest)
    other.execute("UPDATE people SET active = 0")
    other.commit()
    other.close()
    clock.advance(3600)
    with pytest.raises(StoreError) as caught:
        backups.make(filled, folder, 1)
    assert "people" in caught.value.message
    assert [backup.made_utc.hour for backup in backups.listed(folder)] == [8]


def test_a_drive_that_is_gone_says_so(filled: Database, tmp_path: Path) -> None:
    gone = tmp_path / "drive"
    gone.write_text("a file where the folder was")
    with pytest.raises(StoreError) as caught:
        backups.make(filled, gone / "backups", 3)
    assert str(gone) in caught.value.message
    assert backups.listed(gone / "backups") == []


def test_no_backup_takes_the_last_space(
    filled: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1_000_000))
    with pytest.raises(StoreError) as caught:
        backups.make(filled, folder, 3)
    assert caught.value.title == "No space for a backup"
    assert list(folder.iterdir()) == []


def test_restoring_puts_back_and_keeps_what_was_there(
    path: Path, folder: Path, clock: FakeClock
) -> None:
    with Database.open(path, clock=clock) as database:
        people = People(database)
        people.add(Person(0, "Ada"), [sample(1)])
        made = backups.make(database, folder, 3)
        people.add(Person(0, "Brian"), [sample(2)])
    kept = backups.restore(made.path, path, Keys.beside(path), clock)
    with Database.open(path, clock=clock) as database:
        assert [person.name for person in People(database).list()] == ["Ada"]
        assert People(database).gallery("model-1").vectors.shape == (1, 8)
        assert database.check() == ()
    assert kept is not None
    with Database.open(kept, clock=clock) as replaced:
        assert len(People(replaced).list()) == 2
    assert made.path.exists()


def test_restoring_plays_no_old_log_into_the_new_file(
    path: Path, folder: Path, clock: FakeClock
) -> None:
    """A program that was killed leaves its write-ahead log behind."""
    with Database.open(path, clock=clock) as database:
        People(database).add(Person(0, "Ada"))
        made = backups.make(database, folder, 3)
        People(database).add(Person(0, "Brian"))
        for end in ("", "-wal"):
            left = path.with_name(path.name + end)
            left.with_name("left" + end).write_bytes(left.read_bytes())
    for end in ("", "-wal"):
        path.with_name("left" + end).replace(path.with_name(path.name + end))
    kept = backups.restore(made.path, path, Keys.beside(path), clock)
    with Database.open(path, clock=clock) as database:
        assert len(People(database).list()) == 1
        assert database.check() == ()
    assert kept is not None
    with Database.open(kept, clock=clock) as replaced:
        assert len(People(replaced).list()) == 2


def test_what_is_no_backup_of_ours_changes_nothing(
    filled: Database, folder: Path, path: Path, clock: FakeClock, tmp_path: Path
) -> None:
    made = backups.make(filled, folder, 3).path
    filled.close()
    before = path.read_bytes()
    newer, text, damaged, foreign = (tmp_path / name for name in ("newer", "text", "bad", "other"))
    for copy in (newer, damaged):
        copy.write_bytes(made.read_bytes())
    other = sqlite3.connect(newer)
    other.execute("PRAGMA user_version = 99")
    other.close()
    text.write_text("Dear diary")
    damaged.write_bytes(made.read_bytes()[:9000] + bytes(9000) + made.read_bytes()[18000:])
    with Database.open(foreign, clock=clock):
        pass
    foreign.with_suffix(".key").unlink()
    for file, kind in (
        (newer, NewerDatabaseError),
        (text, StoreError),
        (damaged, StoreError),
        (tmp_path / "none", StoreError),
        (foreign, MissingKeyError),
    ):
        with pytest.raises(kind):
            backups.restore(file, path, Keys.beside(path), clock)
        assert path.read_bytes() == before
    assert not list(path.parent.glob("*.new*"))


def test_a_backup_of_an_older_schema_is_upgraded_on_the_way(
    path: Path, clock: FakeClock, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    shutil.copy(DATABASES / "schema_2.db", old)
    before = old.read_bytes()
    assert backups.preview(old, path, Keys.beside(path), clock).people == 12
    assert backups.restore(old, path, Keys.beside(path), clock) is None
    with Database.open(path, clock=clock) as database:
        assert len(People(database).list()) == 12
    assert old.read_bytes() == before


def test_a_crash_while_restoring_leaves_all_of_the_old_one(
    path: Path, folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database.open(path, clock=clock) as database:
        People(database).add(Person(0, "Ada"))
        made = backups.make(database, folder, 3)
        People(database).add(Person(0, "Brian"))
        for end in ("", "-wal"):  # what a killed program leaves: the newest rows are in the log
            left = path.with_name(path.name + end)
            left.with_name("left" + end).write_bytes(left.read_bytes())
    for end in ("", "-wal"):
        path.with_name("left" + end).replace(path.with_name(path.name + end))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            backups.restore(made.path, path, Keys.beside(path), clock)
    with Database.open(path, clock=clock) as database:
        assert len(People(database).list()) == 2
        assert database.check() == ()


def test_what_killed_programs_left_is_swept(database: Database, path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    left = [path.with_name("facedesk.db.new"), folder / "facedesk-20260302T080000Z.db.new-journal"]
    for file in left:
        file.touch()
    for name in (".preview-abc", ".salvage-abc"):
        (path.parent / name).mkdir()
        (path.parent / name / "facedesk.db").touch()
        left.append(path.parent / name)
    assert backups.sweep(path, folder) == 0  # somebody may be at work
    for file in left:
        os.utime(file, (1, 1))
    assert backups.sweep(path, folder) == 4
    assert not [file for file in left if file.exists()]
    assert database.check() == ()
