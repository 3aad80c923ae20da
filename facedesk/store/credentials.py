"""PINs and badges: what a person proves to be themselves with when it is not their face.

Nothing here can be read back. A PIN is an argon2id hash, a badge a keyed hash that argon2id made
slow, because the numbers of many cards are short enough to be tried out.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime

import argon2
from argon2.low_level import Type, hash_secret_raw

from facedesk.core.audit import Act, Actor
from facedesk.core.credentials import (
    SHORTEST_PIN,
    Failures,
    KioskAllowance,
    badge_text,
    checked_badge,
    checked_pin,
    pin_digits,
)
from facedesk.core.errors import BadInputError
from facedesk.core.language import tr
from facedesk.core.records import Method, Person
from facedesk.core.roles import Role
from facedesk.store import audit
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.person_rows import number_index, require_person
from facedesk.store.times import from_text, to_text

# RFC 9106, second recommended option, on one core: the camera needs the others.
HASHER = argon2.PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)

_AT_THE_KIOSK = Actor("", Role.KIOSK, "kiosk")


class Credentials:
    """PINs, badges and failed guesses in one database. Usable from any thread.

    Hashing takes 0.1 to 0.5 s of one core: never in the GUI thread. `shortest_pin` is asked
    whenever a PIN is set.
    """

    def __init__(
        self,
        database: Database,
        shortest_pin: Callable[[], int] = lambda: SHORTEST_PIN,
        *,
        hasher: argon2.PasswordHasher = HASHER,
    ) -> None:
        self._database = database
        self._people = People(database)
        self._shortest_pin = shortest_pin
        self._hasher = hasher
        self._nobodys_hash = ""

    # PIN ----------------------------------------------------------------------------------------

    def set_pin(self, person_id: int, pin: str) -> None:
        """Give a person this PIN instead of any before, and forget failed guesses.

        Raises BadInputError for a PIN that is too short, too long or among the first guesses, for
        an unknown person, and for somebody without a staff number to type before it.
        """
        person = self._people.get(person_id)
        digits = checked_pin(pin, self._shortest_pin(), person.staff_number)
        if not person.staff_number:
            raise BadInputError(
                tr("A PIN needs a staff number"),
                tr("At the kiosk the staff number says whose PIN it is."),
                tr("Give the person a staff number first."),
            )
        hashed = self._hasher.hash(self._secret(person_id, digits))
        with self._database.transaction() as connection:
            require_person(connection, person_id)
            connection.execute(
                "INSERT OR REPLACE INTO pins VALUES (?, ?, ?)",
                (person_id, hashed, to_text(self._database.clock.utc())),
            )
            self._forget_failures(connection, person.staff_number)
            audit.note(self._database, Act.PIN_SET, audit.subject_of(person_id))

    def clear_pin(self, person_id: int) -> None:
        """Take the PIN away; nothing happens when there is none."""
        with self._database.transaction() as connection:
            gone = connection.execute("DELETE FROM pins WHERE person_id = ?", [person_id])
            if gone.rowcount:
                audit.note(self._database, Act.PIN_REMOVED, audit.subject_of(person_id))

    def verify(self, staff_number: str, pin: str) -> Person | None:
        """Whose staff number and PIN these are; None when they do not belong together.

        Costs one hash in every case, so that time does not tell which numbers exist. Guesses are
        limited by `engine.fallback`, not here.
        """
        # One statement for people with a PIN, without one, and for nobody.
        rows = self._database.read(
            "SELECT people.id, people.active, pins.hash FROM (SELECT 1)"
            " LEFT JOIN people ON number_index = ? AND number_index <> x''"
            " LEFT JOIN pins ON person_id = people.id",
            [number_index(staff_number.strip(), self._database)],
        )
        person_id, active, hashed = rows[0]["id"], rows[0]["active"], rows[0]["hash"]
        secret = self._secret(person_id or 0, pin_digits(pin))
        nobodys = self._hash_of_nobody()
        try:
            self._hasher.verify(hashed or nobodys, secret)
        except argon2.exceptions.VerifyMismatchError:
            return None
        return self._people.get(person_id) if hashed and active else None

    def any_pin(self) -> bool:
        """Whether anybody has one: else nobody has to be asked for it."""
        return bool(self._database.read("SELECT 1 FROM pins LIMIT 1"))

    def staff_numbers(self) -> list[str]:
        """Of everybody with a PIN."""
        people = self._database.directory.all()
        return [people[person_id].staff_number for person_id in self.pins()]

    def pins(self) -> dict[int, datetime]:
        """Who has a PIN, and since when."""
        rows = self._database.read("SELECT person_id, set_utc FROM pins")
        return {row["person_id"]: from_text(row["set_utc"]) for row in rows}

    def pin_since(self, person_id: int) -> datetime | None:
        """When the person's PIN was set; None without one."""
        rows = self._database.read("SELECT set_utc FROM pins WHERE person_id = ?", [person_id])
        return from_text(rows[0]["set_utc"]) if rows else None

    # Badge --------------------------------------------------------------------------------------

    def set_badge(self, person_id: int, code: str) -> None:
        """Give a person this badge instead of any before. Raises BadInputError, also when somebody
        else has it.
        """
        hashed = self._badge_hash(checked_badge(code))
        with self._database.transaction() as connection:
            require_person(connection, person_id)
            owner = connection.execute(
                "SELECT person_id FROM badges WHERE hash = ? AND person_id <> ?",
                (hashed, person_id),
            ).fetchone()
            if owner is not None:
                raise BadInputError(
                    tr("Badge already given"),
                    tr("{name} has this badge.", name=self._people.get(owner["person_id"]).name),
                    tr("Take it from them first, or use another badge."),
                )
            connection.execute(
                "INSERT OR REPLACE INTO badges VALUES (?, ?, ?)",
                (person_id, hashed, to_text(self._database.clock.utc())),
            )
            audit.note(self._database, Act.BADGE_SET, audit.subject_of(person_id))

    def clear_badge(self, person_id: int) -> None:
        """Make the badge of a person useless; nothing happens when there is none."""
        with self._database.transaction() as connection:
            gone = connection.execute("DELETE FROM badges WHERE person_id = ?", [person_id])
            if gone.rowcount:
                audit.note(self._database, Act.BADGE_REMOVED, audit.subject_of(person_id))

    def find_by_badge(self, code: str) -> Person | None:
        """Whose badge this is; None for a strange one and for somebody who is not active."""
        rows = self._database.read(
            "SELECT person_id FROM badges JOIN people ON id = person_id WHERE hash = ? AND active",
            [self._badge_hash(badge_text(code))],
        )
        return self._people.get(rows[0]["person_id"]) if rows else None

    def badge_since(self, person_id: int) -> datetime | None:
        """When the person's badge was given; None without one."""
        rows = self._database.read("SELECT set_utc FROM badges WHERE person_id = ?", [person_id])
        return from_text(rows[0]["set_utc"]) if rows else None

    def any_badge(self) -> bool:
        """Whether anybody has one: else nobody has to look for badges."""
        return bool(self._database.read("SELECT 1 FROM badges LIMIT 1"))

    def badges(self) -> dict[int, datetime]:
        """Who has a badge, and since when."""
        rows = self._database.read("SELECT person_id, set_utc FROM badges")
        return {row["person_id"]: from_text(row["set_utc"]) for row in rows}

    # Failed guesses -----------------------------------------------------------------------------

    def failures(self, staff_number: str) -> Failures:
        """Wrong guesses in a row at this number, whether anybody has it or not."""
        rows = self._database.read(
            "SELECT failures, last_utc FROM pin_failures WHERE number_hash = ?",
            [self._number_hash(staff_number)],
        )
        if not rows:
            return Failures()
        return Failures(rows[0]["failures"], from_text(rows[0]["last_utc"]))

    def allowance(self, method: Method) -> KioskAllowance:
        """What this kiosk has left for wrong PINs, or for strange badges, by anybody."""
        rows = self._database.read(
            "SELECT failures_left, at_utc FROM kiosk_allowance WHERE method = ?", [method]
        )
        if not rows:
            return KioskAllowance()
        return KioskAllowance(rows[0]["failures_left"], from_text(rows[0]["at_utc"]))

    def count_failure(self, staff_number: str) -> None:
        """One more wrong PIN at this number.

        It is counted BEFORE the guess is looked at and taken back when it was right: two guesses
        at the same moment, or a pulled plug, gain nothing.
        """
        utc = self._database.clock.utc()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO pin_failures VALUES (?, 1, ?) ON CONFLICT (number_hash)"
                " DO UPDATE SET failures = failures + 1, last_utc = excluded.last_utc",
                (self._number_hash(staff_number), to_text(utc)),
            )
            self._store_allowance(connection, Method.PIN, -1.0)

    def note_locked(self, staff_number: str) -> None:
        """For the admin: the last wrong PIN locked this number."""
        owner = self._people.find_by_staff_number(staff_number)
        subject = audit.subject_of(owner.id) if owner else tr("a number that nobody has")
        audit.note(self._database, Act.PIN_LOCKED, subject, actor=_AT_THE_KIOSK)

    def forgive(self, staff_number: str) -> None:
        """The guess that `count_failure` counted was right: the number starts anew."""
        with self._database.transaction() as connection:
            self._forget_failures(connection, staff_number)
            self._store_allowance(connection, Method.PIN, 1.0)

    def count_strange_badge(self) -> None:
        """One more code that is nobody's."""
        with self._database.transaction() as connection:
            self._store_allowance(connection, Method.BADGE, -1.0)

    def unlock(self, person_id: int) -> None:
        """An admin vouches for the person: failed guesses at their number are forgotten."""
        number = self._people.get(person_id).staff_number
        with self._database.transaction() as connection:
            self._forget_failures(connection, number)
            audit.note(self._database, Act.PIN_UNLOCKED, audit.subject_of(person_id))

    def refill_allowance(self) -> None:
        """An admin vouches for the kiosk: it takes guesses again."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM kiosk_allowance")
            audit.note(self._database, Act.PIN_UNLOCKED, tr("kiosk"))

    def _forget_failures(self, connection: sqlite3.Connection, staff_number: str) -> None:
        connection.execute(
            "DELETE FROM pin_failures WHERE number_hash = ?", [self._number_hash(staff_number)]
        )

    def _store_allowance(
        self, connection: sqlite3.Connection, method: Method, change: float
    ) -> None:
        utc = self._database.clock.utc()
        left = self.allowance(method).changed(change, utc).left
        connection.execute(
            "INSERT OR REPLACE INTO kiosk_allowance VALUES (?, ?, ?)", (method, left, to_text(utc))
        )

    # Hashes -------------------------------------------------------------------------------------

    def _secret(self, person_id: int, digits: str) -> bytes:
        """What is hashed for a PIN: a hash copied to another row or site fits nobody there."""
        return self._database.keyed("pin", f"{person_id}\0{digits}")

    def _number_hash(self, staff_number: str) -> bytes:
        return self._database.blind("number", staff_number.strip())

    def _badge_hash(self, badge: str) -> bytes:
        return hash_secret_raw(
            self._database.keyed("badge", badge),
            salt=self._database.keyed("salt", "")[:16],
            time_cost=self._hasher.time_cost,
            memory_cost=self._hasher.memory_cost,
            parallelism=self._hasher.parallelism,
            hash_len=32,
            type=Type.ID,
        )

    def _hash_of_nobody(self) -> str:
        """A hash that nothing fits, made once at the cost of any other."""
        if not self._nobodys_hash:
            self._nobodys_hash = self._hasher.hash(self._database.keyed("nobody", ""))
        return self._nobodys_hash
