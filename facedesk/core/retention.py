"""How long each kind of data is kept, and what is due to be erased."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kept(StrEnum):
    """What has a time of its own."""

    LEAVERS = "people who left"
    PICTURES = "enrolment pictures"
    PUNCHES = "attendance log"
    AUDIT = "audit log"


@dataclass(frozen=True, slots=True)
class Limits:
    """Days that each kind is kept; 0 is for ever."""

    leavers_days: int = 0
    pictures_days: int = 0
    punches_days: int = 0
    audit_days: int = 0

    def before(self, kind: Kept, now_utc: datetime) -> datetime | None:
        """What is older than this is due; None where nothing ever is."""
        days = {
            Kept.LEAVERS: self.leavers_days,
            Kept.PICTURES: self.pictures_days,
            Kept.PUNCHES: self.punches_days,
            Kept.AUDIT: self.audit_days,
        }[kind]
        return now_utc - timedelta(days=days) if days else None


@dataclass(frozen=True, slots=True)
class Due:
    """So much of a kind is older than `before_utc`; `people` are the ids of those concerned, where
    people are erased.
    """

    kind: Kept
    count: int
    before_utc: datetime
    people: tuple[int, ...] = ()
