"""Sealed values: unreadable, unmovable, never with one nonce twice."""

import os
import sqlite3
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedesk.core.errors import StoreError
from facedesk.core.records import Person
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.vault import SEALED, Nonces, Place, SealBrokenError, Vault, key_number
from tests.fakes import FakeClock
from tests.store.samples import sample

HERE = Place("samples", "vector", 7, 3)
KEY = bytes(range(32))


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_and_cannot_be_read(value: bytes) -> None:
    vault = Vault({1: KEY})
    sealed = vault.seal(value, HERE)
    assert Vault({1: KEY}).open(sealed, HERE) == value
    assert len(sealed) == (len(value) + 33 if value else 0)
    assert len(value) < 4 or value not in sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("samples", "vector", 8, 3),
        Place("samples", "vector", 7, 4),
        Place("samples", "crop_jpeg", 7, 3),
        Place("people", "vector", 7, 3),
    ],
)
def test_a_moved_value_does_not_open(elsewhere: Place) -> None:
    vault = Vault({1: KEY})
    with pytest.raises(SealBrokenError) as caught:
        vault.open(vault.seal(b"a face", HERE), elsewhere)
    assert str(elsewhere.row_id) in caught.value.message
    assert caught.value.hint


def test_no_changed_bit_and_no_cut_opens() -> None:
    vault = Vault({1: KEY})
    sealed = vault.seal(b"a face", HERE)
    for position in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(SealBrokenError):
            vault.open(bytes(changed), HERE)
    for length in range(1, len(sealed)):
        with pytest.raises(SealBrokenError):
            vault.open(sealed[:length], HERE)


def test_nonces_never_repeat() -> None:
    """Across threads, after the counter ran over, and in a forked process."""
    nonces = Nonces(counter_bits=10)
    found: list[bytes] = []

    def take() -> None:
        found.extend(nonces.next() for _ in range(5000))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(found) == 20_000
    assert {len(nonce) for nonce in found} == {12}
    if hasattr(os, "fork"):
        before = nonces.next()
        assert _in_a_fork(nonces)[:8] != before[:8]


def _in_a_fork(nonces: Nonces) -> bytes:
    """What a forked process draws next."""
    reads, writes = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writes, nonces.next())
        os._exit(0)
    os.waitpid(child, 0)
    found = os.read(reads, 12)
    os.close(reads)
    os.close(writes)
    return found


def test_sealing_the_same_twice_gives_two_values() -> None:
    vault = Vault({1: KEY})
    assert vault.seal(b"a face", HERE) != vault.seal(b"a face", HERE)


def test_the_newest_key_seals_and_all_open() -> None:
    old = Vault({1: KEY})
    sealed = old.seal(b"a face", HERE)
    both = Vault({1: KEY, 2: KEY[::-1]})
    assert both.open(sealed, HERE) == b"a face"
    again = both.seal(b"a face", HERE)
    assert (key_number(sealed), key_number(again)) == (1, 2)
    with pytest.raises(SealBrokenError):
        old.open(again, HERE)
    asked = Vault({1: KEY}, find=lambda: {2: KEY[::-1]})
    assert asked.open(again, HERE) == b"a face"


@pytest.fixture
def enrolled(database: Database) -> Database:
    people = People(database)
    for number in range(3):
        people.add(
            Person(0, f"Person {number}", notes="knows the way"),
            [sample(number, crop=b"\xff\xd8 a face"), sample(number + 10, contract="model-2")],
        )
    return database


def _tamper(path: Path, sql: str) -> None:
    """Change rows as another program does that knows how to get by the triggers."""
    other = sqlite3.connect(path)
    other.create_function("facedesk_fold", -1, lambda key, digest, *row: digest)
    other.execute(sql)
    other.commit()
    other.close()


def test_swapped_faces_open_for_nobody(enrolled: Database, path: Path) -> None:
    """The attack that encryption alone does not stop: a colleague's face under one's own name."""
    _tamper(
        path,
        "UPDATE samples SET vector = (SELECT vector FROM samples WHERE id = 3) WHERE id = 1",
    )
    gallery = People(enrolled).gallery("model-1")
    assert gallery.person_ids.tolist() == [2, 3]
    assert any("row 1 in samples" in problem for problem in enrolled.check())
    _tamper(path, "UPDATE samples SET person_id = 2 WHERE id = 2")
    assert any("row 2 in samples" in problem for problem in enrolled.check())


def test_a_tampered_note_keeps_nobody_from_work(enrolled: Database, path: Path) -> None:
    _tamper(path, "UPDATE people SET notes = x'0102' WHERE id = 2")
    person = People(enrolled).get(2)
    assert (person.name, person.notes) == ("Person 1", "")
    assert any("row 2 in people" in problem for problem in enrolled.check())


def test_every_sealed_column_exists(database: Database) -> None:
    for column in SEALED:
        rows = database.read("SELECT name FROM pragma_table_info(?)", [column.table])
        assert {column.column, column.person or column.column} <= {row["name"] for row in rows}


def test_nothing_sealed_lies_in_the_file_in_clear(enrolled: Database, path: Path) -> None:
    content = b"".join(file.read_bytes() for file in path.parent.glob("facedesk.db*"))
    assert b"model-1" in content  # the search finds what IS in clear
    for secret in (b"Person 0", b"knows the way", b"\xff\xd8 a face", sample(0).vector.tobytes()):
        assert secret not in content


def test_a_value_of_another_database_does_not_open(
    enrolled: Database, tmp_path: Path, clock: FakeClock
) -> None:
    sealed = enrolled.read("SELECT vector FROM samples WHERE id = 1")[0][0]
    with Database.open(tmp_path / "other.db", clock=clock) as other, pytest.raises(StoreError):
        other.vault.open(sealed, Place("samples", "vector", 1, 1))


def test_ids_that_are_told_before_are_those_that_are_given(database: Database) -> None:
    people = People(database)
    told = []
    for number in range(3):
        with database.transaction() as connection:
            told.append(database.next_id(connection, "people"))
            assert people.add(Person(0, f"Person {number}")).id == told[-1]
    assert all(later == earlier + 1 for earlier, later in pairwise(told))
