"""Training scenes: pictures of the bank, scaled, turned and laid on backgrounds, faces known.

A scene is a square canvas. A picture lies in it as one affine tile, so its boxes and landmarks go
through the same matrix as its pixels; several small tiles make a mosaic (YOLOv4,
arXiv:2004.10934), one large tile a portrait that fills the frame. Every scene follows from one
seed: the same seed gives the same pixels, which is what makes a resumed training exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.lab.detection.bank import Bank
from facedesk.lab.detection.distort import cover, distort
from facedesk.lab.detection.distractors import beside, round_thing
from facedesk.lab.detection.labels import MIRRORED, Labels
from facedesk.lab.detection.mistakes import Mistakes

# Under this a face is neither face nor background: there is not enough of it to learn from.
SMALLEST_FACE_PX = 11.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Which pictures of which bank are training faces, and which are backgrounds.

    `faces`: (bank, picture indices, weight) with at least one certain face in every picture.
    `mistaken`: what an earlier detector took for a face.
    """

    faces: tuple[tuple[Bank, NDArray[np.int64], float], ...]
    background: tuple[Bank, NDArray[np.int64]]
    mistaken: tuple[tuple[Bank, Mistakes], ...] = ()


_WEIGHTS = {"lfw": 0.52, "clips": 0.26, "crops": 0.22}
# Faces in profile and small blurred ones behind others are few and were what was missed most: their
# pictures count so many times more.
_HARD_AGAIN = 3
_TURNED_EYES_BY_SIDE = 0.25
_SMALL_PX = 60.0


def sources(banks: dict[str, Bank], mistaken: dict[str, Mistakes] | None = None) -> Sources:
    """The training side of the banks `lfw`, `clips`, `crops` (faces) and `scenes` (backgrounds)."""
    faces = []
    for name, weight in _WEIGHTS.items():
        bank = banks[name]
        learned = bank.certain & ~bank.is_test[bank.owner]
        again = np.unique(bank.owner[learned & _hard(bank)])
        chosen = np.concatenate((np.unique(bank.owner[learned]), np.tile(again, _HARD_AGAIN)))
        faces.append((bank, chosen, weight))
    scenes = banks["scenes"]
    return Sources(
        tuple(faces),
        (scenes, np.flatnonzero(~scenes.is_test)),
        tuple((banks[name], found) for name, found in (mistaken or {}).items() if len(found)),
    )


def _hard(bank: Bank) -> NDArray[np.bool_]:
    """Which faces of a bank are turned away (eyes close together for the box) or small."""
    longest_px = (bank.boxes[:, 2:] - bank.boxes[:, :2]).max(axis=1, initial=0)
    eyes_px = np.hypot(*(bank.landmarks[:, 1] - bank.landmarks[:, 0]).T)
    return np.asarray((eyes_px < _TURNED_EYES_BY_SIDE * longest_px) | (longest_px < _SMALL_PX))


@dataclass(frozen=True, slots=True)
class Scene:
    """A BGR square with its labels in its own pixels."""

    image: NDArray[np.uint8]
    labels: Labels


_NOBODY = Labels(
    np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, np.bool_)
)


class _Canvas:
    """A scene while it is painted."""

    def __init__(self, size_px: int) -> None:
        self.image = np.zeros((size_px, size_px, 3), np.uint8)
        self.size_px = size_px
        self.labels = _NOBODY

    def lay(
        self,
        image: NDArray[np.uint8],
        alpha: NDArray[np.uint8],
        labels: Labels,
        matrix: NDArray[np.float64],
    ) -> None:
        """Paint `image` through the similarity `matrix` (2, 3); `alpha` (h, w) is its opacity."""
        moved = _through(labels, matrix)
        height, width = image.shape[:2]
        corners = np.array([(0, 0, 1), (width, 0, 1), (0, height, 1), (width, height, 1)])
        ends = corners @ matrix.T
        x1, y1 = np.clip(np.floor(ends.min(0)).astype(int), 0, self.size_px)
        x2, y2 = np.clip(np.ceil(ends.max(0)).astype(int) + 1, 0, self.size_px)
        if x2 <= x1 or y2 <= y1:
            return
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
        while scale < 0.5 and min(image.shape[:2]) > 16:
            # A warp that shrinks skips pixels: halve first, as often as it takes. The half-size
            # picture has its pixel (0, 0) at (0, 0) of the larger one.
            image, alpha = np.asarray(cv2.pyrDown(image)), np.asarray(cv2.pyrDown(alpha))
            matrix = matrix @ np.diag((2.0, 2.0, 1.0))
            scale *= 2
        inside = matrix - np.array([[0, 0, x1], [0, 0, y1]])
        size = (int(x2 - x1), int(y2 - y1))
        turned = cv2.warpAffine(image, inside, size, borderMode=cv2.BORDER_REPLICATE)
        opacity = cv2.warpAffine(alpha, inside, size)
        part = self.image[y1:y2, x1:x2]
        weight = opacity[..., None].astype(np.float32) * np.float32(1 / 255)
        part[:] = (part + (turned.astype(np.float32) - part) * weight + 0.5).astype(np.uint8)
        old = _covered(self.labels, opacity > 127, int(x1), int(y1))
        self.labels = Labels(
            np.concatenate((old.boxes, moved.boxes)),
            np.concatenate((old.landmarks, moved.landmarks)),
            np.concatenate((old.certain, moved.certain)),
        )


