"""The people of one kiosk as one encrypted file for another one, without a cloud.

    FaceDeskGallery1\\n
    header: one line of JSON (scrypt's salt and costs, the nonce)
    AES-256-GCM of the rest, with everything before it as associated data

The key comes from a passphrase by scrypt (RFC 7914). What is inside is one JSON document: no
archive, no file names, nothing that is unpacked to a path. Costs and sizes are bounded before
anything is computed, so that a file cannot make this computer work or swallow memory for ever.
"""

import base64
import binascii
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from facedesk.core.audit import Act
from facedesk.core.consent import Consent, ConsentAnswer, ConsentText
from facedesk.core.errors import BadInputError, FaceDeskError
from facedesk.core.json_text import decoded
from facedesk.core.language import tr
from facedesk.core.records import Person, Sample
from facedesk.store import audit
from facedesk.store.consents import Consents
from facedesk.store.database import Database
from facedesk.store.people import People
from facedesk.store.tables import replacing

SUFFIX = "fdgallery"
SHORTEST_PASSPHRASE = 10
_MAGIC = b"FaceDeskGallery1\n"
_LARGEST_FILE = 1 << 30
_LARGEST_HEADER = 1000
_MOST_PEOPLE = 100_000
_MOST_SAMPLES = 100  # of a person
_LARGEST_CROP = 1 << 20
_LARGEST_VECTOR = 4096
_UNIT_TOLERANCE = 1e-3
# 128 MiB and about 0.4 s: what RFC 7914 and OWASP advise for a file that may be attacked offline.
_COSTS = {"n": 1 << 17, "r": 8, "p": 1}
_MOST_MEMORY = 1 << 28  # 128 * n * r bytes

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many people came in, were added to, and were there already."""

    added: int = 0
    extended: int = 0
    unchanged: int = 0

    def in_words(self) -> str:
        return tr(
            "{added} people added, {extended} got more samples, {unchanged} were there already",
            added=self.added, extended=self.extended, unchanged=self.unchanged,
        )  # fmt: skip


def _not_watched(_done: int, _total: int, _text: str) -> None: ...


class GalleryFile:
    """Writes and reads gallery files of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._people = People(database)
        self._consents = Consents(database)

    def save(self, path: Path, passphrase: str, progress: Progress = _not_watched) -> int:
        """Write everybody with details, consent and samples; how many people they are.

        PINs and badges stay: they are bound to their site. Raises FaceDeskError.
        """
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise BadInputError(
                tr("The passphrase is too short"),
                tr("It needs at least {count} characters.", count=SHORTEST_PASSPHRASE),
                tr("Use several words that nobody would put together."),
            )
        people = self._people.list()
        entries = []
        for number, person in enumerate(people):
            progress(number, len(people), "")
            entries.append(self._entry(person))
        content = json.dumps({"people": entries}, ensure_ascii=False).encode()
        header = _header()
        key = _key(passphrase, header)
        sealed = AESGCM(key).encrypt(_bytes(header["nonce"]), content, _prefix(header))
        with replacing(path) as temporary, temporary.open("wb") as file:
            os.fchmod(file.fileno(), 0o600) if hasattr(os, "fchmod") else None
            file.write(_prefix(header) + sealed)
            file.flush()
            os.fsync(file.fileno())
        audit.note(self._database, Act.DATA_EXPORTED, after={"people": str(len(people))})
        return len(people)

    def load(self, path: Path, passphrase: str, progress: Progress = _not_watched) -> Imported:
        """Take everybody in whom this database does not know, all or nothing.

        Somebody with the same staff number (or, without one, the same name) is the same person, who
        only gets the samples that are missing. Raises BadInputError for a wrong passphrase, and for
        a file that was changed or is no gallery.
        """
        people = _people_in(_opened(path, passphrase))
        added = extended = 0
        with self._database.transaction():
            known = {person.name: person for person in self._people.list()}
            for number, (person, samples, answer) in enumerate(people):
                progress(number, len(people), "")
                existing = (
                    self._people.find_by_staff_number(person.staff_number)
                    if person.staff_number
                    else known.get(person.name)
                )
                if existing is None:
                    stored = self._people.add(person, samples)
                    self._record(stored.id, answer)
                    added += 1
                    continue
                own = {
                    (sample.contract, sample.vector.tobytes())
                    for sample in self._people.samples(existing.id)
                }
                new = [one for one in samples if (one.contract, one.vector.tobytes()) not in own]
                standing = self._consents.of(existing.id)
                if standing is not None and standing.answer is not ConsentAnswer.GIVEN:
                    new = []  # a file from before the withdrawal must not bring the face back
                if new:
                    self._people.add_samples(existing.id, new)
                    extended += 1
        return Imported(added, extended, len(people) - added - extended)

    def _entry(self, person: Person) -> dict[str, Any]:
        consent = self._consents.of(person.id)
        text = self._consents.text(consent.text_hash) if consent else None
        return {
            "name": person.name,
            "staff_number": person.staff_number,
            "department": person.department,
            "notes": person.notes,
            "active": person.active,
            "email": person.email,
            "language": person.language,
            "start_day": person.start_day.isoformat() if person.start_day else "",
            "consent": None
            if consent is None
            else {
                "answer": str(consent.answer),
                "day": consent.day.isoformat(),
                "recorded_by": consent.recorded_by,
                "text": asdict(text) if text else None,
            },
            "samples": [
                {
                    "contract": sample.contract,
                    "source": sample.source,
                    "vector": base64.b64encode(sample.vector.astype("<f4").tobytes()).decode(),
                    "crop_jpeg": base64.b64encode(sample.crop_jpeg).decode(),
                }
                for sample in self._people.samples(person.id)
            ],
        }

    def _record(self, person_id: int, answer: "tuple[Consent, ConsentText | None] | None") -> None:
        if answer is not None:
            self._consents.record(person_id, *answer)


