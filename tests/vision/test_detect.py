"""Detectors against hand-made tensors, pictures of any size, and the real public networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facedesk.core.boxes import intersection_over_union
from facedesk.vision import yunet
from facedesk.vision.detect import Detector, MediaPipeDetector, OnnxDetector, fit, five_points
from facedesk.vision.runtime import open_session

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared"
YUNET_FILES = ("yunet_2023mar.onnx", "yunet_s_dynamic.onnx", "yunet_n_dynamic.onnx")


@dataclass
class Node:
    name: str
    shape: list[int | str]


class FakeSession:
    """A network that sees one face: the bright square of the picture, whatever its size."""

    def __init__(self, *, ours: bool, size: tuple[int, int] | None = None, cells: int = 3) -> None:
        self.ours = ours
        self.size = size
        self.cells = cells
        self.fed: list[NDArray[np.float32]] = []

    def get_inputs(self) -> list[Node]:
        free: list[int | str] = ["batch", 3, "height", "width"]
        return [Node("input", [1, 3, self.size[1], self.size[0]] if self.size else free)]

    def get_outputs(self) -> list[Node]:
        kinds = ("score", "box", "landmarks") if self.ours else ("cls", "obj", "bbox", "kps")
        return [Node(f"{kind}_{stride}", []) for kind in kinds for stride in yunet.STRIDES_PX]

    def run(self, output_names: Sequence[str], feeds: dict[str, Any]) -> list[Any]:
        feed = feeds["input"]
        self.fed.append(feed)
        height, width = feed.shape[2:]
        maps = empty_maps(width, height, ours=self.ours)
        rows, columns = np.nonzero(feed[0, 0] > 200)
        if rows.size:
            box = (columns.min() - 0.5, rows.min() - 0.5, columns.max() + 0.5, rows.max() + 0.5)
            put_face(maps, 16, width, box, score=0.9, ours=self.ours, cells=self.cells)
        return [maps[name] for name in output_names]


def empty_maps(width: int, height: int, *, ours: bool) -> dict[str, NDArray[np.float32]]:
    maps = {}
    sizes = {"score": 1, "box": 4, "landmarks": 10}
    if not ours:
        sizes = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
    for stride in yunet.STRIDES_PX:
        cells = (width // stride) * (height // stride)
        for kind, channels in sizes.items():
            maps[f"{kind}_{stride}"] = np.zeros((1, cells, channels), np.float32)
    return maps


def put_face(
    maps: dict[str, NDArray[np.float32]],
    stride: int,
    width: int,
    box: tuple[float, float, float, float],
    *,
    score: float,
    ours: bool,
    cells: int = 1,
) -> None:
    """Write one face into the cell of its centre and those right of it; landmark i lies at
    (x1 + i, y1 + 2 i)."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    first, row = int(x // stride), int(y // stride)
    box_name, points_name = ("box", "landmarks") if ours else ("bbox", "kps")
    points = np.array([(box[0] + i, box[1] + 2 * i) for i in range(5)], np.float32)
    for column in range(first, first + cells):
        index = row * (width // stride) + column
        maps[f"{box_name}_{stride}"][0, index] = (
            x / stride - column,
            y / stride - row,
            np.log((box[2] - box[0]) / stride),
            np.log((box[3] - box[1]) / stride),
        )
        cell = np.array((column, row), np.float32)
        maps[f"{points_name}_{stride}"][0, index] = (points / stride - cell).reshape(-1)
        if ours:
            maps[f"score_{stride}"][0, index] = score
        else:
            maps[f"cls_{stride}"][0, index] = score**2
            maps[f"obj_{stride}"][0, index] = 1.0


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("stride", yunet.STRIDES_PX)
def test_decode_returns_the_face_written_into_a_map(stride: int, ours: bool) -> None:
    maps = empty_maps(320, 192, ours=ours)
    put_face(maps, stride, 320, (100.0, 50.0, 180.0, 150.0), score=0.81, ours=ours)
    found = yunet.decode(maps, yunet.output_names(list(maps)), 320, score_threshold=0.5)
    assert found.boxes == pytest.approx(np.array([[100, 50, 180, 150]]), abs=1e-3)
    assert found.landmarks[0] == pytest.approx(
        np.array([(100 + i, 50 + 2 * i) for i in range(5)]), abs=1e-3
    )
    assert found.scores == pytest.approx(np.array([0.81]), abs=1e-5)
    assert found.boxes.dtype == found.landmarks.dtype == found.scores.dtype == np.float32


def test_decode_sorts_by_score_and_keeps_to_the_threshold() -> None:
    maps = empty_maps(320, 320, ours=True)
    put_face(maps, 8, 320, (10, 10, 30, 30), score=0.5, ours=True)
    put_face(maps, 16, 320, (100, 100, 140, 140), score=0.9, ours=True)
    put_face(maps, 32, 320, (200, 200, 300, 300), score=0.49, ours=True)
    found = yunet.decode(maps, yunet.output_names(list(maps)), 320, score_threshold=0.5)
    assert found.scores == pytest.approx(np.array([0.9, 0.5]))
    assert found.boxes[0] == pytest.approx(np.array([100, 100, 140, 140]), abs=1e-3)


def test_decode_of_nothing_has_the_right_shapes() -> None:
    maps = empty_maps(64, 32, ours=True)
    found = yunet.decode(maps, yunet.output_names(list(maps)), 64, score_threshold=0.5)
    assert found.boxes.shape == (0, 4)
    assert found.landmarks.shape == (0, 5, 2)
    assert found.scores.shape == (0,)


def test_decode_survives_absurd_sizes_and_thousands_of_candidates() -> None:
    maps = empty_maps(640, 640, ours=True)
    maps["score_8"][:] = 0.9
    maps["box_8"][..., 2:] = 1e6
    found = yunet.decode(maps, yunet.output_names(list(maps)), 640, score_threshold=0.5)
    assert 0 < len(found.scores) < 1000
    assert np.isfinite(found.boxes).all()


def test_outputs_of_another_kind_of_network_are_refused() -> None:
    with pytest.raises(ValueError, match="face detector"):
        yunet.output_names(["logits"])


def test_overlap_is_by_area() -> None:
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 3]], np.float32)
    overlap = intersection_over_union(boxes, boxes)
    assert overlap[0, 1] == pytest.approx(1 / 3)
    assert overlap[0, 2] == 0.0
    assert np.diag(overlap) == pytest.approx(np.array([1, 1, 1, 0]))


