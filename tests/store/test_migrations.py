"""Steps forward: whole or not at all, with a backup first."""

import shutil
import sqlite3
import threading
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.errors import StoreError
from facedesk.core.records import Method
from facedesk.store import migrations, rotation
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.schedules import Schedules
from facedesk.store.schema_3 import punches as schema_3_punches
from tests.fakes import FakeClock
from tests.store.samples import NAMES, punch, vector

TODAY = len(migrations.STEPS)


@pytest.fixture
def older(path: Path, clock: FakeClock) -> Path:
    """A database of today's schema with one person; the tests then grow one more step."""
    with Database.open(path, clock=clock) as database, database.transaction() as connection:
        connection.execute("INSERT INTO people (language, created_utc) VALUES ('Ada', '')")
    return path


def _add_column(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE people ADD COLUMN badge TEXT NOT NULL DEFAULT ''")


def _fail_half_way(connection: sqlite3.Connection) -> None:
    _add_column(connection)
    connection.execute("UPDATE people SET badge = 'half'")
    connection.execute("INSERT INTO nowhere VALUES (1)")


def _columns(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [row[1] for row in connection.execute("PRAGMA table_info(people)")]
    finally:
        connection.close()


def test_an_older_database_is_backed_up_and_upgraded(
    older: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, _add_column))
    with Database.open(older, clock=clock) as database:
        row = database.read("SELECT language, badge FROM people")[0]
        assert (row["language"], row["badge"]) == ("Ada", "")
    (backup,) = (older.parent / "backups").iterdir()
    assert backup.name == f"facedesk-schema{TODAY}-20260302T080000Z.db"
    assert "badge" not in _columns(backup)
    with Database.open(older, clock=clock):
        pass  # nothing to do the second time
    assert len(list(backup.parent.iterdir())) == 1


def test_a_step_that_fails_half_way_leaves_the_old_version(
    older: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, _fail_half_way))
        with pytest.raises(StoreError):
            Database.open(older, clock=clock)
    assert "badge" not in _columns(older)
    with Database.open(older, clock=clock) as database:
        assert database.read("PRAGMA user_version")[0][0] == TODAY
        assert database.read("SELECT language FROM people")[0]["language"] == "Ada"


def test_without_a_backup_there_is_no_upgrade(
    older: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, _add_column))
    backups = older.parent / "backups"
    backups.write_text("a file where the folder should be")
    with pytest.raises(StoreError):
        Database.open(older, clock=clock)
    assert "badge" not in _columns(older)


DATABASES = Path(__file__).parents[1] / "data" / "databases"


def test_every_released_schema_has_a_real_database_here() -> None:
    assert [file.stem for file in sorted(DATABASES.glob("*.db"))] == [
        f"schema_{number + 1}" for number in range(len(migrations.STEPS))
    ]


@pytest.mark.parametrize("file", sorted(DATABASES.glob("*.db")), ids=lambda file: file.stem)
def test_a_database_of_each_released_schema_opens_with_everything_in_it(
    file: Path, path: Path, clock: FakeClock
) -> None:
    shutil.copy(file, path)
    if file.with_suffix(".key").exists():  # from schema 3 on faces are sealed
        shutil.copy(file.with_suffix(".key"), path.with_suffix(".key"))
    with Database.open(path, clock=clock) as database:
        people, punches = People(database), Punches(database)
        assert database.check() == ()
        listed = people.list()
        assert {person.name for person in listed} == set(NAMES[:12])
        assert all(person.samples == 2 for person in listed)
        assert people.gallery("model-1").vectors.shape == (12, 8)
        assert people.gallery("model-2").vectors.shape == (12, 4)
        first = people.find_by_staff_number("E1")
        assert first is not None
        assert np.array_equal(people.samples(first.id)[0].vector, vector(1))
        log = punches.log(None, None)
        assert len(log) == 73
        assert log[0].name.startswith("Removed person")
        recorded = punches.record(punch(first.id, 10_000))
        assert recorded.id == 74
        assert punches.verify().intact


def test_two_programs_that_create_the_database_at_once_agree(path: Path, clock: FakeClock) -> None:
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def create() -> None:
        try:
            start.wait(5)
            Database.open(path, clock=clock).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []
    with Database.open(path, clock=clock) as database:
        assert database.check() == ()


def test_agreements_and_corrections_of_schema_2_are_read(path: Path, clock: FakeClock) -> None:
    shutil.copy(DATABASES / "schema_2.db", path)
    with Database.open(path, clock=clock) as database:
        schedules = Schedules(database)
        corrections = Corrections(database, lambda _, utc: utc.date())
        assert [schedule.name for schedule in schedules.all()] == ["Office"]
        assert len(schedules.assignments()) == 1
        (absence,) = schedules.absences(date(2026, 3, 1), date(2026, 3, 31))
        assert absence.note == "cold"
        assert [one.kind for one in corrections.history()] == ["direction", "time"]
        assert corrections.closings()[-1].until == date(2026, 3, 31)


