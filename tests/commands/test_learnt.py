"""`people mistakes`, `renewals`, `reviews` and what takes them back."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.records import Person
from facedesk.store.database import Database
from facedesk.store.negatives import StoredNegatives
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.renewals import Renewals
from facedesk.store.reviews import NearMiss, StoredReviews
from tests.commands.conftest import Run
from tests.store.samples import punch, sample, vector


@pytest.fixture
def ada(tmp_path: Path) -> int:
    """Somebody with a remembered mistake, two renewed samples and a near miss."""
    (tmp_path / "data").mkdir()
    with Database.open(tmp_path / "data" / "facedesk.db", clock=SystemClock()) as database:
        people = People(database)
        ada = people.add(Person(0, "Ada 居"), [sample(1)]).id
        number = Punches(database).record(punch(ada)).id
        StoredNegatives(database).add(ada, "model-1", vector(7), days=30, punch_id=number)
        for seed in (11, 12):
            fresh = replace(sample(seed), person_id=ada, created_utc=datetime.now(UTC))
            Renewals(database, people).renew(fresh, number, 0.81, most=2)
        miss = NearMiss(
            ada, "model-1", datetime.now(UTC), 0.44, 0.47, "Best.", vector(5), b"picture"
        )
        StoredReviews(database).add(miss, days=3)
    return ada


def test_mistakes_are_listed_and_forgotten(facedesk: Run, ada: int) -> None:
    [mistake] = facedesk("people", "mistakes", "--json").json
    assert (mistake["person_id"], mistake["name"], mistake["punch_id"]) == (ada, "Ada 居", 1)
    assert "Ada 居" in facedesk("people", "mistakes", "--person", ada).out
    assert facedesk("people", "forget-mistake", mistake["mistake"]).code == 0
    assert facedesk("people", "mistakes").out == "Nothing to list.\n"


def test_renewals_are_taken_back_one_by_one_or_all(facedesk: Run, ada: int) -> None:
    rows = facedesk("people", "renewals", ada, "--json").json
    assert [(row["punch_id"], row["score"]) for row in rows] == [(1, 0.81)] * 2
    assert "Took back 1 sample of" in facedesk("people", "undo-renewal", ada).out
    assert "Took back 1 sample of" in facedesk("people", "undo-renewal", ada, "--all").out
    done = facedesk("people", "undo-renewal", ada)
    assert (done.code, done.out) == (1, "")
    assert "has no renewed samples" in done.err


def test_near_misses_are_assigned_or_discarded(facedesk: Run, ada: int) -> None:
    [review] = facedesk("people", "reviews", "--json").json
    assert (review["name"], review["score"], review["threshold"]) == ("Ada 居", 0.44, 0.47)
    assert facedesk("people", "assign-review", review["review"], ada).code == 0
    assert facedesk("people", "reviews").out == "Nothing to list.\n"
    done = facedesk("people", "discard-review", review["review"])
    assert done.code == 1
    assert "There is no review" in done.err
