"""The audit log: append-only and hash-chained like punches; what a change was can be erased.

The chain seals a salted hash of the details (before and after), not the details, so that a
person's data can be erased from the log of what was done to it and the chain still verifies.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Mapping

from facedesk.core.audit import Act, Actor, AuditEntry, Details, changed
from facedesk.store import chain
from facedesk.store.database import Database
from facedesk.store.times import from_text, to_text

_SALT_BYTES = 16
_NOTHING: Details = {}


def subject_of(person_id: int) -> str:
    """How the log names a person, for ever: by number alone."""
    return f"person {person_id}"


def note(
    database: Database,
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
        )
        if details:
            connection.execute("INSERT INTO audit_details VALUES (?, ?)", [row["id"], details])


def forget(connection: sqlite3.Connection, person_id: int) -> None:
    """Erase what was changed about a person; that, when and by whom it was changed stays."""
    connection.execute(
        "DELETE FROM audit_details WHERE id IN (SELECT id FROM audit WHERE subject = ?)",
        [subject_of(person_id)],
    )


class Audit:
    """The log of one database, for reading. Usable from any thread."""

    def __init__(self, database: Database) -> None:
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
        return [_entry(row) for row in rows]

    def has(self, act: Act) -> bool:
        """Whether it was ever noted."""
        return bool(self._database.read("SELECT 1 FROM audit WHERE action = ? LIMIT 1", [act]))

    def problem(self) -> str:
        """What is wrong with the details, in one sentence; '' when all that is there is as written.

        Missing ones are no problem where the person was erased, which is an entry of its own.
        """
        rows = self._database.read(
            "SELECT audit.id, details_hash, details, subject, EXISTS (SELECT 1 FROM audit AS later"
            " WHERE later.subject = audit.subject AND later.id >= audit.id"
            " AND later.action = :removed) AS erased"
            " FROM audit LEFT JOIN audit_details USING (id) ORDER BY audit.id",
            {"removed": Act.PERSON_REMOVED},
        )
        for row in rows:
            if row["details"] is None:
                if row["details_hash"] and not row["erased"]:
                    return f"the details of row {row['id']} of the audit are missing"
            elif hashlib.sha256(row["details"]).hexdigest() != row["details_hash"]:
                return f"the details of row {row['id']} of the audit were changed"
        return ""


def _entry(row: sqlite3.Row) -> AuditEntry:
    content = _content(row)
    return AuditEntry(
        row["id"],
        from_text(row["utc"]),
        Actor(row["who"], row["role"], row["origin"]),
        row["action"],
        row["subject"],
        None if content is None else content["before"],
        None if content is None else content["after"],
    )


def _content(row: sqlite3.Row) -> Mapping[str, Details] | None:
    if row["details"] is not None:
        content: Mapping[str, Details] = json.loads(row["details"])
        return content
    return None if row["details_hash"] else {"before": {}, "after": {}}
