"""FaceDesk without a window: what the window, the command line and the tests all drive."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from facedesk import settings_file
from facedesk.core.audit import Act
from facedesk.core.facts import Fact, ProblemFound
from facedesk.core.matching import Gallery
from facedesk.core.records import CameraState, Frame, Seen, Vector
from facedesk.core.standing import Knowledge
from facedesk.core.voting import VotingRules
from facedesk.engine.accounts import Access, SignIn
from facedesk.engine.administration import Administration
from facedesk.engine.arrivals import KioskWorker
from facedesk.engine.assembly import Assembly, rules_of
from facedesk.engine.backups import ScheduledBackups
from facedesk.engine.badge_watch import BadgeWatch
from facedesk.engine.daily_care import DailyCare
from facedesk.engine.deliveries import Deliveries, destinations_of
from facedesk.engine.enrolment import Enrolment
from facedesk.engine.fallback import Fallback
from facedesk.engine.jobs import Jobs
from facedesk.engine.kiosk import AttendanceRules, Kiosk
from facedesk.engine.latest import Latest
from facedesk.engine.learning import Learning
from facedesk.engine.newcomer import NEWCOMER, Newcomer
from facedesk.engine.recogniser import Recogniser
from facedesk.engine.reembedding import Succession
from facedesk.engine.session import Counters, Session
from facedesk.engine.timesheets import Timesheets
from facedesk.engine.world import World
from facedesk.paths import DataPaths
from facedesk.settings import Settings, declared, words_of
from facedesk.store import audit
from facedesk.store.audit import Audit
from facedesk.store.corrections import Corrections
from facedesk.store.credentials import Credentials
from facedesk.store.database import Database
from facedesk.store.outbox import Outbox
from facedesk.store.own_liveness import OwnLiveness
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.refusals import Refusals
from facedesk.store.schedules import Schedules
from facedesk.store.statements import Statements
from facedesk.vision.camera import FrameSource
from facedesk.vision.cards import Task
from facedesk.vision.codes import CodeReader
from facedesk.vision.devices import CameraInfo

log = logging.getLogger(__name__)


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
        self.own_liveness = OwnLiveness(database)
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
        self._assembly = Assembly(
            self.people,
            self.refusals,
            self.own_liveness,
            self.kiosk,
            self.learning,
            world.clock,
            self.tell,
            guard_files=guard_files,
        )
        self._session: Session | None = None
        self._last_counters = Counters(0, 0, 0.0)
        self._stuck: tuple[str, ...] = ()
        self.succession = Succession(self.people, world.load_models)
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
                models = self.succession.models(self._settings)
                self._newcomer_rules = rules_of(models, self._settings)
                alive = self._assembly.seen_alive(models.liveness, self._settings, self._is_file)
                self._enrolment = self._assembly.enrolment(
                    models, self._settings, self._newest_frame, alive
                )
            return self._enrolment

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
        return self.succession.due(self._settings)

    def reembed(self, progress: Callable[[int, int, str], None], embedder: str = "") -> int:
        """Let the embedder (by name or file; '' for that of the settings) read everybody's kept
        pictures, and work with it from then on; how many vectors are new. Raises ModelError.
        """
        settings = replace(self._settings, embedder=embedder or self._settings.embedder)
        count = self.succession.read(settings, progress)
        with self._lock:
            if count:
                self._forget_models()
            if count and self._session is not None:
                self._stop_session()
                self.start()
        return count

    def recogniser(self) -> Recogniser:
        """A recogniser of its own, for still pictures. Raises ModelError without models."""
        return self._assembly.recogniser(self.succession.models(self._settings), self._settings)

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

    def _kiosk_worker(self, settings: Settings, source: FrameSource) -> KioskWorker:
        """In the recognise thread, before the first frame is judged."""
        session = self._session
        problem = self.succession.take_over(settings, lambda: self._session is not session)
        if problem is not None:
            self.tell(ProblemFound(self.clock.utc(), problem.title, problem.message, problem.hint))
        models = self.succession.models(settings)
        return self._assembly.kiosk_worker(models, settings, source, self.administration.hold)

    def swap_move(self) -> None:
        """Ask whoever is challenged for another movement."""
        self._assembly.swap_move()

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
        """Idempotent. The names of threads that did not end within the budget, of earlier calls
        too.
        """
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
            self._stuck += tuple(name for name in stuck if name not in self._stuck)
            return self._stuck

    def _stop_session(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        session, self._session = self._session, None
        if session is None:
            return ()
        stuck = session.stop(timeout_s)
        self._last_counters = session.counters
        return stuck

    def _source_identity(self) -> str:
        return self._session.source_identity if self._session else ""

    def _is_file(self) -> bool:
        return self._session is None or not self._session.source_live

    def _newest_frame(self) -> Frame | None:
        return self.frames.peek()

    def _forget_models(self) -> None:
        if self._enrolment is not None:
            self._enrolment.close()
            self._enrolment = None

    def _attendance_rules(self) -> AttendanceRules:
        settings = self._settings
        return AttendanceRules(
            self.zone, settings.cooldown_s, settings.version, settings.direction == "ask"
        )


def _needs_new_session(before: Settings, after: Settings) -> bool:
    return any(
        about.restart and getattr(before, name) != getattr(after, name)
        for name, _, about in declared()
    )
