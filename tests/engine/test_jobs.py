"""The jobs worker: order, results, failures, progress, cancelling, closing."""

import threading
from typing import Any

import pytest

from facedesk.core.errors import BadInputError, CancelledError
from facedesk.engine.jobs import Jobs, Progress


class Outcome:
    """Collects what a job told; `wait` for it."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.errors: list[Exception] = []
        self.reports: list[tuple[int, int, str]] = []
        self._told = threading.Event()

    def done(self, result: Any) -> None:
        self.results.append(result)
        self._told.set()

    def failed(self, error: Exception) -> None:
        self.errors.append(error)
        self._told.set()

    def progress(self, done: int, total: int, text: str) -> None:
        self.reports.append((done, total, text))

    def wait(self) -> None:
        assert self._told.wait(5), "the job told nothing"


@pytest.fixture
def jobs() -> Any:
    jobs = Jobs()
    yield jobs
    assert jobs.stop() == ()


def test_result_and_progress(jobs: Jobs) -> None:
    outcome = Outcome()

    def work(progress: Progress) -> str:
        progress(1, 2, "half")
        return threading.current_thread().name

    jobs.submit(work, done=outcome.done, failed=outcome.failed, progress=outcome.progress)
    outcome.wait()
    assert outcome.results == ["jobs"]
    assert (1, 2, "half") in outcome.reports


@pytest.mark.parametrize("error", [BadInputError("No face"), RuntimeError("a bug")])
def test_failure_is_told_and_the_worker_lives_on(jobs: Jobs, error: Exception) -> None:
    first, second = Outcome(), Outcome()

    def fail(_: Progress) -> None:
        raise error

    jobs.submit(fail, done=first.done, failed=first.failed)
    jobs.submit(lambda _: 1, done=second.done, failed=second.failed)
    second.wait()
    assert first.errors == [error]
    assert second.results == [1]


def test_cancel_stops_at_the_next_report(jobs: Jobs) -> None:
    outcome, started, go_on = Outcome(), threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        started.set()
        go_on.wait(5)
        progress(1, 2)
        pytest.fail("went on after cancel")

    job = jobs.submit(work, done=outcome.done, failed=outcome.failed)
    assert started.wait(5)
    job.cancel()
    go_on.set()
    outcome.wait()
    assert isinstance(outcome.errors[0], CancelledError)


def test_job_cancelled_while_waiting_never_starts(jobs: Jobs) -> None:
    blocker, outcome, go_on = Outcome(), Outcome(), threading.Event()
    jobs.submit(lambda _: go_on.wait(5), done=blocker.done, failed=blocker.failed)
    job = jobs.submit(lambda _: pytest.fail("ran"), done=outcome.done, failed=outcome.failed)
    job.cancel()
    go_on.set()
    outcome.wait()
    assert isinstance(outcome.errors[0], CancelledError)


def test_stop_cancels_what_runs_and_refuses_what_comes() -> None:
    jobs, outcome, late, started = Jobs(), Outcome(), Outcome(), threading.Event()

    def work(progress: Progress) -> None:
        started.set()
        while True:
            progress(0, 0)

    jobs.submit(work, done=outcome.done, failed=outcome.failed)
    assert started.wait(5)
    assert jobs.stop() == ()
    jobs.submit(lambda _: 1, done=late.done, failed=late.failed)
    late.wait()
    assert isinstance(late.errors[0], CancelledError)


def test_stop_names_a_worker_that_does_not_end() -> None:
    jobs, outcome, started, go_on = Jobs(), Outcome(), threading.Event(), threading.Event()

    def work(_: Progress) -> None:
        started.set()
        go_on.wait(10)

    jobs.submit(work, done=outcome.done, failed=outcome.failed)
    assert started.wait(5)
    assert jobs.stop(timeout_s=0.05) == ("jobs",)
    go_on.set()
    outcome.wait()
