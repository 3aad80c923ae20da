"""`bench pin` and `bench badge`: the ways in without a face, under attack and before a camera."""

import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import argon2
import click
import numpy as np

from facedesk.commands.figures import Figure, machine_now, print_figures
from facedesk.commands.place import json_option
from facedesk.core.clock import Clock, SystemClock
from facedesk.core.credentials import is_easily_guessed, new_badge_code
from facedesk.core.facts import CredentialRefused, Fact
from facedesk.core.records import Image, Person
from facedesk.engine.fallback import Fallback
from facedesk.store.credentials import HASHER, Credentials
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.vision.codes import CodeReader, qr_picture
from facedesk.vision.demo.stage import Stage

Guess = tuple[str, str]  # staff number, PIN

_PEOPLE = 200
_FIRST_NUMBER = 1000
_GUESS_S = 1.0  # a fast finger, or a device that types
# What gets through is counted, not timed: the hash of the attack need not be slow.
_QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_SURE_95 = 1.96


class _ToldClock:
    """Time that passes when told: weeks of guessing in a minute."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def utc(self) -> datetime:
        return datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(seconds=self.passed_s)

    def monotonic_s(self) -> float:
        return self.passed_s


class _Counted(Credentials):
    """Counts the guesses that are looked at."""

    hashed = 0

    def verify(self, staff_number: str, pin: str) -> Person | None:
        self.hashed += 1
        return super().verify(staff_number, pin)

    def find_by_badge(self, code: str) -> Person | None:
        self.hashed += 1
        return super().find_by_badge(code)


class _Door:
    """People with random PINs of four digits and badges of eight, and the last refusal."""

    def __init__(self, folder: Path, clock: Clock, people: int, hasher: argon2.PasswordHasher):
        self.database = Database.open(folder / f"{secrets.token_hex(4)}.db", clock=clock)
        self.credentials = _Counted(self.database, hasher=hasher)
        self.wait_s = 0.0
        self.fallback = Fallback(self.credentials, lambda *_: None, clock, self._hear)
        store = People(self.database)
        with self.database.transaction():
            for number in range(people):
                person = store.add(Person(0, f"Person {number}", _number(number)))
                self.credentials.set_pin(person.id, random_pin(person.staff_number))
                self.credentials.set_badge(person.id, f"{secrets.randbelow(10**8):08}")

    def _hear(self, fact: Fact) -> None:
        self.wait_s = fact.wait_s if isinstance(fact, CredentialRefused) else 0.0


@click.command()
@click.option("--guesses", default=10_000, show_default=True, help="Guesses of each attack.")
@click.option("--rounds", default=60, show_default=True, help="Timed guesses of each kind.")
@json_option
def pin(guesses: int, rounds: int, as_json: bool) -> None:
    """Attack the PIN path on a clock of its own, and time guesses on the computer's.

    Every attack meets 200 people with random PINs of four digits.
    """
    with tempfile.TemporaryDirectory(prefix="facedesk-bench-") as folder:
        figures = [*_attacks(Path(folder), guesses), *_timing(Path(folder), rounds)]
    print_figures(figures, as_json)


def _attacks(folder: Path, guesses: int) -> Iterator[Figure]:
    for name, tried, patient in (
        ("one number, as fast as it types", _all_pins([_number(0)]), False),
        ("one number, waits for every pause", _all_pins([_number(0)]), True),
        ("one PIN on every number", ((_number(n), "5683") for n in cycle(range(_PEOPLE))), False),
        ("all PINs on every number, waits", _all_pins(map(_number, range(_PEOPLE))), True),
        ("numbers that nobody has", ((f"X{n}", "5683") for n in range(guesses)), False),
    ):
        clock = _ToldClock()
        door = _Door(folder, clock, _PEOPLE, _QUICK)
        found = 0
        for number, pin in islice(tried, guesses):
            found += door.fallback.try_pin(number, pin) is not None
            clock.passed_s += max(_GUESS_S, door.wait_s if patient else 0.0)
        yield _attack(name, door, guesses, found, clock.passed_s)
        door.database.close()
    clock = _ToldClock()
    door = _Door(folder, clock, _PEOPLE, _QUICK)
    found = 0
    for _ in range(guesses):
        code = f"{secrets.randbelow(10**8):08}"
        found += door.fallback.try_badge(code, "reader") is not None
        clock.passed_s += _GUESS_S
    yield _attack("badge numbers of eight digits", door, guesses, found, clock.passed_s)
    door.database.close()


def _attack(name: str, door: _Door, guesses: int, found: int, passed_s: float) -> Figure:
    looked_at = door.credentials.hashed
    return Figure(
        f"{name}: reached the hash", looked_at, "guesses", None,
        f"of {guesses} in {timedelta(seconds=round(passed_s))}; {found} found",
    )  # fmt: skip


def _timing(folder: Path, rounds: int) -> Iterator[Figure]:
    """Whether time tells which numbers exist: wrong PINs, all limits lifted before each."""
    door = _Door(folder, SystemClock(), 2, HASHER)
    door.credentials.clear_pin(2)
    numbers = {"with a PIN": _number(0), "without a PIN": _number(1), "of nobody": _number(2)}
    door.fallback.try_pin(_number(2), "5683")  # makes the hash that nothing fits
    elapsed_ms: dict[str, list[float]] = {kind: [] for kind in numbers}
    for _ in range(rounds):
        for kind in np.random.default_rng().permutation(list(numbers)):
            for person_id in (1, 2):
                door.credentials.unlock(person_id)
            door.credentials.forgive(numbers["of nobody"])
            door.credentials.refill_allowance()
            started_s = time.perf_counter()
            door.fallback.try_pin(numbers[kind], "5683")
            elapsed_ms[kind].append((time.perf_counter() - started_s) * 1e3)
    door.database.close()
    known = np.array(elapsed_ms["with a PIN"])
    conditions = f"{rounds} wrong PINs of each kind in random order, {machine_now()}"
    for kind, times_ms in elapsed_ms.items():
        yield Figure(f"wrong PIN, number {kind}, median", float(np.median(times_ms)), "ms", None,
                     conditions)  # fmt: skip
    for kind in ("without a PIN", "of nobody"):
        told = _told_apart(known, np.array(elapsed_ms[kind]))
        sure = _SURE_95 * np.sqrt((2 * rounds + 1) / (12 * rounds**2))
        yield Figure(
            f"number {kind} told from one with a PIN", 100 * told, "%", None,
            f"50 % is a coin; {100 * (0.5 - sure):.0f} to {100 * (0.5 + sure):.0f} % is chance",
        )  # fmt: skip


def _told_apart(known: np.ndarray, other: np.ndarray) -> float:
    """How often the slower of two is the one of `known`: the area under the ROC curve."""
    return float(np.mean(known[:, None] > other[None, :]))


def _number(index: int) -> str:
    return str(_FIRST_NUMBER + index)


def _all_pins(numbers: Iterable[str]) -> Iterator[Guess]:
    """Each PIN on every number, the next PIN then."""
    everybody = list(numbers)
    return ((number, f"{pin:04}") for pin in range(10_000) for number in everybody)


def random_pin(staff_number: str) -> str:
    """Four digits that may be the PIN of this staff number."""
    while True:
        pin = f"{secrets.randbelow(10_000):04}"
        if not is_easily_guessed(pin, staff_number):
            return pin


@click.command()
@click.option("--pictures", default=40, show_default=True, help="Pictures of each size.")
@json_option
def badge(pictures: int, as_json: bool) -> None:
    """Read QR badges from 1280x720 pictures: turned, soft and noisy as a webcam sees them."""
    random = np.random.default_rng(1)
    room = Stage().picture(None, 0)
    reader = CodeReader()
    conditions = f"{pictures} pictures, turned by up to 30 degrees, {machine_now()}"
    figures = []
    for width_px in (100, 120, 150, 200, 300):
        read, worked_ms = 0, []
        for _ in range(pictures):
            code = new_badge_code()
            picture = _held_up(room, qr_picture(code), width_px, random)
            started_s = time.thread_time()
            read += reader.read(picture) == (code,)
            worked_ms.append((time.thread_time() - started_s) * 1e3)
        figures.append(
            Figure(f"badge {width_px} px wide, read", 100 * read / pictures, "%", None, conditions)
        )
    figures.append(_median("one look, badge there", worked_ms))
    worked_ms = []
    for _ in range(pictures):
        started_s = time.thread_time()
        reader.read(room)
        worked_ms.append((time.thread_time() - started_s) * 1e3)
    figures.append(_median("one look, nothing there", worked_ms))
    print_figures(figures, as_json)


def _median(what: str, worked_ms: list[float]) -> Figure:
    conditions = "processor time of the thread that looks"
    return Figure(what, float(np.median(worked_ms)), "ms", None, conditions)


def _held_up(room: Image, code: Image, width_px: int, random: np.random.Generator) -> Image:
    """The code before the room: a pixel is the mean of a soft 2x2 spot, darker than paper."""
    turn = np.deg2rad(random.uniform(-30, 30))
    reach_px = width_px  # half the diagonal and more
    fine = np.arange(-reach_px, reach_px, 0.5) + random.uniform(0, 0.5)
    x, y = np.meshgrid(fine, fine)
    scale = code.shape[0] / width_px
    column = (x * np.cos(turn) + y * np.sin(turn)) * scale + code.shape[0] / 2
    row = (y * np.cos(turn) - x * np.sin(turn)) * scale + code.shape[0] / 2
    inside = (column >= 0) & (row >= 0) & (column < code.shape[1]) & (row < code.shape[0])
    paper = code[np.where(inside, row, 0).astype(int), np.where(inside, column, 0).astype(int), 0]
    spots = np.stack([np.where(inside, paper, 0.0), inside.astype(float)])
    for axis in (1, 2):  # half a pixel to either side: what a lens does
        spots = (np.roll(spots, 1, axis) + 2 * spots + np.roll(spots, -1, axis)) / 4
    size = 2 * reach_px
    seen, covered = spots.reshape(2, size, 2, size, 2).mean(axis=(2, 4))
    picture = room.astype(np.float64)
    top, left = room.shape[0] // 2 - reach_px, room.shape[1] // 2 - reach_px
    rows = slice(max(0, top), max(0, top) + min(size, room.shape[0]))
    cut = slice(max(0, -top), max(0, -top) + min(size, room.shape[0]))
    part = picture[rows, left : left + size]
    part *= 1 - covered[cut, :, None]
    part += (seen[cut] * 0.6 + 40 * covered[cut])[:, :, None]
    picture += random.normal(0, 6, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)
