"""From the settings to open models: what one thread works with."""

import logging
from collections.abc import Sequence
from pathlib import Path

from facedesk.core.errors import ModelError
from facedesk.core.liveness import RULES, UNFITTED, Policy
from facedesk.engine.world import LivenessModels, LoadedModels
from facedesk.paths import DataPaths
from facedesk.settings import Settings
from facedesk.vision.cards import Task
from facedesk.vision.catalog import MODEL_SUFFIXES, Catalogue, Installed
from facedesk.vision.detect import Detector, MediaPipeDetector, OnnxDetector
from facedesk.vision.embed import OnnxEmbedder
from facedesk.vision.head import GeometryReader, HeadReader, MeshReader
from facedesk.vision.landmarks import FaceLandmarks
from facedesk.vision.liveness import (
    MADE_TO_BE_AVERAGED,
    AveragedLiveness,
    LateLiveness,
    OnnxLiveness,
    PassiveNetwork,
)
from facedesk.vision.refine import REFINER_NAME, RefinedDetector
from facedesk.vision.runtime import open_session
from facedesk.vision.second_look import MeshLook, MirrorLook, SecondLook

log = logging.getLogger(__name__)


def choose_embedder(
    catalogue: Catalogue, wanted: str, contracts_in_use: Sequence[str]
) -> Installed:
    """By file or name; '' is the one that the enrolled people are known to, else the best.

    A better model that somebody installs must not make everybody a stranger overnight. Raises
    ModelError that says how to install one.
    """
    if wanted:
        return _by_file(catalogue, "embed", wanted) or catalogue.choose("embed", wanted)
    usable = {found.card.contract: found for found in reversed(catalogue.models("embed"))}
    known = [usable[contract] for contract in contracts_in_use if contract in usable]
    return known[0] if known else catalogue.choose("embed")


def load_models(
    catalogue: Catalogue, settings: Settings, paths: DataPaths, contracts_in_use: Sequence[str]
) -> LoadedModels:
    """Detector and embedder of one thread. Raises ModelError that says how to install one."""
    chosen = choose_embedder(catalogue, settings.embedder, contracts_in_use)
    session, report = open_session(
        chosen.path, provider=settings.provider, card=chosen.card, self_tests=paths.models
    )
    embedder = OnnxEmbedder(session, chosen.card)
    detector = _detector(catalogue, settings)
    return LoadedModels(
        detector,
        embedder,
        chosen.card.thresholds,
        report.provider,
        report.message,
        liveness_models(catalogue, settings),
        lambda: _second_look(catalogue, detector),
    )


def liveness_models(catalogue: Catalogue, settings: Settings) -> LivenessModels | None:
    """What tells living faces from pictures; None where it is not installed.

    Where the kiosk's own policy is off, it is opened when a person with another one comes.
    """
    installed = catalogue.models("liveness")
    wanted = settings.liveness_model
    if wanted:
        installed = [catalogue.choose("liveness", wanted)]
    if not installed:
        return None
    names = [installed[0].card.name]
    if names[0] in MADE_TO_BE_AVERAGED:
        names = [found.card.name for found in catalogue.models("liveness")]
        names = [name for name in MADE_TO_BE_AVERAGED if name in names]

    def opened() -> PassiveNetwork:
        networks = [
            OnnxLiveness(
                open_session(found.path, provider=settings.provider, card=found.card)[0], found.card
            )
            for found in (catalogue.choose("liveness", name) for name in names)
        ]
        return networks[0] if len(networks) == 1 else AveragedLiveness(*networks)

    off = Policy(settings.liveness) is Policy.OFF
    network = LateLiveness("+".join(names), opened) if off else opened()
    return LivenessModels(
        network, RULES.get(network.name, UNFITTED), lambda: _head_reader(catalogue)
    )


def _head_reader(catalogue: Catalogue) -> HeadReader:
    mesh = _face_mesh(catalogue)
    return GeometryReader() if mesh is None else MeshReader(mesh)


def _second_look(catalogue: Catalogue, detector: Detector) -> SecondLook:
    mirror, mesh = MirrorLook(detector), _face_mesh(catalogue)
    return mirror if mesh is None else MeshLook(mirror, mesh)


def _face_mesh(catalogue: Catalogue) -> FaceLandmarks | None:
    """MediaPipe's face mesh; None where it is not installed and five landmarks must do."""
    for found in catalogue.models("landmarks"):
        if found.path.suffix == ".task":
            try:
                return FaceLandmarks(found.path)
            except (ModelError, ImportError) as error:
                log.warning("no face mesh, heads are read from five points: %s", error)
    return None


def _detector(catalogue: Catalogue, settings: Settings) -> Detector:
    chosen = _chosen_detector(catalogue, settings.detector)
    if chosen.path.suffix == ".tflite":
        return MediaPipeDetector(chosen.path)
    session, _ = open_session(chosen.path, provider=settings.provider, card=chosen.card)
    needs = chosen.card.input
    detector = OnnxDetector(
        session,
        smallest_face_px=settings.smallest_face_px,
        colour=needs.colour,
        mean=needs.mean,
        std=needs.std,
    )
    for found in catalogue.models("landmarks"):
        # By name: other landmark networks share the input's size and nothing else.
        if found.card.name == REFINER_NAME:
            refiner, _ = open_session(found.path, provider=settings.provider, card=found.card)
            return RefinedDetector(detector, refiner)
    return detector


def _chosen_detector(catalogue: Catalogue, wanted: str) -> Installed:
    """By name, by file, or the first of MediaPipe's; '' is the best one installed."""
    file = _by_file(catalogue, "detect", wanted)
    if file:
        return file
    if wanted == "mediapipe":
        for found in catalogue.models("detect"):
            if found.path.suffix == ".tflite":
                return found
    return catalogue.choose("detect", wanted)


def _by_file(catalogue: Catalogue, task: Task, wanted: str) -> Installed | None:
    path = Path(wanted)
    return catalogue.at(path, task) if path.suffix in MODEL_SUFFIXES and path.is_file() else None