@pytest.mark.parametrize("released", ["schema_1", "schema_2", "schema_3"])
def test_after_the_upgrade_no_name_is_left_in_clear(
    released: str, path: Path, clock: FakeClock
) -> None:
    """Neither in the file and its log nor in the copy that was made before."""
    shutil.copy(DATABASES / f"{released}.db", path)
    if released == "schema_3":
        shutil.copy(DATABASES / "schema_3.key", path.with_suffix(".key"))
    words = [name.encode() for name in NAMES[:12]] + [b"Analysis", b"a wrong button", b"Office"]
    assert sum(word in path.read_bytes() for word in words) >= 12
    with Database.open(path, clock=clock):
        content = b"".join(file.read_bytes() for file in path.parent.rglob("*") if file.is_file())
        assert [word.decode() for word in words if word in content] == []


def test_what_is_sealed_by_an_upgrade_stays_guarded(path: Path, clock: FakeClock) -> None:
    """The hashes are those of the clear text, and a new key seals what nobody may change."""
    shutil.copy(DATABASES / "schema_3.db", path)
    shutil.copy(DATABASES / "schema_3.key", path.with_suffix(".key"))
    older = sqlite3.connect(path)
    hashes = older.execute("SELECT hash FROM corrections ORDER BY id").fetchall()
    older.close()
    with Database.open(path, clock=clock) as database:
        assert [
            (row[0],) for row in database.read("SELECT hash FROM corrections ORDER BY id")
        ] == hashes
        rotation.begin(database)
        rotation.run(database)
        assert database.check() == ()
    plain = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute("UPDATE corrections SET utc = created_utc")
    plain.execute("UPDATE corrections SET why = (SELECT why FROM corrections WHERE id = 2)")
    plain.commit()
    plain.close()
    with Database.open(path, clock=clock) as database:
        assert database.verify_chain().first_bad_id == 1


def test_after_the_upgrade_no_face_is_left_in_clear(path: Path, clock: FakeClock) -> None:
    """Neither in the file and its log nor in the copy that was made before."""
    shutil.copy(DATABASES / "schema_2.db", path)
    older = sqlite3.connect(path)
    vectors = [row[0] for row in older.execute("SELECT vector FROM samples")]
    older.execute("UPDATE people SET notes = 'knows the way' WHERE id = 2")
    older.commit()
    older.close()
    assert len(vectors) == 24
    assert vectors[0] in path.read_bytes()
    with Database.open(path, clock=clock) as database:
        assert database.check() == ()
        content = b"".join(file.read_bytes() for file in path.parent.rglob("*") if file.is_file())
        assert not [vector for vector in vectors if vector in content]
        assert b"knows the way" not in content
        assert People(database).get(2).notes == "knows the way"
    assert [file.name for file in (path.parent / "backups").iterdir()] == [
        "facedesk-20260302T080000Z.db"
    ]


@pytest.mark.parametrize("released", ["schema_1", "schema_2"])
def test_schema_3_moves_the_log_row_by_row_and_guards_it_again(
    released: str, path: Path, clock: FakeClock
) -> None:
    shutil.copy(DATABASES / f"{released}.db", path)
    old = sqlite3.connect(path)
    before = old.execute("SELECT * FROM punches ORDER BY id").fetchall()
    guards = old.execute(
        "SELECT name FROM sqlite_schema WHERE tbl_name = 'punches' AND type <> 'table'"
    ).fetchall()
    old.close()
    with Database.open(path, clock=clock) as database:
        after = [tuple(row)[:14] for row in database.read("SELECT * FROM punches ORDER BY id")]
        assert after == before
        assert set(guards) <= {
            (row["name"],)
            for row in database.read(
                "SELECT name FROM sqlite_schema WHERE tbl_name = 'punches' AND type <> 'table'"
            )
        }
        assert database.check() == ()
        methods = {punch.method for punch in Punches(database).between(None, None)}
        assert methods <= {Method.FACE, Method.MANUAL}
    plain = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute("UPDATE punches SET method = 'pin'")
    plain.close()


def test_schema_3_does_not_hide_a_log_whose_end_was_cut_off(path: Path) -> None:
    shutil.copy(DATABASES / "schema_2.db", path)
    old = sqlite3.connect(path)
    old.execute("DROP TRIGGER punches_are_not_removed")
    old.execute("DELETE FROM punches WHERE id = (SELECT max(id) FROM punches)")
    old.commit()
    old.close()
    plain = sqlite3.connect(path, isolation_level=None)
    schema_3_punches.upgrade(plain)
    (rows,) = plain.execute("SELECT count(*) FROM punches").fetchone()
    (newest,) = plain.execute("SELECT seq FROM sqlite_sequence WHERE name = 'punches'").fetchone()
    plain.close()
    assert (rows, newest) == (72, 73)  # by which the walk over the chain knows
