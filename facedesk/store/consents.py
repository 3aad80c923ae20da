"""Who agreed to what, word for word, and when: rows are only ever added."""

import sqlite3
from datetime import date

from facedesk.core.audit import Act
from facedesk.core.consent import Consent, ConsentAnswer, ConsentText
from facedesk.core.language import tr
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.person_rows import require_person
from facedesk.store.texts import clean
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import CONSENT_RECORDED_BY, Vault


class Consents:
    """The answers of one database. Usable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, person_id: int, consent: Consent, text: ConsentText | None = None) -> Consent:
        """Add an answer; `text` is what was asked, kept word for word under its hash.

        Raises BadInputError when nobody recorded it and for an unknown person.
        """
        recorded_by = clean(tr("Recorded by"), consent.recorded_by, 200, required=True)
        created_utc = self._database.clock.utc()
        text_hash = text.hash if text is not None else consent.text_hash
        with self._database.transaction() as connection:
            require_person(connection, person_id)
            if text is not None:
                connection.execute(
                    "INSERT INTO consent_texts VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (text.hash, text.language, text.text, to_text(created_utc)),
                )
            number = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM consents").fetchone()[
                0
            ]
            connection.execute(
                "INSERT INTO consents (id, person_id, answer, text_hash, day, recorded_by,"
                " created_utc) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    person_id,
                    str(consent.answer),
                    text_hash or None,
                    consent.day.isoformat(),
                    self._database.vault.seal_text(recorded_by, CONSENT_RECORDED_BY, number),
                    to_text(created_utc),
                ),
            )
            audit.note(
                self._database, Act.CONSENT_RECORDED, audit.subject_of(person_id),
                after={"answer": str(consent.answer)},
            )  # fmt: skip
        return Consent(consent.answer, consent.day, recorded_by, text_hash, created_utc)

    def of(self, person_id: int) -> Consent | None:
        """The answer that stands; None where nobody asked."""
        history = self.history(person_id)
        return history[-1] if history else None

    def history(self, person_id: int) -> list[Consent]:
        """Every answer of a person, oldest first."""
        rows = self._database.read(
            "SELECT * FROM consents WHERE person_id = ? ORDER BY id", [person_id]
        )
        return [_consent(row, self._database.vault) for row in rows]

    def answers(self) -> dict[int, ConsentAnswer]:
        """The answer that stands of everybody who was asked; opens no sealed name."""
        rows = self._database.read(
            "SELECT person_id, answer FROM consents"
            " WHERE id IN (SELECT max(id) FROM consents GROUP BY person_id)"
        )
        return {row["person_id"]: ConsentAnswer(row["answer"]) for row in rows}

    def text(self, text_hash: str) -> ConsentText | None:
        """What was asked under this hash; None where it is not kept."""
        rows = self._database.read("SELECT * FROM consent_texts WHERE hash = ?", [text_hash])
        return ConsentText(rows[0]["language"], rows[0]["text"]) if rows else None


def _consent(row: sqlite3.Row, vault: Vault) -> Consent:
    return Consent(
        ConsentAnswer(row["answer"]),
        date.fromisoformat(row["day"]),
        vault.open_text(row["recorded_by"], CONSENT_RECORDED_BY, row["id"]),
        row["text_hash"] or "",
        from_text(row["created_utc"]),
    )
