"""Evidence over frames -> one Decision a track, with the reason in words.

A single frame never names anybody: `votes` frames of one track must agree on the same person, each
above the threshold and ahead of the next person, the majority of what was seen and uncontradicted.
A track that was judged a stranger can still be recognised (people arrive looking down), but needs
twice the votes, so that standing there longer is not a lottery ticket.
"""

from collections import deque
from dataclasses import dataclass, field, replace

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

    def _judge(self, ballot: _Ballot, standing: Decision | None) -> Decision:
        was_unknown = standing is not None and standing.kind is DecisionKind.UNKNOWN
        needed = 2 * self.rules.votes if was_unknown else self.rules.votes
        window = list(ballot.recent)[-2 * needed :]
        supporters: dict[int, list[Match]] = {}
        for match in window:
            if match.person_id is not None and self._supports(match):
                supporters.setdefault(match.person_id, []).append(match)
        # Frames that support two different people are a reason to wait, not a race to win.
        best = next(iter(supporters.values())) if len(supporters) == 1 else []
        if len(best) >= needed and 2 * len(best) > len(window):
            return self._known(best, ballot.frames)
        if was_unknown or ballot.frames >= self.rules.unknown_votes:
            return self._without_name(DecisionKind.UNKNOWN, window, ballot.frames)
        return self._without_name(DecisionKind.UNDECIDED, window, ballot.frames)

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

    def _known(self, supporters: list[Match], frames: int) -> Decision:
        best = max(supporters, key=lambda match: match.score)
        next_person = (
            tr("nobody else is enrolled")
            if best.runner_up_id is None
            else tr("next person {runner_up:.2f}", runner_up=best.runner_up)
        )
        reason = tr(
            "Best {score:.2f}, at or above {threshold:.2f}; {next_person}; "
            "{votes} of {frames} frames agree.",
            score=best.score,
            threshold=self.rules.threshold,
            next_person=next_person,
            votes=len(supporters),
            frames=frames,
        )
        return Decision(
            DecisionKind.KNOWN,
            best.person_id,
            best.score,
            best.runner_up,
            self.rules.threshold,
            frames,
            self._with_basis(reason),
        )

    def _without_name(self, kind: DecisionKind, window: list[Match], frames: int) -> Decision:
        best = max(window, key=lambda match: match.score)
        return Decision(
            kind,
            None,
            best.score,
            best.runner_up,
            self.rules.threshold,
            frames,
            self._with_basis(self._why_not(best, kind)),
        )

    def _with_basis(self, reason: str) -> str:
        return f"{reason} {self.rules.basis}".rstrip()

    def _why_not(self, best: Match, kind: DecisionKind) -> str:
        if best.person_id is None:
            return tr("Nobody is enrolled yet.")
        if best.score < self.rules.threshold:
            return tr(
                "Best {score:.2f}, below {threshold:.2f}: not recorded.",
                score=best.score,
                threshold=self.rules.threshold,
            )
        if best.margin < self.rules.margin:
            return tr(
                "Two people are too close: {score:.2f} and {runner_up:.2f}: not recorded.",
                score=best.score,
                runner_up=best.runner_up,
            )
        if kind is DecisionKind.UNDECIDED:
            return tr("Looking: more frames must agree.")
        return tr("Too few frames agree: not recorded.")


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
