"""Every punch arrives, once by its id and in order, whatever happens on the way."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from facedesk.core.corrections import Signature
from facedesk.core.errors import DeliveryError
from facedesk.core.records import Direction, Person
from facedesk.engine.courier import LONGEST_PAUSE_S, Courier, pause_s
from facedesk.engine.webhook import Webhook, new_secret
from facedesk.store.corrections import Corrections
from facedesk.store.outbox import Outbox, Parcel
from facedesk.store.people import People
from facedesk.store.punches import Punches
from tests.databases import opened
from tests.engine.receiver import Mood, Receiver
from tests.fakes import FakeClock
from tests.store.samples import punch

SECRET = new_secret()
SIGNED = Signature("Grace", "wrong button")


class Site:
    """A database with two people; `restart` is what a crash and a new start leave of it."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.path = path
        self.open()
        self.ada, self.bob = (self.people.add(Person(0, name)) for name in ("Ada", "Bob"))

    def open(self) -> None:
        self.database = opened(self.path, self.clock)
        self.people, self.punches = People(self.database), Punches(self.database)
        self.corrections = Corrections(self.database, lambda _person, utc: utc.date())
        self.outbox = Outbox(self.database, self.corrections)

    def restart(self) -> None:
        self.database.close()
        self.open()

    def punch(self, person: Person, direction: Direction = Direction.IN) -> None:
        self.punches.record(punch(person.id, 0, direction))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "facedesk.db")
    yield made
    made.database.close()


class Box:
    """A destination that keeps what it is given, unless `trouble` says otherwise."""

    name = "webhook"

    def __init__(self, trouble: Callable[[Parcel], DeliveryError | None] = lambda _: None) -> None:
        self.got: list[Parcel] = []
        self.trouble = trouble
        self.arrived = threading.Event()

    def deliver(self, parcel: Parcel) -> None:
        error = self.trouble(parcel)
        if error is not None:
            raise error
        self.got.append(parcel)
        self.arrived.set()

    def abort(self) -> None:
        self.arrived.set()


def test_each_webhook_arrives_once_through_200_failures(site: Site) -> None:
    chance = random.Random(20260302)
    bad = [mood for mood in Mood if mood not in (Mood.WELL, Mood.REFUSES)]
    failures = restarts = 0

    def mood() -> Mood:
        nonlocal failures
        if failures >= 200 or chance.random() < 0.3:
            return Mood.WELL
        failures += 1
        # A timeout takes real time, so there are fewer of them; and a shorter one would give up an
        # answer that is on its way on a busy machine.
        return Mood.SILENT if failures % 100 == 0 else chance.choice(bad[:2] + bad[3:])

    receiver = Receiver(SECRET, mood)
    try:

        def courier() -> Courier:
            hook = Webhook(receiver.url, SECRET, site.clock, timeout_s=1.0)
            return Courier(site.outbox, [hook], site.clock)

        running = courier()
        running.step()
        people = [site.ada, site.bob, *(site.people.add(Person(0, f"P{n}")) for n in range(4))]
        written: list[tuple[int, int]] = []
        while failures < 200 or site.outbox.line("webhook").waiting or len(written) < 120:
            if len(written) < 120:
                person = chance.choice(people)
                stored = site.punches.record(punch(person.id, len(written)))
                written.append((person.id, stored.id))
            if chance.random() < 0.1:
                site.restart()
                running = courier()
                restarts += 1
            site.clock.advance(running.step())
    finally:
        receiver.close()
    assert failures == 200
    assert restarts >= 20
    assert receiver.errors == []
    got = [(event["person"]["id"], event["punch"]["id"]) for event in receiver.events]
    assert sorted(got) == sorted(written)
    assert len({event["id"] for event in receiver.events}) == len(written)
    for person in people:
        assert [one for one in got if one[0] == person.id] == [
            one for one in written if one[0] == person.id
        ]


def test_a_new_destination_hears_of_what_comes_from_now_on(site: Site) -> None:
    site.punch(site.ada)
    box = Box()
    courier = Courier(site.outbox, [box], site.clock)
    courier.step()
    assert box.got == []
    site.punch(site.bob)
    courier.step()
    assert [parcel.person.name for parcel in box.got] == ["Bob"]


