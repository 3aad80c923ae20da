"""What the enrolment says about a picture before anything is saved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.errors import BadInputError
from facedesk.core.records import Frame, Image, Person
from facedesk.engine.enrolment import Enrolment
from facedesk.engine.gallery import GalleryCache
from facedesk.engine.latest import Latest
from facedesk.store.people import People
from tests.databases import opened
from tests.fakes import FakeClock, FakeDetector, FakeEmbedder, picture, vector_of, wall


class Bench:
    """An enrolment on a real store; people are coloured squares."""

    def __init__(self, root: Path) -> None:
        self.clock = FakeClock()
        self.database = opened(root / "facedesk.sqlite", SystemClock())
        self.people = People(self.database)
        self.frames: Latest[Frame] = Latest()
        embedder = FakeEmbedder()
        self.enrolment = Enrolment(
            self.people, FakeDetector(), embedder, GalleryCache(self.people, embedder.contract),
            self.frames.peek, self.clock, same_person_score=0.6, agreement_score=0.5,
            sure_score=0.6,
            keep_crops=True,
        )  # fmt: skip

    def show(self, image: Image) -> None:
        self.frames.put(Frame(image, 0, self.clock.monotonic_s(), self.clock.utc()))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.database.close()


RED = picture(("red", (220, 120, 180)))


def test_a_look_at_the_camera_tells_the_nearest_face(bench: Bench) -> None:
    bench.show(picture(("blue", (20, 20, 100)), ("red", (300, 150, 180))))
    glimpse = bench.enrolment.examine_newest().glimpse(7.0)
    assert glimpse.at_s == 7.0
    assert glimpse.face is not None
    assert glimpse.face.width_px == pytest.approx(180, abs=2)
    assert glimpse.vector is not None
    assert float(glimpse.vector @ vector_of("red")) > 0.99
    assert glimpse.others == 1


def test_somebody_far_behind_does_not_count_as_a_second_person(bench: Bench) -> None:
    bench.show(picture(("blue", (20, 20, 60)), ("red", (300, 150, 180))))
    assert bench.enrolment.examine_newest().glimpse(0.0).others == 0


def test_nobody_is_a_look_too(bench: Bench) -> None:
    bench.show(wall())
    glimpse = bench.enrolment.examine_newest().glimpse(0.0)
    assert (glimpse.face, glimpse.quality, glimpse.vector) == (None, None, None)


def test_without_a_frame_there_is_no_photo(bench: Bench) -> None:
    with pytest.raises(BadInputError, match="No camera picture"):
        bench.enrolment.examine_newest()


def test_a_draft_names_whom_it_looks_like(bench: Bench) -> None:
    draft = bench.enrolment.draft(bench.enrolment.examine(RED, "test"))
    assert draft.similar is None
    saved = bench.enrolment.enrol(Person(0, "Ada"), [draft])
    again = bench.enrolment.draft(bench.enrolment.examine(RED, "test"))
    assert again.similar is not None
    assert (again.similar.person_id, again.similar.name) == (saved.id, "Ada")


def test_saved_samples_carry_the_contract_of_the_rules(bench: Bench) -> None:
    draft = bench.enrolment.draft(bench.enrolment.examine(RED, "test"))
    person = bench.enrolment.enrol(Person(0, "Ada"), [draft])
    (sample,) = bench.people.samples(person.id)
    assert sample.contract == bench.enrolment.rules.contract
