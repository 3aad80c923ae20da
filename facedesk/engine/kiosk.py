"""Decision -> Punch: committed first, announced afterwards."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from facedesk.core.attendance import ActionKind, next_action, presence_s
from facedesk.core.clock import Clock
from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import (
    DecisionKind,
    Direction,
    Fact,
    Frame,
    Person,
    ProblemFound,
    Punch,
    PunchDeclined,
    PunchRecorded,
    Seen,
    SeenFace,
    UnknownSeen,
)
from facedesk.core.schedules import Calendar, moment_of
from facedesk.engine.recogniser import Recogniser
from facedesk.store.people import People
from facedesk.store.punches import Punches

log = logging.getLogger(__name__)

# Somebody who never left the picture is not punched again when the cooldown is over: a new punch
# needs an absence. Short of that, a track that broke and came back is the same visit.
SAME_VISIT_S = 20.0
RETRY_AFTER_PROBLEM_S = 2.0
CLOCK_MOVED_S = 30.0  # less is time servers at work


@dataclass(frozen=True, slots=True)
class AttendanceRules:
    """The settings that a punch depends on; `settings_version` is stored with each punch."""

    zone: str
    cooldown_s: int
    settings_version: str
    source: str


class Kiosk:
    """Turns what is seen into committed punches and told facts. Belongs to the recognise thread."""

    def __init__(
        self,
        people: People,
        punches: Punches,
        rules: AttendanceRules,
        contract: str,
        clock: Clock,
        tell: Callable[[Fact], None],
        calendar: Callable[[Person, datetime], Calendar],
    ) -> None:
        """`calendar` gives a person's agreements around a moment: where their day begins."""
        self._people = people
        self._punches = punches
        self._rules = rules
        self._contract = contract
        self._clock = clock
        self._tell = tell
        self._calendar = calendar
        self._clocks_apart = clock.utc() - timedelta(seconds=clock.monotonic_s())
        self._told: dict[int, int | None] = {}  # track id -> person id, None for a stranger
        self._last_seen_s: dict[int, float] = {}
        self._retry_at_s = 0.0

    def handle(self, seen: Seen) -> None:
        """Act on each face that was decided and not yet acted on."""
        now_s = self._clock.monotonic_s()
        for face in seen.faces:
            track_id = face.track.track_id
            if face.decision.kind is DecisionKind.KNOWN and face.decision.person_id is not None:
                person_id = face.decision.person_id
                if self._told.get(track_id) != person_id:
                    self._arrived(face, person_id, now_s)
                self._last_seen_s[person_id] = now_s
            elif face.decision.kind is DecisionKind.UNKNOWN and track_id not in self._told:
                self._told[track_id] = None
                self._tell(UnknownSeen(self._clock.utc(), track_id, face.decision))

    def _arrived(self, face: SeenFace, person_id: int, now_s: float) -> None:
        if now_s < self._retry_at_s:
            return
        try:
            self._record(face, person_id, now_s)
        except FaceDeskError as error:
            # Not told as done: the next frames try again, so the punch is late, not lost.
            log.error("punch of person %d not saved: %s", person_id, error.title)
            self._retry_at_s = now_s + RETRY_AFTER_PROBLEM_S
            self._tell(ProblemFound(self._clock.utc(), error.title, error.message, error.hint))
        else:
            self._told[face.track.track_id] = person_id

    def _record(self, face: SeenFace, person_id: int, now_s: float) -> None:
        utc, rules = self._clock.utc(), self._rules
        person = self._people.get(person_id)
        calendar = self._calendar(person, utc)
        still_here = now_s - self._last_seen_s.get(person_id, -math.inf) < SAME_VISIT_S
        standing: list[tuple[Direction, datetime]] = []

        def rule(previous: Sequence[Punch]) -> Punch | None:
            action = next_action(previous, utc, rules.zone, calendar.day_of, rules.cooldown_s)
            if action.kind is ActionKind.RECORD and not (still_here and previous):
                return self._punch(face, person_id, action.direction, utc)
            last = previous[-1]  # declined, or never left since: either way somebody punched
            direction = action.direction if action.since_utc else last.direction
            standing.append((direction, action.since_utc or last.utc))
            return None

        punch = self._punches.record_if(person_id, rule)
        if punch is None:
            direction, since_utc = standing[0]
            self._tell(PunchDeclined(utc, person, direction, since_utc, face.decision))
            return
        log.info("punch %d of person %d recorded: %s", punch.id, person_id, punch.direction)
        today = calendar.planned(calendar.day_of(utc))
        start_utc, end_utc = moment_of(today.start), moment_of(today.end)
        of_day = self._punches.between(start_utc, end_utc, person_id)
        worked_s = presence_s(of_day, start_utc, end_utc, utc)
        self._tell(PunchRecorded(punch.utc, punch, person, worked_s))

    def _punch(self, face: SeenFace, person_id: int, direction: Direction, utc: datetime) -> Punch:
        decision = face.decision
        return Punch(
            person_id=person_id,
            direction=direction,
            utc=utc,
            zone=self._rules.zone,
            score=decision.score,
            runner_up=decision.runner_up,
            threshold=decision.threshold,
            contract=self._contract,
            settings_version=self._rules.settings_version,
            source=self._rules.source,
            reason=decision.reason + self._clock_note(utc),
        )

    def _clock_note(self, utc: datetime) -> str:
        """Says in the punch that the wall clock was moved since the kiosk started."""
        moved = utc - timedelta(seconds=self._clock.monotonic_s()) - self._clocks_apart
        if abs(moved.total_seconds()) < CLOCK_MOVED_S:
            return ""
        sign = "-" if moved < timedelta() else "+"
        minutes = round(abs(moved.total_seconds()) / 60)
        return " " + tr(
            "The computer's clock was moved by {sign}{hours}:{minutes:02d}.",
            sign=sign, hours=minutes // 60, minutes=minutes % 60,
        )  # fmt: skip


class KioskWorker:
    """What the session's recognise thread runs: recognise, then commit, then hand out the
    result.
    """

    def __init__(
        self, recogniser: Recogniser, kiosk: Kiosk, provider: str, message: str = ""
    ) -> None:
        self.provider = provider
        self.message = message
        self._recogniser = recogniser
        self._kiosk = kiosk

    def work(self, frame: Frame) -> Seen:
        seen = self._recogniser.recognise(frame)
        self._kiosk.handle(seen)
        return seen

    def close(self) -> None:
        self._recogniser.detector.close()
