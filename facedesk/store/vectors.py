"""Face vectors as bytes: float32, little-endian on every machine, so that a file can move."""

import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Vector

STORED = np.dtype("<f4")
_UNIT_TOLERANCE = 1e-3


def to_bytes(vector: Vector) -> bytes:
    """Raises ValueError unless it is float32 (d,) of unit length."""
    if vector.ndim != 1 or vector.dtype != np.float32:
        raise ValueError(f"an embedding is float32 (d,), not {vector.dtype} {vector.shape}")
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not abs(length - 1.0) <= _UNIT_TOLERANCE:  # also refuses NaN
        raise ValueError(f"an embedding has unit length, not {length:.4f}")
    return vector.astype(STORED).tobytes()


def from_bytes(stored: bytes) -> Vector:
    vector: NDArray[np.float32] = np.frombuffer(stored, STORED).astype(np.float32)
    return vector