def compose(source: Sources, size_px: int, seed: int) -> Scene:
    """The scene of a seed."""
    random = np.random.default_rng(seed)
    canvas = _Canvas(size_px)
    _lay_background(canvas, source, random)
    for _ in range(int(random.integers(0, 6))):
        _lay_distractor(canvas, source, random)
    kind = random.random()
    if kind < 0.38:  # one picture at any scale
        _lay_face(canvas, source, random, _face_px(size_px, random, 0.08, 1.05))
    elif kind < 0.94:  # a mosaic; the rest has no face laid on it
        for _ in range(int(random.integers(3, 9))):
            _lay_face(canvas, source, random, _face_px(size_px, random, 0.05, 0.45))
    labels = _visible(canvas.labels, size_px)
    for points, sure in zip(labels.landmarks, labels.certain, strict=True):
        if sure and random.random() < 0.12:
            cover(canvas.image, points, random)
    return Scene(distort(canvas.image, random), labels)


def _face_px(size_px: int, random: np.random.Generator, least: float, most: float) -> float:
    """The longer side of a face, even on a logarithmic scale: every octave is as frequent."""
    least_px = max(least * size_px, SMALLEST_FACE_PX + 1)
    return float(np.exp(random.uniform(np.log(least_px), np.log(most * size_px))))


def _lay_background(canvas: _Canvas, source: Sources, random: np.random.Generator) -> None:
    if random.random() < 0.75:
        bank, indices = source.background
        index = int(random.choice(indices))
        image = bank.image(index)
        height, width = image.shape[:2]
        side = min(height, width) * random.uniform(0.3, 1.0)
        scale = canvas.size_px / side
        x, y = random.uniform(0, width - side), random.uniform(0, height - side)
        matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
        if random.random() < 0.5:
            matrix = np.array([[-1, 0, canvas.size_px - 1], [0, 1, 0]]) @ np.vstack(
                (matrix, (0, 0, 1))
            )
        # Its faces are not learned from: the public detectors agree on a fish there.
        labels = bank.labels(index)
        unsure = Labels(labels.boxes, labels.landmarks, np.zeros(len(labels.boxes), np.bool_))
        canvas.lay(image, np.full((height, width), 255, np.uint8), unsure, matrix)
        return
    # A colour field: a few random points blown up smoothly, with or without noise.
    rows, columns = (int(count) for count in random.integers(1, 6, 2))
    coarse = random.integers(0, 256, (rows, columns, 3)).astype(np.float32)
    field = cv2.resize(coarse, (canvas.size_px,) * 2, interpolation=cv2.INTER_LINEAR)
    if random.random() < 0.5:
        field = field + random.normal(0, random.uniform(2, 30), field.shape)
    canvas.image[:] = np.clip(field, 0, 255)


def _lay_distractor(canvas: _Canvas, source: Sources, random: np.random.Generator) -> None:
    """Lay something that is no face, at any size and turned in any way."""
    kind = random.random()
    if kind < 0.2:
        image, alpha = round_thing(64, random)
    else:
        part = _mistaken(source, random) if kind < 0.75 and source.mistaken else None
        if part is None:
            bank, indices = _picture_set(source, random)
            index = int(random.choice(indices))
            part = beside(bank.image(index), bank.labels(index).boxes, random)
        if part is None:
            return
        image, alpha = part, np.full(part.shape[:2], 255, np.uint8)
    height, width = image.shape[:2]
    scale = _face_px(canvas.size_px, random, 0.08, 0.6) / max(height, width)
    # Half of them as they stood: what is mistaken upright is mistaken less when it is turned.
    angle_deg = float(random.normal(0, 11) if random.random() < 0.5 else random.uniform(0, 360))
    matrix = np.array(cv2.getRotationMatrix2D((0, 0), angle_deg, scale), np.float64)
    if random.random() < 0.5:
        matrix = matrix @ np.diag((-1.0, 1.0, 1.0))
    middle = random.uniform(0, canvas.size_px, 2)
    matrix[:, 2] = middle - matrix[:, :2] @ np.array((width / 2, height / 2))
    canvas.lay(image, alpha, _NOBODY, matrix)


def _mistaken(source: Sources, random: np.random.Generator) -> NDArray[np.uint8]:
    bank, found = source.mistaken[int(random.integers(len(source.mistaken)))]
    row = int(random.integers(len(found)))
    x1, y1, x2, y2 = found.square[row]
    return bank.image(int(found.picture[row]))[y1:y2, x1:x2]


