"""The signed daily heads: who rewrites a whole chain from its beginning lacks the key.

Once a day the newest row of each log is signed (Ed25519, RFC 8032). The private key is sealed by
the vault, whose own key does not lie in the database: a forger with nothing but the file can make
rows and hashes, and no signature.
"""

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facedesk.core.language import tr
from facedesk.store import chain
from facedesk.store.times import to_text
from facedesk.store.vault import SIGNING_KEY, SealBrokenError, Vault

if TYPE_CHECKING:
    from facedesk.store.database import Database


def sign(database: "Database") -> int:
    """Sign the newest row of each log for today; how many there are. The key is made when first
    needed, and an older head of today gives way.
    """
    day = to_text(database.clock.utc())[:10]
    signed = 0
    with database.transaction() as connection:
        key = _key(connection, database.vault) or _new_key(connection, database.vault)
        for log in chain.LOGS:
            newest = connection.execute(
                f"SELECT id, hash FROM {log.table} ORDER BY id DESC LIMIT 1"  # noqa: S608
            ).fetchone()
            if newest is None:
                continue
            signature = key.sign(_words(log.table, day, newest["id"], newest["hash"]))
            connection.execute(
                "INSERT INTO chain_heads VALUES (?, ?, ?, ?, ?) ON CONFLICT (log, day) DO UPDATE"
                " SET row_id = excluded.row_id, hash = excluded.hash,"
                " signature = excluded.signature",
                (log.table, day, newest["id"], newest["hash"], signature),
            )
            signed += 1
    return signed


def public_key(database: "Database") -> bytes:
    """32 bytes to keep elsewhere, so that others can check the heads; b'' before the first."""
    with database.transaction() as connection:
        key = _key(connection, database.vault)
        return b"" if key is None else key.public_key().public_bytes_raw()


def problems(connection: sqlite3.Connection, vault: Vault) -> Iterator[str]:
    """Every head that was not signed here, or whose row is another one now.

    Raises SealBrokenError.
    """
    heads = connection.execute("SELECT * FROM chain_heads ORDER BY log, day").fetchall()
    key = _key(connection, vault)
    if heads and key is None:
        yield tr("The key that signs the daily heads is missing.")
        return
    starts = {row["log"]: row["row_id"] for row in connection.execute("SELECT * FROM chain_starts")}
    tables = {log.table for log in chain.LOGS}
    for head in heads:
        log, day, row_id = head["log"], head["day"], head["row_id"]
        assert key is not None
        try:
            key.public_key().verify(head["signature"], _words(log, day, row_id, head["hash"]))
        except InvalidSignature:
            yield tr("The head of the {log} of {day} was not signed here.", log=log, day=day)
            continue
        if log not in tables or row_id < starts.get(log, 0):
            continue
        if row_id == starts.get(log):
            continue  # the row was erased when its time was over; the chain goes on from its hash
        row = connection.execute(
            f"SELECT hash FROM {log} WHERE id = ?",  # noqa: S608 (one of ours)
            [row_id],
        ).fetchone()
        if row is None or row["hash"] != head["hash"]:
            yield tr(
                "Row {row} of the {log} is not the one that was signed on {day}.",
                row=row_id, log=log, day=day,
            )  # fmt: skip


def _key(connection: sqlite3.Connection, vault: Vault) -> Ed25519PrivateKey | None:
    row = connection.execute("SELECT id, private FROM signing_keys ORDER BY id LIMIT 1").fetchone()
    if row is None:
        return None
    private = vault.open(row["private"], SIGNING_KEY.at(row["id"]))
    try:
        return Ed25519PrivateKey.from_private_bytes(private)
    except ValueError as error:
        raise SealBrokenError(tr("The key that signs the daily heads is damaged.")) from error


def _new_key(connection: sqlite3.Connection, vault: Vault) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    connection.execute(
        "INSERT INTO signing_keys VALUES (1, ?)",
        [vault.seal(key.private_bytes_raw(), SIGNING_KEY.at(1))],
    )
    return key


def _words(log: str, day: str, row_id: int, row_hash: str) -> bytes:
    return f"facedesk head\n{log}\n{day}\n{row_id}\n{row_hash}".encode()
