"""Every command x every role, walked through the real click tree."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from argon2 import PasswordHasher

from facedesk import cli
from facedesk.commands import permission
from facedesk.commands.place import Place
from facedesk.core.clock import SystemClock
from facedesk.core.errors import NotAllowedError
from facedesk.core.records import Person
from facedesk.core.roles import NEEDS, Role, needed
from facedesk.store.accounts import Accounts
from facedesk.store.database import Database
from facedesk.store.people import People
from tests.commands.conftest import Run

PASSWORD = "correct horse battery"
ROLES = [Role.OPERATOR, Role.ADMIN, Role.OWNER]


class _LetInError(Exception):
    """Raised instead of a command's work."""


def _walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """The words of every command that does something by itself, and the command."""
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield path, command
    if isinstance(command, click.Group):
        for name, sub_command in command.commands.items():
            yield from _walk(sub_command, f"{path} {name}")


def every_command() -> list[tuple[str, click.Command]]:
    ctx = click.Context(cli.cli)
    found: list[tuple[str, click.Command]] = []
    for name in cli._COMMANDS:  # the lab never opens a data folder
        command = cli.cli.get_command(ctx, name)
        assert command is not None
        found += _walk(command, name)
    return found


@pytest.fixture
def guarded(tmp_path: Path) -> Path:
    """A data folder with one account of each role, named like it."""
    root = tmp_path / "data"
    root.mkdir()
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with Database.open(root / "facedesk.db", clock=SystemClock()) as database:
        for role in reversed(ROLES):
            Accounts(database).add(role, role, hasher.hash(PASSWORD))
    return root


def test_every_command_has_an_entry_in_the_table() -> None:
    missing = [path for path, _ in every_command() if path not in NEEDS]
    assert not missing, f"say in core/roles.py which role they need: {missing}"


def test_an_unknown_action_needs_an_owner() -> None:
    assert needed("a command of tomorrow") is Role.OWNER


def test_every_command_for_every_role(guarded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the table says is what each command does, for nobody and for each account."""
    monkeypatch.setenv("FACEDESK_PASSWORD", PASSWORD)
    database = Database.open(guarded / "facedesk.db", clock=SystemClock())
    monkeypatch.setattr(Database, "open", lambda *_, **__: database)
    monkeypatch.setattr(Database, "__exit__", lambda *_: None)
    admit = permission.admit

    def admit_and_stop(place: Place, action: str) -> None:
        admit(place, action)
        raise _LetInError

    monkeypatch.setattr(permission, "admit", admit_and_stop)
    checked = 0
    for action, command in every_command():
        assert command.callback is not None
        for role in Role:
            place = Place(guarded, user="" if role is Role.KIOSK else role)
            expected = _LetInError if role.includes(needed(action)) else NotAllowedError
            with (
                click.Context(command, obj=place),
                pytest.raises((_LetInError, NotAllowedError)) as got,
            ):
                command.callback()
            assert got.type is expected, (action, role)
            checked += 1
    database.close()
    print(f"{checked} pairs of command and role")


def test_a_command_really_asks(
    facedesk: Run, guarded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = facedesk("people", "--json")
    assert (refused.code, refused.out) == (1, "")
    assert "This needs the role operator" in refused.err
    assert "--as NAME" in refused.err
    monkeypatch.setenv("FACEDESK_PASSWORD", PASSWORD)
    assert facedesk("--as", "operator", "people", "--json").json == []
    too_little = facedesk("--as", "operator", "people", "remove", "1", "--yes")
    assert too_little.code == 1
    assert "operator has the role operator" in too_little.err
    monkeypatch.setenv("FACEDESK_PASSWORD", "wrong wrong")
    assert "name or the password is wrong" in facedesk("--as", "operator", "people").err


def test_a_correction_is_signed_by_the_account_that_made_it(
    facedesk: Run, guarded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database.open(guarded / "facedesk.db", clock=SystemClock()) as database:
        People(database).add(Person(0, "Kim"))
    monkeypatch.setenv("FACEDESK_PASSWORD", PASSWORD)
    change = ("correct", "add", "--person", "Kim", "--direction", "in", "--why", "door log",
              "--at", "2026-03-02 08:58")  # fmt: skip
    assert facedesk("--as", "operator", *change).code == 0
    (signed,) = facedesk("--as", "operator", "correct", "list", "--json").json
    assert signed["who"] == "operator"


def test_without_accounts_nobody_is_asked(facedesk: Run) -> None:
    assert "open to everybody" in facedesk("accounts").out
    assert facedesk("people", "--json").json == []


def test_accounts_from_the_first_owner_on(facedesk: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEDESK_NEW_PASSWORD", PASSWORD)
    first = facedesk("accounts", "add", "Olu", "--role", "operator")
    assert "The first account is the owner's" in first.err
    assert facedesk("accounts", "add", "Ada").code == 0
    assert facedesk("accounts", "add", "Olu", "--role", "operator").code == 1
    monkeypatch.setenv("FACEDESK_PASSWORD", PASSWORD)
    assert facedesk("--as", "ada", "accounts", "add", "Olu", "--role", "operator").code == 0
    assert facedesk("--as", "ada", "accounts", "role", "Olu", "admin").code == 0
    found = facedesk("--as", "ada", "accounts", "--json").json
    assert found == [
        {"name": "Ada", "role": "owner", "code": False},
        {"name": "Olu", "role": "admin", "code": False},
    ]
    assert facedesk("--as", "ada", "accounts", "remove", "Olu").code == 0
    entries = facedesk("--as", "ada", "audit", "--json").json
    removed = next(entry for entry in entries if entry["act"] == "account removed")
    assert (removed["who"], removed["origin"]) == ("Ada", "command line")
    assert removed["before"] == {"name": "Olu", "role": "admin"}
