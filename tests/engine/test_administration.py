"""Enrolling with consent, all or nothing; withdrawing and removing with a receipt."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from facedesk.core.consent import Consent, ConsentAnswer, ConsentText
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError, StoreError
from facedesk.core.records import Person
from facedesk.engine.administration import Administration, NewPerson, ToldApart
from facedesk.engine.enrolment import Enrolment, SampleDraft
from facedesk.engine.gallery import GalleryCache
from facedesk.paths import DataPaths
from facedesk.store.corrections import Corrections
from facedesk.store.credentials import Credentials
from facedesk.store.people import People
from tests.databases import opened
from tests.fakes import FakeClock, FakeDetector, FakeEmbedder, vector_of

DAY = date(2026, 3, 2)
GIVEN = Consent(ConsentAnswer.GIVEN, DAY, "Petra")
TEXT = ConsentText("en", "Consent\n\nYes?")
DRAFT = SampleDraft(vector_of("red"), b"\xff\xd8", "camera")


class Office:
    def __init__(self, root: Path) -> None:
        self.clock = FakeClock()
        self.paths = DataPaths(root).prepare()
        self.database = opened(self.paths.database, self.clock)
        self.people = People(self.database)
        embedder = FakeEmbedder()
        enrolment = Enrolment(
            self.people, FakeDetector(), embedder, GalleryCache(self.people, embedder.contract),
            lambda: None, self.clock, same_person_score=0.6, agreement_score=0.5,
            sure_score=0.6, keep_crops=True,
        )  # fmt: skip
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.credentials = Credentials(self.database, hasher=quick)
        self.admin = Administration(
            self.database, Corrections(self.database, lambda _, utc: utc.date()),
            self.credentials, self.clock, self.paths, lambda: enrolment,
        )  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "data")
    yield made
    made.database.close()


WHOLE = NewPerson(
    Person(0, "Zoë", "17", "Tables", email="z@example.org", language="de", start_day=DAY),
    GIVEN, TEXT, (DRAFT,), pin="8261", badge="FD-1234",
)  # fmt: skip


def test_everything_is_saved_at_once(office: Office) -> None:
    other = office.admin.enrol(NewPerson(Person(0, "Twin")))
    apart = ToldApart(other.id, 0.7, Signature("petra", "twins"))
    stored = office.admin.enrol(replace(WHOLE, told_apart=(apart,)))
    assert office.people.get(stored.id) == replace(
        WHOLE.person, id=stored.id, samples=1, created_utc=office.clock.utc()
    )
    consent = office.admin.consents.of(stored.id)
    assert consent is not None
    assert consent.text_hash == TEXT.hash
    assert office.credentials.verify("17", "8261") is not None
    assert office.credentials.find_by_badge("fd-1234") is not None
    assert office.admin.merges.told_apart(stored.id) == {other.id: Signature("petra", "twins")}
    assert office.admin.merges.told_apart(other.id) == {stored.id: Signature("petra", "twins")}


@pytest.mark.parametrize(
    "wrong",
    [
        replace(WHOLE, pin="1234"),
        replace(WHOLE, badge="x"),
        replace(WHOLE, consent=replace(GIVEN, recorded_by="")),
        replace(WHOLE, told_apart=(ToldApart(99, 0.7, Signature("petra", "twins")),)),
        replace(WHOLE, told_apart=(ToldApart(1, 0.7, Signature("petra", " ")),)),
        replace(WHOLE, person=replace(WHOLE.person, name=" ")),
    ],
)
def test_one_bad_part_and_nothing_is_saved(office: Office, wrong: NewPerson) -> None:
    office.admin.enrol(NewPerson(Person(0, "Twin")))
    with pytest.raises(BadInputError):
        office.admin.enrol(wrong)
    assert [person.name for person in office.people.list()] == ["Twin"]
    assert office.people.contracts() == ()
    assert office.credentials.pins() == office.credentials.badges() == {}
    assert office.admin.consents.answers() == {}


def test_without_consent_there_is_no_face(office: Office) -> None:
    declined = replace(GIVEN, answer=ConsentAnswer.DECLINED)
    with pytest.raises(ValueError, match="without consent"):
        office.admin.enrol(replace(WHOLE, consent=declined))
    stored = office.admin.enrol(replace(WHOLE, consent=declined, drafts=()))
    assert office.people.get(stored.id).samples == 0
    with pytest.raises(BadInputError, match="no consent"):
        office.admin.add_samples(stored.id, (DRAFT,))
    office.admin.consents.record(stored.id, GIVEN)
    office.admin.add_samples(stored.id, (DRAFT,))
    assert office.people.get(stored.id).samples == 1


def test_details_are_checked_without_a_trace(office: Office) -> None:
    office.admin.enrol(NewPerson(Person(0, "Bob", "17")))
    with pytest.raises(BadInputError, match="already taken"):
        office.admin.check_details(WHOLE)
    free = replace(WHOLE, person=replace(WHOLE.person, staff_number="18"))
    before = office.database.read("SELECT seq FROM sqlite_sequence WHERE name = 'people'")[0][0]
    office.admin.check_details(free)
    with pytest.raises(BadInputError, match="PIN"):
        office.admin.check_details(replace(free, pin="18"))
    assert [person.name for person in office.people.list()] == ["Bob"]
    assert office.credentials.pins() == office.credentials.badges() == {}
    after = office.database.read("SELECT seq FROM sqlite_sequence WHERE name = 'people'")[0][0]
    assert before == after


def test_withdrawal_and_removal_leave_a_receipt_as_row_and_file(office: Office) -> None:
    stored = office.admin.enrol(WHOLE)
    receipt, path = office.admin.withdraw(stored.id, DAY, "Petra")
    assert office.people.get(stored.id).samples == 0
    assert office.people.get(stored.id).name == "Zoë"
    assert path is not None
    assert json.loads(path.read_text("utf-8"))["hash"] == receipt.hash
    removed, second = office.admin.remove(stored.id, "Petra")
    assert removed.erased["PINs"] == removed.erased["badges"] == 1
    assert second is not None
    assert "Zoë" not in second.read_text("utf-8")
    assert office.credentials.pins() == {}
    assert office.admin.receipts.all() == [receipt, removed]


def test_a_receipt_that_cannot_be_written_is_still_a_row(office: Office) -> None:
    office.paths.receipts.write_text("a file where the folder should be")
    stored = office.admin.enrol(WHOLE)
    receipt, path = office.admin.remove(stored.id, "Petra")
    assert path is None
    assert office.admin.receipts.all() == [receipt]
    assert office.people.list() == []


def test_whoever_is_enrolled_under_the_window_waits(office: Office) -> None:
    bob = office.admin.enrol(NewPerson(Person(0, "Bob")))
    hold = office.admin.hold
    assert not hold(bob.id)
    hold.begin()
    new = office.admin.enrol(WHOLE)
    assert hold(new.id)
    assert not hold(bob.id)
    hold.end()
    assert not hold(new.id)
    hold.begin(bob.id)
    assert hold(bob.id)
    assert not hold(new.id)
    hold.end()
    assert not hold(bob.id)


def test_a_full_disk_saves_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise StoreError("The disk is full")

    monkeypatch.setattr(office.credentials, "set_badge", full)
    with pytest.raises(StoreError):
        office.admin.enrol(WHOLE)
    assert office.people.list() == []
