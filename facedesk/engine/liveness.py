"""Between recognising and checking in: nobody is checked in by a picture.

A name that was recognised waits until its face was found alive, by several frames that are looked
at from the first one on, by a challenge, or both, as the policy says.
"""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from facedesk.core.challenge import Challenge, ChallengeRules, Outcome, Pose
from facedesk.core.clock import Clock
from facedesk.core.errors import FaceDeskError
from facedesk.core.facts import Fact, LivenessRefused, ProblemFound
from facedesk.core.language import tr
from facedesk.core.liveness import Evidence, Liveness, PassiveRules, Policy
from facedesk.core.quality import SURE_FACE
from facedesk.core.records import DecisionKind, Frame, Match, Seen, SeenFace
from facedesk.engine.cool_off import CoolOff
from facedesk.engine.recogniser import NEAREST_SHARE
from facedesk.store.refusals import Refusals, RefusedBy
from facedesk.vision.head import HeadReader
from facedesk.vision.liveness import FaceWatch, PassiveNetwork
from facedesk.vision.surroundings import Room

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GuardRules:
    """`failures` refusals of one name within `cool_off_s` close its face for as long."""

    policy: Policy
    passive: PassiveRules
    steps: int = 2
    failures: int = 3
    cool_off_s: float = 60.0


# A real person who was refused may try again without walking away.
_RETRY_S = 4.0
_FORGET_S = 1.0
_ROOM_EVERY_S = 1.0
# While challenged, so often the face is compared with whom it was recognised as, when it looks
# ahead; so many times in a row it may fail to match before somebody else stands there.
_CHECK_EVERY = 3
_MOST_STRANGE = 3
_FRONTAL_DEG = 18.0
_LEAST_CHECKS = 2
# A film may do by chance what is asked for: of whom the camera doubts most, one movement more is.
_MOST_DOUBTED = 0.1
# One frame scores less than the best ones that gave the name.
_CHECK_SLACK = 0.1
# A few hundred visits: somebody's recording of this camera is noticed when it is played again.
_MOST_PLAYED = 20_000
# Strangers are not held back by this check: once enough is known, only now and then.
_STRANGERS_EVERY = 5


@dataclass(slots=True)
class _Visit:
    """One track as long as it carries one name."""

    watch: FaceWatch
    evidence: Evidence
    seen_s: float
    person_id: int | None = None
    alive: bool = False
    refused_s: float | None = None
    refusal: str = ""
    challenge: Challenge | None = None
    flat: bool = False  # as it was challenged: then nothing but the movements can clear the doubt
    frames: int = 0
    matched: int = 0
    strange: int = 0


