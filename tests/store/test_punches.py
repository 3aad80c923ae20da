"""The attendance log: nothing announced is lost, nothing is changed, nobody is punched twice."""

import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.attendance import day_bounds
from facedesk.core.corrections import Signature
from facedesk.core.errors import BadInputError, StoreError
from facedesk.core.records import Direction, Method, Person, Punch
from facedesk.store import chain
from facedesk.store.chain import FIRST_PREVIOUS_HASH
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Asked, LogRow, Punches
from tests.store.samples import MORNING, NAMES, once, punch


@pytest.fixture
def ada(database: Database) -> Person:
    return People(database).add(Person(0, "Ada", "E17", "Analysis"))


@pytest.fixture
def punches(database: Database) -> Punches:
    return Punches(database)


def test_a_punch_comes_back_as_recorded(punches: Punches, ada: Person) -> None:
    first = punches.record(punch(ada.id))
    second = punches.record(punch(ada.id, 5, Direction.OUT))
    assert (first.id, first.previous_hash) == (1, FIRST_PREVIOUS_HASH)
    assert (second.id, second.previous_hash) == (2, first.hash)
    assert len(first.hash) == 64
    assert replace(first, id=0, hash="", previous_hash="") == punch(ada.id)
    assert punches.between(None, None) == [first, second]


def test_numbers_of_numpy_and_other_zones_are_stored_exactly(punches: Punches, ada: Person) -> None:
    score = np.float32(0.7)
    utc = datetime.fromisoformat("2026-03-02T09:00:00.123456+01:00")
    punches.record(replace(punch(ada.id), score=score, utc=utc))
    stored = punches.last(ada.id)
    assert stored is not None
    assert stored.score == float(score)
    assert stored.utc == utc
    assert stored.utc.tzinfo == UTC
    assert punches.verify().intact


@pytest.mark.parametrize(
    "bad",
    [{"utc": datetime(2026, 3, 2, 8, 0)}, {"score": float("nan")}],
)
def test_a_punch_without_zone_or_score_is_a_bug(punches: Punches, ada: Person, bad: dict) -> None:
    with pytest.raises(ValueError, match=r"timezone|JSON"):
        punches.record(replace(punch(ada.id), **bad))
    assert punches.between(None, None) == []


def test_nothing_is_recorded_for_a_person_who_is_gone(
    punches: Punches, database: Database, ada: Person
) -> None:
    People(database).remove(ada.id)
    for person_id in (ada.id, 99):
        with pytest.raises(BadInputError, match="does not exist any more"):
            punches.record(punch(person_id))


def test_questions_about_time_and_person(punches: Punches, database: Database, ada: Person) -> None:
    bob = People(database).add(Person(0, "Bob"))
    log = [
        punches.record(punch(person.id, minute))
        for person, minute in ((ada, 0), (bob, 1), (ada, 60), (bob, 61), (ada, 30))
    ]
    in_time = sorted(log, key=lambda one: one.utc)
    hour = MORNING + timedelta(minutes=60)
    assert punches.between(None, None) == in_time
    assert punches.between(None, None, newest_first=True) == in_time[::-1]
    assert punches.between(MORNING, hour) == [log[0], log[1], log[4]]  # the end is not included
    assert punches.between(hour, None, bob.id) == [log[3]]
    assert punches.between(None, None, limit=2, newest_first=True) == [log[3], log[2]]
    assert punches.last(ada.id) == log[2]
    assert punches.last(ada.id, hour) == log[4]
    assert punches.last(ada.id, MORNING) is None
    assert punches.last(99) is None


def test_a_working_day_follows_the_zone_and_its_border(punches: Punches, ada: Person) -> None:
    # 2026-03-02 08:00 UTC is 17:00 in Tokyo; the border at 4:00 there is 19:00 UTC.
    log = [punches.record(punch(ada.id, 60 * hours)) for hours in (-14, 0, 10.99, 11)]
    assert punches.between(*day_bounds(date(2026, 3, 2), "Asia/Tokyo", 4)) == log[1:3]
    assert punches.between(*day_bounds(date(2026, 3, 3), "Asia/Tokyo", 4), ada.id) == log[3:]


@pytest.mark.parametrize("name", NAMES)
def test_the_log_shows_any_name(punches: Punches, database: Database, name: str) -> None:
    person = People(database).add(Person(0, name, "E1", "Analysis"))
    recorded = punches.record(punch(person.id))
    assert punches.log(None, None, person.id) == [LogRow(recorded, name, "E1", "Analysis")]


