"""One contract for every embedder, and how the card feeds the network."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.errors import ModelError
from facedesk.core.records import Image, Vector
from facedesk.paths import resources_dir
from facedesk.vision.align import ARCFACE_TEMPLATE
from facedesk.vision.catalog import Catalogue
from facedesk.vision.detect import OnnxDetector
from facedesk.vision.embed import Embedder, OnnxEmbedder
from facedesk.vision.pictures import read_picture
from facedesk.vision.runtime import open_session
from tests.fakes import FakeEmbedder, picture
from tests.vision.networks import SIZE_PX, card_json, network, weights, write_model

RANDOM = np.random.default_rng(5)
SPEC = card_json()["input"]
PUBLIC = (
    "face_reidentification_retail_0095",
    "mobilefacenet_foamliu",
    "mobileface_v2_becauseofai",
)


def tiny(folder: Path, data: bytes | None = None, **changes: object) -> OnnxEmbedder:
    card = write_model(folder, data=data, **changes)
    return OnnxEmbedder(open_session(folder / "tiny.onnx")[0], card)


def public(models_dir: Path, name: str) -> OnnxEmbedder:
    chosen = Catalogue([models_dir], resources_dir() / "catalogue").choose("embed", name)
    return OnnxEmbedder(open_session(chosen.path)[0], chosen.card)


MAKERS: dict[str, Callable[[Path], Embedder]] = {
    "fake": lambda path: FakeEmbedder(),
    "free batch": tiny,
    "batch of one": lambda path: tiny(path, network(1)),
    "batch of four": lambda path: tiny(path, network(4)),
    "channels last": lambda path: tiny(path, network(channels_last=True)),
    "mirrored": lambda path: tiny(path, input=SPEC | {"flip": True}),
}


@pytest.fixture(params=[*MAKERS, *(pytest.param(name, marks=pytest.mark.model) for name in PUBLIC)])
def embedder(request: pytest.FixtureRequest, tmp_path: Path) -> Embedder:
    if request.param in PUBLIC:
        return public(request.getfixturevalue("models_dir"), request.param)
    return MAKERS[request.param](tmp_path)


def crops_of(embedder: Embedder, count: int) -> list[Image]:
    image = picture(("red", (100, 100, 200)), ("blue", (350, 120, 150)))
    image = np.clip(image + RANDOM.integers(0, 60, image.shape), 0, 255).astype(np.uint8)
    return [
        embedder.crop(image, ARCFACE_TEMPLATE * (1 + i % 3) + np.float32([80 * i, 90]))
        for i in range(count)
    ]


def test_contract_of_the_vectors(embedder: Embedder) -> None:
    vectors = embedder.embed(crops_of(embedder, 5))
    assert vectors.shape == (5, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert embedder.contract


def test_contract_of_batches(embedder: Embedder) -> None:
    crops = crops_of(embedder, 6)
    together = embedder.embed(crops)
    alone = np.concatenate([embedder.embed([crop]) for crop in crops])
    assert together == pytest.approx(alone, abs=1e-4)
    assert embedder.embed(np.stack(crops)) == pytest.approx(together, abs=1e-6)


def test_contract_of_nobody(embedder: Embedder) -> None:
    for nobody in ([], np.empty((0, 112, 112, 3), np.uint8)):
        assert embedder.embed(nobody).shape == (0, embedder.dimension)
        assert embedder.embed(nobody).dtype == np.float32


def test_contract_of_the_crop(embedder: Embedder) -> None:
    (crop,) = crops_of(embedder, 1)
    assert crop.dtype == np.uint8
    assert crop.ndim == 3 and crop.shape[2] == 3


def expected(crops: np.ndarray) -> Vector:
    """What the card of `card_json` and the weights of the tiny network say, written plainly."""
    rgb = crops[..., ::-1].astype(np.float64)
    feed = (rgb - SPEC["mean"]) / SPEC["std"]
    vectors = feed.transpose(0, 3, 1, 2).reshape(len(crops), -1) @ weights()
    unit: Vector = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def noise(count: int) -> np.ndarray:
    return RANDOM.integers(0, 256, (count, SIZE_PX, SIZE_PX, 3), np.uint8)


@pytest.mark.parametrize("batch", ["n", 1, 4])
@pytest.mark.parametrize("count", [1, 4, 5])
def test_colour_order_mean_and_std_follow_the_card(
    batch: int | str, count: int, tmp_path: Path
) -> None:
    crops = noise(count)
    assert tiny(tmp_path, network(batch)).embed(crops) == pytest.approx(expected(crops), abs=1e-4)


def test_bgr_networks_get_bgr(tmp_path: Path) -> None:
    crops = noise(3)
    embedder = tiny(tmp_path, input=SPEC | {"colour": "bgr"})
    assert embedder.embed(crops) == pytest.approx(expected(crops[..., ::-1]), abs=1e-4)


def test_channels_last_networks_get_them_last(tmp_path: Path) -> None:
    crops = noise(3)
    rgb = (crops[..., ::-1] - np.array(SPEC["mean"])) / SPEC["std"]
    vectors = rgb.reshape(3, -1) @ weights()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embedder = tiny(tmp_path, network(channels_last=True))
    assert embedder.embed(crops) == pytest.approx(vectors, abs=1e-4)


def test_the_mirror_image_counts_as_much_as_the_crop(tmp_path: Path) -> None:
    crops = noise(3)
    both = expected(crops) + expected(crops[:, :, ::-1])
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    embedder = tiny(tmp_path, input=SPEC | {"flip": True})
    assert embedder.embed(crops) == pytest.approx(both, abs=1e-4)
    assert embedder.embed(crops[:, :, ::-1]) == pytest.approx(both, abs=1e-4)


@pytest.mark.parametrize(
    "crops",
    [
        np.zeros((2, 17, 16, 3), np.uint8),
        np.zeros((2, 16, 16), np.uint8),
        np.zeros((2, 16, 16, 3), np.float32),
        [np.zeros((16, 16, 3), np.uint8), np.zeros((8, 8, 3), np.uint8)],
        np.zeros((16, 16, 3), np.uint8),
    ],
)
def test_crops_of_another_shape_are_refused(crops: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected \(n, 16, 16, 3\) uint8, got"):
        tiny(tmp_path).embed(crops)


@pytest.mark.parametrize(
    "changes", [{"input": SPEC | {"width": 32}}, {"input": SPEC | {"height": 17}}]
)
def test_a_network_of_another_input_is_refused(changes: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not fit"):
        tiny(tmp_path, **changes)


def test_a_network_of_another_dimension_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="output 9, card 8"):
        tiny(tmp_path, network(dimension=9)).embed(noise(1))


def test_vectors_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    embedder = tiny(tmp_path, input=SPEC | {"std": [1e-38, 1e-38, 1e-38]})
    with np.errstate(over="ignore"), pytest.raises(ModelError, match="finite"):
        embedder.embed(noise(1))


def test_the_crop_has_the_size_and_template_of_the_card(tmp_path: Path) -> None:
    points = [[0.25, 0.25], [0.75, 0.25], [0.5, 0.5], [0.25, 0.75], [0.75, 0.75]]
    embedder = tiny(tmp_path, alignment={"template": points})
    image = RANDOM.integers(0, 256, (64, 64, 3), np.uint8)
    landmarks = np.float32(points) * SIZE_PX + np.float32([20, 30])
    crop = embedder.crop(image, landmarks)
    assert np.array_equal(crop, image[30 : 30 + SIZE_PX, 20 : 20 + SIZE_PX])


@pytest.mark.model
@pytest.mark.data
@pytest.mark.parametrize("name", PUBLIC)
def test_public_networks_know_people_again(name: str, models_dir: Path, shared_dir: Path) -> None:
    embedder = public(models_dir, name)
    catalogue = Catalogue([models_dir], resources_dir() / "catalogue")
    detector = OnnxDetector(open_session(catalogue.choose("detect").path)[0])
    folders = [
        f for f in sorted((shared_dir / "data/lfw/images").iterdir()) if len(list(f.iterdir())) > 1
    ]
    crops = []
    for folder in folders[:12]:
        for path in sorted(folder.glob("*.webp"))[:2]:
            image = read_picture(path)
            faces = detector.detect(image)
            middle = min(faces, key=lambda face: abs(face.box[0] + face.box[2] - 250))
            crops.append(embedder.crop(image, middle.landmarks))
    vectors = embedder.embed(crops)
    scores = vectors[0::2] @ vectors[1::2].T
    assert np.mean(scores.argmax(axis=1) == np.arange(len(scores))) >= 11 / 12
    limit = catalogue.choose("embed", name).card.thresholds["fmr_1e-3"]
    assert np.mean(np.diag(scores) > limit) >= 10 / 12
    assert np.mean(scores[~np.eye(len(scores), dtype=bool)] > limit) < 0.03
