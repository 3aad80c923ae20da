"""`refusals`: whose face was shown to the kiosk by what was taken for a picture."""

import click
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.store.times import to_text


@click.command()
@click.option("--most", default=50, show_default=True, help="The newest so many.")
@json_option
@pass_place
def refusals(place: Place, most: int, as_json: bool) -> None:
    """List the faces that got no name because no living person seemed to be there.

    The name is of the person whose face was shown, who may know nothing of it. There are no
    pictures.
    """
    with place.desk() as desk:
        found = desk.refusals.newest(most)
        names = {person.id: person.name for person in desk.people.list()}
    if as_json:
        echo_json(
            [
                {
                    "id": row.id,
                    "utc": to_text(row.utc),
                    "person_id": row.person_id,
                    "name": names.get(row.person_id, ""),
                    "refused_by": row.refused_by.value,
                    "score": round(row.score, 4),
                    "source": row.source,
                    "reason": row.reason,
                }
                for row in found
            ]
        )
        return
    table = Table("When (UTC)", "Face of", "Refused by", "Alive", "Why", box=None)
    for row in found:
        table.add_row(
            f"{row.utc:%Y-%m-%d %H:%M}",
            names.get(row.person_id, ""),
            row.refused_by.value,
            f"{row.score:.2f}",
            row.reason,
        )
    print_table(table)
