"""Schedules, who has them when, and excused absences. What is paid cannot be changed any more."""

import sqlite3
from dataclasses import fields
from datetime import date, timedelta

from facedesk.core.audit import Act
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.patterns import breaks_of, breaks_text
from facedesk.core.schedules import (
    Absence,
    AbsenceKind,
    Assignment,
    DayPart,
    Favour,
    Schedule,
    checked_schedule,
)
from facedesk.store import audit
from facedesk.store.corrections import refuse_closed
from facedesk.store.database import Database
from facedesk.store.person_rows import require_person
from facedesk.store.texts import clean
from facedesk.store.vault import ABSENCE_NOTE, ASSIGNMENT_DEPARTMENT, SCHEDULE_NAME

_REMOVED = {"schedule": "removed"}


class Schedules:
    """The agreements of one database. Usable from any thread.

    Every method that writes raises BadInputError when it would change the hours of a paid day.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, schedule: Schedule) -> Schedule:
        """Store a schedule under its name, in place of the one that had it."""
        name = clean(tr("Name"), schedule.name, 100, required=True)
        checked_schedule(schedule)
        with self._database.transaction() as connection:
            for assignment in self.assignments():
                if assignment.schedule == name:
                    refuse_closed(connection, assignment.first)
            number = self._number(name) or self._database.next_id(connection, "schedules")
            row = {
                "id": number,
                "name": self._database.vault.seal_text(name, SCHEDULE_NAME, number),
                "name_index": self._index(name),
                "pattern": clean(tr("Pattern"), schedule.pattern, 4000),
                "zone": schedule.zone,
                "rotation_from": schedule.rotation_from.isoformat(),
                "grace_min": schedule.grace_min,
                "rounding_min": schedule.rounding_min,
                "favour": str(schedule.favour),
                "breaks": breaks_text(schedule.breaks),
                "holidays": schedule.holidays,
                "overtime_day_min": schedule.overtime_day_min,
                "overtime_week_min": schedule.overtime_week_min,
            }
            known = {one.name: one for one in self.all()}
            before = _in_words(known[name]) if name in known else {}
            columns = [column for column in row if column != "id"]
            connection.execute(
                f"INSERT INTO schedules ({', '.join(row)})"  # noqa: S608 (constants)
                f" VALUES ({', '.join(':' + column for column in row)})"
                " ON CONFLICT (id) DO UPDATE SET "
                + ", ".join(f"{column} = excluded.{column}" for column in columns),
                row,
            )
            after = {"schedule": name} | _in_words(self.get(name))
            audit.note(self._database, Act.SCHEDULE_CHANGED, _subject(number), before, after)
        return self.get(name)

    def get(self, name: str) -> Schedule:
        """Raises BadInputError when there is none of this name."""
        index = self._index(name)
        rows = self._database.read("SELECT * FROM schedules WHERE name_index = ?", [index])
        if not rows:
            raise BadInputError(
                tr("Unknown schedule"), tr("There is no schedule called “{name}”.", name=name)
            )
        return self._schedule(rows[0])

    def all(self) -> list[Schedule]:
        """In order of name."""
        rows = self._database.read("SELECT * FROM schedules")
        return sorted(map(self._schedule, rows), key=lambda schedule: schedule.name)

    def remove(self, name: str) -> None:
        """Refused while the schedule is assigned to anybody at any time."""
        with self._database.transaction() as connection:
            number = self._number(self.get(name).name)
            if any(assignment.schedule == name for assignment in self.assignments()):
                raise BadInputError(
                    tr("The schedule is in use"), tr("“{name}” is assigned.", name=name)
                )
            connection.execute("DELETE FROM schedules WHERE id = ?", [number])
            audit.note(
                self._database, Act.SCHEDULE_CHANGED, _subject(number),
                before={"schedule": name}, after=_REMOVED,
            )  # fmt: skip

    def assign(self, assignment: Assignment) -> Assignment:
        """Store an assignment; its id comes back filled."""
        if assignment.last is not None and assignment.last < assignment.first:
            raise _backwards(assignment.first, assignment.last)
        with self._database.transaction() as connection:
            self.get(assignment.schedule)
            refuse_closed(connection, assignment.first)
            if assignment.person_id is not None:
                require_person(connection, assignment.person_id)
            number = self._database.next_id(connection, "assignments")
            department = clean(tr("Department"), assignment.department, 200)
            connection.execute(
                "INSERT INTO assignments VALUES (?, ?, ?, ?, ?, ?)",
                (
                    number,
                    self._number(assignment.schedule),
                    assignment.person_id,
                    self._database.vault.seal_text(department, ASSIGNMENT_DEPARTMENT, number),
                    assignment.first.isoformat(),
                    None if assignment.last is None else assignment.last.isoformat(),
                ),
            )
            self._note_assignment(assignment, f"from {assignment.first}")
        return next(one for one in self.assignments() if one.id == number)

    def end(self, assignment_id: int, last: date) -> None:
        """`last` is the assignment's last day; a day before its first removes it."""
        with self._database.transaction() as connection:
            found = [one for one in self.assignments() if one.id == assignment_id]
            if not found:
                raise BadInputError(
                    tr("Unknown assignment"),
                    tr("There is no assignment {number}.", number=assignment_id),
                )
            self._note_assignment(found[0], f"until {last}")
            if last < found[0].first:
                refuse_closed(connection, found[0].first)
                connection.execute("DELETE FROM assignments WHERE id = ?", [assignment_id])
                return
            earlier = last if found[0].last is None else min(last, found[0].last)
            refuse_closed(connection, earlier + timedelta(days=1))
            connection.execute(
                "UPDATE assignments SET last_day = ? WHERE id = ?",
                (last.isoformat(), assignment_id),
            )

    def _note_assignment(self, assignment: Assignment, days: str) -> None:
        whose = assignment.person_id
        audit.note(
            self._database,
            Act.SCHEDULE_CHANGED,
            _subject(self._number(assignment.schedule))
            if whose is None
            else audit.subject_of(whose),
            after={"assigned": f"{assignment.schedule} {days}"},
        )

    def assignments(self) -> list[Assignment]:
        """All of them, in the order they were made."""
        opened = self._database.vault.open_text
        return [
            Assignment(
                opened(row["schedule"], SCHEDULE_NAME, row["schedule_id"]),
                date.fromisoformat(row["first_day"]),
                None if row["last_day"] is None else date.fromisoformat(row["last_day"]),
                row["person_id"],
                opened(row["department"], ASSIGNMENT_DEPARTMENT, row["id"]),
                row["id"],
            )
            for row in self._database.read(
                "SELECT assignments.*, schedules.name AS schedule FROM assignments"
                " JOIN schedules ON schedules.id = schedule_id ORDER BY assignments.id"
            )
        ]

    def add_absence(self, absence: Absence) -> Absence:
        """Store an absence; its id comes back filled. Raises BadInputError when one is there."""
        if absence.last < absence.first:
            raise _backwards(absence.first, absence.last)
        note = clean(tr("Note"), absence.note, 500)
        with self._database.transaction() as connection:
            require_person(connection, absence.person_id)
            refuse_closed(connection, absence.first)
            others = self.absences(absence.first, absence.last, absence.person_id)
            if others:
                raise BadInputError(
                    tr("There is an absence already"),
                    tr("It is number {number}, {first} to {last}.", number=others[0].id,
                       first=others[0].first, last=others[0].last),
                    tr("Remove that one first."),
                )  # fmt: skip
            number = self._database.next_id(connection, "absences")
            connection.execute(
                "INSERT INTO absences (id, person_id, kind, part, first_day, last_day, note)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    absence.person_id,
                    str(absence.kind),
                    str(absence.part),
                    absence.first.isoformat(),
                    absence.last.isoformat(),
                    self._database.vault.seal_text(note, ABSENCE_NOTE, number),
                ),
            )
            days = f"{absence.kind} {absence.first} - {absence.last}"
            audit.note(
                self._database, Act.ABSENCE_CHANGED, audit.subject_of(absence.person_id),
                after={"absence": days},
            )  # fmt: skip
        stored = self.absences(absence.first, absence.last, absence.person_id)
        return next(one for one in stored if one.id == number)

    def remove_absence(self, absence_id: int) -> None:
        """Erase an absence. Raises BadInputError when there is none of this number."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT * FROM absences WHERE id = ?", [absence_id]).fetchone()
            if row is None:
                raise BadInputError(
                    tr("Unknown absence"), tr("There is no absence {number}.", number=absence_id)
                )
            refuse_closed(connection, date.fromisoformat(row["first_day"]))
            connection.execute("DELETE FROM absences WHERE id = ?", [absence_id])
            days = f"{row['kind']} {row['first_day']} - {row['last_day']}"
            audit.note(
                self._database, Act.ABSENCE_CHANGED, audit.subject_of(row["person_id"]),
                before={"absence": days},
            )  # fmt: skip

    def absences(self, first: date, last: date, person_id: int | None = None) -> list[Absence]:
        """Those that touch the days `first` to `last`, in order of time."""
        rows = self._database.read(
            "SELECT * FROM absences WHERE first_day <= :last AND last_day >= :first"
            " AND (:person_id IS NULL OR person_id = :person_id) ORDER BY first_day, id",
            {"first": first.isoformat(), "last": last.isoformat(), "person_id": person_id},
        )
        opened = self._database.vault.open_text
        return [
            Absence(
                row["person_id"],
                AbsenceKind(row["kind"]),
                date.fromisoformat(row["first_day"]),
                date.fromisoformat(row["last_day"]),
                DayPart(row["part"]),
                opened(row["note"], ABSENCE_NOTE, row["id"]),
                row["id"],
            )
            for row in rows
        ]

    def _index(self, name: str) -> bytes:
        return self._database.blind("schedule", name)

    def _number(self, name: str) -> int:
        """The id of a schedule; 0 where there is none of this name."""
        index = self._index(name)
        rows = self._database.read("SELECT id FROM schedules WHERE name_index = ?", [index])
        return int(rows[0]["id"]) if rows else 0

    def _schedule(self, row: sqlite3.Row) -> Schedule:
        return Schedule(
            self._database.vault.open_text(row["name"], SCHEDULE_NAME, row["id"]),
            row["pattern"],
            row["zone"],
            date.fromisoformat(row["rotation_from"]),
            row["grace_min"],
            row["rounding_min"],
            Favour(row["favour"]),
            breaks_of(row["breaks"]),
            row["holidays"],
            row["overtime_day_min"],
            row["overtime_week_min"],
        )


def _subject(number: int) -> str:
    """How the audit log names a schedule, whose own name may be a person's."""
    return f"schedule {number}"


def _in_words(schedule: Schedule) -> dict[str, str]:
    """For the audit log, which keeps only what differs."""
    return {
        entry.name: str(getattr(schedule, entry.name))
        for entry in fields(schedule)
        if entry.name not in ("name", "breaks")
    } | {"breaks": breaks_text(schedule.breaks)}


def _backwards(first: date, last: date) -> BadInputError:
    return BadInputError(
        tr("The days are in the wrong order"),
        tr("{last} lies before {first}.", first=first, last=last),
    )
