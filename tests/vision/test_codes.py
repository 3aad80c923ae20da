"""Codes are read as a webcam sees them, and drawn so that they are read."""

import cv2
import numpy as np
import pytest

from facedesk.core.credentials import new_badge_code
from facedesk.core.errors import BadInputError
from facedesk.core.records import Image
from facedesk.vision.codes import CodeReader, qr_picture


def held_up(code: Image, width_px: int, turn_deg: float = 0.0) -> Image:
    """The code as a camera sees it: turned, a little blurred and noisy, on a grey wall."""
    size = code.shape[0]
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), turn_deg, width_px / size)
    matrix[:, 2] += (640 - size / 2, 360 - size / 2)
    soft = cv2.GaussianBlur(code, (0, 0), max(0.1, size / width_px / 3))
    seen = cv2.warpAffine(soft, matrix, (1280, 720), borderValue=(120, 130, 125))
    noise = np.random.default_rng(3).normal(0, 5, seen.shape)
    return np.clip(cv2.GaussianBlur(seen, (0, 0), 0.8) * 0.8 + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("turn_deg", [0.0, 17.0, 180.0])
def test_a_made_badge_is_read_from_a_hands_width_in_the_picture(turn_deg: float) -> None:
    code = "170141183460469231731687303715884105728"
    assert CodeReader().read(held_up(qr_picture(code), 200, turn_deg)) == (code,)


def test_a_bar_code_of_a_card_is_read() -> None:
    assert CodeReader().read(held_up(ean_13("4006381333931"), 400)) == ("4006381333931",)


def test_a_picture_without_a_code_has_none() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    assert CodeReader().read(noise) == ()
    assert CodeReader().read(np.zeros((360, 640, 3), np.uint8)) == ()


def test_a_badge_fits_the_smallest_code_and_a_novel_fits_none() -> None:
    assert qr_picture(new_badge_code(), 1).shape == (21 + 8, 21 + 8, 3)
    with pytest.raises(BadInputError):
        qr_picture("x" * 5000)


def ean_13(digits: str) -> Image:
    """A bar code, drawn from the standard's table."""
    table = "0001101001100100100110111101010001101100010101111011101101101110001011"
    odd = [table[7 * digit : 7 * digit + 7] for digit in range(10)]
    even = [pattern[::-1].translate(str.maketrans("01", "10")) for pattern in odd]
    right = [pattern.translate(str.maketrans("01", "10")) for pattern in odd]
    of_first = "LLLLLLLLGLGGLLGGLGLLGGGLLGLLGGLGGLLGLGGGLLLGLGLGLGLGGLLGGLGL"
    parity = [of_first[6 * digit : 6 * digit + 6] for digit in range(10)]
    left = "".join(
        (odd if kind == "L" else even)[int(digit)]
        for digit, kind in zip(digits[1:7], parity[int(digits[0])], strict=True)
    )
    bars = "101" + left + "01010" + "".join(right[int(d)] for d in digits[7:]) + "101"
    row = np.array([0 if bar == "1" else 255 for bar in "0" * 11 + bars + "0" * 11], np.uint8)
    picture = np.kron(np.tile(row, (60, 1)), np.ones((4, 4), np.uint8))
    square = np.full((row.size * 4, row.size * 4), 255, np.uint8)
    square[100 : 100 + picture.shape[0]] = picture
    return cv2.cvtColor(square, cv2.COLOR_GRAY2BGR)
