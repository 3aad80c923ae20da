"""Composition root: builds, wires, runs and shuts down; the only file that knows every room."""

import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from facedesk import logs
from facedesk.core.clock import Clock
from facedesk.core.errors import ModelError
from facedesk.core.facts import ProblemFound
from facedesk.core.language import tr
from facedesk.core.liveness import RULES, UNFITTED
from facedesk.core.records import Person
from facedesk.engine.desk import Desk
from facedesk.engine.world import LivenessModels, LoadedModels, World
from facedesk.paths import DataPaths, model_dirs, resources_dir
from facedesk.settings import Settings
from facedesk.store.database import Database
from facedesk.store.keys import KeyFile, Keys, SystemKeyStore
from facedesk.store.lock import InstanceLock
from facedesk.store.people import People
from facedesk.store.salvage import Salvage, salvage
from facedesk.store.troubles import DamagedError
from facedesk.vision import sources
from facedesk.vision.camera import FrameSource
from facedesk.vision.cards import Task
from facedesk.vision.catalog import MODEL_SUFFIXES, Catalogue, Installed
from facedesk.vision.detect import Detector, MediaPipeDetector, OnnxDetector
from facedesk.vision.devices import list_cameras
from facedesk.vision.embed import OnnxEmbedder
from facedesk.vision.head import GeometryReader, HeadReader, MeshReader
from facedesk.vision.landmarks import FaceLandmarks
from facedesk.vision.liveness import MADE_TO_BE_AVERAGED, AveragedLiveness, OnnxLiveness
from facedesk.vision.refine import REFINER_NAME, RefinedDetector
from facedesk.vision.runtime import open_session
from facedesk.vision.second_look import MeshLook, MirrorLook, SecondLook

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from facedesk.engine.personal_copy import PersonalCopy
    from facedesk.gui.main_window import MainWindow

log = logging.getLogger(__name__)


def build_desk(
    paths: DataPaths,
    settings: Settings,
    clock: Clock,
    *,
    source: str = "",
    open_source: Callable[[Settings], FrameSource] | None = None,
    detector: str = "",
    embedder: str = "",
    lockstep: bool = False,
    guard_files: bool = False,
    alone: bool = False,
    verbose: bool = False,
    passphrase: Callable[[], str | None] = lambda: None,
) -> Desk:
    """A desk on the real world. `source` (or `open_source`), `detector` and `embedder` stand in for
    the settings' own. `passphrase` asks for the one that opens the database, where no key does.

    `alone` takes the data folder's instance lock until the desk stops. Raises FaceDeskError.
    """
    with ExitStack() as opened:
        if alone:
            opened.callback(InstanceLock(paths.lock).release)
        diary = logs.setup(paths.logs, verbose=verbose, post=lambda error: desk.tell(_bug(error)))
        opened.callback(diary.close)
        keys = keys_for(paths, settings, passphrase)
        database, salvaged = _open(paths, settings, clock, keys, repair=alone)
        catalogue = Catalogue(model_dirs(paths), resources_dir() / "catalogue")
        world = World(
            clock=clock,
            open_source=open_source
            or (lambda current: _source(source or current.camera, current, not lockstep)),
            load_models=lambda current: load_models(
                catalogue,
                replace(
                    current,
                    detector=detector or current.detector,
                    embedder=embedder or current.embedder,
                ),
                paths,
                People(database).contracts(),
            ),
            list_cameras=list_cameras,
            model_names=lambda task: [found.card.name for found in catalogue.models(task)],
            local_zone=_local_zone,
            release=opened.pop_all().close,
        )
    desk = Desk(paths, settings, world, database, lockstep=lockstep, guard_files=guard_files)
    if salvaged is not None:
        desk.notices.append(
            ProblemFound(
                clock.utc(),
                tr("The database was damaged"),
                salvaged.in_words(),
                tr("Check the disk, and compare the log with what you know."),
            )
        )
    if alone:
        diary.install_hooks()
    return desk


def _open(
    paths: DataPaths, settings: Settings, clock: Clock, keys: Keys, *, repair: bool
) -> tuple[Database, Salvage | None]:
    """The database; a damaged one is salvaged where this is the only program that works with it.

    People check in at seven, when nobody of IT is there; nothing is thrown away.
    """

    def opened() -> Database:
        return Database.open(paths.database, clock=clock, backups=paths.backups, keys=keys)

    try:
        return opened(), None
    except DamagedError:
        if not repair:
            raise
        log.exception("the database is damaged")
    folder = Path(settings.backup_folder).expanduser() if settings.backup_folder else paths.backups
    result = salvage(paths.database, folder, keys, clock)
    log.error("salvaged %d rows; %d losses", result.rows, len(result.losses))
    return opened(), result


