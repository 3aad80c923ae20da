"""`people`: list, change and remove people without the window."""

import click
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.credentials import badge, pin, unlock
from facedesk.commands.learnt import LEARNT
from facedesk.commands.own_liveness import liveness
from facedesk.commands.people_moves import MOVES
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.look_alikes import lambs
from facedesk.core.look_alikes import look_alikes as find_look_alikes
from facedesk.core.records import Person


@click.group(invoke_without_command=True)
@click.option("--search", default="", help="Part of a name, number or department.")
@click.option(
    "--look-alikes",
    is_flag=True,
    help="Pairs of people who are so alike that one might be taken for the other.",
)
@json_option
@click.pass_context
def people(ctx: click.Context, search: str, look_alikes: bool, as_json: bool) -> None:
    """List people; with a sub-command change them."""
    if ctx.invoked_subcommand is not None:
        return
    place = ctx.find_object(Place)
    assert place is not None
    if look_alikes:
        _look_alikes(place, as_json)
        return
    with place.desk() as desk:
        rows = desk.people.list(search)
    if as_json:
        echo_json([_as_json(person) for person in rows])
        return
    if not rows:
        click.echo(f"Nobody matches “{search}”." if search else "Nobody is enrolled yet.")
        return
    table = Table("Id", "Name", "Number", "Department", "Samples", "Active", box=None)
    for person in rows:
        table.add_row(
            str(person.id), person.name, person.staff_number, person.department,
            str(person.samples), "yes" if person.active else "no",
        )  # fmt: skip
    print_table(table)


def _look_alikes(place: Place, as_json: bool) -> None:
    with place.desk() as desk:
        recogniser = desk.recogniser()
        gallery, rules = recogniser.gallery, recogniser.rules
        recogniser.detector.close()
    bound = rules.threshold - rules.margin
    pairs = find_look_alikes(gallery, bound)
    crowd = lambs(pairs)
    if as_json:
        echo_json(
            [
                {
                    "person_id": pair.person_id,
                    "name": gallery.names[pair.person_id],
                    "other_id": pair.other_id,
                    "other_name": gallery.names[pair.other_id],
                    "score": round(pair.score, 4),
                    "bound": round(bound, 4),
                }
                for pair in pairs
            ]
        )
        return
    table = Table("Score", "Id", "Name", "Id", "Name", box=None)
    for pair in pairs:
        table.add_row(
            f"{pair.score:.2f}", str(pair.person_id), gallery.names[pair.person_id],
            str(pair.other_id), gallery.names[pair.other_id],
        )  # fmt: skip
    if pairs:
        print_table(table)
    click.echo(
        f"{len(pairs)} look-alikes among {gallery.people} people: pairs at or above {bound:.2f}, "
        f"the threshold {rules.threshold:.2f} less the lead of {rules.margin:.2f}."
    )
    for person_id, others in crowd.items():
        click.echo(f"{gallery.names[person_id]} ({person_id}) resembles {others} people.")


@people.command()
@click.argument("person_id", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_place
def remove(place: Place, person_id: int, yes: bool) -> None:
    """Erase a person's face data and details; the punches stay."""
    with place.desk() as desk:
        person = desk.people.get(person_id)
        if not yes:
            click.confirm(
                f"This erases the face data and details of {person.name} and keeps the punches. "
                "Go on?",
                abort=True,
            )
        receipt, path = desk.administration.remove(person_id, desk.database.actor().who)
    click.echo(f"Removed person {person_id} with {person.samples} samples")
    click.echo(f"Receipt {receipt.id}{f' in {path}' if path else ''}: {receipt.hash}")


for made in (pin, badge, unlock, liveness, *MOVES, *LEARNT):
    people.add_command(made)


def _as_json(person: Person) -> dict[str, object]:
    return {
        "person_id": person.id,
        "name": person.name,
        "staff_number": person.staff_number,
        "department": person.department,
        "active": person.active,
        "samples": person.samples,
    }
