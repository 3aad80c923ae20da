"""Programs killed at any moment: what they had announced has to be there afterwards.

Each round lets a process work on the same data and kills it with the one signal that nothing can
catch. What the process had announced by then, it had written into a pipe AFTER the commit.
"""

import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from facedesk.core.clock import SystemClock
from facedesk.core.corrections import Signature
from facedesk.core.errors import FaceDeskError
from facedesk.core.records import Direction, Person, Punch, Sample
from facedesk.store import backups, migrations, rotation
from facedesk.store.corrections import Corrections
from facedesk.store.database import Database
from facedesk.store.keys import Keys
from facedesk.store.people import People
from facedesk.store.punches import Punches

CONTRACT = "bench"
_DIMENSION = 128
_LONGEST_LIFE_S = {"backup": 0.8, "migration": 0.8, "key rotation": 0.8}
_SHORT_LIFE_S = 0.2
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
WHY = Signature("bench", "a drill")


@dataclass(slots=True)
class WorkKilled:
    """What came of all rounds of one kind of work."""

    rounds: int = 0
    announced: int = 0
    troubles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Kills:
    """What came of all rounds."""

    lost: int = 0
    damaged: int = 0
    slowest_start_s: float = 0.0
    by_work: dict[str, WorkKilled] = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        return sum(work.rounds for work in self.by_work.values())

    @property
    def announced(self) -> int:
        return sum(work.announced for work in self.by_work.values())

    @property
    def troubles(self) -> list[str]:
        return [
            f"{name}: {trouble}" for name, work in self.by_work.items() for trouble in work.troubles
        ]


def kill(folder: Path, rounds: int, seed: int) -> Kills:
    """Run the drill in `folder`."""
    chance = random.Random(seed)
    path = folder / "facedesk.db"
    with opened(path) as database:
        people = [People(database).add(Person(0, f"P{n}", notes="n"), faces(n)) for n in range(20)]
        for person in people:
            Punches(database).record(punch_of(person.id, person.id))
    old = _old_database(folder / "old.db")
    found = Kills()
    works = list(_WORKS)
    longest_s: dict[str, float] = {}
    for number in range(rounds):
        work = works[number % len(works)]
        target = path
        if work == "migration":
            target = folder / "migrating" / "facedesk.db"
            shutil.rmtree(target.parent, ignore_errors=True)
            target.parent.mkdir()
            shutil.copy(old, target)
        if work in longest_s:
            told = _life(target, work, chance, chance.uniform(0, longest_s[work]))
        else:  # the first one tells how slow this machine is today
            started_s = time.perf_counter()
            told = _life(target, work, chance, None)
            first_s = time.perf_counter() - started_s
            longest_s[work] = max(_LONGEST_LIFE_S.get(work, _SHORT_LIFE_S), 2 * first_s)
        killed = found.by_work.setdefault(work, WorkKilled())
        killed.rounds += 1
        killed.announced += len(told)
        killed.troubles += _judge(target, told, found)
    return found


def _life(path: Path, work: str, chance: random.Random, life_s: float | None) -> list[str]:
    """Let a process work until it is killed (None: as soon as it announced something); what it
    announced.
    """
    listens, tells = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(
        target=_work, args=(path, work, tells, chance.random()), daemon=True
    )
    process.start()
    tells.close()
    told: list[str] = []
    with contextlib.suppress(EOFError):
        listens.recv()  # it lives; before that there is nothing to kill
        if life_s is None:
            told.append(listens.recv())
        else:
            time.sleep(life_s)
        os.kill(process.pid or 0, getattr(signal, "SIGKILL", signal.SIGTERM))
        while True:
            told.append(listens.recv())
    process.join()
    listens.close()
    return told


def _work(path: Path, work: str, tells: Connection, seed: float) -> None:
    """The process that is killed."""
    tells.send("alive")
    with opened(path) as database:
        for announcement in _WORKS[work](database, random.Random(seed)):
            tells.send(announcement)


def _judge(path: Path, told: list[str], found: Kills) -> list[str]:
    """What is wrong with a database after a kill; counted in `found`."""
    started_s = time.perf_counter()
    try:
        with opened(path) as database:
            punches = Punches(database)
            punches.prepare()
            People(database).gallery(CONTRACT)
            found.slowest_start_s = max(found.slowest_start_s, time.perf_counter() - started_s)
            if rotation.pending(database):
                rotation.run(database)
            problems = database.check()
            lost = [one for one in told if not _is_there(database, path, one)]
    except FaceDeskError as error:
        problems, lost = (str(error),), []
    found.damaged += bool(problems)
    found.lost += len(lost)
    return [*problems, *lost]


