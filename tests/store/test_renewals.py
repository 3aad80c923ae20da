"""Automatic samples: where they came from, what they replace, and the way back."""

from dataclasses import replace

import numpy as np
import pytest

from facedesk.core.records import Person
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.renewals import Renewals
from tests.fakes import FakeClock
from tests.store.samples import once, sample, vector


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def renewals(database: Database, people: People) -> Renewals:
    return Renewals(database, people)


@pytest.fixture
def anna(people: People) -> int:
    return people.add(Person(0, "Anna"), [sample(1), sample(2)]).id


@pytest.fixture
def punch_id(database: Database, anna: int) -> int:
    punch = Punches(database).record_if(anna, once(anna))
    assert punch is not None
    return punch.id


def renew(renewals: Renewals, clock: FakeClock, anna: int, punch_id: int, *seeds: int) -> None:
    for seed in seeds:
        clock.advance(86_400)
        fresh = replace(sample(seed, crop=b"jpeg"), person_id=anna, created_utc=clock.utc())
        renewals.renew(fresh, punch_id, 0.8, most=2)


def seeds_of(people: People, anna: int) -> list[int]:
    known = {vector(seed).tobytes(): seed for seed in range(20)}
    return sorted(known[one.vector.tobytes()] for one in people.samples(anna))


def test_only_the_oldest_automatic_sample_steps_aside(
    renewals: Renewals, people: People, clock: FakeClock, anna: int, punch_id: int
) -> None:
    renew(renewals, clock, anna, punch_id, 11, 12)
    assert seeds_of(people, anna) == [1, 2, 11, 12]
    renew(renewals, clock, anna, punch_id, 13)
    assert seeds_of(people, anna) == [1, 2, 12, 13]
    found = renewals.of_person(anna)
    assert [(one.punch_id, one.score) for one in found] == [(punch_id, 0.8)] * 2
    assert [one.vector.tobytes() for one in renewals.enrolled(anna, "model-1")] == [
        vector(seed).tobytes() for seed in (1, 2)
    ]
    assert renewals.enrolled(anna, "model-2") == []
    mean = vector(1) + vector(2)
    np.testing.assert_allclose(
        renewals.anchors("model-1")[anna], mean / np.linalg.norm(mean), atol=1e-6
    )
    assert renewals.anchors("model-2") == {}


def test_one_step_leads_back_to_what_was(
    renewals: Renewals,
    people: People,
    clock: FakeClock,
    anna: int,
    punch_id: int,
    database: Database,
) -> None:
    renew(renewals, clock, anna, punch_id, 11, 12, 13)
    before = people.generation()
    assert renewals.undo(anna)
    assert people.generation() > before
    assert seeds_of(people, anna) == [1, 2, 11, 12]
    restored = next(s for s in people.samples(anna) if np.array_equal(s.vector, vector(11)))
    assert (restored.crop_jpeg, restored.source) == (b"jpeg", "test")
    assert database.check() == ()
    assert renewals.undo(anna)
    assert renewals.undo(anna)
    assert seeds_of(people, anna) == [1, 2]
    assert not renewals.undo(anna)
    assert seeds_of(people, anna) == [1, 2]


def test_back_to_enrolment_at_once(
    renewals: Renewals,
    people: People,
    clock: FakeClock,
    anna: int,
    punch_id: int,
    database: Database,
) -> None:
    renew(renewals, clock, anna, punch_id, 11, 12, 13)
    assert renewals.undo_all(anna) == 2
    assert seeds_of(people, anna) == [1, 2]
    assert database.read("SELECT * FROM replaced_samples") == []


def test_a_removed_person_leaves_nothing(
    renewals: Renewals,
    people: People,
    clock: FakeClock,
    anna: int,
    punch_id: int,
    database: Database,
) -> None:
    renew(renewals, clock, anna, punch_id, 11, 12, 13)
    people.remove(anna)
    for table in ("renewals", "replaced_samples", "samples"):
        assert database.read(f"SELECT * FROM {table}") == []  # noqa: S608 (constants)
