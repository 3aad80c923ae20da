"""Data keys as a database holds them: wrapped, so that the file alone opens nothing.

A data key is random and never leaves the process in clear. The database holds it wrapped
(AES-256-GCM) by one or more other keys: a random one in the system's key store, a random one in a
key file, or one that Argon2id (RFC 9106) makes of a passphrase. Any one of them opens it.
"""

import base64
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facedesk.core.errors import StoreError
from facedesk.core.language import tr
from facedesk.store.keys import KeyFile, Keys
from facedesk.store.vault import KEY_BYTES

_NONCE_BYTES = 12
_ARGON2_TIME, _ARGON2_MEMORY_KIB, _ARGON2_LANES = 3, 65536, 4  # RFC 9106, second choice
_MOST_MEMORY_KIB, _MOST_TIME = 1 << 20, 16  # the numbers come from a file that may be hostile
_SHORTEST_PASSPHRASE = 12


class KeyKind(StrEnum):
    SYSTEM = "system"
    FILE = "file"
    PASSPHRASE = "passphrase"  # noqa: S105 (a kind of key)


class MissingKeyError(StoreError):
    """The database is sealed and none of its keys is here."""


@dataclass(frozen=True, slots=True)
class Wrap:
    """A data key, wrapped. `name` tells which key wraps it, `place` where that one was put."""

    number: int
    kind: KeyKind
    name: str
    place: str
    wrapped: bytes


def stored(connection: sqlite3.Connection) -> list[Wrap]:
    """All of a database; none before it has keys. Raises sqlite3.Error."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'vault_keys'").fetchone():
        return []
    rows = connection.execute(
        "SELECT number, kind, name, place, wrapped FROM vault_keys ORDER BY number, id"
    )
    return [Wrap(row[0], KeyKind(row[1]), row[2], row[3], row[4]) for row in rows]


def store(connection: sqlite3.Connection, wrap: Wrap) -> None:
    connection.execute(
        "INSERT INTO vault_keys (number, kind, name, place, wrapped) VALUES (?, ?, ?, ?, ?)",
        (wrap.number, str(wrap.kind), wrap.name, wrap.place, wrap.wrapped),
    )


def new_data_key() -> bytes:
    return os.urandom(KEY_BYTES)


def chosen_kind(keys: Keys) -> KeyKind:
    """Where the key of a new database goes."""
    if keys.system is not None and keys.system_first and keys.system.answers():
        return KeyKind.SYSTEM
    return KeyKind.FILE


def wrap(number: int, data_key: bytes, kind: KeyKind, keys: Keys) -> Wrap:
    """Wrap a data key by a NEW key of this kind, which is kept safe before this returns.

    Raises StoreError when it cannot be kept, or when there is no passphrase.
    """
    if kind is KeyKind.PASSPHRASE:
        passphrase = keys.passphrase()
        if passphrase is None or len(passphrase) < _SHORTEST_PASSPHRASE:
            raise StoreError(
                tr("A passphrase is needed"),
                tr("It has at least {count} characters.", count=_SHORTEST_PASSPHRASE),
            )
        salt = base64.urlsafe_b64encode(os.urandom(16)).decode("ascii")
        name = f"{_ARGON2_TIME}:{_ARGON2_MEMORY_KIB}:{_ARGON2_LANES}:{salt}"
        return _wrapped(number, data_key, kind, name, "", _of_passphrase(passphrase, name))
    name, key = secrets.token_hex(8), os.urandom(KEY_BYTES)
    if kind is KeyKind.SYSTEM:
        assert keys.system is not None
        keys.system.put(name, key)
        return _wrapped(number, data_key, kind, name, "", key)
    keys.file.put(name, key)
    return _wrapped(number, data_key, kind, name, str(keys.file.path.absolute()), key)


def unwrap(found: list[Wrap], keys: Keys, database: Path) -> dict[int, bytes]:
    """Every data key of a database. Raises MissingKeyError when one of them cannot be had.

    The passphrase is asked for only when no other key is here.
    """
    opened: dict[int, bytes] = {}
    troubles: list[StoreError] = []
    order = [KeyKind.FILE, KeyKind.SYSTEM, KeyKind.PASSPHRASE]
    passphrase: str | None = None
    for one in sorted(found, key=lambda one: order.index(one.kind)):
        if one.number in opened:
            continue
        if one.kind is KeyKind.PASSPHRASE:
            passphrase = passphrase or keys.passphrase()
            candidates: Iterable[bytes | None] = (
                [_of_passphrase(passphrase, one.name)] if passphrase else []
            )
        else:
            candidates = _candidates(one, keys, database, troubles)
        for key in candidates:
            data_key = None if key is None else _opened(one, key)
            if data_key is not None:
                opened[one.number] = data_key
                break
    missing = {one.number for one in found} - set(opened)
    if missing:
        raise troubles[0] if troubles else _missing(found, keys, database)
    return opened


def _candidates(
    one: Wrap, keys: Keys, database: Path, troubles: list[StoreError]
) -> Iterator[bytes | None]:
    if one.kind is KeyKind.SYSTEM:
        try:
            yield None if keys.system is None else keys.system.get(one.name)
        except StoreError as error:
            troubles.append(error)
        return
    # A copy of the database may lie elsewhere than its key, or both may have moved.
    for path in dict.fromkeys((keys.file.path, Path(one.place), database.with_suffix(".key"))):
        try:
            yield KeyFile(path).get(one.name)
        except StoreError as error:
            troubles.append(error)


def _wrapped(
    number: int, data_key: bytes, kind: KeyKind, name: str, place: str, key: bytes
) -> Wrap:
    nonce = os.urandom(_NONCE_BYTES)  # each wrapping key is used for one data key
    sealed = AESGCM(key).encrypt(nonce, data_key, _bound(number, kind, name))
    return Wrap(number, kind, name, place, nonce + sealed)


def _opened(one: Wrap, key: bytes) -> bytes | None:
    nonce, sealed = one.wrapped[:_NONCE_BYTES], one.wrapped[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, sealed, _bound(one.number, one.kind, one.name))
    except (InvalidTag, ValueError):
        return None


def _bound(number: int, kind: KeyKind, name: str) -> bytes:
    return f"facedesk data key\0{number}\0{kind}\0{name}".encode()


def _of_passphrase(passphrase: str, name: str) -> bytes:
    """The key that Argon2id makes of a passphrase, with the numbers and the salt of `name`."""
    from argon2.low_level import Type, hash_secret_raw

    try:
        time_cost, memory_kib, lanes, salt = name.split(":")
        return hash_secret_raw(
            passphrase.encode(),
            base64.urlsafe_b64decode(salt),
            min(int(time_cost), _MOST_TIME),
            min(int(memory_kib), _MOST_MEMORY_KIB),
            min(int(lanes), 16),
            KEY_BYTES,
            Type.ID,
        )
    except ValueError:
        return b""  # not a name of ours: this wrap does not open


def _missing(found: list[Wrap], keys: Keys, database: Path) -> MissingKeyError:
    kinds = {one.kind for one in found}
    ways = []
    if KeyKind.FILE in kinds:
        ways.append(tr("put the key file back to {path}", path=keys.file.path))
    if KeyKind.SYSTEM in kinds:
        ways.append(tr("start FaceDesk on the desktop of the account that it was set up in"))
    if KeyKind.PASSPHRASE in kinds:
        ways.append(tr("give the passphrase"))
    return MissingKeyError(
        tr("The key to the database is missing"),
        tr("Faces and names in {path} are sealed, and their key is not here.", path=database),
        tr("To go on: {ways}.", ways=tr(" or ").join(ways)),
    )
