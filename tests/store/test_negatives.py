"""Remembered mistakes: sealed, of one model, gone when expired, removed or without a person."""

from datetime import timedelta

import numpy as np
import pytest

from facedesk.core.errors import BadInputError
from facedesk.core.records import Person
from facedesk.store.database import Database
from facedesk.store.negatives import StoredNegatives
from facedesk.store.people import People
from tests.fakes import FakeClock
from tests.store.samples import sample, vector

DAY_S = 86_400.0


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def negatives(database: Database) -> StoredNegatives:
    return StoredNegatives(database)


def test_a_mistake_comes_back_with_its_vector(people: People, negatives: StoredNegatives) -> None:
    anna, bert = (people.add(Person(0, name), [sample(1)]) for name in ("Anna", "Bert"))
    before = people.generation()
    kept = negatives.add(anna.id, "model-1", vector(7), days=30)
    negatives.add(bert.id, "model-2", vector(8), days=10)
    assert people.generation() > before
    found, expires_utc = negatives.of_contract("model-1")
    np.testing.assert_array_equal(found.vectors, vector(7)[np.newaxis])
    assert found.person_ids.tolist() == [anna.id]
    assert expires_utc == kept.expires_utc == kept.created_utc + timedelta(days=30)
    assert found.nearest(anna.id, vector(7)) == pytest.approx(1.0)
    assert found.nearest(bert.id, vector(7)) == -1.0
    assert negatives.list(anna.id) == [kept]
    assert len(negatives.list()) == 2


def test_a_mistake_expires(
    people: People, negatives: StoredNegatives, clock: FakeClock, database: Database
) -> None:
    anna = people.add(Person(0, "Anna"), [sample(1)])
    negatives.add(anna.id, "model-1", vector(7), days=30)
    before = people.generation()
    negatives.erase_expired()
    assert people.generation() == before
    clock.advance(30 * DAY_S)
    found, expires_utc = negatives.of_contract("model-1")
    assert (len(found.person_ids), expires_utc, negatives.list()) == (0, None, [])
    negatives.erase_expired()
    assert database.read("SELECT * FROM negatives") == []


def test_a_mistake_is_removed_by_hand_or_with_the_person(
    people: People, negatives: StoredNegatives
) -> None:
    anna = people.add(Person(0, "Anna"), [sample(1), sample(2)])
    first = negatives.add(anna.id, "model-1", vector(7), days=30)
    negatives.add(anna.id, "model-1", vector(8), days=30)
    assert negatives.remove(first.id)
    assert not negatives.remove(first.id)
    assert len(negatives.list(anna.id)) == 1
    people.remove(anna.id)
    assert negatives.list() == []
    with pytest.raises(BadInputError):
        negatives.add(anna.id, "model-1", vector(7), days=30)


def test_what_is_no_vector_is_refused(people: People, negatives: StoredNegatives) -> None:
    anna = people.add(Person(0, "Anna"))
    with pytest.raises(ValueError, match="unit length"):
        negatives.add(anna.id, "model-1", 2 * vector(7), days=30)
    assert negatives.list() == []


def test_vectors_are_not_readable_in_the_file(
    people: People, negatives: StoredNegatives, database: Database
) -> None:
    anna = people.add(Person(0, "Anna"))
    negatives.add(anna.id, "model-1", vector(7), days=30)
    [row] = database.read("SELECT vector FROM negatives")
    assert vector(7).tobytes() not in row["vector"]
    assert database.check() == ()
