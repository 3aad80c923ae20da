"""Facts as lines: for people, and as the documented JSON of `watch --json`."""

from typing import Any

from facedesk.core.language import tr
from facedesk.core.records import (
    CameraChanged,
    Decision,
    Fact,
    ProblemFound,
    ProviderChanged,
    PunchDeclined,
    PunchRecorded,
    SourceEnded,
    UnknownSeen,
)


def as_line(fact: Fact) -> str:
    """One line for a person who reads along."""
    match fact:
        case PunchRecorded():
            direction = tr("checked in") if fact.punch.direction == "in" else tr("checked out")
            return tr(
                "recognised {name} (score {score:.2f}), {direction}: {reason}",
                name=fact.person.name,
                score=fact.punch.score,
                direction=direction,
                reason=fact.punch.reason,
            )
        case PunchDeclined():
            return tr(
                "recognised {name} (score {score:.2f}), {direction} since {since:%H:%M} UTC",
                name=fact.person.name,
                score=fact.decision.score,
                direction=tr("already in") if fact.direction == "in" else tr("already out"),
                since=fact.since_utc,
            )
        case UnknownSeen():
            return tr("stranger refused: {reason}", reason=fact.decision.reason)
        case CameraChanged():
            text = tr("camera {state}: {message}", state=fact.state, message=fact.message)
            return f"{text} ({fact.hint})" if fact.hint else text
        case ProviderChanged():
            text = tr("models run on {provider}", provider=fact.provider)
            return f"{text} ({fact.message})" if fact.message else text
        case ProblemFound():
            return f"{tr('problem')}: {fact.title}: {fact.message} {fact.hint}".rstrip()
        case SourceEnded():
            return tr("source ended after {frames} frames", frames=fact.frames)


def as_json(fact: Fact) -> dict[str, Any]:
    """The documented object: always `event` and `utc`, then what the fact knows."""
    row: dict[str, Any] = {
        "event": fact.event,
        "utc": fact.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    match fact:
        case PunchRecorded():
            row |= {
                "punch_id": fact.punch.id,
                "person_id": fact.person.id,
                "name": fact.person.name,
                "direction": fact.punch.direction.value,
                "worked_s": round(fact.worked_s, 1),
                "score": round(fact.punch.score, 4),
                "runner_up": round(fact.punch.runner_up, 4),
                "threshold": round(fact.punch.threshold, 4),
                "reason": fact.punch.reason,
            }
        case PunchDeclined():
            row |= {
                "person_id": fact.person.id,
                "name": fact.person.name,
                "direction": fact.direction.value,
                "since_utc": fact.since_utc.isoformat(timespec="milliseconds").replace(
                    "+00:00", "Z"
                ),
                **_evidence(fact.decision),
            }
        case UnknownSeen():
            row |= {"track_id": fact.track_id, **_evidence(fact.decision)}
        case CameraChanged():
            row |= {
                "state": fact.state.value,
                "trouble": fact.trouble.value if fact.trouble else None,
                "message": fact.message,
                "hint": fact.hint,
                "retry_s": fact.retry_s,
            }
        case ProviderChanged():
            row |= {"provider": fact.provider, "message": fact.message}
        case ProblemFound():
            row |= {"title": fact.title, "message": fact.message, "hint": fact.hint}
        case SourceEnded():
            row |= {"frames": fact.frames}
    return row


def _evidence(decision: Decision) -> dict[str, Any]:
    return {
        "score": round(decision.score, 4),
        "runner_up": round(decision.runner_up, 4),
        "threshold": round(decision.threshold, 4),
        "reason": decision.reason,
    }