def test_suppression_keeps_the_best_of_a_heap_and_all_that_stand_apart() -> None:
    boxes = np.array(
        [[0, 0, 10, 10], [1, 0, 11, 10], [100, 100, 110, 110], [0, 1, 10, 11]], np.float32
    )
    scores = np.array([0.7, 0.9, 0.6, 0.9], np.float32)
    assert yunet.suppress_overlaps(boxes, scores, 0.3).tolist() == [1, 2]
    assert sorted(yunet.suppress_overlaps(boxes, scores, 0.99).tolist()) == [0, 1, 2, 3]


def test_suppression_of_nothing() -> None:
    kept = yunet.suppress_overlaps(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), 0.3)
    assert kept.shape == (0,)


def test_suppression_agrees_with_a_plain_loop() -> None:
    random = np.random.default_rng(4)
    corner = random.uniform(0, 80, (200, 2))
    boxes = np.concatenate((corner, corner + random.uniform(5, 40, (200, 2))), 1).astype(np.float32)
    scores = random.uniform(0, 1, 200).astype(np.float32)
    kept: list[int] = []
    for index in np.argsort(-scores):
        if all(intersection_over_union(boxes[[index]], boxes[[k]])[0, 0] <= 0.4 for k in kept):
            kept.append(int(index))
    assert yunet.suppress_overlaps(boxes, scores, 0.4).tolist() == kept


