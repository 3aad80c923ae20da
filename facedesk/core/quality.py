"""Reasons to refuse a face, measured on its aligned crop and its five landmarks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facedesk.core.language import tr
from facedesk.core.records import Face, Image, Quality, QualityReason

# With our detector 1.3 what is no face scores up to 0.77 (fists before a webcam; 0.69 in 900
# pictures of LFW), the face before a webcam 0.94 and more in 754 of 755 pictures (345 of them were
# learned from): what is less sure is shown, but is nobody yet.
SURE_FACE = 0.8

# Depth of the nose tip before the plane of the eyes, and its height between the eye line (0) and
# the mouth line (1), both for a frontal face in units of the eye distance; from the standard
# five-point template, in which eyes and mouth lie 1.16 eye distances apart.
_NOSE_DEPTH = 0.5
_NOSE_HEIGHT = 0.494
_EYES_TO_MOUTH = 1.16

# Grey levels a pixel below which a spot is flat, the level from which it is flat because the light
# has burnt it out, and the sharpness from which there are lines.
_FLAT_STEP = 0.5
_BURNT_OUT = 248.0
_LINED = 100.0


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Bounds of a good face. Brightness and contrast are in grey levels of the crop.

    The bounds of sharpness come from LFW faces of about 95 px blurred by a Gaussian: up to a sigma
    of 2 px the cosine to another picture of the person hardly falls (median 0.70 to 0.68), at 3 px
    it does (0.59), at 4 px the face is lost (0.47). The probe's bound lies between the second and
    the third, the sample's just below what untouched pictures have (1st percentile 13). A face of
    mean brightness 218 (webcam clip 0014) still scores 0.84 to 0.93 against itself weeks apart, so
    only near white is refused.

    The Laplacian takes the noise of a sensor for sharpness (noise of 4 grey levels: a median of 41
    for faces that were lost at a sigma of 4 px), and does not see a camera that was shaken: what is
    sharp across the movement hides what is smeared along it. `least_sharpness_along` bounds the
    weakest direction at half the size, where noise is averaged away. 80 untouched LFW faces have 29
    (1st percentile) and more, with noise of up to 7 grey levels as without, 34 webcam pictures 33;
    at a sigma of 3 px 95 % have less than 17, at 4 px less than 10 (with noise of 4 grey levels 20
    and 13), moved by 15 px of a 95 px face less than 13 (22).

    The nose tells small turns; of a profile the detector guesses it. What it cannot guess is how
    narrow the face is: 130 untouched LFW faces have their eyes 0.69 and more (1st percentile 0.83)
    of the way from eyes to mouth apart, half of the profiles that the nose lets pass less than 0.68
    (`facedesk evaluate enrolment`).

    A drawing has sharp lines AND large flat areas, which no lens and no sensor makes, unless the
    light burns them out: elsewhere at most 7 % of the inner face is flat in 99 of 100 untouched LFW
    pictures, also after strong JPEG, 9 % in 60 webcam pictures; 21 % and more in 57 cartoons, 16 %
    in 49 larger ones.
    Blurred faces are flat too, but not sharp; dark ones have few grey levels. The detector is less
    sure of a guessed face than of a seen one: of 600 LFW pictures and as many profiles made from
    them, `least_score` costs 3 of the 585 and 151 of the 210 that all other bounds let pass.
    """

    smallest_face_px: float = 60.0
    least_sharpness: float = 4.0
    least_sharpness_along: float = 0.0  # a probe may move: the next frame comes soon
    darkest: float = 35.0
    brightest: float = 245.0
    least_contrast: float = 10.0
    most_yaw_deg: float = 45.0
    most_pitch_deg: float = 32.0
    least_eye_share: float = 0.0  # of the way from eyes to mouth; a probe may turn
    least_score: float = 0.0
    most_flat: float = 1.0  # share of a sharp face without any gradient, not burnt out
    most_outside: float = 0.12


