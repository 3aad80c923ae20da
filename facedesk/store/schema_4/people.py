"""Who people are: sealed, and found by a keyed hash of the staff number."""

import sqlite3

from facedesk.store.schema_4.columns import blind, seal


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 3 to 4."""
    connection.execute("DROP INDEX people_by_staff_number")
    connection.execute("ALTER TABLE people ADD COLUMN number_index BLOB NOT NULL DEFAULT x''")
    connection.execute(
        f"UPDATE people SET number_index = {blind('staff number', 'staff_number')}"  # noqa: S608
        " WHERE staff_number <> ''"
    )
    for column in ("name", "staff_number", "department"):
        seal(connection, "people", column, "id")
    connection.execute(
        "CREATE UNIQUE INDEX people_by_number ON people (number_index) WHERE number_index <> x''"
    )
    # The file that a picture came from is often called as the person is.
    seal(connection, "samples", "source")
    seal(connection, "replaced_samples", "source")