def candidates(*rows: tuple[float, float, float, float, float]) -> yunet.Candidates:
    """Faces of (x1, y1, x2, y2, score); landmark i lies at (x1 + i, y1 + 2 i)."""
    table = np.array(rows, np.float32).reshape(-1, 5)
    steps = np.stack((np.arange(5), 2 * np.arange(5)), axis=1).astype(np.float32)
    return yunet.Candidates(table[:, :4], table[:, None, :2] + steps, table[:, 4])


def test_cells_that_see_the_same_face_vote_by_the_square_of_their_scores() -> None:
    found = candidates((100, 100, 140, 140, 0.9), (104, 100, 144, 140, 0.6))
    merged = yunet.merge_overlaps(found, 0.3)
    x1 = 100 + 4 * 0.36 / (0.81 + 0.36)
    assert merged.boxes == pytest.approx(np.array([[x1, 100, x1 + 40, 140]]), abs=1e-3)
    assert merged.landmarks[0, 4] == pytest.approx(np.array([x1 + 4, 108]), abs=1e-3)
    assert merged.scores == pytest.approx(np.array([0.9]))
    assert merged.boxes.dtype == merged.landmarks.dtype == merged.scores.dtype == np.float32


def test_what_overlaps_a_face_but_is_another_is_dropped_without_a_vote() -> None:
    found = candidates((0, 0, 40, 40, 0.9), (20, 0, 60, 40, 0.8))
    merged = yunet.merge_overlaps(found, 0.3)
    assert merged.boxes.tolist() == [[0, 0, 40, 40]]


@pytest.mark.parametrize(("witnesses", "score"), [(1, 0.9), (2, 0.75), (3, 0.7), (4, 0.525)])
def test_a_score_is_the_mean_of_the_best_cells_that_see_the_face(
    witnesses: int, score: float
) -> None:
    face = (10.0, 10.0, 60.0, 60.0)
    found = candidates((*face, 0.9), (*face, 0.6), (*face, 0.6))
    merged = yunet.merge_overlaps(found, 0.3, witnesses)
    assert merged.scores == pytest.approx(np.array([score]), abs=1e-6)


def test_a_lone_cell_comes_after_a_face_that_many_see() -> None:
    many = (200.0, 0.0, 240.0, 40.0, 0.8)
    merged = yunet.merge_overlaps(candidates((0, 0, 40, 40, 0.9), many, many, many), 0.3, 3)
    assert merged.boxes[:, 0] == pytest.approx(np.array([200, 0]), abs=1e-3)
    assert merged.scores == pytest.approx(np.array([0.8, 0.3]))


def test_a_face_of_one_or_two_cells_needs_no_more_witnesses() -> None:
    merged = yunet.merge_overlaps(candidates((0, 0, 14, 20, 0.9)), 0.3, 3)
    assert merged.scores == pytest.approx(np.array([0.9]))


def test_merging_nothing_and_a_box_without_area() -> None:
    nothing = yunet.merge_overlaps(candidates(), 0.3, 3)
    assert (nothing.boxes.shape, nothing.landmarks.shape) == ((0, 4), (0, 5, 2))
    assert nothing.scores.shape == (0,)
    flat = yunet.merge_overlaps(candidates((5, 5, 5, 5, 0.9)), 0.3, 3)
    assert flat.boxes.tolist() == [[5, 5, 5, 5]]


SIZES = [(640, 480), (250, 250), (333, 127), (31, 500), (8, 8), (1, 1), (1920, 1080), (5000, 3000)]


@pytest.mark.parametrize("size", SIZES)
def test_input_sides_are_multiples_of_32_and_hold_the_picture(size: tuple[int, int]) -> None:
    detector = OnnxDetector(FakeSession(ours=True), smallest_face_px=32, largest_input_px=700)
    place = detector.fit(*size)
    assert place.width_px % 32 == place.height_px % 32 == 0
    assert max(place.width_px, place.height_px) <= 672
    assert place.content_width_px <= place.width_px
    assert place.content_height_px <= place.height_px
    assert place.width_px - place.content_width_px < 32
    assert place.height_px - place.content_height_px < 32


