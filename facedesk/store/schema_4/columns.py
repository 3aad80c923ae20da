"""How a column of clear text becomes a sealed one of the same name."""

import sqlite3


def seal(connection: sqlite3.Connection, table: str, column: str, person: str = "0") -> None:
    """`person`: the column with the id that the seal is bound to; see `vault.SEALED`.

    The table's own id is `id`. On a connection of `Database`, which has `facedesk_seal`.
    """
    for statement in (
        f"ALTER TABLE {table} ADD COLUMN sealed BLOB NOT NULL DEFAULT x''",
        f"UPDATE {table} SET sealed = {sealed(table, column, 'id', person)}"  # noqa: S608 (constants)
        f" WHERE {column} <> ''",
        f"ALTER TABLE {table} DROP COLUMN {column}",
        f"ALTER TABLE {table} RENAME COLUMN sealed TO {column}",
    ):
        connection.execute(statement)


def sealed(table: str, column: str, row_id: str, person: str = "0") -> str:
    """SQL for the sealed value of a column."""
    return f"facedesk_seal(CAST({column} AS BLOB), '{table}', '{column}', {row_id}, {person})"


def blind(purpose: str, column: str) -> str:
    """SQL for what a sealed text is found again by; see `blind`."""
    site_key = "(SELECT site_key FROM credential_key)"
    return f"facedesk_blind('{purpose}', {column}, {site_key})"


def keep_counter(connection: sqlite3.Connection, table: str, fresh: str) -> None:
    """Ids of `table` are not given again in `fresh`, which takes its place."""
    connection.execute(
        "INSERT INTO sqlite_sequence SELECT ?, 0"
        " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
        (fresh, fresh),
    )
    connection.execute(
        "UPDATE sqlite_sequence SET seq = coalesce((SELECT seq FROM sqlite_sequence"
        " WHERE name = ?), 0) WHERE name = ?",
        (table, fresh),
    )
    connection.execute(f"DROP TABLE {table}")
    connection.execute(f"ALTER TABLE {fresh} RENAME TO {table}")
