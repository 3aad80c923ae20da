"""PINs and badges are checked, taken away and never read back."""

import argon2
import pytest

from facedesk.core.credentials import (
    FREE_TRIES,
    KIOSK_TRIES,
    new_badge_code,
)
from facedesk.core.errors import BadInputError
from facedesk.core.records import Method, Person
from facedesk.store.credentials import HASHER, Credentials
from facedesk.store.database import Database
from facedesk.store.people import People
from tests.fakes import FakeClock

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PIN = "5928"


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def credentials(database: Database) -> Credentials:
    return Credentials(database, hasher=QUICK)


@pytest.fixture
def ada(people: People) -> Person:
    return people.add(Person(0, "Ada", "E17"))


@pytest.fixture
def grace(people: People) -> Person:
    return people.add(Person(0, "Grace", "E18"))


def test_a_number_and_its_pin_name_the_person(
    credentials: Credentials, ada: Person, grace: Person, clock: FakeClock
) -> None:
    credentials.set_pin(ada.id, PIN)
    assert credentials.verify("E17", PIN) == ada
    assert credentials.verify(" e17 ", "59 28") == ada
    assert credentials.verify("E17", "5929") is None
    assert credentials.verify("E18", PIN) is None
    assert credentials.verify("", PIN) is None
    assert credentials.verify("nobody", PIN) is None
    assert credentials.verify("E17", "") is None
    assert credentials.pins() == {ada.id: clock.utc()}


def test_a_new_pin_replaces_the_old_one_and_a_cleared_one_is_gone(
    credentials: Credentials, ada: Person
) -> None:
    credentials.set_pin(ada.id, PIN)
    credentials.set_pin(ada.id, "8305")
    assert credentials.verify("E17", PIN) is None
    assert credentials.verify("E17", "8305") == ada
    credentials.clear_pin(ada.id)
    assert credentials.verify("E17", "8305") is None
    assert credentials.pins() == {}


def test_people_without_a_staff_number_have_nothing_to_type(
    credentials: Credentials, people: People
) -> None:
    nameless = people.add(Person(0, "Katherine"))
    with pytest.raises(BadInputError, match="staff number"):
        credentials.set_pin(nameless.id, PIN)


def test_the_shortest_pin_is_the_sites(database: Database, ada: Person) -> None:
    with pytest.raises(BadInputError, match="6 to 12"):
        Credentials(database, lambda: 6, hasher=QUICK).set_pin(ada.id, PIN)


def test_somebody_who_is_not_active_or_removed_has_neither_pin_nor_badge(
    credentials: Credentials, people: People, ada: Person, grace: Person
) -> None:
    for person in (ada, grace):
        credentials.set_pin(person.id, PIN)
        credentials.set_badge(person.id, f"CARD-{person.id}")
    people.update(Person(ada.id, "Ada", "E17", active=False))
    assert credentials.verify("E17", PIN) is None
    assert credentials.find_by_badge(f"CARD-{ada.id}") is None
    people.remove(grace.id)
    assert set(credentials.pins()) == set(credentials.badges()) == {ada.id}


def test_nothing_that_is_stored_gives_a_pin_or_a_badge_away(
    credentials: Credentials, database: Database, ada: Person, grace: Person
) -> None:
    code = new_badge_code()
    credentials.set_pin(ada.id, PIN)
    credentials.set_pin(grace.id, PIN)
    credentials.set_badge(ada.id, code)
    credentials.count_failure("59285928")
    first, second = database.read("SELECT hash FROM pins")
    assert first["hash"] != second["hash"]
    database.erase_traces()
    content = database.path.read_bytes()
    assert code.encode() not in content
    assert b"59285928" not in content


def test_a_hash_moved_to_another_row_opens_nothing(
    credentials: Credentials, database: Database, ada: Person, grace: Person
) -> None:
    credentials.set_pin(ada.id, PIN)
    credentials.set_pin(grace.id, "8305")
    with database.transaction() as connection:
        connection.execute(
            "UPDATE pins SET hash = (SELECT hash FROM pins WHERE person_id = ?)", [ada.id]
        )
    assert credentials.verify("E18", PIN) is None


def test_one_badge_a_person_and_one_person_a_badge(
    credentials: Credentials, ada: Person, grace: Person
) -> None:
    credentials.set_badge(ada.id, "04a2f917")
    assert credentials.find_by_badge("04A2F917\n") == ada
    with pytest.raises(BadInputError, match="Ada"):
        credentials.set_badge(grace.id, "04A2F917")
    credentials.set_badge(ada.id, "NEW-CARD")
    assert credentials.find_by_badge("04A2F917") is None
    credentials.set_badge(grace.id, "04A2F917")
    assert credentials.find_by_badge("04A2F917") == grace
    credentials.clear_badge(grace.id)
    assert credentials.find_by_badge("04A2F917") is None
    assert set(credentials.badges()) == {ada.id}


def test_failures_count_for_numbers_that_nobody_has(
    credentials: Credentials, ada: Person, clock: FakeClock
) -> None:
    for number in ("E17", "e17", "nobody"):
        credentials.count_failure(number)
    assert credentials.failures("E17").count == 2
    assert credentials.failures("Nobody").count == 1
    assert credentials.failures("E18").count == 0
    assert credentials.allowance(Method.PIN).left == KIOSK_TRIES - 3
    assert credentials.failures("E17").last_utc == clock.utc()


def test_a_right_guess_starts_the_number_anew_and_costs_the_kiosk_nothing(
    credentials: Credentials, ada: Person
) -> None:
    for _ in range(3):
        credentials.count_failure("E17")
    credentials.forgive("E17")
    assert credentials.failures("E17").count == 0
    assert credentials.allowance(Method.PIN).left == KIOSK_TRIES - 2


def test_an_admin_unlocks_a_number_and_a_kiosk(credentials: Credentials, ada: Person) -> None:
    for _ in range(FREE_TRIES):
        credentials.count_failure("E17")
    credentials.unlock(ada.id)
    assert credentials.failures("E17").count == 0
    assert credentials.allowance(Method.PIN).left == KIOSK_TRIES - FREE_TRIES
    credentials.refill_allowance()
    assert credentials.allowance(Method.PIN).left == KIOSK_TRIES


def test_strange_badges_cost_no_pin_its_tries(credentials: Credentials) -> None:
    credentials.count_strange_badge()
    assert credentials.allowance(Method.BADGE).left == KIOSK_TRIES - 1
    assert credentials.allowance(Method.PIN).left == KIOSK_TRIES


def test_a_restart_forgets_no_failure(credentials: Credentials, database: Database) -> None:
    credentials.count_failure("E17")
    again = Credentials(database, hasher=QUICK)
    assert again.failures("E17").count == 1
    assert again.allowance(Method.PIN).left == KIOSK_TRIES - 1


def test_real_hashes_cost_what_the_standard_recommends(database: Database, ada: Person) -> None:
    assert (HASHER.memory_cost, HASHER.time_cost, HASHER.type.name) == (65536, 3, "ID")
    credentials = Credentials(database)
    credentials.set_pin(ada.id, PIN)
    assert credentials.verify("E17", PIN) == ada