def test_the_wanted_face_sets_the_input_not_the_camera() -> None:
    near = OnnxDetector(FakeSession(ours=True), smallest_face_px=32, network_smallest_px=16)
    assert (near.fit(640, 480).width_px, near.fit(640, 480).height_px) == (320, 256)
    far = OnnxDetector(FakeSession(ours=True), smallest_face_px=16, network_smallest_px=16)
    assert (far.fit(640, 480).width_px, far.fit(640, 480).height_px) == (640, 480)
    tiny = OnnxDetector(FakeSession(ours=True), smallest_face_px=2)
    assert tiny.fit(320, 256).content_width_px == 320  # never enlarged


def test_fixed_inputs_are_letterboxed() -> None:
    place = fit(1280, 720, 1.0, fixed=(640, 640))
    assert (place.width_px, place.height_px) == (640, 640)
    assert (place.content_width_px, place.content_height_px) == (640, 360)


@pytest.mark.parametrize("fixed", [None, (640, 640)])
@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("size", [(640, 480), (480, 640), (500, 333), (1920, 1080), (4000, 3000)])
def test_boxes_come_back_in_the_pixels_of_the_picture(
    size: tuple[int, int], ours: bool, fixed: tuple[int, int] | None
) -> None:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    x1, y1 = size[0] // 4, size[1] // 3
    side = min(size) // 3
    image[y1 : y1 + side, x1 : x1 + side] = 255
    detector = OnnxDetector(FakeSession(ours=ours, size=fixed))
    (face,) = detector.detect(image)
    # A square seen in whole input pixels is known to one of them.
    input_px = size[0] / detector.fit(*size).content_width_px
    expected = (x1 - 0.5, y1 - 0.5, x1 + side - 0.5, y1 + side - 0.5)
    assert face.box == pytest.approx(expected, abs=1.01 * input_px)
    assert face.landmarks.shape == (5, 2)
    assert face.landmarks.dtype == np.float32
    assert face.landmarks[0] == pytest.approx(np.array(face.box[:2]), abs=1e-2)
    assert face.score == pytest.approx(0.9)


def test_our_network_is_believed_when_several_cells_agree() -> None:
    bright = np.full((480, 640, 3), 255, np.uint8)
    assert OnnxDetector(FakeSession(ours=True, cells=1)).detect(bright) == []
    assert len(OnnxDetector(FakeSession(ours=False, cells=1)).detect(bright)) == 1
    (unsure,) = OnnxDetector(FakeSession(ours=True, cells=1), score_threshold=0.2).detect(bright)
    assert unsure.score == pytest.approx(0.3)


@pytest.mark.model
def test_a_face_is_the_same_whatever_score_is_asked_for() -> None:
    image = portrait()
    session = open_session(PROJECT / "models" / "face_detector.onnx", "cpu")[0]
    first, second = (
        OnnxDetector(session, score_threshold=least).detect(image)[0] for least in (0.3, 0.7)
    )
    assert first.box == second.box
    assert first.score == second.score
    assert np.array_equal(first.landmarks, second.landmarks)


def test_pictures_of_changing_size_leave_nothing_behind() -> None:
    session = FakeSession(ours=True)
    detector = OnnxDetector(session)
    bright = np.full((480, 640, 3), 255, np.uint8)
    assert len(detector.detect(bright)) == 1
    assert detector.detect(np.zeros((100, 90, 3), np.uint8)) == []
    assert session.fed[-1].shape == (1, 3, 128, 96)
    assert not session.fed[-1].any()
    assert len(detector.detect(bright)) == 1