def keys_for(
    paths: DataPaths, settings: Settings, passphrase: Callable[[], str | None] = lambda: None
) -> Keys:
    """Where the database's key lies, by the settings.

    The key of a folder for temporary files does not outlive it in the system's key store.
    """
    file = Path(settings.key_file).expanduser() if settings.key_file else paths.key
    lasts = not paths.root.is_relative_to(tempfile.gettempdir())
    in_system = lasts and settings.key_place == "auto"
    return Keys(KeyFile(file), SystemKeyStore(), passphrase, in_system)


def _bug(error: BaseException) -> ProblemFound:
    """What the user is told about an exception that nobody caught; the details are in the log."""
    return ProblemFound(
        datetime.now(UTC),
        tr("Something unexpected happened"),
        type(error).__name__,  # its words may hold a name; the log redacts them
        tr("This is a bug in FaceDesk. The log file has the details."),
    )


def run_window(
    desk: Desk,
    *,
    fullscreen: bool = False,
    for_s: float | None = None,
    offer_owner: bool = False,
) -> bool:
    """Open the window on the desk, start it, and return when the window is closed.

    `offer_owner`: on a first start, offer to make the owner's account.
    True when the user, who has no camera, asked for the demonstration.
    """
    from PySide6.QtCore import QTimer

    window, application = open_window(desk, fullscreen=fullscreen)
    desk.start()
    if for_s is not None:
        QTimer.singleShot(round(for_s * 1000), window.end)
    if offer_owner:
        window.offer_owner()
    application.exec()
    return window.demonstration_wanted


def open_window(desk: Desk, *, fullscreen: bool = False) -> "tuple[MainWindow, QApplication]":
    """The shown window and its application, whose events the caller has to run."""
    from PySide6.QtWidgets import QApplication

    from facedesk.gui.main_window import MainWindow
    from facedesk.gui.theme import Theme

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("FaceDesk")
    application.setDesktopFileName("facedesk")
    window = MainWindow(desk, Theme(application, desk.settings.theme))
    if fullscreen:
        window.toggle_full_screen()
    window.show()
    return window, application


def print_timesheets(path: Path, copies: "Iterable[PersonalCopy]") -> str:
    """Write time sheets as one PDF, without a window; the letters that no font here has.

    Raises StoreError.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from facedesk.gui.timesheet_pdf import letters_without_a_font, write_timesheets

    application = QApplication.instance() or QApplication(sys.argv[:1])
    listed = list(copies)
    write_timesheets(path, listed)
    missing = letters_without_a_font("".join(copy.sheet.person.name for copy in listed))
    del application  # kept until here: fonts need it
    return missing


def print_badge(path: Path, person: Person, code: str, organisation: str) -> None:
    """Write a badge card as PNG or PDF, without a window. Raises StoreError."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from facedesk.gui.badge_card import write_badge

    application = QApplication.instance() or QApplication(sys.argv[:1])
    write_badge(path, person, code, organisation)
    del application  # kept until here: fonts need it


def show_error(error: Exception) -> None:
    """A box with an error that came before the window could open."""
    from PySide6.QtWidgets import QApplication

    from facedesk.gui.dialogs import show_error as show
    from facedesk.gui.theme import Theme

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    show(Theme(application), None, error).finished.connect(application.quit)
    application.exec()


def ask_passphrase() -> str:
    """A box that asks for the passphrase of the database; '' when nothing is given."""
    from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    text, _ = QInputDialog.getText(
        None,
        "FaceDesk",
        tr("The faces in the database are sealed. Passphrase:"),
        QLineEdit.EchoMode.Password,
    )
    return text


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

    Also where the kiosk's own policy is off: some people may have another.
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
    networks = [
        OnnxLiveness(
            open_session(found.path, provider=settings.provider, card=found.card)[0], found.card
        )
        for found in (catalogue.choose("liveness", name) for name in names)
    ]
    network = networks[0] if len(networks) == 1 else AveragedLiveness(*networks)
    return LivenessModels(
        network, RULES.get(network.name, UNFITTED), lambda: _head_reader(catalogue)
    )


def _head_reader(catalogue: Catalogue) -> HeadReader:
    mesh = _face_mesh(catalogue)
    return GeometryReader() if mesh is None else MeshReader(mesh)


def _second_look(catalogue: Catalogue, detector: Detector) -> SecondLook:
    mesh = _face_mesh(catalogue)
    return MirrorLook(detector) if mesh is None else MeshLook(mesh)


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


def _source(text: str, settings: Settings, realtime: bool) -> FrameSource:
    if text == "demo":
        from facedesk.vision.demo import DemoSource

        return DemoSource(realtime=realtime, loop=realtime)
    return sources.open_source(
        text,
        accept_virtual=settings.virtual_cameras or settings.liveness == "off",
        width_px=settings.camera_width_px,
        height_px=settings.camera_height_px,
        fps=settings.camera_fps,
        realtime=realtime,
    )


def _local_zone() -> str:
    import tzlocal

    try:
        return tzlocal.get_localzone_name()
    except Exception:  # tzlocal raises its own and OS errors where the zone is set up wrongly
        log.warning("the computer's time zone is not known; times are shown in UTC")
        return "UTC"
