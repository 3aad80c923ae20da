"""Secrets that are planted through the front door of every table, and searched for in the files.

Whatever somebody types holds one word that nothing else holds, so that no column is forgotten.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from facedesk.commands.safety_kills import CONTRACT, START, faces, opened, punch_of
from facedesk.core.audit import Act, Actor
from facedesk.core.consent import Consent, ConsentAnswer, ConsentText
from facedesk.core.corrections import Signature
from facedesk.core.liveness import Policy
from facedesk.core.records import Direction, Person, Sample
from facedesk.core.roles import Role
from facedesk.core.schedules import Absence, AbsenceKind, Assignment, Schedule
from facedesk.store import audit, backups, heads, rotation
from facedesk.store.accounts import NOBODY, Accounts
from facedesk.store.consents import Consents
from facedesk.store.corrections import Corrections
from facedesk.store.credentials import HASHER, Credentials
from facedesk.store.database import Database
from facedesk.store.merges import Merges
from facedesk.store.negatives import StoredNegatives
from facedesk.store.outbox import Outbox
from facedesk.store.own_liveness import OwnLiveness
from facedesk.store.people import People
from facedesk.store.punches import Punches
from facedesk.store.receipts import Receipts
from facedesk.store.refusals import Refusals, RefusedBy
from facedesk.store.renewals import Renewals
from facedesk.store.reviews import NearMiss, StoredReviews
from facedesk.store.schedules import Schedules
from facedesk.store.statements import Statements

_WORD = "Xylander"
_NUMBER, _PIN, _BADGE = "4711-PLANTED", "930517", "04A37F9B21"
_PICTURE = b"\xff\xd8 planted picture" + bytes(300)
_SIGNED = Signature(f"Signer {_WORD}", f"because of {_WORD}")


@dataclass(frozen=True, slots=True)
class Planted:
    """How many of the planted secrets were found in clear, and of how many.

    `empty_tables` are those that nothing was planted into; `in_clear` words that are not sealed
    were found, which shows that the search does.
    """

    secrets: int
    in_file: int
    in_backup: int
    after_rotation: int
    after_removal: int
    in_clear: int
    tables: int
    empty_tables: tuple[str, ...]
    found: tuple[str, ...]


def plant(folder: Path) -> Planted:
    """Fill every table, change the keys, remove the person; search after each."""
    path = folder / "facedesk.db"
    with opened(path) as database:
        database.actor = lambda: Actor(f"Clerk {_WORD}", "admin", "window")
        person, vectors = _enrol(database)
        _work(database, person)
        _sign(database, person)
        secrets = {
            "a word in a name or text": _WORD.encode(),
            "staff number": _NUMBER.encode(),
            "PIN": _PIN.encode(),
            "badge": _BADGE.encode(),
            "picture": _PICTURE[:17],
        } | {f"vector {number}": vector for number, vector in enumerate(vectors)}
        in_file = _found(path, secrets)
        copy = backups.make(database, folder / "backups", 3).path
        in_backup = _found(copy, secrets)
        rotation.begin(database)
        rotation.run(database)
        after_rotation = _found(path, secrets)
        names = [row[0] for row in database.read(_TABLES)]
        empty = [name for name in names if not database.read(f'SELECT 1 FROM "{name}" LIMIT 1')]  # noqa: S608 (names of our schema)
        in_clear = len(_found(path, {"model": CONTRACT.encode(), "table": b"told_apart"}))
        People(database).remove(person.id)
        left = _found(path, secrets)
    found = tuple(sorted({*in_file, *in_backup, *after_rotation, *left}))
    return Planted(
        len(secrets), len(in_file), len(in_backup), len(after_rotation), len(left), in_clear,
        len(names), tuple(empty), found,
    )  # fmt: skip


_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"


def _enrol(database: Database) -> tuple[Person, list[bytes]]:
    """Somebody with all that a person can have; the vectors of the faces too."""
    people = People(database)
    samples = [
        Sample(0, 0, CONTRACT, one.vector, f"file:{_WORD}.jpg", _PICTURE) for one in faces(4711)
    ]
    person = people.add(
        Person(
            0, f"Quirina {_WORD}", _NUMBER, f"{_WORD} & Sons", f"allergic to {_WORD}",
            email=f"{_WORD}@example.org",
        ),
        samples,
    )  # fmt: skip
    for number in range(20):  # rows before and behind: pages are split and filled
        people.add(Person(0, f"Other {_WORD} {number}", f"{_NUMBER}-{number}"), faces(number))
    credentials = Credentials(database)
    credentials.set_pin(person.id, _PIN)
    credentials.set_badge(person.id, _BADGE)
    credentials.count_failure(_NUMBER)
    question = ConsentText("en", "May your face be known?\nYou may say no.")
    given = Consent(ConsentAnswer.GIVEN, date(2026, 1, 5), f"Clerk {_WORD}")
    Consents(database).record(person.id, given, question)
    mistaken, renewed, fresh, missed = (faces(seed)[0].vector for seed in (815, 816, 817, 818))
    StoredNegatives(database).add(person.id, CONTRACT, mistaken, days=9)
    punch = Punches(database).record(punch_of(person.id, 1))
    renewals = Renewals(database, people)
    for vector in (renewed, fresh):  # the second one replaces the first
        sample = Sample(0, person.id, CONTRACT, vector, f"{_WORD}'s camera", _PICTURE)
        renewals.renew(sample, punch.id, 0.9, 1)
    miss = NearMiss(person.id, CONTRACT, _now(database), 0.4, 0.5, "just below", missed, _PICTURE)
    StoredReviews(database).add(miss, days=9)
    Refusals(database).add(person.id, RefusedBy.PASSIVE, 0.1, "camera", "no living face")
    every = [*(sample.vector for sample in samples), mistaken, renewed, fresh, missed]
    OwnLiveness(database).set(person.id, Policy.PASSIVE)
    return person, [vector.tobytes() for vector in every]


def _work(database: Database, person: Person) -> None:
    """Agreements, punches and what is corrected of them."""
    schedules, punches = Schedules(database), Punches(database)
    schedules.save(Schedule(f"{_WORD}'s own", "mon-fri 8:00-16:00"))
    schedules.assign(Assignment(f"{_WORD}'s own", date(2026, 1, 5), person_id=person.id))
    schedules.assign(Assignment(f"{_WORD}'s own", date(2026, 1, 5), department=person.department))
    day = date(2026, 2, 2)
    schedules.add_absence(Absence(person.id, AbsenceKind.SICK, day, day, note=f"doctor {_WORD}"))
    corrections = Corrections(database, lambda _, utc: utc.date())
    outbox = Outbox(database, corrections)
    outbox.collect("webhook")
    punch = punches.record(punch_of(person.id, 2))
    statements = Statements(database, punches, corrections)
    said = statements.add(punch, START + timedelta(hours=8))
    statements.confirm(said, _SIGNED.who)
    corrections.set_time(punch.id, START + timedelta(minutes=1), _SIGNED)
    outbox.collect("webhook")
    corrections.add(person.id, Direction.IN, START + timedelta(days=1), "UTC", _SIGNED)
    corrections.close(date(2026, 1, 1), _SIGNED)
    first, second, third = (
        People(database).add(Person(0, f"Twice {_WORD} {number}")) for number in range(3)
    )
    merges = Merges(database, corrections)
    punches.record(punch_of(first.id, 3))
    merges.merge(first.id, second.id, _SIGNED)
    merges.tell_apart(second.id, third.id, 0.7, _SIGNED)
    gone = People(database).add(Person(0, f"Gone {_WORD}"))
    Receipts(database).remove(gone.id, _SIGNED.who)


def _sign(database: Database, person: Person) -> None:
    """Accounts, and a line in the audit log that names the person."""
    accounts = Accounts(database)
    owner = accounts.add(f"Owner {_WORD}", Role.OWNER, HASHER.hash(_PIN))
    accounts.set_totp(owner.id, "JBSWY3DPEHPK3PXP")
    accounts.count_failure(NOBODY)
    audit.note(
        database, Act.PERSON_CHANGED, audit.subject_of(person.id),
        before={"name": f"Maiden {_WORD}"}, after={"name": f"Quirina {_WORD}"},
    )  # fmt: skip
    heads.sign(database)


def _now(database: Database) -> datetime:
    return database.clock.utc().astimezone(UTC)


def _found(path: Path, secrets: dict[str, bytes]) -> list[str]:
    """Which of them stand in the file or its log, in any case of letters and in UTF-16 too; of
    vectors a start of 16 bytes is enough.
    """
    content = b"".join(
        file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.is_file()
    )
    lower = content.lower()

    def stands(secret: bytes) -> bool:
        if not secret.isascii():
            return secret[:16] in content
        wide = secret.decode("ascii").encode("utf-16-le")
        return secret.lower() in lower or wide in content

    return [what for what, secret in secrets.items() if stands(secret)]
