"""The stranger of the demonstration, whom FaceDesk must refuse.

He is made from the same portrait as the known person, because no picture of a third party may
ship: the bones of the face are moved (wider jaw, closer eyes, longer nose, narrower mouth), skin
and hair get other colours, and a beard, glasses and other clothes are drawn. tests/vision/
test_demo.py holds that face embedders find the two to be different people.
"""

import cv2
import numpy as np

from facedesk.core.records import Image
from facedesk.vision.demo.figure import (
    Canvas,
    Figure,
    Floats,
    Move,
    Points,
    as_floats,
    blend,
    blurred,
    make_layer,
)
from facedesk.vision.demo.known import HEAD_CANVAS, cut_out_head

_BODY_CANVAS = Canvas(16, 164, 420, 348)

# Features of the portrait, traced by hand.
_FACE: Points = (
    (183, 84), (192, 76), (205, 80), (222, 81), (240, 83), (256, 88), (267, 92), (267, 133),
    (262, 151), (258, 161), (255, 172), (253, 192), (225, 196), (190, 190), (185, 160), (182, 132),
)  # fmt: skip
_EARS: tuple[Points, ...] = (
    ((172, 117), (183, 112), (184, 136), (178, 133), (174, 127)),
    ((266, 116), (274, 121), (279, 131), (277, 137), (271, 138), (266, 134)),
)
_BEARD: Points = (
    (182, 112), (187, 113), (190, 126), (196, 136), (206, 137), (214, 133), (222, 133), (232, 133),
    (240, 137), (250, 137), (257, 128), (261, 113), (268, 113), (268, 134), (264, 151), (258, 168),
    (248, 179), (232, 185), (214, 183), (197, 175), (186, 162), (181, 134),
)  # fmt: skip
_LIPS: Points = (
    (203, 141), (212, 139.5), (222, 140.5), (233, 139.5), (244, 140.5), (240, 148), (232, 152.5),
    (222, 154), (212, 151), (206, 146),
)  # fmt: skip
_BROWS: tuple[Points, ...] = (
    ((189, 91), (194, 88), (203, 87.6), (211, 90), (211, 93), (203, 91), (194, 91)),
    ((237, 92), (245, 90), (254, 91), (262, 95), (260, 96), (254, 94), (245, 93), (238, 95)),
)

_OTHER_BONES: tuple[Move, ...] = (
    (187, 165, -8.5, 3.5, 14, 18), (260, 168, 8.5, 3.5, 14, 18),  # wider jaw
    (203, 101, 4.8, 0, 11, 9), (245, 103, -4.8, 0, 11, 9),  # eyes closer together
    (203, 89, 0, 6, 14, 5), (245, 91, 0, 6, 14, 5),  # lower brows
    (223, 128, 0, 7.2, 10, 9),  # longer nose
    (207, 144, 6, 4.8, 9, 8), (241, 145, -6, 4.8, 9, 8),  # narrower, lower mouth
    (230, 182, 0, 7, 20, 10),  # longer chin
    (153, 75, 17, 0, 14, 40), (302, 80, -17, 0, 14, 40), (230, 15, 0, 7, 60, 22),  # flatter hair
    (165, 112, 6, -13, 12, 12), (290, 118, -6, -13, 12, 12),
)  # fmt: skip

_NAVY, _RED, _BLACK_WOOL = (104, 82, 60), (58, 52, 178), (44, 40, 40)
_TORSO: Points = (
    (184, 178), (265, 178), (270, 190), (276, 202), (287, 211), (304, 218), (326, 225), (347, 233),
    (364, 243), (378, 256), (388, 272), (396, 292), (402, 320), (408, 360), (416, 440), (420, 520),
    (30, 520), (34, 440), (42, 360), (48, 320), (54, 292), (62, 272), (72, 256), (86, 243),
    (103, 233), (124, 225), (146, 218), (163, 211), (173, 202), (179, 190),
)  # fmt: skip
_ROLL_NECK: Points = (
    (184, 178), (200, 186), (225, 191), (248, 188), (265, 178), (272, 198), (270, 212), (258, 222),
    (225, 230), (192, 222), (179, 212), (177, 198),
)  # fmt: skip
_RIBBON: tuple[Points, ...] = (((177, 200), (217, 330)), ((273, 200), (233, 330)))
# Left, top, right, bottom and colour of the parts of the visitor's badge.
_BADGE = (
    (199, 328, 251, 402, (226, 230, 232)), (199, 328, 251, 342, _RED),
    (206, 350, 226, 376, (150, 160, 168)), (231, 353, 246, 356, (120, 120, 120)),
    (231, 362, 246, 365, (150, 150, 150)), (206, 386, 244, 389, (150, 150, 150)),
)  # fmt: skip


def stranger(portrait: Image) -> Figure:
    """Somebody else, from the known person's portrait as BGR uint8 (512, 512, 3)."""
    picture, alpha = cut_out_head(portrait)
    head = HEAD_CANVAS.moved(_recoloured(picture, alpha), _OTHER_BONES)
    alpha = np.clip(HEAD_CANVAS.moved(alpha, _OTHER_BONES), 0, 1)
    body, body_alpha = _clothes()
    return Figure(
        make_layer(_BODY_CANVAS, body, body_alpha),
        make_layer(HEAD_CANVAS, _with_glasses(head), alpha),
    )


