"""Each policy in the window on the real desk: real guard, threads and store; the eye is faked.

A person is a coloured square, see `tests.fakes`; whether it is alive is what the test says.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from facedesk.core.challenge import GEOMETRY_MOVES, Move, Prompt
from facedesk.core.clock import SystemClock
from facedesk.core.liveness import FusionWeights, PassiveRules, Policy
from facedesk.core.records import Box, Face, Image, Person
from facedesk.engine.desk import Desk
from facedesk.engine.world import LivenessModels, LoadedModels, World
from facedesk.gui.main_window import MainWindow
from facedesk.gui.theme import Theme
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.vision.head import HeadLook
from tests.databases import opened
from tests.fakes import FakeCamera, FakeDetector, FakeEmbedder, Show, picture, wall

_WAIT_MS = 20_000
RED = picture(("red", (240, 120, 160)))
# A square of paint has long edges and looks drawn.
RULES = PassiveRules(FusionWeights(0, 1, 0, 0, 0), 0.6, edged=2.0, patterned=99.0)


class Eye:
    name = "eye"

    def __init__(self, value: float) -> None:
        self.value = value

    def logit(self, image: Image, box: Box) -> float:
        return self.value


class ObedientHead:
    """Does what the window asks for, as a person before it does."""

    moves: tuple[Move, ...] = GEOMETRY_MOVES

    def __init__(self, asked: Callable[[], Prompt | None]) -> None:
        self._asked = asked
        self._nodding = False

    def read(self, image: Image, face: Face) -> HeadLook:
        prompt = self._asked()
        move = prompt.move if prompt else None
        self._nodding = move is Move.NOD and not self._nodding
        yaw = {Move.TURN_LEFT: 20.0, Move.TURN_RIGHT: -20.0}.get(move, 0.0)  # type: ignore[arg-type]
        if prompt and prompt.dot is not None:
            yaw = -20.0 * prompt.dot
        return HeadLook(yaw, 9.0 if self._nodding else 0.0)

    def close(self) -> None:
        pass


class Kiosk:
    def __init__(
        self, root: Path, theme: Theme, policy: str, alive: float, own: Policy | None = None
    ) -> None:
        paths, clock = DataPaths(root).prepare(), SystemClock()
        camera = FakeCamera([Show(wall(), 0.2), Show(RED, 3600)], fps=20)
        embedder = FakeEmbedder()

        def asked() -> Prompt | None:
            seen = self.desk.seen.peek()
            return seen.challenge if seen else None

        world = World(
            clock=clock,
            open_source=lambda _settings: camera,
            load_models=lambda _settings: LoadedModels(
                FakeDetector(),
                embedder,
                {"fmr_1e-5": 0.5, "fmr_1e-4": 0.4},
                "FakeProvider",
                liveness=LivenessModels(Eye(alive), RULES, lambda: ObedientHead(asked)),
            ),
            list_cameras=list,
            model_names=lambda _task: ["fake"],
            local_zone=lambda: "Europe/Berlin",
            release=lambda: None,
        )
        settings = Settings(liveness=policy)
        self.desk = Desk(paths, settings, world, opened(paths.database, clock))
        draft = self.desk.enrolment.draft(self.desk.enrolment.examine(RED, "file:red.png"))
        person = self.desk.enrolment.enrol(Person(0, "Ada"), [draft])
        if own:
            self.desk.own_liveness.set(person.id, own)
        self.window = MainWindow(self.desk, theme)
        self.window.show()
        self.desk.start()

    @property
    def card(self) -> str:
        greeting = self.window.kiosk.card.greeting
        return greeting.sentence if greeting else ""

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert self.desk.stop() == ()


@pytest.fixture
def kiosks(tmp_path: Path, theme: Theme) -> Iterator[Callable[..., Kiosk]]:
    opened: list[Kiosk] = []

    def opening(policy: str, alive: float, own: Policy | None = None) -> Kiosk:
        opened.append(Kiosk(tmp_path / "data", theme, policy, alive, own))
        return opened[-1]

    yield opening
    for kiosk in opened:
        kiosk.close()


@pytest.mark.parametrize(
    ("policy", "alive"), [("off", -4.0), ("passive", 4.0), ("challenge if unsure", 4.0)]
)
def test_who_is_taken_for_alive_is_greeted_without_a_challenge(
    kiosks: Callable[..., Kiosk], qtbot: QtBot, policy: str, alive: float
) -> None:
    kiosk = kiosks(policy, alive)
    qtbot.waitUntil(lambda: "Ada" in kiosk.card, timeout=_WAIT_MS)
    assert not kiosk.window.kiosk.challenge.isVisible()
    assert kiosk.desk.refusals.newest() == []


def test_passive_refuses_a_picture_and_writes_it_down(
    kiosks: Callable[..., Kiosk], qtbot: QtBot
) -> None:
    kiosk = kiosks("passive", -4.0)
    qtbot.waitUntil(lambda: "no living face" in kiosk.card, timeout=_WAIT_MS)
    assert kiosk.desk.punches.log(None, None) == []
    assert kiosk.desk.refusals.newest()[0].refused_by == "passive"


@pytest.mark.parametrize(
    ("policy", "alive"), [("challenge if unsure", -1.0), ("always challenge", 4.0)]
)
def test_who_does_what_the_picture_shows_is_greeted(
    kiosks: Callable[..., Kiosk], qtbot: QtBot, policy: str, alive: float
) -> None:
    kiosk = kiosks(policy, alive)
    view = kiosk.window.kiosk.challenge
    qtbot.waitUntil(view.isVisible, timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: "Ada" in kiosk.card, timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: not view.isVisible(), timeout=_WAIT_MS)
    assert len(kiosk.desk.punches.log(None, None)) == 1


def test_a_person_may_have_a_policy_of_their_own(
    kiosks: Callable[..., Kiosk], qtbot: QtBot
) -> None:
    kiosk = kiosks("off", 4.0, Policy.ALWAYS)
    qtbot.waitUntil(kiosk.window.kiosk.challenge.isVisible, timeout=_WAIT_MS)
    assert kiosk.desk.punches.log(None, None) == []
    qtbot.waitUntil(lambda: "Ada" in kiosk.card, timeout=_WAIT_MS)
    assert len(kiosk.desk.punches.log(None, None)) == 1