class LivenessGuard:
    """Belongs to the recognise thread; `swap_move` may be called from any other.

    `open_reader` opens what reads heads, at the first challenge: MediaPipe takes a second.
    `recheck` compares a face with the gallery again. `own_policies`: of the people whose policy is
    not the kiosk's; `fed_by_program`: whether the camera is one that a program poses as.
    """

    def __init__(
        self,
        rules: GuardRules,
        network: PassiveNetwork,
        open_reader: Callable[[], HeadReader],
        recheck: Callable[[Frame, SeenFace], Match],
        refusals: Refusals,
        source: str,
        clock: Clock,
        tell: Callable[[Fact], None],
        chance: random.Random | None = None,
        *,
        own_policies: Callable[[], Mapping[int, Policy]] = dict,
        fed_by_program: Callable[[], bool] = lambda: False,
    ) -> None:
        self._own_policies = own_policies
        self._fed_by_program = fed_by_program
        self._rules = rules
        self._network = network
        self._open_reader = open_reader
        self._recheck = recheck
        self._refusals = refusals
        self._source = source
        self._clock = clock
        self._tell = tell
        # Not a seed that somebody could know: the order of the moves must not be foreseen.
        self._chance = chance or random.SystemRandom()
        self._visits: dict[int, _Visit] = {}
        self._cool_off = CoolOff(rules.failures, rules.cool_off_s)
        self._played: dict[int, None] = {}  # fingerprints of earlier visits, the oldest first
        self._reader: HeadReader | None = None
        self._swap_asked = False
        self._room = Room()
        self._room_due_s = 0.0

    def judge(self, frame: Frame, seen: Seen) -> Seen:
        """`seen` with the names held back that are not known to be alive, and the challenge."""
        if self._rules.policy is Policy.OFF and not self._own_policies():
            return seen
        self._forget(frame.monotonic_s, {face.track.track_id for face in seen.faces})
        nearest_px = max((face.track.face.width_px for face in seen.faces), default=0.0)
        near = {
            face.track.track_id
            for face in seen.faces
            if face.track.face.score >= SURE_FACE
            and face.track.face.width_px >= NEAREST_SHARE * nearest_px
        }
        if not near and frame.monotonic_s >= self._room_due_s:
            self._room_due_s = frame.monotonic_s + _ROOM_EVERY_S
            self._room.look(frame.image)
        faces = []
        for face in seen.faces:
            if face.track.track_id in near:
                self._look(frame, face)
            faces.append(self._guarded(frame, face, alone=len(near) == 1))
        running = self._running()
        prompt = running.prompt if running else None
        return replace(seen, faces=tuple(faces), challenge=prompt)

    def swap_move(self) -> None:
        """Somebody cannot do what is asked for: ask for another move, where one is left."""
        self._swap_asked = True

    def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    # Looking --------------------------------------------------------------------------------------

    def _look(self, frame: Frame, face: SeenFace) -> None:
        """One more glance at a face that is not settled yet."""
        track_id, person_id = face.track.track_id, face.decision.person_id
        visit = self._visits.get(track_id)
        if visit is not None and _is_another(visit, person_id):
            # Whoever had this track before was alive; whoever has it now need not be.
            log.info("track %d carries another name now: looked at anew", track_id)
            self._end(visit, frame.monotonic_s, _OUTCOMES[Outcome.SOMEBODY_ELSE]())
            visit = None
        if visit is None:
            visit = self._visits[track_id] = self._new_visit(frame.monotonic_s)
        visit.seen_s = frame.monotonic_s
        if person_id is not None:
            visit.person_id = person_id
        if visit.person_id is None and visit.evidence.full and frame.seq % _STRANGERS_EVERY:
            return
        if not visit.alive and visit.refused_s is None:
            visit.evidence.add(visit.watch.look(frame.image, face.track.face))

    def _new_visit(self, now_s: float) -> _Visit:
        watch = FaceWatch(self._network, self._room)
        return _Visit(watch, Evidence(self._rules.passive, self._played), now_s)

    def _forget(self, now_s: float, here: set[int]) -> None:
        """`here`: the tracks in the picture; on a slow computer the last one is long ago."""
        for track_id, visit in list(self._visits.items()):
            gone = track_id not in here and now_s - visit.seen_s > _FORGET_S
            again = visit.refused_s is not None and now_s - visit.refused_s > _RETRY_S
            if gone or again:
                left = tr("The face left before the movements were done.")
                self._end(self._visits.pop(track_id), now_s, left)

    def _end(self, visit: _Visit, now_s: float, reason: str) -> None:
        """`reason`: why a challenge that still runs counts as not passed."""
        if visit.challenge is not None:
            self._refuse(now_s, visit, RefusedBy.CHALLENGE, reason)
        else:
            self._remember(visit)

    def _remember(self, visit: _Visit) -> None:
        self._played.update(dict.fromkeys(visit.evidence.fingerprints))
        while len(self._played) > _MOST_PLAYED:
            del self._played[next(iter(self._played))]

    # Deciding -------------------------------------------------------------------------------------

    def _guarded(self, frame: Frame, face: SeenFace, *, alone: bool) -> SeenFace:
        person_id = face.decision.person_id
        if face.decision.kind is not DecisionKind.KNOWN or person_id is None:
            return face
        visit = self._visits.get(face.track.track_id)
        if visit is None:
            return _held(face, tr("Please step forward."))
        if not visit.alive and self._cool_off.closed(person_id, frame.monotonic_s):
            return _refused(face, tr("Too many tries with this face."))
        if not visit.alive and visit.refused_s is None:
            self._decide(frame, face, visit, alone)
        if visit.alive:
            return face
        if visit.refused_s is not None:
            return _refused(face, visit.refusal)
        if visit.challenge is not None:
            return _held(face, tr("Please follow the picture."))
        return _held(face, tr("One moment, please: looking for signs of life."))

    def _decide(self, frame: Frame, face: SeenFace, visit: _Visit, alone: bool) -> None:
        assert visit.person_id is not None  # only names are held back
        verdict, policy = visit.evidence.verdict, self._policy(visit.person_id)
        if policy is Policy.OFF:
            visit.alive = True
        elif verdict is Liveness.REPLAYED:
            reason = tr("The camera shows a recording.")
            self._refuse(frame.monotonic_s, visit, RefusedBy.REPLAY, reason)
        elif self._looks_alive(visit, policy):
            visit.alive, visit.challenge = True, None
        elif visit.challenge is not None:
            self._go_on(frame, face, visit, visit.challenge, alone)
        elif verdict is Liveness.LOOKING or (
            policy is Policy.IF_UNSURE and not visit.evidence.full
        ):
            return
        elif policy is Policy.PASSIVE:
            reason = tr("No living face was found: {why}.", why=_why(visit.evidence))
            self._refuse(frame.monotonic_s, visit, RefusedBy.PASSIVE, reason)
        elif self._running() is None:
            self._ask(frame, face, visit)

    @staticmethod
    def _looks_alive(visit: _Visit, policy: Policy) -> bool:
        """Where doubt costs a challenge and not the visit, more certainty is asked for.

        It may still come until the first movement is asked for: some only need another moment.
        """
        if visit.challenge is not None and (visit.challenge.asked or visit.flat):
            return False
        if policy is Policy.IF_UNSURE:
            return visit.evidence.sure
        return policy is Policy.PASSIVE and visit.evidence.verdict is Liveness.LIVE

    def _policy(self, person_id: int) -> Policy:
        """The person's own, else the kiosk's. What a program feeds in is always challenged: to the
        eye a recording of a living face is one.
        """
        policy = self._own_policies().get(person_id, self._rules.policy)
        if policy is Policy.IF_UNSURE and self._fed_by_program():
            return Policy.ALWAYS
        return policy

    def _ask(self, frame: Frame, face: SeenFace, visit: _Visit) -> None:
        if self._reader is None:
            self._reader = self._open_reader()
        self._swap_asked = False
        steps = self._rules.steps + (visit.evidence.score < _MOST_DOUBTED)
        rules = ChallengeRules(self._reader.moves, steps)
        visit.flat = visit.evidence.stiff
        visit.challenge = Challenge(face.track.track_id, rules, self._chance)
        log.info("challenge for person %d", visit.person_id or 0)

    def _go_on(
        self, frame: Frame, face: SeenFace, visit: _Visit, challenge: Challenge, alone: bool
    ) -> None:
        assert self._reader is not None
        if self._swap_asked:
            self._swap_asked = False
            challenge.swap()
        look = self._reader.read(frame.image, face.track.face)
        if look is None:
            return
        same = self._same_person(frame, face, visit, abs(look.yaw_deg) <= _FRONTAL_DEG)
        outcome = challenge.observe(
            Pose(
                frame.monotonic_s,
                look.yaw_deg,
                look.pitch_deg,
                look.eyes_open,
                look.smile,
                alone,
                same,
            )
        )
        if outcome is Outcome.PASSED and visit.evidence.stiff_in_motion:
            reason = tr("The face moved as a flat picture does.")
            self._refuse(frame.monotonic_s, visit, RefusedBy.CHALLENGE, reason)
        elif outcome is Outcome.PASSED and visit.evidence.patterned:
            reason = tr("The face has the dots of a screen or a printer.")
            self._refuse(frame.monotonic_s, visit, RefusedBy.CHALLENGE, reason)
        elif outcome is Outcome.PASSED and visit.matched >= _LEAST_CHECKS:
            visit.alive, visit.challenge = True, None
        elif outcome is not Outcome.RUNNING:
            self._refuse(frame.monotonic_s, visit, RefusedBy.CHALLENGE, _OUTCOMES[outcome]())

    def _same_person(
        self, frame: Frame, face: SeenFace, visit: _Visit, frontal: bool
    ) -> bool | None:
        """Nobody steps in for somebody else between two moves."""
        visit.frames += 1
        if not frontal or visit.frames % _CHECK_EVERY:
            return None
        found = self._recheck(frame, face)
        if (
            found.person_id == visit.person_id
            and found.score >= face.decision.threshold - _CHECK_SLACK
        ):
            visit.matched += 1
            visit.strange = 0
            return True
        visit.strange += 1
        return None if visit.strange < _MOST_STRANGE else False

    def _running(self) -> Challenge | None:
        running = [visit.challenge for visit in self._visits.values() if visit.challenge]
        return running[0] if running else None

    def _refuse(self, now_s: float, visit: _Visit, refused_by: RefusedBy, reason: str) -> None:
        self._remember(visit)
        visit.challenge = None
        visit.refused_s = now_s
        # What an admin reads says by what a picture was found out; whoever holds it up need not
        # know.
        passive = refused_by is RefusedBy.PASSIVE
        visit.refusal = tr("The camera found no living face.") if passive else reason
        person_id, score = visit.person_id, visit.evidence.score
        assert person_id is not None
        rests_s = self._cool_off.count(person_id, now_s)
        log.warning("face of person %d refused: %s", person_id, refused_by)
        if rests_s:
            log.warning("face of person %d is not accepted for %.0f s", person_id, rests_s)
        utc = self._clock.utc()
        try:
            self._refusals.add(person_id, refused_by, score, self._source, reason)
        except FaceDeskError as error:
            # Refused all the same; that it was not written down must be known.
            self._tell(ProblemFound(utc, error.title, error.message, error.hint))
        self._tell(LivenessRefused(utc, person_id, refused_by.value, score, reason, rests_s))


