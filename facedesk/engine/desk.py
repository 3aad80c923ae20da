"""FaceDesk without a window: what the window, the command line and the tests all drive."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from facedesk import settings as settings_file
from facedesk.core.audit import Act
from facedesk.core.clock import Clock
from facedesk.core.liveness import PassiveRules
from facedesk.core.matching import Gallery
from facedesk.core.operating_point import FLOOR_RATE, tail_of
from facedesk.core.quality import QualityLimits
from facedesk.core.records import CameraState, Face, Fact, Frame, ProblemFound, Seen, Vector
from facedesk.core.rules import Wanted, rules_before
from facedesk.core.standing import Knowledge
from facedesk.core.voting import VotingRules
from facedesk.engine.accounts import Access, SignIn
from facedesk.engine.administration import Administration
from facedesk.engine.arrivals import Arrivals, KioskWorker
from facedesk.engine.backups import ScheduledBackups
from facedesk.engine.badge_watch import BadgeWatch
from facedesk.engine.daily_care import DailyCare
from facedesk.engine.deliveries import Deliveries, destinations_of
from facedesk.engine.enrol_liveness import EnrolmentLiveness
from facedesk.engine.enrolment import AGREEMENT_RATE, Enrolment
from facedesk.engine.fallback import Fallback
from facedesk.engine.gallery import GalleryCache
from facedesk.engine.jobs import Jobs
from facedesk.engine.kiosk import AttendanceRules, Kiosk
from facedesk.engine.latest import Latest
from facedesk.engine.learning import Learning
from facedesk.engine.liveness import GuardRules, LivenessGuard, Policy
from facedesk.engine.newcomer import NEWCOMER, Newcomer
from facedesk.engine.recogniser import Recogniser
from facedesk.engine.reembedding import Succession
from facedesk.engine.session import Counters, Session
from facedesk.engine.timesheets import Timesheets
from facedesk.paths import DataPaths
from facedesk.settings import Settings, words_of
from facedesk.store import audit
from facedesk.store.audit import Audit
from facedesk.store.corrections import Corrections
from facedesk.store.credentials import Credentials
from facedesk.store.database import Database
from facedesk.store.outbox import Outbox
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.refusals import Refusals
from facedesk.store.schedules import Schedules
from facedesk.store.statements import Statements
from facedesk.vision.camera import FrameSource
from facedesk.vision.cards import Task
from facedesk.vision.codes import CodeReader
from facedesk.vision.detect import Detector
from facedesk.vision.devices import CameraInfo
from facedesk.vision.embed import Embedder
from facedesk.vision.head import HeadReader
from facedesk.vision.liveness import PassiveNetwork

log = logging.getLogger(__name__)

# Only these change a running session; all others (theme, mirror, names) apply at once.
_SESSION_SECTIONS = ("Camera", "Recognition", "Liveness")
_NOT_SESSION = ("mirror", "visitors_a_day", "mistake_days", "renew_samples", "review_days")


@dataclass(frozen=True, slots=True)
class LivenessModels:
    """What tells living faces from pictures; `open_reader` opens what reads heads when needed."""

    network: PassiveNetwork
    rules: PassiveRules
    open_reader: Callable[[], HeadReader]


@dataclass(frozen=True, slots=True)
class LoadedModels:
    """A detector and an embedder ready to run in ONE thread, and what is known about them."""

    detector: Detector
    embedder: Embedder
    thresholds: dict[str, float]
    provider: str
    message: str = ""
    liveness: LivenessModels | None = None  # None: nothing can tell pictures from faces


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the desk is given from outside, so that all of it can be faked."""

    clock: Clock
    open_source: Callable[[Settings], FrameSource]
    load_models: Callable[[Settings], LoadedModels]
    list_cameras: Callable[[], list[CameraInfo]]
    model_names: Callable[[Task], list[str]]
    local_zone: Callable[[], str]
    release: Callable[[], None]  # called once, at the very end: gives the instance lock back


