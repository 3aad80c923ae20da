"""Corrections as rows of their own: the original punch stays, and a paid period refuses them."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from facedesk.core.corrections import Closing, Correction, CorrectionKind, PunchState, Signature
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Direction, Method, Punch
from facedesk.store import chain
from facedesk.store.database import Database
from facedesk.store.person_rows import require_person
from facedesk.store.punches import ADDED_BY_HAND, append
from facedesk.store.texts import clean
from facedesk.store.times import from_text, to_text
from facedesk.store.vault import CLOSING_WHO, CLOSING_WHY, CORRECTION_WHO, CORRECTION_WHY

DayOf = Callable[[int, datetime], date]


class Corrections:
    """The corrections of one database. Usable from any thread.

    `day_of(person_id, utc)` says which working day a punch belongs to: that is what is paid. Every
    method that writes raises BadInputError when the day before or after the change is paid, when
    who or why is missing, and when the time lies ahead.
    """

    def __init__(self, database: Database, day_of: DayOf) -> None:
        self._database = database
        self._day_of = day_of

    def add(
        self, person_id: int, direction: Direction, utc: datetime, zone: str, signature: Signature
    ) -> int:
        """Record a punch that nobody saw; returns its number."""
        signature = cleaned(signature)
        with self._database.transaction() as connection:
            after = PunchState(person_id, direction, utc)
            self._refuse(connection, after)
            punch = append(
                connection,
                Punch(
                    person_id, direction, utc, zone, 0.0, 0.0, 0.0, "", "", ADDED_BY_HAND,
                    tr("Added by hand."), Method.MANUAL,
                ),
                self._database.vault,
            )  # fmt: skip
            self._write(connection, punch.id, CorrectionKind.ADD, after, signature)
        return punch.id

    def cancel(self, punch_id: int, signature: Signature) -> None:
        """The punch does not count any more."""
        self._change(punch_id, CorrectionKind.CANCEL, lambda before: before, signature)

    def move(self, punch_id: int, person_id: int, signature: Signature) -> None:
        """It was somebody else."""
        self._change(
            punch_id,
            CorrectionKind.MOVE,
            lambda before: replace(before, person_id=person_id),
            signature,
        )

    def set_time(self, punch_id: int, utc: datetime, signature: Signature) -> None:
        self._change(
            punch_id, CorrectionKind.TIME, lambda before: replace(before, utc=utc), signature
        )

    def set_direction(self, punch_id: int, direction: Direction, signature: Signature) -> None:
        self._change(
            punch_id,
            CorrectionKind.DIRECTION,
            lambda before: replace(before, direction=direction),
            signature,
        )

    def change(self, punch_id: int, wanted: PunchState, signature: Signature) -> None:
        """Whatever must be corrected for the punch to say `wanted`, all of it or nothing."""
        with self._database.transaction() as connection:
            before = _standing(connection, punch_id)
            if wanted == before:
                raise _refused(tr("Nothing is different: the punch says this already."))
            if wanted.person_id != before.person_id:
                self.move(punch_id, wanted.person_id, signature)
            if wanted.utc != before.utc:
                self.set_time(punch_id, wanted.utc, signature)
            if wanted.direction is not before.direction:
                self.set_direction(punch_id, wanted.direction, signature)

    def history(
        self, person_id: int | None = None, punch_id: int | None = None
    ) -> list[Correction]:
        """In the order they were made; of a person: those of punches that are or were theirs."""
        rows = self._database.read(
            "SELECT corrections.*, zone, punches.person_id AS first_person_id,"
            " punches.direction AS first_direction, punches.utc AS first_utc"
            " FROM corrections JOIN punches ON punches.id = punch_id"
            " WHERE :punch_id IS NULL OR punch_id = :punch_id ORDER BY corrections.id",
            {"punch_id": punch_id},
        )
        states: dict[int, PunchState] = {}
        opened = self._database.vault.open_text
        found = []
        for row in rows:
            kind = CorrectionKind(row["kind"])
            after = _state(row)
            original = PunchState(
                row["first_person_id"],
                Direction(row["first_direction"]),
                from_text(row["first_utc"]),
            )
            before = states.get(row["punch_id"], original)
            states[row["punch_id"]] = after
            if person_id in (None, before.person_id, after.person_id):
                found.append(
                    Correction(
                        row["id"],
                        row["punch_id"],
                        kind,
                        None if kind is CorrectionKind.ADD else before,
                        None if kind is CorrectionKind.CANCEL else after,
                        row["zone"],
                        Signature(
                            opened(row["who"], CORRECTION_WHO, row["id"]),
                            opened(row["why"], CORRECTION_WHY, row["id"]),
                        ),
                        from_text(row["created_utc"]),
                    )
                )
        return found

    def close(self, until: date, signature: Signature) -> None:
        """Declare the days up to and including `until` paid; an earlier day opens them again.

        Raises BadInputError for days to come: nothing in them could be undone.
        """
        if until > self._database.clock.utc().date() + timedelta(days=1):  # east of Greenwich
            raise BadInputError(
                tr("Nothing was closed"), tr("{day} is still to come.", day=until.isoformat())
            )
        signature = cleaned(signature)
        with self._database.transaction() as connection:
            chain.append(
                connection,
                chain.CLOSINGS,
                {
                    "until_day": until.isoformat(),
                    "who": signature.who,
                    "why": signature.why,
                    "created_utc": to_text(self._database.clock.utc()),
                },
                self._database.vault,
            )

    def closings(self) -> list[Closing]:
        """Every closing, in the order they were declared."""
        opened = self._database.vault.open_text
        return [
            Closing(
                date.fromisoformat(row["until_day"]),
                Signature(
                    opened(row["who"], CLOSING_WHO, row["id"]),
                    opened(row["why"], CLOSING_WHY, row["id"]),
                ),
                from_text(row["created_utc"]),
            )
            for row in self._database.read("SELECT * FROM closings ORDER BY id")
        ]

    def _change(
        self,
        punch_id: int,
        kind: CorrectionKind,
        change: Callable[[PunchState], PunchState],
        signature: Signature,
    ) -> None:
        signature = cleaned(signature)
        with self._database.transaction() as connection:
            before = _standing(connection, punch_id)
            after = change(before)
            if after == before and kind is not CorrectionKind.CANCEL:
                raise _refused(tr("Nothing is different: the punch says this already."))
            if after.person_id != before.person_id:
                require_person(connection, after.person_id)
            self._refuse(connection, before, after)
            self._write(connection, punch_id, kind, after, signature)

    def _refuse(self, connection: sqlite3.Connection, *states: PunchState) -> None:
        now_utc = self._database.clock.utc()
        for state in states:
            if state.utc > now_utc:
                raise _refused(tr("A punch cannot be set to a time that lies ahead."))
            refuse_closed(connection, self._day_of(state.person_id, state.utc))

    def _write(
        self,
        connection: sqlite3.Connection,
        punch_id: int,
        kind: CorrectionKind,
        after: PunchState,
        signature: Signature,
    ) -> None:
        chain.append(
            connection,
            chain.CORRECTIONS,
            {
                "punch_id": punch_id,
                "kind": str(kind),
                "person_id": after.person_id,
                "direction": str(after.direction),
                "utc": to_text(after.utc),
                "who": signature.who,
                "why": signature.why,
                "created_utc": to_text(self._database.clock.utc()),
            },
            self._database.vault,
        )


def refuse_closed(connection: sqlite3.Connection, day: date) -> None:
    """Raise BadInputError when the day is paid."""
    row = connection.execute("SELECT until_day FROM closings ORDER BY id DESC LIMIT 1").fetchone()
    if row is not None and day.isoformat() <= row["until_day"]:
        raise BadInputError(
            tr("This period is closed"),
            tr("The days up to {day} are paid and cannot be changed.", day=row["until_day"]),
            tr("Correct the next open period instead, or open this one again."),
        )


def cleaned(signature: Signature) -> Signature:
    """The signature without space around it. Raises BadInputError when a part is empty."""
    return Signature(
        clean(tr("Who"), signature.who, 200, required=True),
        clean(tr("Why"), signature.why, 500, required=True),
    )


def _standing(connection: sqlite3.Connection, punch_id: int) -> PunchState:
    row = connection.execute(
        "SELECT person_id, direction, utc, kind FROM corrections WHERE punch_id = :punch_id"
        " AND id = (SELECT max(id) FROM corrections WHERE punch_id = :punch_id)"
        " UNION ALL SELECT person_id, direction, utc, '' FROM punches WHERE id = :punch_id",
        {"punch_id": punch_id},
    ).fetchone()
    if row is None:
        raise _refused(tr("There is no punch {number}.", number=punch_id))
    if row["kind"] == CorrectionKind.CANCEL:
        raise _refused(tr("Punch {number} was cancelled; add a new one instead.", number=punch_id))
    return _state(row)


def _state(row: sqlite3.Row) -> PunchState:
    return PunchState(row["person_id"], Direction(row["direction"]), from_text(row["utc"]))


def _refused(message: str) -> BadInputError:
    return BadInputError(tr("Nothing was corrected"), message)
