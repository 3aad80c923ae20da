"""Facts as lines: for people, and as the documented JSON of `watch --json`."""

from typing import Any

from facedesk.core.facts import (
    CameraChanged,
    CredentialRefused,
    DirectionAsked,
    Fact,
    LivenessRefused,
    ProblemFound,
    ProviderChanged,
    PunchCancelled,
    PunchDeclined,
    PunchRecorded,
    SourceEnded,
    UnknownSeen,
)
from facedesk.core.language import tr
from facedesk.core.records import (
    Decision,
    Direction,
    Identification,
    Method,
    Person,
    Probe,
    Punch,
)


def as_line(fact: Fact) -> str:
    """One line for a person who reads along."""
    match fact:
        case PunchRecorded():
            return tr(
                "{identified}, {direction}: {reason}",
                identified=_identified(fact.person, fact.punch),
                direction=_DONE[fact.punch.direction](),
                reason=fact.punch.reason,
            )
        case PunchDeclined():
            return tr(
                "{identified}, {direction} since {since:%H:%M} UTC",
                identified=_identified(fact.person, fact.how),
                direction=_STANDING[fact.direction](),
                since=fact.since_utc,
            )
        case DirectionAsked():
            return tr(
                "{identified}, asked what it is to be",
                identified=_identified(fact.person, fact.how),
            )
        case PunchCancelled():
            why = tr("it was somebody else") if fact.not_me else tr("taken back")
            return tr(
                "punch {number} of {name} cancelled: {why}",
                number=fact.punch.id,
                name=fact.person.name,
                why=why,
            )
        case UnknownSeen():
            return tr("stranger refused: {reason}", reason=fact.decision.reason)
        case LivenessRefused():
            words = tr(
                "face of person {number} refused: {reason}",
                number=fact.person_id,
                reason=fact.reason,
            )
            rests = tr("not accepted for {seconds:.0f} s", seconds=fact.rests_s)
            return f"{words} ({rests})" if fact.rests_s else words
        case CredentialRefused():
            text = tr("{method} refused: {why}", method=fact.method, why=fact.why)
            return f"{text}, {fact.wait_s:.0f} s" if fact.wait_s else text
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


_DONE = {
    Direction.IN: lambda: tr("checked in"),
    Direction.OUT: lambda: tr("checked out"),
    Direction.BREAK_START: lambda: tr("break begun"),
    Direction.BREAK_END: lambda: tr("break ended"),
}
_STANDING = {
    Direction.IN: lambda: tr("already in"),
    Direction.OUT: lambda: tr("already out"),
    Direction.BREAK_START: lambda: tr("already on break"),
    Direction.BREAK_END: lambda: tr("already back"),
}


def _identified(person: Person, how: Punch | Identification) -> str:
    if how.method is Method.FACE:
        return tr("recognised {name} (score {score:.2f})", name=person.name, score=how.score)
    return tr("identified {name} by {method}", name=person.name, method=how.method)


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
                "method": fact.punch.method.value,
                "worked_s": round(fact.worked_s, 1),
                "clock_moved_s": fact.punch.clock_moved_s,
                "settings_version": fact.punch.settings_version,
                **_evidence(fact.punch, fact.how.probe if fact.how else None),
            }
        case PunchDeclined():
            row |= {
                "person_id": fact.person.id,
                "name": fact.person.name,
                "direction": fact.direction.value,
                "method": fact.how.method.value,
                "since_utc": fact.since_utc.isoformat(timespec="milliseconds").replace(
                    "+00:00", "Z"
                ),
                **_evidence(fact.how, fact.how.probe),
            }
        case DirectionAsked():
            row |= {
                "person_id": fact.person.id,
                "name": fact.person.name,
                "guess": fact.guess.value,
                "choices": [choice.value for choice in fact.choices],
                "method": fact.how.method.value,
                **_evidence(fact.how, fact.how.probe),
            }
        case PunchCancelled():
            row |= {
                "punch_id": fact.punch.id,
                "person_id": fact.person.id,
                "name": fact.person.name,
                "not_me": fact.not_me,
            }
        case UnknownSeen():
            row |= {"track_id": fact.track_id, **_evidence(fact.decision, fact.probe)}
        case LivenessRefused():
            row |= {
                "person_id": fact.person_id,
                "refused_by": fact.refused_by,
                "score": round(fact.score, 4),
                "reason": fact.reason,
                "rests_s": round(fact.rests_s, 1),
            }
        case CredentialRefused():
            row |= {
                "method": fact.method.value,
                "why": fact.why.value,
                "wait_s": round(fact.wait_s, 1),
            }
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


def _evidence(found: Decision | Identification | Punch, probe: Probe | None) -> dict[str, Any]:
    """Why: what was compared by which model, and how good the face was. `probe` is None where no
    face was seen, or none that could be judged.
    """
    contract = "" if isinstance(found, Decision) else found.contract
    return {
        "score": round(found.score, 4),
        "runner_up": round(found.runner_up, 4),
        "threshold": round(found.threshold, 4),
        "reason": found.reason,
        "contract": contract or (probe.contract if probe else ""),
        "quality": probe
        and {
            "face_px": round(probe.quality.face_px),
            "sharpness": round(probe.quality.sharpness, 1),
            "brightness": round(probe.quality.brightness, 1),
            "yaw_deg": round(probe.quality.yaw_deg, 1),
            "pitch_deg": round(probe.quality.pitch_deg, 1),
        },
    }