class Desk:
    """Owns the database, the jobs and the running session. `stop` ends all three, once."""

    def __init__(
        self,
        paths: DataPaths,
        settings: Settings,
        world: World,
        database: Database,
        *,
        lockstep: bool = False,
        guard_files: bool = False,
    ) -> None:
        """`guard_files` asks for living faces in files, too, which are recordings by nature: for
        measuring.
        """
        self.paths = paths
        self.clock = world.clock
        self.people = People(database)
        self.punches = Punches(database)
        self.refusals = Refusals(database)
        self.schedules = Schedules(database)
        self.credentials = Credentials(database, lambda: self._settings.shortest_pin)
        self.database = database
        self.access = Access(
            SignIn(database), world.clock, lambda: self._settings.sign_out_after_min * 60.0
        )
        self.audit = Audit(database)
        database.actor = self.access.actor
        self.jobs = Jobs()
        self._care = DailyCare(database, self.jobs, lambda: self._settings)
        self._backups = ScheduledBackups(database, self.jobs, lambda: self._settings, self.tell)
        self._world = world
        self._settings = settings
        self.timesheets = Timesheets(
            self.people,
            self.punches,
            self.schedules,
            world.clock,
            lambda: self.zone,
            lambda: self._settings.day_starts_hour,
        )
        self.corrections = Corrections(database, self.timesheets.day_of)
        self.outbox = Outbox(database, self.corrections)
        self._deliveries = Deliveries(self.outbox, world.clock)
        self.learning = Learning(database, self.people, lambda: self._settings)
        self.statements = Statements(database, self.punches, self.corrections)
        self.kiosk = Kiosk(
            self.timesheets,
            self.corrections,
            self.statements,
            self._attendance_rules,
            self.tell,
            self.learning.mistakes,
        )
        self.fallback = Fallback(self.credentials, self.kiosk.check_in, world.clock, self.tell)
        self._badge_watch = BadgeWatch(
            lambda: self._settings.badge_camera and self.credentials.any_badge(),
            lambda: (self.frames.peek(), self.seen.peek()),
            lambda: CodeReader().read,
            lambda code: self.fallback.offer_badge(code, self._source_identity()),
            world.clock,
        )
        self.notices: list[ProblemFound] = []  # told at the start: what happened before it
        self._lockstep = lockstep
        self._guard_files = guard_files
        self._session: Session | None = None
        self._guard: LivenessGuard | None = None
        self._last_counters = Counters(0, 0, 0, 0.0)
        self._succession = Succession(self.people, world.load_models)
        self._enrolment: Enrolment | None = None
        self._newcomer_rules: Callable[[Gallery], VotingRules] | None = None
        self.administration = Administration(
            database, self.corrections, self.credentials, world.clock, paths, lambda: self.enrolment
        )
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Fact], None]] = [
            self._deliveries.hear,
            self.learning.hear,
        ]
        self._no_frames: Latest[Frame] = Latest()
        self._no_seen: Latest[Seen] = Latest()

    # What is shown ------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def zone(self) -> str:
        """IANA name of the zone in force."""
        return self._settings.zone or self._world.local_zone()

    @property
    def frames(self) -> Latest[Frame]:
        return self._session.frames if self._session else self._no_frames

    @property
    def seen(self) -> Latest[Seen]:
        return self._session.seen if self._session else self._no_seen

    @property
    def camera_state(self) -> CameraState:
        return self._session.state if self._session else CameraState.STOPPED

    @property
    def retry_at_s(self) -> float:
        """When a lost camera is tried again (monotonic), 0.0 for never."""
        return self._session.health.retry_at_s if self._session else 0.0

    @property
    def provider(self) -> str:
        return self._session.provider if self._session else ""

    @property
    def source_name(self) -> str:
        return self._session.source_name if self._session else ""

    @property
    def counters(self) -> Counters:
        """Of the running session; after the end those of the last one."""
        return self._session.counters if self._session else self._last_counters

    def cameras(self) -> list[CameraInfo]:
        """Asks the system; may take a second, so call it through `jobs`."""
        return self._world.list_cameras()

    def model_names(self, task: Task) -> list[str]:
        return self._world.model_names(task)

    # Facts --------------------------------------------------------------------------------------

    def listen(self, listener: Callable[[Fact], None]) -> Callable[[], None]:
        """`listener` is called in worker threads with every fact. Returns how to stop listening."""
        self._listeners.append(listener)

        def unlisten() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unlisten

    def tell(self, fact: Fact) -> None:
        self._care.hear(fact)
        for listener in list(self._listeners):
            listener(fact)

    # Use cases ----------------------------------------------------------------------------------

    @property
    def enrolment(self) -> Enrolment:
        """Loads its own models on first use (a second or less). Raises ModelError without them."""
        with self._lock:
            if self._enrolment is None:
                models = self._succession.models(self._settings)
                tail = tail_of(models.thresholds)
                self._newcomer_rules = self._rules(models)
                self._enrolment = Enrolment(
                    self.people,
                    models.detector,
                    models.embedder,
                    GalleryCache(self.people, models.embedder.contract),
                    self._newest_frame,
                    self.clock,
                    # A duplicate is pointed out to an admin, not decided: a looser bound is right.
                    same_person_score=tail.cosine(FLOOR_RATE),
                    agreement_score=tail.cosine(AGREEMENT_RATE),
                    keep_crops=self._settings.keep_crops,
                    seen_alive=self._seen_alive(models.liveness),
                )
            return self._enrolment

    def _seen_alive(self, models: LivenessModels | None) -> Callable[[Frame, Face], bool]:
        """What enrolment asks about faces before the camera; a file's are what they are."""
        if models is None or not self._settings.living_enrolment:
            return lambda _frame, _face: True
        sitting = EnrolmentLiveness(models.network, models.rules)

        def alive(frame: Frame, face: Face) -> bool:
            session = self._session
            files_pass = session is None or not (session.source_live or self._guard_files)
            return files_pass or sitting.seen_alive(frame, face)

        return alive

    def newcomer(self, vectors: Sequence[Vector], name: str, person_id: int = NEWCOMER) -> Newcomer:
        """Somebody with these photos before everybody who is enrolled. Raises ModelError."""
        gallery = self.people.gallery(self.enrolment.rules.contract)
        return Newcomer(gallery, vectors, name, self.newcomer_rules, person_id=person_id)

    @property
    def newcomer_rules(self) -> Callable[[Gallery], VotingRules]:
        """How the kiosk judges before a gallery, with the models of `enrolment`."""
        with self._lock:
            assert self.enrolment and self._newcomer_rules  # made together
            return self._newcomer_rules

    def knowledge(self) -> Knowledge:
        """What the present model makes of everybody. Raises ModelError."""
        contract = self.enrolment.rules.contract
        rules = self.newcomer_rules(self.people.gallery(contract))
        return Knowledge(contract, rules.look_alikes)

    def pictures_to_read(self) -> int:
        """How many kept pictures a new embedder of the settings has not read yet. Raises
        ModelError.
        """
        return self._succession.due(self._settings)

    def reembed(self, progress: Callable[[int, int, str], None], embedder: str = "") -> int:
        """Let the embedder (by name or file; '' for that of the settings) read everybody's kept
        pictures, and work with it from then on; how many vectors are new. Raises ModelError.
        """
        settings = replace(self._settings, embedder=embedder or self._settings.embedder)
        count = self._succession.read(settings, progress)
        with self._lock:
            if count:
                self._forget_models()
            if count and self._session is not None:
                self._stop_session()
                self.start()
        return count

    def recogniser(self) -> Recogniser:
        """A recogniser of its own, for still pictures. Raises ModelError without models."""
        return self._recogniser(self._succession.models(self._settings))

    def start(self) -> None:
        """Open the camera and go. Returns at once; what happens is told as facts."""
        with self._lock:
            if self._session is not None:
                return
            settings = self._settings
            source = self._world.open_source(settings)
            self._session = Session(
                source,
                lambda: self._kiosk_worker(settings, source),
                self.clock,
                self.tell,
                lockstep=self._lockstep,
            )
            self._session.start()
            self.punches.prepare()
            self._backups.start()
            self._care.begin()
            while self.notices:
                self.tell(self.notices.pop(0))
            self._badge_watch.start()
            self._deliveries.start(settings)

    def swap_move(self) -> None:
        """Ask whoever is challenged for another movement."""
        guard = self._guard
        if guard is not None:
            guard.swap_move()

    def apply(self, settings: Settings) -> None:
        """Save the settings and put them in force. Raises FaceDeskError and changes nothing
        then.
        """
        destinations_of(settings, self.clock)
        with self._lock:
            before = self._settings
            settings_file.save(self.paths.settings, settings)
            self._settings = settings
            audit.note(
                self.database, Act.SETTINGS_CHANGED, "", words_of(before), words_of(settings)
            )
            if _needs_new_session(before, settings):
                self._forget_models()
                if self._session is not None:
                    self._stop_session()
                    self.start()
            if self._session is not None:
                self._deliveries.start(settings)

    def stop(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        """Idempotent. The names of threads that did not end within the budget."""
        stuck = self.jobs.stop(timeout_s)  # before the lock: a job may be waiting for it
        with self._lock:
            stuck += self._stop_session(timeout_s)
            stuck += self._backups.stop(timeout_s)
            stuck += self._deliveries.stop(timeout_s)
            stuck += self._badge_watch.stop(timeout_s) + self.fallback.stop(timeout_s)
            self._forget_models()
            # A thread that hangs in a driver may still hold a connection; its rows are committed.
            self.database.close()
            self._world.release()
            return stuck

    def _stop_session(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        session, self._session = self._session, None
        if session is None:
            return ()
        stuck = session.stop(timeout_s)
        self._last_counters = session.counters
        return stuck

    def _source_identity(self) -> str:
        return self._session.source_identity if self._session else ""

    def _newest_frame(self) -> Frame | None:
        return self.frames.peek()

    def _forget_models(self) -> None:
        if self._enrolment is not None:
            self._enrolment.close()
            self._enrolment = None

    def _rules(self, models: LoadedModels) -> Callable[[Gallery], VotingRules]:
        """How to judge before a gallery, with these models and the present settings."""
        settings = self._settings
        tail = tail_of(models.thresholds)
        wanted = Wanted(
            1 / settings.stranger_visits_per_name, settings.runner_up_margin, settings.votes
        )

        def rules(gallery: Gallery) -> VotingRules:
            point, found = rules_before(gallery, tail, wanted)
            log.info(
                "threshold %.3f for 1 in %d among %d people, site %.2f; %d alike, %d own bounds",
                point.threshold, point.visits_per_name, point.people, point.site,
                len(found.look_alikes), len(found.bounds),
            )  # fmt: skip
            return found

        return rules

    def _recogniser(self, models: LoadedModels) -> Recogniser:
        return Recogniser(
            models.detector,
            models.embedder,
            self.learning.gallery(models.embedder.contract),
            self._rules(models),
            QualityLimits(smallest_face_px=self._settings.smallest_face_px),
        )

    def _kiosk_worker(self, settings: Settings, source: FrameSource) -> KioskWorker:
        models = self._succession.models(settings)
        recogniser = self._recogniser(models)
        self.learning.use(tail_of(models.thresholds), self.learning.gallery(recogniser.contract))
        arrivals = Arrivals(
            self.kiosk,
            recogniser.contract,
            source.identity,
            self.clock,
            self.tell,
            self.administration.hold,
        )
        self._guard = None
        if source.live or self._guard_files:
            self._guard = self._liveness_guard(
                settings, models.liveness, recogniser, source.identity
            )
        return KioskWorker(recogniser, arrivals, models.provider, models.message, self._guard)

    def _liveness_guard(
        self,
        settings: Settings,
        models: LivenessModels | None,
        recogniser: Recogniser,
        source: str,
    ) -> LivenessGuard | None:
        policy = Policy(settings.liveness)
        if policy is Policy.OFF:
            return None
        if models is None:
            log.warning("no liveness model is installed: pictures of faces are not refused")
            return None
        rules = GuardRules(
            policy,
            models.rules,
            settings.challenge_moves,
            settings.liveness_failures,
            settings.liveness_pause_s,
        )
        return LivenessGuard(
            rules,
            models.network,
            models.open_reader,
            lambda frame, face: recogniser.recheck(frame.image, face.track.face),
            self.refusals,
            source,
            self.clock,
            self.tell,
        )

    def _attendance_rules(self) -> AttendanceRules:
        settings = self._settings
        return AttendanceRules(
            self.zone, settings.cooldown_s, settings.version, settings.direction == "ask"
        )


def _needs_new_session(before: Settings, after: Settings) -> bool:
    return any(
        getattr(before, entry.name) != getattr(after, entry.name)
        for entry in fields(Settings)
        if entry.metadata["declared"].section in _SESSION_SECTIONS
        and entry.name not in _NOT_SESSION
    )
