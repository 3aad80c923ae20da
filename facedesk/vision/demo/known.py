"""The person whom the demonstration knows: scikit-image's astronaut, cut out of her portrait."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Image
from facedesk.vision.demo.figure import (
    SCALE,
    Canvas,
    Figure,
    Floats,
    Points,
    as_floats,
    blend,
    blurred,
    make_layer,
)

HEAD_CANVAS = Canvas(132, 0, 192, 220)
_BODY_CANVAS = Canvas(0, 132, 512, 380)

# Traced by hand on the portrait, clockwise.
_HEAD: Points = (
    (232, 15), (245, 18), (258, 24), (272, 30), (282, 36), (290, 46), (296, 57), (299, 70),
    (301, 85), (299, 100), (295, 112), (287, 122), (281, 129), (277, 136), (271, 137), (267, 134),
    (265, 142), (262, 151), (258, 161), (255, 172), (253, 183), (246, 188), (238, 190), (225, 189),
    (212, 187), (200, 185), (192, 182), (187, 172), (185, 160), (184, 148), (183, 138), (181, 132),
    (178, 132), (175, 127), (173, 121), (170, 118), (163, 112), (158, 104), (155, 95), (153, 83),
    (153, 72), (155, 62), (161, 52), (170, 44), (180, 37), (187, 31), (193, 25), (202, 20),
    (212, 17), (222, 15),
)  # fmt: skip
_SUIT: Points = (
    (185, 149), (200, 151), (220, 157), (240, 165), (255, 174), (263, 178), (274, 187), (285, 198),
    (294, 209), (301, 222), (304, 232), (310, 237), (320, 243), (330, 251), (338, 260), (344, 271),
    (349, 283), (354, 296), (358, 312), (361, 325), (363, 334), (366, 345), (371, 347.5),
    (380, 345), (395, 344), (410, 344.5), (425, 347.5), (440, 353.5), (455, 361.5), (468, 372.5),
    (479.5, 387), (487.5, 402), (492.5, 420), (495.5, 438), (498, 450), (501, 454), (505, 462),
    (509, 472), (511, 484), (514, 500), (514, 516), (42, 516), (40.5, 510), (35.5, 500),
    (28.5, 485), (25.5, 470), (25, 455), (25.5, 440), (23.5, 425), (22, 400), (23.5, 385),
    (26, 370), (27, 355), (29.5, 340), (31.5, 330), (35.5, 317), (40, 305), (41.5, 297),
    (43.5, 287), (47.5, 275), (53.5, 262), (60.5, 250), (69.5, 242), (77, 237), (87, 231.5),
    (97, 221.5), (105, 214.5), (112, 207.5), (114, 204), (115, 198), (117, 194), (114, 188),
    (116, 186), (119, 187), (121, 185), (123, 180), (126, 172), (132, 163), (141, 155), (152, 150),
    (165, 148), (178, 148),
)  # fmt: skip
_RING_BEHIND_HEAD: Points = (
    (152, 152), (165, 150.5), (178, 150.5), (190, 152), (205, 154.5), (222, 160), (240, 167),
    (255, 177), (268, 184.5),
)  # fmt: skip


def known_person(portrait: Image) -> Figure:
    """The astronaut, from her portrait as BGR uint8 (512, 512, 3)."""
    head, head_alpha = cut_out_head(portrait)
    suit, suit_alpha = _cut_out_suit(portrait)
    return Figure(
        make_layer(_BODY_CANVAS, suit, suit_alpha), make_layer(HEAD_CANVAS, head, head_alpha)
    )


def cut_out_head(portrait: Image) -> tuple[Floats, Floats]:
    """Head and hair (picture and matte) on `HEAD_CANVAS`, cleaned of the portrait's pale wall.

    In a band along the traced outline, alpha is where a pixel lies between the colour of the hair
    inside and of the wall outside. The lower face meets the dark suit and keeps the outline.
    """
    picture = HEAD_CANVAS.cut(portrait.astype(np.float32))
    traced, hard = HEAD_CANVAS.mask(_HEAD, 1.0, scale=1), HEAD_CANVAS.mask(_HEAD, scale=1)
    inside, outside = cv2.erode(hard, _disc(4)) > 0.5, cv2.dilate(hard, _disc(5)) < 0.5
    hair, wall = _carried_on(picture, inside, 4), _carried_on(picture, outside, 4)
    between = hair - wall
    share = ((picture - wall) * between).sum(2) / np.maximum((between**2).sum(2), 400)
    alpha = np.clip((share - 0.12) / 0.72, 0, 1)
    alpha[inside], alpha[outside] = 1, 0
    lower = np.clip((np.arange(len(picture), dtype=np.float32) - 118) / 10, 0, 1)[:, None]
    alpha = alpha * (1 - lower) + np.clip(2 * traced - 1, 0, 1) ** 0.7 * lower
    # Of a half covered pixel keep the hair's texture, not the wall's brightness.
    darker = np.minimum(picture, hair * 1.12)
    clean = blend(darker, picture, blurred(cv2.erode(hard, _disc(2)), 0.8))
    return _enlarged(clean), _enlarged(as_floats(alpha * 255)) / np.float32(255)


def _cut_out_suit(portrait: Image) -> tuple[Floats, Floats]:
    """The suit and its matte, with the inside of its collar where the head was."""
    picture = _enlarged(_BODY_CANVAS.cut(portrait.astype(np.float32)))
    hole = blurred(cv2.dilate(_BODY_CANVAS.mask(_HEAD), _disc(5)), 1.5)
    # A tilted head bares a strip of the ring behind it.
    ring = _BODY_CANVAS.stroke([_RING_BEHIND_HEAD], 5, 0.75)
    behind = blend(np.full_like(picture, (18, 16, 16)), (112, 92, 96), ring)
    picture = blend(picture, behind, hole)
    alpha = _BODY_CANVAS.mask(_SUIT, 0.45)
    own_colour = _carried_on(picture, cv2.erode(alpha, _disc(4)) > 0.99, 2.5)
    return blend(own_colour, picture, cv2.erode(alpha, _disc(3))), alpha


def _enlarged(picture: Floats) -> Floats:
    """`SCALE` times as large, and sharpened a little, because enlarging softens."""
    large = as_floats(cv2.resize(picture, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC))
    return as_floats(np.clip(large + 0.35 * (large - blurred(large, 1.6)), 0, 255))


def _disc(radius_px: int) -> Image:
    side_px = 2 * radius_px + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px)), np.uint8)


def _carried_on(picture: Floats, where: NDArray[np.bool_], reach_px: float) -> Floats:
    """The colours of `where`, carried on outwards."""
    weight = where.astype(np.float32)
    colours = blurred(picture * weight[..., None], reach_px)
    return as_floats(colours / np.maximum(blurred(weight, reach_px), 1e-4)[..., None])
