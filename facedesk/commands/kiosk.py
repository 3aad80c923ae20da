"""`run`, `demo` and `watch`: the main job, with and without a window."""

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from facedesk import settings_file
from facedesk.commands.facts import as_json, as_line
from facedesk.commands.place import (
    DEFAULT_MODELS,
    ModelChoice,
    Place,
    echo_json,
    model_options,
    pass_place,
)
from facedesk.core.attendance import day_bounds, working_day
from facedesk.core.facts import Fact, ProblemFound, PunchRecorded, SourceEnded
from facedesk.core.liveness import Policy
from facedesk.core.records import Person
from facedesk.engine.desk import Desk
from facedesk.settings import Settings
from facedesk.store.export import export_csv
from facedesk.vision.demo import DEMO_PERSON, enrolment_pictures
from facedesk.vision.devices import list_cameras

DEMO = "demo"  # the source, and the folder inside the data folder that it works in


@dataclass(frozen=True, slots=True)
class _Order:
    """What shall be watched, and how."""

    source: str
    for_s: float | None
    models: ModelChoice = DEFAULT_MODELS
    living: bool = False
    fullscreen: bool = False
    print_facts: bool = True
    json_lines: bool = False


_for_option = click.option(
    "--for", "for_s", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Stop after this."
)
_source_option = click.option(
    "--source",
    default="",
    metavar="S",
    help="Camera number, identity or name; video file, folder, picture or URL; or 'demo'.",
)
_living_option = click.option(
    "--living", is_flag=True, help="Ask for living faces in a file, too, as before a camera."
)


@click.command()
@_source_option
@_living_option
@_for_option
@click.option("--fullscreen", is_flag=True, help="Start as a full-screen kiosk.")
@model_options
@click.pass_context
def run(
    ctx: click.Context,
    source: str,
    living: bool,
    for_s: float | None,
    fullscreen: bool,
    models: ModelChoice,
) -> None:
    """Open the window and watch the camera."""
    place = ctx.find_object(Place)
    assert place is not None
    if source == DEMO:
        _demonstrate(place, for_s, window=_has_display(), fullscreen=fullscreen)
        return
    order = _Order(
        source or place.settings().camera, for_s, models, living, fullscreen, print_facts=False
    )
    found_none = not order.source and not list_cameras()
    if found_none:
        click.echo("No camera was found: nothing is connected, or this account may not use it.")
    if not _has_display():
        click.echo("There is no display here, so no window can be opened.")
        if found_none:
            click.echo("Running the built-in demonstration instead.")
            _demonstrate(place, for_s, window=False)
        else:
            _watch_headless(place, order)
        return
    if found_none:
        click.echo("The window waits for a camera. To see FaceDesk at work without one:")
        click.echo("  facedesk run --source demo")
    if _open_window(place, order):
        _demonstrate(place, for_s, window=True, fullscreen=fullscreen)


@click.command()
@_for_option
@click.option("--headless", is_flag=True, help="Without a window.")
@pass_place
def demo(place: Place, for_s: float | None, headless: bool) -> None:
    """Show FaceDesk at work without a camera: a made video, the real pipeline.

    Uses a data folder of its own, made anew each time.
    """
    _demonstrate(place, for_s, window=not headless and _has_display())


@click.command()
@_source_option
@_living_option
@_for_option
@click.option("--headless", is_flag=True, help="Without a window; files at full speed.")
@click.option("--json", "json_lines", is_flag=True, help="Print JSON, one object a line.")
@model_options
@pass_place
def watch(
    place: Place,
    source: str,
    living: bool,
    for_s: float | None,
    headless: bool,
    json_lines: bool,
    models: ModelChoice,
) -> None:
    """Watch a source and record who comes, printing each fact as a line.

    Without a display as with --headless. Exit code 1 when a file or URL cannot be read. A video or
    folder ends by itself, a camera with Ctrl+C or --for.
    """
    order = _Order(source or place.settings().camera, for_s, models, living, json_lines=json_lines)
    if headless or not _has_display():
        _watch_headless(place, order)
    else:
        _open_window(place, order)