def _picture_set(source: Sources, random: np.random.Generator) -> tuple[Bank, NDArray[np.int64]]:
    """One of the sets of faces, as often as its weight says."""
    weights = np.array([weight for _, _, weight in source.faces])
    bank, indices, _ = source.faces[int(random.choice(len(weights), p=weights / weights.sum()))]
    return bank, indices


def _lay_face(
    canvas: _Canvas, source: Sources, random: np.random.Generator, face_px: float
) -> None:
    """Lay one picture so that one of its certain faces has the wanted size."""
    bank, indices = _picture_set(source, random)
    index = int(random.choice(indices))
    image, labels = bank.image(index), bank.labels(index)
    box = labels.boxes[int(random.choice(np.flatnonzero(labels.certain)))].astype(np.float64)
    scale = face_px / max(box[2:] - box[:2])
    matrix = np.zeros((2, 3))
    angle_deg = float(np.clip(random.normal(0, 14), -40, 40))
    matrix[:] = cv2.getRotationMatrix2D((0, 0), angle_deg, scale)
    if random.random() < 0.5:
        matrix = matrix @ np.diag((-1.0, 1.0, 1.0))
    # The face goes anywhere, up to about a third of it over the border.
    reach_px = max(0.0, canvas.size_px - 0.4 * face_px)
    target = canvas.size_px / 2 + random.uniform(-reach_px / 2, reach_px / 2, 2)
    matrix[:, 2] = target - matrix[:, :2] @ ((box[:2] + box[2:]) / 2)
    if image.shape[0] == image.shape[1] == 128:
        alpha = _SOFT_OVAL
    else:
        alpha = np.full(image.shape[:2], 255, np.uint8)
        if random.random() < 0.5:  # half of the tiles fade at their border
            edge = max(2, round(0.06 * min(image.shape[:2])))
            alpha[:edge], alpha[-edge:], alpha[:, :edge], alpha[:, -edge:] = 0, 0, 0, 0
            alpha = np.asarray(cv2.blur(alpha, (edge, edge)))
    canvas.lay(image, alpha, labels, matrix)


def _soft_oval() -> NDArray[np.uint8]:
    """Opacity of an aligned 128x128 crop: the head without the corners, soft at the edge."""
    oval = np.zeros((128, 128), np.uint8)
    cv2.ellipse(oval, (64, 62), (50, 56), 0, 0, 360, 255, -1)
    return np.asarray(cv2.GaussianBlur(oval, (0, 0), 4), np.uint8)


_SOFT_OVAL = _soft_oval()


def _through(labels: Labels, matrix: NDArray[np.float64]) -> Labels:
    """Labels after a similarity. A box keeps its sides' ratio: a tilted head is no larger."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    centre = (labels.boxes[:, :2] + labels.boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (labels.boxes[:, 2:] - labels.boxes[:, :2]) * (scale / 2)
    points = labels.landmarks @ matrix[:, :2].T + matrix[:, 2]
    if np.linalg.det(matrix[:, :2]) < 0:
        points = points[:, MIRRORED]
    boxes = np.concatenate((centre - half, centre + half), axis=1)
    return Labels(boxes.astype(np.float32), points.astype(np.float32), labels.certain)


def _covered(labels: Labels, mask: NDArray[np.bool_], x: int, y: int) -> Labels:
    """Faces under a new tile whose opaque part is `mask` at (x, y): a little covered stays,
    mostly covered is ignored, wholly covered is gone."""
    keep, certain = [], labels.certain.copy()
    for index, box in enumerate(labels.boxes):
        x1, y1 = max(0, int(box[0]) - x), max(0, int(box[1]) - y)
        x2, y2 = max(0, int(box[2]) - x), max(0, int(box[3]) - y)
        area = max(1.0, float((box[2] - box[0]) * (box[3] - box[1])))
        share = mask[y1:y2, x1:x2].sum() / area
        if share > 0.2:
            certain[index] = False
        if share < 0.8:
            keep.append(index)
    return Labels(labels.boxes[keep], labels.landmarks[keep], certain[keep])


def _visible(labels: Labels, size_px: int) -> Labels:
    """Drop what is outside; half outside or tiny faces are ignored from here on."""
    inside = np.clip(labels.boxes, 0, size_px)
    area = np.prod(labels.boxes[:, 2:] - labels.boxes[:, :2], axis=1)
    seen = np.prod(inside[:, 2:] - inside[:, :2], axis=1) / np.maximum(area, 1)
    longest = (labels.boxes[:, 2:] - labels.boxes[:, :2]).max(axis=1, initial=0)
    keep = (seen > 0.1) & (longest > 4)
    certain = labels.certain & (seen > 0.5) & (longest >= SMALLEST_FACE_PX)
    return Labels(labels.boxes[keep], labels.landmarks[keep], certain[keep])
