"""The built-in demonstration: what it shows, at what pace, and that its two people are two."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facedesk.core.errors import FaceDeskError
from facedesk.core.quality import ENROLMENT_LIMITS, QualityLimits, assess
from facedesk.core.records import Face, Image
from facedesk.vision.align import align
from facedesk.vision.demo import DemoSource, enrolment_pictures
from facedesk.vision.demo.figure import NECK, Canvas, Figure, Pose, blend, make_layer
from facedesk.vision.demo.stage import FPS, FRAMES, Stage
from facedesk.vision.demo.story import STORY_S, VISITS, Actor, on_stage
from facedesk.vision.detect import OnnxDetector
from tests.fakes import FakeClock

SIZE = (1280, 720)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


def at(stage: Stage, story_s: float) -> Image:
    return stage.frame(round(story_s * FPS))


def test_the_story() -> None:
    acts = [on_stage(number / FPS) for number in range(FRAMES)]
    actors = [act[0] if act else None for act in acts]
    changes = [
        actor for before, actor in zip([None, *actors], actors, strict=False) if actor != before
    ]
    assert changes == [Actor.KNOWN, None, Actor.STRANGER, None, Actor.KNOWN, None]
    assert 24 < STORY_S < 27
    for visit in VISITS:
        arrival_s, leaving_s = visit.desk_s
        assert leaving_s - arrival_s >= 2  # long enough to be judged


def test_people_move_smoothly_and_come_from_outside() -> None:
    for visit in VISITS:
        seconds = np.arange(visit.start_s, visit.end_s, 1 / FPS)
        poses = [act[1] for act in (on_stage(float(second)) for second in seconds) if act]
        x_px = np.array([pose.x_px for pose in poses])
        assert abs(np.diff(x_px)).max() < 60
        assert abs(np.diff([pose.y_px for pose in poses])).max() < 6
        assert all(not 0 < x < SIZE[0] for x in (x_px[0], x_px[-1]))


def test_frames(stage: Stage) -> None:
    image = stage.frame(0)
    assert image.shape == (720, 1280, 3)
    assert image.dtype == np.uint8
    empty, somebody = at(stage, 0.3).astype(int), at(stage, 4.0).astype(int)
    assert abs(empty - somebody).max(axis=2).mean() > 20
    assert abs(empty - at(stage, 8.7)).max(axis=2).mean() < 10  # the room is empty again


def test_an_empty_room_never_repeats_a_picture(stage: Stage) -> None:
    assert len({stage.frame(number).tobytes() for number in range(20)}) == 20


def test_reopening_starts_again_and_a_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facedesk.vision.demo.FRAMES", 3)
    source = DemoSource(realtime=False)
    given = source.open()
    assert (given.width_px, given.height_px, given.fps) == (1280, 720, 30.0)
    first = [source.read() for _ in range(4)]
    assert first[3] is None
    source.open()
    assert np.array_equal(source.read(), first[0])
    source.close()
    source.close()
    assert source.read() is None

    endless = DemoSource(False, loop=True)
    endless.open()
    assert all(endless.read() is not None for _ in range(7))


def test_realtime_gives_30_frames_a_second_and_hurries_nobody() -> None:
    clock, slept = FakeClock(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)

    source = DemoSource(clock=clock, sleep=sleep)
    source.open()
    for _ in range(10):
        source.read()
    assert sum(slept) == pytest.approx(9 / 30)
    clock.advance(1.0)  # the reader was busy
    slept.clear()
    for _ in range(4):
        source.read()
    assert sum(slept) == pytest.approx(3 / 30)


def test_without_scikit_image_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    with pytest.raises(FaceDeskError) as caught:
        DemoSource().open()
    assert 'pip install "facedesk[demo]"' in caught.value.hint
    with pytest.raises(FaceDeskError):
        enrolment_pictures()


def figure() -> Figure:
    """A green head on red shoulders."""
    body, head = Canvas(150, 190, 150, 100), Canvas(190, 60, 70, 130)
    layers = []
    for canvas, colour in ((body, (0, 0, 200)), (head, (0, 200, 0))):
        box = [
            (canvas.left, canvas.top),
            (canvas.left + canvas.width, canvas.top),
            (canvas.left + canvas.width, canvas.top + canvas.height),
            (canvas.left, canvas.top + canvas.height),
        ]
        picture = np.full((*canvas.shape, 3), colour, np.float32)
        layers.append(make_layer(canvas, picture, canvas.mask(box)))
    return Figure(layers[0], layers[1])


def test_a_figure_is_drawn_where_its_pose_says() -> None:
    frame = np.full((400, 600, 3), 255, np.uint8)
    figure().draw(frame, Pose(x_px=300, y_px=200, scale=1.5))
    head_middle = (int(300 + 1.5 * (225 - NECK[0])), int(200 + 1.5 * (125 - NECK[1])))
    assert frame[head_middle[1], head_middle[0]].tolist() == [0, 200, 0]
    assert frame[270, 300].tolist() == [0, 0, 200]
    assert frame[380:, 550:].min() == 255


def test_light_and_lean() -> None:
    dark = np.zeros((400, 600, 3), np.uint8)
    figure().draw(dark, Pose(300, 200, 1.5, light=0.5))
    assert dark[270, 300].tolist() == [0, 0, 100]
    leaning = np.zeros((400, 600, 3), np.uint8)
    figure().draw(leaning, Pose(300, 200, 1.5, lean_deg=30))
    columns = np.nonzero(leaning[..., 1])[1]
    assert columns.mean() > 320  # clockwise: the head goes to the right


@pytest.mark.parametrize("x_px", [-900.0, 2000.0])
def test_a_figure_outside_leaves_the_frame_alone(x_px: float) -> None:
    frame = np.full((400, 600, 3), 90, np.uint8)
    figure().draw(frame, Pose(x_px, 200, 1.5))
    assert (frame == 90).all()


def test_a_canvas_moves_what_is_at_a_place() -> None:
    canvas = Canvas(10, 20, 60, 60)
    dot = canvas.mask([(28, 38), (32, 38), (32, 42), (28, 42)])
    moved = canvas.moved(dot, [(30, 40, 8, 0, 30, 30)])
    x, y = canvas.grid()
    assert float((x * moved).sum() / moved.sum()) == pytest.approx(38, abs=0.6)
    assert float((y * moved).sum() / moved.sum()) == pytest.approx(40, abs=0.6)
    line = canvas.stroke([[(20, 30), (60, 30)]], 3)
    assert float((y * line).sum() / line.sum()) == pytest.approx(30, abs=0.3)
    assert blend(np.zeros((120, 120, 3), np.float32), (9, 9, 9), dot).max() == 9


# The people, before real networks.


class Embedders:
    """Three public embedders with different training: what one of them sees may be its quirk."""

    def __init__(self, models_dir: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._sessions = [
            onnxruntime.InferenceSession(
                str(models_dir / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
            )
            for name in (
                "mobilefacenet_foamliu",
                "mobileface_v2_becauseofai",
                "face_reidentification_retail_0095",
            )
        ]

    def embed(self, image: Image, face: Face) -> list[NDArray[np.float32]]:
        rgb = align(image, face.landmarks)[..., ::-1].astype(np.float32)
        mean, deviation = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
        eyes_and_mouth = np.array(
            [(0.31556875, 0.46157411), (0.68262292, 0.46157411), (0.50026250, 0.64050536),
             (0.34947188, 0.82469196), (0.65343646, 0.82469196)]
        )  # fmt: skip
        wide = align(image, face.landmarks, (128, 128), eyes_and_mouth * 128)
        vectors = []
        for session, crop in zip(
            self._sessions, ((rgb / 255 - mean) / deviation, rgb, wide), strict=True
        ):
            feed = np.ascontiguousarray(crop.transpose(2, 0, 1)[None], np.float32)
            vector = session.run(None, {session.get_inputs()[0].name: feed})[0].ravel()
            vectors.append(vector / np.linalg.norm(vector))
        return vectors


@pytest.fixture(scope="module")
def detector(models_dir: Path) -> OnnxDetector:
    import onnxruntime

    return OnnxDetector(
        onnxruntime.InferenceSession(
            str(models_dir / "yunet_s_dynamic.onnx"), providers=["CPUExecutionProvider"]
        ),
        smallest_face_px=60,
    )


def only_face(detector: OnnxDetector, image: Image) -> Face:
    faces = detector.detect(image)
    assert len(faces) == 1
    return faces[0]


def problems(image: Image, face: Face, limits: QualityLimits) -> tuple[str, ...]:
    return assess(align(image, face.landmarks), face, SIZE, limits).reasons


@pytest.mark.model
def test_the_enrolment_pictures_are_good_enough(detector: OnnxDetector) -> None:
    views = enrolment_pictures()
    assert len(views) == 3
    for view in views:
        face = only_face(detector, view)
        assert face.score > 0.85
        assert problems(view, face, ENROLMENT_LIMITS) == ()


@pytest.mark.model
def test_everybody_at_the_desk_is_found_and_good(detector: OnnxDetector, stage: Stage) -> None:
    for visit in VISITS:
        arrival_s, leaving_s = visit.desk_s
        for story_s in np.arange(arrival_s, leaving_s, 0.5):
            image = at(stage, float(story_s))
            face = only_face(detector, image)
            assert face.score > 0.8
            assert face.width_px > 120
            assert problems(image, face, QualityLimits()) == ()


@pytest.mark.model
def test_nobody_is_seen_in_the_empty_room(detector: OnnxDetector, stage: Stage) -> None:
    for story_s in (0.3, 8.7, 17.0, 25.0):
        assert detector.detect(at(stage, story_s)) == []


@pytest.mark.model
def test_the_person_is_recognised_and_the_stranger_is_not(
    detector: OnnxDetector, stage: Stage, models_dir: Path
) -> None:
    embedders = Embedders(models_dir)
    enrolled = [embedders.embed(view, only_face(detector, view)) for view in enrolment_pictures()]
    for visit in VISITS:
        arrival_s, leaving_s = visit.desk_s
        # Also on the way to and from the desk, where the face is whole.
        for story_s in np.arange(arrival_s - 1, leaving_s + 1, 0.45):
            image = at(stage, float(story_s))
            vectors = embedders.embed(image, only_face(detector, image))
            for number, vector in enumerate(vectors):
                best = max(float(vector @ sample[number]) for sample in enrolled)
                if visit.actor is Actor.KNOWN:
                    assert best > 0.7, (story_s, number, best)
                else:
                    assert best < 0.25, (story_s, number, best)
