"""The regular pattern that screens and printers leave on a picture of a face."""

import cv2
import numpy as np

from facedesk.core.records import Box, Image

_PX = 96
_WINDOW = np.outer(np.hanning(_PX), np.hanning(_PX)).astype(np.float32)
_FLOOR = float((_WINDOW**2).sum())  # the power of a sensor's noise of one grey level
_DISTANCE = np.arange(_PX) - _PX // 2
_RADIUS = np.hypot(_DISTANCE[:, None], _DISTANCE[None, :])
# The axes carry the blocks of a compressed picture, the middle the face itself.
_LOOKED_AT = (
    (_RADIUS > 6)
    & (_RADIUS < _PX // 2 - 1)
    & (np.abs(_DISTANCE[:, None]) > 1)
    & (np.abs(_DISTANCE[None, :]) > 1)
)


def grid_of(image: Image, box: Box) -> float:
    """How far the strongest regular pattern in the middle of a face stands out of its spectrum, as
    a natural logarithm: up to about 2 where there is none.

    `image` is BGR uint8 (H, W, 3), in which `box` is a face; it is looked at as the camera gave it,
    because any change of size would blur what is looked for. 0 in pictures under 96 px. Source: the
    peaks of Garcia and de Queiroz, "Face-spoofing 2D-detection based on moire-pattern analysis"
    (IEEE TIFS 2015).
    """
    height, width = image.shape[:2]
    if min(height, width) < _PX:
        return 0.0
    left = min(max(0, round((box[0] + box[2] - _PX) / 2)), width - _PX)
    top = min(max(0, round((box[1] + box[3] - _PX) / 2)), height - _PX)
    grey = cv2.cvtColor(image[top : top + _PX, left : left + _PX], cv2.COLOR_BGR2GRAY)
    values = grey.astype(np.float32)
    fine = (values - cv2.GaussianBlur(values, (0, 0), 3)) * _WINDOW
    power = np.fft.fftshift(np.abs(np.fft.fft2(fine)) ** 2).astype(np.float32) + _FLOOR
    usual = cv2.GaussianBlur(np.log(power), (0, 0), 4)
    return float((np.log(cv2.blur(power, (3, 3))) - usual)[_LOOKED_AT].max())
