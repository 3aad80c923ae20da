"""Aligned face crops -> unit vectors, whichever ArcFace-style network does it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facedesk.core.errors import ModelError
from facedesk.core.language import tr
from facedesk.core.records import Image, Vector
from facedesk.vision.align import align, template_for
from facedesk.vision.cards import ModelCard
from facedesk.vision.runtime import Session


class Embedder(Protocol):
    """What knows faces again. Not thread-safe: one embedder belongs to one thread at a time."""

    contract: str  # vectors of different contracts are never compared
    dimension: int

    def crop(self, image: Image, landmarks: Vector) -> Image:
        """The aligned crop that `embed` wants, from a BGR uint8 picture and (5, 2) landmarks."""

    def embed(self, crops: Sequence[Image] | NDArray[np.uint8]) -> Vector:
        """Crops (n, H, W, 3) BGR uint8 as float32 (n, d) of unit length; n may be 0.

        Raises ModelError for crops of another shape.
        """


class OnnxEmbedder:
    """A network in an onnxruntime session, fed as its card says.

    A network with a batch fixed to 1 is run crop by crop. NCHW and NHWC inputs are told apart by
    where the 3 stands. Raises ModelError when network and card do not fit together.
    """

    def __init__(self, session: Session, card: ModelCard) -> None:
        self.contract = card.contract
        self.dimension = card.dimension
        self._session = session
        self._card = card
        self._size = (card.input.width_px, card.input.height_px)
        self._template = template_for(self._size, card.template)
        self._mean = np.asarray(card.input.mean, np.float32)
        self._std = np.asarray(card.input.std, np.float32)
        network_input = session.get_inputs()[0]
        shape = list(network_input.shape)
        self._input_name = network_input.name
        self._output_name = session.get_outputs()[0].name
        self._channels_last = len(shape) == 4 and shape[3] == 3 and shape[1] != 3
        self._batch = shape[0] if shape and isinstance(shape[0], int) and shape[0] > 0 else None
        width, height = self._size
        expected = [None, height, width, 3] if self._channels_last else [None, 3, height, width]
        fits = len(shape) == 4 and all(
            side == wanted or not isinstance(side, int)
            for side, wanted in zip(shape[1:], expected[1:], strict=True)
        )
        if not fits:
            raise self._does_not_fit(f"input {shape}, card {width} x {height}")

    def crop(self, image: Image, landmarks: Vector) -> Image:
        return align(image, landmarks, self._size, self._template)

    def embed(self, crops: Sequence[Image] | NDArray[np.uint8]) -> Vector:
        if not len(crops):
            return np.empty((0, self.dimension), np.float32)
        batch = self._checked(crops)
        if not self._card.input.flip:
            return _unit(self._run(batch))
        # Source: the usual test-time averaging over the mirror image, here as the sum of unit
        # vectors, so that neither picture outweighs the other.
        both = _unit(self._run(np.concatenate((batch, batch[:, :, ::-1]))))
        return _unit(both[: len(batch)] + both[len(batch) :])

    def _checked(self, crops: Sequence[Image] | NDArray[np.uint8]) -> NDArray[np.uint8]:
        width, height = self._size
        shapes = {f"{np.shape(crop)} {getattr(crop, 'dtype', '')}".strip() for crop in crops}
        if shapes != {f"({height}, {width}, 3) uint8"}:
            raise ModelError(
                tr("The face crops do not fit the model"),
                f"expected (n, {height}, {width}, 3) uint8, got {len(crops)} x "
                + ", ".join(sorted(shapes)),
            )
        return np.asarray(crops)

    def _run(self, crops: NDArray[np.uint8]) -> Vector:
        pixels = crops[..., ::-1] if self._card.input.colour == "rgb" else crops
        feed = (pixels.astype(np.float32) - self._mean) / self._std
        if not self._channels_last:
            feed = feed.transpose(0, 3, 1, 2)
        feed = np.ascontiguousarray(feed)
        if self._batch is None:
            return self._run_batch(feed)
        parts = []
        for start in range(0, len(feed), self._batch):
            part = feed[start : start + self._batch]
            missing = self._batch - len(part)  # the last batch is filled up and cut again
            filled = np.concatenate((part, np.repeat(part[-1:], missing, axis=0)))
            parts.append(self._run_batch(filled)[: len(part)])
        return np.concatenate(parts)

    def _run_batch(self, feed: NDArray[np.float32]) -> Vector:
        try:
            output = self._session.run([self._output_name], {self._input_name: feed})[0]
        except Exception as error:  # onnxruntime's own exceptions share no public base class
            raise ModelError(
                tr("The model does not run"),
                tr("{name} failed on {count} faces.", name=self._card.name, count=len(feed)),
                tr("Choose another model or processor in the settings."),
            ) from error
        vectors = np.asarray(output, np.float32).reshape(len(feed), -1)
        if vectors.shape[1] != self.dimension:
            raise self._does_not_fit(f"output {vectors.shape[1]}, card {self.dimension}")
        if not np.isfinite(vectors).all():
            raise self._does_not_fit("its vectors are not finite")
        return vectors

    def _does_not_fit(self, detail: str) -> ModelError:
        return ModelError(
            tr("The model does not fit its card"),
            f"{self._card.name}: {detail}",
            tr("Correct the card, or install the model again."),
        )


def _unit(vectors: Vector) -> Vector:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vector = vectors / np.maximum(lengths, np.float32(1e-12))
    return unit
