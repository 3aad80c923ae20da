"""`people pin`, `people badge` and `people unlock`: the ways in without a face."""

import secrets
from pathlib import Path

import click

from facedesk.commands.asked import find_person
from facedesk.commands.place import Place, pass_place
from facedesk.core.credentials import checked_pin, is_easily_guessed, new_badge_code

_CHOSEN_DIGITS = 6


@click.command()
@click.argument("person", metavar="PERSON")
@click.option("--random", "make", is_flag=True, help="Choose a PIN and print it, once.")
@click.option("--remove", is_flag=True, help="Take the PIN away.")
@pass_place
def pin(place: Place, person: str, make: bool, remove: bool) -> None:
    """Set the PIN of a person (id, staff number or whole name); it is asked, never shown."""
    with place.desk() as desk:
        found = find_person(desk, person)
        if remove:
            desk.credentials.clear_pin(found.id)
            click.echo(f"Person {found.id} has no PIN any more")
            return
        shortest = desk.settings.shortest_pin
        if make:
            typed = _random_pin(shortest, found.staff_number)
        else:
            typed = click.prompt("PIN", hide_input=True, confirmation_prompt=True)
            checked_pin(typed, shortest, found.staff_number)
        desk.credentials.set_pin(found.id, typed)
        click.echo(f"Person {found.id} has the PIN {typed}" if make else
                   f"Person {found.id} has a new PIN")  # fmt: skip


@click.command()
@click.argument("person", metavar="PERSON")
@click.option("--code", help="The code of a card: what its reader types.")
@click.option(
    "--make",
    type=click.Path(path_type=Path),
    help="Make a QR badge and write it to this .png or .pdf file.",
)
@click.option("--remove", is_flag=True, help="Make the badge useless.")
@pass_place
def badge(place: Place, person: str, code: str | None, make: Path | None, remove: bool) -> None:
    """Give a person (id, staff number or whole name) a badge; one before stops working."""
    if sum((code is not None, make is not None, remove)) != 1:
        raise click.UsageError("Give --code, --make or --remove.")
    with place.desk() as desk:
        found = find_person(desk, person)
        if remove:
            desk.credentials.clear_badge(found.id)
            click.echo(f"Person {found.id} has no badge any more")
            return
        if make is not None:
            from facedesk.app import print_badge

            code = new_badge_code()
            print_badge(make, found, code, desk.settings.organisation)
        assert code is not None
        desk.credentials.set_badge(found.id, code)
        written = f", written to {make}" if make else ""
        click.echo(f"Person {found.id} has a new badge{written}")


@click.command()
@click.argument("person", metavar="PERSON", required=False)
@click.option("--kiosk", is_flag=True, help="The kiosk itself, after many wrong PINs by anybody.")
@pass_place
def unlock(place: Place, person: str | None, kiosk: bool) -> None:
    """Let a person's PIN be tried again after too many wrong ones."""
    if (person is None) != kiosk:
        raise click.UsageError("Give a person, or --kiosk.")
    with place.desk() as desk:
        if person is None:
            desk.credentials.refill_allowance()
            click.echo("The kiosk takes PINs and badges again")
            return
        found = find_person(desk, person)
        desk.credentials.unlock(found.id)
        click.echo(f"The PIN of person {found.id} can be tried again")


def _random_pin(length: int, staff_number: str) -> str:
    length = max(length, _CHOSEN_DIGITS)
    while True:
        made = f"{secrets.randbelow(10**length):0{length}}"
        if not is_easily_guessed(made, staff_number):
            return made
