"""Encryption at rest, accounts and the audit log."""

import sqlite3


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
