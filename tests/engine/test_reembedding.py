"""A new model takes over when it has read everybody, and not before."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.errors import CancelledError
from facedesk.core.records import Person, Sample
from facedesk.engine.reembedding import Succession, reembed
from facedesk.engine.world import LoadedModels
from facedesk.settings import Settings
from facedesk.store.people import People
from facedesk.vision.align import KEPT_SIZE_PX
from facedesk.vision.pictures import encode_jpeg
from tests.databases import opened
from tests.fakes import FakeClock, FakeDetector, FakeEmbedder, vector_of

COLOURS = ("red", "green", "blue", "yellow")
BGR = {"red": (0, 0, 255), "green": (0, 255, 0), "blue": (255, 0, 0), "yellow": (0, 255, 255)}


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    with opened(tmp_path / "facedesk.db", FakeClock()) as database:
        yield People(database)


def crop(colour: str) -> bytes:
    return encode_jpeg(np.full((KEPT_SIZE_PX, KEPT_SIZE_PX, 3), BGR[colour], np.uint8), 95)


def hire(people: People, colour: str, *, kept: bool = True) -> Person:
    old = np.zeros(16, np.float32)
    old[0] = 1.0
    return people.add(
        Person(0, colour), [Sample(0, 0, "old", old, "t", crop(colour) if kept else b"")] * 2
    )


def quiet(_done: int, _total: int, _text: str) -> None: ...


def test_everybody_is_known_to_the_new_model_at_once(people: People) -> None:
    hired = [hire(people, colour) for colour in COLOURS]
    unkept = hire(people, "red", kept=False)
    told: list[tuple[int, int]] = []
    embedder = FakeEmbedder("new")
    assert reembed(people, embedder, lambda done, total, _: told.append((done, total))) == 8
    gallery = people.gallery("new")
    assert gallery.person_ids.tolist() == [p.id for p in hired for _ in range(2)]
    assert float(gallery.vectors[0] @ vector_of("red")) > 0.99
    assert people.gallery("old").person_ids.tolist() == [unkept.id] * 2  # needs new photos
    assert people.known_to("new") == {person.id for person in hired}
    assert told[-1] == (8, 8)
    assert people.portrait(hired[0].id) == crop("red")
    assert reembed(people, embedder, quiet) == 0


def test_the_old_vectors_stand_until_the_last_is_read(people: People) -> None:
    for number in range(10):
        hire(people, COLOURS[number % 4])
    before = people.generation()

    def stop(done: int, _total: int, _text: str) -> None:
        assert people.gallery("new").people == 0
        assert people.gallery("old").people == 10
        if done:
            raise CancelledError("Cancelled")

    with pytest.raises(CancelledError):
        reembed(people, FakeEmbedder("new"), stop)
    assert people.generation() == before


def test_somebody_enrolled_meanwhile_is_read_as_well(people: People) -> None:
    hire(people, "red")
    came: list[Person] = []

    def somebody_comes(done: int, total: int, _text: str) -> None:
        if done == total == 2 and not came:
            came.append(hire(people, "blue"))

    assert reembed(people, FakeEmbedder("new"), somebody_comes) == 4
    assert came[0].id in people.known_to("new")


def test_a_damaged_picture_keeps_nobody_else_waiting(people: People) -> None:
    good = hire(people, "red")
    bad = people.add(Person(0, "Bad"), [Sample(0, 0, "old", people.samples(good.id)[0].vector, "t",
                                               b"\xff\xd8 no picture")])  # fmt: skip
    assert reembed(people, FakeEmbedder("new"), quiet) == 2
    assert people.known_to("old") == {bad.id}


@pytest.fixture
def succession(people: People) -> Succession:
    """An update took the model "old" away; "new" is installed."""

    def load(_settings: Settings) -> LoadedModels:
        return LoadedModels(FakeDetector(), FakeEmbedder("new"), {}, "FakeProvider")

    found = Succession(people, load)
    found.replaced = True
    return found


def test_the_successor_of_a_model_reads_everybody_and_says_whom_it_cannot(
    people: People, succession: Succession
) -> None:
    read = hire(people, "red")
    hire(people, "blue", kept=False)
    assert succession.take_over(Settings(), lambda: False) is not None
    assert people.known_to("new") == {read.id}
    assert (succession.replaced, succession.progress) == (False, None)
    assert succession.take_over(Settings(), lambda: True) is None  # done: nothing to stop


def test_a_stop_leaves_the_reading_to_the_next_start(
    people: People, succession: Succession
) -> None:
    hire(people, "red")
    assert succession.take_over(Settings(), lambda: True) is None
    assert (succession.replaced, people.known_to("new")) == (True, frozenset())
    assert succession.take_over(Settings(), lambda: False) is None
    assert len(people.known_to("new")) == 1
