"""Facts: what the engine tells the world, past tense. `event` is the name in `watch --json`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from facedesk.core.errors import CameraTrouble
from facedesk.core.records import (
    CameraState,
    Decision,
    Direction,
    Identification,
    Method,
    OpenDay,
    Person,
    Probe,
    Punch,
)


@dataclass(frozen=True, slots=True)
class PunchRecorded:
    """A punch that IS committed. `worked_s` is the person's presence today so far.

    `forgotten` is an earlier working day that nothing closed: the person can be asked when they
    left. `how` is None for punches that no kiosk saw.
    """

    event: ClassVar[str] = "punch_recorded"
    utc: datetime
    punch: Punch
    person: Person
    worked_s: float
    forgotten: OpenDay | None = None
    how: Identification | None = None


@dataclass(frozen=True, slots=True)
class PunchDeclined:
    """A known person for whom there is nothing new: nothing was recorded, `since_utc` is the
    standing punch.
    """

    event: ClassVar[str] = "already_recorded"
    utc: datetime
    person: Person
    direction: Direction
    since_utc: datetime
    how: Identification


@dataclass(frozen=True, slots=True)
class DirectionAsked:
    """A known person is asked what the punch is to be; nothing was recorded yet.

    Without an answer within `decide_s` it becomes `guess`, which is one of `choices`.
    """

    event: ClassVar[str] = "direction_asked"
    utc: datetime
    person: Person
    guess: Direction
    choices: tuple[Direction, ...]
    decide_s: float
    how: Identification


@dataclass(frozen=True, slots=True)
class PunchCancelled:
    """A punch that was taken back at the kiosk. `not_me`: it was somebody else's name."""

    event: ClassVar[str] = "punch_cancelled"
    utc: datetime
    punch: Punch
    person: Person
    not_me: bool


@dataclass(frozen=True, slots=True)
class UnknownSeen:
    """A track was decided to be a stranger, or somebody whom the face alone cannot tell."""

    event: ClassVar[str] = "unknown_seen"
    utc: datetime
    track_id: int
    decision: Decision
    probe: Probe | None = None


@dataclass(frozen=True, slots=True)
class LivenessRefused:
    """A face that would have got a person's name was taken for a picture, or did not do what it
    was asked to. `score` 0 to 1 is how alive it looked; `refused_by` "passive", "replay" or
    "challenge"; `rests_s` is for how long the face is not accepted now, 0 for not at all.
    """

    event: ClassVar[str] = "liveness_refused"
    utc: datetime
    person_id: int
    refused_by: str
    score: float
    reason: str
    rests_s: float = 0.0


class Refusal(StrEnum):
    """Why a PIN or a badge did not open."""

    WRONG = "wrong"  # nobody's, or not this person's
    PAUSED = "paused"  # too many wrong ones for this staff number
    LOCKED = "locked"  # far too many: an admin has to unlock the number
    KIOSK_PAUSED = "kiosk paused"  # too many wrong ones at this kiosk


@dataclass(frozen=True, slots=True)
class CredentialRefused:
    """A PIN or badge was refused; `wait_s` is how long the next one has to wait.

    Whose it was meant to be is not told: a number that nobody has is refused in the same words.
    """

    event: ClassVar[str] = "credential_refused"
    utc: datetime
    method: Method
    why: Refusal
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CameraChanged:
    """The camera entered a state; told once on change. `trouble` is set for STALLED and LOST."""

    event: ClassVar[str] = "camera_changed"
    utc: datetime
    state: CameraState
    trouble: CameraTrouble | None
    message: str
    hint: str = ""
    retry_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ProviderChanged:
    """What really runs the models, e.g. 'CPUExecutionProvider', and why if it is not what was
    asked.
    """

    event: ClassVar[str] = "provider_changed"
    utc: datetime
    provider: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class ProblemFound:
    """Something went wrong that the user must see (a punch that could not be saved, for
    example).
    """

    event: ClassVar[str] = "problem_found"
    utc: datetime
    title: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SourceEnded:
    """A file source came to its end; a camera never sends this."""

    event: ClassVar[str] = "source_ended"
    utc: datetime
    frames: int = field(default=0)


Fact = (
    PunchRecorded
    | PunchDeclined
    | DirectionAsked
    | PunchCancelled
    | UnknownSeen
    | CredentialRefused
    | LivenessRefused
    | CameraChanged
    | ProviderChanged
    | ProblemFound
    | SourceEnded
)
