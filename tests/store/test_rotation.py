"""A new key for everything, step by step, through kills and other programs."""

import sqlite3
from pathlib import Path

import pytest

from facedesk.core.errors import BadInputError, StoreError
from facedesk.core.records import Person
from facedesk.store import rotation, wraps
from facedesk.store.database import Database
from facedesk.store.keys import KeyFile, Keys
from facedesk.store.people import People
from facedesk.store.vault import key_number
from tests.fakes import FakeClock
from tests.store.samples import sample, vector


@pytest.fixture
def enrolled(database: Database) -> Database:
    people = People(database)
    for number in range(5):
        people.add(Person(0, f"P{number}", notes="n"), [sample(number, crop=b"\xff\xd8")])
    return database


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_ROWS_A_STEP", 2)


def _numbers(database: Database) -> set[int]:
    rows = database.read(
        "SELECT vector AS sealed FROM samples UNION ALL SELECT crop_jpeg FROM samples"
        " UNION ALL SELECT notes FROM people UNION ALL SELECT name FROM people"
        " UNION ALL SELECT who FROM audit UNION ALL SELECT digest FROM table_digests"
    )
    return {key_number(row["sealed"]) for row in rows if row["sealed"]}


def test_everything_is_sealed_with_the_new_key(enrolled: Database) -> None:
    people = People(enrolled)
    generation = people.generation()
    assert not rotation.pending(enrolled)
    assert rotation.begin(enrolled) == 2
    assert rotation.pending(enrolled)
    seen: list[tuple[int, int]] = []
    count = rotation.run(enrolled, lambda done, total, _: seen.append((done, total)))
    assert count >= 15  # five notes, pictures and vectors, and keys of the database's own
    assert seen[-1] == (count, count)
    assert _numbers(enrolled) == {2}
    assert not rotation.pending(enrolled)
    assert people.generation() == generation  # no gallery is built anew for it
    assert enrolled.check() == ()
    assert people.gallery("model-1").vectors.shape == (5, 8)


def test_an_old_key_opens_nothing_any_more(
    enrolled: Database, path: Path, clock: FakeClock
) -> None:
    stolen = Keys(KeyFile(path.with_name("stolen")))
    stolen.file.path.write_bytes(enrolled.keys.file.path.read_bytes())
    rotation.begin(enrolled)
    rotation.run(enrolled)
    copy = path.parent / "elsewhere" / "copy.db"
    copy.parent.mkdir()
    enrolled.backup(copy)
    path.with_suffix(".key").rename(path.with_name("hidden"))
    with pytest.raises(wraps.MissingKeyError):
        Database.open(copy, clock=clock, keys=stolen)


def test_older_backups_still_open(enrolled: Database, path: Path, clock: FakeClock) -> None:
    copy = path.with_name("copy.db")
    enrolled.backup(copy)
    rotation.begin(enrolled)
    rotation.run(enrolled)
    with Database.open(copy, clock=clock, keys=enrolled.keys) as older:
        assert People(older).get(1).notes == "n"


def test_a_rotation_that_was_stopped_goes_on(
    enrolled: Database, path: Path, clock: FakeClock
) -> None:
    rotation.begin(enrolled)

    def stop(done: int, total: int, text: str) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.run(enrolled, stop)
    assert _numbers(enrolled) == {1, 2}
    assert enrolled.check() == ()
    enrolled.close()
    with Database.open(path, clock=clock) as again:
        assert rotation.pending(again)
        assert rotation.run(again) >= 11
        assert _numbers(again) == {2}
        assert (People(again).gallery("model-1").vectors[0] == vector(0)).all()


def test_another_program_seals_with_the_new_key_at_once(
    enrolled: Database, path: Path, clock: FakeClock
) -> None:
    """What a kiosk seals meanwhile must not need the key that is about to go."""
    with Database.open(path, clock=clock) as kiosk:
        assert People(kiosk).get(1).notes == "n"
        rotation.begin(enrolled)
        added = People(kiosk).add(Person(0, "Late", notes="came during it"), [sample(9)])
        rotation.run(enrolled)
        assert People(kiosk).gallery("model-1").vectors.shape == (6, 8)
        assert People(enrolled).get(added.id).notes == "came during it"
        assert _numbers(kiosk) == {2}


def test_a_tampered_value_does_not_stop_it(enrolled: Database, path: Path) -> None:
    other = sqlite3.connect(path)
    other.create_function("facedesk_fold", -1, lambda key, digest, *row: digest)
    other.execute("UPDATE samples SET vector = zeroblob(65) WHERE id = 2")
    other.commit()
    other.close()
    rotation.begin(enrolled)
    rotation.run(enrolled)
    assert any("row 2 in samples" in problem for problem in enrolled.check())
    assert People(enrolled).gallery("model-1").vectors.shape == (4, 8)


def test_a_passphrase_opens_where_no_key_is_and_is_renewed(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wraps, "_ARGON2_MEMORY_KIB", 64)
    words = ["correct horse battery"]
    keys = Keys(KeyFile(path.with_suffix(".key")), passphrase=lambda: words[0])
    with Database.open(path, clock=clock, keys=keys) as database:
        People(database).add(Person(0, "Ada", notes="n"))
        rotation.add_way_in(database, wraps.KeyKind.PASSPHRASE)
        words[0] = "a new passphrase"
        rotation.begin(database)
        rotation.run(database)
    keys.file.path.unlink()
    with Database.open(path, clock=clock, keys=keys) as database:
        assert People(database).get(1).notes == "n"
    words[0] = "correct horse battery"
    with pytest.raises(wraps.MissingKeyError):
        Database.open(path, clock=clock, keys=keys)
    words[0] = "short"
    with pytest.raises(StoreError):
        wraps.wrap(1, bytes(32), wraps.KeyKind.PASSPHRASE, keys)


def test_the_last_way_in_stays(database: Database) -> None:
    with pytest.raises(BadInputError):
        rotation.remove_way_in(database, wraps.KeyKind.FILE)
    assert [row["kind"] for row in database.read("SELECT kind FROM vault_keys")] == ["file"]
