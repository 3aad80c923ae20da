"""What the kiosk learns: "not me", fresh samples of safe check-ins, near misses for an admin."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.consent import Consent, ConsentAnswer
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.facts import Fact, PunchRecorded, UnknownSeen
from facedesk.core.operating_point import tail_of
from facedesk.core.records import (
    Decision,
    DecisionKind,
    Identification,
    Method,
    Person,
    Probe,
    Quality,
    Sample,
)
from facedesk.engine.kiosk import AttendanceRules, Kiosk
from facedesk.engine.learning import Learning
from facedesk.engine.timesheets import Timesheets
from facedesk.settings import Settings
from facedesk.store.consents import Consents
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.schedules import Schedules
from facedesk.store.statements import Statements
from tests.databases import opened
from tests.fakes import FakeClock, vector_of

TAIL = tail_of({"fmr_1e-4": 0.4, "fmr_1e-6": 0.52})
GOOD = Quality((), 140.0, 20.0, 120.0, 40.0, 3.0, 2.0, 0.0)
CROP = np.full((192, 192, 3), 90, np.uint8)
DAY_S = 86_400.0


def near(cosine: float, other: str = "blue") -> np.ndarray:
    """A face with this cosine to red's."""
    red = vector_of("red")
    away = vector_of(other) - (vector_of(other) @ red) * red
    away /= np.linalg.norm(away)
    return (cosine * red + np.sqrt(1 - cosine**2) * away).astype(np.float32)


def probe(cosine: float, other: str = "blue") -> Probe:
    return Probe("fake-1", near(cosine, other), CROP, GOOD)


def how(face: Probe, score: float = 0.8) -> Identification:
    return Identification(Method.FACE, "Best.", "camera", score, 0.1, 0.5, "fake-1", face)


