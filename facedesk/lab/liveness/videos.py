"""Attacks on a kiosk as videos, made from pictures and clips of people who are only measured.

Each is a stream of BGR frames at 10 a second, a slow kiosk's. What is held up is printed or
displayed by `recapture`, warped as a sheet in space, laid over a living scene, and photographed
again with noise. All is drawn from one seed.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facedesk.core.records import Face, Image
from facedesk.lab.faces import open_detector, read_picture
from facedesk.lab.liveness.data import clip_frames, largest
from facedesk.lab.liveness.recapture import displayed, printed
from facedesk.paths import shipped_models_dir
from facedesk.vision.face_window import cut_window

FPS = 10.0
_RECORDED_FRAMES = 40
_LOOP_FRAMES = 20
_STOCK_FRAMES = 40
_SHEET_PX = 480
# Of the face's size: a portrait down to the shoulders.
_SHEET_SCALES = (2.0, 3.4)


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture of the person who is attacked and the face in it."""

    image: Image
    face: Face


@dataclass(frozen=True, slots=True)
class Material:
    """What one attack is made of. `clip` and `other` are living frames with one face each;
    `holder` the scene in which the picture is held up, and `holder_face` who stands there.
    """

    portrait: Portrait
    clip: Sequence[Image]
    clip_faces: Sequence[Face]
    holder: Sequence[Image]
    holder_face: Face


Attack = Callable[[Material, np.random.Generator, int], Iterator[Image]]


@dataclass(frozen=True, slots=True)
class Pose:
    """Of a sheet: centre in pixels, size of the face on it in pixels, angles in degrees."""

    x: float
    y: float
    face_px: float
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    bend: float = 0.0  # half the angle that a rolled sheet spans, in radians


def _sheet(material: Material, random: np.random.Generator) -> tuple[Image, float]:
    """The printed portrait and how many faces wide it is."""
    scale = float(random.uniform(*_SHEET_SCALES))
    picture = cut_window(material.portrait.image, material.portrait.face.box, scale, _SHEET_PX)
    paper = printed(picture, random)
    if random.random() < 0.6:
        width = int(random.uniform(0.01, 0.05) * _SHEET_PX)
        cv2.rectangle(paper, (0, 0), (_SHEET_PX - 1, _SHEET_PX - 1), (235, 235, 235), max(1, width))
    return paper, scale