def _demonstrate(
    place: Place, for_s: float | None, *, window: bool, fullscreen: bool = False
) -> None:
    """The same story with or without a window, in a folder that holds nothing else."""
    root = place.paths().root / DEMO
    if root.exists():
        shutil.rmtree(root)
    demo_place = Place(root, place.verbose)
    # Its key is thrown away with the folder, which one in the system's key store would not be.
    settings_file.save(demo_place.paths().settings, Settings(key_place="key file"))
    click.echo("Demonstration: a made video of one person and a stranger, the real pipeline.")
    pictures = enrolment_pictures()
    with demo_place.desk() as desk:
        drafts = [
            desk.enrolment.draft(desk.enrolment.examine(picture, f"demo:{number}"))
            for number, picture in enumerate(pictures)
        ]
        person = desk.enrolment.enrol(Person(0, DEMO_PERSON, "D-1", "Demonstration"), drafts)
        click.echo(f"enrolled {person.name} with {len(drafts)} pictures")
    order = _Order(DEMO, for_s, fullscreen=fullscreen)
    if window:
        _open_window(demo_place, order)
    else:
        _watch_headless(demo_place, order)
    _export_today(demo_place)


def _export_today(place: Place) -> None:
    with place.desk() as desk:
        hour = desk.settings.day_starts_hour
        day = working_day(desk.clock.utc(), desk.zone, hour)
        path = desk.paths.exports / f"{day}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        export_csv(path, desk.punches.log(*day_bounds(day, desk.zone, hour)), desk.zone)
        click.echo(f"Database: {desk.paths.database}")
        click.echo(f"Exported day: {path}")


def _watch_headless(place: Place, order: _Order) -> None:
    ended = threading.Event()
    told = _Told(order.json_lines)
    _say_of_files(place, order)
    with place.desk(
        order.source, models=order.models, lockstep=True, living=order.living, alone=True
    ) as desk:

        def listen(fact: Fact) -> None:
            told(fact)
            if isinstance(fact, SourceEnded):
                ended.set()

        desk.listen(listen)
        with _ends_on_signal(ended):
            desk.start()
            # A bounded wait in a loop: on Windows Ctrl+C cannot interrupt an unbounded one.
            waited_s = 0.0
            while not ended.wait(0.2) and (order.for_s is None or waited_s < order.for_s):
                waited_s += 0.2
        told.stopped(desk, desk.stop())
    if told.failed:
        raise SystemExit(1)


def _open_window(place: Place, order: _Order) -> bool:
    """Whether the user asked for the demonstration."""
    from facedesk.app import run_window

    told = _Told(order.json_lines)
    place.has_window = True
    _say_of_files(place, order)
    with place.desk(order.source, models=order.models, living=order.living, alone=True) as desk:
        if order.print_facts:
            desk.listen(told)
        wants_demonstration = run_window(
            desk,
            fullscreen=order.fullscreen,
            for_s=order.for_s,
            offer_owner=order.source != DEMO and order.for_s is None,
        )
        if order.print_facts:
            told.stopped(desk, desk.stop())
    return wants_demonstration


def _say_of_files(place: Place, order: _Order) -> None:
    """A filmed photograph is greeted: nobody must take that for what happens before a camera."""
    path = Path(order.source)
    is_file = order.source not in ("", DEMO) and (path.is_file() or path.is_dir())
    if is_file and not order.living and place.settings().liveness != Policy.OFF:
        click.echo("Faces in files are taken as they are; --living asks for living ones.", err=True)


class _Told:
    """Prints facts; called from worker threads, one line at a time."""

    def __init__(self, json_lines: bool) -> None:
        self._json = json_lines
        self._lock = threading.Lock()
        self._punches = 0
        self.failed = False

    def __call__(self, fact: Fact) -> None:
        with self._lock:
            self._punches += isinstance(fact, PunchRecorded)
            self.failed |= isinstance(fact, ProblemFound)
            if self._json:
                echo_json(as_json(fact))
            else:
                click.echo(as_line(fact))

    def stopped(self, desk: Desk, stuck: tuple[str, ...]) -> None:
        """The last line: how it went."""
        counters = desk.counters
        if self._json:
            echo_json(
                {
                    "event": "stopped",
                    "utc": desk.clock.utc().isoformat(timespec="milliseconds")[:-6] + "Z",
                    "frames_read": counters.frames_read,
                    "frames_recognised": counters.frames_recognised,
                    "punches": self._punches,
                    "stuck_threads": list(stuck),
                }
            )
        else:
            how = f"with stuck threads {', '.join(stuck)}" if stuck else "cleanly"
            click.echo(
                f"stopped {how}: {counters.frames_read} frames read, "
                f"{counters.frames_recognised} recognised, {self._punches} punches"
            )


@contextmanager
def _ends_on_signal(ended: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM end the watch in order instead of tearing it down."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _has_display() -> bool:
    if sys.platform != "linux":
        return True
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in names)
