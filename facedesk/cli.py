"""The command line. Sub-commands load when they are used, so that `facedesk --help` is instant."""

import importlib
import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

import click

from facedesk import __version__
from facedesk.commands.permission import asks_first
from facedesk.core.errors import FaceDeskError

# name -> (module, attribute, one line for the overview)
_COMMANDS = {
    "run": ("kiosk", "run", "Open the window and watch the camera."),
    "demo": ("kiosk", "demo", "Show FaceDesk at work without a camera."),
    "watch": ("kiosk", "watch", "Watch a source, printing each fact as a line."),
    "enroll": ("faces", "enroll", "Enrol people from pictures."),
    "identify": ("faces", "identify", "Say who is in pictures."),
    "people": ("people", "people", "List, change and remove people."),
    "today": ("today", "today", "Say who is in, late, absent, on break or gone."),
    "export": ("export", "export", "Write the attendance log to a file."),
    "import": ("import_punches", "import_", "Add the punches of a file to the log."),
    "profile": ("profile", "profile", "Choose the columns of exports, for payroll and others."),
    "report": ("report", "report", "Add up hours by person, department and period."),
    "correct": ("correct", "correct", "Correct the attendance log, and close paid periods."),
    "schedule": ("schedule", "schedule", "Set working times and who has them."),
    "absence": ("schedule", "absence", "Enter leave, illness and other absences."),
    "outbox": ("outbox", "outbox", "See and send what other systems are told of punches."),
    "refusals": ("refusals", "refusals", "List faces that were taken for pictures."),
    "explain": ("explain", "explain", "Say why a punch was recorded."),
    "models": ("models", "models", "List, verify and install models."),
    "doctor": ("doctor", "doctor", "Check cameras, models, database, disk and clock."),
    "db": ("db", "db", "Check, back up, restore and re-key the database."),
    "accounts": ("accounts", "accounts", "Say who may sign in, and with which role."),
    "privacy": ("privacy", "privacy", "Erase what is due, and hand out a person's data."),
    "audit": ("accounts", "audit", "Show who did what, and when."),
    "bench": ("bench", "bench", "Measure speed and memory on this machine."),
}
# Threads that wait for cameras and models; all that they announced is committed.
_WORKERS = ("capture", "recognise", "jobs")
# The lab needs PyTorch for some of its commands and is not part of the installed application.
_LAB_COMMANDS = {
    "evaluate": ("evaluate", "Measure models on face sets (lab)."),
    "train": ("train", "Train a model from a recipe (lab)."),
    "export-embedder": ("export_embedder", "Make an ONNX model and card of a training run (lab)."),
    "distil": ("distil", "Train a model from a teacher (lab)."),
}


class _LazyGroup(click.Group):
    """Imports the module of a sub-command only when that sub-command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *_LAB_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _LAB_COMMANDS:  # they open no data folder
            return _lab_command(_LAB_COMMANDS[cmd_name][0])
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        found = getattr(importlib.import_module(f"facedesk.commands.{module}"), attribute)
        assert isinstance(found, click.Command)
        return asks_first(found, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, about) for name, (_, _, about) in _COMMANDS.items()]
                + [(name, about) for name, (_, about) in _LAB_COMMANDS.items()]
            )


def _lab_command(attribute: str) -> click.Command:
    try:
        module = importlib.import_module("facedesk.lab.commands")
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f'The lab is not installed here ({error.name} is missing): pip install "facedesk[lab]"'
        ) from error
    command: click.Command = getattr(module, attribute)
    if attribute == "evaluate":  # the one measurement of the lab that needs the whole application
        from facedesk.commands.evaluate_enrolment import enrolment

        assert isinstance(command, click.Group)
        command.add_command(enrolment)
    return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="facedesk")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the database, settings, models and logs (else FACEDESK_DATA, else the user's).",
)
@click.option("--verbose", is_flag=True, help="Log details to standard error.")
@click.option(
    "--as",
    "user",
    default="",
    metavar="NAME",
    envvar="FACEDESK_AS",
    help="Account to work as, where FaceDesk has accounts (password: asked, or FACEDESK_PASSWORD).",
)
@click.pass_context
def cli(ctx: click.Context, data_dir: Path | None, verbose: bool, user: str) -> None:
    """FaceDesk: attendance by face, on this computer alone."""
    from facedesk.commands.place import Place

    ctx.obj = Place(data_dir, verbose, user)
    ctx.obj.speak()


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `facedesk`. Exit codes: 0 done, 1 an error that was told, 2 wrong usage."""
    _speak_utf8()
    try:
        status = cli.main(arguments, prog_name="facedesk", standalone_mode=False)
    except FaceDeskError as error:
        status = _tell(error)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        status = 130
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    _leave(status if isinstance(status, int) else 0)


def _leave(status: int) -> NoReturn:
    """Exit. Python would unwind a worker that still hangs in a driver, and abort over it."""
    if any(thread.daemon and thread.name in _WORKERS for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(status)
    sys.exit(status)


def gui_main(arguments: list[str] | None = None) -> None:
    """Entry point of `facedesk-gui`: `facedesk run`, and errors in a box where no console is."""
    words = sys.argv[1:] if arguments is None else arguments
    if sys.stderr is not None:
        main(_as_run(words))
    try:
        cli.main(_as_run(words), prog_name="facedesk-gui", standalone_mode=False)
    except (FaceDeskError, click.ClickException) as error:
        from facedesk.app import show_error

        show_error(error)
        _leave(1)
    _leave(0)


def _as_run(words: list[str]) -> list[str]:
    """`--data-dir X --source S` as `--data-dir X run --source S`: a window has one command."""
    ours: list[str] = []
    rest = list(words)
    while rest and rest[0].partition("=")[0] in ("--data-dir", "--verbose", "--as"):
        ours.append(rest.pop(0))
        if ours[-1] in ("--data-dir", "--as") and rest:
            ours.append(rest.pop(0))
    return [*ours, "run", *rest]


def _tell(error: FaceDeskError) -> int:
    click.echo(f"{error.title}: {error.message}" if error.message else error.title, err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)
    return 1


def _speak_utf8() -> None:
    """Names in any script must survive a console whose code page knows only one."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