def _laid(scene: Image, sheet: Image, scale: float, pose: Pose) -> Image:
    """The sheet in space before the scene, by a camera with its width as focal length."""
    height, width = scene.shape[:2]
    half = pose.face_px * scale / 2
    columns = np.linspace(-1, 1, 13)
    if pose.bend:
        x = half * np.sin(columns * pose.bend) / pose.bend
        z = half * (np.cos(columns * pose.bend) - np.cos(pose.bend)) / pose.bend
    else:
        x, z = half * columns, np.zeros_like(columns)
    yaw, pitch, roll = np.radians((pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
    turn = (
        np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        @ np.array(
            [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
        )
        @ np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    )
    focal = float(width)
    distance = focal  # one pixel of the sheet is one of the picture where it stands upright
    out = np.array(scene)
    source = (columns + 1) / 2 * (sheet.shape[1] - 1)
    for strip in range(len(columns) - 1):
        corners = (
            np.array(
                [
                    [x[strip], -half, -z[strip]],
                    [x[strip + 1], -half, -z[strip + 1]],
                    [x[strip + 1], half, -z[strip + 1]],
                    [x[strip], half, -z[strip]],
                ]
            )
            @ turn.T
        )
        depth = distance + corners[:, 2]
        seen = np.stack(
            [pose.x + focal * corners[:, 0] / depth, pose.y + focal * corners[:, 1] / depth], 1
        )
        taken = np.array(
            [
                [source[strip], 0],
                [source[strip + 1], 0],
                [source[strip + 1], sheet.shape[0] - 1],
                [source[strip], sheet.shape[0] - 1],
            ]
        )
        left, top = np.maximum(np.floor(seen.min(axis=0)).astype(int) - 1, 0)
        right, low = np.minimum(np.ceil(seen.max(axis=0)).astype(int) + 2, (width, height))
        if right <= left or low <= top:
            continue
        here = seen - (left, top)
        size = (int(right - left), int(low - top))
        warp = cv2.getPerspectiveTransform(taken.astype(np.float32), here.astype(np.float32))
        part = cv2.warpPerspective(sheet, warp, size, flags=cv2.INTER_AREA)
        mask = np.zeros(size[::-1], np.uint8)
        cv2.fillConvexPoly(mask, np.round(here * 8).astype(np.int32), 255, cv2.LINE_8, 3)
        out[top:low, left:right][mask > 0] = part[mask > 0]
    return out


def _before_holder(material: Material, random: np.random.Generator) -> Pose:
    """Over the holder's own face, so that one face is seen, a little larger than life."""
    box = material.holder_face.box
    face_px = material.holder_face.width_px * float(random.uniform(1.0, 1.35))
    return Pose(
        (box[0] + box[2]) / 2 + float(random.normal(0, 8)),
        (box[1] + box[3]) / 2 + float(random.normal(0, 8)),
        face_px,
    )


def _scene(material: Material, number: int) -> Image:
    """The holder's frames forwards and backwards, so that nothing jumps."""
    count = len(material.holder)
    at = number % (2 * count - 2) if count > 1 else 0
    return material.holder[at if at < count else 2 * count - 2 - at]


def _seen(image: Image, camera: np.random.Generator, sigma: float) -> Image:
    """New noise in each frame."""
    noise = camera.standard_normal(image.shape, np.float32) * sigma
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


def _held(move: Callable[[Pose, float, np.random.Generator], Pose]) -> Attack:
    def frames(material: Material, random: np.random.Generator, count: int) -> Iterator[Image]:
        sheet, scale = _sheet(material, random)
        rest = _before_holder(material, random)
        phases = np.random.default_rng(int(random.integers(1 << 30)))
        for number in range(count):
            pose = move(rest, number / FPS, phases)
            laid = _laid(_scene(material, number), sheet, scale, pose)
            yield _seen(laid, random, 2.0)

    return frames


def _still(rest: Pose, _at_s: float, _random: np.random.Generator) -> Pose:
    return rest


def _by_hand(rest: Pose, at_s: float, random: np.random.Generator) -> Pose:
    sway = rest.face_px * 0.12
    jitter = random.normal(0, 0.6, 2)
    return Pose(
        rest.x + sway * np.sin(2.1 * at_s) + jitter[0],
        rest.y + 0.6 * sway * np.sin(2.9 * at_s + 1) + jitter[1],
        rest.face_px * (1 + 0.04 * np.sin(1.3 * at_s)),
        yaw_deg=9 * np.sin(1.7 * at_s),
        pitch_deg=6 * np.sin(2.3 * at_s),
        roll_deg=4 * np.sin(1.1 * at_s),
    )


def _bending(rest: Pose, at_s: float, _random: np.random.Generator) -> Pose:
    return Pose(
        rest.x, rest.y, rest.face_px,
        yaw_deg=14 * np.sin(2.0 * at_s), bend=0.55 + 0.35 * np.sin(2.6 * at_s),
    )  # fmt: skip


def _nodding(rest: Pose, at_s: float, _random: np.random.Generator) -> Pose:
    """All that a challenge may ask for, one after the other, by turning the sheet."""
    phase = at_s % 4.8
    turn = np.sin(np.pi * (phase % 1.6) / 1.6)
    if phase < 1.6:
        return Pose(rest.x, rest.y, rest.face_px, yaw_deg=38 * turn)
    if phase < 3.2:
        return Pose(rest.x, rest.y, rest.face_px, yaw_deg=-38 * turn)
    return Pose(rest.x, rest.y, rest.face_px, pitch_deg=32 * turn)


def _eye_holes(material: Material, random: np.random.Generator, count: int) -> Iterator[Image]:
    """A mask of paper: the eyes are the holder's own, who looks and blinks through it."""
    sheet, scale = _sheet(material, random)
    face = material.portrait.face
    box_px = face.width_px * scale
    for number in range(count):
        at = number % (2 * len(material.clip) - 2)
        index = at if at < len(material.clip) else 2 * len(material.clip) - 2 - at
        living, living_face = material.clip[index], material.clip_faces[index]
        cut = np.array(sheet)
        centre = np.array([(face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2])
        for eye in (0, 1):
            spot = (face.landmarks[eye] - centre) / box_px * _SHEET_PX + _SHEET_PX / 2
            reach = 0.2 * living_face.eye_distance_px
            x, y = living_face.landmarks[eye]
            own = cut_window(living, (x - reach, y - reach, x + reach, y + reach), 2.4, 96)
            size = max(8, round(face.eye_distance_px * 0.95 / box_px * _SHEET_PX))
            patch = cv2.resize(own, (size, size))
            left, top = round(float(spot[0]) - size / 2), round(float(spot[1]) - size / 2)
            hole = np.zeros((size, size), np.uint8)
            cv2.ellipse(
                hole, (size // 2, size // 2), (size // 2 - 1, size // 3), 0, 0, 360, 255, -1
            )
            target = cut[top : top + size, left : left + size]
            if target.shape[:2] == hole.shape:
                target[hole > 0] = patch[hole > 0]
        rest = _before_holder(material, np.random.default_rng(int(count)))
        pose = _by_hand(rest, 0.3 * number / FPS, random)
        yield _seen(_laid(_scene(material, number), cut, scale, pose), random, 2.0)


def _on_screen(material: Material, random: np.random.Generator, count: int) -> Iterator[Image]:
    """A clip of the person on a phone or tablet, with bezel, moire and a refresh that beats."""
    scale = float(random.uniform(*_SHEET_SCALES))
    look = int(random.integers(1 << 30))
    beat_hz, depth = random.uniform(2, 9), random.uniform(0.01, 0.06)
    rest = _before_holder(material, random)
    face = material.clip_faces[0]
    bezel = max(4, int(random.uniform(0.03, 0.09) * _SHEET_PX))
    sway = random.uniform(0, 0.06)
    for number in range(count):
        at = number % len(material.clip)
        shown = cut_window(material.clip[at], face.box, scale, _SHEET_PX)
        screen = displayed(shown, np.random.default_rng(look))
        light = 1 + depth * np.sin(2 * np.pi * beat_hz * number / FPS)
        screen = np.asarray(np.clip(screen * light, 0, 255), np.uint8)
        cv2.rectangle(screen, (0, 0), (_SHEET_PX - 1, _SHEET_PX - 1), (18, 18, 18), bezel)
        moved = rest.face_px * sway * np.sin(1.9 * number / FPS)
        pose = Pose(rest.x + moved, rest.y, rest.face_px, yaw_deg=2 * np.sin(number / FPS))
        yield _seen(_laid(_scene(material, number), screen, scale, pose), random, 2.0)


def _looped(material: Material, random: np.random.Generator, count: int) -> Iterator[Image]:
    """A recording of the person, fed in by a virtual camera, again and again."""
    del random
    for number in range(count):
        yield np.array(material.clip[number % min(len(material.clip), _LOOP_FRAMES)])


def _cut(material: Material, random: np.random.Generator, count: int) -> Iterator[Image]:
    """The holder stands there alive, then holds up the picture of somebody else."""
    for number, frame in enumerate(_held(_by_hand)(material, random, count)):
        yield _seen(_scene(material, number), random, 1.0) if number < count // 3 else frame


ATTACKS: dict[str, Attack] = {
    "photo, still": _held(_still),
    "photo, moved by hand": _held(_by_hand),
    "photo, bent": _held(_bending),
    "photo, turned and nodded": _held(_nodding),
    "photo, eye holes": _eye_holes,
    "screen replay": _on_screen,
    "cut to a photo": _cut,
    "recording fed in": _looped,
}


def recorded(path: Path, attack: Attack, material: Material, seed: tuple[int, ...]) -> None:
    """Write an attack as a video file, compressed as a cheap camera does (Motion JPEG)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = _LOOP_FRAMES if attack is _looped else _RECORDED_FRAMES
    writer: cv2.VideoWriter | None = None
    # In a place of its own: another process may be making the same file.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        for frame in attack(material, np.random.default_rng(seed), count):
            if writer is None:
                size = (frame.shape[1], frame.shape[0])
                motion_jpeg = cv2.VideoWriter.fourcc(*"MJPG")
                writer = cv2.VideoWriter(str(unfinished), motion_jpeg, FPS, size)
            writer.write(frame)
        if writer is not None:
            writer.release()
            unfinished.replace(path)


@dataclass(frozen=True, slots=True)
class Stock:
    """What attacks are made of: by clip its frames with their face, by person the portraits."""

    clips: dict[str, tuple[list[Image], list[Face]]]
    portraits: dict[str, list[Portrait]]


def stock(shared: Path, people: frozenset[str]) -> Stock:
    """Of these people only; clips are thinned to 10 frames a second."""
    folder = shared / "data" / "webcam"
    detector = open_detector(shipped_models_dir() / "face_detector.onnx", smallest_face_px=60)
    clips: dict[str, tuple[list[Image], list[Face]]] = {}
    portraits: dict[str, list[Portrait]] = {}
    for path in sorted((folder / "real").glob("*.mp4")):
        if path.stem.split("_")[0] not in people:
            continue
        frames = itertools.islice(clip_frames(path, 2), _STOCK_FRAMES)
        pairs = [(frame, face) for frame in frames if (face := largest(detector, frame))]
        clips[path.stem] = ([frame for frame, _ in pairs], [face for _, face in pairs])
    for person in sorted(people):
        pictures = map(read_picture, sorted((folder / "enrol" / person).glob("*.jpg")))
        portraits[person] = [
            Portrait(picture, face) for picture in pictures if (face := largest(detector, picture))
        ]
    return Stock(clips, portraits)


def materials(of: Stock, most: int, seed: int) -> Iterator[tuple[str, Material]]:
    """(person, what an attack on them is made of), so many, drawn by `seed`."""
    random = np.random.default_rng(seed)
    names = [name for name in sorted(of.clips) if of.portraits[name.split("_")[0]]]
    for _ in range(most):
        name = str(random.choice(names))
        person = name.split("_", maxsplit=1)[0]
        others = [other for other in sorted(of.clips) if other.split("_")[0] != person]
        holder, holder_faces = of.clips[str(random.choice(others))]
        shots = of.portraits[person]
        portrait = shots[int(random.integers(len(shots)))]
        yield person, Material(portrait, *of.clips[name], holder, holder_faces[0])
