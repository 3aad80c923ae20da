"""When people say they left on a day they forgot to check out. Nothing counts until confirmed."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from facedesk.core.audit import Act
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Direction, Punch
from facedesk.store import audit
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.punches import Punches
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import STATEMENT_DECIDED_BY


@dataclass(frozen=True, slots=True)
class Statement:
    """A person said that they left at `utc`, after the punch `open_punch`."""

    id: int
    person_id: int
    open_punch: Punch
    utc: datetime
    zone: str
    created_utc: datetime


class Statements:
    """The statements of one database. Usable from any thread."""

    def __init__(self, database: Database, punches: Punches, corrections: Corrections) -> None:
        self._database = database
        self._punches = punches
        self._corrections = corrections

    def add(self, open_punch: Punch, utc: datetime) -> int:
        """Keep what the person of the punch says, instead of what they said before about it."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM statements WHERE open_punch_id = ? AND decided_utc IS NULL",
                [open_punch.id],
            )
            row = connection.execute(
                "INSERT INTO statements (person_id, open_punch_id, utc, zone, created_utc)"
                " VALUES (?, ?, ?, ?, ?) RETURNING id",
                [
                    open_punch.person_id, open_punch.id, to_text(utc), open_punch.zone,
                    to_text(self._database.clock.utc()),
                ],
            ).fetchall()  # fmt: skip
            return int(row[0]["id"])

    def known(self, open_punch_id: int) -> bool:
        """Whether the person was heard about this punch, whatever was decided."""
        return bool(
            self._database.read(
                "SELECT 1 FROM statements WHERE open_punch_id = ? LIMIT 1", [open_punch_id]
            )
        )

    def waiting(self) -> list[Statement]:
        """Those that nobody has decided, oldest first."""
        rows = self._database.read(
            "SELECT * FROM statements WHERE decided_utc IS NULL ORDER BY created_utc, id"
        )
        return [self._statement(row) for row in rows]

    def confirm(self, statement_id: int, who: str) -> int:
        """Make it a punch, added by hand and signed by `who`; returns the punch's number.

        Raises BadInputError when it was decided already, when the day was corrected meanwhile or is
        paid.
        """
        with self._database.transaction() as connection:
            statement = self._waiting(statement_id)
            after = statement.open_punch.utc + timedelta(microseconds=1)
            until = statement.utc + timedelta(seconds=1)
            if self._punches.between(after, until, statement.person_id):
                raise _refused(tr("The day was corrected after the person said this."))
            why = tr(
                "The person's own statement at the kiosk, {time}, confirmed.",
                time=to_text(statement.created_utc)[:16].replace("T", " ") + " UTC",
            )
            added = self._corrections.add(
                statement.person_id, Direction.OUT, statement.utc, statement.zone,
                Signature(who, why),
            )  # fmt: skip
            self._decide(connection, statement_id, who, added)
        return added

    def refuse(self, statement_id: int, who: str) -> None:
        """Leave the day open. Raises BadInputError when it was decided already."""
        with self._database.transaction() as connection:
            statement = self._waiting(statement_id)
            self._decide(connection, statement_id, who, None)
            subject = audit.subject_of(statement.person_id)
            audit.note(self._database, Act.STATEMENT_REFUSED, subject)

    def _waiting(self, statement_id: int) -> Statement:
        rows = self._database.read(
            "SELECT * FROM statements WHERE id = ? AND decided_utc IS NULL", [statement_id]
        )
        if not rows:
            raise _refused(tr("No statement {number} waits.", number=statement_id))
        return self._statement(rows[0])

    def _decide(
        self, connection: sqlite3.Connection, statement_id: int, who: str, added: int | None
    ) -> None:
        if not who.strip():
            raise _refused(tr("Somebody has to sign."))
        connection.execute(
            "UPDATE statements SET decided_utc = ?, decided_by = ?, added_punch_id = ?"
            " WHERE id = ?",
            [
                to_text(self._database.clock.utc()),
                self._database.vault.seal_text(who.strip(), STATEMENT_DECIDED_BY, statement_id),
                added,
                statement_id,
            ],
        )

    def _statement(self, row: sqlite3.Row) -> Statement:
        return Statement(
            row["id"],
            row["person_id"],
            self._punches.get(row["open_punch_id"]),
            from_text(row["utc"]),
            row["zone"],
            from_text(row["created_utc"]),
        )


def _refused(message: str) -> BadInputError:
    return BadInputError(tr("Nothing was decided"), message)
