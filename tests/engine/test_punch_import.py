"""What is exported can be imported: the same rows, signed, and never twice."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError
from facedesk.core.records import Direction, Method, Person
from facedesk.engine.punch_import import ImportReport, PunchImport
from facedesk.store.corrections import Corrections
from facedesk.store.export import export_csv, export_json
from facedesk.store.import_file import read_rows
from facedesk.store.people import People
from facedesk.store.punches import Punches
from tests.databases import opened
from tests.fakes import FakeClock
from tests.store.samples import NAMES, punch

SIGNED = Signature("Grace", "the other kiosk's log")


class House:
    """A database with the people of `names`, with staff numbers or without."""

    def __init__(self, path: Path, names: list[str], *, numbers: bool = True) -> None:
        self.database = opened(path, FakeClock(datetime(2026, 6, 1, tzinfo=UTC)))
        self.people, self.punches = People(self.database), Punches(self.database)
        self.corrections = Corrections(self.database, lambda _person, utc: utc.date())
        self.staff = [
            self.people.add(Person(0, name, f"E{number}" if numbers else ""))
            for number, name in enumerate(names)
        ]

    def load(self, rows: Iterator[dict[str, str]], *, dry_run: bool = False) -> ImportReport:
        importing = PunchImport(self.database, self.people, self.punches, self.corrections)
        return importing.run(rows, "Europe/Berlin", SIGNED, dry_run=dry_run)

    def rows(self) -> list[tuple]:
        return [
            (row.name, row.punch.direction, row.punch.utc, row.punch.zone)
            for row in self.punches.log(None, None)
        ]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "facedesk.db", ["Ada", "=Bob"])
    yield made
    made.database.close()


PUNCHES = st.lists(
    st.tuples(
        st.integers(0, len(NAMES) - 1),
        st.sampled_from(list(Direction)),
        st.integers(0, 90 * 24 * 3600 * 10**6),
        st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "America/New_York", "UTC"]),
    ),
    max_size=12,
    unique_by=lambda one: one[:3],
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(punches=PUNCHES, kind=st.sampled_from(["csv", "json"]), numbers=st.booleans())
def test_export_then_import_gives_the_same_rows(
    punches: list[tuple], kind: str, numbers: bool
) -> None:
    names = ["'=Quoted", *NAMES[1:]]
    with tempfile.TemporaryDirectory() as folder:
        source, target = (
            House(Path(folder) / f"{which}.db", names, numbers=numbers) for which in "ab"
        )
        try:
            start = datetime(2026, 3, 1, tzinfo=UTC)
            for number, direction, offset_us, zone in punches:
                at = start + timedelta(microseconds=offset_us)
                signature = Signature("x", "y")
                person_id = source.staff[number].id
                source.corrections.add(person_id, direction, at, zone, signature)
            path = Path(folder) / f"log.{kind}"
            (export_csv if kind == "csv" else export_json)(path, source.punches.log(None, None))
            assert target.load(read_rows(path)) == ImportReport(len(punches), 0)
            assert target.rows() == source.rows()
            assert target.load(read_rows(path)) == ImportReport(0, len(punches))
        finally:
            source.database.close()
            target.database.close()


def test_a_dry_run_tells_and_changes_nothing(house: House) -> None:
    row = {"staff_number": "e1", "direction": "OUT", "date": "2026-03-02", "time": "17:30"}
    assert house.load(iter([row]), dry_run=True) == ImportReport(1, 0)
    assert house.rows() == []
    assert house.load(iter([row])) == ImportReport(1, 0)
    (logged,) = house.punches.log(None, None)
    assert (logged.name, logged.punch.method, logged.corrected) == ("=Bob", Method.MANUAL, True)
    assert logged.punch.utc == datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    (correction,) = house.corrections.history()
    assert correction.signature == SIGNED


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"staff_number": "E9"}, "staff number “E9”"), ({"staff_number": "", "name": "Eve"}, "Eve"),
     ({"direction": "up"}, "“up” is no direction"), ({"utc": "yesterday"}, "is no time"),
     ({"utc": "2026-03-02T08:00:00"}, "is no time"), ({"utc": "", "date": "x"}, "is no time"),
     ({"utc": "2027-01-01T00:00:00Z"}, "lies ahead"), ({"zone": "Mars", "utc": ""}, "Mars")],
)  # fmt: skip
def test_one_bad_row_and_nothing_is_added(house: House, changes: dict, told: str) -> None:
    good = {"staff_number": "E0", "direction": "in", "utc": "2026-03-02T08:00:00Z"}
    report = house.load(iter([good, {**good, "date": "2026-03-02", "time": "09:00", **changes}]))
    assert report.added == 0
    (problem,) = report.problems
    assert problem.startswith("row 2: ")
    assert told in problem
    assert house.rows() == []


def test_two_of_one_name_are_not_guessed_and_a_closed_day_refuses(house: House) -> None:
    house.people.add(Person(0, "ada"))
    row = {"name": "Ada", "direction": "in", "utc": "2026-03-02T08:00:00Z"}
    assert "several people" in house.load(iter([row])).problems[0]
    house.corrections.close(datetime(2026, 3, 31).date(), SIGNED)
    assert "paid" in house.load(iter([{**row, "name": "=Bob"}])).problems[0]


def test_a_punch_of_the_camera_is_not_doubled(house: House) -> None:
    house.punches.record(punch(house.staff[0].id))
    stream = io.StringIO()
    export_json(stream, house.punches.log(None, None))
    rows = [
        {key: str(value) for key, value in row.items()} for row in json.loads(stream.getvalue())
    ]
    assert house.load(iter(rows)) == ImportReport(0, 1)


@pytest.mark.parametrize("content", ["a,b\r\n1\r\n", "a,b\r\n1,2,3\r\n", '"a\r\n', "\xff"])
def test_csv_that_is_broken_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(BadInputError):
        assert list(read_rows(path)) is None


def test_a_spreadsheets_semicolons_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["name", "utc"], ["'=Bob, X", "now"]])
    assert list(read_rows(path)) == [{"name": "=Bob, X", "utc": "now"}]
