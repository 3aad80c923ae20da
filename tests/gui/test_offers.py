"""What is offered to whom, and for how long."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from facedesk.core.facts import DirectionAsked, PunchCancelled, PunchRecorded
from facedesk.core.records import Direction, Identification, Method, OpenDay, Person, Punch
from facedesk.gui.offers import MOST, QUESTION_STAYS_S, UNDO_STAYS_S, Offers

NOW = datetime(2026, 11, 24, 7, 58, tzinfo=UTC)
HOW = Identification(Method.FACE, "", "camera", 0.6, 0.1, 0.4)
YESTERDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LEFT_OPEN = OpenDay(
    Punch(1, Direction.IN, YESTERDAY, "UTC", 0, 0, 0, "c", "s", "camera", "", id=7),
    date(2026, 11, 23),
    YESTERDAY + timedelta(hours=8),
    YESTERDAY + timedelta(hours=20),
)


def person(number: int) -> Person:
    return Person(number, f"Person {number}")


def recorded(
    number: int = 1, how: Identification | None = HOW, forgotten: OpenDay | None = None
) -> PunchRecorded:
    punch = Punch(number, Direction.IN, NOW, "UTC", 0.6, 0.1, 0.4, "c", "s", "camera", "", id=9)
    return PunchRecorded(NOW, punch, person(number), 0.0, forgotten, how)


def asked(number: int = 1) -> DirectionAsked:
    choices = (Direction.OUT, Direction.BREAK_START)
    return DirectionAsked(NOW, person(number), Direction.OUT, choices, 6.0, HOW)


def test_a_punch_can_be_taken_back_for_fifteen_seconds() -> None:
    offers = Offers()
    offers.hear(recorded(), 100.0)
    (offer,) = offers.current(100.0 + UNDO_STAYS_S - 0.1)
    assert offer.punch is not None
    assert offer.by_face
    assert 0 < offer.share_left(114.9) < 0.01
    assert offers.current(100.0 + UNDO_STAYS_S) == []


def test_a_pin_is_never_somebody_elses_face() -> None:
    offers = Offers()
    offers.hear(recorded(how=Identification(Method.PIN, "", "keypad")), 100.0)
    (offer,) = offers.current(101.0)
    assert not offer.by_face


def test_a_punch_that_no_kiosk_saw_offers_nothing() -> None:
    offers = Offers()
    offers.hear(recorded(how=None), 100.0)
    assert offers.current(100.0) == []


def test_the_question_becomes_the_punch_of_the_same_person() -> None:
    offers = Offers()
    offers.hear(asked(), 100.0)
    offers.hear(recorded(), 103.0)
    (offer,) = offers.current(103.0)
    assert offer.asked is None
    assert offer.punch is not None
    assert offer.until_s == 103.0 + UNDO_STAYS_S


def test_taking_back_closes_the_offer_of_that_person_only() -> None:
    offers = Offers()
    offers.hear(recorded(1), 100.0)
    offers.hear(recorded(2), 100.0)
    offers.hear(PunchCancelled(NOW, recorded(1).punch, person(1), not_me=False), 101.0)
    assert [offer.person.id for offer in offers.current(101.0)] == [2]


def test_of_a_crowd_the_last_ones_are_offered() -> None:
    offers = Offers()
    for number in range(1, 7):
        offers.hear(recorded(number), 100.0)
    assert [offer.person.id for offer in offers.current(100.0)] == [4, 5, 6]
    assert MOST == 3


def test_yesterday_stays_longer_than_undo() -> None:
    offers = Offers()
    offers.hear(recorded(forgotten=LEFT_OPEN), 100.0)
    (offer,) = offers.current(100.0 + UNDO_STAYS_S + 1)
    assert offer.punch is None
    assert offer.said == LEFT_OPEN.likely_utc
    assert offers.current(100.0 + QUESTION_STAYS_S) == []


def test_the_answer_moves_within_the_day_and_takes_its_time() -> None:
    offers = Offers()
    offers.hear(recorded(forgotten=LEFT_OPEN), 100.0)
    offers.move_answer(1, 60, 110.0)
    (offer,) = offers.current(110.0)
    assert offer.said == LEFT_OPEN.likely_utc + timedelta(hours=1)
    assert offer.until_s == 110.0 + QUESTION_STAYS_S
    for _ in range(40):
        offers.move_answer(1, 60, 111.0)
    (offer,) = offers.current(111.0)
    assert offer.said == LEFT_OPEN.until_utc - timedelta(minutes=1)
    for _ in range(40):
        offers.move_answer(1, -60, 112.0)
    (offer,) = offers.current(112.0)
    assert offer.said == YESTERDAY + timedelta(minutes=1)


def test_an_answer_leaves_undo_where_there_is_time_for_it() -> None:
    offers = Offers()
    offers.hear(recorded(forgotten=LEFT_OPEN), 100.0)
    offers.answered(1)
    (offer,) = offers.current(105.0)
    assert offer.punch is not None
    assert offer.question is None
    assert offers.current(100.0 + UNDO_STAYS_S) == []


def test_what_waits_in_the_emergency_file_cannot_be_taken_back() -> None:
    offers = Offers()
    fact = recorded()
    offers.hear(replace(fact, punch=replace(fact.punch, id=-1)), 100.0)
    assert offers.current(100.0) == []
