"""`accounts` and `audit`: who may sign in, and who did what."""

import os
import sys

import click
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.errors import BadInputError
from facedesk.core.roles import Account, Role
from facedesk.engine.desk import Desk

_role = click.Choice([role.value for role in Role if role is not Role.KIOSK])


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def accounts(ctx: click.Context, as_json: bool) -> None:
    """List the accounts; with a sub-command change them.

    Without any account FaceDesk is open to everybody at this computer. The first one is an owner;
    from then on roles rule, in the window and here (facedesk --as NAME ...).
    """
    if ctx.invoked_subcommand is not None:
        return
    place = ctx.find_object(Place)
    assert place is not None
    with place.desk() as desk:
        found = desk.access.accounts.list()
    if as_json:
        echo_json([{"name": one.name, "role": one.role, "code": one.has_code} for one in found])
        return
    if not found:
        click.echo("Nobody has an account: FaceDesk is open to everybody at this computer.")
        return
    table = Table("Name", "Role", "Code", box=None)
    for one in found:
        table.add_row(one.name, one.role, "yes" if one.has_code else "no")
    print_table(table)


@accounts.command()
@click.argument("name")
@click.option("--role", type=_role, default=Role.OWNER.value, show_default=True)
@pass_place
def add(place: Place, name: str, role: str) -> None:
    """Make an account. The password is asked for (or FACEDESK_NEW_PASSWORD)."""
    with place.desk() as desk:
        made = desk.access.add(name, Role(role), _new_password())
    click.echo(f"Added {made.name} as {made.role}")


@accounts.command()
@click.argument("name")
@pass_place
def password(place: Place, name: str) -> None:
    """Give somebody a new password."""
    with place.desk() as desk:
        desk.access.set_password(_find(desk, name), _new_password())
    click.echo("Changed the password")


@accounts.command()
@click.argument("name")
@click.argument("new_role", metavar="ROLE", type=_role)
@pass_place
def role(place: Place, name: str, new_role: str) -> None:
    """Change what somebody may do."""
    with place.desk() as desk:
        desk.access.accounts.set_role(_find(desk, name).id, Role(new_role))
    click.echo(f"{name} is now {new_role}")


@accounts.command()
@click.argument("name")
@pass_place
def remove(place: Place, name: str) -> None:
    """Remove an account; the audit log keeps what was done with it."""
    with place.desk() as desk:
        desk.access.accounts.remove(_find(desk, name).id)
    click.echo(f"Removed {name}")


@accounts.command()
@click.argument("name")
@click.option("--off", is_flag=True, help="Ask for no code any more.")
@pass_place
def code(place: Place, name: str, off: bool) -> None:
    """Ask for a one-time code beside the password, from an authenticator app."""
    with place.desk() as desk:
        account = _find(desk, name)
        if off:
            desk.access.accounts.set_totp(account.id, "")
            click.echo(f"{account.name} needs no code any more")
            return
        secret, address = desk.access.check.new_code_secret(account)
        click.echo(f"Enter this key in an authenticator app: {secret}")
        click.echo(address)
        desk.access.check.start_codes(account, secret, click.prompt("Code that it shows"))
    click.echo(f"{account.name} needs a code from now on")


@click.command()
@click.option("--person", type=int, help="Only what was done to this person (id).")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@json_option
@pass_place
def audit(place: Place, person: int | None, limit: int, as_json: bool) -> None:
    """Who did what to whom, when and from where; the newest first."""
    from facedesk.store.audit import subject_of

    with place.desk() as desk:
        subject = None if person is None else subject_of(person)
        entries = desk.audit.entries(subject, limit)
    if as_json:
        echo_json(
            [
                {
                    "entry_id": entry.id,
                    "utc": entry.utc.isoformat(),
                    "who": entry.actor.who,
                    "role": entry.actor.role,
                    "origin": entry.actor.origin,
                    "act": entry.act,
                    "subject": entry.subject,
                    "before": entry.before,
                    "after": entry.after,
                }
                for entry in entries
            ]
        )
        return
    table = Table("When", "Who", "From", "What", "Whom", "Before", "After", box=None)
    for entry in entries:
        table.add_row(
            f"{entry.utc:%Y-%m-%d %H:%M:%SZ}", entry.actor.who, entry.actor.origin, entry.act,
            entry.subject, _words(entry.before), _words(entry.after),
        )  # fmt: skip
    print_table(table)


def _words(details: object) -> str:
    if details is None:
        return "(erased)"
    assert isinstance(details, dict)
    return ", ".join(f"{name}: {value}" for name, value in details.items())


def _find(desk: Desk, name: str) -> Account:
    account = desk.access.accounts.find(name)
    if account is None:
        raise BadInputError("Unknown account", f"There is no account {name}.")
    return account


def _new_password() -> str:
    given = os.environ.get("FACEDESK_NEW_PASSWORD")
    if given:
        return given
    if not sys.stdin.isatty():
        raise BadInputError(
            "There is nobody to ask", "The new password is missing.", "Set FACEDESK_NEW_PASSWORD."
        )
    text: str = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    return text
