"""The original stays, the newest correction counts, and what is paid is not touched."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from facedesk.core.attendance import working_day
from facedesk.core.corrections import Correction, CorrectionKind, PunchState, Signature
from facedesk.core.errors import BadInputError
from facedesk.core.records import Direction, Person
from facedesk.store.corrections import ADDED_BY_HAND, Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Asked, Punches
from tests.fakes import FakeClock
from tests.store.samples import MORNING, once, punch

GRACE = Signature("Grace", "seen by the door")
IN, OUT = Direction.IN, Direction.OUT


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MORNING + timedelta(days=30))


@pytest.fixture
def ada(database: Database) -> Person:
    return People(database).add(Person(0, "Ada", "E17", "Analysis"))


@pytest.fixture
def bob(database: Database) -> Person:
    return People(database).add(Person(0, "Bob"))


@pytest.fixture
def punches(database: Database, ada: Person) -> Punches:
    log = Punches(database)
    for minute, direction in ((0, IN), (240, OUT), (300, IN), (510, OUT)):
        log.record(punch(ada.id, minute, direction))
    return log


@pytest.fixture
def corrections(database: Database) -> Corrections:
    return Corrections(database, lambda _, utc: working_day(utc, "Europe/Berlin", 4))


def told(punches: Punches, person_id: int | None = None) -> list[tuple[int, int, Direction]]:
    """(number, minute, direction) of the log as it stands."""
    return [
        (one.id, round((one.utc - MORNING).total_seconds() / 60), one.direction)
        for one in punches.between(None, None, person_id)
    ]


def test_a_cancelled_punch_is_gone_and_still_there(
    punches: Punches, corrections: Corrections, database: Database, ada: Person
) -> None:
    corrections.cancel(2, GRACE)
    corrections.cancel(3, GRACE)
    assert told(punches) == [(1, 0, IN), (4, 510, OUT)]
    assert len(database.read("SELECT * FROM punches")) == 4
    first = corrections.history()[0]
    assert first == Correction(
        1, 2, CorrectionKind.CANCEL,
        PunchState(ada.id, OUT, MORNING + timedelta(minutes=240)), None,
        "Europe/Berlin", GRACE, database.clock.utc(),
    )  # fmt: skip
    assert database.check() == ()


def test_a_punch_goes_to_the_right_person(
    punches: Punches, corrections: Corrections, ada: Person, bob: Person
) -> None:
    corrections.move(2, bob.id, GRACE)
    assert told(punches, bob.id) == [(2, 240, OUT)]
    assert [number for number, _, _ in told(punches, ada.id)] == [1, 3, 4]
    (row,) = punches.log(None, None, bob.id)
    assert (row.name, row.corrected) == ("Bob", True)
    assert not punches.log(None, None, ada.id)[0].corrected
    assert [one.kind for one in corrections.history(ada.id)] == [CorrectionKind.MOVE]
    assert [one.kind for one in corrections.history(bob.id)] == [CorrectionKind.MOVE]


def test_time_and_direction_change_and_order_follows(
    punches: Punches, corrections: Corrections, ada: Person
) -> None:
    corrections.set_time(4, MORNING + timedelta(minutes=-5), GRACE)
    corrections.set_direction(4, IN, GRACE)
    assert told(punches) == [(4, -5, IN), (1, 0, IN), (2, 240, OUT), (3, 300, IN)]
    assert told(punches)[::-1] == [
        (one.id, round((one.utc - MORNING).total_seconds() / 60), one.direction)
        for one in punches.between(None, None, newest_first=True)
    ]
    last = corrections.history()[-1]
    assert last.before == PunchState(ada.id, OUT, MORNING - timedelta(minutes=5))
    assert last.after == PunchState(ada.id, IN, MORNING - timedelta(minutes=5))


def test_a_punch_that_nobody_saw_is_added_and_can_be_corrected_again(
    punches: Punches, corrections: Corrections, database: Database, ada: Person
) -> None:
    number = corrections.add(ada.id, OUT, MORNING + timedelta(days=1), "Asia/Tokyo", GRACE)
    added = punches.between(None, None)[-1]
    assert (added.id, added.source, added.zone) == (number, ADDED_BY_HAND, "Asia/Tokyo")
    corrections.set_time(number, MORNING + timedelta(days=2), GRACE)
    assert punches.between(None, None)[-1].utc == MORNING + timedelta(days=2)
    assert [one.before is None for one in corrections.history(punch_id=number)] == [True, False]
    corrections.cancel(number, GRACE)
    assert len(punches.between(None, None)) == 4
    assert database.check() == ()


def test_several_things_change_together_or_not_at_all(
    punches: Punches, corrections: Corrections, ada: Person, bob: Person
) -> None:
    utc = MORNING + timedelta(minutes=7)
    corrections.change(1, PunchState(bob.id, OUT, utc), GRACE)
    assert told(punches, bob.id) == [(1, 7, OUT)]
    assert [one.kind for one in corrections.history()] == ["move", "time", "direction"]
    corrections.change(1, PunchState(bob.id, OUT, MORNING), GRACE)
    assert len(corrections.history()) == 4
    with pytest.raises(BadInputError, match="already"):
        corrections.change(1, PunchState(bob.id, OUT, MORNING), GRACE)
    corrections.close(date(2026, 3, 2), GRACE)
    with pytest.raises(BadInputError, match="closed"):
        corrections.change(1, PunchState(ada.id, OUT, MORNING + timedelta(days=1)), GRACE)
    assert told(punches, bob.id) == [(1, 0, OUT)]


def test_what_makes_no_sense_is_refused_and_changes_nothing(
    punches: Punches, corrections: Corrections, database: Database, ada: Person, bob: Person
) -> None:
    before = told(punches)
    People(database).remove(bob.id)
    ahead = database.clock.utc() + timedelta(minutes=1)
    corrections.cancel(3, GRACE)
    for attempt in (
        lambda: corrections.cancel(99, GRACE),
        lambda: corrections.cancel(3, GRACE),
        lambda: corrections.set_time(3, MORNING, GRACE),
        lambda: corrections.move(1, bob.id, GRACE),
        lambda: corrections.move(1, 99, GRACE),
        lambda: corrections.move(1, ada.id, GRACE),
        lambda: corrections.set_direction(1, IN, GRACE),
        lambda: corrections.set_time(1, ahead, GRACE),
        lambda: corrections.add(ada.id, IN, ahead, "UTC", GRACE),
        lambda: corrections.add(99, IN, MORNING, "UTC", GRACE),
        lambda: corrections.cancel(1, Signature("", "why")),
        lambda: corrections.cancel(1, Signature("Grace", " ")),
    ):
        with pytest.raises(BadInputError):
            attempt()
    assert told(punches) == [entry for entry in before if entry[0] != 3]
    assert len(corrections.history()) == 1
    assert database.read("SELECT count(*) FROM punches")[0][0] == 4


def test_a_paid_period_refuses_every_correction_into_and_out_of_it(
    punches: Punches, corrections: Corrections, ada: Person, bob: Person
) -> None:
    corrections.close(date(2026, 3, 2), Signature("Grace", "paid"))
    open_day = MORNING + timedelta(days=1)
    number = corrections.add(ada.id, IN, open_day, "UTC", GRACE)
    before = told(punches)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: corrections.cancel(1, GRACE),
        lambda: corrections.move(1, bob.id, GRACE),
        lambda: corrections.set_time(1, open_day, GRACE),
        lambda: corrections.set_time(number, MORNING, GRACE),
        lambda: corrections.set_direction(1, OUT, GRACE),
        lambda: corrections.add(ada.id, IN, MORNING, "UTC", GRACE),
    )
    for attempt in attempts:
        with pytest.raises(BadInputError, match="closed"):
            attempt()
    assert told(punches) == before
    corrections.close(date(2026, 3, 1), Signature("Grace", "a mistake was found"))
    corrections.cancel(1, GRACE)
    with pytest.raises(BadInputError, match="still to come"):
        corrections.close(date(2100, 1, 1), GRACE)
    assert [one.until for one in corrections.closings()] == [date(2026, 3, 2), date(2026, 3, 1)]


def test_the_border_of_a_paid_period_is_the_persons_own_day(
    punches: Punches, database: Database, ada: Person
) -> None:
    night = Corrections(database, lambda _, utc: (utc - timedelta(hours=12)).date())
    night.close(date(2026, 3, 1), Signature("Grace", "paid"))
    with pytest.raises(BadInputError, match="closed"):
        night.cancel(1, GRACE)  # 09:00 in Berlin, but the end of the night of the first of March


def test_the_kiosk_sees_the_log_as_it_stands(
    punches: Punches, corrections: Corrections, ada: Person, bob: Person
) -> None:
    for number in (1, 2, 3):
        corrections.cancel(number, GRACE)
    corrections.move(4, bob.id, GRACE)
    assert punches.record_if(bob.id, once(bob.id)) is None
    assert punches.record_if(ada.id, once(ada.id)) is not None


def test_hours_are_made_of_the_log_as_it_stands(
    punches: Punches, corrections: Corrections, ada: Person, bob: Person
) -> None:
    corrections.move(1, bob.id, GRACE)
    corrections.cancel(4, GRACE)
    stamps = punches.stamps(Asked(MORNING, MORNING + timedelta(minutes=300)))
    assert {(one.id, one.person_id) for one in stamps} == {(1, bob.id), (2, ada.id)}
    assert {one.id for one in punches.stamps(Asked(department="Analysis"))} == {2, 3}
    assert [row.punch.id for row in punches.log(None, None, department="Analysis")] == [2, 3]


@pytest.mark.parametrize(
    "sql",
    ["UPDATE corrections SET direction = 'out'", "DELETE FROM corrections", "DELETE FROM closings",
     "UPDATE closings SET until_day = '1999-01-01'"],
)  # fmt: skip
def test_corrections_themselves_cannot_be_changed(
    punches: Punches, corrections: Corrections, database: Database, path: Path, sql: str
) -> None:
    corrections.cancel(1, GRACE)
    corrections.set_direction(2, IN, GRACE)
    corrections.close(date(2026, 1, 1), GRACE)
    other = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append"):
        other.execute(sql)
    table = sql.rsplit("FROM ", maxsplit=1)[-1] if "FROM" in sql else sql.split()[1]
    for guard in ("changed", "removed"):
        other.execute(f"DROP TRIGGER {table}_are_not_{guard}")
    other.execute(sql)
    other.commit()
    other.close()
    report = punches.verify()
    assert (report.intact, report.first_bad_id) == (False, 1)
    assert table in report.problem
    found = database.check()
    assert "The attendance log is broken" in found[0]
    assert "_are_not_" in found[1]  # and that the guards were taken away


def test_times_are_kept_in_utc(corrections: Corrections, punches: Punches, ada: Person) -> None:
    corrections.set_time(1, datetime.fromisoformat("2026-03-02T08:30:00+01:00"), GRACE)
    assert punches.between(None, None)[0].utc == datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