def test_a_removed_person_stays_in_the_log_without_a_name(
    punches: Punches, database: Database, ada: Person
) -> None:
    recorded = punches.record(punch(ada.id))
    People(database).remove(ada.id)
    assert punches.log(None, None) == [LogRow(recorded, f"Removed person {ada.id}", "", "")]
    assert punches.verify().intact
    assert database.check() == ()


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE punches SET utc = '2026-03-02T07:00:00.000000Z'",
        "DELETE FROM punches",
        "INSERT OR REPLACE INTO punches SELECT * FROM punches WHERE id = 1",
        "INSERT INTO punches SELECT 5, person_id, direction, utc, zone, score, runner_up,"
        " threshold, contract, settings_version, source, reason, hash, 'x', method, clock_moved_s"
        " FROM punches",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(
    punches: Punches, path: Path, ada: Person, attack: str
) -> None:
    recorded = punches.record(punch(ada.id))
    other = sqlite3.connect(path)  # a plain SQLite browser
    with pytest.raises(sqlite3.IntegrityError, match="append"):
        other.execute(attack)
    other.close()
    assert punches.between(None, None) == [recorded]


def _tamper(path: Path, sql: str) -> None:
    """Change the log as somebody would who knows SQLite and takes the guards away."""
    other = sqlite3.connect(path)
    for guard in ("changed", "removed"):
        other.execute(f"DROP TRIGGER punches_are_not_{guard}")
    other.execute(sql)
    other.commit()
    other.close()


@pytest.mark.parametrize(
    ("sql", "first_bad_id"),
    [
        ("UPDATE punches SET utc = '2026-03-02T07:00:00.000000Z' WHERE id = 4", 4),
        ("UPDATE punches SET direction = 'out' WHERE id = 1", 1),
        ("UPDATE punches SET person_id = 2 WHERE id = 6", 6),
        ("UPDATE punches SET score = score + 1e-12 WHERE id = 3", 3),
        ("UPDATE punches SET hash = 'f' WHERE id = 3", 3),
        ("DELETE FROM punches WHERE id = 1", 1),
        ("DELETE FROM punches WHERE id = 3", 3),
        ("DELETE FROM punches WHERE id >= 5", 5),
        ("DELETE FROM punches", 1),
        ("UPDATE punches SET id = id + 10 WHERE id > 4", 5),
    ],
)
def test_the_chain_names_the_first_row_that_was_touched(
    punches: Punches, database: Database, path: Path, ada: Person, sql: str, first_bad_id: int
) -> None:
    People(database).add(Person(0, "Bob"))
    with database.transaction():
        for minute in range(6):
            punches.record(punch(ada.id, minute))
    assert punches.verify().rows >= 6  # the audit log has its own
    assert punches.verify().intact
    _tamper(path, sql)
    report = punches.verify()
    assert not report.intact
    assert report.first_bad_id == first_bad_id
    assert any(f"row {first_bad_id}" in problem for problem in database.check())


def test_a_rule_sees_the_latest_punches_and_decides(punches: Punches, ada: Person) -> None:
    log = [punches.record(punch(ada.id, minute)) for minute in range(3)]
    seen: list[Sequence[Punch]] = []

    def rule(previous: Sequence[Punch]) -> Punch | None:
        seen.append(previous)
        return punch(ada.id, 9, Direction.OUT)

    recorded = punches.record_if(ada.id, rule)
    assert seen == [log]
    assert recorded is not None
    assert recorded.id == 4
    assert punches.record_if(ada.id, lambda previous: None) is None
    assert len(punches.between(None, None)) == 4