def _header() -> dict[str, Any]:
    return {
        "kdf": "scrypt",
        **_COSTS,
        "salt": base64.b64encode(os.urandom(16)).decode(),
        "nonce": base64.b64encode(os.urandom(12)).decode(),
    }


def _prefix(header: dict[str, Any]) -> bytes:
    return _MAGIC + json.dumps(header, sort_keys=True).encode() + b"\n"


def _key(passphrase: str, header: dict[str, Any]) -> bytes:
    n, r, p = (header[name] for name in ("n", "r", "p"))
    return Scrypt(salt=_bytes(header["salt"]), length=32, n=n, r=r, p=p).derive(passphrase.encode())


def _opened(path: Path, passphrase: str) -> bytes:
    """The document inside. Raises BadInputError."""
    try:
        size = path.stat().st_size
        if size > _LARGEST_FILE:
            raise _no_gallery(path, tr("It is larger than 1 GB."))
        data = path.read_bytes()
    except OSError as error:
        raise BadInputError(
            tr("The gallery cannot be read"), f"{path}: {error.strerror or error}"
        ) from error
    end = data.find(b"\n", len(_MAGIC), len(_MAGIC) + _LARGEST_HEADER)
    if not data.startswith(_MAGIC) or end < 0:
        raise _no_gallery(path)
    try:
        header = decoded(data[len(_MAGIC) : end])
        costs = [header[name] for name in ("n", "r", "p")]
        salt, nonce = _bytes(header["salt"]), _bytes(header["nonce"])
    except (ValueError, KeyError, TypeError) as error:
        raise _no_gallery(path) from error
    n, r, p = costs
    sound = all(type(cost) is int and cost > 0 for cost in costs) and n & (n - 1) == 0 and n > 1
    if not sound or 128 * n * r > _MOST_MEMORY or p > 4 or len(salt) != 16 or len(nonce) != 12:
        raise _no_gallery(path, tr("Its header asks for more than any FaceDesk writes."))
    try:
        return AESGCM(_key(passphrase, header)).decrypt(nonce, data[end + 1 :], data[: end + 1])
    except InvalidTag as error:
        raise BadInputError(
            tr("The gallery does not open"),
            tr("The passphrase is wrong, or the file was changed."),
            tr("Nothing was imported. Type the passphrase again, or export the gallery anew."),
        ) from error


_Entry = tuple[Person, list[Sample], "tuple[Consent, ConsentText | None] | None"]


def _people_in(content: bytes) -> list[_Entry]:
    try:
        entries = decoded(content, _LARGEST_FILE)["people"]
        if not isinstance(entries, list) or len(entries) > _MOST_PEOPLE:
            raise ValueError("people")
        return [(_person(entry), _samples(entry), _consent(entry)) for entry in entries]
    except FaceDeskError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise BadInputError(
            tr("The gallery cannot be used"),
            tr("It holds something that this FaceDesk does not know ({what}).", what=error),
            tr("Export it with the same version of FaceDesk."),
        ) from error


def _person(entry: dict[str, Any]) -> Person:
    texts = {
        name: entry[name]
        for name in ("name", "staff_number", "department", "notes", "email", "language")
    }
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("text")
    start = entry["start_day"]
    return replace(
        Person(0, **texts),
        active=bool(entry["active"]),
        start_day=date.fromisoformat(start) if start else None,
    )


def _samples(entry: dict[str, Any]) -> list[Sample]:
    if len(entry["samples"]) > _MOST_SAMPLES:
        raise ValueError("samples")
    samples = []
    for one in entry["samples"]:
        vector = np.frombuffer(_bytes(one["vector"]), "<f4").astype(np.float32)
        crop = _bytes(one["crop_jpeg"])
        if not 0 < vector.size <= _LARGEST_VECTOR or len(crop) > _LARGEST_CROP:
            raise ValueError("sample")
        if not abs(float(np.linalg.norm(vector.astype(np.float64))) - 1.0) < _UNIT_TOLERANCE:
            raise ValueError("sample")
        samples.append(Sample(0, 0, str(one["contract"]), vector, str(one["source"]), crop))
    return samples


def _consent(entry: dict[str, Any]) -> tuple[Consent, ConsentText | None] | None:
    given = entry["consent"]
    if given is None:
        return None
    text = given["text"]
    return (
        Consent(
            ConsentAnswer(given["answer"]),
            date.fromisoformat(given["day"]),
            str(given["recorded_by"]),
        ),
        ConsentText(str(text["language"]), str(text["text"])) if text else None,
    )


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _no_gallery(path: Path, why: str = "") -> BadInputError:
    return BadInputError(
        tr("This is not a gallery of FaceDesk"),
        f"{path.name}. {why}".strip(),
        tr("Choose a file that another FaceDesk exported."),
    )
