"""People, their face samples, and the gallery that is made of them."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facedesk.core.audit import Act
from facedesk.core.language import tr
from facedesk.core.matching import Gallery, empty_gallery
from facedesk.core.records import Person, Sample, Vector
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.person_rows import (
    cleaned,
    columns_of,
    in_words,
    number_index,
    person_of,
    refuse_taken_staff_number,
    require_person,
    unknown,
)
from facedesk.store.texts import folded
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import (
    SAMPLE_CROP,
    SAMPLE_SOURCE,
    SAMPLE_VECTOR,
    SealBrokenError,
)

if TYPE_CHECKING:
    from sqlite_utils.db import Table

_log = logging.getLogger(__name__)
_UNIT_TOLERANCE = 1e-3
_STORED = np.dtype("<f4")  # little-endian on every machine, so that a file can move
_PERSON = """
SELECT people.*, (SELECT count(*) FROM samples WHERE person_id = people.id) AS samples
FROM people
"""


_COUNT = "SELECT count(*) AS people FROM people"
_LISTED = "removed_utc IS NULL AND merged_into IS NULL"
_OWN_TABLES = ("samples", "absences", "assignments", "told_apart", "liveness_policies")


class People:
    """Everything about people in one database. Usable from any thread.

    Each change is one transaction and raises `generation()`. Removed people keep their id and their
    punches under a neutral name, are not listed and cannot be changed. People who were merged into
    others are not listed either.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, person: Person, samples: Sequence[Sample] = ()) -> Person:
        """Store a new person with all samples, or nothing; `id` and `created_utc` come back filled.

        Raises BadInputError for a name that is empty, too long or has control characters, and for a
        staff number that somebody else has.
        """
        person = cleaned(person)
        created_utc = person.created_utc or self._database.clock.utc()
        with self._database.transaction() as connection:
            refuse_taken_staff_number(self._database, person)
            person_id = self._database.next_id(connection, "people")
            _table(connection, "people").insert(
                {
                    "id": person_id,
                    **columns_of(replace(person, id=person_id), self._database),
                    "created_utc": to_text(created_utc),
                }
            )
            self._insert_samples(connection, person_id, samples)
            self._note(Act.PERSON_ADDED, person_id, None, person, samples=len(samples))
        return replace(person, id=person_id, created_utc=created_utc, samples=len(samples))

    def update(self, person: Person) -> Person:
        """Store the changed fields of a person. Raises BadInputError as `add`, and when unknown."""
        person = cleaned(person)
        with self._database.transaction() as connection:
            require_person(connection, person.id)
            refuse_taken_staff_number(self._database, person)
            self._note(Act.PERSON_CHANGED, person.id, self.get(person.id), person)
            _table(connection, "people").update(person.id, columns_of(person, self._database))
            return self.get(person.id)

    def get(self, person_id: int) -> Person:
        """One person, removed or not. Raises BadInputError when there was never such an id."""
        rows = self._database.read(f"{_PERSON} WHERE id = ?", [person_id])
        if not rows:
            raise unknown(person_id)
        return person_of(rows[0], self._database)

    def find_by_staff_number(self, staff_number: str) -> Person | None:
        """Who has this staff number; upper and lower case are the same."""
        wanted = number_index(staff_number.strip(), self._database)
        rows = self._database.read(f"{_PERSON} WHERE number_index = ?", [wanted]) if wanted else []
        return person_of(rows[0], self._database) if rows else None

    def samples(self, person_id: int) -> list[Sample]:
        """The samples of a person, oldest first, of all contracts."""
        rows = self._database.read(
            "SELECT * FROM samples WHERE person_id = ? ORDER BY id", [person_id]
        )
        return [self._sample(row) for row in rows]

    def count(self) -> int:
        """How many people `list` has; opens no sealed name."""
        (row,) = self._database.read(f"{_COUNT} WHERE {_LISTED}")
        return int(row["people"])

    def list(self, search: str = "", active_only: bool = False) -> list[Person]:
        """People in order of name, each with the number of samples.

        Every word of `search` must occur in the name, staff number or department; case, accents and
        vowel points do not matter.
        """
        condition = f"{_LISTED} AND active" if active_only else _LISTED
        people = [
            person_of(row, self._database)
            for row in self._database.read(f"{_PERSON} WHERE {condition}")
        ]
        words = folded(search).split()
        found = [
            person
            for person in people
            if not words
            or _contains(f"{person.name} {person.staff_number} {person.department}", words)
        ]
        return sorted(found, key=lambda person: (folded(person.name), person.id))

    def add_samples(self, person_id: int, samples: Sequence[Sample]) -> Person:
        """Store more samples of a person, all or none."""
        with self._database.transaction() as connection:
            require_person(connection, person_id)
            self._insert_samples(connection, person_id, samples)
            audit.note(
                self._database, Act.SAMPLES_ADDED, audit.subject_of(person_id),
                after={"samples": str(len(samples))},
            )  # fmt: skip
            return self.get(person_id)

    def remove_sample(self, sample_id: int) -> None:
        """Erase one sample for good; nothing happens when it is already gone."""
        with self._database.transaction() as connection:
            for row in connection.execute(
                "DELETE FROM samples WHERE id = ? RETURNING person_id", [sample_id]
            ).fetchall():
                subject = audit.subject_of(row["person_id"])
                audit.note(self._database, Act.SAMPLE_REMOVED, subject)
        self._database.erase_traces()

    def remove(self, person_id: int) -> None:
        """Erase a person's face data, absences and details for good; the punches stay.

        Backups made before still hold them until they are deleted.
        Raises BadInputError when unknown or already removed.
        """
        with self._database.transaction() as connection:
            require_person(connection, person_id)
            for table in _OWN_TABLES:
                connection.execute(
                    f"DELETE FROM {table} WHERE person_id = ?",  # noqa: S608 (constants)
                    [person_id],
                )
            connection.execute("DELETE FROM told_apart WHERE other_id = ?", [person_id])
            audit.forget(connection, person_id)
            audit.note(self._database, Act.PERSON_REMOVED, audit.subject_of(person_id))
            nobody = Person(
                person_id, tr("Removed person {number}", number=person_id), active=False
            )
            removed_utc = to_text(self._database.clock.utc())
            _table(connection, "people").update(
                person_id, {**columns_of(nobody, self._database), "removed_utc": removed_utc}
            )
        self._database.erase_traces()

    def hand_over(self, sample_ids: Sequence[int], person_id: int) -> tuple[int, ...]:
        """Give these samples to another person; the ids of those that still exist come back."""
        moved = []
        with self._database.transaction() as connection:
            seal = self._database.vault.seal
            for sample_id in sample_ids:
                row = connection.execute(
                    "SELECT * FROM samples WHERE id = ?", [sample_id]
                ).fetchone()
                if row is None:
                    continue
                sample = self._sample(row)
                vector = _stored(sample.vector).tobytes()
                connection.execute(
                    "UPDATE samples SET person_id = ?, vector = ?, crop_jpeg = ? WHERE id = ?",
                    (
                        person_id,
                        seal(vector, SAMPLE_VECTOR.at(sample_id, person_id)),
                        seal(sample.crop_jpeg, SAMPLE_CROP.at(sample_id, person_id)),
                        sample_id,
                    ),
                )
                moved.append(sample_id)
        return tuple(moved)

    def renew(
        self, contract: str, vectors: Mapping[int, Vector], *, without: Set[int] = frozenset()
    ) -> bool:
        """Put the vectors of a new model in place of the old ones, sample by sample, all at once.

        False, and nothing is changed, while a sample with a picture has no new vector and is not
        `without` one: somebody was enrolled meanwhile. Samples without a picture keep what they
        have.
        """
        with self._database.transaction() as connection:
            if set(self.renewable(contract)) - set(vectors) - without:
                return False
            for sample_id, vector in vectors.items():
                row = connection.execute(
                    "SELECT person_id FROM samples WHERE id = ?", [sample_id]
                ).fetchone()
                if row is None:
                    continue
                stored = _stored(vector)
                place = SAMPLE_VECTOR.at(sample_id, row["person_id"])
                connection.execute(
                    "UPDATE samples SET contract = ?, dimension = ?, vector = ? WHERE id = ?",
                    (
                        contract,
                        stored.size,
                        self._database.vault.seal(stored.tobytes(), place),
                        sample_id,
                    ),
                )
            return True

    def renewable(self, contract: str) -> tuple[int, ...]:
        """The samples of other contracts whose picture was kept: a new model can read them."""
        rows = self._database.read(
            "SELECT id FROM samples WHERE contract <> ? AND length(crop_jpeg) > 0 ORDER BY id",
            [contract],
        )
        return tuple(row["id"] for row in rows)

    def crop(self, sample_id: int) -> bytes:
        """The kept picture of a sample as JPEG; b'' where none is kept."""
        rows = self._database.read(
            "SELECT person_id, crop_jpeg FROM samples WHERE id = ?", [sample_id]
        )
        return self._crop(sample_id, rows[0]["person_id"], rows[0]["crop_jpeg"]) if rows else b""

    def known_to(self, contract: str) -> frozenset[int]:
        """Who has a sample of this contract: whom its model can recognise."""
        rows = self._database.read(
            "SELECT DISTINCT person_id FROM samples WHERE contract = ?", [contract]
        )
        return frozenset(row["person_id"] for row in rows)

    def gallery(self, contract: str) -> Gallery:
        """The samples of all active people under one model contract, as one matrix.

        Read `generation()` BEFORE calling, so that a change in between is not missed.
        """
        rows = self._database.read(
            "SELECT samples.id AS id, person_id, dimension, vector FROM samples"
            " JOIN people ON people.id = person_id WHERE contract = ? AND active"
            " ORDER BY samples.id",
            [contract],
        )
        opened = tuple(self._opened(rows))
        if not opened:
            return empty_gallery(contract)
        known = self._database.directory.all()
        matrix = np.frombuffer(b"".join(vector for _, vector in opened), _STORED)
        return Gallery(
            contract,
            np.ascontiguousarray(matrix.reshape(len(opened), rows[0]["dimension"]), np.float32),
            np.array([row["person_id"] for row, _ in opened], np.int64),
            {row["person_id"]: known[row["person_id"]].name for row, _ in opened},
        )

    def contracts(self) -> tuple[str, ...]:
        """The model contracts that active people have samples of, the most used one first."""
        rows = self._database.read(
            "SELECT contract, count(*) AS uses FROM samples JOIN people ON people.id = person_id"
            " WHERE active GROUP BY contract ORDER BY uses DESC, contract"
        )
        return tuple(str(row["contract"]) for row in rows)

    def portrait(self, person_id: int) -> bytes:
        """The newest face picture of a person as JPEG; b'' when none is kept."""
        rows = self._database.read(
            "SELECT id, crop_jpeg FROM samples WHERE person_id = ? AND length(crop_jpeg) > 0"
            " ORDER BY id DESC LIMIT 1",
            [person_id],
        )
        return self._crop(rows[0]["id"], person_id, rows[0]["crop_jpeg"]) if rows else b""

    def generation(self) -> int:
        """Grows with every change of people or samples, by whatever thread or program."""
        return int(self._database.read("SELECT number FROM generation")[0]["number"])

    def _insert_samples(
        self, connection: sqlite3.Connection, person_id: int, samples: Sequence[Sample]
    ) -> None:
        for sample in samples:
            vector = _stored(sample.vector)
            other = connection.execute(
                "SELECT dimension FROM samples WHERE contract = ? LIMIT 1", [sample.contract]
            ).fetchone()
            if other is not None and other["dimension"] != vector.size:
                raise ValueError(
                    f"{sample.contract} has dimension {other['dimension']}, not {vector.size}"
                )
            sample_id = self._database.next_id(connection, "samples")
            seal, seal_text = self._database.vault.seal, self._database.vault.seal_text
            _table(connection, "samples").insert(
                {
                    "id": sample_id,
                    "person_id": person_id,
                    "contract": sample.contract,
                    "dimension": vector.size,
                    "vector": seal(vector.tobytes(), SAMPLE_VECTOR.at(sample_id, person_id)),
                    "source": seal_text(sample.source, SAMPLE_SOURCE, sample_id),
                    "crop_jpeg": seal(sample.crop_jpeg, SAMPLE_CROP.at(sample_id, person_id)),
                    "created_utc": to_text(sample.created_utc or self._database.clock.utc()),
                }
            )

    def _note(
        self, act: Act, person_id: int, before: Person | None, after: Person, **more: object
    ) -> None:
        audit.note(
            self._database,
            act,
            audit.subject_of(person_id),
            {} if before is None else in_words(before),
            in_words(after) | {name: str(value) for name, value in more.items()},
        )

    def _sample(self, row: sqlite3.Row) -> Sample:
        vector = self._database.vault.open(
            row["vector"], SAMPLE_VECTOR.at(row["id"], row["person_id"])
        )
        return Sample(
            id=row["id"],
            person_id=row["person_id"],
            contract=row["contract"],
            vector=np.frombuffer(vector, _STORED).astype(np.float32),
            source=self._database.vault.open_text(row["source"], SAMPLE_SOURCE, row["id"]),
            crop_jpeg=self._crop(row["id"], row["person_id"], row["crop_jpeg"]),
            created_utc=from_text(row["created_utc"]),
        )

    def _opened(self, rows: Sequence[sqlite3.Row]) -> Iterator[tuple[sqlite3.Row, bytes]]:
        """Rows of samples with their vectors, but for those that were tampered with: the others
        are still to be greeted.
        """
        for row in rows:
            place = SAMPLE_VECTOR.at(row["id"], row["person_id"])
            try:
                yield row, self._database.vault.open(row["vector"], place)
            except SealBrokenError as error:
                _log.error("sample %d is left out: %s", row["id"], error.title)

    def _crop(self, sample_id: int, person_id: int, sealed: bytes) -> bytes:
        return self._database.vault.open(sealed, SAMPLE_CROP.at(sample_id, person_id))


def _table(connection: sqlite3.Connection, name: str) -> "Table":
    """The table for inserting and updating by column name; joins the transaction that is open."""
    import sqlite_utils  # 0.2 s, and a kiosk that only reads never needs it

    return sqlite_utils.Database(connection).table(name)


def _stored(vector: Vector) -> NDArray[np.float32]:
    if vector.ndim != 1 or vector.dtype != np.float32:
        raise ValueError(f"an embedding is float32 (d,), not {vector.dtype} {vector.shape}")
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not abs(length - 1.0) <= _UNIT_TOLERANCE:  # also refuses NaN
        raise ValueError(f"an embedding has unit length, not {length:.4f}")
    return vector.astype(_STORED)


def _contains(text: str, words: Sequence[str]) -> bool:
    text = folded(text)
    return all(word in text for word in words)