def test_eight_threads_see_one_person_and_record_one_punch(punches: Punches, ada: Person) -> None:
    start = threading.Barrier(8)
    results: list[Punch | None] = []

    def see() -> None:
        start.wait(5)
        results.append(punches.record_if(ada.id, once(ada.id)))

    threads = [threading.Thread(target=see) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(results) == 8
    assert len([result for result in results if result is not None]) == 1
    assert len(punches.between(None, None)) == 1


_KIOSK = """
import sys
from pathlib import Path
from facedesk.core.clock import SystemClock
from facedesk.store.database import Database
from facedesk.store.punches import Punches
from tests.store.samples import once, punch
person_id = int(sys.argv[2])
punches = Punches(Database.open(Path(sys.argv[1]), clock=SystemClock()))
print("ready", flush=True)
sys.stdin.readline()
if sys.argv[3] == "once":
    recorded = punches.record_if(person_id, once(person_id))
    print("declined" if recorded is None else recorded.id, flush=True)
else:
    while True:
        print(punches.record(punch(person_id)).id, flush=True)
"""


def _kiosk(path: Path, person_id: int, what: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _KIOSK, str(path), str(person_id), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_programs_see_one_person_and_record_one_punch(
    punches: Punches, path: Path, ada: Person
) -> None:
    kiosks = [_kiosk(path, ada.id, "once") for _ in range(2)]
    for kiosk in kiosks:
        assert kiosk.stdin is not None
        kiosk.stdin.write("go\n")
        kiosk.stdin.flush()
    answers = sorted(kiosk.communicate(timeout=30)[0].strip() for kiosk in kiosks)
    assert answers == ["1", "declined"]
    assert len(punches.between(None, None)) == 1


def test_a_program_killed_at_any_moment_loses_no_announced_punch(
    punches: Punches, database: Database, path: Path, ada: Person
) -> None:
    chance = random.Random(20260302)
    announced: list[int] = []
    for _ in range(10):
        kiosk = _kiosk(path, ada.id, "for ever")
        assert kiosk.stdin is not None
        assert kiosk.stdout is not None
        kiosk.stdin.write("go\n")
        kiosk.stdin.flush()
        for _ in range(chance.randrange(1, 12)):
            announced.append(int(kiosk.stdout.readline()))
        threading.Event().wait(chance.random() * 0.02)  # anywhere within the next few punches
        kiosk.kill()
        announced += [int(line) for line in kiosk.communicate()[0].split()]
    stored = [one.id for one in punches.between(None, None)]
    assert set(announced) <= set(stored)
    assert len(stored) <= len(announced) + 10  # at most one a round was committed but not yet told
    assert punches.verify().intact
    assert database.check() == ()


def test_a_full_disk_announces_nothing_and_the_chain_goes_on_afterwards(
    punches: Punches, database: Database, ada: Person
) -> None:
    with database.transaction() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    recorded = 0
    with pytest.raises(StoreError, match="disk is full"):
        while True:
            punches.record(replace(punch(ada.id, recorded), reason="x" * 1000))
            recorded += 1
    assert len(punches.between(None, None)) == recorded
    with database.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    assert punches.record(punch(ada.id)).id == recorded + 1
    assert punches.verify().intact


def test_a_log_written_while_it_is_verified_is_intact(
    punches: Punches, database: Database, ada: Person
) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            punches.record(punch(ada.id))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reports = [punches.verify() for _ in range(30)]
    finally:
        stop.set()
        writer.join(10)
    assert all(report.intact for report in reports)


@pytest.mark.parametrize("method", list(Method))
def test_how_somebody_was_identified_is_stored_and_sealed(
    punches: Punches, database: Database, ada: Person, method: Method
) -> None:
    recorded = punches.record(replace(punch(ada.id), method=method, clock_moved_s=-3600))
    assert punches.get(recorded.id) == recorded
    assert [row.punch for row in punches.log(None, None)] == [recorded]
    other = Method.PIN if method is Method.FACE else Method.FACE
    for change in (f"method = '{other}'", "method = NULL", "clock_moved_s = 0"):
        with database.transaction() as connection:
            connection.execute("DROP TRIGGER punches_are_not_changed")
            connection.execute(f"UPDATE punches SET {change}")  # noqa: S608 (constants)
            assert not chain.verify(connection, database.vault).intact, change
            connection.execute(
                "UPDATE punches SET method = ?, clock_moved_s = -3600", [str(method)]
            )
            assert chain.verify(connection, database.vault).intact
            for statement in chain.append_only("punches"):
                if "are_not_changed" in statement:
                    connection.execute(statement)


@pytest.mark.parametrize("direction", list(Direction))
def test_every_direction_is_stored_and_corrected(
    punches: Punches, database: Database, ada: Person, direction: Direction
) -> None:
    corrections = Corrections(database, lambda _, utc: utc.date())
    first = punches.record(punch(ada.id, direction=direction))
    other = Direction.OUT if direction is Direction.IN else Direction.IN
    second = punches.record(punch(ada.id, -30, other))
    corrections.set_direction(second.id, direction, Signature("Grace", "wrong button"))
    assert {one.direction for one in punches.between(None, None)} == {direction}
    assert {stamp.direction for stamp in punches.stamps(Asked())} == {direction}
    assert punches.verify().intact
    assert first.direction is direction


def test_a_time_set_by_hand_does_not_depend_on_the_kiosks_clock(
    punches: Punches, database: Database, ada: Person
) -> None:
    corrections = Corrections(database, lambda _, utc: utc.date())
    kept, moved = (
        punches.record(replace(punch(ada.id, minute), clock_moved_s=3600)) for minute in (-90, -30)
    )
    corrections.set_time(moved.id, moved.utc - timedelta(hours=1), Signature("Grace", "the clock"))
    corrections.set_direction(kept.id, Direction.OUT, Signature("Grace", "wrong button"))
    assert {stamp.id: stamp.clock_moved for stamp in punches.stamps(Asked())} == {
        kept.id: True, moved.id: False
    }  # fmt: skip


def test_a_count_is_of_the_log_as_it_stands(database: Database) -> None:
    people, punches = People(database), Punches(database)
    ada, bob = (people.add(Person(0, name, department=name)) for name in ("Ada", "Bob"))
    for minute in (-2, -1, 0):
        punches.record(punch(ada.id, minute))
    corrections = Corrections(database, lambda _person, utc: utc.date())
    corrections.cancel(1, Signature("Grace", "a visitor"))
    corrections.move(2, bob.id, Signature("Grace", "it was Bob"))
    assert punches.count(Asked()) == (2, 2)
    assert punches.count(Asked(person_id=bob.id)) == (1, 1)
    assert punches.count(Asked(department="Ada")) == (1, 1)
    assert punches.count(Asked(start_utc=punch(1, 9).utc)) == (0, 0)
