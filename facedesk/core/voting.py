"""Evidence over frames -> one Decision a track, with the reason in words.

The evidence for a person is the mean score of the `votes` best frames that point at the person,
among the latest. It must reach the threshold and stay ahead of the next person's, most of these
frames must reach the threshold by themselves, so that a single frame never names anybody, and no
frame may name somebody else. A track that was judged a stranger can still be recognised (people
arrive looking down), but needs twice the votes, so that standing there longer is not a lottery
ticket.

Some faces cannot decide, however many frames are seen: those of two people who look alike, of
somebody whom many resemble, and those that are nearer to a face once rejected as the person ("not
me") than to the person's samples. They end with "please use your PIN" instead of a name.

Why the best frames: blur, noise and bad light only ever lower a score, so that a poor frame says
little against somebody whom other frames know. On LFW visits of 3 to 10 frames (`facedesk evaluate
openset`), 1,680 people enrolled with one picture, 1 in 100 strangers named: refused were 17.6 % of
the visits of enrolled people by the mean of the best three, 21.7 % by three frames above the
threshold and in the majority, 21.5 % by the mean of all frames (which is what a sequential
likelihood ratio of normal scores adds up), 19.2 % by the averaged vector of all frames.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from statistics import fmean

from facedesk.core.language import tr
from facedesk.core.records import Decision, DecisionKind, Match, Quality

LOOK_ALIKE_LEAD = 2.0
_NAMELESS = (DecisionKind.UNKNOWN, DecisionKind.PIN_NEEDED)
_ADVICE = {
    "too small": "Please come closer.",
    "blurred": "Please hold still for a moment.",
    "too dark": "It is too dark here.",
    "too bright": "It is too bright here.",
    "turned away": "Please look at the camera.",
    "cut off": "Please step into the middle of the picture.",
    "hard to make out": "Please show your whole face.",
    "not a photograph": "A photograph is needed, not a drawing.",
    "no living face": "Please look at the camera yourself, in even light.",
}


@dataclass(frozen=True, slots=True)
class VotingRules:
    """`threshold` and `margin` are cosines; `votes` frames must agree on a person.

    `basis` is the sentence behind the threshold, '' for none; it ends each reason that rests on it.
    `bounds` are the thresholds of single people, by id; `look_alikes` says whom each person
    resembles: over these the lead must be `LOOK_ALIKE_LEAD` times the margin. `twins` have a
    look-alike who is so alike that no face tells them apart: they get no name by it.
    """

    threshold: float
    margin: float
    votes: int
    basis: str = ""
    bounds: Mapping[int, float] = field(default_factory=dict)
    look_alikes: Mapping[int, frozenset[int]] = field(default_factory=dict)
    twins: frozenset[int] = frozenset()

    @property
    def unknown_votes(self) -> int:
        """Good frames without a name after which a face is called unknown."""
        return 2 * self.votes + 2

    def bound_of(self, person_id: int) -> float:
        """The threshold of one person."""
        return self.bounds.get(person_id, self.threshold)

    @property
    def lowest(self) -> float:
        """No score below it is enough for anybody."""
        return min([self.threshold, *self.bounds.values()])

    def lead_over(self, person_id: int, other_id: int | None) -> float:
        """By how much a person's score must exceed another's."""
        alike = other_id in self.look_alikes.get(person_id, ())
        return LOOK_ALIKE_LEAD * self.margin if alike else self.margin


class _Doubt(Enum):
    """Why evidence is not enough for a name, the first that holds."""

    BELOW = "below"
    TWIN = "twin"
    RESEMBLED = "resembled"
    TOO_CLOSE = "too close"
    MISTAKEN = "mistaken"
    TOO_FEW = "too few"


_FOR_A_PIN = (_Doubt.TWIN, _Doubt.RESEMBLED, _Doubt.TOO_CLOSE, _Doubt.MISTAKEN)


@dataclass(slots=True)
class _Ballot:
    recent: deque[Match]
    frames: int = 0
    decision: Decision | None = None
    against: int = field(default=0)  # frames in a row that contradict a standing name


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The best frames that point at one person, the best first."""

    person_id: int
    frames: tuple[Match, ...]

    @property
    def score(self) -> float:
        return fmean(match.score for match in self.frames)

    @property
    def runner_up(self) -> float:
        return fmean(match.runner_up for match in self.frames)

    @property
    def runner_up_id(self) -> int | None:
        return self.frames[0].runner_up_id

    @property
    def mistaken(self) -> float:
        return fmean(match.mistaken for match in self.frames)


