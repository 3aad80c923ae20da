"""One person who was enrolled twice becomes one: samples, absences and punches move.

Punches are append-only, so each moves by a correction of its own: every reader of the log (hours,
reports, exports, other systems) already understands corrections, they are hash-chained, and they
tell who moved what and why. An alias would have to be understood by every query instead. Punches of
days that are paid cannot be corrected and stay where they were paid.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from facedesk.core.audit import Act
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.store import audit
from facedesk.store.corrections import Corrections, cleaned
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.person_rows import number_columns, number_index, require_person
from facedesk.store.punches import Punches
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import (
    MERGE_NUMBER,
    MERGE_WHO,
    MERGE_WHY,
    TOLD_APART_WHO,
    TOLD_APART_WHY,
)

UNDO_FOR = timedelta(days=30)


class _Kind(StrEnum):
    SAMPLE = "sample"
    PUNCH = "punch"
    ABSENCE = "absence"


@dataclass(frozen=True, slots=True)
class Merge:
    """`name` is that of the person who is no longer listed; `paid` punches stayed with them."""

    id: int
    person_id: int
    into_id: int
    name: str
    into_name: str
    signature: Signature
    created_utc: datetime
    samples: int
    punches: int
    paid: int = 0

    @property
    def undo_until_utc(self) -> datetime:
        return self.created_utc + UNDO_FOR


class Merges:
    """Joins people and takes it back. Usable from any thread."""

    def __init__(self, database: Database, corrections: Corrections) -> None:
        self._database = database
        self._people = People(database)
        self._punches = Punches(database)
        self._corrections = corrections

    def merge(self, person_id: int, into_id: int, signature: Signature) -> Merge:
        """Everything of `person_id` belongs to `into_id` from now on, all of it or nothing.

        Name, department and notes are those of `into_id`, the staff number too where it has one;
        PIN and badge of `person_id` stop working. Raises BadInputError for one and the same person
        and for somebody who does not exist.
        """
        signature = cleaned(signature)
        if person_id == into_id:
            raise BadInputError(
                tr("Nobody was merged"), tr("Both are the same person."), tr("Choose two people.")
            )
        with self._database.transaction() as connection:
            for number in (person_id, into_id):
                require_person(connection, number)
                _refuse_merged(connection, number)
            person, into = self._people.get(person_id), self._people.get(into_id)
            moved, paid = self._move(connection, person_id, into_id, signature)
            self._give_staff_number(connection, person_id, "")
            connection.execute(
                "UPDATE people SET active = 0, merged_into = ? WHERE id = ?", (into_id, person_id)
            )
            if not into.staff_number and person.staff_number:
                self._give_staff_number(connection, into_id, person.staff_number)
            merge_id = self._database.next_id(connection, "merges")
            seal = self._database.vault.seal_text
            connection.execute(
                "INSERT INTO merges (id, person_id, into_id, was_active, staff_number, who, why,"
                " created_utc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    merge_id,
                    person_id,
                    into_id,
                    person.active,
                    seal(person.staff_number, MERGE_NUMBER, merge_id),
                    seal(signature.who, MERGE_WHO, merge_id),
                    seal(signature.why, MERGE_WHY, merge_id),
                    to_text(self._database.clock.utc()),
                ),
            )
            connection.executemany(
                "INSERT INTO merged_rows VALUES (?, ?, ?)",
                [(merge_id, str(kind), row_id) for kind, row_id in moved],
            )
            (made,) = (merge for merge in self.undoable() if merge.id == merge_id)
            audit.note(
                self._database, Act.PEOPLE_MERGED, audit.subject_of(person_id),
                after={"into": audit.subject_of(into_id)},
            )  # fmt: skip
        return replace(made, paid=paid)

    def undoable(self) -> list[Merge]:
        """The merges that can still be taken back, newest first."""
        after = to_text(self._database.clock.utc() - UNDO_FOR)
        rows = self._database.read(
            "SELECT merges.*,"
            " (SELECT count(*) FROM merged_rows WHERE merge_id = merges.id AND kind = 'sample')"
            " AS samples,"
            " (SELECT count(*) FROM merged_rows WHERE merge_id = merges.id AND kind = 'punch')"
            " AS punches"
            " FROM merges JOIN people AS person ON person.id = person_id"
            " JOIN people AS into_person ON into_person.id = into_id"
            " WHERE undone_utc IS NULL AND merges.created_utc > ? AND person.removed_utc IS NULL"
            " AND into_person.removed_utc IS NULL ORDER BY merges.id DESC",
            [after],
        )
        return [self._merge(row) for row in rows]

    def undo(self, merge_id: int, signature: Signature) -> Merge:
        """Both people are as before; what came after the merge stays where it was recorded.

        A punch that somebody corrected since, and one whose day was paid since, stays as well.
        Raises BadInputError when it is too late.
        """
        signature = cleaned(signature)
        with self._database.transaction() as connection:
            found = [merge for merge in self.undoable() if merge.id == merge_id]
            if not found:
                raise BadInputError(
                    tr("The merge cannot be undone"),
                    tr("Merge {number} was undone already, or is too old.", number=merge_id),
                    tr("Correct the punches one by one, and enrol the person again."),
                )
            (merge,) = found
            row = connection.execute("SELECT * FROM merges WHERE id = ?", [merge_id]).fetchone()
            self._give_staff_number_back(connection, row)
            connection.execute(
                "UPDATE people SET active = ?, merged_into = NULL WHERE id = ?",
                (row["was_active"], merge.person_id),
            )
            self._move_back(connection, merge, signature)
            connection.execute(
                "UPDATE merges SET undone_utc = ? WHERE id = ?",
                (to_text(self._database.clock.utc()), merge_id),
            )
            audit.note(self._database, Act.MERGE_UNDONE, audit.subject_of(merge.person_id))
        return merge

    def tell_apart(self, person_id: int, other_id: int, score: float, signature: Signature) -> None:
        """Record why two people who look like one are two."""
        signature = cleaned(signature)
        with self._database.transaction() as connection:
            for number in (person_id, other_id):
                require_person(connection, number)
            number, seal = (
                self._database.next_id(connection, "told_apart"),
                self._database.vault.seal_text,
            )
            connection.execute(
                "INSERT OR REPLACE INTO told_apart VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    person_id,
                    other_id,
                    score,
                    to_text(self._database.clock.utc()),
                    seal(signature.who, TOLD_APART_WHO, number),
                    seal(signature.why, TOLD_APART_WHY, number),
                ),
            )

    def told_apart(self, person_id: int) -> dict[int, Signature]:
        """Whom a person was told apart from, by whom and why."""
        rows = self._database.read(
            "SELECT * FROM told_apart WHERE ? IN (person_id, other_id)", [person_id]
        )
        opened = self._database.vault.open_text
        return {
            row["other_id"] if row["person_id"] == person_id else row["person_id"]: Signature(
                opened(row["who"], TOLD_APART_WHO, row["id"]),
                opened(row["why"], TOLD_APART_WHY, row["id"]),
            )
            for row in rows
        }

    def _move(
        self, connection: sqlite3.Connection, person_id: int, into_id: int, signature: Signature
    ) -> tuple[list[tuple[_Kind, int]], int]:
        """What moved, and how many punches are paid and stayed."""
        samples = [sample.id for sample in self._people.samples(person_id)]
        moved = [(_Kind.SAMPLE, number) for number in self._people.hand_over(samples, into_id)]
        paid = 0
        for punch in self._punches.between(None, None, person_id):
            try:
                self._corrections.move(punch.id, into_id, signature)
            except BadInputError:  # its day is paid
                paid += 1
            else:
                moved.append((_Kind.PUNCH, punch.id))
        absences = connection.execute(
            "UPDATE absences SET person_id = ? WHERE person_id = ? RETURNING id",
            (into_id, person_id),
        ).fetchall()
        return moved + [(_Kind.ABSENCE, row["id"]) for row in absences], paid

    def _move_back(
        self, connection: sqlite3.Connection, merge: Merge, signature: Signature
    ) -> None:
        rows = connection.execute(
            "SELECT kind, row_id FROM merged_rows WHERE merge_id = ? ORDER BY row_id", [merge.id]
        ).fetchall()
        ids = {kind: [row["row_id"] for row in rows if row["kind"] == kind] for kind in _Kind}
        standing = {punch.id for punch in self._punches.between(None, None, merge.into_id)}
        for punch_id in ids[_Kind.PUNCH]:
            if punch_id not in standing:
                continue  # somebody moved or cancelled it since
            try:
                self._corrections.move(punch_id, merge.person_id, signature)
            except BadInputError:  # its day was paid since
                continue
        own = {sample.id for sample in self._people.samples(merge.into_id)}
        self._people.hand_over(
            [number for number in ids[_Kind.SAMPLE] if number in own], merge.person_id
        )
        connection.executemany(
            "UPDATE absences SET person_id = ? WHERE id = ? AND person_id = ?",
            [(merge.person_id, number, merge.into_id) for number in ids[_Kind.ABSENCE]],
        )

    def _give_staff_number_back(self, connection: sqlite3.Connection, merge: sqlite3.Row) -> None:
        """Whoever has the number now keeps it, unless it came from this merge."""
        opened = self._database.vault.open_text
        number = opened(merge["staff_number"], MERGE_NUMBER, merge["id"])
        if not number:
            return
        index = number_index(number, self._database)
        owner = connection.execute(
            "SELECT id FROM people WHERE number_index = ?", [index]
        ).fetchone()
        if owner is not None and owner["id"] == merge["into_id"]:
            self._give_staff_number(connection, owner["id"], "")
        if owner is None or owner["id"] == merge["into_id"]:
            self._give_staff_number(connection, merge["person_id"], number)

    def _give_staff_number(
        self, connection: sqlite3.Connection, person_id: int, staff_number: str
    ) -> None:
        connection.execute(
            "UPDATE people SET staff_number = :staff_number, number_index = :number_index"
            " WHERE id = :id",
            {**number_columns(person_id, staff_number, self._database), "id": person_id},
        )

    def _merge(self, row: sqlite3.Row) -> Merge:
        people, opened = self._people.get, self._database.vault.open_text
        return Merge(
            row["id"],
            row["person_id"],
            row["into_id"],
            people(row["person_id"]).name,
            people(row["into_id"]).name,
            Signature(
                opened(row["who"], MERGE_WHO, row["id"]), opened(row["why"], MERGE_WHY, row["id"])
            ),
            from_text(row["created_utc"]),
            row["samples"],
            row["punches"],
        )


def forget_merged(database: Database) -> int:
    """Erase the details of people whose merge can no longer be undone; how many they were."""
    before = to_text(database.clock.utc() - UNDO_FOR)
    rows = database.read(
        "SELECT person_id FROM merges JOIN people ON people.id = person_id"
        " WHERE undone_utc IS NULL AND merges.created_utc <= ? AND removed_utc IS NULL",
        [before],
    )
    for row in rows:
        People(database).remove(row["person_id"])
    return len(rows)


def _refuse_merged(connection: sqlite3.Connection, person_id: int) -> None:
    row = connection.execute("SELECT merged_into FROM people WHERE id = ?", [person_id]).fetchone()
    if row["merged_into"] is not None:
        raise BadInputError(
            tr("Nobody was merged"),
            tr("Person {number} was merged into another one already.", number=person_id),
            tr("Undo that merge first."),
        )
