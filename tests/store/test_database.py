"""Opening, writing, damage: the file is never worse than before."""

import os
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from facedesk.core.errors import NewerDatabaseError, StoreError
from facedesk.store import migrations
from facedesk.store.database import Database
from tests.fakes import FakeClock


def _names(database: Database) -> list[str]:
    """In a column that is not sealed, so that any program can write it."""
    return [row["language"] for row in database.read("SELECT language FROM people ORDER BY id")]


def _add(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("INSERT INTO people (language, created_utc) VALUES (?, '')", [name])


def test_a_new_file_has_the_newest_schema_and_the_safe_settings(database: Database) -> None:
    def pragma(name: str) -> object:
        return database.read(f"PRAGMA {name}")[0][0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2  # FULL
    assert pragma("foreign_keys") == 1
    assert pragma("busy_timeout") == 5000
    assert pragma("secure_delete") == 1
    assert pragma("application_id") == migrations.APPLICATION_ID
    assert pragma("user_version") == len(migrations.STEPS)
    assert database.check() == ()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_other_users_of_the_computer_cannot_read_the_file(database: Database, path: Path) -> None:
    database.backup(path.with_name("copy.db"))
    assert path.stat().st_mode & 0o077 == 0
    assert path.with_name("copy.db").stat().st_mode & 0o077 == 0


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    with database.transaction() as connection:
        _add(connection, "kept")
    with pytest.raises(KeyboardInterrupt), database.transaction() as connection:
        _add(connection, "lost")
        raise KeyboardInterrupt
    assert _names(database) == ["kept"]


def test_an_inner_transaction_joins_the_outer_one(database: Database) -> None:
    with database.transaction() as outer:
        _add(outer, "outer")
        with pytest.raises(ValueError, match="inner"), database.transaction() as inner:
            _add(inner, "inner")
            raise ValueError("inner")
        with database.transaction() as inner:
            _add(inner, "second")
    assert _names(database) == ["outer", "second"]
    with pytest.raises(ValueError, match="outer"), database.transaction() as outer:
        with database.transaction() as inner:
            _add(inner, "never")
        raise ValueError("outer")
    assert _names(database) == ["outer", "second"]


def test_each_thread_has_its_own_connection_and_ended_threads_keep_none(database: Database) -> None:
    seen: list[int] = []

    def work() -> None:
        with database.transaction() as connection:
            _add(connection, threading.current_thread().name)
            seen.append(id(connection))

    for number in range(5):
        thread = threading.Thread(target=work, name=f"writer {number}")
        thread.start()
        thread.join()
    with database.transaction() as connection:
        assert id(connection) not in seen[-1:]
    assert len(_names(database)) == 5
    assert len(database._sessions) <= 2  # this thread's, and the last one that ended


def test_closing_waits_for_a_running_transaction(path: Path, clock: FakeClock) -> None:
    database = Database.open(path, clock=clock)
    inside, go_on = threading.Event(), threading.Event()

    def work() -> None:
        with database.transaction() as connection:
            inside.set()
            go_on.wait(5)
            _add(connection, "kept")

    worker = threading.Thread(target=work)
    worker.start()
    assert inside.wait(5)
    closer = threading.Thread(target=database.close)
    closer.start()
    go_on.set()
    worker.join(5)
    closer.join(5)
    with pytest.raises(StoreError, match="closed"):
        database.read("SELECT 1")
    database.close()
    with Database.open(path, clock=clock) as again:
        assert _names(again) == ["kept"]


def test_a_full_disk_loses_nothing_and_heals(database: Database) -> None:
    with database.transaction() as connection:
        _add(connection, "before")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError) as caught, database.transaction() as connection:
        connection.execute("UPDATE people SET notes = ?", [b"x" * 100_000])
    assert caught.value.title == "The disk is full"
    assert "Free some space" in caught.value.hint
    with database.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
        _add(connection, "after")
    assert _names(database) == ["before", "after"]
    assert database.check() == ()


def test_a_read_only_database_says_so(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError) as caught, database.transaction() as connection:
        _add(connection, "nobody")
    assert caught.value.title == "The data folder is read-only"


def test_a_database_held_by_another_program_says_so(database: Database, path: Path) -> None:
    with database.transaction() as connection:
        _add(connection, "first")
    database.read("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreError) as caught, database.transaction():
            pass
        assert caught.value.title == "The database is in use"
        assert _names(database) == ["first"]  # reading goes on
    finally:
        other.close()


def test_a_folder_in_place_of_the_file_is_a_clear_error(path: Path, clock: FakeClock) -> None:
    path.mkdir()
    with pytest.raises(StoreError) as caught:
        Database.open(path, clock=clock)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_missing_data_folder_is_a_clear_error(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreError) as caught:
        Database.open(tmp_path / "gone" / "facedesk.db", clock=clock)
    assert caught.value.hint


@pytest.fixture
def folder_of_nobody() -> Iterator[Path]:
    """A folder as an ordinary account sees it; root, whom no permission stops, steps down."""
    if not hasattr(os, "geteuid"):
        pytest.skip("needs POSIX permissions")
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() != 0:
            yield Path(name)
            return
        nobody = 65534
        os.chown(name, nobody, nobody)
        os.seteuid(nobody)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


def test_a_read_only_data_folder_is_a_clear_error(folder_of_nobody: Path, clock: FakeClock) -> None:
    path = folder_of_nobody / "facedesk.db"
    folder_of_nobody.chmod(0o500)
    with pytest.raises(StoreError) as caught:
        Database.open(path, clock=clock)
    assert caught.value.title == "The data folder is read-only"
    folder_of_nobody.chmod(0o700)
    Database.open(path, clock=clock).close()
    path.chmod(0o400)
    with pytest.raises(StoreError) as caught:
        Database.open(path, clock=clock)
    assert caught.value.title == "The data folder is read-only"
    folder_of_nobody.chmod(0o500)
    with pytest.raises(StoreError) as caught:
        Database.open(path, clock=clock)
    assert "may write" in caught.value.hint or "write access" in caught.value.hint
    folder_of_nobody.chmod(0o700)


def test_a_newer_database_is_refused_and_left_as_it_is(path: Path, clock: FakeClock) -> None:
    Database.open(path, clock=clock).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(NewerDatabaseError) as caught:
        Database.open(path, clock=clock)
    assert "99" in caught.value.message
    assert path.read_bytes() == before


def test_the_database_of_another_program_is_refused(path: Path, clock: FakeClock) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Database.open(path, clock=clock)
    assert caught.value.title == "This is not a FaceDesk database"
    assert path.read_bytes() == before


def _text(content: bytes) -> bytes:
    return b"Dear diary, today\n" * 400


def _cut_off(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _overwritten(content: bytes) -> bytes:
    return content[:4096] + b"\xa5" * (len(content) - 4096)


def _bad_header(content: bytes) -> bytes:
    return b"\0" * 100 + content[100:]


@pytest.mark.parametrize("damage", [_text, _cut_off, _overwritten, _bad_header])
def test_a_damaged_file_is_kept_and_the_hint_leads_out(
    path: Path, clock: FakeClock, damage
) -> None:
    with Database.open(path, clock=clock) as database, database.transaction() as connection:
        for number in range(200):
            _add(connection, f"person {number}")
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Database.open(path, clock=clock)
    assert caught.value.title == "The database is damaged"
    assert str(path.parent / "backups") in caught.value.hint
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_database(path: Path, clock: FakeClock) -> None:
    path.write_bytes(b"")
    with Database.open(path, clock=clock) as database:
        assert database.check() == ()


def test_check_names_rows_that_refer_to_nobody(database: Database, path: Path) -> None:
    other = sqlite3.connect(path)  # another program, without foreign keys
    other.create_function("facedesk_fold", -1, lambda key, digest, *row: digest)
    other.execute(
        "INSERT INTO samples (person_id, contract, dimension, vector, source, created_utc,"
        " crop_jpeg) VALUES (7, 'c', 1, x'00000000', x'', '', x'')"
    )
    other.commit()
    other.close()
    assert database.check() == ("A row of samples refers to nobody.",)


def test_a_backup_is_complete_while_others_write(path: Path, clock: FakeClock) -> None:
    target = path.with_name("copy.db")
    target.write_bytes(b"an older backup")
    # Made here: the copy finds its key by where the database was made.
    with Database.open(path, clock=clock) as database:
        with database.transaction() as connection:
            _add(connection, "in the write-ahead log")
        database.backup(target)
    with Database.open(target, clock=clock) as copy:
        assert _names(copy) == ["in the write-ahead log"]
    assert sorted(file.name for file in path.parent.glob("copy*")) == ["copy.db"]


def test_a_backup_that_fails_keeps_the_older_one(database: Database, path: Path) -> None:
    target = path.with_name("copy.db")
    target.mkdir()
    (target / "precious").touch()
    with pytest.raises(StoreError):
        database.backup(target)
    assert (target / "precious").exists()
    assert not path.with_name("copy.db.new").exists()


def test_erased_content_is_gone_from_the_disk(database: Database, path: Path) -> None:
    secret = "Ärztlicher Befund 4711"
    with database.transaction() as connection:
        connection.execute("INSERT INTO people (language, created_utc) VALUES (?, '')", [secret])
    with database.transaction() as connection:
        connection.execute("UPDATE people SET language = ''")
    database.erase_traces()
    for file in path.parent.glob("facedesk.db*"):
        assert secret.encode() not in file.read_bytes()


def test_a_program_killed_before_the_log_was_set_up_leaves_a_file_that_opens(
    database: Database, path: Path, tmp_path: Path, clock: FakeClock
) -> None:
    """The first write sets up the write-ahead log; until then SQLite keeps a journal beside the
    file, which can be played back only by who may write.
    """
    database.close()
    writer = sqlite3.connect(path, isolation_level=None)
    writer.create_function("facedesk_fold", -1, lambda key, digest, *row: digest)
    writer.execute("PRAGMA journal_mode = DELETE")
    writer.execute("PRAGMA cache_size = 1")  # what is changed goes into the file at once
    writer.execute("BEGIN")
    for _ in range(500):
        writer.execute("INSERT INTO people (language, created_utc) VALUES (?, '')", ["x" * 200])
    killed = tmp_path / "killed" / path.name
    killed.parent.mkdir()
    for end in ("", "-journal"):
        file = path.with_name(path.name + end)
        killed.with_name(file.name).write_bytes(file.read_bytes())
    writer.close()
    killed.with_suffix(".key").write_bytes(path.with_suffix(".key").read_bytes())
    with Database.open(killed, clock=clock) as again:
        assert _names(again) == []
        assert again.check() == ()
