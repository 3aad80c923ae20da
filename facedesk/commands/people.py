"""`people`: list, change and remove people without the window."""

import click
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import Place, echo_json, pass_place
from facedesk.core.records import Person


@click.group(invoke_without_command=True)
@click.option("--search", default="", help="Part of a name, number or department.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def people(ctx: click.Context, search: str, as_json: bool) -> None:
    """List people; with a sub-command change them."""
    if ctx.invoked_subcommand is not None:
        return
    place = ctx.find_object(Place)
    assert place is not None
    with place.desk() as desk:
        rows = desk.people.list(search)
    if as_json:
        echo_json([_as_json(person) for person in rows])
        return
    table = Table("Id", "Name", "Number", "Department", "Samples", "Active", box=None)
    for person in rows:
        table.add_row(
            str(person.id), person.name, person.staff_number, person.department,
            str(person.samples), "yes" if person.active else "no",
        )  # fmt: skip
    print_table(table)


@people.command()
@click.argument("person_id", type=int)
@click.confirmation_option(
    prompt="This erases the person's face data and details and keeps the punches. Go on?"
)
@pass_place
def remove(place: Place, person_id: int) -> None:
    """Erase a person's face data and details; the punches stay."""
    with place.desk() as desk:
        person = desk.people.get(person_id)
        desk.people.remove(person_id)
    click.echo(f"Removed person {person_id} with {person.samples} samples")


def _as_json(person: Person) -> dict[str, object]:
    return {
        "person_id": person.id,
        "name": person.name,
        "staff_number": person.staff_number,
        "department": person.department,
        "active": person.active,
        "samples": person.samples,
    }
