from datetime import date, timedelta

import numpy as np
import pytest

from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.records import Person
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.merges import Merges, forget_merged
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.receipts import Receipts
from tests.fakes import FakeClock
from tests.store.samples import punch, sample, vector

BOTH = Signature("petra", "enrolled twice")


class Office:
    """Ada, who was enrolled twice, and Bob."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.people, self.punches = People(database), Punches(database)
        self.corrections = Corrections(database, lambda _, utc: utc.date())
        self.merges = Merges(database, self.corrections)
        self.ada = self.people.add(Person(0, "Ada", "7"), [sample(1)])
        self.twin = self.people.add(
            Person(0, "Ada L.", "8"), [sample(2, crop=b"\xff\xd8"), sample(3)]
        )
        self.bob = self.people.add(Person(0, "Bob"), [sample(4)])
        for minute, person in ((0, self.ada), (5, self.twin), (9, self.twin), (12, self.bob)):
            self.punches.record(punch(person.id, minute))

    def of(self, person: Person) -> tuple[list[int], int]:
        """Punch numbers and how many samples."""
        found = self.punches.between(None, None, person.id)
        return [one.id for one in found], len(self.people.samples(person.id))


@pytest.fixture
def office(database: Database, clock: FakeClock) -> Office:
    made = Office(database)
    clock.advance(3600)
    return made


def test_samples_and_punches_move_and_nothing_else_does(office: Office) -> None:
    merge = office.merges.merge(office.twin.id, office.ada.id, BOTH)
    assert (merge.samples, merge.punches, merge.paid) == (2, 2, 0)
    assert office.of(office.ada) == ([1, 2, 3], 3)
    assert office.of(office.twin) == ([], 0)
    assert office.of(office.bob) == ([4], 1)
    assert [person.name for person in office.people.list()] == ["Ada", "Bob"]
    assert office.people.count() == 2
    moved = office.people.samples(office.ada.id)[1]
    assert np.array_equal(moved.vector, vector(2))
    assert moved.crop_jpeg == b"\xff\xd8"
    gallery = office.people.gallery("model-1")
    assert sorted(gallery.person_ids.tolist()) == [office.ada.id] * 3 + [office.bob.id]
    assert office.database.check() == ()  # the log itself was not touched


def test_undo_gives_everything_back(office: Office) -> None:
    before = [office.of(person) for person in (office.ada, office.twin, office.bob)]
    merge = office.merges.merge(office.twin.id, office.ada.id, BOTH)
    assert office.merges.undoable() == [merge]
    office.merges.undo(merge.id, Signature("petra", "two people after all"))
    assert [office.of(person) for person in (office.ada, office.twin, office.bob)] == before
    assert office.people.get(office.twin.id).active
    assert office.people.get(office.twin.id).staff_number == "8"
    assert office.merges.undoable() == []
    with pytest.raises(BadInputError):
        office.merges.undo(merge.id, BOTH)
    assert office.database.check() == ()


def test_what_came_later_stays_where_it_was_recorded(office: Office) -> None:
    merge = office.merges.merge(office.twin.id, office.ada.id, BOTH)
    office.punches.record(punch(office.ada.id, 30))
    office.corrections.move(2, office.bob.id, BOTH)
    office.people.add_samples(office.ada.id, [sample(9)])
    office.merges.undo(merge.id, BOTH)
    assert office.of(office.ada) == ([1, 5], 2)
    assert office.of(office.twin) == ([3], 2)
    assert office.of(office.bob) == ([2, 4], 1)


def test_paid_punches_stay_where_they_were_paid(office: Office) -> None:
    office.corrections.close(date(2026, 3, 2), BOTH)
    office.punches.record(punch(office.twin.id, 24 * 60))
    office.database.clock.advance(2 * 24 * 3600)  # type: ignore[attr-defined]
    merge = office.merges.merge(office.twin.id, office.ada.id, BOTH)
    assert (merge.punches, merge.paid) == (1, 2)
    assert office.of(office.twin)[0] == [2, 3]
    assert office.of(office.ada)[0] == [1, 5]


def test_after_thirty_days_it_is_final_and_the_name_is_gone(
    office: Office, clock: FakeClock
) -> None:
    merge = office.merges.merge(office.twin.id, office.ada.id, BOTH)
    assert merge.undo_until_utc - merge.created_utc == timedelta(days=30)
    clock.advance(30 * 24 * 3600 - 1)
    assert forget_merged(office.database) == 0
    clock.advance(2)
    assert office.merges.undoable() == []
    with pytest.raises(BadInputError):
        office.merges.undo(merge.id, BOTH)
    assert forget_merged(office.database) == 1
    assert office.people.get(office.twin.id).name.startswith("Removed person")
    assert forget_merged(office.database) == 0


def test_a_staff_number_is_taken_over_where_there_is_none(office: Office) -> None:
    merge = office.merges.merge(office.twin.id, office.bob.id, BOTH)
    assert office.people.get(office.bob.id).staff_number == "8"
    office.merges.undo(merge.id, BOTH)
    assert office.people.get(office.bob.id).staff_number == ""
    assert office.people.get(office.twin.id).staff_number == "8"


def test_a_freed_staff_number_may_be_taken_by_somebody_else(office: Office) -> None:
    merge = office.merges.merge(office.twin.id, office.ada.id, BOTH)
    office.people.add(Person(0, "Carl", "8"))
    office.merges.undo(merge.id, BOTH)
    assert office.people.get(office.twin.id).staff_number == ""


def test_removing_a_person_removes_whoever_was_merged_into_them(
    office: Office, database: Database
) -> None:
    office.merges.merge(office.twin.id, office.ada.id, BOTH)
    receipt = Receipts(database).remove(office.ada.id, "petra")
    assert receipt.erased["face samples"] == 3
    for person in (office.ada, office.twin):
        assert office.people.get(person.id).name.startswith("Removed person")
    assert office.merges.undoable() == []


def test_only_two_people_who_exist_can_be_merged(office: Office) -> None:
    for pair in ((office.ada.id, office.ada.id), (office.ada.id, 99)):
        with pytest.raises(BadInputError):
            office.merges.merge(*pair, BOTH)
    with pytest.raises(BadInputError):
        office.merges.merge(office.ada.id, office.bob.id, Signature("petra", ""))
    office.merges.merge(office.twin.id, office.ada.id, BOTH)
    with pytest.raises(BadInputError):
        office.merges.merge(office.twin.id, office.bob.id, BOTH)
    assert office.of(office.ada)[1] == 3
