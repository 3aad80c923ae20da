"""Badges held to the camera: a thread that looks at the newest frame now and then."""

import logging
import threading
from collections.abc import Callable, Sequence

from facedesk.core.clock import Clock
from facedesk.core.errors import FaceDeskError
from facedesk.core.records import DecisionKind, Frame, Image, Seen

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.4
SAME_BADGE_S = 8.0  # a badge that stays before the camera, or comes back at once, is one visit
_FACES_FIRST = 3  # looks in a row that are left out while a face is being decided


class BadgeWatch:
    """Reads codes when no face waits for its decision, and when somebody has a badge at all.

    `start` and `stop` are idempotent. `found` is called in the thread.
    """

    def __init__(
        self,
        wanted: Callable[[], bool],
        newest: Callable[[], tuple[Frame | None, Seen | None]],
        make_reader: Callable[[], Callable[[Image], Sequence[str]]],
        found: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._wanted = wanted
        self._newest = newest
        self._make_reader = make_reader
        self._found = found
        self._clock = clock
        self._last_seq = -1
        self._left_out = 0
        self._last_seen_s: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="badges", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> tuple[str, ...]:
        """The names of threads that did not end."""
        thread, self._thread = self._thread, None
        self._stop.set()
        if thread is None:
            return ()
        thread.join(timeout_s)
        return (thread.name,) if thread.is_alive() else ()

    def look(self, read: Callable[[Image], Sequence[str]]) -> None:
        """One look at the newest frame."""
        frame, seen = self._newest()
        if frame is None or frame.seq == self._last_seq or not self._wanted():
            return
        if _face_pending(seen) and self._left_out < _FACES_FIRST:
            self._left_out += 1
            return
        self._left_out = 0
        self._last_seq = frame.seq
        now_s = self._clock.monotonic_s()
        self._last_seen_s = {
            code: at_s for code, at_s in self._last_seen_s.items() if now_s - at_s < SAME_BADGE_S
        }
        for code in read(frame.image):
            new = code not in self._last_seen_s
            self._last_seen_s[code] = now_s
            if new:
                self._found(code)

    def _run(self) -> None:
        read = self._make_reader()
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.look(read)
            except FaceDeskError as error:
                log.error("no look for badges: %s", error.title)


def _face_pending(seen: Seen | None) -> bool:
    return seen is not None and any(
        face.decision.kind is DecisionKind.UNDECIDED for face in seen.faces
    )
