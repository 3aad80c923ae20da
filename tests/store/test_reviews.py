"""The review queue: sealed, bounded, and gone when its days are over."""

from datetime import timedelta

import pytest

from facedesk.core.records import Person
from facedesk.store import reviews as reviews_module
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.reviews import NearMiss, StoredReviews
from tests.fakes import FakeClock
from tests.store.samples import MORNING, sample, vector


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def reviews(database: Database) -> StoredReviews:
    return StoredReviews(database)


def miss(person_id: int, seed: int = 5) -> NearMiss:
    return NearMiss(
        person_id, "model-1", MORNING, 0.44, 0.47, "Best 0.44.", vector(seed), b"picture"
    )


def test_a_near_miss_waits_with_its_picture(people: People, reviews: StoredReviews) -> None:
    anna = people.add(Person(0, "Anna"), [sample(1)])
    reviews.add(miss(anna.id), days=3)
    number = reviews.add(miss(anna.id, 6), days=3)
    newest, _ = reviews.list()
    assert (newest.id, newest.crop_jpeg, newest.score) == (number, b"picture", 0.44)
    assert newest.vector.tolist() == vector(6).tolist()
    reviews.remove(number)
    assert reviews.count() == 1


def test_it_is_gone_when_its_days_are_over(
    people: People, reviews: StoredReviews, clock: FakeClock, database: Database
) -> None:
    anna = people.add(Person(0, "Anna"), [sample(1)])
    reviews.add(miss(anna.id), days=3)
    clock.set_utc(MORNING + timedelta(days=3))
    assert (reviews.list(), reviews.count()) == ([], 0)
    reviews.erase_expired()
    assert database.read("SELECT * FROM reviews") == []


def test_pictures_are_not_readable_in_the_file(
    people: People, reviews: StoredReviews, database: Database
) -> None:
    anna = people.add(Person(0, "Anna"))
    reviews.add(miss(anna.id), days=3)
    [row] = database.read("SELECT vector, crop_jpeg FROM reviews")
    assert b"picture" not in row["crop_jpeg"]
    assert vector(5).tobytes() not in row["vector"]
    assert database.check() == ()


def test_the_queue_is_bounded(
    people: People, reviews: StoredReviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews_module, "MOST_REVIEWS", 3)
    anna = people.add(Person(0, "Anna"))
    numbers = [reviews.add(miss(anna.id), days=3) for _ in range(5)]
    assert [one.id for one in reviews.list()] == numbers[:1:-1]


def test_a_removed_person_leaves_nothing(people: People, reviews: StoredReviews) -> None:
    anna = people.add(Person(0, "Anna"), [sample(1)])
    reviews.add(miss(anna.id), days=3)
    people.remove(anna.id)
    assert reviews.list() == []
