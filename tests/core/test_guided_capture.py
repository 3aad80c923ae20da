import numpy as np
import pytest

from facedesk.core.guided_capture import Glimpse, GuidedCapture, View
from facedesk.core.records import Face, Quality, QualityReason, Vector

LEAST = 0.5
SIDES = (View.FRONT, View.LEFT, View.RIGHT, View.UP, View.DOWN)


def vector(*parts: float) -> Vector:
    made = np.array([*parts, *([0.0] * (8 - len(parts)))], np.float32)
    return made / np.float32(np.linalg.norm(made))


class Sitter:
    """Somebody before the camera, looked at ten times a second."""

    def __init__(self, known: tuple[Vector, ...] = ()) -> None:
        self.guide = GuidedCapture(LEAST, known)
        self.now_s = 0.0
        self.seen = 0

    def look(
        self,
        yaw: float = 0.0,
        pitch: float = 0.0,
        *reasons: QualityReason,
        x: float = 0.0,
        others: int = 0,
        face: Vector | None = None,
        nobody: bool = False,
        by_mesh: bool = False,
        step_s: float = 0.1,
    ) -> Glimpse:
        self.now_s += step_s
        self.seen += 1
        if nobody:
            return Glimpse(self.now_s)
        marks = np.array([[40, 50], [80, 50], [60, 70], [45, 90], [75, 90]], np.float32) + x
        # Another turn of the head is another vector, but the same person.
        own = face if face is not None else vector(1.0, yaw / 60, pitch / 15)
        return Glimpse(
            self.now_s,
            Face((20 + x, 20 + x, 140 + x, 140 + x), marks, 0.9),
            Quality(reasons, 120.0, 20.0, 120.0, 40.0, yaw, pitch, 0.0),
            own,
            others,
            by_mesh,
        )

    def hold(self, *pose: float, seconds: float = 1.6, **more: object) -> list[View]:
        """Hold a pose; the views that were photographed."""
        taken = []
        for _ in range(round(seconds * 10)):
            done = self.guide.observe(self.look(*pose, **more))  # type: ignore[arg-type]
            if done.shoot:
                taken.append(done.shoot)
        return taken

    def told(self, *pose: object, **more: object) -> str:
        """What is said once it had the time to be read."""
        said = ""
        for _ in range(20):
            said = self.guide.observe(self.look(*pose, **more)).say  # type: ignore[arg-type]
        return said


def test_every_view_is_taken_once_as_the_head_turns() -> None:
    sitter = Sitter()
    assert sitter.guide.missing == SIDES
    taken = [sitter.hold(*pose) for pose in ((0, 2), (20, 2), (-20, 2), (0, -4), (0, 9))]
    assert taken == [[View.FRONT], [View.LEFT], [View.RIGHT], [View.UP], [View.DOWN]]
    assert sitter.guide.missing == ()
    assert sitter.told(0, 2) == "That is all, unless you wear glasses at times."
    assert sitter.hold(20, 2) == []


def test_any_missing_view_may_come_next_but_the_front_is_first() -> None:
    sitter = Sitter()
    assert sitter.hold(20, 0) == []
    assert sitter.told(20, 0) == "Look straight at the camera."
    sitter.hold(0, 0)
    assert sitter.hold(0, 7) == [View.DOWN]
    assert sitter.guide.missing == (View.LEFT, View.RIGHT, View.UP)


def test_nods_are_measured_from_the_own_front_view() -> None:
    """A face whose nose sits high looks 'up' to the landmarks all the time."""
    sitter = Sitter()
    assert sitter.hold(0, -12) == [View.FRONT]
    assert sitter.told(0, -12) == "Turn your head a little to your left."
    assert sitter.hold(0, -18) == [View.UP]


