"""The emergency file: punches that the database cannot take now, until it can again.

The file has its full size from the start and is written in place, so that it works on a full disk.
What is in it is sealed: nobody can read it, and nobody can add a punch of their own.
"""

import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from facedesk.core.errors import StoreError
from facedesk.core.language import tr
from facedesk.core.records import Direction, Method, Punch
from facedesk.store.times import to_text
from facedesk.store.vault import Place, SealBrokenError, Vault

_log = logging.getLogger(__name__)

_SLOT_BYTES = 2048
_SLOTS = 512
_LONGEST_REASON = 200  # characters, each six bytes at most as JSON
_EMPTY = bytes(_SLOT_BYTES)


class Spool:
    """Punches in a file, in the order they were added. Usable from any thread of ONE process.

    Where the first place cannot be written (a folder that became read-only), the second one, in the
    system's folder for temporary files, is taken.
    """

    def __init__(self, database: Path) -> None:
        self._lock = threading.Lock()
        name = sha256(str(database.absolute()).encode()).hexdigest()[:16]
        self._places = (
            database.with_suffix(".spool"),
            Path(tempfile.gettempdir()) / f"facedesk-{name}.spool",
        )
        self._waiting: list[Punch] | None = None

    def prepare(self) -> None:
        """Take the disk space now, while there is some. Failing is no trouble yet."""
        try:
            os.close(self._reserve(self._places[0]))
        except OSError as error:
            _log.warning("no emergency file: %s", error.strerror or error)

    def waiting(self, vault: Vault) -> list[Punch]:
        """What is in the file, with ids -1, -2 and so on."""
        with self._lock:
            return list(self._known(vault))

    def add(self, punch: Punch, vault: Vault) -> Punch:
        """Write a punch; it IS on the disk when this returns, with a negative id.

        Raises StoreError when there is no place for it.
        """
        with self._lock:
            known = self._known(vault)
            punch = replace(punch, reason=punch.reason[:_LONGEST_REASON], id=-1 - len(known))
            for path in self._places:
                try:
                    self._write(path, punch, vault)
                except OSError as error:
                    _log.warning("no emergency file there: %s", error.strerror or error)
                else:
                    known.append(punch)
                    return punch
        raise StoreError(
            tr("The punch could not be saved"),
            tr("Neither the database nor the emergency file takes it."),
            tr("Free some space on this disk and try again."),
        )

    def clear(self) -> None:
        """Everything is in the database now. The file keeps its size."""
        with self._lock:
            self._waiting = []
            for path in self._places:
                try:
                    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
                    with os.fdopen(descriptor, "r+b") as file:
                        file.write(_EMPTY * _SLOTS)
                        file.flush()
                        os.fsync(file.fileno())
                except OSError as error:  # what stays in it is known to the database
                    _log.debug("nothing was emptied: %s", error.strerror or error)

    def _known(self, vault: Vault) -> list[Punch]:
        if self._waiting is None:
            found = [punch for path in self._places for punch in _read(path, vault)]
            self._waiting = [
                replace(punch, id=-1 - number)
                for number, punch in enumerate(sorted(found, key=lambda punch: punch.utc))
            ]
        return self._waiting

    def _write(self, path: Path, punch: Punch, vault: Vault) -> None:
        descriptor = self._reserve(path)
        with os.fdopen(descriptor, "r+b") as file:
            for slot in range(_SLOTS):
                file.seek(slot * _SLOT_BYTES)
                if any(file.read(_SLOT_BYTES)):
                    continue
                sealed = vault.seal(_encoded(punch), _place(slot))
                file.seek(slot * _SLOT_BYTES)
                file.write(len(sealed).to_bytes(2, "big") + sealed)
                file.flush()
                os.fsync(file.fileno())
                return
        raise OSError("the emergency file has no slot left")

    def _reserve(self, path: Path) -> int:
        """The open file, at its full size; the caller closes it."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size < _SLOTS * _SLOT_BYTES:
                os.lseek(descriptor, size, os.SEEK_SET)
                os.write(descriptor, bytes(_SLOTS * _SLOT_BYTES - size))
                os.fsync(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _read(path: Path, vault: Vault) -> Iterator[Punch]:
    try:
        content = path.read_bytes()[: _SLOTS * _SLOT_BYTES]
    except OSError:
        return
    for slot in range(len(content) // _SLOT_BYTES):
        part = content[slot * _SLOT_BYTES :][:_SLOT_BYTES]
        size = int.from_bytes(part[:2], "big")
        if not size:
            continue
        try:
            yield _decoded(vault.open(part[2 : 2 + size], _place(slot)))
        except SealBrokenError:  # torn by a power cut before it was announced, or not ours
            _log.error("slot %d of the emergency file cannot be opened", slot)


def _encoded(punch: Punch) -> bytes:
    return json.dumps({**asdict(punch), "utc": to_text(punch.utc)}).encode("ascii")


def _decoded(content: bytes) -> Punch:
    values = json.loads(content)
    return Punch(
        **{
            **values,
            "utc": datetime.fromisoformat(values["utc"]),
            "direction": Direction(values["direction"]),
            "method": Method(values["method"]),
        }
    )


def _place(slot: int) -> Place:
    return Place("spool", "punch", slot)
