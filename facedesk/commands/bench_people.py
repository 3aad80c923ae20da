"""`bench people`: the page of people before more of them than most sites have."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from facedesk.commands.figures import Figure, cpu_s, machine_now, print_figures, timed
from facedesk.commands.place import ModelChoice, Place, json_option, model_options, pass_place
from facedesk.core.consent import Consent, ConsentAnswer
from facedesk.core.records import Person, Sample
from facedesk.core.standing import Standing
from facedesk.engine.desk import Desk
from facedesk.vision.demo import enrolment_pictures

_PEOPLE_PAGE = 1
_WANTED_MS = 200
_SEARCHED = "müller e4"
_FIRST = ("Ada", "Zoë", "Łukasz", "小文", "Nguyễn", "محمد", "Νίκος", "Дмитрий", "José", "Grace")
_LAST = ("Müller", "Lindqvist", "Żółkiewicz", "李", "Thị", "الرحمن", "Παππάς", "Иванов", "Núñez")


@click.command()
@click.option("--people", "people_count", default=5000, show_default=True)
@json_option
@model_options
@pass_place
def people(place: Place, people_count: int, as_json: bool, models: ModelChoice) -> None:
    """Measure opening, sorting, filtering and searching the page of people, until it is painted.

    Made-up people with a photo each, in a temporary data folder. The window is opened offscreen
    unless QT_QPA_PLATFORM says otherwise.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        bench_place = Place(Path(folder), place.verbose)
        with bench_place.desk(models=models) as desk:
            figures = list(_measure(desk, people_count))
    print_figures(figures, as_json)


def _measure(desk: Desk, people_count: int) -> Iterator[Figure]:
    from facedesk.app import open_window

    seconds, everybody = timed(lambda: _fill(desk, people_count))
    yield Figure("enrolling everybody", seconds, "s", None, machine_now())
    window, application = open_window(desk)
    page, columns = window.people, range(window.people.rows.columnCount())

    def shown(what: str, *acts: Callable[[], object]) -> Figure:
        """The slowest of some acts, each until the page is painted."""
        worst_ms, worst_cpu_ms = 0.0, 0.0
        for act in acts:
            application.processEvents()
            before_s = cpu_s()

            def until_painted(act: Callable[[], object] = act) -> None:
                act()
                application.processEvents()
                window.grab()

            elapsed_s, _ = timed(until_painted)
            if elapsed_s * 1e3 > worst_ms:
                worst_ms, worst_cpu_ms = elapsed_s * 1e3, (cpu_s() - before_s) * 1e3
        many = f"slowest of {len(acts)}, " if len(acts) > 1 else ""
        conditions = f"{many}{worst_cpu_ms:.0f} ms of CPU, {people_count} people"
        return Figure(what, worst_ms, "ms", _WANTED_MS, conditions)

    def open_page() -> None:
        window.show_page(_PEOPLE_PAGE)

    yield shown("opening the page, the first time", open_page)
    seconds, _ = timed(lambda: _wait_for_jobs(desk))
    yield Figure("who looks like whom, meanwhile", seconds * 1e3, "ms", None, "the page works")
    application.processEvents()
    window.show_page(0)
    yield shown("opening the page again", open_page)
    header = page.table.horizontalHeader()
    clicks = [lambda column=column: header.sectionClicked.emit(column) for column in columns]
    yield shown("sorting by a column", *clicks, *clicks)
    kinds = range(1 + len(Standing))
    yield shown("filtering", *(lambda kind=kind: page.filter.setCurrentIndex(kind)
                               for kind in (*kinds, 0)))  # fmt: skip
    typed = [_SEARCHED[: end + 1] for end in range(len(_SEARCHED))]
    yield shown("searching, each letter",
                *(lambda text=text: page.search.setText(text) for text in typed))  # fmt: skip
    yield shown("clearing the search", page.search.clear)
    bar = page.table.verticalScrollBar()
    yield shown("scrolling to places not seen yet",
                *(lambda part=part: bar.setValue(bar.maximum() * part // 7)
                  for part in range(8)))  # fmt: skip
    changed = replace(everybody[len(everybody) // 2], department="Changed")

    def change() -> None:
        desk.people.update(changed)
        page.refresh()

    yield shown("the list after a person was changed", change)
    window.close()


def _wait_for_jobs(desk: Desk) -> None:
    over = threading.Event()
    desk.jobs.submit(
        lambda _progress: None, done=lambda _none: over.set(), failed=lambda _error: over.set()
    )
    over.wait()


def _fill(desk: Desk, count: int) -> list[Person]:
    """One person in ten did not agree, has no photo or is inactive."""
    chance = np.random.default_rng(5)
    look = desk.enrolment.examine(enrolment_pictures()[0], "bench").faces[0]
    contract = desk.enrolment.rules.contract
    consent = Consent(ConsentAnswer.GIVEN, desk.clock.utc().date(), "bench")
    everybody = []
    with desk.database.transaction():  # one for all: the disk is not what is measured here
        for number in range(count):
            name = f"{_FIRST[number % 10]} {_LAST[number % 9]} {number}"
            details = Person(0, name, f"E{number}", f"Department {number % 23}",
                             active=number % 30 != 7, email=f"e{number}@example.org")  # fmt: skip
            vector = chance.standard_normal(look.vector.size).astype(np.float32)
            sample = Sample(0, 0, contract, vector / np.linalg.norm(vector), "bench",
                            look.crop_jpeg)  # fmt: skip
            person = desk.people.add(details, [sample] if number % 30 != 17 else [])
            if number % 30 != 27:
                desk.administration.consents.record(person.id, consent)
            everybody.append(person)
    return everybody
