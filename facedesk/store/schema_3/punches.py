"""Punches by PIN and badge, breaks, and what is sent to other systems."""

import sqlite3


def upgrade(connection: sqlite3.Connection) -> None:
    """Part of the step from schema 2 to 3."""
