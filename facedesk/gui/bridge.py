"""The only crossing from threads into Qt.

Facts of the engine and callbacks of jobs arrive in worker threads. Here they become queued signals,
so that everything above runs in the GUI thread. Frames never come this way: the window pulls the
newest one on its own timer (`pulse`), so a busy window cannot pile them up.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from facedesk.core.errors import CancelledError
from facedesk.core.facts import Fact

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.jobs import Job, Progress

T = TypeVar("T")


class Task(QObject):
    """One job as the GUI thread sees it; exactly one of `done`, `failed`, `cancelled` is told."""

    progressed = Signal(int, int, str)
    done = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()  # after any of the three
    _finished_in_thread = Signal(object)
    _failed_in_thread = Signal(object)
    _progressed_in_thread = Signal(int, int, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        queued = Qt.ConnectionType.QueuedConnection
        self._finished_in_thread.connect(self._finish, queued)
        self._failed_in_thread.connect(self._fail, queued)
        self._progressed_in_thread.connect(self.progressed, queued)
        self._job: Job | None = None
        self.running = True

    def start(self, desk: "Desk", work: "Callable[[Progress], Any]") -> None:
        """Hand the work to the desk's jobs thread."""
        self._job = desk.jobs.submit(
            work,
            done=self._finished_in_thread.emit,
            failed=self._failed_in_thread.emit,
            progress=self._progressed_in_thread.emit,
        )

    def cancel(self) -> None:
        """Ask the job to stop at its next progress report."""
        if self._job is not None:
            self._job.cancel()

    @Slot(object)
    def _finish(self, result: object) -> None:
        self.running = False
        self.done.emit(result)
        self._end()

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self.running = False
        if isinstance(error, CancelledError):
            self.cancelled.emit()
        else:
            self.failed.emit(error)
        self._end()

    def _end(self) -> None:
        self.ended.emit()
        self.deleteLater()


class Bridge(QObject):
    """Listens to the desk; `fact_told` carries one Fact and is received in the GUI thread."""

    fact_told = Signal(object)
    _fact_in_thread = Signal(object)

    def __init__(self, desk: "Desk", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._fact_in_thread.connect(self.fact_told, Qt.ConnectionType.QueuedConnection)
        self._unlisten = desk.listen(self._hear)

    def _hear(self, fact: Fact) -> None:
        """Called in worker threads: emits and returns, whatever the window is doing."""
        self._fact_in_thread.emit(fact)

    def run(
        self,
        work: "Callable[[Progress], T]",
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> Task:
        """Run `work` in the jobs thread; the callbacks run in the GUI thread.

        A cancelled job calls neither; connect `Task.ended` to learn of every end.
        """
        task = Task(self)
        task.done.connect(done)
        task.failed.connect(failed)
        task.start(self._desk, work)
        return task

    def close(self) -> None:
        """Stop listening; a fact that is already queued is dropped."""
        self._unlisten()
        self.blockSignals(True)
