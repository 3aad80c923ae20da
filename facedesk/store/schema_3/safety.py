"""Encryption at rest, accounts and the audit log."""

import sqlite3

from facedesk.store.chain import append_only
from facedesk.store.schema_3 import sealing

_ACCOUNTS = """
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to somebody else: the audit log names it
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    role TEXT NOT NULL CHECK (role IN ('operator', 'admin', 'owner')),
    password TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
    totp_secret BLOB NOT NULL DEFAULT x'', -- sealed
    totp_step INTEGER NOT NULL DEFAULT 0, -- of the last code that was accepted: none counts twice
    created_utc TEXT NOT NULL
) STRICT
"""

# `who` is an account's id, or '' for all names that nobody has.
_SIGN_IN_FAILURES = """
CREATE TABLE sign_in_failures (
    who TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    last_utc TEXT NOT NULL
) STRICT
"""

# Names nobody but accounts: `subject` is "person 7". What a change was stands beside it in a row
# that can be erased; the chain seals only the salted hash of it, so it still verifies then.
_AUDIT = """
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    utc TEXT NOT NULL,
    who TEXT NOT NULL,
    role TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    subject TEXT NOT NULL,
    details_hash TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT
"""

_AUDIT_DETAILS = """
CREATE TABLE audit_details (
    id INTEGER PRIMARY KEY REFERENCES audit (id),
    details BLOB NOT NULL -- sealed; JSON: salt, before, after
) STRICT
"""

# The newest row of each log at the end of a day, signed: who rewrites a whole chain lacks the key.
_CHAIN_HEADS = """
CREATE TABLE chain_heads (
    log TEXT NOT NULL,
    day TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    hash TEXT NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (log, day)
) STRICT
"""

_SIGNING_KEYS = """
CREATE TABLE signing_keys (
    id INTEGER PRIMARY KEY,
    private BLOB NOT NULL -- sealed; Ed25519, 32 bytes
) STRICT
"""

# Rows up to `row_id` were erased when their time was over; the chain goes on from `hash`.
_CHAIN_STARTS = """
CREATE TABLE chain_starts (
    log TEXT PRIMARY KEY,
    row_id INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT
"""


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
    sealing.upgrade(connection)
    for statement in (
        _ACCOUNTS,
        _SIGN_IN_FAILURES,
        _AUDIT,
        "CREATE INDEX audit_by_subject ON audit (subject)",
        *append_only("audit"),
        _AUDIT_DETAILS,
        _CHAIN_HEADS,
        _SIGNING_KEYS,
        _CHAIN_STARTS,
    ):
        connection.execute(statement)
