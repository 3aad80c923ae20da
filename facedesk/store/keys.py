"""Where the keys lie that open a database: the system's key store, or a file."""

import base64
import os
import secrets
import stat
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from facedesk.core.errors import StoreError
from facedesk.core.language import tr
from facedesk.store.troubles import writing
from facedesk.store.vault import KEY_BYTES

T = TypeVar("T")
_SERVICE = "FaceDesk"
_MOST_LETTERS = 1 << 20
_PROBE_S = 3.0
_UNLOCK_S = 60.0  # a person may have to type the password of the key store


class KeyBackend(Protocol):
    """What is used of a `keyring` backend."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class KeyFile:
    """Keys in a text file that only this account may read, a line each: a name and the key.

    Lines are only ever added, so that the keys of older backups stay and two programs that add at
    once lose none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str) -> bytes | None:
        """Raises StoreError when the file exists and cannot be read.

        A database from outside may name any file: a pipe or an endless one is not waited for.
        """
        with writing(self.path):
            if not self.path.is_file():
                return None
            with self.path.open(encoding="ascii", errors="replace") as file:
                lines = file.read(_MOST_LETTERS).splitlines()
        for line in lines:
            found, _, text = line.partition(" ")
            if found == name:
                return _decoded(text)
        return None

    def put(self, name: str, key: bytes) -> None:
        """On the disk when this returns. Raises StoreError."""
        with writing(self.path):
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, f"{name} {_encoded(key)}\n".encode("ascii"))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if os.name == "posix":  # the new name in the folder too
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)

    def forget(self, names: Iterable[str]) -> None:
        """Remove keys for good. Call it while no other program opens the database."""
        gone = set(names)
        with writing(self.path):
            lines = self.path.read_text(encoding="ascii").splitlines(keepends=True)
            rest = [line for line in lines if line.partition(" ")[0] not in gone]
            temporary = self.path.with_name(self.path.name + ".new")
            temporary.touch(mode=0o600)
            temporary.write_text("".join(rest), encoding="ascii")
            temporary.replace(self.path)

    def readable_by_others(self) -> bool:
        if os.name != "posix" or not self.path.exists():
            return False
        return bool(stat.S_IMODE(self.path.stat().st_mode) & 0o077)


class SystemKeyStore:
    """The key store of the operating system, asked in a thread of its own: some never answer.

    `backend` makes the `keyring` backend; None is the system's own, which is loaded only where
    somebody can answer its questions.
    """

    def __init__(self, backend: Callable[[], KeyBackend] | None = None) -> None:
        self._make = backend
        self._backend: KeyBackend | None = None

    def answers(self) -> bool:
        """Whether a value can be stored and read back, within three seconds and without a prompt
        on a machine that nobody sits at.
        """
        if self._make is None and not _somebody_is_there():
            return False
        name, secret = f"probe-{secrets.token_hex(4)}", secrets.token_hex(8)

        def probe() -> bool:
            backend = self._loaded()
            backend.set_password(_SERVICE, name, secret)
            found = backend.get_password(_SERVICE, name)
            backend.delete_password(_SERVICE, name)
            return found == secret

        try:
            return _within(_PROBE_S, probe)
        except StoreError:
            return False

    def get(self, name: str) -> bytes | None:
        """Raises StoreError when the key store does not answer."""
        if self._make is None and not _somebody_is_there():
            return None
        text = _within(_UNLOCK_S, lambda: self._loaded().get_password(_SERVICE, name))
        return None if text is None else _decoded(text)

    def put(self, name: str, key: bytes) -> None:
        """Raises StoreError unless the key can be read back."""
        _within(_UNLOCK_S, lambda: self._loaded().set_password(_SERVICE, name, _encoded(key)))
        if self.get(name) != key:
            raise _key_store_silent()

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            _within(_UNLOCK_S, lambda: self._loaded().delete_password(_SERVICE, name))  # noqa: B023

    def _loaded(self) -> KeyBackend:
        if self._backend is None:
            self._backend = _system_backend() if self._make is None else self._make()
        return self._backend


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys of a database are looked for, and where new ones go.

    `system` None never asks the system's key store. `passphrase` asks whoever starts FaceDesk, and
    gives None where nobody can be asked. `system_first`: a new key goes into the system's key store
    where one answers.
    """

    file: KeyFile
    system: SystemKeyStore | None = None
    passphrase: Callable[[], str | None] = lambda: None
    system_first: bool = True

    @classmethod
    def beside(cls, database: Path) -> "Keys":
        """A key file beside the database."""
        return cls(KeyFile(database.with_suffix(".key")))


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _decoded(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def _somebody_is_there() -> bool:
    """Linux asks for the key store's password in a window: without one it would wait for ever."""
    if sys.platform in ("win32", "darwin"):
        return True
    seat = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(seat and os.environ.get("DBUS_SESSION_BUS_ADDRESS"))


def _system_backend() -> KeyBackend:
    import keyring

    backend: KeyBackend = keyring.get_keyring()
    return backend


def _within(seconds: float, work: Callable[[], T]) -> T:
    """The result of `work`. Raises StoreError when it fails or takes longer."""
    done: list[T] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            done.append(work())
        except Exception as error:  # keyring's backends raise whatever their libraries raise
            failed.append(error)

    thread = threading.Thread(target=run, name="key store", daemon=True)
    thread.start()
    thread.join(seconds)
    if not done:
        raise _key_store_silent() from (failed[0] if failed else None)
    return done[0]


def _key_store_silent() -> StoreError:
    return StoreError(
        tr("The system's key store does not answer"),
        tr("It holds the key to the faces in the database."),
        tr("Unlock it and start FaceDesk again, or give the passphrase."),
    )
