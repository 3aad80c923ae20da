"""Who is greeted, with which words and for how long. No widgets: time is an argument."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from facedesk.core.language import tr
from facedesk.core.records import (
    CredentialRefused,
    DecisionKind,
    Fact,
    Method,
    Person,
    PunchDeclined,
    PunchRecorded,
    UnknownSeen,
)
from facedesk.gui.wording import clock_text, duration_text

STAYS_S = 6.0
STAYS_AT_LEAST_S = 2.0  # while the next person waits for a greeting
UNKNOWN_STAYS_S = 4.0


class GreetingKind(StrEnum):
    ARRIVED = "arrived"
    LEFT = "left"
    ALREADY = "already"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Greeting:
    """Words for one person: `salute` above the large `name`, `line` and `hours` below."""

    kind: GreetingKind
    salute: str
    name: str
    line: str
    hours: str = ""
    person: Person | None = None

    @property
    def sentence(self) -> str:
        """All of it as a screen reader says it."""
        first = f"{self.salute}, {self.name}" if self.salute else self.name
        return ". ".join(part for part in (first, self.line, self.hours) if part)


def greeting_of(fact: Fact, zone: str) -> Greeting | None:
    """The words for a fact; None for facts that greet nobody."""
    if isinstance(fact, PunchRecorded):
        at = clock_text(fact.punch.utc, zone)
        hours = duration_text(fact.worked_s) if fact.worked_s >= 60 else ""
        if fact.punch.direction.works:
            salute, line = good_time_of_day(fact.utc, zone), tr("In at {time}", time=at)
            return Greeting(
                GreetingKind.ARRIVED, salute, fact.person.name, line, hours, fact.person
            )
        line = tr("Out at {time}", time=at)
        return Greeting(
            GreetingKind.LEFT, tr("Goodbye"), fact.person.name, line, hours, fact.person
        )
    if isinstance(fact, PunchDeclined):
        since = clock_text(fact.since_utc, zone)
        line = (
            tr("Already in since {time}", time=since)
            if fact.direction.works
            else tr("Already out since {time}", time=since)
        )
        return Greeting(
            GreetingKind.ALREADY, tr("Hello"), fact.person.name, line, person=fact.person
        )
    if isinstance(fact, CredentialRefused) and fact.method is Method.BADGE:
        line = tr("Use your PIN, or ask at the desk.")
        return Greeting(GreetingKind.UNKNOWN, "", tr("Badge not known"), line)
    if isinstance(fact, UnknownSeen) and fact.decision.kind is DecisionKind.PIN_NEEDED:
        line = tr("The camera cannot tell you from somebody else here.")
        return Greeting(GreetingKind.UNKNOWN, "", tr("Please use your PIN"), line)
    if isinstance(fact, UnknownSeen):
        line = tr("Look straight at the camera, or check in at the desk.")
        return Greeting(GreetingKind.UNKNOWN, "", tr("Not recognised"), line)
    return None


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
        return any(
            other.person is not None
            and greeting.person is not None
            and other.person.id == greeting.person.id
            for other in on_screen
        )


def _stays_s(greeting: Greeting) -> float:
    return UNKNOWN_STAYS_S if greeting.kind is GreetingKind.UNKNOWN else STAYS_S
