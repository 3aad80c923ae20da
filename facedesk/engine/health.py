"""The camera's state, with ONE owner: this machine.

`opening -> live -> stalled -> lost(retry in s) -> live -> stopped`. Facts come in from the capture
thread (opened, frame, failed) and the passing of time from the watchdog thread (tick), which cannot
be the thread that hangs in the driver. Every change is told once, on entering.
"""

import threading
from collections.abc import Callable

from facedesk.core.clock import Clock
from facedesk.core.errors import CameraError, CameraTrouble
from facedesk.core.facts import CameraChanged
from facedesk.core.language import tr
from facedesk.core.records import CameraState

STALLED_AFTER_S = 2.0
REOPEN_FROZEN_AFTER_S = 10.0
RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)

_STALLS: dict[CameraTrouble, tuple[str, str]] = {
    CameraTrouble.FROZEN: (
        "The camera picture stands still",
        "Waiting for it to move again; it will be reopened by itself.",
    ),
    CameraTrouble.BLACK: (
        "The camera picture is black",
        "Is the lens covered, the shutter closed, or the room dark?",
    ),
}


class CameraHealth:
    """Thread-safe. `tell` is called outside the lock, in the thread that caused the change."""

    def __init__(self, clock: Clock, tell: Callable[[CameraChanged], None], *, live: bool) -> None:
        self._clock = clock
        self._tell = tell
        self._live = live  # files may stand still or be black: that is their content
        self._lock = threading.Lock()
        self._state = CameraState.OPENING
        self._trouble: CameraTrouble | None = None
        self._last_frame_s = self._last_change_s = self._last_light_s = clock.monotonic_s()
        self._fingerprint: int | None = None
        self._failures = 0
        self._gives = ""
        self._retry_at_s = 0.0

    @property
    def state(self) -> CameraState:
        return self._state

    @property
    def retry_at_s(self) -> float:
        """When a lost camera is tried again (monotonic); 0.0 while it is not waited for.

        Only the first wait is told as a fact: the state does not change with the next ones.
        """
        return self._retry_at_s

    def opening(self) -> None:
        """The capture thread starts to open. On a retry a lost camera stays lost until it lives:
        a message that blinks helps nobody.
        """
        if self._state is not CameraState.LOST:
            self._enter(CameraState.OPENING, None, tr("Opening the camera"))

    def opened(self, gives: str = "") -> None:
        """The source is open and gives, in words, this size, rate and coding."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._gives = gives
            self._retry_at_s = 0.0
            self._last_frame_s = self._last_change_s = self._last_light_s = now_s
            self._fingerprint = None

    def frame(self, fingerprint: int, *, black: bool) -> None:
        """A picture came; `fingerprint` is equal only for identical pictures."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._failures = 0
            self._last_frame_s = now_s
            if fingerprint != self._fingerprint:
                self._fingerprint, self._last_change_s = fingerprint, now_s
            if not black:
                self._last_light_s = now_s
        trouble = self._judge(now_s)
        if trouble is None:
            self._enter(CameraState.LIVE, None, tr("The camera is working"), self._gives)
        else:
            self._stall(trouble)

    def failed(self, error: CameraError) -> float:
        """Opening or reading failed. Seconds to wait before the next try: 1, 2, 4 ... 30."""
        with self._lock:
            retry_s = RETRY_S[min(self._failures, len(RETRY_S) - 1)]
            self._failures += 1
            self._retry_at_s = self._clock.monotonic_s() + retry_s
        self._enter(
            CameraState.LOST, error.trouble, error.title, error.hint or error.message, retry_s
        )
        return retry_s

    def tick(self) -> None:
        """Time passed: judge a camera that should be delivering."""
        if self._state in (CameraState.LIVE, CameraState.STALLED):
            trouble = self._judge(self._clock.monotonic_s())
            if trouble is not None:
                self._stall(trouble)

    def must_reopen(self) -> bool:
        """Whether frames come but have been identical for so long that a reopen is due."""
        now_s = self._clock.monotonic_s()
        return self._live and now_s - self._last_change_s > REOPEN_FROZEN_AFTER_S

    def stopped(self, message: str = "") -> None:
        self._enter(CameraState.STOPPED, None, message or tr("The camera is off"))

    def _judge(self, now_s: float) -> CameraTrouble | None:
        if not self._live:
            return None
        with self._lock:
            if now_s - self._last_frame_s > STALLED_AFTER_S:
                return CameraTrouble.FROZEN
            # A covered lens is black AND still: black is the more useful message.
            if now_s - self._last_light_s > STALLED_AFTER_S:
                return CameraTrouble.BLACK
            if now_s - self._last_change_s > STALLED_AFTER_S:
                return CameraTrouble.FROZEN
        return None

    def _stall(self, trouble: CameraTrouble) -> None:
        title, hint = _STALLS[trouble]
        self._enter(CameraState.STALLED, trouble, tr(title), tr(hint))

    def _enter(
        self,
        state: CameraState,
        trouble: CameraTrouble | None,
        message: str,
        hint: str = "",
        retry_s: float = 0.0,
    ) -> None:
        with self._lock:
            if self._state is CameraState.STOPPED:
                return  # nothing a late thread says can wake a stopped camera
            same = (state, trouble) == (self._state, self._trouble)
            first_opening = state is CameraState.OPENING and self._failures == 0
            if same and not first_opening:
                return
            self._state, self._trouble = state, trouble
        self._tell(CameraChanged(self._clock.utc(), state, trouble, message, hint, retry_s))
