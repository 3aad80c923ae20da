"""What one picture tells about the camera: is it black, is it the very same as the last one?

The verdict over time (stalled, frozen) belongs to the session; here are the tests of one picture.
"""

import zlib

import numpy as np

from facedesk.core.records import Image

_STEP_PX = 16
_BLACK_MEAN = 12.0
_BLACK_BRIGHTEST = 40.0


def is_black(image: Image) -> bool:
    """True where a BGR uint8 picture shows nothing: covered lens, closed shutter, dead sensor.

    A covered sensor still gives noise, so the mean and the brightest hundredth are judged; a dark
    room in which a lamp or a screen is seen is not black.
    """
    brightest = image[::_STEP_PX, ::_STEP_PX].max(axis=2)
    return bool(
        brightest.mean() < _BLACK_MEAN and np.percentile(brightest, 99.0) < _BLACK_BRIGHTEST
    )


def fingerprint(image: Image) -> int:
    """A checksum of every fourth row: equal for exactly identical pictures, else almost surely not.

    The noise of a real sensor never repeats over whole rows, so the same number again and again
    means that the driver hands out one old picture.
    """
    return zlib.crc32(np.ascontiguousarray(image[::4]).data)
