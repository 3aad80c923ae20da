"""The audit log: who did it, sealed, chained, signed, and what is left when a person is erased."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from facedesk.core.audit import Act, Actor
from facedesk.core.records import Person
from facedesk.store import audit, chain, heads
from facedesk.store.audit import Audit
from facedesk.store.database import Database
from facedesk.store.negatives import StoredNegatives
from facedesk.store.people import People
from facedesk.store.reviews import NearMiss, StoredReviews
from tests.fakes import FakeClock
from tests.store.samples import MORNING, sample, vector

ADA = Actor("Ada", "admin", "window")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    with Database.open(tmp_path / "facedesk.db", clock=clock) as made:
        made.actor = lambda: ADA
        yield made


def tamper(database: Database, *statements: str) -> None:
    """As somebody with another program does, who knows how to get around the triggers."""
    raw = sqlite3.connect(database.path)
    triggers = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        raw.execute(f'DROP TRIGGER "{name}"')
    for statement in statements:
        raw.execute(statement)
    for _, sql in triggers:
        raw.execute(sql)
    raw.commit()
    raw.close()


def raw_bytes(database: Database) -> bytes:
    files = [database.path, database.path.with_name(database.path.name + "-wal")]
    return b"".join(file.read_bytes() for file in files if file.exists())


def test_a_change_tells_who_what_before_and_after(database: Database, clock: FakeClock) -> None:
    people = People(database)
    person = people.add(Person(0, "Grace Okafor", "17", "Tables"))
    clock.advance(60)
    people.update(Person(person.id, "Grace Okafor", "17", "Engines", notes="moved"))
    newest, first = Audit(database).entries()
    assert (newest.act, newest.subject, newest.actor) == (Act.PERSON_CHANGED, "person 1", ADA)
    assert newest.before == {"department": "Tables", "notes": ""}
    assert newest.after == {"department": "Engines", "notes": "moved"}
    assert newest.utc == clock.utc()
    assert first.after is not None
    assert first.after["name"] == "Grace Okafor"


def test_no_details_lie_in_the_file_in_clear(database: Database) -> None:
    People(database).update(
        Person(People(database).add(Person(0, "x")).id, "x", notes="allergic to nuts")
    )
    assert b"allergic" not in raw_bytes(database)


def test_an_erased_person_leaves_that_and_when_and_by_whom(database: Database) -> None:
    people = People(database)
    person = people.add(Person(0, "Grace Okafor"), [sample(1)])
    people.update(Person(person.id, "Grace Okafor-Lind"))
    people.remove(person.id)
    entries = Audit(database).entries(audit.subject_of(person.id))
    assert [entry.act for entry in entries] == [
        Act.PERSON_REMOVED, Act.PERSON_CHANGED, Act.PERSON_ADDED
    ]  # fmt: skip
    assert entries[1].before is None
    assert entries[1].after is None
    assert b"Okafor" not in raw_bytes(database)
    assert database.check() == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "UPDATE audit SET who = CAST('Eve' AS BLOB) WHERE id = 2",
            "row 2 of the audit was changed",
        ),
        (
            "DELETE FROM audit_details WHERE id = 2;DELETE FROM audit WHERE id = 2",
            "row 2 of the audit is missing",
        ),
        (
            "DELETE FROM audit_details WHERE id = 3;DELETE FROM audit WHERE id = 3",
            "row 3 of the audit and later rows are missing",
        ),
        (
            "UPDATE audit SET id = CASE id WHEN 1 THEN -2 ELSE -1 END WHERE id < 3;"
            "UPDATE audit SET id = -id WHERE id < 0",
            "row 1 of the audit",
        ),
        (
            "INSERT INTO audit (id, utc, who, role, origin, action, subject, details_hash,"
            " previous_hash, hash) SELECT 4, utc, who, role, origin, action, subject, '',"
            " previous_hash, 'made up' FROM audit WHERE id = 3",
            "row 4 of the audit does not follow the row before it",
        ),
        ("DELETE FROM audit_details WHERE id = 2", "details of row 2 of the audit are missing"),
        ("UPDATE audit_details SET details = x'00' WHERE id = 2", "details of row 2"),
    ],
)
def test_what_was_done_behind_its_back_is_found(database: Database, change: str, told: str) -> None:
    people = People(database)
    for name in ("one", "two", "three"):
        people.add(Person(0, name))
    assert database.check() == ()
    tamper(database, "PRAGMA foreign_keys = OFF", *change.split(";"))
    assert any(told in problem for problem in database.check()), database.check()


def test_a_chain_rewritten_from_its_beginning_lacks_the_signature(database: Database) -> None:
    """Rows and hashes alone can be made by anybody; the signed head cannot."""
    audit.note(database, Act.SIGNED_IN, "account 1")
    audit.note(database, Act.SETTINGS_CHANGED)
    assert heads.sign(database) == 1
    tamper(database, "DELETE FROM audit", "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'audit'")
    eve = Actor("Eve", "owner", "window")
    audit.note(database, Act.SIGNED_IN, "account 1", actor=eve)
    audit.note(database, Act.SIGNED_IN, "account 1", actor=eve)
    assert database.verify_chain().intact
    assert any("not the one that was signed on 2026-03-02" in text for text in database.check())


def test_a_head_with_another_signature_is_told(database: Database) -> None:
    audit.note(database, Act.SIGNED_IN)
    heads.sign(database)
    tamper(database, "UPDATE chain_heads SET signature = zeroblob(64)")
    assert any("not signed here" in text for text in database.check())


def test_a_later_head_of_the_day_takes_the_place_of_the_first(
    database: Database, clock: FakeClock
) -> None:
    audit.note(database, Act.SIGNED_IN)
    heads.sign(database)
    audit.note(database, Act.SIGNED_OUT)
    heads.sign(database)
    clock.advance(86_400)
    heads.sign(database)
    rows = database.read("SELECT day, row_id FROM chain_heads ORDER BY day")
    assert [tuple(row) for row in rows] == [("2026-03-02", 2), ("2026-03-03", 2)]
    assert database.check() == ()
    assert len(heads.public_key(database)) == 32


def test_before_the_first_head_there_is_no_key(database: Database) -> None:
    assert heads.public_key(database) == b""


def test_a_hash_does_not_tell_a_good_guess(database: Database) -> None:
    """Whoever has the file knows all of a row but who did it, and could try names."""
    audit.note(database, Act.SIGNED_IN)
    (row,) = database.read("SELECT * FROM audit")
    assert Audit(database).entries()[0].actor == ADA
    guess = {column: row[column] for column in chain.AUDIT.sealed} | {"who": ADA.who}
    text = json.dumps(guess, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() != row["hash"]
    assert database.check() == ()


def test_what_an_admin_takes_back_is_noted(database: Database) -> None:
    person = People(database).add(Person(0, "Grace"), [sample(1)])
    negatives, reviews = StoredNegatives(database), StoredReviews(database)
    mistake = negatives.add(person.id, "model-1", vector(2), days=3)
    miss = NearMiss(person.id, "model-1", MORNING, 0.4, 0.5, "Best 0.40.", vector(3), b"picture")
    number = reviews.add(miss, days=3)
    negatives.remove(mistake.id)
    reviews.remove(number)
    reviews.remove(number)  # is gone already
    acts = [(entry.act, entry.subject, entry.actor) for entry in Audit(database).entries(limit=2)]
    assert acts == [
        (Act.REVIEW_DECIDED, "person 1", ADA),
        (Act.MISTAKE_FORGOTTEN, "person 1", ADA),
    ]


def test_numbers_of_many_kinds_are_words(database: Database) -> None:
    audit.note(database, Act.DATA_EXPORTED, after={"rows": str(np.int64(3))})
    assert Audit(database).entries()[0].after == {"rows": "3"}