def _is_there(database: Database, path: Path, announcement: str) -> bool:
    what, _, value = announcement.partition(" ")
    match what:
        case "punch":
            return bool(database.read("SELECT 1 FROM punches WHERE id = ?", [int(value)]))
        case "person":
            return len(People(database).samples(int(value))) == 2
        case "correction":
            sql = "SELECT 1 FROM corrections WHERE punch_id = ?"
            return bool(database.read(sql, [int(value)]))
        case "backup":
            copy = path.parent / "backups" / value
            keys, clock = Keys.beside(path), SystemClock()
            return not copy.exists() or not backups.preview(copy, path, keys, clock).problems
        case "migrated":
            return len(People(database).list()) >= 20
        case _:  # a key: everything was sealed with it or a later one
            return database.vault.newest >= int(value)


def _punching(database: Database, chance: random.Random) -> Iterator[str]:
    punches = Punches(database)
    number = int(database.read("SELECT max(id) FROM punches")[0][0])
    while True:
        number += 1
        person_id = chance.randint(1, 20)
        punch = punches.record_if(person_id, lambda _, p=person_id, n=number: punch_of(p, n))  # type: ignore[misc]
        assert punch is not None
        yield f"punch {punch.id}"


def _enrolling(database: Database, chance: random.Random) -> Iterator[str]:
    while True:
        number = chance.randrange(1 << 30)
        person = People(database).add(Person(0, f"New {number}", notes="n"), faces(number))
        yield f"person {person.id}"


def _correcting(database: Database, chance: random.Random) -> Iterator[str]:
    corrections = Corrections(database, lambda _, utc: utc.date())
    newest = int(database.read("SELECT max(id) FROM punches")[0][0])
    while True:
        punch_id = chance.randint(1, newest)
        utc = START + timedelta(seconds=chance.randrange(10_000_000))
        try:
            corrections.set_time(punch_id, utc, WHY)
        except FaceDeskError:
            continue
        yield f"correction {punch_id}"


def _backing_up(database: Database, chance: random.Random) -> Iterator[str]:
    while True:
        yield next(_punching(database, chance))
        yield f"backup {backups.make(database, database.backups, 3).path.name}"


def _migrating(database: Database, chance: random.Random) -> Iterator[str]:
    yield "migrated"
    yield from _enrolling(database, chance)


def _rekeying(database: Database, _: random.Random) -> Iterator[str]:
    while True:
        number = rotation.begin(database)
        rotation.run(database)
        yield f"key {number}"


_WORKS: dict[str, Callable[[Database, random.Random], Iterator[str]]] = {
    "punches": _punching,
    "enrolment": _enrolling,
    "correction": _correcting,
    "backup": _backing_up,
    "migration": _migrating,
    "key rotation": _rekeying,
}


def opened(path: Path) -> Database:
    return Database.open(path, clock=SystemClock())


def punch_of(person_id: int, number: int) -> Punch:
    return Punch(
        person_id, Direction.IN, START + timedelta(seconds=number), "UTC", 0.7, 0.1, 0.4,
        CONTRACT, "bench", "bench", "a drill",
    )  # fmt: skip


def faces(seed: int) -> list[Sample]:
    numbers = np.random.default_rng(seed).standard_normal((2, _DIMENSION))
    vectors = (numbers / np.linalg.norm(numbers, axis=1, keepdims=True)).astype(np.float32)
    return [Sample(0, 0, CONTRACT, vector, "bench", b"\xff\xd8" + bytes(500)) for vector in vectors]


def _old_database(path: Path) -> Path:
    """A database of schema 2, with faces in clear."""
    connection = sqlite3.connect(path, isolation_level=None)
    for step in migrations.STEPS[:2]:
        step(connection)
    for number in range(1, 21):
        connection.execute(
            "INSERT INTO people (id, name, notes, created_utc) VALUES (?, ?, 'n', '2026-01-05')",
            (number, f"P{number}"),
        )
        for sample in faces(number):
            connection.execute(
                "INSERT INTO samples VALUES (NULL, ?, ?, ?, ?, 'bench', '2026-01-05', ?)",
                (number, CONTRACT, _DIMENSION, sample.vector.tobytes(), sample.crop_jpeg),
            )
    connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    return path
