"""The audit log: append-only and hash-chained like punches; what a change was can be erased.

The chain seals a salted hash of the details (before and after), not the details, so that a
person's data can be erased from the log of what was done to it and the chain still verifies.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from facedesk.core.audit import Act, Actor, AuditEntry, Details, changed
from facedesk.core.language import tr
from facedesk.store import chain
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import AUDIT_DETAILS, AUDIT_WHO, SealBrokenError, Vault

if TYPE_CHECKING:
    from facedesk.store.database import Database

_SALT_BYTES = 16
_NOTHING: Details = {}


def subject_of(person_id: int) -> str:
    """How the log names a person, for ever: by number alone."""
    return f"person {person_id}"


def note(
    database: "Database",
    act: Act,
    subject: str = "",
    before: Details = _NOTHING,
    after: Details = _NOTHING,
    *,
    actor: Actor | None = None,
) -> None:
    """Append an entry, as part of the transaction that is open; only fields that differ are kept.

    `actor` is whoever works with the database now, unless given.
    """
    by = actor or database.actor()
    before, after = changed(before, after)
    details = b""
    if before or after:
        salt = secrets.token_hex(_SALT_BYTES)
        content = {"salt": salt, "before": before, "after": after}
        details = json.dumps(content, sort_keys=True).encode("ascii")
    with database.transaction() as connection:
        row = chain.append(
            connection,
            chain.AUDIT,
            {
                "utc": to_text(database.clock.utc()),
                "who": by.who,
                "role": by.role,
                "origin": by.origin,
                "action": act.value,
                "subject": subject,
                "details_hash": hashlib.sha256(details).hexdigest() if details else "",
            },
            database.vault,
        )
        if details:
            sealed = database.vault.seal(details, AUDIT_DETAILS.at(row["id"]))
            connection.execute("INSERT INTO audit_details VALUES (?, ?)", [row["id"], sealed])


def forget(connection: sqlite3.Connection, person_id: int) -> None:
    """Erase what was changed about a person; that, when and by whom it was changed stays."""
    connection.execute(
        "DELETE FROM audit_details WHERE id IN (SELECT id FROM audit WHERE subject = ?)",
        [subject_of(person_id)],
    )


class Audit:
    """The log of one database, for reading. Usable from any thread."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    def entries(
        self, subject: str | None = None, limit: int = 200, *, before_id: int | None = None
    ) -> list[AuditEntry]:
        """The newest first; of one subject only where it is given."""
        rows = self._database.read(
            "SELECT audit.*, details FROM audit LEFT JOIN audit_details USING (id)"
            " WHERE (:subject IS NULL OR subject = :subject)"
            " AND (:before IS NULL OR audit.id < :before) ORDER BY audit.id DESC LIMIT :limit",
            {"subject": subject, "before": before_id, "limit": limit},
        )
        return [_entry(row, self._database.vault) for row in rows]

    def has(self, act: Act) -> bool:
        """Whether it was ever noted."""
        return bool(self._database.read("SELECT 1 FROM audit WHERE action = ? LIMIT 1", [act]))


def problems(connection: sqlite3.Connection, vault: Vault) -> Iterator[str]:
    """What is wrong with the details, a sentence a row.

    Missing ones are no problem where the person was erased, which is an entry of its own, or where
    a salvage found them damaged.
    """
    rows = connection.execute(
        "SELECT audit.id, details_hash, details, EXISTS (SELECT 1 FROM audit AS later"
        " WHERE later.subject = audit.subject AND later.id >= audit.id"
        " AND later.action = :removed) OR EXISTS (SELECT 1 FROM chain_gaps"
        " WHERE log = 'audit_details' AND audit.id BETWEEN first_id AND last_id) AS erased"
        " FROM audit LEFT JOIN audit_details USING (id) ORDER BY audit.id",
        {"removed": Act.PERSON_REMOVED},
    )
    for row in rows:
        if row["details"] is None:
            if row["details_hash"] and not row["erased"]:
                yield tr("The details of row {row} of the audit are missing.", row=row["id"])
            continue
        try:
            details = vault.open(row["details"], AUDIT_DETAILS.at(row["id"]))
        except SealBrokenError as error:
            yield error.message
            continue
        if hashlib.sha256(details).hexdigest() != row["details_hash"]:
            yield tr("The details of row {row} of the audit were changed.", row=row["id"])


def _entry(row: sqlite3.Row, vault: Vault) -> AuditEntry:
    """Raises SealBrokenError for details that were tampered with."""
    before: Details | None = {}
    after: Details | None = {}
    if row["details"] is not None:
        content = json.loads(vault.open(row["details"], AUDIT_DETAILS.at(row["id"])))
        before, after = content["before"], content["after"]
    elif row["details_hash"]:
        before = after = None
    return AuditEntry(
        row["id"],
        from_text(row["utc"]),
        Actor(vault.open_text(row["who"], AUDIT_WHO, row["id"]), row["role"], row["origin"]),
        row["action"],
        row["subject"],
        before,
        after,
    )
