"""A live picture that is looked at: what guided photos and the trial have in common."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from facedesk.core.errors import FaceDeskError
from facedesk.core.language import tr
from facedesk.core.records import CameraState, Frame
from facedesk.gui.bridge import Bridge, Task
from facedesk.gui.video_view import Notice, VideoView

if TYPE_CHECKING:
    from facedesk.engine.desk import Desk
    from facedesk.engine.enrolment import Enrolment

Answer = TypeVar("Answer")


class LiveLook:
    """Shows the desk's camera in `view`, and has a look at it in the jobs thread: one at a time, at
    most every `every_s`. `meanwhile` says what can be done while there is no picture.
    """

    def __init__(
        self, desk: "Desk", bridge: Bridge, view: VideoView, every_s: float, meanwhile: str
    ) -> None:
        self._desk = desk
        self._bridge = bridge
        self._view = view
        self._every_s = every_s
        self._meanwhile = meanwhile
        self._task: Task | None = None
        self._frame: Frame | None = None
        self._looked_at: Frame | None = None
        self.looked_s = float("-inf")  # when the last look began, monotonic

    def show(self) -> bool:
        """Paint the newest picture; False, and words about it, where there is none."""
        live = self._desk.camera_state is CameraState.LIVE
        self._frame = self._desk.frames.peek() if live else None
        words = tr("Goes on by itself when the camera is back.") + " " + self._meanwhile
        lost = Notice("camera_off", tr("No camera picture"), words)
        self._view.show_notice(None if self._frame is not None else lost)
        self._view.show_frame(self._frame, None)
        return self._frame is not None

    def look(
        self,
        work: "Callable[[Enrolment], Answer]",
        done: Callable[[Answer], None],
        failed: Callable[[str], None],
    ) -> None:
        """Do `work` about a picture that was not looked at yet, when it is time to.

        `failed` gets a few words: the camera went away between two looks, or the models did.
        """
        now_s = self._desk.clock.monotonic_s()
        new = self._frame is not None and self._frame is not self._looked_at
        if not new or self._task is not None or now_s - self.looked_s < self._every_s:
            return
        self._looked_at, self.looked_s = self._frame, now_s
        desk = self._desk
        self._task = self._bridge.run(
            lambda _progress: work(desk.enrolment),
            done=done,
            failed=lambda error: failed(_words(error)),
        )
        self._task.ended.connect(self._over)

    @property
    def busy(self) -> bool:
        return self._task is not None

    def stop(self) -> None:
        """A look that is still under way is not wanted any more."""
        if self._task is not None:
            self._task.cancel()

    def _over(self) -> None:
        self._task = None


def _words(error: Exception) -> str:
    return error.title if isinstance(error, FaceDeskError) else type(error).__name__