# A sample that enters the gallery is compared with for years: it must be better than a probe.
ENROLMENT_LIMITS = QualityLimits(
    smallest_face_px=80.0,
    least_sharpness=8.0,
    least_sharpness_along=20.0,
    darkest=45.0,
    brightest=235.0,
    least_contrast=14.0,
    most_yaw_deg=40.0,
    most_pitch_deg=28.0,
    least_eye_share=0.68,
    least_score=0.83,
    most_flat=0.13,
    most_outside=0.05,
)


def assess(crop: Image, face: Face, frame_size: tuple[int, int], limits: QualityLimits) -> Quality:
    """Measure one face. `crop` is its ArcFace crop BGR uint8 (112, 112, 3), whatever crop the
    embedder wants: sharpness depends on the size. `frame_size` is (width, height).

    Sharpness is the variance of the Laplacian (Pech-Pacheco et al. 2000) of the inner face, so that
    hair and background do not make a blurred face look sharp, in thousandths of its grey variance,
    so that dim light does not make a sharp face look blurred.
    """
    grey = _grey(crop)
    height, width = grey.shape
    inner = grey[height // 8 : height - height // 8, width // 6 : width - width // 6]
    brightness, contrast = float(inner.mean()), float(inner.std())
    sharpness = 1e3 * float(_laplacian(inner).var()) / max(contrast**2, 1e-6)
    yaw_deg, pitch_deg, roll_deg = head_angles(face.landmarks)
    face_px = min(face.width_px, face.height_px)

    reasons = []
    if face_px < limits.smallest_face_px:
        reasons.append(QualityReason.TOO_SMALL)
    if _outside(face, frame_size) > limits.most_outside:
        reasons.append(QualityReason.CUT_OFF)
    if brightness < limits.darkest:
        reasons.append(QualityReason.TOO_DARK)
    elif brightness > limits.brightest:
        reasons.append(QualityReason.TOO_BRIGHT)
    elif contrast < limits.least_contrast:
        # No structure left: fog, back light or a covered lens; more light is what helps.
        reasons.append(QualityReason.TOO_DARK if brightness < 128 else QualityReason.TOO_BRIGHT)
    if (
        abs(yaw_deg) > limits.most_yaw_deg
        or abs(pitch_deg) > limits.most_pitch_deg
        or _eye_share(face.landmarks) < limits.least_eye_share
    ):
        reasons.append(QualityReason.TURNED_AWAY)
    if sharpness < limits.least_sharpness or (
        limits.least_sharpness_along > 0
        and _sharpness_along(inner, contrast) < limits.least_sharpness_along
    ):
        reasons.append(QualityReason.BLURRED)
    lit = QualityReason.TOO_DARK not in reasons and QualityReason.TOO_BRIGHT not in reasons
    if lit and sharpness > _LINED and _flat_share(inner) > limits.most_flat:
        reasons.append(QualityReason.DRAWN)
    if face.score < limits.least_score:
        reasons.append(QualityReason.UNCLEAR)
    return Quality(
        tuple(reasons), face_px, sharpness, brightness, contrast, yaw_deg, pitch_deg, roll_deg
    )


def quality_in_words(quality: Quality) -> str:
    """What a face was like that could be judged, for the reason of a decision."""
    return tr(
        "The face: {face_px:.0f} px, sharpness {sharpness:.0f}, brightness {brightness:.0f}, "
        "turned by {turned:.0f}°.",
        face_px=quality.face_px,
        sharpness=quality.sharpness,
        brightness=quality.brightness,
        turned=max(abs(quality.yaw_deg), abs(quality.pitch_deg)),
    )


def head_angles(landmarks: NDArray[np.float32]) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in degrees from five landmarks (5, 2).

    A weak-perspective estimate: turning the head by yaw moves the nose tip, which stands
    `_NOSE_DEPTH` before the eyes, by depth * tan(yaw) of the seen eye distance. Positive yaw: nose
    to the right of the image; positive pitch: looking down; positive roll: right eye lower.
    """
    left_eye, right_eye, nose, left_mouth, right_mouth = np.asarray(landmarks, float)
    across = right_eye - left_eye
    distance = float(np.hypot(*across))
    if distance < 1e-6:
        return 90.0, 0.0, 0.0
    across /= distance
    down = np.array([-across[1], across[0]])
    eyes = (left_eye + right_eye) / 2
    mouth = (left_mouth + right_mouth) / 2
    # Across a turned face the middle line runs from eyes to mouth; the nose leaves that line.
    height = float((mouth - eyes) @ down)
    nose_height = float((nose - eyes) @ down) / height if abs(height) > 1e-6 else _NOSE_HEIGHT
    middle_x = float((mouth - eyes) @ across) * np.clip(nose_height, 0.0, 1.0)
    nose_x = (float((nose - eyes) @ across) - middle_x) / distance
    yaw = np.degrees(np.arctan(nose_x / _NOSE_DEPTH))
    pitch = np.degrees(np.arctan((nose_height - _NOSE_HEIGHT) * _EYES_TO_MOUTH / _NOSE_DEPTH))
    roll = np.degrees(np.arctan2(across[1], across[0]))
    return float(yaw), float(pitch), float(roll)


def _eye_share(landmarks: NDArray[np.float32]) -> float:
    """The distance of the eyes in units of the way from eyes to mouth; a turned face is narrow."""
    left_eye, right_eye, _, left_mouth, right_mouth = np.asarray(landmarks, float)
    eyes = float(np.hypot(*(right_eye - left_eye)))
    height = float(np.hypot(*((left_mouth + right_mouth - left_eye - right_eye) / 2)))
    return eyes / height if height > 1e-6 else 1.0


def _grey(crop: Image) -> NDArray[np.float32]:
    """Luma (ITU-R BT.601) of a BGR crop, 0..255."""
    weights = np.array([0.114, 0.587, 0.299], np.float32)
    grey: NDArray[np.float32] = crop.astype(np.float32) @ weights
    return grey


def _laplacian(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    return (
        grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    )


def _sharpness_along(grey: NDArray[np.float32], contrast: float) -> float:
    """Variance of the second derivative in the direction of four that has the least, at half the
    size, in thousandths of the grey variance.
    """
    height, width = grey.shape[0] // 2, grey.shape[1] // 2
    grey = grey[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean(axis=(1, 3))
    middle = 2 * grey[1:-1, 1:-1]
    along = (
        grey[1:-1, 2:] + grey[1:-1, :-2] - middle,
        grey[2:, 1:-1] + grey[:-2, 1:-1] - middle,
        (grey[2:, 2:] + grey[:-2, :-2] - middle) / 2,  # the step is the square root of 2
        (grey[2:, :-2] + grey[:-2, 2:] - middle) / 2,
    )
    return 1e3 * min(float(second.var()) for second in along) / max(contrast**2, 1e-6)


def _flat_share(grey: NDArray[np.float32]) -> float:
    """Share of the pixels whose surroundings have one grey level that is not just white."""
    across = (grey[1:-1, 2:] - grey[1:-1, :-2]) / 2
    down = (grey[2:, 1:-1] - grey[:-2, 1:-1]) / 2
    flat = (np.hypot(across, down) < _FLAT_STEP) & (grey[1:-1, 1:-1] < _BURNT_OUT)
    return float(flat.mean())


def _outside(face: Face, frame_size: tuple[int, int]) -> float:
    """Share of the face that the picture's border cuts off; 1.0 when a landmark is outside."""
    width, height = frame_size
    x, y = face.landmarks[:, 0], face.landmarks[:, 1]
    if x.min() < 0 or y.min() < 0 or x.max() >= width or y.max() >= height:
        return 1.0
    x1, y1, x2, y2 = face.box
    inside = max(0.0, min(x2, width) - max(x1, 0)) * max(0.0, min(y2, height) - max(y1, 0))
    return 1.0 - inside / face.area_px if face.area_px else 1.0