class Site:
    """A kiosk at which red is enrolled with one sample, and what it learns."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.clock = clock
        self.database = database
        self.settings = Settings(renew_samples=True, review_days=3)
        self.people = People(database)
        self.learning = Learning(database, self.people, lambda: self.settings)
        punches = Punches(database)
        timesheets = Timesheets(
            self.people, punches, Schedules(database), clock,
            lambda: "Europe/Berlin", lambda: 4,
        )  # fmt: skip
        self.corrections = Corrections(database, timesheets.day_of)
        self.kiosk = Kiosk(
            timesheets,
            self.corrections,
            Statements(database, punches, self.corrections),
            lambda: AttendanceRules("Europe/Berlin", 300, "s"),
            self.tell,
            self.learning.mistakes,
        )
        sample = Sample(0, 0, "fake-1", vector_of("red"), "test")
        self.red = self.people.add(Person(0, "Red"), [sample]).id
        self.consents = Consents(database)
        self.consents.record(self.red, Consent(ConsentAnswer.GIVEN, date(2026, 3, 1), "the tests"))
        self.gallery = self.learning.gallery("fake-1")
        self.learning.use(TAIL, self.gallery)

    def tell(self, fact: Fact) -> None:
        self.learning.hear(fact)

    def check_in(self, face: Probe, score: float = 0.8) -> int:
        told = self.kiosk.check_in(self.red, how(face, score))
        assert isinstance(told, PunchRecorded)
        return told.punch.id

    def later(self, seconds: float) -> None:
        """Time passes, and somebody unknown walks by."""
        self.clock.advance(seconds)
        self.stranger(0.0)

    def stranger(self, score: float, kind: DecisionKind = DecisionKind.UNKNOWN) -> None:
        decision = Decision(kind, None, score, 0.1, 0.5, 8, "Best.")
        self.tell(UnknownSeen(self.clock.utc(), 1, decision, probe(score)))

    @property
    def samples(self) -> list[str]:
        return [sample.source for sample in self.people.samples(self.red)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = FakeClock()
    with opened(tmp_path / "facedesk.db", clock) as database:
        yield Site(database, clock)


def test_not_me_is_remembered_and_forgotten_again(site: Site) -> None:
    before = site.gallery()
    site.kiosk.reject(site.check_in(probe(0.7)))
    after = site.gallery()
    assert after is not before
    assert after.negatives.nearest(site.red, near(0.7)) == pytest.approx(1.0)
    [mistake] = site.learning.negatives.list(site.red)
    assert mistake.punch_id == 1
    site.clock.advance(180 * DAY_S)  # no change of the database tells that it expired
    assert site.gallery().negatives.nearest(site.red, near(0.7)) == -1.0
    assert site.gallery() is site.gallery()


def test_mistakes_are_not_remembered_where_that_is_off(site: Site) -> None:
    site.settings = replace(site.settings, mistake_days=0)
    site.kiosk.reject(site.check_in(probe(0.7)))
    assert site.learning.negatives.list() == []


def test_a_safe_check_in_becomes_a_sample_when_nobody_took_it_back(site: Site) -> None:
    punch_id = site.check_in(probe(0.8))
    assert site.samples == ["test"]
    site.later(60)
    assert site.samples == ["test", f"check-in:{punch_id}"]
    [renewal] = site.learning.renewals.of_person(site.red)
    assert (renewal.punch_id, renewal.score) == (punch_id, 0.8)
    fresh = site.people.samples(site.red)[-1]
    np.testing.assert_allclose(fresh.vector, near(0.8), atol=1e-6)
    assert fresh.crop_jpeg[:2] == b"\xff\xd8"
    assert site.learning.renewals.undo(site.red)
    assert site.samples == ["test"]


@pytest.mark.parametrize("why", ["setting", "consent", "not me", "mistaken", "unsafe", "pin"])
def test_nothing_is_renewed_without_reason(site: Site, why: str) -> None:
    if why == "setting":
        site.settings = replace(site.settings, renew_samples=False)
    if why == "consent":
        site.consents.record(
            site.red, Consent(ConsentAnswer.WITHDRAWN, date(2026, 3, 1), "the tests")
        )
    if why == "mistaken":
        site.learning.negatives.add(site.red, "fake-1", vector_of("green"), days=10)
    if why == "pin":
        site.kiosk.check_in(site.red, replace(how(probe(0.8)), method=Method.PIN))
    else:
        punch_id = site.check_in(probe(0.8), 0.6 if why == "unsafe" else 0.8)
    if why == "not me":
        site.kiosk.reject(punch_id)
    site.later(60)
    assert site.samples == ["test"]


def test_a_punch_that_turns_out_to_be_wrong_takes_its_sample_along(site: Site) -> None:
    punch_id = site.check_in(probe(0.8))
    site.later(60)
    assert len(site.samples) == 2
    site.corrections.cancel(punch_id, Signature("admin", "that was her sister"))
    assert site.samples == ["test"]


def test_samples_of_enrolment_are_never_replaced(site: Site) -> None:
    for number, other in enumerate(("blue", "green", "yellow", "cyan"), start=1):
        site.check_in(probe(0.8, other))
        site.later(15 * DAY_S)
        assert len(site.samples) == min(1 + number, 3)
    assert site.samples == ["test", "check-in:3", "check-in:4"]


def test_a_near_miss_waits_for_an_admin(site: Site) -> None:
    site.stranger(0.37)  # at 0.38 names are a hundred times as often wrong
    site.stranger(0.45)
    site.stranger(0.6, DecisionKind.PIN_NEEDED)
    newest, first = site.learning.review.waiting()
    assert (first.person_id, first.score, newest.score) == (site.red, 0.45, 0.6)
    assert first.crop_jpeg[:2] == b"\xff\xd8"
    site.learning.review.assign(first, site.red)
    assert site.samples == ["test", f"review:{first.id}"]
    site.learning.review.discard(newest)
    assert site.learning.review.count() == 0
    with pytest.raises(BadInputError):
        site.learning.review.assign(first, site.red)
    assert len(site.samples) == 2


def test_no_near_miss_is_kept_by_default(site: Site) -> None:
    site.settings = Settings()
    site.stranger(0.45)
    assert site.learning.review.count() == 0
