"""What one frame shows of a face that may be a picture: a network and cues without training."""

import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from facedesk.core.errors import ModelError
from facedesk.core.language import tr
from facedesk.core.liveness import Glance, stirring_of
from facedesk.core.records import Box, Face, Image
from facedesk.vision.cards import ModelCard
from facedesk.vision.face_window import cut_window, window
from facedesk.vision.runtime import Session
from facedesk.vision.stirring import bent_and_moved
from facedesk.vision.surface import grid_of
from facedesk.vision.surroundings import (
    CUE_PX,
    CUE_SCALE,
    FACE_PX,
    Room,
    sheet_sides,
    sides_with_edges,
)

# The multiple of the face's size that our network sees.
WINDOW_SCALE = 2.7
# Public networks that want another window, by the name on their card.
_WINDOW_SCALES = {"minifasnet_v1se_4_80": 4.0, "minifasnet_v2se_celebaspoof": 1.5}
# Which of several outputs is the living one; the second where nothing is said.
_LIVING_OUTPUTS = {"minifasnet_v2se_celebaspoof": 0}

# Two networks whose authors average them, by the names on their cards.
MADE_TO_BE_AVERAGED = ("minifasnet_v2_2.7_80", "minifasnet_v1se_4_80")


class PassiveNetwork(Protocol):
    """Belongs to one thread at a time."""

    name: str

    def logit(self, image: Image, box: Box) -> float:
        """Above 0 is alive. `image` is BGR uint8 (H, W, 3), `box` a face in it."""


class OnnxLiveness:
    """A network in an onnxruntime session, fed as its card says.

    One output is taken for a logit, several for shares of which one is the living.
    Raises ModelError where network and card do not fit together.
    """

    def __init__(self, session: Session, card: ModelCard) -> None:
        self.name = card.name
        self._session = session
        self._card = card
        self._input_name = session.get_inputs()[0].name
        self._scale = _WINDOW_SCALES.get(card.name, WINDOW_SCALE)
        self._living = _LIVING_OUTPUTS.get(card.name, 1)
        self._mean = np.asarray(card.input.mean, np.float32)
        self._std = np.asarray(card.input.std, np.float32)

    def logit(self, image: Image, box: Box) -> float:
        pixels = cut_window(image, box, self._scale, self._card.input.width_px)
        if self._card.input.colour == "rgb":
            pixels = pixels[..., ::-1]
        feed = ((pixels.astype(np.float32) - self._mean) / self._std).transpose(2, 0, 1)[None]
        try:
            output = self._session.run(None, {self._input_name: np.ascontiguousarray(feed)})[0]
        except Exception as error:  # onnxruntime's own exceptions share no public base class
            raise ModelError(
                tr("The model does not run"),
                tr("{name} failed on a face.", name=self.name),
                tr("Choose another liveness model in the settings, or switch the check off."),
            ) from error
        values = np.asarray(output, np.float64).reshape(-1)
        if len(values) == 1:
            return float(values[0])
        shares = np.exp(values - values.max())
        alive = np.clip(shares[self._living] / shares.sum(), 1e-6, 1 - 1e-6)
        return float(np.log(alive / (1 - alive)))


class LateLiveness:
    """A network that is opened at the first face: where the check is off, none may ever come.

    Raises ModelError, then, where it cannot be opened.
    """

    def __init__(self, name: str, open_network: Callable[[], PassiveNetwork]) -> None:
        self.name = name
        self._open_network = open_network
        self._network: PassiveNetwork | None = None

    def logit(self, image: Image, box: Box) -> float:
        if self._network is None:
            self._network = self._open_network()
        return self._network.logit(image, box)


class AveragedLiveness:
    """Networks that were made to be averaged, as the two MiniFASNets were."""

    def __init__(self, *networks: PassiveNetwork) -> None:
        self.name = "+".join(network.name for network in networks)
        self._networks = networks

    def logit(self, image: Image, box: Box) -> float:
        return float(np.mean([network.logit(image, box) for network in self._networks]))


@dataclass(slots=True)
class _Reference:
    """The frame that motion is measured from, and the points followed since, in window pixels."""

    grey: NDArray[np.uint8]
    box: Box
    on_face: NDArray[np.float32]
    around: NDArray[np.float32]
    age: int = 0


