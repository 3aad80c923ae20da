"""The camera's state: each told once on change, five honest troubles, and healing."""

from itertools import count

import pytest

from facedesk.core.errors import CameraError, CameraTrouble
from facedesk.core.facts import CameraChanged
from facedesk.core.records import CameraState
from facedesk.engine.health import RETRY_S, CameraHealth
from tests.fakes import FakeClock


class Watched:
    def __init__(self, *, live: bool = True) -> None:
        self.clock = FakeClock()
        self.told: list[CameraChanged] = []
        self.health = CameraHealth(self.clock, self.told.append, live=live)
        self._numbers = count(1)

    def frames(self, seconds: float, *, black: bool = False, same: bool = False) -> None:
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            self.health.frame(0 if same else next(self._numbers), black=black)

    def silence(self, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            self.health.tick()

    def states(self) -> list[tuple[CameraState, CameraTrouble | None]]:
        return [(fact.state, fact.trouble) for fact in self.told]


@pytest.fixture
def watched() -> Watched:
    watched = Watched()
    watched.health.opening()
    watched.health.opened()
    return watched


OPENING = (CameraState.OPENING, None)
LIVE = (CameraState.LIVE, None)


def test_opening_then_live_each_told_once(watched: Watched) -> None:
    watched.frames(5)
    watched.silence(1)
    assert watched.states() == [OPENING, LIVE]


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [("silence", CameraTrouble.FROZEN), ("same", CameraTrouble.FROZEN),
     ("black", CameraTrouble.BLACK)],
)  # fmt: skip
def test_stall_is_told_once_and_heals(watched: Watched, kind: str, trouble: CameraTrouble) -> None:
    watched.frames(1)
    if kind == "silence":
        watched.silence(5)
    else:
        watched.frames(5, black=kind == "black", same=kind == "same")
    watched.frames(1)
    assert watched.states() == [OPENING, LIVE, (CameraState.STALLED, trouble), LIVE]
    assert watched.told[2].message
    assert watched.told[2].hint


def test_short_dark_or_silent_moments_are_nothing(watched: Watched) -> None:
    watched.frames(1)
    watched.frames(1.5, black=True)
    watched.frames(1)
    watched.silence(1.5)
    watched.frames(1)
    assert watched.states() == [OPENING, LIVE]


def test_stalled_for_one_reason_then_for_another(watched: Watched) -> None:
    watched.frames(1)
    watched.frames(3, black=True)
    watched.silence(3)
    assert [state[1] for state in watched.states()[2:]] == [
        CameraTrouble.BLACK,
        CameraTrouble.FROZEN,
    ]


def test_lost_camera_waits_longer_each_time_and_is_told_once(watched: Watched) -> None:
    watched.frames(1)
    error = CameraError(CameraTrouble.UNPLUGGED, "The camera is unplugged", "C920", "Plug it in.")
    waits = []
    for _ in range(8):
        waits.append(watched.health.failed(error))
        assert watched.health.retry_at_s == watched.clock.monotonic_s() + waits[-1]
        watched.clock.advance(waits[-1])
        watched.health.opening()
    assert waits == [*RETRY_S, RETRY_S[-1], RETRY_S[-1]]
    assert watched.states() == [OPENING, LIVE, (CameraState.LOST, CameraTrouble.UNPLUGGED)]
    assert (watched.told[2].message, watched.told[2].hint) == (error.title, "Plug it in.")
    watched.health.opened()
    assert watched.health.retry_at_s == 0.0
    watched.frames(1)
    assert watched.states()[3:] == [LIVE]
    assert watched.health.failed(error) == RETRY_S[0]


def test_unplugged_becoming_busy_is_a_change(watched: Watched) -> None:
    for trouble in (CameraTrouble.UNPLUGGED, CameraTrouble.BUSY, CameraTrouble.DENIED):
        watched.health.failed(CameraError(trouble, trouble))
    assert [state[1] for state in watched.states()[1:]] == ["unplugged", "busy",
                                                            "permission denied"]  # fmt: skip


def test_frozen_for_long_asks_for_a_reopen(watched: Watched) -> None:
    watched.frames(5, same=True)
    assert not watched.health.must_reopen()
    watched.frames(6, same=True)
    assert watched.health.must_reopen()
    watched.frames(0.1)
    assert not watched.health.must_reopen()


def test_file_may_stand_still_and_be_black() -> None:
    watched = Watched(live=False)
    watched.health.opening()
    watched.health.opened()
    watched.frames(30, black=True, same=True)
    watched.silence(5)
    assert watched.states() == [OPENING, LIVE]
    assert not watched.health.must_reopen()


def test_stopped_is_the_end(watched: Watched) -> None:
    watched.health.stopped()
    watched.health.stopped()
    watched.frames(1)
    watched.silence(5)
    assert watched.states() == [OPENING, (CameraState.STOPPED, None)]
