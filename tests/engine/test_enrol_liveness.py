import numpy as np

from facedesk.core.liveness import FusionWeights, PassiveRules
from facedesk.core.records import Box, Face, Frame, Image
from facedesk.engine.enrol_liveness import EnrolmentLiveness
from tests.fakes import FakeClock

RULES = PassiveRules(FusionWeights(0, 1, 0, 0, 0), 0.8, least_frames=4, most_frames=8)


class Says:
    name = "says"
    value = 3.0

    def logit(self, image: Image, box: Box) -> float:
        return self.value


class Studio:
    def __init__(self) -> None:
        self.network = Says()
        self.liveness = EnrolmentLiveness(self.network, RULES)
        self.clock = FakeClock()
        self._noise = np.random.default_rng(0)

    def look(self, x: float = 40.0) -> bool:
        self.clock.advance(0.1)
        image = self._noise.integers(0, 255, (120, 160, 3), np.uint8)
        face = Face((x, 30.0, x + 50, 90.0), np.zeros((5, 2), np.float32), 0.95)
        frame = Frame(image, 0, self.clock.monotonic_s(), self.clock.utc())
        return self.liveness.seen_alive(frame, face)


def test_a_living_face_is_known_after_some_looks_and_may_turn_away_then() -> None:
    studio = Studio()
    assert [studio.look() for _ in range(4)] == [False, False, False, True]
    studio.network.value = -3.0
    assert studio.look()


def test_a_picture_never_is() -> None:
    studio = Studio()
    studio.network.value = -3.0
    assert not any(studio.look() for _ in range(40))


def test_the_next_face_is_looked_at_anew() -> None:
    studio = Studio()
    assert any(studio.look() for _ in range(5))
    studio.network.value = -3.0
    assert not any(studio.look(x=100.0) for _ in range(10))  # another place
    studio.network.value = 3.0
    assert any(studio.look(x=100.0) for _ in range(30))
    studio.network.value = -3.0
    studio.clock.advance(3.0)  # another time
    assert not studio.look(x=100.0)
