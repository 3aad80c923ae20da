"""Puts together what needs models: recogniser, liveness guard, kiosk worker, enrolment."""

import logging
from collections.abc import Callable

from facedesk.core.clock import Clock
from facedesk.core.facts import Fact
from facedesk.core.liveness import Policy
from facedesk.core.matching import Gallery
from facedesk.core.operating_point import FLOOR_RATE, tail_of
from facedesk.core.quality import QualityLimits
from facedesk.core.records import Face, Frame
from facedesk.core.rules import Wanted, rules_before
from facedesk.core.voting import VotingRules
from facedesk.engine.arrivals import Arrivals, KioskWorker
from facedesk.engine.enrol_liveness import EnrolmentLiveness
from facedesk.engine.enrolment import AGREEMENT_RATE, DOUBT_RATE, Enrolment
from facedesk.engine.gallery import GalleryCache
from facedesk.engine.hold import Hold
from facedesk.engine.kiosk import Kiosk
from facedesk.engine.learning import Learning
from facedesk.engine.liveness import GuardRules, LivenessGuard
from facedesk.engine.recogniser import Recogniser
from facedesk.engine.world import LivenessModels, LoadedModels
from facedesk.settings import Settings
from facedesk.store.own_liveness import OwnLiveness
from facedesk.store.people import People
from facedesk.store.refusals import Refusals
from facedesk.vision.camera import FrameSource
from facedesk.vision.devices import CameraInfo, is_virtual

log = logging.getLogger(__name__)


def rules_of(models: LoadedModels, settings: Settings) -> Callable[[Gallery], VotingRules]:
    """How to judge before a gallery, with these models and settings."""
    tail = tail_of(models.thresholds)
    wanted = Wanted(
        1 / settings.stranger_visits_per_name, settings.runner_up_margin, settings.votes
    )

    def rules(gallery: Gallery) -> VotingRules:
        point, found = rules_before(gallery, tail, wanted)
        log.info(
            "threshold %.3f for 1 in %d among %d people, site %+.3f; %d alike, lowest %.3f",
            point.threshold, point.visits_per_name, point.people, point.site,
            len(found.look_alikes), found.lowest,
        )  # fmt: skip
        return found

    return rules


class Assembly:
    """What a desk's parts are made of. `guard_files` asks for living faces in files, too."""

    def __init__(
        self,
        people: People,
        refusals: Refusals,
        own_liveness: OwnLiveness,
        kiosk: Kiosk,
        learning: Learning,
        clock: Clock,
        tell: Callable[[Fact], None],
        *,
        guard_files: bool,
    ) -> None:
        self._people = people
        self._refusals = refusals
        self._own_liveness = own_liveness
        self._kiosk = kiosk
        self._learning = learning
        self._clock = clock
        self._tell = tell
        self._guard_files = guard_files
        self._guard: LivenessGuard | None = None  # of the running session

    def recogniser(self, models: LoadedModels, settings: Settings) -> Recogniser:
        """A recogniser before the gallery of these models."""
        return Recogniser(
            models.detector,
            models.embedder,
            self._learning.gallery(models.embedder.contract),
            rules_of(models, settings),
            QualityLimits(smallest_face_px=settings.smallest_face_px),
        )

    def enrolment(
        self,
        models: LoadedModels,
        settings: Settings,
        newest_frame: Callable[[], Frame | None],
        seen_alive: Callable[[Frame, Face], bool],
    ) -> Enrolment:
        """The enrolment that owns these models."""
        tail = tail_of(models.thresholds)
        return Enrolment(
            self._people,
            models.detector,
            models.embedder,
            GalleryCache(self._people, models.embedder.contract),
            newest_frame,
            self._clock,
            # A duplicate is pointed out to an admin, not decided: a looser bound is right.
            same_person_score=tail.cosine(FLOOR_RATE),
            agreement_score=tail.cosine(AGREEMENT_RATE),
            sure_score=tail.cosine(DOUBT_RATE),
            keep_crops=settings.keep_crops,
            seen_alive=seen_alive,
            open_second_look=models.open_second_look,
        )

    def seen_alive(
        self, models: LivenessModels | None, settings: Settings, is_file: Callable[[], bool]
    ) -> Callable[[Frame, Face], bool]:
        """What enrolment asks about faces before the camera; a file's are what they are."""
        off = Policy(settings.liveness) is Policy.OFF
        if models is None or off or not settings.living_enrolment:
            return lambda _frame, _face: True
        sitting = EnrolmentLiveness(models.network, models.rules)

        def alive(frame: Frame, face: Face) -> bool:
            passes = is_file() and not self._guard_files
            return passes or sitting.seen_alive(frame, face)

        return alive

    def kiosk_worker(
        self,
        models: LoadedModels,
        settings: Settings,
        source: FrameSource,
        hold: Hold,
    ) -> KioskWorker:
        """What the recognise thread does with each frame of `source`."""
        recogniser = self.recogniser(models, settings)
        gallery = self._learning.gallery(recogniser.contract)
        self._learning.use(tail_of(models.thresholds), gallery)
        arrivals = Arrivals(
            self._kiosk, recogniser.contract, source.identity, self._clock, self._tell, hold
        )
        self._guard = None
        if source.live or self._guard_files:
            self._guard = self._liveness_guard(models.liveness, settings, recogniser, source)
        return KioskWorker(recogniser, arrivals, models.provider, models.message, self._guard)

    def swap_move(self) -> None:
        """Ask whoever is challenged for another movement."""
        guard = self._guard
        if guard is not None:
            guard.swap_move()

    def _liveness_guard(
        self,
        models: LivenessModels | None,
        settings: Settings,
        recogniser: Recogniser,
        source: FrameSource,
    ) -> LivenessGuard | None:
        policy = Policy(settings.liveness)
        if models is None:
            if policy is not Policy.OFF:
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
            self._refusals,
            source.identity,
            self._clock,
            self._tell,
            own_policies=self._own_liveness.all,
            # The camera is known by name once it is open.
            fed_by_program=lambda: is_virtual(CameraInfo(source.name, source.identity, 0, 0)),
        )