@pytest.mark.parametrize(
    ("pose", "words"),
    [
        ((0, 0), "Turn your head a little to your left."),
        ((-5, 0), "Turn your head a little to your left."),
        ((9, 0), "A little further."),
        ((38, 0), "Not so far. Turn back a little."),
    ],
)
def test_the_way_to_the_next_view_is_told(pose: tuple[float, float], words: str) -> None:
    sitter = Sitter()
    sitter.hold(0, 0)
    assert sitter.told(*pose) == words


def test_each_direction_is_named_when_its_turn_comes() -> None:
    sitter = Sitter()
    sitter.hold(0, 0)
    sitter.hold(20, 0)
    assert sitter.told(0, 0) == "Turn your head a little to your right."
    sitter.hold(-20, 0)
    assert sitter.told(0, 0) == "Lift your chin a little."
    sitter.hold(0, -6)
    assert sitter.told(0, 0) == "Lower your chin a little."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (QualityReason.TOO_SMALL, "Come closer."),
        (QualityReason.TOO_DARK, "It is too dark."),
        (QualityReason.TOO_BRIGHT, "It is too bright."),
        (QualityReason.CUT_OFF, "Move into the middle"),
        (QualityReason.TURNED_AWAY, "Not so far."),
        (QualityReason.BLURRED, "Hold still."),
        (QualityReason.UNCLEAR, "Show your whole face"),
        (QualityReason.DRAWN, "A person is needed"),
    ],
)
def test_a_poor_look_is_never_taken_and_says_what_to_change(
    reason: QualityReason, words: str
) -> None:
    sitter = Sitter()
    assert sitter.told(0, 0, reason).startswith(words)
    assert sitter.guide.missing == SIDES


def test_the_most_helpful_advice_comes_first() -> None:
    sitter = Sitter()
    assert sitter.told(0, 0, QualityReason.BLURRED, QualityReason.TOO_SMALL) == "Come closer."


def test_two_people_and_nobody() -> None:
    sitter = Sitter()
    assert sitter.told(0, 0, others=1) == "Only one person, please."
    assert sitter.told(nobody=True) == "Look at the camera."
    assert sitter.guide.missing == SIDES


def test_a_moving_face_is_waited_for() -> None:
    sitter = Sitter()
    taken = [sitter.guide.observe(sitter.look(x=30.0 * k)).shoot for k in range(20)]
    assert set(taken) == {None}
    assert sitter.hold(0, 0) == [View.FRONT]


def test_a_glance_is_too_short() -> None:
    sitter = Sitter()
    assert sitter.hold(0, 0, seconds=0.3) == []
    assert sitter.guide.held is not None
    view, share = sitter.guide.held
    assert view is View.FRONT
    assert 0 < share < 1


def test_somebody_else_who_steps_in_is_not_mixed_in() -> None:
    sitter = Sitter()
    sitter.hold(0, 0)
    stranger = vector(0.0, 0.0, 0.0, 1.0)
    assert sitter.told(20, 0, face=stranger) == "This is not the person of the photos before."
    assert sitter.hold(20, 0, face=stranger) == []
    assert sitter.hold(20, 0) == [View.LEFT]


def test_the_person_must_be_the_one_of_the_stored_photos() -> None:
    sitter = Sitter(known=(vector(0.0, 1.0),))
    assert sitter.told(0, 0) == "This is not the person of the photos before."
    assert sitter.hold(0, 0) == []


def test_nearly_the_same_picture_is_refused() -> None:
    """A photograph held up and tilted, or a camera that hangs: the pose says new, the face not."""
    sitter = Sitter()
    sitter.hold(0, 0)
    same = vector(1.0, 0.001)
    assert "nearly the same picture" in sitter.told(20, 0, face=same)
    assert sitter.hold(20, 0, face=same) == []


def test_a_lost_camera_does_not_count_as_holding_still() -> None:
    sitter = Sitter()
    sitter.hold(0, 0, seconds=0.3)
    assert sitter.guide.observe(sitter.look(0, 0, step_s=30.0)).shoot is None
    assert sitter.hold(0, 0) == [View.FRONT]


