"""`report`: the hours of people and departments."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import click
from rich.table import Table as Printed

from facedesk.commands.asked import (
    DAY,
    days,
    department_option,
    find_person,
    format_of,
    one_of,
    person_option,
    print_table,
    target_argument,
    text_stream,
    today,
)
from facedesk.commands.place import Place, pass_place
from facedesk.core.audit import Act
from facedesk.engine.desk import Desk
from facedesk.engine.personal_copy import personal_copies
from facedesk.engine.reports import Grouping, department_table, person_table
from facedesk.engine.timesheets import Sheet
from facedesk.store import audit
from facedesk.store.tables import Kind, Table, Value, write_csv, write_json, write_xlsx

# What a terminal has no room for; files have all of it.
_NOT_PRINTED = ("person_id", "staff_number", "first_day", "last_day", "schedule")
_KINDS = ("table", "csv", "json", "xlsx", "pdf")
_PRINTED_AS = {"missing_check_ins": "no in", "missing_check_outs": "no out"}


@click.command()
@click.option("--from", "first", type=DAY, help="First day (default: this month's first).")
@click.option("--to", "last", type=DAY, help="Last day, included (default: today).")
@click.option("--by", "grouping", type=one_of(Grouping), default=Grouping.PERIOD.value,
              show_default=True, help="A row for each of these.")  # fmt: skip
@click.option("--per", type=click.Choice(["person", "department"]), default="person",
              show_default=True)  # fmt: skip
@person_option
@department_option
@click.option("--format", "kind", type=click.Choice(_KINDS),
              help="Default: as TARGET ends, else table. pdf: people's own copies.")  # fmt: skip
@click.option("--sheets", is_flag=True, help="With xlsx: a sheet of days for each person.")
@target_argument
@pass_place
def report(
    place: Place,
    first: datetime | None,
    last: datetime | None,
    grouping: str,
    per: str,
    person_text: str,
    department: str | None,
    kind: str | None,
    sheets: bool,
    target: Path,
) -> None:
    """Add up the hours of the days --from to --to.

    Durations in CSV and JSON are whole minutes, in xlsx real durations (the balance in hours). A
    PDF has everybody's days on pages of their own, with what was corrected, by whom and why.
    The balance counts days that are over. Weekly limits of overtime look at whole weeks.
    """
    kind = format_of(kind, target, _KINDS)
    if kind in ("xlsx", "pdf") and str(target) == "-":
        raise click.UsageError(f"--format {kind} needs a TARGET file.")
    if sheets and kind != "xlsx":
        raise click.UsageError("--sheets needs --format xlsx.")
    with place.desk() as desk:
        this_day = today(desk)
        start, end = days(first, last, (this_day.replace(day=1), this_day))
        person_ids = [find_person(desk, person_text).id] if person_text else None
        if kind == "pdf":
            _print_copies(desk, target, start, end, person_ids, department)
            _note(desk, start, end, kind)
            return
        found = desk.timesheets.sheets(start, end, person_ids=person_ids, department=department)
        if kind != "table":
            _note(desk, start, end, kind)
    by = Grouping(grouping)
    title = f"{start} to {end}"
    table = (person_table if per == "person" else department_table)(title, found, by)
    if kind == "xlsx":
        write_xlsx(target, [table, *_a_sheet_each(found)] if sheets else [table])
    elif kind == "table":
        _print(table)
        return
    else:
        write = write_csv if kind == "csv" else write_json
        write(text_stream() if str(target) == "-" else target, table)
    if str(target) != "-":
        click.echo(f"{target}: {start} to {end}", err=True)


def _note(desk: Desk, first: date, last: date, kind: str) -> None:
    written = {"hours": "report", "days": f"{first} - {last}", "kind": kind}
    audit.note(desk.database, Act.DATA_EXPORTED, after=written)


def _print_copies(
    desk: Desk,
    target: Path,
    first: date,
    last: date,
    person_ids: list[int] | None,
    department: str | None,
) -> None:
    from facedesk.app import print_timesheets

    copies = personal_copies(
        desk.timesheets, desk.corrections, desk.settings.organisation, first, last,
        person_ids=person_ids, department=department,
    )  # fmt: skip
    missing = print_timesheets(target, copies)
    click.echo(f"{target}: {first} to {last}", err=True)
    if missing:
        click.echo(f"No font on this computer has these letters: {missing}", err=True)


def _a_sheet_each(sheets: Iterable[Sheet]) -> Iterator[Table]:
    for sheet in sheets:
        yield person_table(sheet.person.name, [sheet], Grouping.DAY)


def _print(table: Table) -> None:
    rows = list(table.rows)
    if not rows:
        click.echo("Nobody has hours to report.")
        return
    shown = [
        number
        for number, column in enumerate(table.columns)
        if column.name not in _NOT_PRINTED and any(row[number] != "" for row in rows)
    ]
    printed = Printed(title=table.title, box=None, header_style="bold")
    for number in shown:
        column = table.columns[number]
        name = column.name.removesuffix("_min").replace("_", " ")
        printed.add_column(
            _PRINTED_AS.get(column.name, name).capitalize(),
            justify="left" if column.kind is Kind.TEXT else "right",
        )
    for row in rows:
        printed.add_row(*(_printed(row[number], table.columns[number].kind) for number in shown))
    print_table(printed)


def _printed(value: Value, kind: Kind) -> str:
    if kind in (Kind.DURATION, Kind.HOURS) and isinstance(value, int):
        sign = "-" if value < 0 else "+" if kind is Kind.HOURS and value else ""
        return f"{sign}{abs(value) // 60}:{abs(value) % 60:02d}"
    return str(value)