def _recoloured(picture: Floats, alpha: Floats) -> Floats:
    """Dark hair, darker skin, brows and a full beard."""
    random = np.random.default_rng(3)
    face = HEAD_CANVAS.mask(_FACE, 1.5)
    for ear in _EARS:
        face = np.maximum(face, HEAD_CANVAS.mask(ear, 1.0))
    grey = picture.mean(axis=2, keepdims=True)
    dark_hair = np.clip((grey - 30) * 0.46, 0, 75) * np.array((0.86, 0.94, 1.06)) + 8
    other = blend(picture, as_floats(dark_hair), alpha * (1 - face))
    tanned = as_floats(255 * (picture / 255) ** 1.1 * np.array((0.84, 0.9, 0.96)))
    other = blend(other, tanned, face * alpha * (1 - 0.8 * HEAD_CANVAS.mask(_LIPS, 0.8)))
    beard = 0.8 * HEAD_CANVAS.mask(_BEARD, 2.2) * (1 - HEAD_CANVAS.mask(_LIPS, 1.2))
    beard = np.clip(beard * (1 + 0.16 * _strands(random, 0.8, 3.2)), 0, 1)
    whiskers = np.array((26, 31, 40), np.float32) * (0.55 + grey / 165)
    whiskers = as_floats(whiskers * (1 + 0.22 * _strands(random, 0.6, 2.2)[..., None]))
    other = blend(other, whiskers, beard)
    for brow in _BROWS:
        other = blend(other, (20, 24, 30), 0.62 * HEAD_CANVAS.mask(brow, 0.9))
    return np.clip(other, 0, 255)


def _strands(random: np.random.Generator, across_px: float, along_px: float) -> Floats:
    """Hair-like noise of deviation 1, drawn out downwards."""
    noise = as_floats(random.standard_normal(HEAD_CANVAS.shape))
    noise = blurred(noise, across_px, along_px)
    return as_floats(noise / noise.std())


def _with_glasses(picture: Floats) -> Floats:
    turn = np.linspace(0, 2 * np.pi, 60)
    cosine, sine = np.cos(turn), np.sin(turn)
    across = 14.6 * np.sign(cosine) * abs(cosine) ** 0.7  # a rectangle with round corners
    down = 11.4 * np.sign(sine) * abs(sine) ** 0.7
    lines: list[Points] = [
        [(float(x + dx), float(y + dy)) for dx, dy in zip(across, down, strict=True)]
        for x, y in ((206.8, 102.5), (241.2, 104.0))
    ]
    lines += [((221, 100.5), (227, 100.8)), ((192, 99), (181, 97)), ((256, 101), (268, 100))]
    shadow = np.roll(HEAD_CANVAS.stroke(lines, 1.5, 1.5), 5, axis=0)
    picture = picture * (1 - 0.3 * shadow[..., None])
    return blend(picture, (30, 26, 28), 0.92 * HEAD_CANVAS.stroke(lines, 1.5, 0.45))


def _clothes() -> tuple[Floats, Floats]:
    """A knitted pullover over a roll-neck, a visitor's badge on a ribbon; and their matte."""
    alpha = _BODY_CANVAS.mask(_TORSO, 1.0)
    x, y = _BODY_CANVAS.grid()
    light = _light_on_wool(x, y, alpha)
    picture = light[..., None] * np.array(_NAVY, np.float32)
    ribbon = light[..., None] * np.array(_RED, np.float32)
    picture = blend(picture, ribbon, _BODY_CANVAS.stroke(_RIBBON, 5))
    ribs = 1 + 0.25 * np.sin(x * 1.7) - 0.012 * (x - 190)
    wool = ribs[..., None] * np.array(_BLACK_WOOL, np.float32)
    picture = blend(picture, wool, _BODY_CANVAS.mask(_ROLL_NECK, 1.2))
    for left, top, right, bottom, colour in _BADGE:
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        picture = blend(picture, colour, _BODY_CANVAS.mask(corners, 0.5))
    return np.clip(picture, 0, 255), alpha


def _light_on_wool(x: Floats, y: Floats, alpha: Floats) -> Floats:
    """Brightness factor of the pullover: light from the left, folds, knit."""
    random = np.random.default_rng(9)
    light = 1.12 - 0.0016 * (x - 130) - 0.0007 * (y - 220)
    light -= 0.5 * np.exp(-(((x - 224) / 60) ** 2) - ((y - 196) / 26) ** 2)  # under the chin
    for arm_x, slope in ((112, -0.12), (338, 0.12)):  # where the arms meet the chest
        crease = np.exp(-(((x - arm_x - slope * (y - 300)) / 7) ** 2))
        light -= 0.3 * crease * np.clip((y - 262) / 60, 0, 1)
    size = (light.shape[1], light.shape[0])
    folds = as_floats(random.standard_normal((9, 15)))
    light += 0.05 * cv2.resize(folds, size, interpolation=cv2.INTER_CUBIC)
    light += 0.045 * np.sin(x * 2.1 + 1.5 * np.sin(y / 9)) * (0.7 + 0.3 * np.sin(y * 1.9))
    light += 0.02 * as_floats(random.standard_normal(_BODY_CANVAS.shape))
    small = cv2.resize(alpha, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    edge = cv2.resize(blurred(small, 4.0), size, interpolation=cv2.INTER_LINEAR)
    return as_floats(light * (0.55 + 0.45 * np.clip(edge * 1.5 - 0.4, 0, 1)))
