"""Samples that came of check-ins: where they came from, what they replaced, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

import numpy as np

from facedesk.core.audit import Act
from facedesk.core.records import Sample, Vector
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import (
    REPLACED_CROP,
    REPLACED_SOURCE,
    REPLACED_VECTOR,
    SAMPLE_VECTOR,
)
from facedesk.store.vectors import from_bytes, to_bytes


@dataclass(frozen=True, slots=True)
class Renewal:
    """An automatic sample in force, and the check-in that it came of."""

    sample_id: int
    punch_id: int
    score: float
    created_utc: datetime


class Renewals:
    """The automatic samples of one database. Usable from any thread; each change is one
    transaction and raises the generation of `People`. Samples of enrolment are never touched.
    """

    def __init__(self, database: Database, people: People) -> None:
        self._database = database
        self._people = people

    def of_person(self, person_id: int) -> list[Renewal]:
        """The automatic samples of a person, oldest first."""
        rows = self._database.read(
            "SELECT sample_id, punch_id, score, created_utc FROM renewals"
            " JOIN samples ON samples.id = sample_id WHERE person_id = ?"
            " ORDER BY created_utc, sample_id",
            [person_id],
        )
        return [
            Renewal(row["sample_id"], row["punch_id"], row["score"], from_text(row["created_utc"]))
            for row in rows
        ]

    def enrolled(self, person_id: int, contract: str) -> list[Sample]:
        """The samples of a person that came of enrolment, of one model."""
        automatic = {renewal.sample_id for renewal in self.of_person(person_id)}
        return [
            sample
            for sample in self._people.samples(person_id)
            if sample.contract == contract and sample.id not in automatic
        ]

    def anchors(self, contract: str) -> dict[int, Vector]:
        """By id, the unit-length mean of the enrolled samples of everybody who also has automatic
        ones, of one model. Raises SealBrokenError.
        """
        rows = self._database.read(
            "SELECT id, person_id, vector FROM samples WHERE contract = ?"
            " AND id NOT IN (SELECT sample_id FROM renewals) AND person_id IN"
            " (SELECT person_id FROM samples JOIN renewals ON samples.id = sample_id)",
            [contract],
        )
        sums: dict[int, Vector] = {}
        for row in rows:
            person_id = int(row["person_id"])
            place = SAMPLE_VECTOR.at(row["id"], person_id)
            vector = from_bytes(self._database.vault.open(row["vector"], place))
            sums[person_id] = sums[person_id] + vector if person_id in sums else vector
        return {
            person_id: (total / max(float(np.linalg.norm(total)), 1e-12)).astype(np.float32)
            for person_id, total in sums.items()
        }

    def renew(self, sample: Sample, punch_id: int, score: float, most: int) -> None:
        """Add an automatic sample of `sample.person_id`; beyond `most` the oldest automatic one
        steps aside for it, and can be put back.
        """
        with self._database.transaction() as connection:
            sample_id = self._insert(connection, sample, punch_id, score)
            before = [one for one in self.of_person(sample.person_id) if one.sample_id != sample_id]
            for oldest in before[: max(0, len(before) + 1 - most)]:
                self._put_aside(connection, sample.person_id, oldest, sample_id)

    def undo(self, person_id: int) -> bool:
        """Take the newest renewal back, and put what it replaced in its place; False where there
        is none.
        """
        with self._database.transaction() as connection:
            renewals = self.of_person(person_id)
            if not renewals:
                return False
            newest = renewals[-1]
            for row in connection.execute(
                "SELECT * FROM replaced_samples WHERE replaced_by = ? ORDER BY id",
                [newest.sample_id],
            ).fetchall():
                vault, number = self._database.vault, row["id"]
                sample = Sample(
                    0,
                    row["person_id"],
                    row["contract"],
                    from_bytes(vault.open(row["vector"], REPLACED_VECTOR.at(number, person_id))),
                    vault.open_text(row["source"], REPLACED_SOURCE, number),
                    vault.open(row["crop_jpeg"], REPLACED_CROP.at(number, person_id)),
                    from_text(row["created_utc"]),
                )
                self._insert(connection, sample, row["punch_id"], row["score"])
            connection.execute("DELETE FROM samples WHERE id = ?", [newest.sample_id])
            self._note_undone(person_id, 1)
        self._database.erase_traces()
        return True

    def undo_all(self, person_id: int) -> int:
        """Back to what was enrolled; how many automatic samples were erased."""
        with self._database.transaction() as connection:
            renewals = self.of_person(person_id)
            _erase(connection, [renewal.sample_id for renewal in renewals])
            if renewals:
                self._note_undone(person_id, len(renewals))
        self._database.erase_traces()
        return len(renewals)

    def _note_undone(self, person_id: int, count: int) -> None:
        subject = audit.subject_of(person_id)
        audit.note(self._database, Act.RENEWALS_UNDONE, subject, before={"samples": str(count)})

    def _insert(self, connection: Connection, sample: Sample, punch_id: int, score: float) -> int:
        sample_id = self._database.next_id(connection, "samples")
        self._people.add_samples(sample.person_id, [sample])
        connection.execute(
            "INSERT INTO renewals VALUES (?, ?, ?)", (sample_id, punch_id, float(score))
        )
        return sample_id

    def _put_aside(
        self, connection: Connection, person_id: int, renewal: Renewal, replaced_by: int
    ) -> None:
        [sample] = [one for one in self._people.samples(person_id) if one.id == renewal.sample_id]
        seal = self._database.vault.seal
        number = self._database.next_id(connection, "replaced_samples")
        connection.execute(
            "INSERT INTO replaced_samples (id, person_id, replaced_by, contract, source, punch_id,"
            " score, created_utc, vector, crop_jpeg) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                person_id,
                replaced_by,
                sample.contract,
                self._database.vault.seal_text(sample.source, REPLACED_SOURCE, number),
                renewal.punch_id,
                renewal.score,
                to_text(renewal.created_utc),
                seal(to_bytes(sample.vector), REPLACED_VECTOR.at(number, person_id)),
                seal(sample.crop_jpeg, REPLACED_CROP.at(number, person_id)),
            ),
        )
        _erase(connection, [renewal.sample_id])


def _erase(connection: Connection, sample_ids: Sequence[int]) -> None:
    for sample_id in sample_ids:
        connection.execute("DELETE FROM samples WHERE id = ?", [sample_id])
