"""Composition root: builds, wires, runs and shuts down; the only file that knows every room."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from facedesk import logs
from facedesk.core.clock import Clock
from facedesk.core.facts import ProblemFound
from facedesk.core.language import tr
from facedesk.core.records import Person
from facedesk.engine.desk import Desk
from facedesk.engine.world import World
from facedesk.model_loading import load_models
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
from facedesk.vision.catalog import Catalogue
from facedesk.vision.devices import list_cameras

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
            local_zone=local_zone,
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
        desk.succession.replaced = not embedder and _is_replaced(desk, catalogue)
    return desk


def _is_replaced(desk: Desk, catalogue: Catalogue) -> bool:
    """Whether nobody is known to any embedder that is installed, as after an update: without their
    pictures read again the kiosk would take everybody for a stranger.
    """
    known_to = desk.people.contracts()
    installed = {found.card.contract for found in catalogue.models("embed")}
    return bool(known_to and installed) and installed.isdisjoint(known_to)


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
    from facedesk.gui.application import the_application
    from facedesk.gui.main_window import MainWindow
    from facedesk.gui.theme import Theme

    application = the_application()
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
    from facedesk.gui.application import the_application
    from facedesk.gui.timesheet_pdf import letters_without_a_font, write_timesheets

    application = the_application()
    listed = list(copies)
    write_timesheets(path, listed)
    missing = letters_without_a_font("".join(copy.sheet.person.name for copy in listed))
    del application  # kept until here: fonts need it
    return missing


def print_badge(path: Path, person: Person, code: str, organisation: str) -> None:
    """Write a badge card as PNG or PDF, without a window. Raises StoreError."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from facedesk.gui.application import the_application
    from facedesk.gui.badge_card import write_badge

    application = the_application()
    write_badge(path, person, code, organisation)
    del application  # kept until here: fonts need it


def show_error(error: Exception) -> None:
    """A box with an error that came before the window could open."""
    from facedesk.gui.application import the_application
    from facedesk.gui.dialogs import show_error as show
    from facedesk.gui.theme import Theme

    application = the_application()
    show(Theme(application), None, error).finished.connect(application.quit)
    application.exec()


def ask_passphrase() -> str:
    """A box that asks for the passphrase of the database; '' when nothing is given."""
    from PySide6.QtWidgets import QInputDialog, QLineEdit

    from facedesk.gui.application import the_application

    application = the_application()
    text, _ = QInputDialog.getText(
        None,
        "FaceDesk",
        tr("The faces in the database are sealed. Passphrase:"),
        QLineEdit.EchoMode.Password,
    )
    del application  # kept until here: the box needs it
    return text


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


def local_zone() -> str:
    """IANA name of the computer's zone; UTC where it cannot be told."""
    import tzlocal

    try:
        return tzlocal.get_localzone_name()
    except Exception:  # tzlocal raises its own and OS errors where the zone is set up wrongly
        log.warning("the computer's time zone is not known; times are shown in UTC")
        return "UTC"
