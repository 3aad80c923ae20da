"""One worker thread for slow one-offs: model load, import, export, backup.

One at a time and in order, so that two imports never race; the window stays free meanwhile.
"""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from facedesk.core.errors import CancelledError, FaceDeskError
from facedesk.core.language import tr

log = logging.getLogger(__name__)
T = TypeVar("T")
_Work = tuple["Job", Callable[["Progress"], Any], Callable[[Any], None], Callable[..., None]]


class Job:
    """A submitted piece of work; `cancel` asks it to stop at its next progress report."""

    def __init__(self, watch: Callable[[int, int, str], None] | None) -> None:
        self._cancelled = threading.Event()
        self._watch = watch

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def report(self, done: int, total: int, text: str) -> None:
        if self.cancelled:
            raise CancelledError(tr("Cancelled"))
        if self._watch:
            self._watch(done, total, text)


class Progress:
    """Handed to the work: `progress(done, total, text)` reports, and raises once cancelled."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Raises CancelledError after `Job.cancel`: let it pass, the work must keep nothing."""
        self._job.report(done, total, text)


class Jobs:
    """The worker. Callbacks run on ITS thread; the window crosses over through gui.bridge."""

    def __init__(self, name: str = "jobs") -> None:
        self._name = name
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._current: Job | None = None
        self._stopping = False
        self._lock = threading.Lock()

    def submit(
        self,
        work: Callable[[Progress], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Job:
        """Queue `work`; exactly one of `done(result)` and `failed(exception)` follows."""
        job = Job(progress)
        with self._lock:
            if self._stopping:
                job.cancel()
                failed(CancelledError(tr("Cancelled"), tr("FaceDesk is closing.")))
                return job
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._queue.put((job, work, done, failed))
        return job

    def stop(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        """Cancel what runs and what waits. The names of threads that did not end."""
        with self._lock:
            self._stopping = True
            thread, current = self._thread, self._current
        if current:
            current.cancel()
        if thread is None:
            return ()
        self._queue.put(None)
        thread.join(timeout_s)
        return (thread.name,) if thread.is_alive() else ()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            job, work, done, failed = item
            self._current = job
            if self._stopping:
                job.cancel()
            try:
                job.report(0, 0, "")
                result = work(Progress(job))
            except Exception as error:
                foreseen = isinstance(error, FaceDeskError)  # told to whoever asked for it
                log.log(
                    logging.INFO if foreseen else logging.ERROR,
                    "a job failed: %s", type(error).__name__,
                )  # fmt: skip
                failed(error)
            else:
                done(result)
            finally:
                self._current = None
