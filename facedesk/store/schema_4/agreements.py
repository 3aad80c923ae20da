"""Schedules, which may be called as their only user, departments, and notes of absences."""

import sqlite3

from facedesk.store.schema_4.columns import blind, keep_counter, seal, sealed

_SCHEDULES = """
CREATE TABLE sealed_schedules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name BLOB NOT NULL, -- sealed
    name_index BLOB NOT NULL UNIQUE CHECK (length(name_index) = 32),
    pattern TEXT NOT NULL,
    zone TEXT NOT NULL,
    rotation_from TEXT NOT NULL,
    grace_min INTEGER NOT NULL,
    rounding_min INTEGER NOT NULL,
    favour TEXT NOT NULL,
    breaks TEXT NOT NULL,
    holidays TEXT NOT NULL,
    overtime_day_min INTEGER,
    overtime_week_min INTEGER
) STRICT
"""

_ASSIGNMENTS = """
CREATE TABLE sealed_assignments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    schedule_id INTEGER NOT NULL REFERENCES sealed_schedules (id),
    person_id INTEGER REFERENCES people (id), -- with neither a person nor a department: everybody
    department BLOB NOT NULL CHECK (department = x'' OR person_id IS NULL), -- sealed
    first_day TEXT NOT NULL,
    last_day TEXT CHECK (last_day >= first_day)
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 3 to 4."""
    rest = (
        "pattern, zone, rotation_from, grace_min, rounding_min, favour, breaks, holidays,"
        " overtime_day_min, overtime_week_min"
    )
    for statement in (
        _SCHEDULES,
        _ASSIGNMENTS,
        f"INSERT INTO sealed_schedules (id, name, name_index, {rest})"  # noqa: S608 (constants)
        f" SELECT rowid, {sealed('schedules', 'name', 'rowid')}, {blind('schedule', 'name')},"
        f" {rest} FROM schedules",
        "INSERT INTO sealed_assignments SELECT assignments.id, schedules.rowid, person_id,"  # noqa: S608
        f" {sealed('assignments', 'department', 'assignments.id')}, first_day, last_day"
        " FROM assignments JOIN schedules ON schedules.name = schedule",
    ):
        connection.execute(statement)
    keep_counter(connection, "assignments", "sealed_assignments")
    connection.execute("DROP TABLE schedules")
    connection.execute("ALTER TABLE sealed_schedules RENAME TO schedules")
    seal(connection, "absences", "note")
