"""Accounts by sealed names."""

import sqlite3

from facedesk.store.schema_4.columns import blind, keep_counter, sealed

_ACCOUNTS = """
CREATE TABLE sealed_accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to somebody else: the audit log names it
    name BLOB NOT NULL, -- sealed
    name_index BLOB NOT NULL UNIQUE CHECK (length(name_index) = 32),
    role TEXT NOT NULL CHECK (role IN ('operator', 'admin', 'owner')),
    password TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
    totp_secret BLOB NOT NULL DEFAULT x'', -- sealed
    totp_step INTEGER NOT NULL DEFAULT 0, -- of the last code that was accepted: none counts twice
    created_utc TEXT NOT NULL
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 3 to 4."""
    connection.execute(_ACCOUNTS)
    connection.execute(
        f"INSERT INTO sealed_accounts SELECT id, {sealed('accounts', 'name', 'id')},"  # noqa: S608
        f" {blind('account', 'name')}, role, password, totp_secret, totp_step, created_utc"
        " FROM accounts"
    )
    keep_counter(connection, "accounts", "sealed_accounts")
