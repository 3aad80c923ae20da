"""`doctor`: everything IT asks first, with exit code 1 on trouble."""

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import click

from facedesk import __version__
from facedesk.commands.doctor_safety import lines
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.clock import SystemClock
from facedesk.core.errors import FaceDeskError
from facedesk.engine.deliveries import destinations_of
from facedesk.model_loading import choose_embedder
from facedesk.paths import model_dirs, resources_dir
from facedesk.settings import declared
from facedesk.vision.catalog import Catalogue
from facedesk.vision.devices import list_cameras
from facedesk.vision.runtime import available_providers, open_session

_LEAST_FREE_BYTES = 500_000_000
_MANY_FAILURES = 5  # in a row: longer than a restart of the other side takes
_EARLIEST_YEAR = 2026  # a clock before this program was written has lost its battery


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `ok` is None for a plain fact that is neither good nor bad."""

    topic: str
    ok: bool | None
    text: str
    hint: str = ""


@click.command()
@json_option
@pass_place
def doctor(place: Place, as_json: bool) -> None:
    """Check cameras, providers, models, database, disk and clock. Exit code 1 on trouble."""
    findings = list(_examine(place))
    trouble = any(finding.ok is False for finding in findings)
    if as_json:
        rows = [{"topic": f.topic, "ok": f.ok, "text": f.text, "hint": f.hint} for f in findings]
        echo_json({"ok": not trouble, "findings": rows})
    else:
        for finding in findings:
            mark = {True: "ok  ", False: "BAD ", None: "    "}[finding.ok]
            click.echo(f"{mark} {finding.topic:<10} {finding.text}")
            if finding.hint:
                click.echo(f"     {'':<10} {finding.hint}")
    if trouble:
        raise SystemExit(1)


def _examine(place: Place) -> list[Finding]:
    findings = [
        Finding("version", None, f"FaceDesk {__version__}, Python {platform.python_version()}, "
                f"{platform.system()} {platform.machine()}")
    ]  # fmt: skip
    checks: list[tuple[str, Callable[[Place], list[Finding]]]] = [
        ("data", _data),
        ("settings", _settings),
        ("database", _database),
        ("models", _models),
        ("people", _people),
        ("outbox", _outbox),
        ("providers", _providers),
        ("cameras", _cameras),
        ("clock", _clock),
    ]
    for topic, check in checks:
        try:
            findings += check(place)
        except FaceDeskError as error:
            text = f"{error.title}: {error.message}"
            told = next((one for one in findings if one.text == text), None)
            if told is None:
                findings.append(Finding(topic, False, text, error.hint))
            else:
                findings.append(Finding(topic, None, f"not checked, for what {told.topic} says"))
    return findings


def _data(place: Place) -> list[Finding]:
    root = place.paths().root
    free_bytes = shutil.disk_usage(root).free
    return [
        Finding("data", None, str(root)),
        Finding(
            "disk",
            free_bytes >= _LEAST_FREE_BYTES,
            f"{free_bytes / 1e9:.1f} GB free",
            "" if free_bytes >= _LEAST_FREE_BYTES else "Free some space: punches need it.",
        ),
    ]


def _settings(place: Place) -> list[Finding]:
    settings = place.settings()
    count = sum(getattr(settings, name) != default for name, default, _ in declared())
    changed = f"{count} changed, version {settings.version}" if count else "defaults"
    return [Finding("settings", True, changed)]


def _database(place: Place) -> list[Finding]:
    paths = place.paths()
    if not paths.database.exists():
        return [Finding("database", None, "none yet; it is made at the first start")]
    with place.database() as database:
        problems = database.check()
        safety = [Finding(*line) for line in lines(place, database)]
    if problems:
        hint = f"Backups lie in {paths.backups}."
        return [*(Finding("database", False, problem, hint) for problem in problems), *safety]
    size_mb = paths.database.stat().st_size / 1e6
    return [Finding("database", True, f"whole, {size_mb:.1f} MB"), *safety]


def _outbox(place: Place) -> list[Finding]:
    """Other systems that are told of punches, if any; trouble is what fails again and again."""
    if not place.paths().database.exists():
        return []
    found = []
    with place.desk() as desk:
        for destination in destinations_of(desk.settings, desk.clock):
            line = desk.outbox.line(destination.name)
            failing = line.failures >= _MANY_FAILURES
            text = f"{line.destination}: {line.waiting} punches wait"
            found.append(
                Finding("outbox", not failing, f"{text}, {line.error}" if failing else text,
                        "Try it now: facedesk outbox test" if failing else "")
            )  # fmt: skip
    return found


def _models(place: Place) -> list[Finding]:
    catalogue = _catalogue(place)
    findings = [
        Finding("model", not trouble, f"{path}{': ' + trouble if trouble else ''}")
        for path, trouble in catalogue.verify()
    ]
    for task in ("detect", "embed"):
        try:
            chosen = catalogue.choose(task, "")
        except FaceDeskError as error:
            findings.append(Finding(task, False, error.message, error.hint))
        else:
            findings.append(Finding(task, True, f"{chosen.card.name}, {chosen.card.licence}"))
    return findings


def _people(place: Place) -> list[Finding]:
    """Vectors of another model mean nothing to this one: who has none of its own is not known."""
    if not place.paths().database.exists():
        return []
    with place.desk() as desk:
        people = desk.people.list(active_only=True)
        chosen = choose_embedder(_catalogue(place), desk.settings.embedder, desk.people.contracts())
        known = set(desk.people.gallery(chosen.card.contract).person_ids.tolist())
        kept = bool(desk.people.renewable(chosen.card.contract))
    strange = [person for person in people if person.id not in known]
    text = f"{len(people)} active, {len(people) - len(strange)} known to {chosen.card.name}"
    hint = ""
    if strange:
        hint = f"{len(strange)} need new photos for this model."
        if kept:
            hint = "Let it read their kept pictures: facedesk people reembed"
    return [Finding("people", not strange, text, hint)]


def _providers(place: Place) -> list[Finding]:
    catalogue = _catalogue(place)
    findings = [Finding("providers", None, "available: " + ", ".join(available_providers()))]
    chosen = catalogue.choose("embed", place.settings().embedder)
    wanted = place.settings().provider
    _, report = open_session(chosen.path, wanted, card=chosen.card, self_tests=place.paths().models)
    # Falling back is not trouble by itself, but who asked for a GPU must hear that it is not used.
    fine = wanted == "auto" or not report.message
    findings.append(Finding("runs on", fine, f"{report.provider} (asked: {wanted})",
                            report.message))  # fmt: skip
    return findings


def _catalogue(place: Place) -> Catalogue:
    return Catalogue(model_dirs(place.paths()), resources_dir() / "catalogue")


def _cameras(place: Place) -> list[Finding]:
    cameras = list_cameras()
    wanted = place.settings().camera
    found = [
        Finding("camera", True, f"{camera.index}: {camera.name} [{camera.identity}]")
        for camera in cameras
    ]
    if not cameras:
        hint = "Connect a camera, or check that this account may use it (Linux: group video)."
        return [Finding("camera", False, "no camera was found", hint)]
    if wanted.startswith("camera:") and wanted not in {camera.identity for camera in cameras}:
        found.append(Finding("camera", False, f"the chosen camera is not connected: {wanted}"))
    return found


def _clock(place: Place) -> list[Finding]:
    from facedesk.app import local_zone

    now = SystemClock().utc()
    fine = now.year >= _EARLIEST_YEAR
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC, zone {place.settings().zone or local_zone()}"
    return [Finding("clock", fine, text, "" if fine else "Set the computer's clock.")]