class Voter:
    """Keeps one ballot a track. Belongs to one recognising thread."""

    def __init__(self, rules: VotingRules) -> None:
        self.rules = rules
        self._ballots: dict[int, _Ballot] = {}

    def observe(self, track_id: int, match: Match) -> Decision:
        """Count the match of one good frame; the decision so far."""
        ballot = self._ballot(track_id)
        ballot.recent.append(match)
        ballot.frames += 1
        standing = ballot.decision
        if standing is not None and standing.kind is DecisionKind.KNOWN:
            ballot.decision = self._keep_or_drop(ballot, standing, match)
        else:
            ballot.decision = self._judge(ballot, standing)
        return ballot.decision

    def refuse(self, track_id: int, quality: Quality) -> Decision:
        """A frame with a poor face: a standing decision stays, else REFUSED and why."""
        ballot = self._ballot(track_id)
        standing = ballot.decision
        if standing is not None and standing.kind in (DecisionKind.KNOWN, *_NAMELESS):
            return standing
        ballot.decision = refusal(quality, self.rules, ballot.frames)
        return ballot.decision

    def standing(self, track_id: int) -> Decision | None:
        """The decision of a track that needs no new evidence in this frame."""
        ballot = self._ballots.get(track_id)
        return ballot.decision if ballot else None

    def keep_only(self, alive: set[int]) -> None:
        """Forget tracks that ended."""
        self._ballots = {key: ballot for key, ballot in self._ballots.items() if key in alive}

    def _ballot(self, track_id: int) -> _Ballot:
        if track_id not in self._ballots:
            self._ballots[track_id] = _Ballot(deque(maxlen=4 * self.rules.votes + 4))
        return self._ballots[track_id]

    def _supports(self, match: Match) -> bool:
        return match.person_id is not None and self._doubt(_alone(match, match.person_id)) is None

    def _doubt(self, evidence: _Evidence) -> _Doubt | None:
        """What speaks against the name, whatever the number of frames."""
        rules, person_id = self.rules, evidence.person_id
        bound = rules.bound_of(person_id)
        if evidence.score < min(bound, rules.threshold):
            return _Doubt.BELOW
        if person_id in rules.twins:
            return _Doubt.TWIN
        if evidence.score < bound:
            return _Doubt.RESEMBLED
        lead = evidence.score - evidence.runner_up
        if lead < rules.lead_over(person_id, evidence.runner_up_id):
            return _Doubt.TOO_CLOSE
        return _Doubt.MISTAKEN if evidence.mistaken >= evidence.score else None

    def _agree(self, evidence: _Evidence, needed: int) -> bool:
        bound = self.rules.bound_of(evidence.person_id)
        above = sum(match.score >= bound for match in evidence.frames)
        return len(evidence.frames) >= needed and 2 * above > needed

    def _judge(self, ballot: _Ballot, standing: Decision | None) -> Decision:
        was_nameless = standing is not None and standing.kind in _NAMELESS
        needed = 2 * self.rules.votes if was_nameless else self.rules.votes
        window = list(ballot.recent)[-(2 * needed + 2) :]
        evidence = _strongest(window, needed)
        doubt = None
        if evidence is not None:
            # Frames that support two different people are a reason to wait, not a race to win.
            supported = {match.person_id for match in window if self._supports(match)}
            doubt = self._doubt(evidence)
            if doubt is None and not (
                self._agree(evidence, needed) and supported <= {evidence.person_id}
            ):
                doubt = _Doubt.TOO_FEW
            if doubt is None:
                return self._known(evidence, ballot.frames)
        kind = DecisionKind.UNDECIDED
        if was_nameless or ballot.frames >= self.rules.unknown_votes:
            kind = DecisionKind.PIN_NEEDED if doubt in _FOR_A_PIN else DecisionKind.UNKNOWN
        return self._without_name(kind, evidence, doubt, ballot.frames)

    def _keep_or_drop(self, ballot: _Ballot, standing: Decision, match: Match) -> Decision:
        """A tracker can jump to the next person: a name that stops matching is taken back."""
        same = (
            match.person_id is not None
            and match.person_id == standing.person_id
            and match.score >= self.rules.bound_of(match.person_id)
            and match.mistaken < match.score
        )
        ballot.against = 0 if same else ballot.against + 1
        if ballot.against < self.rules.votes:
            return standing
        ballot.recent.clear()
        ballot.recent.append(match)
        ballot.frames = 1
        ballot.against = 0
        return self._judge(ballot, None)

    def _known(self, evidence: _Evidence, frames: int) -> Decision:
        return Decision(
            DecisionKind.KNOWN,
            evidence.person_id,
            evidence.score,
            evidence.runner_up,
            self.rules.bound_of(evidence.person_id),
            frames,
            self._with_basis(self._why(evidence, frames)),
        )

    def _without_name(
        self, kind: DecisionKind, evidence: _Evidence | None, doubt: _Doubt | None, frames: int
    ) -> Decision:
        return Decision(
            kind,
            None,
            evidence.score if evidence else -1.0,
            evidence.runner_up if evidence else -1.0,
            self.rules.bound_of(evidence.person_id) if evidence else self.rules.threshold,
            frames,
            self._with_basis(self._why_not(evidence, doubt, kind)),
        )

    def _with_basis(self, reason: str) -> str:
        return f"{reason} {self.rules.basis}".rstrip()

    def _why(self, evidence: _Evidence, frames: int) -> str:
        next_person = (
            tr("nobody else is enrolled")
            if evidence.runner_up <= -1.0
            else tr("next person {runner_up:.2f}", runner_up=evidence.runner_up)
        )
        seen = (
            tr("Best")
            if frames == 1
            else tr("Best {count} of {frames} frames", count=len(evidence.frames), frames=frames)
        )
        return tr(
            "{seen} {score:.2f}, at or above {threshold:.2f}; {next_person}.",
            seen=seen,
            score=evidence.score,
            threshold=self.rules.bound_of(evidence.person_id),
            next_person=next_person,
        )

    def _why_not(self, evidence: _Evidence | None, doubt: _Doubt | None, kind: DecisionKind) -> str:
        if evidence is None:
            return tr("Nobody is enrolled yet.")
        if doubt is _Doubt.BELOW:
            return tr(
                "Best {score:.2f}, below {threshold:.2f}: not recorded.",
                score=evidence.score,
                threshold=self.rules.bound_of(evidence.person_id),
            )
        if doubt is _Doubt.TWIN:
            return tr(
                "Two people who are enrolled look the same to the camera ({score:.2f}): please "
                "use your PIN.",
                score=evidence.score,
            )
        if doubt is _Doubt.RESEMBLED:
            return tr(
                "Best {score:.2f}, below {bound:.2f}, which holds for a person whom others "
                "resemble: please use your PIN.",
                score=evidence.score,
                bound=self.rules.bound_of(evidence.person_id),
            )
        if doubt is _Doubt.TOO_CLOSE:
            return tr(
                "Two people are too close: {score:.2f} and {runner_up:.2f}: please use your PIN.",
                score=evidence.score,
                runner_up=evidence.runner_up,
            )
        if doubt is _Doubt.MISTAKEN:
            return tr(
                "Nearer to a face that was rejected as this person ({mistaken:.2f}) than to the "
                "person ({score:.2f}): please use your PIN.",
                mistaken=evidence.mistaken,
                score=evidence.score,
            )
        if kind is DecisionKind.UNDECIDED:
            return tr("Looking: more frames must agree.")
        return tr("Too few frames agree: not recorded.")


