"""`outbox`: what other systems are told of punches, and what still waits."""

import uuid

import click
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.errors import BadInputError
from facedesk.engine.courier import Courier
from facedesk.engine.deliveries import destinations_of
from facedesk.engine.webhook import Webhook, new_secret
from facedesk.store.times import to_text

_NOBODY = "Nobody is told: the settings name neither a webhook nor a folder."
_NAMES = click.Choice(["webhook", "folder"])


@click.group()
def outbox() -> None:
    """What other systems are told of each punch: a webhook, and files in a folder.

    Set the address, the secret and the folder in the settings ("Other systems").
    """


@outbox.command("list")
@json_option
@pass_place
def list_(place: Place, as_json: bool) -> None:
    """How each destination stands, and what waits for it."""
    with place.desk() as desk:
        names = [one.name for one in destinations_of(desk.settings, desk.clock)]
        for name in names:
            desk.outbox.collect(name)
        lines = [desk.outbox.line(name) for name in names]
        waiting = {name: desk.outbox.waiting(name) for name in names}
    if as_json:
        echo_json(
            {
                line.destination: {
                    "waiting": line.waiting,
                    "failures": line.failures,
                    "next_try_utc": line.next_try_utc and to_text(line.next_try_utc),
                    "error": line.error,
                }
                for line in lines
            }
        )
        return
    if not lines:
        click.echo(_NOBODY)
    for line in lines:
        trouble = f", {line.failures} failures in a row: {line.error}" if line.failures else ""
        click.echo(f"{line.destination}: {line.waiting} waiting{trouble}")
        if not waiting[line.destination]:
            continue
        table = Table("Number", "Punch", "Person", "What", "Tries", "Last answer", box=None)
        for one in waiting[line.destination]:
            what = "recorded" if one.correction is None else f"corrected ({one.correction.kind})"
            table.add_row(
                str(one.number), str(one.punch.id), str(one.person.id), what, str(one.attempts),
                one.error,
            )  # fmt: skip
        print_table(table)


@outbox.command()
@pass_place
def send(place: Place) -> None:
    """Send all that waits, now, whatever pause was meant. FaceDesk must not run meanwhile."""
    with place.desk(alone=True) as desk:
        destinations = destinations_of(desk.settings, desk.clock)
        for one in destinations:
            desk.outbox.hurry(one.name)
        Courier(desk.outbox, destinations, desk.clock).step()
        lines = [desk.outbox.line(one.name) for one in destinations]
    if not lines:
        click.echo(_NOBODY)
    for line in lines:
        click.echo(f"{line.destination}: {line.waiting} waiting")
    for line in lines:
        if line.waiting:
            raise BadInputError(f"The {line.destination} did not take everything", line.error)


@outbox.command()
@click.argument("destination", type=_NAMES)
@click.argument("number", type=int)
@pass_place
def skip(place: Place, destination: str, number: int) -> None:
    """Give one up, by the number that `list` shows, so that the person's next ones can go."""
    with place.desk() as desk:
        if not desk.outbox.skip(destination, number):
            raise BadInputError("Nothing was skipped", f"Number {number} does not wait.")
    click.echo(f"Skipped {number}")


@outbox.command()
@pass_place
def test(place: Place) -> None:
    """Send a signed event of the kind "test" to the webhook of the settings."""
    with place.desk() as desk:
        settings = desk.settings
        if not settings.webhook_url:
            raise BadInputError("No webhook", "The settings name none.")
        name = f"test-{uuid.uuid4()}"
        Webhook(settings.webhook_url, settings.webhook_secret, desk.clock).send(
            name, {"id": name, "event": "test"}
        )
    click.echo("The webhook answered: it works.")


@outbox.command()
def secret() -> None:
    """Print a fresh secret for the settings and for the receiver."""
    click.echo(new_secret())
