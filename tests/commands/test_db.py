"""`facedesk db`: what it finds, puts back and seals anew, and with which exit code."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.records import Person
from facedesk.paths import DataPaths
from facedesk.store.database import Database
from facedesk.store.people import People
from tests.commands.conftest import Result, Run
from tests.store.samples import sample


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    return DataPaths(tmp_path / "data")


@pytest.fixture
def filled(paths: DataPaths) -> DataPaths:
    paths.prepare()
    with Database.open(paths.database, clock=SystemClock()) as database:
        People(database).add(Person(0, "Ada", notes="knows the way"), [sample(1)])
    return paths


def _tamper(paths: DataPaths) -> None:
    other = sqlite3.connect(paths.database)
    other.create_function("facedesk_fold", -1, lambda key, digest, *row: digest)
    other.execute("UPDATE people SET active = 0")
    other.commit()
    other.close()


def _failed(result: Result) -> str:
    assert result.code == 1
    return result.err


def test_a_whole_database_is_ok(facedesk: Run, filled: DataPaths) -> None:
    for command in ("check", "verify"):
        assert facedesk("db", command).out == "ok\n"


@pytest.mark.parametrize("command", ["check", "verify"])
def test_tampering_is_named_with_exit_code_1(
    facedesk: Run, filled: DataPaths, command: str
) -> None:
    _tamper(filled)
    result = facedesk("db", command, "--json")
    assert result.code == 1
    assert result.json == {
        "ok": False,
        "problems": ["The table people was changed outside FaceDesk."],
    }


def test_a_backup_is_restored_after_both_were_shown(facedesk: Run, filled: DataPaths) -> None:
    assert "checked" in facedesk("db", "backup").out
    (copy,) = filled.backups.iterdir()
    with Database.open(filled.database, clock=SystemClock()) as database:
        People(database).add(Person(0, "Brian"))
    result = facedesk("db", "restore", str(copy), "--yes").out
    assert " people        1       2" in result
    assert "what was there is now" in result
    with Database.open(filled.database, clock=SystemClock()) as database:
        assert [person.name for person in People(database).list()] == ["Ada"]


def test_a_damaged_database_is_salvaged(facedesk: Run, filled: DataPaths) -> None:
    facedesk("db", "backup")
    filled.database.write_bytes(b"\0" * 50_000)
    assert "salvage" in _failed(facedesk("db", "check"))
    assert "is lost" in facedesk("db", "salvage").out
    assert facedesk("db", "check").out == "ok\n"


def test_keys_are_added_renewed_and_removed(
    facedesk: Run, filled: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facedesk.store.wraps._ARGON2_MEMORY_KIB", 64)
    monkeypatch.setenv("FACEDESK_PASSPHRASE", "correct horse battery")
    facedesk("db", "backup")
    facedesk("db", "key", "add", "passphrase")
    assert "sealed with the new key" in facedesk("db", "rotate-key", "--forget-old").out
    assert len(filled.key.read_text().splitlines()) == 1
    facedesk("db", "key", "remove", "file")
    assert "passphrase" in facedesk("db", "key").out
    assert facedesk("db", "check").out == "ok\n"
    assert "last key" in _failed(facedesk("db", "key", "remove", "passphrase"))
    (copy,) = filled.backups.iterdir()
    assert "key" in _failed(facedesk("db", "restore", str(copy), "--yes"))
    monkeypatch.setenv("FACEDESK_PASSPHRASE", "something else")
    assert "The key to the database is missing" in _failed(facedesk("db", "check"))


def test_migrate_and_vacuum(facedesk: Run, paths: DataPaths, tmp_path: Path) -> None:
    paths.prepare()
    shutil.copy(Path(__file__).parents[1] / "data" / "databases" / "schema_2.db", paths.database)
    assert facedesk("db", "migrate").out.endswith("ok\n")
    assert "now" in facedesk("db", "vacuum").out
