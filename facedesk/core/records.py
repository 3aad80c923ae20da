"""The frozen records that pass between rooms. Shapes and units are fixed here, once.

Conventions: an image is (H, W, 3) BGR uint8; a box is (x1, y1, x2, y2) in pixels of the original
frame; landmarks are float32 (5, 2): eyes, nose, mouth corners, left before right as seen in the
image; an embedding is float32 (d,) of unit length; a score is a cosine; times are timezone-aware
UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from facedesk.core.challenge import Prompt

Image = NDArray[np.uint8]
Vector = NDArray[np.float32]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a source. `image` is read-only; `seq` counts frames of this source from
    0.
    """

    image: Image
    seq: int
    monotonic_s: float
    utc: datetime

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face. `score` is the detector's confidence, 0 to 1."""

    box: Box
    landmarks: Vector
    score: float

    @property
    def width_px(self) -> float:
        return self.box[2] - self.box[0]

    @property
    def height_px(self) -> float:
        return self.box[3] - self.box[1]

    @property
    def area_px(self) -> float:
        return max(0.0, self.width_px) * max(0.0, self.height_px)

    @property
    def eye_distance_px(self) -> float:
        return float(np.hypot(*(self.landmarks[1] - self.landmarks[0])))


@dataclass(frozen=True, slots=True)
class Track:
    """A face with the id that it keeps over successive frames. `age_frames` counts from 1."""

    track_id: int
    face: Face
    age_frames: int


class QualityReason(StrEnum):
    """Why a face is not good enough to recognise or to enrol."""

    TOO_SMALL = "too small"
    BLURRED = "blurred"
    TOO_DARK = "too dark"
    TOO_BRIGHT = "too bright"
    TURNED_AWAY = "turned away"
    CUT_OFF = "cut off"
    UNCLEAR = "hard to make out"  # something is before it, or its points can only be guessed
    DRAWN = "not a photograph"
    LIFELESS = "no living face"  # only where somebody is photographed by the camera


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured on one face, and the reasons (none = good enough).

    `face_px` is the shorter side of the box; `brightness` the mean of the aligned grey crop, 0 to
    255, `contrast` its standard deviation, `sharpness` the variance of its Laplacian in thousandths
    of its own variance; `yaw_deg`, `pitch_deg`, `roll_deg` estimates from the five landmarks
    (positive yaw: turned to the right of the image).
    """

    reasons: tuple[QualityReason, ...]
    face_px: float
    sharpness: float
    brightness: float
    contrast: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float

    @property
    def good(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Match:
    """The gallery's answer to one probe. Ids are None where the gallery has nobody to offer.

    `runner_up` is the best score of ANOTHER person; -1.0 when there is none. `mistaken` is the best
    score against faces that were once rejected as this person ("not me"); -1.0 when there is none.
    """

    person_id: int | None
    score: float
    runner_up_id: int | None
    runner_up: float
    mistaken: float = -1.0

    @property
    def margin(self) -> float:
        return self.score - self.runner_up


class DecisionKind(StrEnum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    REFUSED = "refused"  # a face that quality (later: liveness) keeps from being judged
    UNDECIDED = "undecided"  # more frames are needed
    PIN_NEEDED = "pin needed"  # somebody's look-alike, or once mistaken: the face cannot decide


@dataclass(frozen=True, slots=True)
class Decision:
    """What FaceDesk thinks of one track, and why, in one sentence. `person_id` is set iff KNOWN."""

    kind: DecisionKind
    person_id: int | None
    score: float
    runner_up: float
    threshold: float
    frames: int
    reason: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What a track looked like, in memory only: `vector` is the unit-length mean of its latest good
    frames, `crop` (BGR, as enrolled samples keep it) and `quality` are of the sharpest one.
    """

    contract: str
    vector: Vector
    crop: Image
    quality: Quality


@dataclass(frozen=True, slots=True)
class SeenFace:
    """One tracked face of a frame with its decision; `name` is '' unless KNOWN, `probe` is None
    until a good frame was embedded.
    """

    track: Track
    decision: Decision
    quality: Quality | None
    name: str = ""
    probe: Probe | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of recognising one frame. `seq` and `utc` are the frame's; `elapsed_ms` the
    work's.
    """

    seq: int
    utc: datetime
    frame_size: tuple[int, int]
    faces: tuple[SeenFace, ...]
    elapsed_ms: float
    challenge: Prompt | None = None  # what the nearest face is asked to do


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may check in. `id` is 0 until stored; `staff_number` is unique where not ''."""

    id: int
    name: str
    staff_number: str = ""
    department: str = ""
    notes: str = ""
    active: bool = True
    created_utc: datetime | None = None
    samples: int = 0  # how many face samples are stored, filled by queries
    email: str = ""
    language: str = ""  # IETF code such as 'de'; '' for that of the window
    start_day: date | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One enrolled face of a person. `crop_jpeg` is the aligned crop (encoded), b'' when not
    kept.
    """

    id: int
    person_id: int
    contract: str
    vector: Vector
    source: str
    crop_jpeg: bytes = b""
    created_utc: datetime | None = None


class Direction(StrEnum):
    """What a person does. A break ends the work as an out does, but the person means to return."""

    IN = "in"
    OUT = "out"
    BREAK_START = "break_start"
    BREAK_END = "break_end"

    @property
    def works(self) -> bool:
        """Whether the person is at work from this punch on."""
        return self in (Direction.IN, Direction.BREAK_END)


class Method(StrEnum):
    """How it was known who the person is."""

    FACE = "face"
    PIN = "pin"
    BADGE = "badge"
    MANUAL = "manual"  # somebody wrote it down: no kiosk saw the person


@dataclass(frozen=True, slots=True)
class Identification:
    """That somebody was identified, and how: the evidence that is stored with the punch.

    `reason` is one sentence that names nobody; `source` the camera's identity, or the reader's.
    Scores, `contract` and `probe` are a face's.
    """

    method: Method
    reason: str
    source: str
    score: float = 0.0
    runner_up: float = 0.0
    threshold: float = 0.0
    contract: str = ""
    probe: Probe | None = None


@dataclass(frozen=True, slots=True)
class Punch:
    """One row of the attendance log. Append-only; corrections are new rows.

    Enough is kept to explain the punch a year later: score, runner-up, threshold, the model
    contract, the settings version and the sentence shown. `zone` is the IANA zone name of the
    kiosk. `clock_moved_s` is how far the computer's wall clock had been set forward (or, negative,
    back) while the kiosk ran. `id` is 0 and the hashes are '' until stored.
    """

    person_id: int
    direction: Direction
    utc: datetime
    zone: str
    score: float
    runner_up: float
    threshold: float
    contract: str
    settings_version: str
    source: str
    reason: str
    method: Method = Method.FACE
    clock_moved_s: int = 0
    id: int = 0
    previous_hash: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A working day whose last punch, `punch`, was no check-out: the person left after it and
    before `until_utc`, most likely at `likely_utc`.
    """

    punch: Punch
    day: date
    likely_utc: datetime
    until_utc: datetime


class CameraState(StrEnum):
    OPENING = "opening"
    LIVE = "live"
    STALLED = "stalled"
    LOST = "lost"
    STOPPED = "stopped"
