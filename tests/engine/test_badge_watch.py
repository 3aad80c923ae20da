"""Badges are looked for now and then, after the faces, and told once a visit."""

import threading

import numpy as np
import pytest

from facedesk.core.records import Decision, DecisionKind, Face, Frame, Image, Seen, SeenFace, Track
from facedesk.engine.badge_watch import LOOK_EVERY_S, SAME_BADGE_S, BadgeWatch
from tests.fakes import FakeClock

PICTURE: Image = np.zeros((4, 4, 3), np.uint8)
FACE = Face((0, 0, 10, 10), np.zeros((5, 2), np.float32), 0.9)


class Place:
    """A camera with a badge before it, or not."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.codes: tuple[str, ...] = ()
        self.kinds: tuple[DecisionKind, ...] = ()
        self.wanted = True
        self.seq = 0
        self.looks = 0
        self.found: list[str] = []
        self.found_one = threading.Event()
        self.watch = BadgeWatch(
            lambda: self.wanted, self.newest, lambda: self.read, self.hear, self.clock
        )

    def newest(self) -> tuple[Frame | None, Seen | None]:
        utc = self.clock.utc()
        faces = tuple(
            SeenFace(Track(1, FACE, 5), Decision(kind, None, 0, 0, 0, 1, ""), None)
            for kind in self.kinds
        )
        return Frame(PICTURE, self.seq, 0.0, utc), Seen(self.seq, utc, (4, 4), faces, 1.0)

    def read(self, _image: Image) -> tuple[str, ...]:
        self.looks += 1
        return self.codes

    def hear(self, code: str) -> None:
        self.found.append(code)
        self.found_one.set()

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.seq += 1
            self.clock.advance(LOOK_EVERY_S)
            self.watch.look(self.read)


@pytest.fixture
def place() -> Place:
    return Place()


def test_a_badge_is_told_once_while_it_is_held_up_and_again_at_the_next_visit(
    place: Place,
) -> None:
    place.codes = ("A",)
    place.look(10)
    assert place.found == ["A"]
    place.codes = ()
    place.look(2)
    place.codes = ("A",)
    place.look()
    assert place.found == ["A"]
    place.codes = ()
    place.clock.advance(SAME_BADGE_S)
    place.codes = ("A", "B")
    place.look()
    assert place.found == ["A", "A", "B"]


def test_faces_that_wait_for_a_decision_come_first_but_not_for_ever(place: Place) -> None:
    place.kinds = (DecisionKind.UNKNOWN, DecisionKind.UNDECIDED)
    place.look(3)
    assert place.looks == 0
    place.look()
    assert place.looks == 1
    place.kinds = (DecisionKind.UNKNOWN,)
    place.look(2)
    assert place.looks == 3


def test_nobody_looks_where_nobody_has_a_badge_or_at_the_same_frame_twice(place: Place) -> None:
    place.wanted = False
    place.look(3)
    assert place.looks == 0
    place.wanted = True
    place.look()
    place.watch.look(place.read)
    assert place.looks == 1


def test_the_thread_looks_by_itself_and_ends_when_told(place: Place) -> None:
    place.codes = ("A",)
    place.watch.start()
    place.watch.start()
    assert place.found_one.wait(5)
    assert place.watch.stop() == ()
    assert place.watch.stop() == ()
    assert place.found == ["A"]
