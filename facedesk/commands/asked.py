"""What several commands ask for: days, a person, a moment, a file to write."""

import getpass
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from facedesk.commands.place import Place
from facedesk.core.attendance import working_day
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.records import Person
from facedesk.engine.desk import Desk


class _Day(click.DateTime):
    """A day, whose help and complaint are for people."""

    def __init__(self) -> None:
        super().__init__(formats=["%Y-%m-%d"])

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "DAY"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            found: datetime = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"“{value}” is no day; write it as 2026-03-31.", param, ctx)
        return found


DAY = _Day()
first_option = click.option("--from", "first", type=DAY, help="First day (default: today).")
last_option = click.option("--to", "last", type=DAY, help="Last day, included.")
person_option = click.option(
    "--person", "person_text", default="", help="Only this person: id, staff number or whole name."
)
department_option = click.option("--department", help="Only the people of this department.")
target_argument = click.argument("target", type=click.Path(path_type=Path), default="-")


def one_of(kinds: type[StrEnum]) -> click.Choice[str]:
    """The values of an enumeration, as they are written (click would take its names)."""
    return click.Choice([kind.value for kind in kinds])


def answered_for(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --who; its default is known only when the command runs, and somebody was let in."""

    @click.option("--who", default="", show_default="your account", help="Who is responsible.")
    @wraps(command)
    def with_who(*arguments: Any, who: str, **options: Any) -> Any:
        return command(*arguments, who=who or worker(), **options)

    return with_who


def signed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --who and --why, which every change keeps, as `signature`."""

    @answered_for
    @click.option("--why", required=True, help="The reason; kept with the change.")
    @wraps(command)
    def with_signature(*arguments: Any, who: str, why: str, **options: Any) -> Any:
        return command(*arguments, signature=Signature(who, why), **options)

    return with_signature


def worker() -> str:
    """The account that was let in, else the system's user."""
    place = click.get_current_context().find_object(Place)
    return place.account.name if place and place.account else getpass.getuser()


def today(desk: Desk) -> date:
    return working_day(desk.clock.utc(), desk.zone, desk.settings.day_starts_hour)


def days(
    first: datetime | None, last: datetime | None, default: tuple[date, date]
) -> tuple[date, date]:
    """--from and --to as days; one alone is that day, none is `default`."""
    if first is None and last is None:
        return default
    start, end = first or last, last or first
    assert start is not None
    assert end is not None
    if end < start:
        raise BadInputError(
            "No days to report", f"--to {end:%Y-%m-%d} lies before --from {start:%Y-%m-%d}."
        )
    return start.date(), end.date()


def format_of(kind: str | None, target: Path, kinds: Sequence[str]) -> str:
    """--format, else what the name of the file says; the first of `kinds` for standard output."""
    if kind or str(target) == "-":
        return kind or kinds[0]
    ending = target.suffix.lower().removeprefix(".")
    if ending not in kinds:
        raise click.UsageError(f"Say --format: {target.name} does not end in one that is known.")
    return ending


def find_person(desk: Desk, text: str) -> Person:
    """Somebody by id, staff number or whole name. Raises BadInputError unless it is one person."""
    people = desk.people.list()
    for key in (
        lambda person: str(person.id),
        lambda person: person.staff_number.casefold(),
        lambda person: person.name.casefold(),
    ):
        found = [person for person in people if key(person) == text.strip().casefold()]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(str(person.id) for person in found)
            raise BadInputError("Several people", f"“{text}” may be {numbers}.", "Give the id.")
    raise BadInputError(
        "Unknown person", f"There is nobody with “{text}” as id, staff number or name."
    )


def moment(desk: Desk, text: str) -> datetime:
    """'2026-03-02 08:58' on the clock of the desk, or ISO 8601 with its own offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(
            "Time not understood", f"“{text}” is no time.", "Write it as 2026-03-02 08:58."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(desk.zone))


def text_stream() -> IO[str]:
    """Standard output, without a console's own line ends."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(newline="")
    return sys.stdout


def print_table(table: Table) -> None:
    """As wide as it is: a terminal may fold long lines, a pipe must not lose cells."""
    if not table.row_count:
        click.echo("Nothing to list.")
        return
    Console(highlight=False, markup=False, soft_wrap=True, width=1000).print(table)
