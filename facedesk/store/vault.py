"""Sealed values: what must not be readable in a stolen file, nor be moved inside it.

AES-256-GCM (NIST SP 800-38D). The associated data of each value names its table, column, row and
person: a value that was changed, or that was moved to another place, does not open. A nonce is 64
random bits, drawn once a process, and a counter of 32 (the deterministic construction of section
8.2.1 with a random fixed field), so that it never repeats within a process and, by chance, in one
of 10^10 kiosks that are started hourly for ten years.
"""

import itertools
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facedesk.core.errors import StoreError
from facedesk.core.language import tr

KEY_BYTES = 32
SALT_MARK = "\0"  # which no text holds that somebody typed
_NONCE_BYTES = 12
_HEADER_BYTES = 5  # the format (1) and the number of the data key (4, big-endian)
_FORMAT = b"\x01"


class SealBrokenError(StoreError):
    """A sealed value was changed or moved, or its key is not here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lies. It opens nowhere else."""

    table: str
    column: str
    row_id: int
    person_id: int = 0

    def bound(self) -> bytes:
        """The associated data."""
        return f"{self.table}\0{self.column}\0{self.row_id}\0{self.person_id}".encode()


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A BLOB column whose values are sealed, or empty. `person`: the column with the person's id.

    The row's own id is `id`. A value that gets another row or person has to be sealed anew.
    """

    table: str
    column: str
    person: str = ""

    def at(self, row_id: int, person_id: int = 0) -> Place:
        return Place(self.table, self.column, row_id, person_id)


SAMPLE_VECTOR = SealedColumn("samples", "vector", "person_id")
SAMPLE_CROP = SealedColumn("samples", "crop_jpeg", "person_id")
SAMPLE_SOURCE = SealedColumn("samples", "source")
PERSON_NAME = SealedColumn("people", "name", "id")
PERSON_NUMBER = SealedColumn("people", "staff_number", "id")
PERSON_DEPARTMENT = SealedColumn("people", "department", "id")
PERSON_NOTES = SealedColumn("people", "notes", "id")
PERSON_EMAIL = SealedColumn("people", "email", "id")
SITE_KEY = SealedColumn("credential_key", "site_key")
NEGATIVE_VECTOR = SealedColumn("negatives", "vector", "person_id")
REPLACED_VECTOR = SealedColumn("replaced_samples", "vector", "person_id")
REPLACED_CROP = SealedColumn("replaced_samples", "crop_jpeg", "person_id")
REPLACED_SOURCE = SealedColumn("replaced_samples", "source")
REVIEW_VECTOR = SealedColumn("reviews", "vector", "person_id")
REVIEW_CROP = SealedColumn("reviews", "crop_jpeg", "person_id")
AUDIT_DETAILS = SealedColumn("audit_details", "details")
ACCOUNT_NAME = SealedColumn("accounts", "name")
CODE_SECRET = SealedColumn("accounts", "totp_secret")
SIGNING_KEY = SealedColumn("signing_keys", "private")
AUDIT_WHO = SealedColumn("audit", "who")
CORRECTION_WHO = SealedColumn("corrections", "who")
CORRECTION_WHY = SealedColumn("corrections", "why")
CLOSING_WHO = SealedColumn("closings", "who")
CLOSING_WHY = SealedColumn("closings", "why")
RECEIPT_WHO = SealedColumn("receipts", "who")
CONSENT_RECORDED_BY = SealedColumn("consents", "recorded_by")
STATEMENT_DECIDED_BY = SealedColumn("statements", "decided_by")
MERGE_WHO = SealedColumn("merges", "who")
MERGE_WHY = SealedColumn("merges", "why")
MERGE_NUMBER = SealedColumn("merges", "staff_number")
TOLD_APART_WHO = SealedColumn("told_apart", "who")
TOLD_APART_WHY = SealedColumn("told_apart", "why")
SCHEDULE_NAME = SealedColumn("schedules", "name")
ASSIGNMENT_DEPARTMENT = SealedColumn("assignments", "department")
ABSENCE_NOTE = SealedColumn("absences", "note")
# Every sealed column of the schema: `db check` opens them, and a rotation seals them anew.
SEALED = (
    SAMPLE_VECTOR,
    SAMPLE_CROP,
    SAMPLE_SOURCE,
    PERSON_NAME,
    PERSON_NUMBER,
    PERSON_DEPARTMENT,
    PERSON_NOTES,
    PERSON_EMAIL,
    SITE_KEY,
    NEGATIVE_VECTOR,
    REPLACED_VECTOR,
    REPLACED_CROP,
    REPLACED_SOURCE,
    REVIEW_VECTOR,
    REVIEW_CROP,
    AUDIT_DETAILS,
    AUDIT_WHO,
    ACCOUNT_NAME,
    CODE_SECRET,
    SIGNING_KEY,
    CORRECTION_WHO,
    CORRECTION_WHY,
    CLOSING_WHO,
    CLOSING_WHY,
    RECEIPT_WHO,
    CONSENT_RECORDED_BY,
    STATEMENT_DECIDED_BY,
    MERGE_WHO,
    MERGE_WHY,
    MERGE_NUMBER,
    TOLD_APART_WHO,
    TOLD_APART_WHY,
    SCHEDULE_NAME,
    ASSIGNMENT_DEPARTMENT,
    ABSENCE_NOTE,
)


class Nonces:
    """Numbers used once. Usable from any thread, and in a process that was forked."""

    def __init__(self, counter_bits: int = 32) -> None:
        self._limit = 1 << counter_bits
        self._lock = threading.Lock()
        self._begin()

    def next(self) -> bytes:
        """12 bytes that no other call has given."""
        with self._lock:
            number = next(self._counter)
            if number >= self._limit or self._process != os.getpid():
                self._begin()
                number = next(self._counter)
            return self._fixed + number.to_bytes(4, "big")

    def _begin(self) -> None:
        self._process = os.getpid()
        self._fixed = os.urandom(_NONCE_BYTES - 4)
        self._counter = itertools.count()


class Vault:
    """Seals and opens with the data keys of one database. Usable from any thread.

    Keys are numbered from 1; the newest seals, all open. `find` is asked for a key that another
    program has made since.
    """

    def __init__(
        self,
        keys: Mapping[int, bytes],
        find: Callable[[], Mapping[int, bytes]] = dict,
        nonces: Nonces | None = None,
    ) -> None:
        self._ciphers: dict[int, AESGCM] = {}
        self._find = find
        self._nonces = nonces or Nonces()
        self.learn(keys)

    @property
    def newest(self) -> int:
        """The number of the key that seals."""
        return max(self._ciphers, default=0)

    def learn(self, keys: Mapping[int, bytes]) -> None:
        """Open with these keys too, and seal with the newest of all."""
        self._ciphers = {**self._ciphers, **{number: AESGCM(key) for number, key in keys.items()}}

    def seal(self, value: bytes, place: Place) -> bytes:
        """`value`, readable only here and only at `place`; 33 bytes longer. Nothing stays nothing.

        Call it inside `Database.transaction`, which has made sure of the newest key.
        """
        if not value:
            return b""
        header = _FORMAT + self.newest.to_bytes(4, "big")
        nonce = self._nonces.next()
        sealed = self._ciphers[self.newest].encrypt(nonce, value, header + place.bound())
        return header + nonce + sealed

    def open(self, sealed: bytes, place: Place) -> bytes:
        """What was sealed at `place`. Raises SealBrokenError."""
        if not sealed:
            return b""
        header, nonce = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:][:_NONCE_BYTES]
        cipher = self._cipher(key_number(sealed))
        if cipher is None or header[:1] != _FORMAT:
            raise _broken(place)
        try:
            return cipher.decrypt(
                nonce, sealed[_HEADER_BYTES + _NONCE_BYTES :], header + place.bound()
            )
        except (InvalidTag, ValueError) as error:  # ValueError: too short for a nonce or a tag
            raise _broken(place) from error

    def seal_text(self, text: str, column: SealedColumn, row_id: int, person_id: int = 0) -> bytes:
        """`seal` for text."""
        return self.seal(text.encode(), column.at(row_id, person_id))

    def open_text(
        self, sealed: bytes, column: SealedColumn, row_id: int, person_id: int = 0
    ) -> str:
        """`open` for text, without the salt that the chained logs have behind it. Raises
        SealBrokenError.
        """
        text = self.open(sealed, column.at(row_id, person_id)).decode()
        return text.partition(SALT_MARK)[0]

    def _cipher(self, number: int) -> AESGCM | None:
        if number not in self._ciphers:
            self.learn(self._find())
        return self._ciphers.get(number)


def key_number(sealed: bytes) -> int:
    """The number of the data key that sealed a value."""
    return int.from_bytes(sealed[1:_HEADER_BYTES], "big")


def _broken(place: Place) -> SealBrokenError:
    return SealBrokenError(
        tr("A sealed value cannot be opened"),
        tr(
            "{column} of row {row} in {table} was changed outside FaceDesk, or its key is missing.",
            column=place.column, row=place.row_id, table=place.table,
        ),
        tr("Run “facedesk db check”, and restore a backup if it finds more."),
    )  # fmt: skip
