"""The running session against a camera that is unplugged, busy, black, frozen or hanging, against
a slow or broken model, and against time at the end.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from facedesk.core.clock import SystemClock
from facedesk.core.errors import CameraError, CameraTrouble, ModelError
from facedesk.core.facts import CameraChanged, Fact, ProblemFound, ProviderChanged, SourceEnded
from facedesk.core.records import CameraState, Frame, Seen
from facedesk.engine import health
from facedesk.engine.session import Session
from tests.fakes import Black, Busy, Denied, FakeCamera, Frozen, Hang, Lost, Show, Step, picture

ANNA = picture(("red", (100, 100, 150)), size=(320, 240))


class Facts:
    """Collects facts and lets a test wait for one."""

    def __init__(self) -> None:
        self.told: list[Fact] = []
        self._more = threading.Condition()

    def __call__(self, fact: Fact) -> None:
        with self._more:
            self.told.append(fact)
            self._more.notify_all()

    def wait(self, wanted: Callable[[Fact], bool], timeout_s: float = 10) -> None:
        with self._more:
            came = self._more.wait_for(lambda: any(map(wanted, self.told)), timeout_s)
        assert came, f"not told; only {self.told}"

    def wait_camera(self, state: CameraState, trouble: CameraTrouble | None = None) -> None:
        self.wait(
            lambda fact: (
                isinstance(fact, CameraChanged) and (fact.state, fact.trouble) == (state, trouble)
            )
        )

    def camera(self) -> list[tuple[str, str | None]]:
        return [(f.state, f.trouble) for f in self.told if isinstance(f, CameraChanged)]


class FakeWorker:
    provider = "Fake"
    message = ""

    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.seqs: list[int] = []
        self.closed = False
        self.release = threading.Event()
        self._seconds = seconds
        self._error = error

    def work(self, frame: Frame) -> Seen:
        self.seqs.append(frame.seq)
        if self._seconds:
            self.release.wait(self._seconds)
        if self._error:
            raise self._error
        return Seen(frame.seq, frame.utc, frame.size, (), 0.0)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules on a scale of tenths of seconds."""
    monkeypatch.setattr(health, "STALLED_AFTER_S", 0.4)
    monkeypatch.setattr(health, "REOPEN_FROZEN_AFTER_S", 1.0)
    monkeypatch.setattr(health, "RETRY_S", (0.05, 0.1))


@contextmanager
def running(
    *steps: Step, worker: FakeWorker | None = None, live: bool = True, lockstep: bool = False
) -> Iterator[tuple[Session, FakeCamera, Facts, FakeWorker]]:
    camera, facts = FakeCamera(steps, fps=60, live=live), Facts()
    worker = worker or FakeWorker()
    session = Session(camera, lambda: worker, SystemClock(), facts, lockstep=lockstep)
    session.start()
    try:
        yield session, camera, facts, worker
    finally:
        camera.release()
        worker.release.set()
        assert session.stop() == ()
        assert worker.closed


def test_frames_flow_and_the_provider_that_runs_is_told() -> None:
    with running(Show(ANNA, 5)) as (session, _, facts, _worker):
        facts.wait_camera(CameraState.LIVE)
        facts.wait(lambda fact: isinstance(fact, ProviderChanged))
        assert _until(lambda: session.counters.frames_recognised > 5)
        frame, seen = session.frames.peek(), session.seen.peek()
        assert frame is not None
        assert seen is not None
        assert frame.size == (320, 240)
        assert not frame.image.flags.writeable
        assert session.provider == "Fake"
        assert session.given is not None
        live = next(f for f in facts.told if isinstance(f, CameraChanged) and f.state == "live")
        assert live.hint == "320 x 240, 60 frames/s, FAKE"
        assert session.counters.fps > 5
    assert facts.camera()[-1] == ("stopped", None)


@pytest.mark.parametrize(
    ("step", "trouble"),
    [(Lost(2), CameraTrouble.UNPLUGGED), (Busy(2), CameraTrouble.BUSY),
     (Denied(2), CameraTrouble.DENIED)],
)  # fmt: skip
def test_lost_camera_is_told_once_reopened_and_live_again(
    step: Step, trouble: CameraTrouble
) -> None:
    with running(Show(ANNA, 0.2), step, Show(ANNA, 5)) as (_, camera, facts, _worker):
        facts.wait_camera(CameraState.LOST, trouble)
        assert _until(lambda: facts.camera()[-1] == ("live", None))
        assert facts.camera() == [("opening", None), ("live", None), ("lost", trouble),
                                  ("live", None)]  # fmt: skip
        assert camera.opens == 4


def test_camera_that_is_busy_from_the_start_heals() -> None:
    with running(Busy(3), Show(ANNA, 5)) as (_, _camera, facts, _worker):
        assert _until(lambda: facts.camera()[-1] == ("live", None))
        assert facts.camera()[:2] == [("opening", None), ("lost", CameraTrouble.BUSY)]


def test_black_picture_is_told_and_heals() -> None:
    with running(Show(ANNA, 0.2), Black(0.8), Show(ANNA, 5)) as (_, _camera, facts, _worker):
        facts.wait_camera(CameraState.STALLED, CameraTrouble.BLACK)
        assert _until(lambda: facts.camera()[-1] == ("live", None))


