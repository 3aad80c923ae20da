"""Capture thread + recognise thread + watchdog: one running camera from start to stop.

Capture reads into `frames` (newest wins); recognise takes the newest, works, and puts into `seen`;
the watchdog judges silence, because a thread that hangs in a driver cannot. The source is opened,
read and closed only in the capture thread.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from facedesk.core.clock import Clock
from facedesk.core.errors import BadInputError, CameraError, CameraTrouble, FaceDeskError
from facedesk.core.facts import Fact, ProblemFound, ProviderChanged, SourceEnded
from facedesk.core.language import tr
from facedesk.core.records import CameraState, Frame, Image, Seen
from facedesk.engine.health import CameraHealth
from facedesk.engine.latest import Latest
from facedesk.vision.camera import FrameSource, Given
from facedesk.vision.picture_health import fingerprint, is_black

log = logging.getLogger(__name__)
_WATCHDOG_S = 0.25
_STOP_BUDGET_S = 3.0


class Worker(Protocol):
    """What the recognise thread runs, built and closed IN that thread (models are not shared)."""

    provider: str
    message: str  # why it is not what was asked for; '' when it is

    def work(self, frame: Frame) -> Seen: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Counters:
    """`fps` is recognised frames a second, over the last two seconds."""

    frames_read: int
    frames_recognised: int
    fps: float


class Session:
    """Started once, stopped once; a new camera or model means a new session.

    `lockstep` makes capture wait for recognition: every frame of a file is judged, none skipped.
    `tell` is called in worker threads.
    """

    def __init__(
        self,
        source: FrameSource,
        make_worker: Callable[[], Worker],
        clock: Clock,
        tell: Callable[[Fact], None],
        *,
        lockstep: bool = False,
    ) -> None:
        self.frames: Latest[Frame] = Latest()
        self.seen: Latest[Seen] = Latest()
        self.health = CameraHealth(clock, tell, live=source.live)
        self.provider = ""
        self.given: Given | None = None
        self._source = source
        self._make_worker = make_worker
        self._clock = clock
        self._tell = tell
        self._lockstep = lockstep
        self._stop = threading.Event()
        self._frames_read = 0
        self._frames_recognised = 0
        self._recognised_at_s: deque[float] = deque(maxlen=120)
        self._progress = threading.Condition()
        self._done_seq = -1
        self._worker_gone = False
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for name, run in (
                ("capture", self._capture),
                ("recognise", self._recognise),
                ("watchdog", self._watch),
            )
        ]

    @property
    def state(self) -> CameraState:
        return self.health.state

    @property
    def source_name(self) -> str:
        return self._source.name

    @property
    def source_identity(self) -> str:
        return self._source.identity

    @property
    def source_live(self) -> bool:
        """A camera or stream, not a file."""
        return self._source.live

    @property
    def counters(self) -> Counters:
        now_s = time.monotonic()
        recent = [moment for moment in list(self._recognised_at_s) if now_s - moment <= 2.0]
        fps = (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 else 0.0
        return Counters(self._frames_read, self._frames_recognised, fps)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = _STOP_BUDGET_S) -> tuple[str, ...]:
        """Idempotent. Returns within `timeout_s`: the names of threads that did not end."""
        self._stop.set()
        self.frames.close()
        with self._progress:
            self._progress.notify_all()
        deadline_s = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread.ident is not None and thread is not threading.current_thread():
                thread.join(max(0.0, deadline_s - time.monotonic()))
        stuck = tuple(thread.name for thread in self._threads if thread.is_alive())
        if stuck:
            log.error("threads that did not end in %.1f s: %s", timeout_s, ", ".join(stuck))
        self.health.stopped()
        self.seen.close()
        return stuck

    # Capture thread -----------------------------------------------------------------------------

    def _capture(self) -> None:
        while not self._stop.is_set():
            self.health.opening()
            try:
                self.given = self._source.open()
                self.health.opened(_described(self.given))
                log.info("source opened: %s", self.given)
                ended = self._read_until_end()
            except CameraError as error:
                if not self._source.live:
                    self._give_up(error)
                    return
                log.warning("camera lost: %s", error.trouble)
                self.seen.clear()
                self._stop.wait(self.health.failed(error))
            except BadInputError as error:
                self._give_up(error)
                return
            else:
                if ended:
                    self.health.stopped(tr("The end of the file is reached"))
                    self._tell(SourceEnded(self._clock.utc(), self._frames_read))
                    return
            finally:
                self._source.close()

    def _read_until_end(self) -> bool:
        """Read frames until told to stop (False) or until the source ends (True)."""
        while not self._stop.is_set():
            image = self._source.read()
            if image is None:
                # Facts of the last frame come before the end is told.
                self._wait_recognised()
                return not self._stop.is_set()
            self._take_in(image)
            if self._lockstep:
                self._wait_recognised()
            if self.health.must_reopen():
                raise CameraError(
                    CameraTrouble.FROZEN,
                    tr("The camera picture stands still"),
                    hint=tr("Reopening the camera."),
                )
        return False

    def _take_in(self, image: Image) -> None:
        image.setflags(write=False)
        now_s, utc = self._clock.monotonic_s(), self._clock.utc()
        self.health.frame(fingerprint(image), black=is_black(image))
        self.frames.put(Frame(image, self._frames_read, now_s, utc))
        self._frames_read += 1

    def _wait_recognised(self) -> None:
        """Until the newest frame is worked through, the worker is gone, or the session stops."""
        with self._progress:
            self._progress.wait_for(
                lambda: (
                    self._done_seq >= self._frames_read - 1
                    or self._worker_gone
                    or self._stop.is_set()
                )
            )

    def _give_up(self, error: FaceDeskError) -> None:
        """A file that cannot be read will not heal by waiting."""
        self._problem(error)
        self._tell(SourceEnded(self._clock.utc(), self._frames_read))

    # Recognise thread ---------------------------------------------------------------------------

    def _recognise(self) -> None:
        try:
            worker = self._make_worker()
        except FaceDeskError as error:
            self._problem(error)
            self._mark(done_seq=self._done_seq, gone=True)
            return
        self.provider = worker.provider
        self._tell(ProviderChanged(self._clock.utc(), worker.provider, worker.message))
        try:
            self._work_through(worker)
        finally:
            worker.close()
            self._mark(done_seq=self._done_seq, gone=True)

    def _work_through(self, worker: Worker) -> None:
        told: str | None = None
        while not self._stop.is_set():
            frame = self.frames.take(0.5)
            if frame is None:
                continue
            try:
                self.seen.put(worker.work(frame))
                told = None
            except FaceDeskError as error:
                # Told on entering; a model that fails on every frame must not fill the log.
                if told != error.title:
                    told = error.title
                    self._problem(error)
            self._frames_recognised += 1
            self._recognised_at_s.append(time.monotonic())
            self._mark(done_seq=frame.seq, gone=False)

    def _mark(self, *, done_seq: int, gone: bool) -> None:
        with self._progress:
            self._done_seq, self._worker_gone = done_seq, gone
            self._progress.notify_all()

    def _problem(self, error: FaceDeskError) -> None:
        log.error("session: %s", error.title)
        self._tell(ProblemFound(self._clock.utc(), error.title, error.message, error.hint))

    # Watchdog thread ----------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._stop.wait(_WATCHDOG_S):
            self.health.tick()


def _described(given: Given) -> str:
    """What a source really gives, for people: "1280 x 720, 30 frames/s, MJPG"."""
    parts = [f"{given.width_px} x {given.height_px}"]
    if given.fps:
        parts.append(tr("{fps:g} frames/s", fps=round(given.fps, 1)))
    if given.pixel_format:
        parts.append(given.pixel_format)
    return ", ".join(parts)