def test_corrections_are_told_after_their_punch_and_additions_once(site: Site) -> None:
    box = Box()
    courier = Courier(site.outbox, [box], site.clock)
    courier.step()
    site.punch(site.ada)
    site.corrections.move(1, site.bob.id, SIGNED)
    site.corrections.cancel(1, SIGNED)
    site.corrections.add(site.ada.id, Direction.OUT, site.clock.utc(), "UTC", SIGNED)
    courier.step()
    told = [
        (parcel.punch.id, str(parcel.correction.kind) if parcel.correction else "")
        for parcel in box.got
    ]
    assert [one for one in told if one[0] == 1] == [(1, ""), (1, "move"), (1, "cancel")]
    assert (2, "") in told
    assert len(told) == 4
    assert len({parcel.id for parcel in box.got}) == 4


def test_who_is_refused_waits_and_everybody_else_goes_on(site: Site) -> None:
    unknown = DeliveryError("no", "422", refused=True)
    box = Box(lambda parcel: unknown if parcel.person.id == site.ada.id else None)
    courier = Courier(site.outbox, [box], site.clock)
    courier.step()
    for person in (site.ada, site.bob, site.ada, site.bob):
        site.punch(person)
    courier.step()
    assert [parcel.punch.id for parcel in box.got] == [2, 4]
    waiting = site.outbox.waiting("webhook")
    assert [(one.punch.id, one.attempts, one.error) for one in waiting] == [
        (1, 1, "422"), (3, 0, ""),
    ]  # fmt: skip
    box.trouble = lambda _: None
    courier.step()
    assert len(box.got) == 2  # not before its time
    site.clock.advance(60)
    courier.step()
    assert [parcel.punch.id for parcel in box.got] == [2, 4, 1, 3]


def test_a_destination_that_is_away_is_asked_less_and_less(site: Site) -> None:
    away = DeliveryError("no", "503")
    box = Box(lambda _: away)
    courier = Courier(site.outbox, [box], site.clock)
    courier.step()
    site.punch(site.ada)
    waits = []
    for _ in range(12):
        waits.append(courier.step())
        site.clock.advance(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    line = site.outbox.line("webhook")
    assert (line.waiting, line.failures, line.error) == (1, 12, "503")
    courier.step()
    site.restart()
    site.clock.advance(1)
    again = Courier(site.outbox, [box], site.clock)
    assert again.step() == pytest.approx(LONGEST_PAUSE_S - 1)  # a restart is no excuse to hammer
    site.outbox.hurry("webhook")
    box.trouble = lambda _: None
    again.step()
    assert len(box.got) == 1
    assert site.outbox.line("webhook").failures == 0


def test_a_clock_that_was_set_back_does_not_lock_the_line(site: Site) -> None:
    away = DeliveryError("no", "503")
    box = Box(lambda _: away)
    courier = Courier(site.outbox, [box], site.clock)
    courier.step()
    site.punch(site.ada)
    courier.step()
    site.clock.set_utc(site.clock.utc() - timedelta(days=3))
    box.trouble = lambda _: None
    courier.step()
    assert len(box.got) == 1


def test_a_parcel_can_be_given_up(site: Site) -> None:
    box = Box(lambda _: DeliveryError("no", "422", refused=True))
    courier = Courier(site.outbox, [box], site.clock)
    courier.step()
    site.punch(site.ada)
    courier.step()
    (parcel,) = site.outbox.waiting("webhook")
    assert site.outbox.skip("webhook", parcel.number)
    assert not site.outbox.skip("webhook", parcel.number)
    assert site.outbox.line("webhook").waiting == 0


def test_the_thread_delivers_when_it_is_woken_and_stops(site: Site) -> None:
    box = Box()
    courier = Courier(site.outbox, [box], site.clock)
    courier.step()
    courier.start()
    site.punch(site.ada)
    courier.wake()
    assert box.arrived.wait(5)
    assert courier.stop() == ()
    assert courier.stop() == ()


def test_stopping_breaks_off_a_request_that_hangs(site: Site) -> None:
    began = threading.Event()

    def mood() -> Mood:
        began.set()
        return Mood.SILENT

    receiver = Receiver(SECRET, mood)
    try:
        hook = Webhook(receiver.url, SECRET, site.clock, timeout_s=30)
        courier = Courier(site.outbox, [hook], site.clock)
        site.outbox.collect("webhook")
        site.punch(site.ada)
        courier.start()
        assert began.wait(5)
        assert courier.stop(2.0) == ()
        assert site.outbox.line("webhook").failures == 0
        assert site.outbox.line("webhook").waiting == 1
    finally:
        receiver.close()


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    assert [pause_s(number) for number in (0, 1, 9, 10, 1000)] == [1, 2, 512, 900, 900]
