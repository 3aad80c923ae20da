"""What was kept long enough is gone from the file; what is left still verifies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from facedesk.core.audit import Act
from facedesk.core.corrections import Signature
from facedesk.core.records import Direction, Person
from facedesk.core.retention import Kept, Limits
from facedesk.store import heads
from facedesk.store.audit import Audit
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.receipts import Receipts
from facedesk.store.retention import Retention
from tests.fakes import FakeClock
from tests.store.samples import punch, sample

YEAR_S = 365 * 86_400.0
ALL = Limits(leavers_days=90, pictures_days=180, punches_days=730, audit_days=730)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture
def corrections(database: Database) -> Corrections:
    return Corrections(database, lambda _person, utc: utc.date())


def raw_bytes(database: Database) -> bytes:
    files = [database.path, database.path.with_name(database.path.name + "-wal")]
    return b"".join(file.read_bytes() for file in files if file.exists())


def work(database: Database, clock: FakeClock, person_id: int, times: int) -> list[int]:
    numbers = []
    for number in range(times):
        clock.advance(3600)
        direction = (Direction.IN, Direction.OUT)[number % 2]
        made = replace(punch(person_id), utc=clock.utc(), direction=direction)
        numbers.append(Punches(database).record(made).id)
    return numbers


def test_nothing_is_due_where_everything_is_kept(database: Database, clock: FakeClock) -> None:
    person = People(database).add(Person(0, "Ada"), [sample(1)])
    work(database, clock, person.id, 2)
    clock.advance(10 * YEAR_S)
    assert Retention(database).due(Limits()) == []


def test_people_who_left_go_with_a_receipt(database: Database, clock: FakeClock) -> None:
    people = People(database)
    ada = people.add(Person(0, "Ada Lindqvist"), [sample(1)])
    bo = people.add(Person(0, "Bo Adair"), [sample(2)])
    people.update(replace(people.get(bo.id), active=False))
    limits = Limits(leavers_days=90)
    clock.advance(89 * 86_400)
    assert Retention(database).due(limits) == []
    clock.advance(2 * 86_400)
    (due,) = Retention(database).due(limits)
    assert (due.kind, due.people) == (Kept.LEAVERS, (bo.id,))
    assert people.get(bo.id).name == "Bo Adair"
    assert Retention(database).erase(limits, "Owner") == [due]
    assert [person.id for person in people.list()] == [ada.id]
    assert [receipt.person_id for receipt in Receipts(database).all()] == [bo.id]
    assert b"Adair" not in raw_bytes(database)
    assert database.check() == ()


def test_old_pictures_go_and_the_faces_stay_known(database: Database, clock: FakeClock) -> None:
    people = People(database)
    pictures = [replace(sample(seed), crop_jpeg=b"a face") for seed in (1, 2)]
    old = people.add(Person(0, "Ada"), pictures[:1])
    clock.advance(181 * 86_400)
    new = people.add(Person(0, "Bo"), pictures[1:])
    limits = Limits(pictures_days=180)
    (due,) = Retention(database).erase(limits, "Owner")
    assert due.count == 1
    assert people.portrait(old.id) == b""
    assert people.portrait(new.id) != b""
    assert len(people.samples(old.id)) == 1
    assert Retention(database).due(limits) == []


def test_the_log_loses_its_beginning_and_still_verifies(
    database: Database, clock: FakeClock, corrections: Corrections
) -> None:
    person = People(database).add(Person(0, "Ada"))
    old = work(database, clock, person.id, 6)
    corrections.set_time(old[1], clock.utc() - timedelta(hours=2), Signature("Olu", "forgot"))
    heads.sign(database)
    clock.advance(3 * YEAR_S)
    new = work(database, clock, person.id, 4)
    corrections.cancel(new[0], Signature("Olu", "a test"))
    limits = Limits(punches_days=730)
    (due,) = Retention(database).due(limits)
    assert due.count == 6
    Retention(database).erase(limits, "Owner")
    assert [row["id"] for row in database.read("SELECT id FROM punches")] == new
    assert [row["id"] for row in database.read("SELECT id FROM corrections")] == [2]
    assert database.check() == ()
    after = work(database, clock, person.id, 1)
    assert after == [11]
    assert database.verify_chain().intact


def test_corrections_that_stay_keep_the_punches_they_belong_to(
    database: Database, clock: FakeClock, corrections: Corrections
) -> None:
    """A late correction of an old punch: only what lies before that punch may go."""
    person = People(database).add(Person(0, "Ada"))
    old = work(database, clock, person.id, 6)
    clock.advance(3 * YEAR_S)
    corrections.cancel(old[3], Signature("Olu", "found out late"))
    work(database, clock, person.id, 2)
    (due,) = Retention(database).erase(Limits(punches_days=730), "Owner")
    assert due.count == 3
    assert database.read("SELECT min(id) FROM punches")[0][0] == 4
    assert database.check() == ()


def test_the_newest_row_always_stays(database: Database, clock: FakeClock) -> None:
    person = People(database).add(Person(0, "Ada"))
    work(database, clock, person.id, 3)
    clock.advance(9 * YEAR_S)
    Retention(database).erase(ALL, "Owner")
    assert [row["id"] for row in database.read("SELECT id FROM punches")] == [3]
    assert database.check() == ()
    assert work(database, clock, person.id, 1) == [4]


def test_the_audit_log_has_its_time_too(database: Database, clock: FakeClock) -> None:
    people = People(database)
    for name in ("one", "two", "three"):
        people.add(Person(0, name))
    clock.advance(3 * YEAR_S)
    people.add(Person(0, "four"))
    (due,) = Retention(database).erase(Limits(audit_days=730), "Owner")
    assert due.count == 3
    entries = Audit(database).entries()
    assert [entry.act for entry in entries] == [Act.DATA_ERASED, Act.PERSON_ADDED]
    assert entries[0].after == {"rows": "3", "before": "2027-03-02T08:00:00.000000Z"}
    assert database.check() == ()


def test_a_log_that_was_cut_by_others_is_found(database: Database, clock: FakeClock) -> None:
    """Claiming that rows were erased rightly needs the key of the digests."""
    import sqlite3

    person = People(database).add(Person(0, "Ada"))
    work(database, clock, person.id, 4)
    raw = sqlite3.connect(database.path)
    for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        raw.execute(f'DROP TRIGGER "{name}"')
    row = raw.execute("SELECT id, hash FROM punches WHERE id = 2").fetchone()
    raw.execute("DELETE FROM punches WHERE id <= 2")
    raw.execute("INSERT INTO chain_starts VALUES ('punches', ?, ?)", row)
    raw.commit()
    raw.close()
    assert database.verify_chain().intact
    assert "The table chain_starts was changed outside FaceDesk." in database.check()
