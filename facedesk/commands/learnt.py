"""`people mistakes` and its neighbours: what the kiosk learnt after enrolment, and its undoing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import click
from rich.table import Table

from facedesk.commands.asked import print_table
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.attendance import zone_info
from facedesk.core.errors import BadInputError
from facedesk.engine.desk import Desk
from facedesk.store.reviews import NearMiss

_person = click.argument("person_id", type=int)


@click.command()
@click.option("--person", "person_id", type=int, help="Only of this person.")
@json_option
@pass_place
def mistakes(place: Place, person_id: int | None, as_json: bool) -> None:
    """List the faces that were rejected as somebody ("not me") and are remembered."""
    with place.desk() as desk:
        found = desk.learning.negatives.list(person_id)
        rows = [
            {
                "mistake": one.id,
                "person_id": one.person_id,
                "name": desk.people.get(one.person_id).name,
                "punch_id": one.punch_id,
                "since": _day(desk, one.created_utc),
                "until": _day(desk, one.expires_utc),
            }
            for one in found
        ]
    _show(rows, ("Mistake", "Person", "Name", "Punch", "Since", "Until"), as_json)


@click.command("forget-mistake")
@click.argument("mistake", type=int)
@pass_place
def forget_mistake(place: Place, mistake: int) -> None:
    """Forget a remembered MISTAKE (see `people mistakes`)."""
    with place.desk() as desk:
        if not desk.learning.negatives.remove(mistake):
            raise BadInputError("Nothing to forget", f"There is no mistake {mistake}.")
    click.echo(f"Mistake {mistake} is forgotten")


@click.command()
@_person
@json_option
@pass_place
def renewals(place: Place, person_id: int, as_json: bool) -> None:
    """List the samples of a person that came of check-ins."""
    with place.desk() as desk:
        desk.people.get(person_id)
        rows = [
            {
                "sample": one.sample_id,
                "punch_id": one.punch_id,
                "score": round(one.score, 4),
                "since": _day(desk, one.created_utc),
            }
            for one in desk.learning.renewals.of_person(person_id)
        ]
    _show(rows, ("Sample", "Punch", "Score", "Since"), as_json)


@click.command("undo-renewal")
@_person
@click.option("--all", "everything", is_flag=True, help="Back to what was enrolled.")
@pass_place
def undo_renewal(place: Place, person_id: int, everything: bool) -> None:
    """Take the newest sample that came of a check-in back; what it replaced counts again."""
    with place.desk() as desk:
        kept = desk.learning.renewals
        undone = kept.undo_all(person_id) if everything else int(kept.undo(person_id))
    if not undone:
        raise BadInputError("Nothing to undo", f"Person {person_id} has no renewed samples.")
    click.echo(f"Took back {undone} sample{'s' if undone > 1 else ''} of person {person_id}")


@click.command()
@json_option
@pass_place
def reviews(place: Place, as_json: bool) -> None:
    """List the near misses that wait for a decision (where the setting keeps them)."""
    with place.desk() as desk:
        rows = [
            {
                "review": one.id,
                "person_id": one.person_id,
                "name": desk.people.get(one.person_id).name,
                "score": round(one.score, 4),
                "threshold": round(one.threshold, 4),
                "seen": f"{one.seen_utc.astimezone(zone_info(desk.zone)):%Y-%m-%d %H:%M}",
            }
            for one in desk.learning.review.waiting()
        ]
    _show(rows, ("Review", "Most like", "Name", "Score", "Threshold", "Seen"), as_json)


@click.command("assign-review")
@click.argument("review", type=int)
@_person
@pass_place
def assign_review(place: Place, review: int, person_id: int) -> None:
    """Say that the face of REVIEW is PERSON_ID's: it becomes a sample."""
    with place.desk() as desk:
        desk.learning.review.assign(_waiting(desk, review), person_id)
    click.echo(f"Review {review} is now a sample of person {person_id}")


@click.command("discard-review")
@click.argument("review", type=int)
@pass_place
def discard_review(place: Place, review: int) -> None:
    """Erase the face of REVIEW."""
    with place.desk() as desk:
        desk.learning.review.discard(_waiting(desk, review))
    click.echo(f"Review {review} is erased")


LEARNT = (
    mistakes,
    forget_mistake,
    renewals,
    undo_renewal,
    reviews,
    assign_review,
    discard_review,
)


def _waiting(desk: Desk, number: int) -> NearMiss:
    for miss in desk.learning.review.waiting():
        if miss.id == number:
            return miss
    raise BadInputError("Nothing to decide", f"There is no review {number}.")


def _day(desk: Desk, utc: datetime) -> str:
    return f"{utc.astimezone(zone_info(desk.zone)):%Y-%m-%d}"


def _show(rows: Sequence[Mapping[str, object]], titles: Iterable[str], as_json: bool) -> None:
    if as_json:
        echo_json(rows)
        return
    table = Table(*titles, box=None)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    print_table(table)
