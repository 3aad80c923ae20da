"""Consent to be recognised: what was asked, what was answered, and what follows from it."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ConsentAnswer(StrEnum):
    GIVEN = "given"
    DECLINED = "declined"  # no face is stored; PIN or badge instead
    WITHDRAWN = "withdrawn"  # given once; the face data is erased, the punches stay


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What a person is asked, in one language; the first line is the title."""

    language: str
    text: str

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].strip()

    @property
    def body(self) -> str:
        return self.text.partition("\n")[2].strip()

    @property
    def hash(self) -> str:
        """The version: SHA-256 of language and text, so that any edit is another version."""
        return hashlib.sha256(f"{self.language}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer of a person. `text_hash` is '' where it was given on paper or before FaceDesk
    asked; `day` is the day of the answer, `recorded_by` who wrote it down.
    """

    answer: ConsentAnswer
    day: date
    recorded_by: str
    text_hash: str = ""
    created_utc: datetime | None = None
