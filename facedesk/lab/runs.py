"""From a recipe to a run and from a run to a shipped model: what the commands call."""

from __future__ import annotations

import json
import os
import platform
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from facedesk.lab.augment import PLAIN, view
from facedesk.lab.data import Crops, comparable, load_crops
from facedesk.lab.distill import Teacher, held_out, lesson, teach
from facedesk.lab.export import Parity, write_checked
from facedesk.lab.labelled import LabelledFaces
from facedesk.lab.networks.mobilefacenet import MobileFaceNet
from facedesk.lab.recipe import Recipe, recipe_record
from facedesk.lab.sampling import validation_people
from facedesk.lab.train import Lesson, Report, Training, prepare_process, to_input

TEACHER_TABLE = "faces_teacher.npy"
PARITY_PICTURES = 64


@dataclass(frozen=True, slots=True)
class Places:
    """Where the material lies; ``cache`` and ``runs`` are outside git."""

    shards: Path
    names: Path
    teacher: Path
    cache: Path
    runs: Path


def crops_of(places: Places) -> Crops:
    """All training faces; nobody of LFW is among them."""
    return load_crops(places.cache, sorted(places.shards.glob("crops_*.npz")), places.names)


def teach_all(places: Places, tell: Callable[[int, int], None], part: int, parts: int) -> None:
    """Compute what is missing of the teacher's vectors."""
    prepare_process()
    table = places.cache / TEACHER_TABLE
    teach(Teacher(places.teacher), crops_of(places).images, table, tell, part, parts)


def train(
    recipe: Recipe,
    places: Places,
    until: datetime | None,
    restart_at: float | None = None,
    tell: Callable[[Report], None] = lambda report: None,
) -> Training:
    """Begin or go on with the run of this recipe; SIGTERM ends it with a checkpoint."""
    prepare_process()
    crops = crops_of(places)
    table = np.load(places.cache / TEACHER_TABLE, mmap_mode="r")
    chosen = ~held_out(len(crops))
    if recipe.sources:
        chosen &= np.isin(crops.source, recipe.sources)
    faces = lesson(crops.images, table, chosen)
    validation = held_out_faces(places) if recipe.validate_every else None
    training = Training(recipe, faces, places.runs / recipe.name, validation, tell)
    if training.resume() and restart_at is not None:
        training.restart_at(restart_at)
    if training.ranks.own == 0:
        _describe(training, crops, chosen)
    signal.signal(signal.SIGTERM, lambda *_: training.request_stop())
    training.run(until.timestamp() if until else None)
    return training


def labelled_faces(
    places: Places, least_pictures: int = 4, validation_share: float = 0.25
) -> tuple[LabelledFaces, LabelledFaces]:
    """Faces whose people are known, to learn and to check, without a person in both.

    The sets may share people under different names: names are made comparable, numbers cannot be.
    """
    prepare_process()
    crops = crops_of(places)
    table = np.load(places.cache / TEACHER_TABLE, mmap_mode="r")
    plain = np.array([comparable(str(name)) for name in crops.identity])
    named = plain != ""
    people, counts = np.unique(plain[named], return_counts=True)
    enough = named & np.isin(plain, people[counts >= least_pictures])
    held = validation_people(plain, validation_share)
    parts = []
    for chosen in (enough & ~held, enough & held):
        faces = lesson(crops.images, table, chosen)
        _, labels = np.unique(plain[faces.rows], return_inverse=True)
        parts.append(LabelledFaces(crops.images[faces.rows], labels, faces.teacher))
    return parts[0], parts[1]


def trained_network(recipe: Recipe, run: Path) -> MobileFaceNet:
    """The averaged weights of a run's checkpoint."""
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    network = MobileFaceNet(recipe.dimension, recipe.stem)
    network.load_state_dict(state["average"])
    return network.eval()


def held_out_faces(places: Places) -> Lesson:
    """The faces that no run learns from."""
    crops = crops_of(places)
    table = np.load(places.cache / TEACHER_TABLE, mmap_mode="r")
    return lesson(crops.images, table, held_out(len(crops)))


def export_run(
    recipe: Recipe, places: Places, size_px: int, target: Path
) -> tuple[Parity, MobileFaceNet]:
    """Write a run's averaged network to ``target``, compared on held-out faces first."""
    network = trained_network(recipe, places.runs / recipe.name)
    crops = crops_of(places)
    rows = np.flatnonzero(held_out(len(crops)))[:PARITY_PICTURES]
    images = to_input(_plain(crops, rows, size_px))
    return write_checked(network, size_px, recipe.dimension, recipe.name, images, target), network


def _plain(crops: Crops, rows: np.ndarray, size_px: int) -> np.ndarray:
    random = np.random.default_rng(0)
    return np.stack([view(crops.images[row], size_px, PLAIN, random) for row in rows])


def _describe(training: Training, crops: Crops, chosen: np.ndarray) -> None:
    """Write down what a run was made of, so that its figures can be explained later."""
    sources, counts = np.unique(crops.source[chosen], return_counts=True)
    content = {
        "recipe": recipe_record(training.recipe),
        "faces": dict(zip(sources.tolist(), counts.tolist(), strict=True)),
        "processes": training.ranks.count,
        "torch": torch.__version__,
        "onnxruntime": onnxruntime.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    training.folder.mkdir(parents=True, exist_ok=True)
    (training.folder / "run.json").write_text(json.dumps(content, indent=2) + "\n", "utf-8")
