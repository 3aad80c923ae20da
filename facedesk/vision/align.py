"""Face alignment: an image and five landmarks become the upright crop an embedder expects.

This is the only alignment in the project: the application and the training code in ``facedesk.lab``
call the same functions, because a network recognises best what it was trained on.

Landmarks are ``(5, 2)`` in pixels of the image, in the order left eye, right eye, nose tip, left
mouth corner, right mouth corner, where left is left as seen in the image. Pixel coordinates follow
OpenCV: the centre of the top left pixel is ``(0, 0)``.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

ARCFACE_SIZE_PX = 112

# Source: Deng et al., "ArcFace", and its reference code, for a crop of 112x112 pixels.
ARCFACE_TEMPLATE: NDArray[np.float32] = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    dtype=np.float32,
)
ARCFACE_TEMPLATE.setflags(write=False)

# The crop that is kept of an enrolled face shows 20 px more on each side of the ArcFace crop.
KEPT_SIZE_PX = 192
_KEPT_MARGIN_PX = 20
KEPT_TEMPLATE: NDArray[np.float32] = (
    (ARCFACE_TEMPLATE + _KEPT_MARGIN_PX) * (KEPT_SIZE_PX / (ARCFACE_SIZE_PX + 2 * _KEPT_MARGIN_PX))
).astype(np.float32)
KEPT_TEMPLATE.setflags(write=False)


def template_for(size: tuple[int, int], normalised: ArrayLike | None = None) -> NDArray[np.float32]:
    """Landmark positions in pixels of a crop of ``size``.

    Args:
        size: ``(width, height)`` of the crop in pixels.
        normalised: ``(5, 2)`` template as fractions of the crop's width and height, as a model's
            card gives it; the ArcFace template where omitted.

    Returns:
        ``(5, 2)`` float32, pixels of the crop.
    """
    if normalised is None:
        fractions = ARCFACE_TEMPLATE.astype(np.float64) / ARCFACE_SIZE_PX
    else:
        fractions = _points(normalised, "template")
    return (fractions * np.asarray(size, dtype=np.float64)).astype(np.float32)


def similarity_transform(source: ArrayLike, target: ArrayLike) -> NDArray[np.float64]:
    """The rotation, uniform scale and shift that bring ``source`` closest to ``target``.

    Args:
        source: ``(n, 2)`` points, n at least 2.
        target: ``(n, 2)`` points that correspond to them.

    Returns:
        ``(2, 3)`` float64 matrix M, such that ``M @ [x, y, 1]`` is the mapped point and the sum of
        squared distances to ``target`` is least. It never mirrors.

    Raises:
        ValueError: the shapes differ, a coordinate is not finite, or all source points coincide.

    Source: Umeyama 1991, "Least-squares estimation of transformation parameters between two point
    patterns", equations 40 to 43. In two dimensions the optimum has the closed form used here:
    with centred points as complex numbers, scale and rotation are ``sum(conj(s) t) / sum(|s|^2)``.
    """
    source_points = _points(source, "source")
    target_points = _points(target, "target")
    if source_points.shape != target_points.shape:
        raise ValueError(f"{source_points.shape} source points for {target_points.shape} targets")
    source_mean = source_points.mean(axis=0)
    target_mean = target_points.mean(axis=0)
    s = source_points - source_mean
    t = target_points - target_mean
    spread = float((s**2).sum())
    if spread <= 1e-12:
        raise ValueError("all source points coincide: no similarity transform is defined")
    cosine = float((s * t).sum()) / spread
    sine = float((s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum()) / spread
    linear = np.array([[cosine, -sine], [sine, cosine]])
    shift = target_mean - linear @ source_mean
    return np.hstack([linear, shift[:, None]])


def align(
    image: NDArray[np.uint8],
    landmarks: ArrayLike,
    size: tuple[int, int] = (ARCFACE_SIZE_PX, ARCFACE_SIZE_PX),
    template: ArrayLike | None = None,
) -> NDArray[np.uint8]:
    """Cut an upright face crop out of a picture.

    Args:
        image: ``(H, W, 3)`` uint8 BGR.
        landmarks: ``(5, 2)`` in pixels of ``image``.
        size: ``(width, height)`` of the crop in pixels.
        template: ``(5, 2)`` where the landmarks shall lie, in PIXELS of the crop (a card's
            normalised template goes through ``template_for`` first). Where omitted, the ArcFace
            template scaled to ``size``.

    Returns:
        ``(height, width, 3)`` uint8 BGR, contiguous; where the picture ends, its border is
        repeated, as in the training crops.

    Raises:
        ValueError: the image is not (H, W, 3) uint8, or the landmarks are unusable.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"expected (H, W, 3) uint8, got {image.shape} {image.dtype}")
    target = template_for(size) if template is None else np.asarray(template)
    matrix = similarity_transform(landmarks, target)
    crop: NDArray[np.uint8] = cv2.warpAffine(
        image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return crop


def kept_crop(image: NDArray[np.uint8], landmarks: ArrayLike) -> NDArray[np.uint8]:
    """The crop that an enrolled sample keeps: 192x192 BGR, the ArcFace crop with a margin.

    Larger than any embedder's own input, so that a later model can cut its crop out of this one
    (the landmarks lie at `KEPT_TEMPLATE`), and people see hair and chin in the portrait.
    """
    return align(image, landmarks, (KEPT_SIZE_PX, KEPT_SIZE_PX), KEPT_TEMPLATE)


def _points(values: ArrayLike, name: str) -> NDArray[np.float64]:
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise ValueError(f"{name} must be (n, 2) with n at least 2, got {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name} has a coordinate that is not finite")
    return points
