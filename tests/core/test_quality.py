"""Each reason is found by what causes it, and by nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from facedesk.core.quality import (
    ENROLMENT_LIMITS,
    QualityLimits,
    assess,
    head_angles,
    quality_in_words,
)
from facedesk.core.records import Face, Image, Quality, QualityReason

TEMPLATE = np.array(
    [[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]], np.float32
)
FRAME = (640, 480)


def textured(mean: float = 120, amplitude: float = 40, seed: int = 1) -> Image:
    noise = np.random.default_rng(seed).normal(mean, amplitude, (112, 112, 1))
    return np.clip(np.repeat(noise, 3, axis=2), 0, 255).astype(np.uint8)


def good_face() -> Face:
    return Face((200, 100, 320, 240), TEMPLATE + np.float32([200, 110]), 0.9)


def reasons(crop: Image, face: Face) -> tuple[QualityReason, ...]:
    return assess(crop, face, FRAME, QualityLimits()).reasons


def test_good_face_has_no_reason() -> None:
    assert reasons(textured(), good_face()) == ()


def test_quality_is_told_in_one_sentence() -> None:
    seen = Quality((), 141.6, 212.4, 118.0, 50.0, -7.2, 3.0, 1.0)
    assert quality_in_words(seen) == (
        "The face: 142 px, sharpness 212, brightness 118, turned by 7°."
    )


@pytest.mark.parametrize(
    ("crop", "reason"),
    [
        (textured(mean=15, amplitude=15), QualityReason.TOO_DARK),
        (textured(mean=255, amplitude=8), QualityReason.TOO_BRIGHT),
        (np.full((112, 112, 3), 128, np.uint8), QualityReason.BLURRED),
    ],
)
def test_light_and_focus(crop: Image, reason: QualityReason) -> None:
    assert reason in reasons(crop, good_face())


def test_smoothing_the_same_face_lowers_its_sharpness() -> None:
    smooth = textured(amplitude=60).astype(np.float32)
    values = []
    for _ in range(8):
        values.append(assess(smooth.astype(np.uint8), good_face(), FRAME, QualityLimits()))
        for axis in (0, 1):
            smooth = (np.roll(smooth, 1, axis) + smooth + np.roll(smooth, -1, axis)) / 3
    assert values[0].good
    assert values[-1].sharpness < values[0].sharpness / 20


def test_blurred_face_is_refused_and_dim_light_alone_is_not_blur() -> None:
    rows = np.linspace(60, 180, 112)[:, None, None]
    shaded = np.broadcast_to(rows, (112, 112, 3)).astype(np.uint8)
    assert reasons(shaded, good_face()) == (QualityReason.BLURRED,)
    assert reasons(textured(mean=60, amplitude=12), good_face()) == ()


@pytest.mark.parametrize("step", [(0, 1), (1, 0), (1, 1), (1, -1)], ids=str)
def test_a_shaken_camera_is_seen_in_any_direction_and_only_when_enrolling(
    step: tuple[int, int],
) -> None:
    """Sharp across the movement, smeared along it: the Laplacian alone is content."""
    shaken = textured(amplitude=60).astype(np.float32)
    for _ in range(3):  # a hand speeds up and slows down: no hard edges
        moved = [np.roll(shaken, (step[0] * k, step[1] * k), (0, 1)) for k in range(13)]
        shaken = np.mean(moved, axis=0)
    shaken = np.clip((shaken - 120) * 6 + 120, 0, 255).astype(np.uint8)
    assert reasons(shaken, good_face()) == ()
    enrolled = assess(shaken, good_face(), FRAME, ENROLMENT_LIMITS).reasons
    assert enrolled == (QualityReason.BLURRED,)
    assert assess(textured(), good_face(), FRAME, ENROLMENT_LIMITS).good


def test_the_noise_of_a_sensor_is_no_sharpness_when_enrolling() -> None:
    rows = np.linspace(60, 180, 112)[:, None, None]
    noise = np.random.default_rng(2).normal(0, 4, (112, 112, 1))
    shaded = np.clip(np.broadcast_to(rows + noise, (112, 112, 3)), 0, 255).astype(np.uint8)
    assert assess(shaded, good_face(), FRAME, ENROLMENT_LIMITS).reasons == (QualityReason.BLURRED,)


def test_small_face() -> None:
    face = replace(good_face(), box=(200, 100, 240, 150))
    assert reasons(textured(), face) == (QualityReason.TOO_SMALL,)


def test_face_over_the_border_is_cut_off() -> None:
    face = Face((-60, 100, 60, 240), TEMPLATE + np.float32([-55, 110]), 0.9)
    assert reasons(textured(), face) == (QualityReason.CUT_OFF,)
    half_box = replace(good_face(), box=(200, 100, 320, 900))
    assert reasons(textured(), half_box) == (QualityReason.CUT_OFF,)


def rendered(yaw_deg: float, pitch_deg: float, roll_deg: float) -> np.ndarray:
    """Landmarks of a simple head turned in space: x right, y down, z towards the camera."""
    points = np.array(
        [[-0.5, 0, 0], [0.5, 0, 0], [0, 0.573, 0.5], [-0.4, 1.16, 0], [0.4, 1.16, 0]], float
    )
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    x, y, z = points.T
    x, z = x * np.cos(yaw) + z * np.sin(yaw), -x * np.sin(yaw) + z * np.cos(yaw)
    y, z = y * np.cos(pitch) + z * np.sin(pitch), -y * np.sin(pitch) + z * np.cos(pitch)
    x, y = x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)
    return (np.stack([x, y], axis=1) * 40 + 200).astype(np.float32)


@pytest.mark.parametrize("yaw_deg", [-40, -20, 0, 20, 40])
@pytest.mark.parametrize("roll_deg", [-25, 0, 25])
def test_yaw_and_roll_are_recovered_from_a_turned_head(yaw_deg: float, roll_deg: float) -> None:
    yaw, _, roll = head_angles(rendered(yaw_deg, 0, roll_deg))
    assert yaw == pytest.approx(yaw_deg, abs=3)
    assert roll == pytest.approx(roll_deg, abs=2)


@pytest.mark.parametrize("pitch_deg", [-25, -10, 0, 10, 25])
def test_pitch_is_recovered_from_a_nodding_head(pitch_deg: float) -> None:
    _, pitch, _ = head_angles(rendered(0, pitch_deg, 0))
    assert pitch == pytest.approx(pitch_deg, abs=3)


def test_turned_head_is_refused() -> None:
    face = Face((150, 150, 270, 290), rendered(50, 0, 0), 0.9)
    assert reasons(textured(), face) == (QualityReason.TURNED_AWAY,)


def test_degenerate_landmarks_are_turned_away_not_an_error() -> None:
    face = Face((150, 150, 270, 290), np.full((5, 2), 200, np.float32), 0.9)
    assert QualityReason.TURNED_AWAY in reasons(textured(), face)


def test_a_profile_is_narrow_whatever_the_nose_says() -> None:
    """A detector guesses the nose of a profile in the middle: eyes and mouth tell the turn."""
    middle = TEMPLATE.mean(axis=0)
    narrow = ((TEMPLATE - middle) * np.float32([0.6, 1.0]) + middle).astype(np.float32)
    face = replace(good_face(), landmarks=narrow + np.float32([200, 110]))
    assert assess(textured(), face, FRAME, ENROLMENT_LIMITS).reasons == (QualityReason.TURNED_AWAY,)
    assert assess(textured(), face, FRAME, QualityLimits()).good  # a probe may turn
    assert assess(textured(), good_face(), FRAME, ENROLMENT_LIMITS).good


def test_sharp_lines_beside_flat_areas_are_a_drawing_and_grain_is_not() -> None:
    rows, columns = np.mgrid[0:112, 0:112] // 14
    drawn = np.repeat(np.where((rows + columns) % 2, 170, 80)[..., None], 3, axis=2)
    grain = np.random.default_rng(1).integers(-6, 7, (112, 112, 1))
    for crop, wanted in ((drawn, (QualityReason.DRAWN,)), (drawn + grain, ())):
        seen = assess(crop.astype(np.uint8), good_face(), FRAME, ENROLMENT_LIMITS)
        assert seen.reasons == wanted
    assert reasons(drawn.astype(np.uint8), good_face()) == ()  # a probe is judged by liveness


def test_what_the_light_has_burnt_out_is_no_drawing() -> None:
    lit = textured(mean=150, amplitude=60)
    lit[20:90, 60:] = 255
    assert assess(lit, good_face(), FRAME, ENROLMENT_LIMITS).good


def test_a_face_that_the_detector_guesses_is_no_sample() -> None:
    unsure = replace(good_face(), score=0.81)
    seen = assess(textured(), unsure, FRAME, ENROLMENT_LIMITS)
    assert seen.reasons == (QualityReason.UNCLEAR,)
    assert reasons(textured(), unsure) == ()
