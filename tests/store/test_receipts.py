import json
import sqlite3

import pytest

from facedesk.core.errors import BadInputError
from facedesk.core.records import Person
from facedesk.store.consents import Consents
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.receipts import Receipts
from tests.store.samples import NAMES, sample
from tests.store.test_consents import GIVEN, TEXT


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def receipts(database: Database) -> Receipts:
    return Receipts(database)


@pytest.mark.parametrize("name", NAMES[:5])
def test_a_receipt_counts_what_is_gone_and_names_nobody(
    people: People, receipts: Receipts, database: Database, name: str
) -> None:
    person = people.add(
        Person(0, name, "E-17", "Analysis", "private", email="ada@example.org"),
        [sample(1, crop=b"\xff\xd8"), sample(2)],
    )
    Consents(database).record(person.id, GIVEN, TEXT)
    receipt = receipts.remove(person.id, "petra")
    assert receipt.erased["face samples"] == 2
    assert receipt.erased["face pictures"] == 1
    text = receipt.as_text()
    assert json.loads(text)["person_number"] == person.id
    for secret in (name, "E-17", "Analysis", "private", "example.org"):
        assert secret not in text
    gone = people.get(person.id)
    assert (gone.email, gone.staff_number, gone.active) == ("", "", False)
    assert people.list() == []


def test_receipts_are_a_chain_that_nobody_changes(
    people: People, receipts: Receipts, database: Database
) -> None:
    first, second = (
        receipts.remove(people.add(Person(0, name)).id, "petra") for name in ("Ada", "Bob")
    )
    assert second.previous_hash == first.hash
    assert receipts.all() == [first, second]
    assert database.check() == ()
    for sql in ("UPDATE receipts SET counts = '{}'", "DELETE FROM receipts"):
        with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
            connection.execute(sql)


def test_nobody_is_removed_twice_and_no_receipt_is_left_of_a_failure(
    people: People, receipts: Receipts
) -> None:
    ada = people.add(Person(0, "Ada"))
    with pytest.raises(BadInputError):
        receipts.remove(ada.id, " ")
    assert people.get(ada.id).name == "Ada"
    receipts.remove(ada.id, "petra")
    with pytest.raises(BadInputError):
        receipts.remove(ada.id, "petra")
    assert len(receipts.all()) == 1
