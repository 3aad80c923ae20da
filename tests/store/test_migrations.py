"""Steps forward: whole or not at all, with a backup first."""

import sqlite3
import threading
from pathlib import Path

import pytest

from facedesk.core.errors import StoreError
from facedesk.store import migrations
from facedesk.store.database import Database
from tests.fakes import FakeClock


@pytest.fixture
def version_1(path: Path, clock: FakeClock) -> Path:
    """A database of schema 1 with one person, and a FaceDesk that then grows a second step."""
    with Database.open(path, clock=clock) as database, database.transaction() as connection:
        connection.execute("INSERT INTO people (name, created_utc) VALUES ('Ada', '')")
    return path


def _add_column(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE people ADD COLUMN badge TEXT NOT NULL DEFAULT ''")


def _fail_half_way(connection: sqlite3.Connection) -> None:
    _add_column(connection)
    connection.execute("UPDATE people SET badge = 'half'")
    connection.execute("INSERT INTO nowhere VALUES (1)")


def _columns(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [row[1] for row in connection.execute("PRAGMA table_info(people)")]
    finally:
        connection.close()


def test_an_older_database_is_backed_up_and_upgraded(
    version_1: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS[:1], _add_column))
    with Database.open(version_1, clock=clock) as database:
        row = database.read("SELECT name, badge FROM people")[0]
        assert (row["name"], row["badge"]) == ("Ada", "")
    (backup,) = (version_1.parent / "backups").iterdir()
    assert backup.name == "facedesk-schema1-20260302T080000Z.db"
    assert "badge" not in _columns(backup)
    with Database.open(version_1, clock=clock):
        pass  # nothing to do the second time
    assert len(list(backup.parent.iterdir())) == 1


def test_a_step_that_fails_half_way_leaves_the_old_version(
    version_1: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS[:1], _fail_half_way))
        with pytest.raises(StoreError):
            Database.open(version_1, clock=clock)
    assert "badge" not in _columns(version_1)
    with Database.open(version_1, clock=clock) as database:
        assert database.read("PRAGMA user_version")[0][0] == 1
        assert database.read("SELECT name FROM people")[0]["name"] == "Ada"


def test_without_a_backup_there_is_no_upgrade(
    version_1: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS[:1], _add_column))
    backups = version_1.parent / "backups"
    backups.write_text("a file where the folder should be")
    with pytest.raises(StoreError):
        Database.open(version_1, clock=clock)
    assert "badge" not in _columns(version_1)


def test_two_programs_that_create_the_database_at_once_agree(path: Path, clock: FakeClock) -> None:
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def create() -> None:
        try:
            start.wait(5)
            Database.open(path, clock=clock).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []
    with Database.open(path, clock=clock) as database:
        assert database.check() == ()