def test_feed_follows_the_card() -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    image[:] = (10, 20, 30)
    session = FakeSession(ours=True)
    OnnxDetector(session, smallest_face_px=16).detect(image)
    assert session.fed[-1][0, :, 5, 5].tolist() == [10, 20, 30]
    mean, std = (1.0, 2.0, 3.0), (2.0, 2.0, 2.0)
    OnnxDetector(session, smallest_face_px=16, colour="rgb", mean=mean, std=std).detect(image)
    assert session.fed[-1][0, :, 5, 5].tolist() == [14.5, 9.0, 3.5]
    assert session.fed[-1].dtype == np.float32


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((48, 64, 3), np.float32),
        None,
    ],
    ids=["grey", "bgra", "float", "none"],
)
def test_what_is_not_bgr_uint8_is_refused(image: Any) -> None:
    with pytest.raises(ValueError, match="detector wants"):
        OnnxDetector(FakeSession(ours=True)).detect(image)


@pytest.mark.parametrize("shape", [(0, 0, 3), (0, 64, 3), (64, 0, 3)])
def test_a_picture_without_pixels_has_no_faces(shape: tuple[int, int, int]) -> None:
    assert OnnxDetector(FakeSession(ours=True)).detect(np.zeros(shape, np.uint8)) == []


def test_closing_twice_is_fine_and_use_after_it_is_not() -> None:
    detector = OnnxDetector(FakeSession(ours=True))
    detector.close()
    detector.close()
    with pytest.raises(RuntimeError, match="closed"):
        detector.detect(np.zeros((32, 32, 3), np.uint8))


def test_mouth_corners_follow_the_roll_of_the_eyes() -> None:
    upright = np.array([[0, 0], [10, 0], [5, 6], [5, 11], [-5, 0], [15, 0]], np.float32)
    points = five_points(upright)
    assert points[3] == pytest.approx(np.array([5 - 4.15, 11]))
    assert points[4] == pytest.approx(np.array([5 + 4.15, 11]))
    turn = np.array([[0, 1], [-1, 0]], np.float32)
    assert five_points(upright @ turn) == pytest.approx(points @ turn, abs=1e-5)


# --- the real public networks -------------------------------------------------------------------


def shared(path: str) -> Path:
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{found} is not on this machine")
    return found


def portrait() -> NDArray[np.uint8]:
    """An LFW picture: 250x250, one upright face in the middle, eyes near y = 113."""
    folder = shared("data/lfw/images")
    path = sorted(folder.glob("*/*_0001.webp"))[0]
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)


def open_detector(name: str) -> Detector:
    path = shared(f"models/{name}")
    if path.suffix == ".tflite":
        pytest.importorskip("mediapipe")
        return MediaPipeDetector(path)
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return OnnxDetector(session, smallest_face_px=16)


@pytest.fixture(params=[*YUNET_FILES, "face_detection_short_range.tflite"])
def real_detector(request: pytest.FixtureRequest) -> Iterator[Detector]:
    detector = open_detector(request.param)
    yield detector
    detector.close()


@pytest.mark.model
def test_real_network_finds_the_face_of_a_portrait(real_detector: Detector) -> None:
    image = portrait()
    face = real_detector.detect(image)[0]
    assert face.box[0] < 125 < face.box[2]
    assert face.box[1] < 125 < face.box[3]
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert 30 < np.linalg.norm(right_eye - left_eye) < 60


@pytest.mark.model
@pytest.mark.parametrize("size", [(640, 480), (321, 243), (1280, 720), (3840, 2160)])
def test_real_network_finds_it_in_pictures_of_any_size(
    real_detector: Detector, size: tuple[int, int]
) -> None:
    scale = min(size) / 250
    picture = cv2.resize(portrait(), None, fx=scale, fy=scale)
    canvas = np.full((size[1], size[0], 3), 90, np.uint8)
    top, left = (size[1] - picture.shape[0]) // 2, (size[0] - picture.shape[1]) // 2
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    face = real_detector.detect(canvas)[0]
    centre = ((face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2)
    assert centre == pytest.approx((size[0] / 2, size[1] / 2), abs=0.12 * min(size))


@pytest.mark.model
def test_real_network_finds_nobody_on_a_wall(real_detector: Detector) -> None:
    assert real_detector.detect(np.full((480, 640, 3), 128, np.uint8)) == []
