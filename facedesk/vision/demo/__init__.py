"""The built-in demonstration: a source of frames that needs no camera and no file.

A person whom FaceDesk knows comes to the desk and goes, a stranger comes and must be refused, then
the person comes back. The frames are drawn while they are read, from a portrait of the
astronaut Eileen Collins (NASA, public domain, as scikit-image carries it), and go through the same
pipeline as those of a camera.
"""

import time
from collections.abc import Callable

from facedesk.core.clock import Clock, SystemClock
from facedesk.core.records import Image
from facedesk.vision.camera import Given
from facedesk.vision.demo.room import FRAME_HEIGHT_PX, FRAME_WIDTH_PX
from facedesk.vision.demo.stage import FPS, FRAMES, Stage
from facedesk.vision.demo.story import Actor, standing

DEMO_PERSON = "Eileen Collins (demo)"

# Head tilt, nearness and light of the pictures to enrol: what differs between a person's visits.
_ENROLMENT_VIEWS = ((0.0, 1.06, 1.0), (-3.0, 0.92, 0.9), (3.0, 1.0, 1.08))


class DemoSource:
    """A FrameSource that plays the demonstration once, or again and again with `loop`.

    `realtime` gives frames at 30 a second as a camera does; a reader that is late gets the next
    frame at once, and no frame is skipped. Without it they come as fast as they are drawn.
    `clock` and `sleep` are the world: tests pass their own.
    """

    name = "demo"
    identity = "demo:"
    live = False

    def __init__(
        self,
        realtime: bool = True,
        loop: bool = False,
        *,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._realtime = realtime
        self._loop = loop
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._stage: Stage | None = None
        self._frame = 0
        self._due_s = 0.0

    def open(self) -> Given:
        """Draw the scenery, start at the beginning. Raises FaceDeskError without scikit-image."""
        self._stage = Stage()
        self._frame = 0
        self._due_s = self._clock.monotonic_s()
        return Given(FRAME_WIDTH_PX, FRAME_HEIGHT_PX, FPS, "", "demo")

    def read(self) -> Image | None:
        """The next frame, BGR uint8 (720, 1280, 3), owned by the caller; None at the end."""
        if self._stage is None or (self._frame >= FRAMES and not self._loop):
            return None
        image = self._stage.frame(self._frame)
        self._frame += 1
        if self._realtime:
            self._wait()
        return image

    def close(self) -> None:
        self._stage = None

    def _wait(self) -> None:
        now_s = self._clock.monotonic_s()
        if self._due_s > now_s:
            self._sleep(self._due_s - now_s)
        self._due_s = max(self._due_s, now_s) + 1 / FPS


def enrolment_pictures() -> list[Image]:
    """Three upright pictures of DEMO_PERSON at the desk, BGR uint8 (720, 1280, 3).

    Raises FaceDeskError without scikit-image.
    """
    stage = Stage()
    return [
        stage.picture((Actor.KNOWN, standing(tilt_deg, nearer, light)), place)
        for place, (tilt_deg, nearer, light) in enumerate(_ENROLMENT_VIEWS)
    ]
