"""`correct`: change the attendance log by hand; the original and every change stay readable."""

from datetime import datetime

import click
from rich.table import Table

from facedesk.commands.asked import (
    DAY,
    answered_for,
    find_person,
    moment,
    one_of,
    print_table,
    signed,
)
from facedesk.commands.place import Place, echo_json, json_option, pass_place
from facedesk.core.attendance import zone_info
from facedesk.core.corrections import Correction, PunchState, Signature
from facedesk.core.records import Direction
from facedesk.engine.desk import Desk
from facedesk.store.times import to_text

_direction = one_of(Direction)


@click.group()
def correct() -> None:
    """Correct the attendance log. Nothing is overwritten: each change is a row of its own.

    PUNCH is the punch_id that `facedesk export` shows. Times are on the kiosk's clock
    ("2026-03-02 08:58"), or ISO 8601 with an offset.
    """


@correct.command()
@click.option("--person", required=True, help="Id, staff number or whole name.")
@click.option("--direction", type=_direction, required=True)
@click.option("--at", required=True, metavar="TIME")
@signed
@pass_place
def add(place: Place, person: str, direction: str, at: str, signature: Signature) -> None:
    """Add a punch that nobody saw."""
    with place.desk() as desk:
        number = desk.corrections.add(
            find_person(desk, person).id, Direction(direction), moment(desk, at), desk.zone,
            signature,
        )  # fmt: skip
    click.echo(f"Added punch {number}")


@correct.command()
@click.argument("punch", type=int)
@signed
@pass_place
def cancel(place: Place, punch: int, signature: Signature) -> None:
    """Take a punch out of account."""
    with place.desk() as desk:
        desk.corrections.cancel(punch, signature)
    click.echo(f"Cancelled punch {punch}")


@correct.command()
@click.argument("punch", type=int)
@click.option("--to", "person", required=True, help="Id, staff number or whole name.")
@signed
@pass_place
def move(place: Place, punch: int, person: str, signature: Signature) -> None:
    """Give a punch to the person it belongs to."""
    with place.desk() as desk:
        owner = find_person(desk, person)
        desk.corrections.move(punch, owner.id, signature)
    click.echo(f"Moved punch {punch} to person {owner.id}")


@correct.command()
@click.argument("punch", type=int)
@click.option("--at", required=True, metavar="TIME")
@signed
@pass_place
def time(place: Place, punch: int, at: str, signature: Signature) -> None:
    """Change when a punch was."""
    with place.desk() as desk:
        desk.corrections.set_time(punch, moment(desk, at), signature)
    click.echo(f"Changed the time of punch {punch}")


@correct.command()
@click.argument("punch", type=int)
@click.argument("new_direction", metavar="DIRECTION", type=_direction)
@signed
@pass_place
def direction(place: Place, punch: int, new_direction: str, signature: Signature) -> None:
    """Change what a punch was: in, out, break_start or break_end."""
    with place.desk() as desk:
        desk.corrections.set_direction(punch, Direction(new_direction), signature)
    click.echo(f"Changed the direction of punch {punch}")


@correct.command("list")
@click.option("--person", default="", help="Id, staff number or whole name.")
@click.option("--punch", type=int, help="Only the corrections of this punch.")
@json_option
@pass_place
def list_(place: Place, person: str, punch: int | None, as_json: bool) -> None:
    """What was corrected: before, after, who, when and why."""
    with place.desk() as desk:
        person_id = find_person(desk, person).id if person else None
        found = desk.corrections.history(person_id, punch)
        if as_json:
            echo_json([_as_json(one) for one in found])
            return
        table = Table("Punch", "Change", "Before", "After", "Who", "When", "Why", box=None)
        for one in found:
            table.add_row(
                str(one.punch_id), one.kind, _told(desk, one, one.before),
                _told(desk, one, one.after), one.signature.who,
                f"{one.created_utc.astimezone(zone_info(desk.zone)):%Y-%m-%d %H:%M}",
                one.signature.why,
            )  # fmt: skip
    print_table(table)


@correct.command()
@json_option
@pass_place
def statements(place: Place, as_json: bool) -> None:
    """What people said at the kiosk about check-outs they forgot, and nobody has decided."""
    with place.desk() as desk:
        waiting = desk.statements.waiting()
        if as_json:
            echo_json(
                [
                    {
                        "statement_id": one.id,
                        "person_id": one.person_id,
                        "open_punch_id": one.open_punch.id,
                        "in_utc": to_text(one.open_punch.utc),
                        "left_utc": to_text(one.utc),
                        "said_utc": to_text(one.created_utc),
                    }
                    for one in waiting
                ]
            )
            return
        table = Table("Statement", "Person", "Last seen", "Left, they say", "Said", box=None)
        for one in waiting:
            table.add_row(
                str(one.id),
                desk.people.get(one.person_id).name,
                *(
                    f"{utc.astimezone(zone_info(one.zone)):%Y-%m-%d %H:%M}"
                    for utc in (one.open_punch.utc, one.utc, one.created_utc)
                ),
            )
    print_table(table)


@correct.command()
@click.argument("statement", type=int)
@answered_for
@pass_place
def confirm(place: Place, statement: int, who: str) -> None:
    """Make a STATEMENT of `correct statements` a check-out."""
    with place.desk() as desk:
        number = desk.statements.confirm(statement, who)
    click.echo(f"Added punch {number}")


@correct.command()
@click.argument("statement", type=int)
@answered_for
@pass_place
def refuse(place: Place, statement: int, who: str) -> None:
    """Leave the day of a STATEMENT open."""
    with place.desk() as desk:
        desk.statements.refuse(statement, who)
    click.echo(f"Refused statement {statement}")


@correct.command()
@click.option("--until", type=DAY, required=True, help="The last day that is paid.")
@signed
@pass_place
def close(place: Place, until: datetime, signature: Signature) -> None:
    """Declare the days up to --until paid: they take no correction any more.

    An earlier --until opens the days after it again; that is recorded too.
    """
    with place.desk() as desk:
        desk.corrections.close(until.date(), signature)
    click.echo(f"Closed until {until:%Y-%m-%d}")


def _told(desk: Desk, correction: Correction, state: PunchState | None) -> str:
    if state is None:
        return ""
    local = state.utc.astimezone(zone_info(correction.zone))
    name = desk.people.get(state.person_id).name
    return f"{name} {state.direction} {local:%Y-%m-%d %H:%M}"


def _as_json(correction: Correction) -> dict[str, object]:
    return {
        "correction_id": correction.id,
        "punch_id": correction.punch_id,
        "kind": correction.kind,
        "before": _state_json(correction.before),
        "after": _state_json(correction.after),
        "who": correction.signature.who,
        "why": correction.signature.why,
        "utc": to_text(correction.created_utc),
    }


def _state_json(state: PunchState | None) -> dict[str, object] | None:
    if state is None:
        return None
    return {
        "person_id": state.person_id,
        "direction": state.direction,
        "utc": to_text(state.utc),
    }
