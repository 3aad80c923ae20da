"""Who is greeted, with which words and for how long. No widgets: time is an argument."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from facedesk.core.facts import (
    CredentialRefused,
    Fact,
    LivenessRefused,
    PunchCancelled,
    PunchDeclined,
    PunchRecorded,
    UnknownSeen,
)
from facedesk.core.language import tr
from facedesk.core.records import DecisionKind, Direction, Method, Person
from facedesk.gui.wording import clock_text, duration_text

STAYS_S = 6.0
STAYS_AT_LEAST_S = 2.0  # while the next person waits for a greeting
UNKNOWN_STAYS_S = 4.0


class GreetingKind(StrEnum):
    ARRIVED = "arrived"
    LEFT = "left"
    ALREADY = "already"
    UNKNOWN = "unknown"
    TAKEN_BACK = "taken back"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Greeting:
    """Words for one person: `salute` above the large `name`, `line` and `hours` below."""

    kind: GreetingKind
    salute: str
    name: str
    line: str
    hours: str = ""
    person: Person | None = None
    faceless: bool = False  # the person is not to be shown

    @property
    def sentence(self) -> str:
        """All of it as a screen reader says it."""
        first = f"{self.salute}, {self.name}" if self.salute else self.name
        return ". ".join(part for part in (first, self.line, self.hours) if part)


def greeting_of(fact: Fact, zone: str, *, pin: bool = False) -> Greeting | None:
    """The words for a fact; None for facts that greet nobody. `pin`: people can use one here."""
    if isinstance(fact, PunchRecorded):
        at = clock_text(fact.punch.utc, zone)
        hours = duration_text(fact.worked_s) if fact.worked_s >= 60 else ""
        salute, line = _recorded_words(fact, zone, at)
        kind = GreetingKind.ARRIVED if fact.punch.direction.works else GreetingKind.LEFT
        return Greeting(kind, salute, fact.person.name, line, hours, fact.person)
    if isinstance(fact, PunchDeclined):
        line = _standing_words(fact.direction, clock_text(fact.since_utc, zone))
        return Greeting(
            GreetingKind.ALREADY, tr("Hello"), fact.person.name, line, person=fact.person
        )
    if isinstance(fact, PunchCancelled) and fact.not_me:
        # No name: whoever stands there is somebody else.
        way = tr("Nothing is recorded. Please use your PIN.")
        line = way if pin else tr("Nothing is recorded. Please check in at the desk.")
        return Greeting(
            GreetingKind.TAKEN_BACK, "", tr("Sorry"), line, person=fact.person, faceless=True
        )
    if isinstance(fact, PunchCancelled):
        line = tr("Taken back: nothing is recorded.")
        return Greeting(GreetingKind.TAKEN_BACK, "", fact.person.name, line, person=fact.person)
    title, line = _refused_words(fact, pin)
    return Greeting(GreetingKind.UNKNOWN, "", title, line) if title else None


def _refused_words(fact: Fact, pin: bool) -> tuple[str, str]:
    """(title, line) for somebody who was not checked in, and how else they can; '' for others."""
    if isinstance(fact, CredentialRefused) and fact.method is Method.BADGE:
        line = tr("Use your PIN, or ask at the desk.") if pin else tr("Please ask at the desk.")
        return tr("Badge not known"), line
    if isinstance(fact, LivenessRefused):
        return tr("Not checked in"), _not_alive_words(fact, pin)
    if isinstance(fact, UnknownSeen) and fact.decision.kind is DecisionKind.PIN_NEEDED:
        title = tr("Please use your PIN") if pin else tr("Please check in at the desk")
        return title, tr("The camera cannot tell you from somebody else here.")
    if isinstance(fact, UnknownSeen):
        look = tr("Look straight at the camera, or use your PIN.")
        desk = tr("Look straight at the camera, or check in at the desk.")
        return tr("Not recognised"), look if pin else desk
    return "", ""


def _not_alive_words(fact: LivenessRefused, pin: bool) -> str:
    if fact.rests_s:
        return (
            tr("Too many tries with this face. Please use your PIN.")
            if pin
            else tr("Too many tries with this face. Please check in at the desk.")
        )
    if fact.refused_by == "challenge":
        again = tr("Let us try again, or use your PIN.")
        return again if pin else tr("Let us try again, or check in at the desk.")
    look = tr("The camera found no living face. Look straight at it, or use your PIN.")
    return look if pin else tr("The camera found no living face. Look straight at it.")


def _recorded_words(fact: PunchRecorded, zone: str, at: str) -> tuple[str, str]:
    """(salute, line)"""
    match fact.punch.direction:
        case Direction.IN:
            return good_time_of_day(fact.utc, zone), tr("In at {time}", time=at)
        case Direction.OUT:
            return tr("Goodbye"), tr("Out at {time}", time=at)
        case Direction.BREAK_START:
            return tr("Enjoy your break"), tr("On break since {time}", time=at)
        case Direction.BREAK_END:
            return tr("Welcome back"), tr("Back at {time}", time=at)


def _standing_words(direction: Direction, since: str) -> str:
    match direction:
        case Direction.IN | Direction.BREAK_END:
            return tr("Already in since {time}", time=since)
        case Direction.OUT:
            return tr("Already out since {time}", time=since)
        case Direction.BREAK_START:
            return tr("Already on break since {time}", time=since)


def good_time_of_day(utc: datetime, zone: str) -> str:
    """'Good morning' until noon, 'Good afternoon' until six, then 'Good evening'."""
    hour = utc.astimezone(ZoneInfo(zone)).hour
    if 4 <= hour < 12:
        return tr("Good morning")
    return tr("Good afternoon") if 12 <= hour < 18 else tr("Good evening")


class Greeter:
    """Which greeting is on the screen. A stranger never covers somebody's greeting."""

    def __init__(self) -> None:
        self._current: Greeting | None = None
        self._since_s = 0.0
        self._waiting: deque[Greeting] = deque()

    def offer(self, greeting: Greeting, now_s: float) -> None:
        """Show it now, or after those who wait; nobody is told twice while still on the screen."""
        current = self.current(now_s)
        if greeting.kind is GreetingKind.FAILED:
            self._show(greeting, now_s)
            return
        if greeting.kind is GreetingKind.TAKEN_BACK:
            self._waiting = deque(one for one in self._waiting if not _same(one, greeting))
            if current is None or _same(current, greeting):
                self._show(greeting, now_s)
            else:
                self._waiting.appendleft(greeting)
            return
        if greeting.kind is GreetingKind.UNKNOWN:
            if current is None or current.kind is GreetingKind.UNKNOWN:
                self._show(greeting, now_s)
            return
        if greeting.kind is GreetingKind.ALREADY and self._is_greeted(greeting):
            return
        if current is None or current.kind is GreetingKind.UNKNOWN:
            self._show(greeting, now_s)
        else:
            self._waiting.append(greeting)

    def current(self, now_s: float) -> Greeting | None:
        """The greeting to show at `now_s` (monotonic); None is the idle state."""
        if self._current is None:
            return None
        shown_s = now_s - self._since_s
        if self._waiting and shown_s >= STAYS_AT_LEAST_S:
            self._show(self._waiting.popleft(), now_s)
        elif shown_s >= _stays_s(self._current):
            self._current = None
        return self._current

    def _show(self, greeting: Greeting, now_s: float) -> None:
        self._current, self._since_s = greeting, now_s

    def _is_greeted(self, greeting: Greeting) -> bool:
        on_screen = [*self._waiting, *([self._current] if self._current else [])]
        return any(_same(other, greeting) for other in on_screen)


def _same(one: Greeting, other: Greeting) -> bool:
    """Whether both are for the same person."""
    return one.person is not None and other.person is not None and one.person.id == other.person.id


def _stays_s(greeting: Greeting) -> float:
    return UNKNOWN_STAYS_S if greeting.kind is GreetingKind.UNKNOWN else STAYS_S
