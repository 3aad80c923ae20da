"""Every command asks the table of roles before it does anything.

`facedesk --help` loads this module: nothing heavy is imported before somebody has to be asked.
"""

import functools
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from facedesk.core.errors import NotAllowedError, SignInError, StoreError
from facedesk.core.roles import Account, Role, needed

if TYPE_CHECKING:
    from facedesk.commands.place import Place
    from facedesk.engine.accounts import SignIn

_asking: set[click.Command] = set()


def asks_first(command: click.Command, path: str) -> click.Command:
    """The command, which from now on asks before it runs, as do all its sub-commands."""
    if command in _asking:
        return command
    _asking.add(command)
    if isinstance(command, click.Group):
        for name, sub_command in command.commands.items():
            asks_first(sub_command, f"{path} {name}")
    work = command.callback
    if work is None:
        return command

    @functools.wraps(work)
    def asked(*arguments: Any, **options: Any) -> Any:
        ctx = click.get_current_context()
        if ctx.invoked_subcommand is None:
            admit(ctx.obj, path)
        return work(*arguments, **options)

    command.callback = asked
    return command


def admit(place: "Place", action: str) -> None:
    """Let whoever asks do this, and keep who it was; an open data folder lets everybody.

    Raises NotAllowedError, SignInError or StoreError.
    """
    wanted = needed(action)
    if wanted is Role.KIOSK:
        return
    from facedesk.engine.accounts import SignIn

    if not place.paths().database.exists():
        return
    try:
        database = place.database()
    except StoreError:
        if action.startswith("db "):
            return  # what repairs a database must not need a whole one
        raise
    with database:
        sign_in = SignIn(database)
        if not sign_in.accounts.exist():
            return
        if not place.user:
            raise NotAllowedError(
                f"This needs the role {wanted}",
                "FaceDesk has accounts here, so it has to know who asks.",
                f"Say who: facedesk --as NAME {action}",
            )
        account = _signed_in(sign_in, place.user)
    if not account.role.includes(wanted):
        raise NotAllowedError(
            f"This needs the role {wanted}", f"{account.name} has the role {account.role}."
        )
    place.account = account


def _signed_in(sign_in: "SignIn", name: str) -> Account:
    password = os.environ.get("FACEDESK_PASSWORD") or _ask(f"Password of {name}")
    try:
        return sign_in.account_of(name, password)
    except SignInError as error:
        if not error.code_needed:
            raise
        return sign_in.account_of(name, password, _ask("Code"))


def _ask(what: str) -> str:
    """Hidden, from a person; a program gets an error instead of a question."""
    if not sys.stdin.isatty():
        raise NotAllowedError(
            "There is nobody to ask", f"{what} is missing.", "Set FACEDESK_PASSWORD."
        )
    text: str = click.prompt(what, hide_input=True)
    return text
