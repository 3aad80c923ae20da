"""What a desk is given from outside: clock, camera, models. All of it can be faked."""

from collections.abc import Callable
from dataclasses import dataclass

from facedesk.core.clock import Clock
from facedesk.core.liveness import PassiveRules
from facedesk.settings import Settings
from facedesk.vision.camera import FrameSource
from facedesk.vision.cards import Task
from facedesk.vision.detect import Detector
from facedesk.vision.devices import CameraInfo
from facedesk.vision.embed import Embedder
from facedesk.vision.head import HeadReader
from facedesk.vision.liveness import PassiveNetwork
from facedesk.vision.second_look import SecondLook


@dataclass(frozen=True, slots=True)
class LivenessModels:
    """What tells living faces from pictures; `open_reader` opens what reads heads when needed."""

    network: PassiveNetwork
    rules: PassiveRules
    open_reader: Callable[[], HeadReader]


@dataclass(frozen=True, slots=True)
class LoadedModels:
    """A detector and an embedder ready to run in ONE thread, and what is known about them."""

    detector: Detector
    embedder: Embedder
    thresholds: dict[str, float]
    provider: str
    message: str = ""
    liveness: LivenessModels | None = None  # None: nothing can tell pictures from faces
    open_second_look: Callable[[], SecondLook] | None = None  # for enrolling; opened when needed


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the desk is given from outside, so that all of it can be faked."""

    clock: Clock
    open_source: Callable[[Settings], FrameSource]
    load_models: Callable[[Settings], LoadedModels]
    list_cameras: Callable[[], list[CameraInfo]]
    model_names: Callable[[Task], list[str]]
    local_zone: Callable[[], str]
    release: Callable[[], None]  # called once, at the very end: gives the instance lock back
