"""A damaged file becomes a whole one, nothing is silently lost, and the damaged one is kept."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from facedesk.core.errors import StoreError
from facedesk.core.records import Person
from facedesk.store import backups
from facedesk.store.database import Database
from facedesk.store.keys import Keys
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.salvage import Salvage, salvage
from facedesk.store.troubles import DamagedError
from tests.fakes import FakeClock
from tests.store.samples import punch, sample

PAGE = 4096
PEOPLE = 40
PUNCHES = 400


def _pages(path: Path, name: str) -> list[int]:
    """The leaf pages of a table, in the order of its rows, as SQLite's own list of pages tells."""
    connection = sqlite3.connect(path)
    try:
        root = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", [name]
        ).fetchone()[0]
    finally:
        connection.close()
    content = path.read_bytes()
    page = content[(root - 1) * PAGE : root * PAGE]
    assert page[0] == 5, "the table is larger than one page"
    cells = int.from_bytes(page[3:5], "big")
    pointers = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n], "big") for n in range(cells)]
    return [int.from_bytes(page[p : p + 4], "big") for p in pointers] + [
        int.from_bytes(page[8:12], "big")
    ]


def _overwrite(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xa5" * PAGE)


@pytest.fixture
def fill(path: Path, clock: FakeClock) -> Callable[[int, int], None]:
    def add(people_count: int, punch_count: int) -> None:
        with Database.open(path, clock=clock) as database:
            people, punches = People(database), Punches(database)
            start = len(people.list())
            with database.transaction():
                for number in range(start, start + people_count):
                    people.add(
                        Person(0, f"P{number}", f"E{number}", notes="n"),
                        [sample(number, crop=b"\xff\xd8" + bytes(200))],
                    )
                done = len(punches.between(None, None))
                for number in range(done, done + punch_count):
                    punches.record(punch(1 + number % PEOPLE, number))

    return add


@pytest.fixture
def folder(path: Path) -> Path:
    return path.parent / "backups"


def _back_up(path: Path, clock: FakeClock, folder: Path) -> None:
    with Database.open(path, clock=clock) as database:
        backups.make(database, folder, 3)


def _salvaged(path: Path, clock: FakeClock, folder: Path) -> Salvage:
    before = path.read_bytes()
    result = salvage(path, folder, Keys.beside(path), clock)
    assert result.kept.read_bytes() == before
    assert not list(path.parent.glob(".salvage*"))
    with Database.open(path, clock=clock) as database:
        assert database.check() == ()
        recorded = Punches(database).record(punch(1, 100_000))
        assert recorded.id == 1 + max(
            one.id for one in Punches(database).between(None, None) if one.id != recorded.id
        )
        assert database.check() == ()
    return result


def test_what_the_damage_took_comes_from_the_backup(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    fill(PEOPLE, PUNCHES)
    _back_up(path, clock, folder)
    fill(0, 50)
    _overwrite(path, _pages(path, "punches")[3])
    _overwrite(path, _pages(path, "samples")[1])
    with pytest.raises(DamagedError) as caught:
        Database.open(path, clock=clock)
    assert "salvage" in caught.value.hint
    result = _salvaged(path, clock, folder)
    assert result.rows_of_backup > 10
    with Database.open(path, clock=clock) as database:
        assert len(Punches(database).between(None, None)) == PUNCHES + 50 + 1
        assert People(database).gallery("model-1").vectors.shape == (PEOPLE, 8)
        assert People(database).get(3).notes == "n"
        found = People(database).find_by_staff_number("e7")
        assert found is not None
        assert found.name == "P7"
    assert not [loss for loss in result.losses if "Rows" in loss]


def test_what_is_lost_is_said_and_the_chain_goes_on(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    fill(PEOPLE, PUNCHES)
    _overwrite(path, _pages(path, "punches")[3])
    result = _salvaged(path, clock, folder)
    (loss,) = [loss for loss in result.losses if "punches" in loss]
    with Database.open(path, clock=clock) as database:
        ids = [one.id for one in Punches(database).between(None, None)]
        gap = sorted(set(range(1, PUNCHES + 1)) - set(ids))
        assert 5 < len(gap) < 50
        assert loss.startswith(f"Rows {gap[0]} to {gap[-1]} of the punches are lost. ")
        assert "between 2026-03-02" in loss
    assert str(result.kept) in result.in_words()


def test_a_lost_end_is_said(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    fill(PEOPLE, PUNCHES)
    _overwrite(path, _pages(path, "punches")[-1])
    result = _salvaged(path, clock, folder)
    (loss,) = [loss for loss in result.losses if "punches" in loss]
    assert f"to {PUNCHES} of the punches" in loss
    assert "the damage" in loss


def test_removed_people_do_not_come_back_from_the_backup(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    fill(PEOPLE, PUNCHES)
    _back_up(path, clock, folder)
    with Database.open(path, clock=clock) as database:
        People(database).remove(7)
    _overwrite(path, _pages(path, "punches")[3])
    _salvaged(path, clock, folder)
    with Database.open(path, clock=clock) as database:
        assert People(database).samples(7) == []
        assert People(database).get(7).name == "Removed person 7"


def test_a_file_of_which_nothing_is_left_becomes_the_backup(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    fill(PEOPLE, PUNCHES)
    _back_up(path, clock, folder)
    path.write_bytes(b"\0" * 100_000)
    result = _salvaged(path, clock, folder)
    assert len(result.losses) == 1
    assert "after the backup of 2026-03-02" in result.losses[0]
    with Database.open(path, clock=clock) as database:
        assert len(Punches(database).between(None, None)) == PUNCHES + 1
        assert People(database).gallery("model-1").vectors.shape == (PEOPLE, 8)


def test_an_empty_file_beside_backups_was_not_always_empty(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    fill(PEOPLE, 2)
    _back_up(path, clock, folder)
    path.write_bytes(b"")
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
    with pytest.raises(DamagedError):
        Database.open(path, clock=clock, backups=folder)
    result = _salvaged(path, clock, folder)
    assert "after the backup of" in result.losses[0]


def test_tables_that_may_have_lost_rows_are_told_together(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    fill(PEOPLE, 2)
    connection = sqlite3.connect(path)
    roots = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name IN ('absences', 'schedules')"
    ).fetchall()
    connection.close()
    for (root,) in roots:
        _overwrite(path, root)
    (loss,) = [loss for loss in _salvaged(path, clock, folder).losses if "may be lost" in loss]
    assert loss == "Some rows of absences, schedules may be lost; compare them with a backup."


def test_with_nothing_to_go_by_nothing_is_changed(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    path.write_bytes(b"\0" * 100_000)
    with pytest.raises(StoreError):
        salvage(path, folder, Keys.beside(path), clock)
    assert path.read_bytes() == b"\0" * 100_000
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_lost_keys_cost_faces_and_names_and_not_the_log(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None]
) -> None:
    fill(PEOPLE, PUNCHES)
    other = sqlite3.connect(path)
    root = other.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'vault_keys'").fetchone()[
        0
    ]
    other.close()
    _overwrite(path, root)
    result = _salvaged(path, clock, folder)
    assert any("enrolled again" in loss for loss in result.losses)
    with Database.open(path, clock=clock) as database:
        assert len(Punches(database).between(None, None)) == PUNCHES + 1
        assert People(database).get(1).name == "Person 1 (details lost)"
        assert People(database).gallery("model-1").vectors.shape[0] == 0


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_damaged_the_result_is_whole(
    path: Path, clock: FakeClock, folder: Path, fill: Callable[[int, int], None], seed: int
) -> None:
    fill(PEOPLE, PUNCHES)
    _back_up(path, clock, folder)
    chance = random.Random(seed)
    pages = path.stat().st_size // PAGE
    for page in chance.sample(range(2, pages), 5):
        _overwrite(path, page)
    _salvaged(path, clock, folder)
    with Database.open(path, clock=clock) as database:
        assert len(Punches(database).between(None, None)) == PUNCHES + 1
