"""Where keys lie: a file, a key store that may be silent, a passphrase. Never the real one."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from facedesk.core.errors import StoreError
from facedesk.core.records import Person
from facedesk.store import keys as keys_module
from facedesk.store.database import Database
from facedesk.store.keys import KeyFile, Keys, SystemKeyStore
from facedesk.store.people import People
from facedesk.store.wraps import MissingKeyError
from tests.fakes import FakeClock

NOTE = "knows the way"


class FakeKeyStore:
    """What a desktop's key store does, in memory; `hang` is one that waits for a password."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.broken = False
        self.hang: threading.Event | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.hang:
            self.hang.wait(5)
        return self.secrets.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.broken:
            raise RuntimeError("no recommended backend was available")
        self.secrets[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[username]


@pytest.fixture
def store() -> Iterator[FakeKeyStore]:
    made = FakeKeyStore()
    yield made
    if made.hang:
        made.hang.set()


def _kinds(database: Database) -> list[str]:
    return [row["kind"] for row in database.read("SELECT kind FROM vault_keys ORDER BY id")]


def _fill(path: Path, clock: FakeClock, keys: Keys) -> list[str]:
    with Database.open(path, clock=clock, keys=keys) as database:
        People(database).add(Person(0, "Ada", notes=NOTE))
        return _kinds(database)


def _note(path: Path, clock: FakeClock, keys: Keys) -> str:
    with Database.open(path, clock=clock, keys=keys) as database:
        return People(database).get(1).notes


def test_without_a_key_store_the_key_is_a_file_of_this_account(
    path: Path, clock: FakeClock
) -> None:
    assert _fill(path, clock, Keys.beside(path)) == ["file"]
    file = path.with_suffix(".key")
    assert not KeyFile(file).readable_by_others()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(0o644)
        assert KeyFile(file).readable_by_others()
    assert _note(path, clock, Keys.beside(path)) == NOTE


def test_the_key_store_is_taken_where_one_answers(
    path: Path, clock: FakeClock, store: FakeKeyStore
) -> None:
    keys = Keys(KeyFile(path.with_suffix(".key")), SystemKeyStore(lambda: store))
    assert _fill(path, clock, keys) == ["system"]
    assert len(store.secrets) == 1  # and nothing of the probe
    assert not path.with_suffix(".key").exists()
    assert _note(path, clock, keys) == NOTE
    store.secrets.clear()
    with pytest.raises(MissingKeyError) as caught:
        _note(path, clock, keys)
    assert "account" in caught.value.hint


def test_a_key_store_that_fails_or_waits_is_not_waited_for(
    path: Path, clock: FakeClock, store: FakeKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_module, "_PROBE_S", 0.1)
    keys = Keys(KeyFile(path.with_suffix(".key")), SystemKeyStore(lambda: store))
    store.hang = threading.Event()
    assert _fill(path, clock, keys) == ["file"]
    store.hang.set()
    store.hang, store.broken = None, True
    assert _fill(path.with_name("second.db"), clock, keys) == ["file"]


def test_nobody_is_asked_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a window the key store would wait for its password for ever."""
    monkeypatch.setattr(keys_module, "_somebody_is_there", lambda: False)
    monkeypatch.setattr(keys_module, "_system_backend", lambda: pytest.fail("asked"))
    assert not SystemKeyStore().answers()
    assert SystemKeyStore().get("any") is None


def test_a_missing_key_file_says_where_it_belongs(path: Path, clock: FakeClock) -> None:
    keys = Keys.beside(path)
    _fill(path, clock, keys)
    kept = keys.file.path.rename(path.with_name("elsewhere"))
    before = path.read_bytes()
    with pytest.raises(MissingKeyError) as caught:
        _note(path, clock, keys)
    assert str(keys.file.path) in caught.value.hint
    assert path.read_bytes() == before
    assert not keys.file.path.exists()  # a new key would open nothing
    kept.rename(keys.file.path)
    assert _note(path, clock, keys) == NOTE


def test_the_key_of_another_database_does_not_open(
    path: Path, clock: FakeClock, tmp_path: Path
) -> None:
    _fill(path, clock, Keys.beside(path))
    other = tmp_path / "other.db"
    _fill(other, clock, Keys.beside(other))
    other.with_suffix(".key").replace(path.with_suffix(".key"))
    with pytest.raises(MissingKeyError):
        _note(path, clock, Keys.beside(path))


def test_a_copy_and_a_moved_folder_open_with_their_key(
    path: Path, clock: FakeClock, tmp_path: Path
) -> None:
    _fill(path, clock, Keys.beside(path))
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    assert _note(copy, clock, Keys.beside(copy)) == NOTE  # the key still lies where it was made
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in list(tmp_path.glob("facedesk.*")):
        file.rename(moved / file.name)
    assert _note(moved / path.name, clock, Keys.beside(moved / path.name)) == NOTE


def test_a_key_file_keeps_every_key(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys")
    assert file.get("one") is None
    file.put("one", b"1" * 32)
    KeyFile(tmp_path / "keys").put("two", b"2" * 32)
    assert (file.get("one"), file.get("two")) == (b"1" * 32, b"2" * 32)
    file.forget(["one"])
    assert (file.get("one"), file.get("two")) == (None, b"2" * 32)
    assert not file.readable_by_others()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"one\n", b"one not-base64!\n"])
def test_a_broken_key_file_has_no_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)
    assert KeyFile(tmp_path / "keys").get("one") is None


def test_a_key_file_that_cannot_be_written_makes_no_database(
    path: Path, clock: FakeClock, tmp_path: Path
) -> None:
    """A database whose key was never kept would be lost with the process."""
    folder = tmp_path / "key"
    folder.mkdir()
    with pytest.raises(StoreError):
        Database.open(path, clock=clock, keys=Keys(KeyFile(folder)))
    assert _fill(path, clock, Keys.beside(path)) == ["file"]


def test_a_named_pipe_in_place_of_a_key_is_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs named pipes")
    os.mkfifo(tmp_path / "pipe")
    assert KeyFile(tmp_path / "pipe").get("one") is None
