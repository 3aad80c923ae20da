"""Evidence over frames -> one Decision a track, with the reason in words.

The evidence for a person is the mean score of the `votes` best frames that point at the person,
among the latest. It must reach the threshold and stay ahead of the next person's, most of these
frames must reach the threshold by themselves, so that a single frame never names anybody, and no
frame may name somebody else. A track that was judged a stranger can still be recognised (people
arrive looking down), but needs twice the votes, so that standing there longer is not a lottery
ticket.

Why the best frames: blur, noise and bad light only ever lower a score, so that a poor frame says
little against somebody whom other frames know. On LFW visits of 3 to 10 frames (`facedesk evaluate
openset`), 1,680 people enrolled with one picture, 1 in 100 strangers named: refused were 17.6 % of
the visits of enrolled people by the mean of the best three, 21.7 % by three frames above the
threshold and in the majority, 21.5 % by the mean of all frames (which is what a sequential
likelihood ratio of normal scores adds up), 19.2 % by the averaged vector of all frames.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from facedesk.core.language import tr
from facedesk.core.records import Decision, DecisionKind, Match, Quality

_ADVICE = {
    "too small": "Please come closer.",
    "blurred": "Please hold still for a moment.",
    "too dark": "It is too dark here.",
    "too bright": "It is too bright here.",
    "turned away": "Please look at the camera.",
    "cut off": "Please step into the middle of the picture.",
}


@dataclass(frozen=True, slots=True)
class VotingRules:
    """`threshold` and `margin` are cosines; `votes` frames must agree on a person.

    `basis` is the sentence behind the threshold, '' for none; it ends each reason that rests on it.
    """

    threshold: float
    margin: float
    votes: int
    basis: str = ""

    @property
    def unknown_votes(self) -> int:
        """Good frames without a name after which a face is called unknown."""
        return 2 * self.votes + 2


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
        if standing is not None and standing.kind in (DecisionKind.KNOWN, DecisionKind.UNKNOWN):
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
        return (
            match.person_id is not None
            and match.score >= self.rules.threshold
            and match.margin >= self.rules.margin
        )

    def _reaches(self, evidence: _Evidence, needed: int) -> bool:
        above = sum(match.score >= self.rules.threshold for match in evidence.frames)
        return (
            len(evidence.frames) >= needed
            and evidence.score >= self.rules.threshold
            and evidence.score - evidence.runner_up >= self.rules.margin
            and 2 * above > needed
        )

    def _judge(self, ballot: _Ballot, standing: Decision | None) -> Decision:
        was_unknown = standing is not None and standing.kind is DecisionKind.UNKNOWN
        needed = 2 * self.rules.votes if was_unknown else self.rules.votes
        window = list(ballot.recent)[-(2 * needed + 2) :]
        evidence = _strongest(window, needed)
        if evidence is not None:
            # Frames that support two different people are a reason to wait, not a race to win.
            supported = {match.person_id for match in window if self._supports(match)}
            if self._reaches(evidence, needed) and supported <= {evidence.person_id}:
                return self._known(evidence, ballot.frames)
        if was_unknown or ballot.frames >= self.rules.unknown_votes:
            return self._without_name(DecisionKind.UNKNOWN, evidence, ballot.frames)
        return self._without_name(DecisionKind.UNDECIDED, evidence, ballot.frames)

    def _keep_or_drop(self, ballot: _Ballot, standing: Decision, match: Match) -> Decision:
        """A tracker can jump to the next person: a name that stops matching is taken back."""
        same = match.person_id == standing.person_id and match.score >= self.rules.threshold
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
            self.rules.threshold,
            frames,
            self._with_basis(self._why(evidence, frames)),
        )

    def _without_name(
        self, kind: DecisionKind, evidence: _Evidence | None, frames: int
    ) -> Decision:
        return Decision(
            kind,
            None,
            evidence.score if evidence else -1.0,
            evidence.runner_up if evidence else -1.0,
            self.rules.threshold,
            frames,
            self._with_basis(self._why_not(evidence, kind)),
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
            threshold=self.rules.threshold,
            next_person=next_person,
        )

    def _why_not(self, evidence: _Evidence | None, kind: DecisionKind) -> str:
        if evidence is None:
            return tr("Nobody is enrolled yet.")
        if evidence.score < self.rules.threshold:
            return tr(
                "Best {score:.2f}, below {threshold:.2f}: not recorded.",
                score=evidence.score,
                threshold=self.rules.threshold,
            )
        if evidence.score - evidence.runner_up < self.rules.margin:
            return tr(
                "Two people are too close: {score:.2f} and {runner_up:.2f}: not recorded.",
                score=evidence.score,
                runner_up=evidence.runner_up,
            )
        if kind is DecisionKind.UNDECIDED:
            return tr("Looking: more frames must agree.")
        return tr("Too few frames agree: not recorded.")


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
    decision = Voter(replace(rules, votes=1)).observe(0, match)
    if decision.kind is DecisionKind.UNDECIDED:
        return Decision(
            DecisionKind.UNKNOWN,
            None,
            decision.score,
            decision.runner_up,
            decision.threshold,
            1,
            decision.reason,
        )
    return decision


def refusal(quality: Quality, rules: VotingRules, frames: int) -> Decision:
    """The decision on a face that `quality` keeps from being judged, with what would help."""
    reasons = ", ".join(tr(reason.value) for reason in quality.reasons)
    reason = tr("Not judged: {reasons}. {advice}", reasons=reasons, advice=advice(quality))
    return Decision(DecisionKind.REFUSED, None, 0.0, 0.0, rules.threshold, frames, reason)


def advice(quality: Quality) -> str:
    """What the person should do, for the first reason of a refused face; '' for a good one."""
    return tr(_ADVICE[quality.reasons[0].value]) if quality.reasons else ""
