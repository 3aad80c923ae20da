"""PINs and badges check in as a face does; guesses are limited, whoever they are aimed at."""

import threading
from collections.abc import Iterator
from pathlib import Path

import argon2
import pytest

from facedesk.core.audit import Act
from facedesk.core.credentials import (
    FIRST_PAUSE_S,
    FREE_TRIES,
    KIOSK_TRIES,
    KIOSK_TRY_BACK_S,
    LONGEST_PAUSE_S,
    TRIES_UNTIL_LOCKED,
)
from facedesk.core.errors import StoreError
from facedesk.core.facts import CredentialRefused, Fact, ProblemFound, Refusal
from facedesk.core.records import Identification, Method, Person
from facedesk.engine.fallback import STRANGE_BADGE_STAYS_S, Fallback
from facedesk.store.audit import Audit
from facedesk.store.credentials import Credentials
from facedesk.store.people import People
from tests.databases import opened
from tests.fakes import FakeClock

PIN, WRONG = "5928", "8305"


class Door:
    """Ada and Grace with PINs and badges, and who came in by which way."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.database = opened(folder / "facedesk.db", self.clock)
        quick = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        self.credentials = Credentials(self.database, hasher=quick)
        people = People(self.database)
        self.ada = people.add(Person(0, "Ada", "E17"))
        self.grace = people.add(Person(0, "Grace", "E18"))
        for person in (self.ada, self.grace):
            self.credentials.set_pin(person.id, PIN)
        self.credentials.set_badge(self.ada.id, "04A2F917")
        self.entered: list[tuple[int, Method, str]] = []
        self.facts: list[Fact] = []
        self.trouble: StoreError | None = None
        self.told = threading.Event()
        self.fallback = Fallback(self.credentials, self.check_in, self.clock, self.hear)

    def check_in(self, person_id: int, how: Identification) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.entered.append((person_id, how.method, how.source))
        self.told.set()

    def hear(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.told.set()

    def refused(self) -> tuple[Refusal, float]:
        """The last thing told."""
        fact = self.facts[-1]
        assert isinstance(fact, CredentialRefused)
        return fact.why, fact.wait_s


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    yield made
    made.fallback.stop()
    made.database.close()


def test_number_and_pin_check_in(door: Door) -> None:
    assert door.fallback.try_pin("e17", PIN) == door.ada
    assert door.entered == [(door.ada.id, Method.PIN, "keypad")]
    assert door.facts == []


def test_a_badge_checks_in_at_the_reader_and_at_the_camera(door: Door) -> None:
    door.fallback.try_badge("04a2f917", "reader")
    door.fallback.try_badge("04A2F917", "Desk camera")
    assert door.entered == [
        (door.ada.id, Method.BADGE, "reader"),
        (door.ada.id, Method.BADGE, "Desk camera"),
    ]


def test_wrong_pins_wait_longer_and_longer_until_an_admin_unlocks(door: Door) -> None:
    waits_s = []
    for _ in range(TRIES_UNTIL_LOCKED):
        door.fallback.try_pin("E17", WRONG)
        why, wait_s = door.refused()
        waits_s.append(wait_s)
        door.clock.advance(max(wait_s, KIOSK_TRY_BACK_S))
    assert waits_s[: FREE_TRIES - 1] == [0.0] * (FREE_TRIES - 1)
    assert waits_s[FREE_TRIES - 1] == FIRST_PAUSE_S
    assert waits_s[:-1] == sorted(waits_s[:-1])
    assert why is Refusal.LOCKED
    door.clock.advance(365 * 86400)
    door.fallback.try_pin("E17", PIN)
    assert door.refused() == (Refusal.LOCKED, 0.0)
    door.credentials.unlock(door.ada.id)
    assert door.fallback.try_pin("E17", PIN) == door.ada


def test_a_locked_number_stands_once_in_the_audit_log(door: Door) -> None:
    for number in ("E17", "nobody"):
        for _ in range(TRIES_UNTIL_LOCKED + 2):
            door.fallback.try_pin(number, WRONG)
            door.clock.advance(LONGEST_PAUSE_S)
    noted = [entry for entry in Audit(door.database).entries() if entry.act == Act.PIN_LOCKED]
    ada = f"person {door.ada.id}"
    assert [entry.subject for entry in noted] == ["a number that nobody has", ada]
    assert {entry.actor.origin for entry in noted} == {"kiosk"}


def test_the_right_pin_is_not_looked_at_during_a_pause(door: Door) -> None:
    for _ in range(FREE_TRIES):
        door.fallback.try_pin("E17", WRONG)
    door.clock.advance(FIRST_PAUSE_S - 1)
    door.fallback.try_pin("E17", PIN)
    assert door.refused() == (Refusal.PAUSED, 1.0)
    door.clock.advance(1)
    assert door.fallback.try_pin("E17", PIN) == door.ada


def test_one_persons_pause_does_not_keep_the_next_person_waiting(door: Door) -> None:
    for _ in range(FREE_TRIES):
        door.fallback.try_pin("E17", WRONG)
    assert door.fallback.try_pin("E18", PIN) == door.grace


def test_a_number_that_nobody_has_is_refused_in_the_same_words(door: Door) -> None:
    told: dict[str, list[Fact]] = {}
    for number in ("E17", "nobody"):
        door.facts.clear()
        for _ in range(FREE_TRIES + 1):
            door.fallback.try_pin(number, WRONG)
        told[number] = list(door.facts)
        door.credentials.refill_allowance()
    assert told["E17"] == told["nobody"]


def test_one_pin_tried_on_everybody_meets_the_limit_of_the_kiosk(door: Door) -> None:
    for number in range(KIOSK_TRIES + 1):
        door.fallback.try_pin(f"N{number}", WRONG)
    assert door.refused() == (Refusal.KIOSK_PAUSED, KIOSK_TRY_BACK_S)
    assert door.fallback.try_pin("E17", PIN) is None
    door.fallback.try_badge("04A2F917", "reader")
    assert [method for _, method, _ in door.entered] == [Method.BADGE]
    door.clock.advance(KIOSK_TRY_BACK_S)
    assert door.fallback.try_pin("E17", PIN) == door.ada


def test_right_pins_use_nothing_up(door: Door) -> None:
    for _ in range(3 * KIOSK_TRIES):
        assert door.fallback.try_pin("E17", PIN) == door.ada


def test_a_strange_badge_is_told_once_while_it_is_held_up(door: Door) -> None:
    for _ in range(5):
        door.fallback.try_badge("4006381333931", "Desk camera")
    assert len(door.facts) == 1
    assert door.refused() == (Refusal.WRONG, 0.0)
    door.clock.advance(STRANGE_BADGE_STAYS_S)
    door.fallback.try_badge("4006381333931", "Desk camera")
    assert len(door.facts) == 2


def test_card_numbers_cannot_be_tried_out(door: Door) -> None:
    for number in range(KIOSK_TRIES + 1):
        door.fallback.try_badge(f"{10_000_000 + number}", "reader")
    assert door.refused()[0] is Refusal.KIOSK_PAUSED


def test_a_check_in_that_cannot_be_saved_is_told(door: Door) -> None:
    door.trouble = StoreError("The disk is full")
    door.fallback.try_pin("E17", PIN)
    assert isinstance(door.facts[-1], ProblemFound)


def test_offers_return_at_once_and_are_worked_off_in_a_thread_of_their_own(door: Door) -> None:
    door.fallback.offer_pin("E17", PIN)
    assert door.told.wait(5)
    assert door.entered == [(door.ada.id, Method.PIN, "keypad")]
    door.told.clear()
    door.fallback.offer_badge("04A2F917", "reader")
    assert door.told.wait(5)
    assert len(door.entered) == 2


def test_a_reader_gone_wild_does_not_fill_the_memory(door: Door) -> None:
    gate = threading.Event()
    door.fallback._check_in = lambda _person, _how: gate.wait(5)
    for _ in range(100):
        door.fallback.offer_badge("04A2F917", "reader")
    assert door.fallback._jobs._queue.qsize() <= 4
    gate.set()