def test_hanging_driver_is_noticed_by_another_thread_and_heals() -> None:
    with running(Show(ANNA, 0.2), Hang(), Show(ANNA, 5)) as (_, camera, facts, _worker):
        assert camera.hanging.wait(5)
        facts.wait_camera(CameraState.STALLED, CameraTrouble.FROZEN)
        camera.release()
        assert _until(lambda: facts.camera()[-1] == ("live", None))


def test_frozen_picture_is_told_then_the_camera_is_reopened() -> None:
    with running(Show(ANNA, 0.2), Frozen(ANNA, 1.6), Show(ANNA, 5)) as (_, camera, facts, _w):
        facts.wait_camera(CameraState.STALLED, CameraTrouble.FROZEN)
        assert _until(lambda: camera.opens >= 2)
        assert _until(lambda: facts.camera()[-1] == ("live", None))


def test_old_result_is_not_shown_over_a_lost_camera() -> None:
    with running(Show(ANNA, 0.3), Lost(1000)) as (session, _, facts, _worker):
        facts.wait_camera(CameraState.LOST, CameraTrouble.UNPLUGGED)
        assert _until(lambda: session.seen.peek() is None)


def test_slow_model_skips_frames_and_gets_fresh_ones() -> None:
    with running(Show(ANNA, 5), worker=FakeWorker(seconds=0.15)) as (_, _camera, _facts, worker):
        assert _until(lambda: len(worker.seqs) >= 5)
        steps = [
            after - before for before, after in zip(worker.seqs, worker.seqs[1:], strict=False)
        ]
        assert min(steps) > 1


def test_nobody_looking_for_two_seconds_queues_nothing() -> None:
    """A frozen window does not pull: the boxes hold one frame and one result, whatever the time."""
    with running(Show(ANNA, 5)) as (session, _, _facts, worker):
        assert _until(lambda: len(worker.seqs) > 1)
        time.sleep(2.0)
        frame, seen = session.frames.peek(), session.seen.peek()
        assert frame is not None
        assert seen is not None
        assert frame.seq - seen.seq <= 5
        assert time.monotonic() - frame.monotonic_s < 0.5


def test_lockstep_judges_every_frame_of_a_file_and_tells_the_end_last() -> None:
    with running(Show(ANNA, 0.5), live=False, lockstep=True, worker=FakeWorker(seconds=0.02)) as (
        session,
        camera,
        facts,
        worker,
    ):
        facts.wait(lambda fact: isinstance(fact, SourceEnded))
        assert worker.seqs == list(range(camera.frames))
        assert session.counters.frames_recognised == camera.frames
        assert isinstance(facts.told[-1], SourceEnded)


def test_model_that_is_missing_is_told_and_the_picture_stays() -> None:
    camera, facts = FakeCamera([Show(ANNA, 5)], fps=60), Facts()

    def fail() -> FakeWorker:
        raise ModelError("No face embedder is installed", "", "Install one.")

    session = Session(camera, fail, SystemClock(), facts)
    session.start()
    facts.wait(lambda fact: isinstance(fact, ProblemFound) and "embedder" in fact.title)
    facts.wait_camera(CameraState.LIVE)
    assert session.stop() == ()


def test_model_that_fails_on_every_frame_is_told_once() -> None:
    worker = FakeWorker(error=ModelError("The model does not run"))
    with running(Show(ANNA, 5), worker=worker) as (_, _camera, facts, _worker):
        assert _until(lambda: len(worker.seqs) > 5)
        assert sum(isinstance(fact, ProblemFound) for fact in facts.told) == 1


def test_file_that_cannot_be_read_ends_the_session_with_the_reason() -> None:
    class Broken(FakeCamera):
        def read(self) -> None:
            raise CameraError(CameraTrouble.ENDED, "The video is damaged", "x.avi")

    facts = Facts()
    session = Session(Broken([], live=False), FakeWorker, SystemClock(), facts)
    session.start()
    facts.wait(lambda fact: isinstance(fact, SourceEnded))
    assert [f.title for f in facts.told if isinstance(f, ProblemFound)] == ["The video is damaged"]
    assert session.stop() == ()


def test_stop_names_a_stuck_thread_within_its_budget() -> None:
    camera, facts = FakeCamera([Show(ANNA, 0.1), Hang()], fps=60), Facts()
    session = Session(camera, FakeWorker, SystemClock(), facts)
    session.start()
    assert camera.hanging.wait(5)
    started_s = time.monotonic()
    assert session.stop(timeout_s=0.3) == ("capture",)
    assert time.monotonic() - started_s < 1.0
    assert facts.camera()[-1] == ("stopped", None)
    camera.release()
    assert session.stop() == ()


def test_stop_without_start_and_twice() -> None:
    session = Session(FakeCamera([Show(ANNA, 1)]), FakeWorker, SystemClock(), Facts())
    assert session.stop() == ()
    assert session.stop() == ()


def _until(holds: Callable[[], bool], timeout_s: float = 10) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.01)
    return True
