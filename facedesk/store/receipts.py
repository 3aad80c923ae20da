"""What was erased of a person, and when: proof of a deletion that holds nothing of the person.

A receipt names a number, counts and a moment. Receipts are chained by their hashes, so that none
can be invented or left out afterwards.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from facedesk.core.consent import Consent, ConsentAnswer
from facedesk.core.language import tr
from facedesk.store import chain
from facedesk.store.consents import Consents
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.person_rows import require_person
from facedesk.store.texts import clean
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import RECEIPT_WHO

# What a person may have, and how to count it. All of it goes with a removal.
_FACES = {
    "face samples": "SELECT count(*) FROM samples WHERE person_id = ?",
    "face pictures": "SELECT count(*) FROM samples WHERE person_id = ? AND length(crop_jpeg) > 0",
}
_REST = {
    "absences": "SELECT count(*) FROM absences WHERE person_id = ?",
    "working times": "SELECT count(*) FROM assignments WHERE person_id = ?",
    "PINs": "SELECT count(*) FROM pins WHERE person_id = ?",
    "badges": "SELECT count(*) FROM badges WHERE person_id = ?",
}


class ReceiptKind(StrEnum):
    REMOVAL = "removal"  # face data and details
    WITHDRAWAL = "withdrawal"  # face data only: consent was withdrawn


@dataclass(frozen=True, slots=True)
class Receipt:
    """`erased` counts what is gone, `hash` seals this receipt and all before it."""

    id: int
    kind: ReceiptKind
    person_id: int
    erased: dict[str, int]
    who: str
    created_utc: datetime
    previous_hash: str
    hash: str

    def as_text(self) -> str:
        """The receipt as a JSON document, to hand out."""
        return json.dumps(
            {
                "receipt": self.id,
                "kind": str(self.kind),
                "person_number": self.person_id,
                "erased": self.erased,
                "kept": "attendance log under the person's number",
                "erased_utc": to_text(self.created_utc),
                "previous_hash": self.previous_hash,
                "hash": self.hash,
            },
            indent=2,
        )


class Receipts:
    """Erases, and writes down that it did. Usable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._people = People(database)
        self._consents = Consents(database)

    def remove(self, person_id: int, who: str) -> Receipt:
        """Erase a person's face data and details; the punches stay. Raises BadInputError.

        Whoever was merged into the person is the same person, and goes as well.
        """
        with self._database.transaction() as connection:
            erased = _counted(connection, person_id, _FACES | _REST)
            merged = connection.execute(
                "SELECT id FROM people WHERE merged_into = ? AND removed_utc IS NULL", [person_id]
            ).fetchall()
            for number in (*(row["id"] for row in merged), person_id):
                self._people.remove(number)
            receipt = self._write(connection, ReceiptKind.REMOVAL, person_id, erased, who)
        self._database.erase_traces()
        return receipt

    def withdraw(self, person_id: int, consent: Consent) -> Receipt:
        """Record that consent was withdrawn and erase the face data. Raises BadInputError."""
        if consent.answer is not ConsentAnswer.WITHDRAWN:
            raise ValueError(f"not a withdrawal: {consent.answer}")
        with self._database.transaction() as connection:
            require_person(connection, person_id)
            erased = _counted(connection, person_id, _FACES)
            self._consents.record(person_id, consent)
            connection.execute("DELETE FROM samples WHERE person_id = ?", [person_id])
            receipt = self._write(
                connection, ReceiptKind.WITHDRAWAL, person_id, erased, consent.recorded_by
            )
        self._database.erase_traces()
        return receipt

    def all(self) -> list[Receipt]:
        """Every receipt, oldest first."""
        rows = self._database.read("SELECT * FROM receipts ORDER BY id")
        opened = self._database.vault.open_text
        return [_receipt(row, opened(row["who"], RECEIPT_WHO, row["id"])) for row in rows]

    def _write(
        self,
        connection: sqlite3.Connection,
        kind: ReceiptKind,
        person_id: int,
        erased: dict[str, int],
        who: str,
    ) -> Receipt:
        row = chain.append(
            connection,
            chain.RECEIPTS,
            {
                "kind": str(kind),
                "person_id": person_id,
                "counts": json.dumps(erased),
                "who": clean(tr("Who"), who, 200, required=True),
                "created_utc": to_text(self._database.clock.utc()),
            },
            self._database.vault,
        )
        return _receipt(row, row["who"])


def _counted(
    connection: sqlite3.Connection, person_id: int, what: dict[str, str]
) -> dict[str, int]:
    return {
        name: int(connection.execute(sql, [person_id]).fetchone()[0]) for name, sql in what.items()
    }


def _receipt(row: sqlite3.Row | Mapping[str, Any], who: str) -> Receipt:
    return Receipt(
        row["id"],
        ReceiptKind(row["kind"]),
        row["person_id"],
        json.loads(row["counts"]),
        who,
        from_text(row["created_utc"]),
        row["previous_hash"],
        row["hash"],
    )
