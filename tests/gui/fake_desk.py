"""A desk without camera, models or threads of its own: the window's other side in these tests.

People, punches, settings and jobs are the real ones on a temporary folder; what would come from a
camera and a network is put in by the test (`tell`, `frames.put`, `enrolment.knows`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from argon2 import PasswordHasher
from numpy.typing import NDArray

from facedesk import settings_file
from facedesk.core.challenge import Prompt
from facedesk.core.errors import BadInputError
from facedesk.core.facts import Fact
from facedesk.core.records import (
    CameraState,
    Decision,
    DecisionKind,
    Direction,
    Face,
    Frame,
    Identification,
    Image,
    Method,
    Person,
    Punch,
    Quality,
    QualityReason,
    Sample,
    Seen,
    SeenFace,
    Track,
    Vector,
)
from facedesk.core.standing import Knowledge
from facedesk.core.voting import VotingRules
from facedesk.engine.accounts import Access, SignIn
from facedesk.engine.administration import Administration
from facedesk.engine.enrolment import Examined, ExaminedFace, SampleDraft, SampleRules, Similar
from facedesk.engine.fallback import Fallback
from facedesk.engine.jobs import Jobs
from facedesk.engine.kiosk import AttendanceRules, Kiosk
from facedesk.engine.latest import Latest
from facedesk.engine.learning import Learning
from facedesk.engine.newcomer import NEWCOMER, Newcomer
from facedesk.engine.timesheets import Timesheets
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.store.audit import Audit
from facedesk.store.corrections import Corrections
from facedesk.store.credentials import Credentials
from facedesk.store.own_liveness import OwnLiveness
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.refusals import Refusals
from facedesk.store.schedules import Schedules
from facedesk.store.statements import Statements
from facedesk.vision.devices import CameraInfo
from facedesk.vision.pictures import encode_jpeg
from tests.databases import opened
from tests.fakes import FakeClock

SEEN_BY_CAMERA = Identification(
    Method.FACE, "3 of 3 frames agree", "usb:1-2:046d:0825", 0.61, 0.2, 0.42, "fake-1"
)
MORNING = datetime(2026, 11, 24, 7, 58, tzinfo=UTC)  # 08:58 in Berlin


@dataclass(frozen=True, slots=True)
class FakeCounters:
    frames_read: int = 900
    frames_recognised: int = 890
    fps: float = 29.8


def unit_vector(seed: int) -> Vector:
    """A photo of THE person of these tests: two of them have a cosine of about 0.7."""
    return _unit(_PERSON + 0.6 * _noise(seed))


def stranger_vector(seed: int) -> Vector:
    """Somebody else, another one for each seed."""
    return _unit(_noise(1000 + seed))


def _noise(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(64)


def _unit(vector: NDArray[np.float64]) -> Vector:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


_PERSON = _noise(4711)


def quality(*reasons: QualityReason) -> Quality:
    return Quality(reasons, 140.0, 220.0, 120.0, 50.0, 2.0, 1.0, 0.0)


def face_at(box: tuple[float, float, float, float]) -> Face:
    x1, y1, x2, y2 = box
    marks = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
    points = marks * (x2 - x1, y2 - y1) + (x1, y1)
    return Face(box, points.astype(np.float32), 0.95)


def seen_face(
    kind: DecisionKind,
    box: tuple[float, float, float, float],
    *,
    track_id: int = 1,
    name: str = "",
    person_id: int | None = None,
    reasons: Sequence[QualityReason] = (),
) -> SeenFace:
    decision = Decision(kind, person_id, 0.61, 0.2, 0.42, 3, "3 of 3 frames agree")
    return SeenFace(Track(track_id, face_at(box), 5), decision, quality(*reasons), name)


def good_face(
    crop: Image | None = None,
    *reasons: QualityReason,
    similar: Similar | None = None,
    seed: int = 1,
    vector: Vector | None = None,
    pose: tuple[float, float] = (2.0, 1.0),
) -> ExaminedFace:
    """A face of THE person, or with `vector` another; `pose` is (yaw, pitch) in degrees."""
    picture = crop if crop is not None else np.full((112, 112, 3), (90 + seed * 20) % 256, np.uint8)
    face = face_at((100, 100, 240, 260))
    looks = replace(quality(*reasons), yaw_deg=pose[0], pitch_deg=pose[1])
    own = unit_vector(seed) if vector is None else vector
    return ExaminedFace(face, looks, own, encode_jpeg(picture, 90), similar)


class FakeEnrolment:
    """Answers what the test told it about a file name; saves into the real store."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.rules = SampleRules("fake-1", 0.5, 0.4, 0.5)
        self.looks = 0
        self.knows: dict[str, Sequence[ExaminedFace] | Exception] = {}

    def examine_file(self, path: Path) -> Examined:
        return self._answer(path.name, f"file:{path.name}")

    def examine(self, _image: Image, source: str) -> Examined:
        return self._answer(source, source)

    def examine_newest(self) -> Examined:
        self.looks += 1
        return self._answer("camera", "camera")

    def _answer(self, name: str, source: str) -> Examined:
        faces = self.knows[name]
        if isinstance(faces, Exception):
            raise faces
        return Examined(np.zeros((4, 4, 3), np.uint8), source, tuple(faces))

    def draft(self, examined: Examined, index: int | None = None) -> SampleDraft:
        if not examined.faces or (index is None and len(examined.faces) > 1):
            raise BadInputError("Not one face")
        chosen = examined.faces[index or 0]
        if not chosen.quality.good:
            raise BadInputError("The face is not good enough")
        return SampleDraft(chosen.vector, chosen.crop_jpeg, examined.source)

    def enrol(self, person: Person, drafts: Sequence[SampleDraft]) -> Person:
        return self._people.add(person, [_sample(draft) for draft in drafts])

    def add_samples(self, person_id: int, drafts: Sequence[SampleDraft]) -> None:
        self._people.add_samples(person_id, [_sample(draft) for draft in drafts])


