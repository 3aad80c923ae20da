"""The office of the demonstration, drawn: a wall, a window, a door and a plant, out of focus.

A webcam at a kiosk is focused on the person before it, so blur is what makes flat shapes a room.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Image

FRAME_WIDTH_PX = 1280
FRAME_HEIGHT_PX = 720

_NOISE_ZERO = 8  # uint8 has no negative noise, so the room is drawn darker by this and noise added
_NOISE_SPARE_PX = 64  # a tile is larger than a frame by this, to be cut at many places
NOISE_PLACES = _NOISE_SPARE_PX**2

_Colour = tuple[int, int, int]


def draw_room() -> Image:
    """The empty room before `add_noise`, BGR uint8 (720, 1280, 3), the same at every call."""
    room = _wall()
    _rectangle(room, (0, 636), (1280, 720), (92, 104, 112))  # skirting and floor
    _rectangle(room, (0, 622), (1280, 636), (196, 202, 205))
    _window(room, 64, 84, 300, 372)
    _door(room, 1010, 118, 222)
    _rectangle(room, (782, 150), (964, 286), (88, 92, 96))  # a framed print
    _rectangle(room, (792, 160), (954, 276), (222, 228, 230))
    _rectangle(room, (814, 182), (932, 254), (168, 142, 104))
    _rectangle(room, (814, 224), (932, 254), (112, 128, 92))
    _plant(room, 452, 626)
    blurred = cv2.GaussianBlur(room, (0, 0), 6.5)
    lit = blurred * _daylight()[..., None]
    return np.asarray(np.clip(lit - _NOISE_ZERO, 0, 255), np.uint8)


def noise_tile(seed: int) -> Image:
    """Sensor noise around `_NOISE_ZERO`, uint8, larger than a frame; see `add_noise`."""
    random = np.random.default_rng(seed)
    height, width = FRAME_HEIGHT_PX + _NOISE_SPARE_PX, FRAME_WIDTH_PX + _NOISE_SPARE_PX
    # Mostly brightness noise, grains a little larger than a pixel, as after a camera's own filter.
    grain = cv2.GaussianBlur(
        random.standard_normal((height, width)).astype(np.float32), (0, 0), 0.6
    )
    colour = random.standard_normal((height // 4, width // 4, 3)).astype(np.float32)
    colour = cv2.resize(colour, (width, height), interpolation=cv2.INTER_LINEAR)
    tile = _NOISE_ZERO + 3.4 * grain[..., None] + 0.9 * colour
    return np.asarray(np.clip(np.round(tile), 0, 255), np.uint8)


def add_noise(frame: Image, tile: Image, place: int) -> None:
    """Add noise to `frame` in place; `place` under NOISE_PLACES says where `tile` is cut."""
    top, left = divmod(place, _NOISE_SPARE_PX)
    cut = tile[top : top + frame.shape[0], left : left + frame.shape[1]]
    cv2.add(frame, cut, dst=frame)


def _wall() -> NDArray[np.float32]:
    room = np.empty((FRAME_HEIGHT_PX, FRAME_WIDTH_PX, 3), np.float32)
    room[:] = (188, 198, 202)
    uneven = np.random.default_rng(5).standard_normal((9, 16)).astype(np.float32)
    room += (
        2.5
        * cv2.resize(uneven, (FRAME_WIDTH_PX, FRAME_HEIGHT_PX), interpolation=cv2.INTER_CUBIC)[
            ..., None
        ]
    )
    return room


def _daylight() -> NDArray[np.float32]:
    """Brightness factor (720, 1280): falls off from the window at the left and into the corners."""
    y, x = np.mgrid[0:FRAME_HEIGHT_PX, 0:FRAME_WIDTH_PX].astype(np.float32)
    glow = np.exp(-(((x - 210) / 520) ** 2) - ((y - 250) / 420) ** 2)
    corners = ((x - 640) / 640) ** 2 + ((y - 340) / 380) ** 2
    return np.asarray((0.96 + 0.17 * glow - 0.1 * corners), np.float32)


def _rectangle(
    room: NDArray[np.float32], first: tuple[int, int], last: tuple[int, int], colour: _Colour
) -> None:
    cv2.rectangle(room, first, (last[0] - 1, last[1] - 1), colour, cv2.FILLED)


def _window(room: NDArray[np.float32], x: int, y: int, width: int, height: int) -> None:
    _rectangle(room, (x - 12, y - 12), (x + width + 12, y + height + 12), (214, 219, 221))
    sky = np.linspace(1.0, 0.0, height, dtype=np.float32)[:, None, None]
    room[y : y + height, x : x + width] = sky * (250, 244, 236) + (1 - sky) * (226, 238, 242)
    houses = ((0, 150, 74), (74, 196, 60), (134, 128, 86), (220, 176, 80))
    for left, tall, wide in houses:
        _rectangle(
            room, (x + left, y + height - tall), (x + left + wide, y + height), (206, 206, 202)
        )
    for left, top, wide in ((20, 60, 90), (40, 88, 110), (170, 100, 70)):
        cv2.ellipse(
            room,
            (x + left + wide // 2, y + height),
            (wide // 2, top),
            0,
            180,
            360,
            (150, 182, 160),
            cv2.FILLED,
        )
    for slat in range(y, y + height // 3, 15):  # half-lowered blind
        _rectangle(room, (x, slat), (x + width, slat + 10), (226, 232, 234))
    _rectangle(room, (x + width // 2 - 6, y), (x + width // 2 + 6, y + height), (214, 219, 221))
    _rectangle(room, (x - 24, y + height + 12), (x + width + 24, y + height + 30), (222, 228, 230))
    _rectangle(room, (x - 24, y + height + 30), (x + width + 24, y + height + 40), (160, 168, 172))


def _door(room: NDArray[np.float32], x: int, y: int, width: int) -> None:
    _rectangle(room, (x - 16, y - 16), (x + width + 16, 636), (206, 212, 214))
    _rectangle(room, (x, y), (x + width, 636), (104, 134, 158))
    _rectangle(room, (x + 30, y + 44), (x + width - 30, y + 236), (176, 190, 190))  # glass
    _rectangle(room, (x + 30, y + 280), (x + width - 30, 602), (96, 124, 147))
    cv2.ellipse(room, (x + 20, y + 262), (9, 26), 0, 0, 360, (208, 214, 216), cv2.FILLED)


def _plant(room: NDArray[np.float32], x: int, y: int) -> None:
    random = np.random.default_rng(11)
    for _ in range(34):
        angle = float(random.uniform(-1.25, 1.25))
        length = float(random.uniform(70, 190))
        tip = (int(x + length * np.sin(angle)), int(y - 84 - length * np.cos(angle)))
        shade = int(random.integers(0, 46))
        middle = ((x + tip[0]) // 2, (y - 84 + tip[1]) // 2)
        axes = (int(length / 2), int(random.uniform(7, 13)))
        turn = float(np.degrees(np.arctan2(tip[1] - (y - 84), tip[0] - x)))
        colour = (52 + shade // 2, 92 + shade, 66 + shade // 2)
        cv2.ellipse(room, middle, axes, turn, 0, 360, colour, cv2.FILLED)
    pot = np.array([(x - 44, y - 92), (x + 44, y - 92), (x + 34, y + 18), (x - 34, y + 18)])
    cv2.fillPoly(room, [pot.astype(np.int32)], (150, 166, 176))
