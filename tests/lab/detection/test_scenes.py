"""Scenes and targets: labels follow the pixels, the same seed gives the same scene."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedesk.lab.detection import bank as banks
from facedesk.lab.detection.distort import cover, distort
from facedesk.lab.detection.labels import Labels
from facedesk.lab.detection.pictures import Picture
from facedesk.lab.detection.scenes import Sources, _Canvas, compose, sources
from facedesk.lab.detection.targets import BACKGROUND, FACE, IGNORED, assign, cells

BOX = np.array([[60, 50, 120, 130]], np.float32)
POINTS = np.array([[[75, 80], [105, 80], [90, 95], [78, 110], [102, 110]]], np.float32)


def labels(certain: bool = True) -> Labels:
    return Labels(BOX, POINTS, np.array([certain]))


def bank(source: str, count: int, side: int = 200) -> banks.Bank:
    image = np.full((side, side, 3), 60, np.uint8)
    has_face = source != "scenes"
    return banks.Bank(
        pixels=np.tile(image.reshape(-1), count),
        start=np.arange(count) * image.size,
        shape=np.tile(np.array([[side, side, 3]], np.int32), (count, 1)),
        source=np.array([source] * count),
        name=np.array([str(k) for k in range(count)]),
        is_test=np.zeros(count, np.bool_),
        boxes=np.repeat(BOX, count * has_face, axis=0),
        landmarks=np.repeat(POINTS, count * has_face, axis=0),
        certain=np.ones(count * has_face, np.bool_),
        owner=np.arange(count * has_face),
    )


@pytest.fixture
def source() -> Sources:
    return sources({name: bank(name, 3) for name in ("lfw", "clips", "crops", "scenes")})


def test_a_seed_is_a_scene(source: Sources) -> None:
    first, again, other = (compose(source, 128, seed) for seed in (5, 5, 6))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.labels.boxes, again.labels.boxes)
    assert not np.array_equal(first.image, other.image)


def test_scenes_hold_their_promises(source: Sources) -> None:
    for seed in range(40):
        scene = compose(source, 128, seed)
        assert scene.image.shape == (128, 128, 3)
        assert scene.image.dtype == np.uint8
        sure = scene.labels.landmarks[scene.labels.certain]
        assert (sure[:, 0, 0] < sure[:, 1, 0] + 20).all()
        sides = scene.labels.boxes[:, 2:] - scene.labels.boxes[:, :2]
        assert (sides[scene.labels.certain].max(axis=1, initial=99) >= 11).all()


def test_pictures_of_the_test_side_never_train() -> None:
    lfw = bank("lfw", 4)
    lfw.is_test[:] = (True, False, True, False)
    others = {name: bank(name, 1) for name in ("clips", "crops", "scenes")}
    assert sources({"lfw": lfw, **others}).faces[0][1].tolist() == [1, 3]


@pytest.mark.parametrize("mirror", [1.0, -1.0])
@pytest.mark.parametrize("scale", [0.2, 0.7, 1.6])
def test_labels_go_where_the_pixels_go(scale: float, mirror: float) -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    for x, y in POINTS[0]:
        cv2.circle(image, (int(x), int(y)), 3, (255, 255, 255), -1)
    canvas = _Canvas(256)
    turn = np.array(cv2.getRotationMatrix2D((0, 0), 20, scale)) @ np.diag((mirror, 1.0, 1.0))
    turn[:, 2] = np.array((128, 128)) - turn[:, :2] @ (90, 95)
    canvas.lay(image, np.full((200, 200), 255, np.uint8), labels(), turn)
    bright = canvas.image[..., 0].astype(float)
    for x, y in canvas.labels.landmarks[0]:
        around = bright[int(y) - 6 : int(y) + 7, int(x) - 6 : int(x) + 7]
        rows, columns = np.mgrid[int(y) - 6 : int(y) + 7, int(x) - 6 : int(x) + 7]
        if scale > 0.5:  # far enough apart to be weighed one by one
            centre = (columns * around).sum() / around.sum(), (rows * around).sum() / around.sum()
            assert centre == pytest.approx((x, y), abs=0.6)
        assert around.max() > 60
    left_eye, right_eye = canvas.labels.landmarks[0, :2]
    assert left_eye[0] < right_eye[0]


def test_a_face_under_another_tile_is_ignored_or_gone() -> None:
    def covered(share: float) -> Labels:
        canvas = _Canvas(256)
        whole = np.full((200, 200), 255, np.uint8)
        image = np.zeros((200, 200, 3), np.uint8)
        canvas.lay(image, whole, labels(), np.eye(2, 3))
        none = Labels(BOX[:0], POINTS[:0], np.zeros(0, np.bool_))
        shift = np.array([[1.0, 0, 0], [0, 1.0, 130 - 80 * share]])
        canvas.lay(image, whole, none, shift)
        return canvas.labels

    assert covered(0.1).certain.tolist() == [True]
    assert covered(0.5).certain.tolist() == [False]
    assert len(covered(1.0).certain) == 0


def test_distortions_keep_shape_and_type() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 48, 3)).astype(np.uint8)
    for seed in range(40):
        random = np.random.default_rng(seed)
        changed = distort(image.copy(), random)
        assert changed.shape == image.shape
        assert changed.dtype == np.uint8
        cover(changed, POINTS[0] / 3, random)


def test_cells_are_in_the_order_of_the_maps() -> None:
    points, strides = cells(64, 32)
    assert points[:3].tolist() == [[0, 0], [8, 0], [16, 0]]
    assert points[8].tolist() == [0, 8]
    assert strides.tolist() == [8] * 32 + [16] * 8 + [32] * 2


@pytest.mark.parametrize("side_px", [12, 20, 48, 100, 240])
def test_every_face_has_cells_of_its_own(side_px: float) -> None:
    box = np.array([[130 - side_px / 3, 120 - side_px / 2, 130 + side_px / 3, 120 + side_px / 2]])
    wanted = Labels(box.astype(np.float32), POINTS, np.array([True]))
    targets = assign(wanted, 256, 256)
    chosen = targets.state == FACE
    assert 1 <= chosen.sum() <= 40
    assert np.allclose(targets.boxes[chosen], box)
    points, strides = cells(256, 256)
    away = np.abs(points[chosen] - (130, 120)).max(axis=1)
    assert (away <= 1.6 * strides[chosen]).all()


def test_doubtful_faces_are_ignored_and_the_rest_is_background() -> None:
    targets = assign(labels(certain=False), 256, 256)
    points, _ = cells(256, 256)
    inside = ((points >= BOX[0, :2]) & (points <= BOX[0, 2:])).all(axis=1)
    assert (targets.state[inside] == IGNORED).all()
    assert (targets.state[~inside] == BACKGROUND).all()


def test_a_bank_gives_back_what_was_put_in(tmp_path: Path) -> None:
    class Nobody:
        def detect(self, image: object) -> list[object]:
            return []

        def close(self) -> None: ...

    random = np.random.default_rng(0)
    pictures = [
        Picture("set", f"{k}", k == 1, random.integers(0, 256, (20 + k, 30, 3)).astype(np.uint8))
        for k in range(3)
    ]
    assert len(list(banks.build(tmp_path, pictures, {"a": Nobody()}, None))) == 3  # type: ignore[dict-item]
    loaded = banks.load(tmp_path)
    assert len(loaded) == 3
    for index, picture in enumerate(pictures):
        assert np.array_equal(loaded.image(index), picture.image)
        assert loaded.labels(index).boxes.shape == (0, 4)
    assert loaded.is_test.tolist() == [False, True, False]
