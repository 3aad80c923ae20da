"""From faces to check-ins: each visit of a person counts once, whatever the tracks do."""

import logging
import math
from collections.abc import Callable

from facedesk.core.clock import Clock
from facedesk.core.errors import FaceDeskError
from facedesk.core.facts import Fact, ProblemFound, UnknownSeen
from facedesk.core.quality import quality_in_words
from facedesk.core.records import DecisionKind, Frame, Identification, Method, Seen, SeenFace
from facedesk.engine.kiosk import Kiosk
from facedesk.engine.liveness import LivenessGuard
from facedesk.engine.recogniser import Recogniser

log = logging.getLogger(__name__)

# Somebody who never left the picture is not punched again when the cooldown is over: a new punch
# needs an absence. Short of that, a track that broke and came back is the same visit.
SAME_VISIT_S = 20.0
RETRY_AFTER_PROBLEM_S = 2.0


class Arrivals:
    """Takes the recognised people of one camera to the kiosk. Belongs to the recognise thread."""

    def __init__(
        self,
        kiosk: Kiosk,
        contract: str,
        source: str,
        clock: Clock,
        tell: Callable[[Fact], None],
        waits: Callable[[int], bool] = lambda _person_id: False,
    ) -> None:
        """`source` is the camera's identity; `waits` says whose check-in must wait: they are being
        enrolled.
        """
        self._kiosk = kiosk
        self._contract = contract
        self._source = source
        self._clock = clock
        self._tell = tell
        self._waits = waits
        self._told: dict[int, int | None] = {}  # track id -> person id, None for a stranger
        self._last_seen_s: dict[int, float] = {}
        self._retry_at_s = 0.0

    def handle(self, seen: Seen) -> None:
        """Act on each face that was decided and not yet acted on."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._retry_at_s:
            self._try(self._kiosk.settle, now_s)
        for face in seen.faces:
            track_id = face.track.track_id
            if face.decision.kind is DecisionKind.KNOWN and face.decision.person_id is not None:
                person_id = face.decision.person_id
                if self._waits(person_id):
                    continue
                if self._told.get(track_id) != person_id and now_s >= self._retry_at_s:
                    self._arrived(face, person_id, now_s)
                if self._told.get(track_id) == person_id:
                    self._last_seen_s[person_id] = now_s
            elif (
                face.decision.kind in (DecisionKind.UNKNOWN, DecisionKind.PIN_NEEDED)
                and track_id not in self._told
            ):
                self._told[track_id] = None
                log.info("face %d has no name: %s", track_id, face.decision.reason)
                self._tell(UnknownSeen(self._clock.utc(), track_id, face.decision, face.probe))

    def end(self) -> None:
        """No more faces will come: record those who were asked and did not answer."""
        self._try(lambda: self._kiosk.settle(now=True), self._clock.monotonic_s())

    def _arrived(self, face: SeenFace, person_id: int, now_s: float) -> None:
        how = self._identification(face)
        still_here = now_s - self._last_seen_s.get(person_id, -math.inf) < SAME_VISIT_S
        act = self._kiosk.remind if still_here else self._kiosk.check_in
        # Where it fails it is not told as done: the next frames try again, so the punch is late,
        # not lost.
        if self._try(lambda: act(person_id, how), now_s):
            self._told[face.track.track_id] = person_id

    def _try(self, act: Callable[[], object], now_s: float) -> bool:
        try:
            act()
        except FaceDeskError as error:
            log.error("nothing was saved: %s", error.title)
            self._retry_at_s = now_s + RETRY_AFTER_PROBLEM_S
            self._tell(ProblemFound(self._clock.utc(), error.title, error.message, error.hint))
            return False
        return True

    def _identification(self, face: SeenFace) -> Identification:
        decision = face.decision
        seen = quality_in_words(face.probe.quality) if face.probe is not None else ""
        return Identification(
            Method.FACE,
            f"{decision.reason} {seen}".rstrip(),
            self._source,
            decision.score,
            decision.runner_up,
            decision.threshold,
            self._contract,
            face.probe,
        )


class KioskWorker:
    """What the session's recognise thread runs: recognise, then commit, then hand out the
    result.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        arrivals: Arrivals,
        provider: str,
        message: str = "",
        guard: LivenessGuard | None = None,
    ) -> None:
        """`guard` holds back names whose faces may be pictures; None lets all of them pass."""
        self.provider = provider
        self.message = message
        self._recogniser = recogniser
        self._arrivals = arrivals
        self._guard = guard

    def work(self, frame: Frame) -> Seen:
        seen = self._recogniser.recognise(frame)
        if self._guard is not None:
            seen = self._guard.judge(frame, seen)
        self._arrivals.handle(seen)
        return seen

    def close(self) -> None:
        self._arrivals.end()
        if self._guard is not None:
            self._guard.close()
        self._recogniser.detector.close()
