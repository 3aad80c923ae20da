from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from facedesk.core.errors import CameraTrouble
from facedesk.core.facts import (
    CameraChanged,
    PunchCancelled,
    PunchDeclined,
    PunchRecorded,
    UnknownSeen,
)
from facedesk.core.records import (
    CameraState,
    Decision,
    DecisionKind,
    Direction,
    Identification,
    Method,
    Person,
    Punch,
)
from facedesk.gui.greeting import (
    STAYS_AT_LEAST_S,
    STAYS_S,
    Greeter,
    Greeting,
    GreetingKind,
    good_time_of_day,
    greeting_of,
)

ZONE = "Europe/Berlin"
NOW = datetime(2026, 11, 24, 7, 58, tzinfo=UTC)
ADA = Person(1, "Ada {0} Lovelace")
DECISION = Decision(DecisionKind.UNKNOWN, None, 0.3, 0.1, 0.4, 3, "")
HOW = Identification(Method.FACE, "", "camera", 0.6, 0.1, 0.4)


def recorded(direction: Direction, worked_s: float = 0.0) -> PunchRecorded:
    punch = Punch(1, direction, NOW, ZONE, 0.6, 0.1, 0.4, "c", "s", "camera", "")
    return PunchRecorded(NOW, punch, ADA, worked_s)


def greeting(name: str, number: int, kind: GreetingKind = GreetingKind.ARRIVED) -> Greeting:
    return Greeting(kind, "Hello", name, "In at 08:58", person=Person(number, name))


STRANGER = Greeting(GreetingKind.UNKNOWN, "", "Not recognised", "")


def test_arriving_says_good_morning_and_the_local_time() -> None:
    made = greeting_of(recorded(Direction.IN), ZONE)
    assert made is not None
    assert made.kind is GreetingKind.ARRIVED
    assert made.sentence == "Good morning, Ada {0} Lovelace. In at 08:58"


def test_leaving_tells_the_hours_of_today() -> None:
    made = greeting_of(recorded(Direction.OUT, 8 * 3600 + 240), ZONE)
    assert made is not None
    assert made.kind is GreetingKind.LEFT
    assert made.sentence == "Goodbye, Ada {0} Lovelace. Out at 08:58. 8 h 04 min"


@pytest.mark.parametrize(
    ("direction", "words"),
    [(Direction.IN, "Already in since 08:54"), (Direction.OUT, "Already out since 08:54")],
)
def test_a_declined_punch_tells_the_standing_one(direction: Direction, words: str) -> None:
    fact = PunchDeclined(NOW, ADA, direction, NOW - timedelta(minutes=4), HOW)
    made = greeting_of(fact, ZONE)
    assert made is not None
    assert made.kind is GreetingKind.ALREADY
    assert made.line == words


@pytest.mark.parametrize(("pin", "way"), [(True, "use your PIN"), (False, "at the desk")])
def test_somebody_else_is_told_how_to_check_in(pin: bool, way: str) -> None:
    made = greeting_of(PunchCancelled(NOW, recorded(Direction.IN).punch, ADA, True), ZONE, pin=pin)
    assert made is not None
    assert (made.name, way in made.line, "Ada" in made.sentence) == ("Sorry", True, False)


def test_a_stranger_gets_a_calm_hint_and_no_name() -> None:
    made = greeting_of(UnknownSeen(NOW, 1, DECISION), ZONE)
    assert made is not None
    assert made.person is None
    assert "desk" in made.line


def test_whom_the_face_cannot_tell_is_sent_to_the_pin() -> None:
    decision = replace(DECISION, kind=DecisionKind.PIN_NEEDED)
    made = greeting_of(UnknownSeen(NOW, 1, decision), ZONE, pin=True)
    assert made is not None
    assert made.sentence.startswith("Please use your PIN")
    without = greeting_of(UnknownSeen(NOW, 1, decision), ZONE)
    assert without is not None
    assert "PIN" not in without.sentence
    assert made.person is None


def test_other_facts_greet_nobody() -> None:
    fact = CameraChanged(NOW, CameraState.LOST, CameraTrouble.UNPLUGGED, "gone")
    assert greeting_of(fact, ZONE) is None


@pytest.mark.parametrize(
    ("hour_utc", "words"),
    [(2, "Good evening"), (3, "Good morning"), (10, "Good morning"), (11, "Good afternoon"),
     (16, "Good afternoon"), (17, "Good evening")],
)  # fmt: skip
def test_the_time_of_day_is_local(hour_utc: int, words: str) -> None:
    assert good_time_of_day(NOW.replace(hour=hour_utc), ZONE) == words


def test_a_greeting_stays_and_then_the_kiosk_is_idle() -> None:
    greeter = Greeter()
    ada = greeting("Ada", 1)
    greeter.offer(ada, 10.0)
    assert greeter.current(10.0 + STAYS_S - 0.1) is ada
    assert greeter.current(10.0 + STAYS_S) is None


def test_two_people_are_greeted_one_after_the_other() -> None:
    greeter = Greeter()
    ada, grace = greeting("Ada", 1), greeting("Grace", 2)
    greeter.offer(ada, 10.0)
    greeter.offer(grace, 10.1)
    assert greeter.current(10.0 + STAYS_AT_LEAST_S - 0.1) is ada
    assert greeter.current(10.0 + STAYS_AT_LEAST_S) is grace
    assert greeter.current(10.0 + STAYS_AT_LEAST_S + STAYS_S - 0.1) is grace


def test_a_stranger_never_covers_a_greeting_but_a_greeting_covers_the_stranger() -> None:
    greeter = Greeter()
    ada = greeting("Ada", 1)
    greeter.offer(STRANGER, 9.0)
    assert greeter.current(9.1) is STRANGER
    greeter.offer(ada, 9.2)
    assert greeter.current(9.2) is ada
    greeter.offer(STRANGER, 9.3)
    assert greeter.current(9.3) is ada
    assert greeter.current(9.2 + STAYS_S) is None


def test_somebody_on_the_screen_is_not_told_already_in() -> None:
    greeter = Greeter()
    ada = greeting("Ada", 1)
    greeter.offer(ada, 10.0)
    greeter.offer(greeting("Ada", 1, GreetingKind.ALREADY), 11.0)
    assert greeter.current(10.0 + STAYS_AT_LEAST_S + 0.1) is ada