def _is_another(visit: _Visit, person_id: int | None) -> bool:
    return person_id is not None and visit.person_id not in (None, person_id)


def _held(face: SeenFace, reason: str) -> SeenFace:
    return _without_name(face, DecisionKind.UNDECIDED, reason)


def _refused(face: SeenFace, reason: str) -> SeenFace:
    return _without_name(face, DecisionKind.REFUSED, reason)


def _without_name(face: SeenFace, kind: DecisionKind, reason: str) -> SeenFace:
    decision = replace(face.decision, kind=kind, person_id=None, reason=reason)
    return replace(face, decision=decision, name="")


def _why(evidence: Evidence) -> str:
    """What spoke loudest against a living face, in words."""
    cues = evidence.cues()
    if cues.together > 0.2:
        return tr("what is around the face moves with it")
    if evidence.patterned:
        return tr("it has the dots of a screen or a printer")
    if max(cues.sheet - 0.4, cues.edges) > 0.15:
        return tr("an edge like that of paper or a screen is around it")
    if cues.flicker > 2.0:
        return tr("it flickers like a screen")
    if cues.stirring is not None and cues.stirring < -0.5:
        return tr("it is still or stiff as a picture")
    return tr("its surface looks like a picture's")


_OUTCOMES: Mapping[Outcome, Callable[[], str]] = {
    # Passed, but the face was hardly ever seen from the front: it may have been anybody's.
    Outcome.PASSED: lambda: tr("The face could not be compared during the movements."),
    Outcome.TOO_SLOW: lambda: tr("The movement did not come in time."),
    Outcome.WRONG_MOVE: lambda: tr("Another movement was asked for."),
    Outcome.NOT_ALONE: lambda: tr("More than one face was in the picture."),
    Outcome.SOMEBODY_ELSE: lambda: tr("The face changed during the movements."),
}
