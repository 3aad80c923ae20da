"""Where a command works: its data folder, settings and database, opened when asked for."""

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from facedesk import settings_file
from facedesk.commands.speech import speak
from facedesk.core.audit import Actor
from facedesk.core.clock import SystemClock
from facedesk.core.errors import FaceDeskError
from facedesk.core.roles import Account
from facedesk.engine.accounts import COMMAND_LINE, system_user
from facedesk.engine.desk import Desk
from facedesk.paths import DataPaths, data_paths
from facedesk.settings import Settings
from facedesk.store.database import Database
from facedesk.store.keys import Keys


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Models that stand in for the settings' own; '' leaves it at those."""

    detector: str = ""
    embedder: str = ""


DEFAULT_MODELS = ModelChoice()


@dataclass(slots=True)
class Place:
    """The global options of the command line, and who was let in by them."""

    data_dir: Path | None
    verbose: bool = False
    user: str = ""
    account: Account | None = None
    passphrase: str = field(default="", repr=False)
    has_window: bool = False  # a passphrase is asked for there

    def paths(self) -> DataPaths:
        """The data folder, created. Raises StoreError when it cannot be written."""
        return data_paths(self.data_dir).prepare()

    def settings(self) -> Settings:
        return settings_file.load(self.paths().settings)

    def speak(self) -> None:
        """In the language of the settings. Those that cannot be read are told by who needs them."""
        try:
            choice = settings_file.load(data_paths(self.data_dir).settings).language
        except FaceDeskError:
            choice = "auto"
        speak(choice)

    def keys(self) -> Keys:
        """Where the database's key lies; whoever sits here is asked for a passphrase it needs."""
        from facedesk.app import keys_for

        return keys_for(self.paths(), self.settings(), self._passphrase)

    def database(self) -> Database:
        """The open database, for those who need no desk. Raises StoreError."""
        paths = self.paths()
        database = Database.open(
            paths.database, clock=SystemClock(), backups=paths.backups, keys=self.keys()
        )
        database.actor = self._actor
        return database

    def _actor(self) -> Actor:
        if self.account is not None:
            return Actor(self.account.name, self.account.role, COMMAND_LINE)
        return Actor(system_user(), "", COMMAND_LINE)

    def _passphrase(self) -> str | None:
        """From FACEDESK_PASSPHRASE, or typed once; None where nobody can be asked."""
        if not self.passphrase:
            self.passphrase = os.environ.get("FACEDESK_PASSPHRASE", "")
        if not self.passphrase and sys.stdin is not None and sys.stdin.isatty():
            self.passphrase = click.prompt("Passphrase of the database", hide_input=True, err=True)
        if not self.passphrase and self.has_window:
            from facedesk.app import ask_passphrase

            self.passphrase = ask_passphrase()
        return self.passphrase or None

    @contextmanager
    def desk(
        self,
        source: str = "",
        *,
        models: ModelChoice = DEFAULT_MODELS,
        lockstep: bool = False,
        living: bool = False,
        alone: bool = False,
    ) -> Iterator[Desk]:
        """A desk, stopped at the end. `alone` refuses a second instance in this data folder,
        `living` asks for living faces in files, too.
        """
        from facedesk.app import build_desk

        paths = self.paths()
        desk = build_desk(
            paths,
            settings_file.load(paths.settings),
            SystemClock(),
            source=source,
            detector=models.detector,
            embedder=models.embedder,
            lockstep=lockstep,
            guard_files=living,
            alone=alone,
            verbose=self.verbose,
            passphrase=self._passphrase,
        )
        try:
            if self.account is not None:
                desk.access.enter(self.account)
            yield desk
        finally:
            desk.stop()


def program_line(place: Place, models: ModelChoice, *words: str) -> list[str]:
    """The command line of FaceDesk once more, in a process of its own; `models` go last."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [
        sys.executable, "-m", "facedesk",
    ]  # fmt: skip
    folder = [] if place.data_dir is None else ["--data-dir", str(place.data_dir)]
    line = [*program, *folder, *words]
    for option, wanted in (("--detector", models.detector), ("--embedder", models.embedder)):
        line += [option, wanted] if wanted else []
    return line


def echo_json(value: Any) -> None:
    """One JSON document on a line of its own; letters of every script as they are."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


pass_place = click.make_pass_decorator(Place)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def model_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--detector` and `--embedder`, handed over together as `models`."""

    @click.option(
        "--detector", default="", metavar="NAME|FILE|mediapipe", help="Face detector for this call."
    )
    @click.option(
        "--embedder", default="", metavar="NAME|FILE", help="Face embedder for this call."
    )
    @functools.wraps(command)
    def with_models(*arguments: Any, detector: str, embedder: str, **options: Any) -> None:
        command(*arguments, models=ModelChoice(detector, embedder), **options)

    return with_models
