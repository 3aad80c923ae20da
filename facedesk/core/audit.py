"""Who did what to whom, when, from where, and what it was before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Details = Mapping[str, str]


class Act(StrEnum):
    """What the audit log knows. Stored: never rename one."""

    SIGNED_IN = "signed in"
    SIGN_IN_FAILED = "sign-in failed"
    SIGNED_OUT = "signed out"
    PROTECTION_DECLINED = "protection declined"
    ACCOUNT_ADDED = "account added"
    ACCOUNT_CHANGED = "account changed"
    ACCOUNT_REMOVED = "account removed"
    PERSON_ADDED = "person added"
    PERSON_CHANGED = "person changed"
    PERSON_REMOVED = "person removed"
    SAMPLES_ADDED = "samples added"
    SAMPLE_REMOVED = "sample removed"
    SETTINGS_CHANGED = "settings changed"
    SCHEDULE_CHANGED = "schedule changed"
    ABSENCE_CHANGED = "absence changed"
    PIN_SET = "PIN set"
    PIN_REMOVED = "PIN removed"
    BADGE_SET = "badge set"
    BADGE_REMOVED = "badge removed"
    PIN_LOCKED = "PIN locked"
    PIN_UNLOCKED = "PIN unlocked"
    MISTAKE_FORGOTTEN = "mistake forgotten"
    REVIEW_DECIDED = "near miss decided"
    RENEWALS_UNDONE = "renewed samples undone"
    STATEMENT_REFUSED = "statement refused"
    PARCEL_SKIPPED = "parcel skipped"
    CONSENT_RECORDED = "consent recorded"
    PEOPLE_MERGED = "people merged"
    MERGE_UNDONE = "merge undone"
    KEYS_CHANGED = "keys changed"
    BACKUP_RESTORED = "backup restored"
    DATA_EXPORTED = "data exported"
    DATA_ERASED = "data erased"
    PERSON_DATA_GIVEN = "person data given"


@dataclass(frozen=True, slots=True)
class Actor:
    """`who` is an account's name, or the system's user where FaceDesk has no accounts."""

    who: str
    role: str
    origin: str  # "window", "command line", "kiosk"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row. `before` and `after` hold what changed; None once they were erased."""

    id: int
    utc: datetime
    actor: Actor
    act: str
    subject: str
    before: Details | None
    after: Details | None


def changed(before: Details, after: Details) -> tuple[dict[str, str], dict[str, str]]:
    """Only the fields that differ, of both sides."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )


NOBODY = Actor("", "", "")