def _alone(match: Match, person_id: int) -> _Evidence:
    return _Evidence(person_id, (match,))


def _strongest(window: Sequence[Match], needed: int) -> _Evidence | None:
    """The evidence for the person who has most of it; None where nobody is enrolled.

    Somebody whom `needed` frames point at goes before one whom fewer do, whatever their scores.
    """
    frames_of: dict[int, list[Match]] = {}
    for match in window:
        if match.person_id is not None:
            frames_of.setdefault(match.person_id, []).append(match)
    found = [
        _Evidence(person_id, tuple(sorted(frames, key=lambda match: -match.score)[:needed]))
        for person_id, frames in frames_of.items()
    ]
    return max(found, key=lambda evidence: (len(evidence.frames), evidence.score), default=None)


def decide_once(match: Match, rules: VotingRules) -> Decision:
    """The decision on a single still picture: one vote, no waiting."""
    voter = Voter(replace(rules, votes=1))
    decision = voter.observe(0, match)
    while decision.kind is DecisionKind.UNDECIDED:
        decision = voter.observe(0, match)
    return replace(decision, frames=1)


def refusal(quality: Quality, rules: VotingRules, frames: int) -> Decision:
    """The decision on a face that `quality` keeps from being judged, with what would help."""
    reasons = ", ".join(tr(reason.value) for reason in quality.reasons)
    reason = tr("Not judged: {reasons}. {advice}", reasons=reasons, advice=advice(quality))
    return Decision(DecisionKind.REFUSED, None, 0.0, 0.0, rules.threshold, frames, reason)


def advice(quality: Quality) -> str:
    """What the person should do, for the first reason of a refused face; '' for a good one."""
    return tr(_ADVICE[quality.reasons[0].value]) if quality.reasons else ""
