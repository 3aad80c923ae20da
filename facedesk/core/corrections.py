"""Corrections of the attendance log: what somebody changed by hand, who it was and why."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from facedesk.core.records import Direction


class CorrectionKind(StrEnum):
    ADD = "add"
    CANCEL = "cancel"
    MOVE = "move"
    TIME = "time"
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who is responsible for a change, and why it was made; neither may be empty."""

    who: str
    why: str


@dataclass(frozen=True, slots=True)
class PunchState:
    """What a punch says, before or after a correction."""

    person_id: int
    direction: Direction
    utc: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction: `before` is None for a punch that was added, `after` for one cancelled."""

    id: int
    punch_id: int
    kind: CorrectionKind
    before: PunchState | None
    after: PunchState | None
    zone: str
    signature: Signature
    created_utc: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """The days up to and including `until` are paid: nothing in them may be changed any more."""

    until: date
    signature: Signature
    created_utc: datetime
