"""`bench attendance`: a year of punches, and how long what payroll asks for takes."""

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import psutil

from facedesk.commands.figures import Figure, cpu_s, machine_now, print_figures, timed
from facedesk.commands.place import Place, json_option, pass_place
from facedesk.core.attendance import day_bounds, working_day
from facedesk.core.patterns import breaks_of
from facedesk.core.records import Direction, Person, Punch
from facedesk.core.schedules import Assignment, Schedule
from facedesk.engine.desk import Desk
from facedesk.engine.reports import Grouping, person_table
from facedesk.store.export import export_csv, export_xlsx
from facedesk.store.tables import write_csv

_SEED = 20260302
_LOG_PAGE = 2


@click.command()
@click.option("--people", "people_count", default=500, show_default=True)
@click.option("--days", "days_count", default=365, show_default=True)
@json_option
@pass_place
def attendance(place: Place, people_count: int, days_count: int, as_json: bool) -> None:
    """Measure reports, board, log page and export over a year of made-up punches.

    In a temporary data folder; every third person works nights.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        figures = list(_measure(Place(Path(folder), place.verbose), people_count, days_count))
    print_figures(figures, as_json)


def _measure(place: Place, people_count: int, days_count: int) -> Iterator[Figure]:
    files = place.paths().exports
    files.mkdir(exist_ok=True)
    with place.desk() as desk:
        hour = desk.settings.day_starts_hour
        today = working_day(desk.clock.utc(), desk.zone, hour)
        first = today - timedelta(days=days_count - 1)
        seconds, punches = timed(lambda: _fill(desk, first, today, people_count))
        what = f"{people_count} people, {punches} punches, {machine_now()}"
        yield Figure("recording the year", seconds, "s", None, what)

        last = today.replace(day=1) - timedelta(days=1)
        month = last.replace(day=1)

        def month_report() -> int:
            table = person_table("Month", desk.timesheets.sheets(month, last), Grouping.PERIOD)
            return write_csv(files / "month.csv", table)

        before_s = cpu_s()
        seconds, _ = timed(month_report)
        cpu = f"{cpu_s() - before_s:.1f} s of CPU"
        yield Figure("month report", seconds, "s", 2, f"{cpu}, {what}")
        desk.timesheets.board()
        before_s = cpu_s()
        board_ms = min(timed(desk.timesheets.board)[0] for _ in range(3)) * 1e3
        cpu = f"{(cpu_s() - before_s) / 3 * 1e3:.0f} ms of CPU"
        yield Figure("today board", board_ms, "ms", 100, f"best of 3, {cpu}, {what}")

        year, last_month = (
            (day_bounds(start, desk.zone, hour)[0], day_bounds(end, desk.zone, hour)[1])
            for start, end in ((first, today), (month, last))
        )
        yield from _export(desk, files / "year.csv", export_csv, year, 30.0)
        yield from _export(desk, files / "month.xlsx", export_xlsx, last_month, None)
        seconds, report = timed(desk.punches.verify)
        yield Figure("verifying the hash chain", seconds, "s", None, f"{report.rows} rows")
        yield from _log_page(desk, first, what)


def _export(
    desk: Desk,
    path: Path,
    write: Callable[..., int],
    span: tuple[datetime, datetime],
    wanted_s: float | None,
) -> Iterator[Figure]:
    """Time and memory of writing the log of a span."""
    before_mb = psutil.Process().memory_info().rss / 1e6
    before_s = cpu_s()
    seconds, rows = timed(lambda: write(path, desk.punches.stream(*span), desk.zone))
    what = f"{rows} rows, {cpu_s() - before_s:.1f} s of CPU"
    grown_mb = psutil.Process().memory_info().rss / 1e6 - before_mb
    name = f"export of the {path.stem} as {path.suffix[1:]}"
    yield Figure(name, seconds, "s", wanted_s, what)
    yield Figure(f"memory growth of the {name}", grown_mb, "MB", None, what)


def _fill(desk: Desk, first: date, last: date, people_count: int) -> int:
    """Record the working days of everybody; the number of punches."""
    chance = random.Random(_SEED)
    breaks = breaks_of("6h:30min, 9h:45min")
    for name, pattern in (("Office", "Mon-Fri 09:00-17:30"), ("Night", "Mon-Fri 22:00-06:00")):
        desk.schedules.save(Schedule(name, pattern, breaks=breaks, holidays="DE", grace_min=5))
    desk.schedules.assign(Assignment("Office", first))
    desk.schedules.assign(Assignment("Night", first, department="Night"))
    with desk.database.transaction():
        people = [
            desk.people.add(
                Person(0, f"Person {number:04d}", f"E{number}",
                       "Night" if number % 3 == 0 else f"Department {number % 7}")
            )
            for number in range(people_count)
        ]  # fmt: skip
    now_utc = desk.clock.utc()
    count = 0
    day = first
    while day <= last:
        if day.weekday() < 5:
            with desk.database.transaction():  # one a day: the disk is not what is measured here
                for utc, person, direction in _punches_of_day(desk, day, people, chance):
                    if utc < now_utc:
                        desk.punches.record(
                            Punch(person.id, direction, utc, desk.zone, 0.71, 0.12, 0.42, "bench",
                                  "bench", "bench:door", "best 0.71, above 0.42")
                        )  # fmt: skip
                        count += 1
        day += timedelta(days=1)
    return count


def _punches_of_day(
    desk: Desk, day: date, people: list[Person], chance: random.Random
) -> list[tuple[datetime, Person, Direction]]:
    """In, out to lunch, in and out, each some minutes off; one in two hundred forgets to leave."""
    found = []
    for person in people:
        starts_hour = 22 if person.department == "Night" else 9
        begin = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=starts_hour - 1)
        for minute, direction in ((0, Direction.IN), (210, Direction.OUT), (245, Direction.IN),
                                  (515, Direction.OUT)):  # fmt: skip
            if minute == 515 and chance.random() < 0.005:
                continue
            off_s = chance.gauss(0, 240)
            found.append((begin + timedelta(minutes=minute, seconds=off_s), person, direction))
    return sorted(found, key=lambda punch: punch[0])


def _log_page(desk: Desk, first: date, what: str) -> Iterator[Figure]:
    """Changing to the log, until it is painted; then a month and the year there. The window closes
    the desk.
    """
    from PySide6.QtCore import QDate

    from facedesk.app import open_window

    window, application = open_window(desk)
    application.processEvents()

    def open_log() -> None:
        window.show_page(_LOG_PAGE)
        application.processEvents()
        window.grab()

    seconds, _ = timed(open_log)
    yield Figure("opening the log page", seconds * 1e3, "ms", 300, f"today, {what}")

    def month() -> None:
        window.log.show_span(2)
        application.processEvents()
        window.grab()

    seconds, _ = timed(month)
    yield Figure("the log page of this month", seconds * 1e3, "ms", 300, f"first rows, {what}")

    def year() -> None:
        window.log.first_day.setDate(QDate(first.year, first.month, first.day))
        application.processEvents()
        window.grab()

    seconds, _ = timed(year)
    yield Figure("the log page of the year", seconds * 1e3, "ms", 300, f"first rows, {what}")
    window.close()