def test_words_stay_long_enough_to_be_read() -> None:
    sitter = Sitter()
    changes = 0
    last = ""
    for k in range(40):  # jitter between two pieces of advice, ten times a second
        reason = QualityReason.TOO_DARK if k % 2 else QualityReason.TOO_SMALL
        said = sitter.guide.observe(sitter.look(0, 0, reason)).say
        changes += said != last
        last = said
    assert changes <= 6


def test_a_photo_by_hand_counts_and_a_thrown_away_one_is_wanted_again() -> None:
    sitter = Sitter()
    assert sitter.guide.count(sitter.look(0, 0)) is View.FRONT
    assert sitter.guide.count(sitter.look(0, 0)) is None  # the same again fills nothing
    assert sitter.guide.count(sitter.look(20, 0)) is View.LEFT
    sitter.guide.forget(View.LEFT)
    assert View.LEFT in sitter.guide.missing
    assert sitter.hold(20, 0) == [View.LEFT]


def test_a_view_that_does_not_come_is_let_go_after_a_while() -> None:
    """Somebody who cannot turn the head, or a detector that sees no nod: nobody is kept waiting."""
    sitter = Sitter()
    sitter.hold(0, 0)
    sitter.hold(0, 0, seconds=11.0)
    assert sitter.guide.missing[0] is View.LEFT
    sitter.hold(0, 0, seconds=3.0)
    assert sitter.guide.missing == (View.RIGHT, View.UP, View.DOWN)
    sitter.hold(0, 0, seconds=40.0)
    assert sitter.guide.missing == ()
    assert sitter.guide.taken == (View.FRONT,)
    assert sitter.told(0, 0) == "That is all, unless you wear glasses at times."


def test_glasses_are_put_on_or_off_before_the_front_is_taken_once_more() -> None:
    sitter = Sitter()
    for pose in ((0, 2), (20, 2), (-20, 2), (0, -4), (0, 9)):
        sitter.hold(*pose)
    with_glasses = vector(1.0, 0.0, 0.1, 0.5)
    sitter.guide.ask_glasses(sitter.now_s)
    assert sitter.guide.missing == (View.GLASSES,)
    assert sitter.told(0, 2) == "Put your glasses on, or take them off."
    assert sitter.hold(0, 2, face=with_glasses, seconds=1.5) == []  # still at it
    assert sitter.told(25, 2, face=with_glasses) == "Look straight at the camera."
    assert sitter.hold(0, 2, face=with_glasses) == [View.GLASSES]
    assert sitter.told(0, 2) == "That is all. Thank you."
    sitter.guide.ask_glasses(sitter.now_s)  # another pair
    assert sitter.guide.missing == (View.GLASSES,)
    sitter.hold(40, 0, seconds=20.0)  # or none: nobody is kept waiting
    assert sitter.guide.missing == ()


def test_the_front_view_is_never_let_go() -> None:
    sitter = Sitter()
    sitter.hold(30, 0, seconds=60.0)
    assert sitter.guide.missing[0] is View.FRONT


def test_waiting_for_the_camera_is_not_the_sitters_fault() -> None:
    sitter = Sitter()
    sitter.hold(0, 0)
    sitter.hold(0, 0, seconds=8.0)
    sitter.guide.observe(sitter.look(0, 0, step_s=30.0))  # the camera was lost meanwhile
    sitter.hold(0, 0, seconds=8.0)
    assert sitter.guide.missing[0] is View.LEFT


def test_a_mesh_sees_a_nod_at_its_full_size() -> None:
    """Five landmarks show a third of it: what is a nod for them is none for the mesh."""
    sitter = Sitter()
    for yaw in (0, 20, -20):
        sitter.hold(yaw, 0, by_mesh=True)
    assert sitter.hold(0, -6, by_mesh=True) == []
    assert sitter.hold(0, -15, by_mesh=True) == [View.UP]