class FaceWatch:
    """Turns the frames of ONE track into glances; remembers where things were a moment ago."""

    def __init__(self, network: PassiveNetwork, room: Room | None = None) -> None:
        """`room`: what stands before the camera anyway."""
        self._network = network
        self._room = room or Room()
        self._reference: _Reference | None = None
        self._earlier: deque[tuple[Image, Face]] = deque(maxlen=_STIRRING_FRAMES)
        self._frames = 0

    def look(self, image: Image, face: Face) -> Glance:
        """`image` is BGR uint8 (H, W, 3), `face` was found in it."""
        small = cut_window(image, face.box, CUE_SCALE, CUE_PX)
        grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
        x1, y1, x2, y2 = (max(0, round(side)) for side in face.box)
        on_face = np.ascontiguousarray(image[y1:y2, x1:x2])
        inner = slice(round(CUE_PX / 2 - FACE_PX / 2), round(CUE_PX / 2 + FACE_PX / 2))
        total, own = float(grey.sum()), float(grey[inner, inner].sum())
        face_area = float(grey[inner, inner].size)
        return Glance(
            logit=self._network.logit(image, face.box),
            sheet=sheet_sides(grey) / 4,
            together=self._together(image, face.box),
            fingerprint=zlib.crc32(on_face.tobytes()),
            light=own / face_area,
            light_around=(total - own) / (grey.size - face_area),
            stirring=self._stirring(image, face),
            edges=self._edges(image, face.box),
            grid=grid_of(image, face.box),
        )

    def _stirring(self, image: Image, face: Face) -> float | None:
        """Against the frame some frames ago; in every second one, as neighbours tell the same."""
        self._frames += 1
        full = len(self._earlier) == _STIRRING_FRAMES
        before = self._earlier[0] if full else None
        self._earlier.append((image, face))
        if before is None or self._frames % 2:
            return None
        motion = bent_and_moved(before[0], image, before[1])
        return stirring_of(*motion) if motion else None

    def _edges(self, image: Image, box: Box) -> float | None:
        """In the frames between those of `_stirring`: each costs as much as the other."""
        if self._frames % 2 == 0:
            return None
        return sides_with_edges(self._room.strange(image), box)

    def _together(self, image: Image, box: Box) -> float | None:
        """Followed in a window that stands still while the face moves in it."""
        reference = self._reference
        if reference is not None:
            reference.age += 1
        if reference is None or reference.age > _REFERENCE_FRAMES:
            self._reference = _start(image, box)
            if reference is None:
                return None
        grey = _cue_window(image, reference.box)
        return moving_together(reference.grey, grey, reference.on_face, reference.around)


# Motion is measured over up to so many frames: between two neighbours a face hardly moves.
_REFERENCE_FRAMES = 5
_STIRRING_FRAMES = 5
_LEAST_MOTION_PX = 1.2  # 3 % of the face's width
_LEAST_POINTS = 6


def _cue_window(image: Image, box: Box) -> NDArray[np.uint8]:
    window_ = cut_window(image, box, CUE_SCALE, CUE_PX)
    return np.asarray(cv2.cvtColor(window_, cv2.COLOR_BGR2GRAY), np.uint8)


def _start(image: Image, box: Box) -> _Reference:
    grey = _cue_window(image, box)
    middle, half = CUE_PX / 2, FACE_PX / 2
    face_mask = np.zeros_like(grey)
    inner = slice(round(middle - half * 0.8), round(middle + half * 0.8))
    face_mask[inner, inner] = 255
    # Beside and above the head, not below: shoulders move with it. The head is wider and higher
    # than the face's box.
    ring = np.zeros_like(grey)
    far, top = round(half * 2.7), round(half * 2.6)
    ring[round(middle - top) : round(middle + half), round(middle - far) : round(middle + far)] = (
        255
    )
    ring[round(middle - half * 2.0) :, round(middle - half * 1.6) : round(middle + half * 1.6)] = 0
    # Where the window leaves the picture its border is repeated: nothing to follow there.
    left, upper, side = window(box, CUE_SCALE)
    factor = CUE_PX / side
    x0, y0 = max(0, round(-left * factor)), max(0, round(-upper * factor))
    x1 = min(CUE_PX, round((image.shape[1] - left) * factor))
    y1 = min(CUE_PX, round((image.shape[0] - upper) * factor))
    inside = np.zeros_like(grey)
    inside[y0 + 2 : max(y0 + 2, y1 - 2), x0 + 2 : max(x0 + 2, x1 - 2)] = 255
    return _Reference(
        grey,
        box,
        _corners(grey, face_mask & inside, 20),
        _corners(grey, ring & inside, 30),
    )


def _corners(grey: NDArray[np.uint8], mask: NDArray[np.uint8], most: int) -> NDArray[np.float32]:
    found = cv2.goodFeaturesToTrack(grey, most, 0.03, 4, mask=mask)
    return np.empty((0, 1, 2), np.float32) if found is None else np.asarray(found, np.float32)


def moving_together(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    on_face: NDArray[np.float32],
    around: NDArray[np.float32],
) -> float | None:
    """How far the points around a face follow the face's own motion: 0 (they stand) to 1 (as one).

    Points are float32 (n, 1, 2) in `before`. None where the face hardly moves or too little can be
    followed. The face's motion is a similarity (Lucas-Kanade flow, RANSAC).
    """
    if len(on_face) < _LEAST_POINTS or len(around) < _LEAST_POINTS:
        return None
    old_face, new_face = _followed(before, after, on_face)
    old_ring, new_ring = _followed(before, after, around)
    if len(old_face) < _LEAST_POINTS or len(old_ring) < _LEAST_POINTS:
        return None
    moved = float(np.median(np.hypot(*(new_face - old_face).T)))
    if moved < _LEAST_MOTION_PX:
        return None
    warp, _ = cv2.estimateAffinePartial2D(old_face, new_face, ransacReprojThreshold=1.5)
    if warp is None:
        return None
    as_face = old_ring @ warp[:, :2].T + warp[:, 2]
    wanted = np.hypot(*(as_face - old_ring).T)
    if float(np.median(wanted)) < _LEAST_MOTION_PX:
        return None
    from_face = np.hypot(*(new_ring - as_face).T)
    from_stand = np.hypot(*(new_ring - old_ring).T)
    return float(np.median(from_stand / np.maximum(from_stand + from_face, 1e-3)))


def _followed(
    before: NDArray[np.uint8], after: NDArray[np.uint8], points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, None, winSize=(11, 11), maxLevel=2
    )
    kept = status.reshape(-1) == 1
    return points.reshape(-1, 2)[kept], found.reshape(-1, 2)[kept]