def _sample(draft: SampleDraft) -> Sample:
    return Sample(0, 0, "fake-1", draft.vector, draft.source, draft.crop_jpeg)


class FakeSuccession:
    """`progress` is (done, total) while a new model reads."""

    progress: tuple[int, int] | None = None


class FakeDesk:
    """The names of facedesk.engine.desk.Desk, as far as the window uses them."""

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.paths = DataPaths(root).prepare()
        self.clock = FakeClock(MORNING)
        self.database = opened(self.paths.database, self.clock)
        self.people = People(self.database)
        self.punches = Punches(self.database)
        self.schedules = Schedules(self.database)
        self.timesheets = Timesheets(
            self.people, self.punches, self.schedules, self.clock, lambda: self.zone,
            lambda: self.settings.day_starts_hour,
        )  # fmt: skip
        self.corrections = Corrections(self.database, self.timesheets.day_of)
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.access = Access(
            SignIn(self.database, quick), self.clock,
            lambda: self.settings.sign_out_after_min * 60.0,
        )  # fmt: skip
        self.audit = Audit(self.database)
        self.database.actor = self.access.actor
        self.statements = Statements(self.database, self.punches, self.corrections)
        self.refusals = Refusals(self.database)
        self.own_liveness = OwnLiveness(self.database)
        self.learning = Learning(self.database, self.people, lambda: self.settings)
        self.kiosk = Kiosk(
            self.timesheets,
            self.corrections,
            self.statements,
            lambda: AttendanceRules(
                self.zone,
                self.settings.cooldown_s,
                self.settings.version,
                self.settings.direction == "ask",
            ),
            self.tell,
            self.learning.mistakes,
        )
        self.swaps = 0
        self.jobs = Jobs()
        self.succession = FakeSuccession()
        self.enrolment = FakeEnrolment(self.people)
        self.credentials = Credentials(self.database, hasher=quick)
        self.administration = Administration(
            self.database, self.corrections, self.credentials, self.clock, self.paths,
            lambda: self.enrolment,  # type: ignore[arg-type,return-value]
        )  # fmt: skip
        self.look_alikes: dict[int, frozenset[int]] = {}
        self.unread = 0  # kept pictures that a new embedder has not read
        self.settings = settings or Settings(zone="Europe/Berlin", organisation="Analytical Works")
        self.frames: Latest[Frame] = Latest()
        self.seen: Latest[Seen] = Latest()
        self.camera_state = CameraState.LIVE
        self.retry_at_s = 0.0
        self.provider = "CPUExecutionProvider"
        self.source_name = "Desk camera"
        self.counters = FakeCounters()
        self.camera_list = [CameraInfo("Desk camera", "usb:1-2:046d:0825", 0, 200)]
        self.stops = 0
        self.stuck: tuple[str, ...] = ()
        self.fallback = Fallback(self.credentials, self.kiosk.check_in, self.clock, self.tell)
        self._listeners: list[Callable[[Fact], None]] = []
        self._seq = 0

    @property
    def zone(self) -> str:
        return self.settings.zone or "UTC"

    def apply(self, settings: Settings) -> None:
        settings_file.save(self.paths.settings, settings)
        self.settings = settings

    def listen(self, listener: Callable[[Fact], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, fact: Fact) -> None:
        for listener in list(self._listeners):
            listener(fact)

    def newcomer(self, vectors: Sequence[Vector], name: str, person_id: int = NEWCOMER) -> Newcomer:
        """THE person of these tests is recognised from 0.5 on."""
        gallery = self.people.gallery("fake-1")
        rules = VotingRules(0.5, 0.05, 3)
        return Newcomer(gallery, vectors, name, lambda _gallery: rules, person_id=person_id)

    def pictures_to_read(self) -> int:
        return self.unread

    def reembed(self, progress: Callable[[int, int, str], None]) -> int:
        for done in range(self.unread + 1):
            progress(done, self.unread, "")
        self.unread, done = 0, self.unread
        return done

    def knowledge(self) -> Knowledge:
        return Knowledge("fake-1", self.look_alikes)

    def cameras(self) -> list[CameraInfo]:
        return self.camera_list

    def model_names(self, task: str) -> list[str]:
        return {
            "detect": ["yunet_2023mar"],
            "embed": ["sface_2021dec", "w600k_mbf"],
            "liveness": ["facedesk-liveness"],
        }[task]

    def start(self) -> None:
        pass

    def stop(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        self.stops += 1
        self.jobs.stop(timeout_s)
        self.fallback.stop(timeout_s)
        self.database.close()
        return self.stuck

    # What a test puts in ------------------------------------------------------------------------

    def swap_move(self) -> None:
        self.swaps += 1

    def show(self, image: Image, *faces: SeenFace, challenge: Prompt | None = None) -> None:
        """A frame, and what was recognised on it."""
        size = (image.shape[1], image.shape[0])
        self._seq += 1
        utc = self.clock.utc()
        self.frames.put(Frame(image, self._seq, self.clock.monotonic_s(), utc))
        self.seen.put(Seen(self._seq, utc, size, faces, 9.0, challenge))

    def add_person(self, name: str, *, jpeg: bytes = b"", samples: int = 1, **more: str) -> Person:
        made = [
            Sample(0, 0, "fake-1", unit_vector(hash(name) % 1000 + n), "file:portrait.jpg", jpeg)
            for n in range(samples)
        ]
        return self.people.add(Person(0, name, **more), made)  # type: ignore[arg-type]

    def punch(self, person: Person, direction: Direction, utc: datetime | None = None) -> Punch:
        """Store a punch as the kiosk would."""
        return self.punches.record(
            Punch(
                person_id=person.id,
                direction=direction,
                utc=utc or self.clock.utc(),
                zone=self.zone,
                score=0.61,
                runner_up=0.18,
                threshold=0.42,
                contract="fake-1",
                settings_version=self.settings.version,
                source="usb:1-2:046d:0825",
                reason="3 of 3 frames agree: 0.61, above 0.42, next person 0.18",
            )
        )

    def change_settings(self, **changes: object) -> None:
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]
