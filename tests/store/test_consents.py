import sqlite3
from datetime import date

import pytest

from facedesk.core.consent import Consent, ConsentAnswer, ConsentText
from facedesk.core.errors import BadInputError
from facedesk.core.records import Person
from facedesk.store.consents import Consents
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.receipts import ReceiptKind, Receipts
from tests.store.samples import punch, sample

DAY = date(2026, 3, 2)
TEXT = ConsentText("de", "Einwilligung\n\nIch bin einverstanden.")
GIVEN = Consent(ConsentAnswer.GIVEN, DAY, "Petra")


@pytest.fixture
def consents(database: Database) -> Consents:
    return Consents(database)


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


def test_the_newest_answer_stands_and_the_text_is_kept_word_for_word(
    consents: Consents, people: People
) -> None:
    ada, bob = people.add(Person(0, "Ada")), people.add(Person(0, "Bob"))
    assert consents.of(ada.id) is None
    consents.record(ada.id, Consent(ConsentAnswer.DECLINED, DAY, "Petra"))
    given = consents.record(ada.id, GIVEN, TEXT)
    assert consents.of(ada.id) == given
    assert given.text_hash == TEXT.hash
    assert consents.text(given.text_hash) == TEXT
    assert consents.answers() == {ada.id: ConsentAnswer.GIVEN}
    assert [one.answer for one in consents.history(ada.id)] == ["declined", "given"]
    assert consents.of(bob.id) is None


def test_an_edited_text_is_another_version() -> None:
    assert ConsentText("de", TEXT.text + "!").hash != TEXT.hash
    assert ConsentText("en", TEXT.text).hash != TEXT.hash
    assert (TEXT.title, TEXT.body) == ("Einwilligung", "Ich bin einverstanden.")


def test_answers_are_never_changed(consents: Consents, people: People, database: Database) -> None:
    ada = people.add(Person(0, "Ada"))
    consents.record(ada.id, GIVEN, TEXT)
    for sql in ("UPDATE consents SET answer = 'declined'", "DELETE FROM consents"):
        with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
            connection.execute(sql)
    with pytest.raises(BadInputError):
        consents.record(ada.id, Consent(ConsentAnswer.GIVEN, DAY, "  "))
    with pytest.raises(BadInputError):
        consents.record(999, GIVEN)


def test_withdrawal_erases_the_face_and_keeps_the_rest(
    consents: Consents, people: People, database: Database
) -> None:
    ada = people.add(Person(0, "Ada", "7"), [sample(1, crop=b"\xff\xd8"), sample(2)])
    bob = people.add(Person(0, "Bob"), [sample(3)])
    punches = Punches(database)
    punches.record(punch(ada.id))
    receipts = Receipts(database)
    receipt = receipts.withdraw(ada.id, Consent(ConsentAnswer.WITHDRAWN, DAY, "Petra"))
    assert receipt.kind is ReceiptKind.WITHDRAWAL
    assert receipt.erased == {"face samples": 2, "face pictures": 1}
    assert people.samples(ada.id) == []
    assert len(people.samples(bob.id)) == 1
    assert people.get(ada.id).name == "Ada"
    assert len(punches.between(None, None, ada.id)) == 1
    answer = consents.of(ada.id)
    assert answer is not None
    assert answer.answer is ConsentAnswer.WITHDRAWN
    with pytest.raises(ValueError, match="not a withdrawal"):
        receipts.withdraw(ada.id, GIVEN)
