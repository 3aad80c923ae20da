"""Secrets that are planted through the front door and searched for in the files, byte by byte."""

from dataclasses import dataclass
from pathlib import Path

from facedesk.commands.safety_kills import CONTRACT, faces, opened, punch_of
from facedesk.core.records import Person, Sample
from facedesk.store import backups, rotation
from facedesk.store.credentials import Credentials
from facedesk.store.negatives import StoredNegatives
from facedesk.store.people import People
from facedesk.store.punches import Punches

_NAME, _NUMBER, _DEPARTMENT = "Quirina Xylander-Planted", "PLANTED-4711", "Planted department"
_NOTES, _EMAIL, _PIN, _BADGE = "allergic to plants", "planted@example.org", "930517", "04A37F9B21"


@dataclass(frozen=True, slots=True)
class Planted:
    """How many of the planted secrets were found in clear, and of how many."""

    secrets: int
    in_file: int
    in_backup: int
    after_rotation: int
    clear_by_design: int  # of name, staff number and department
    after_removal: int  # of all of them, in the file and its log
    found: tuple[str, ...]


def plant(folder: Path) -> Planted:
    """Enrol somebody, use them, change the keys, remove them; search after each."""
    path = folder / "facedesk.db"
    clear = {"name": _NAME, "staff number": _NUMBER, "department": _DEPARTMENT}
    with opened(path) as database:
        people = People(database)
        samples = [
            Sample(0, 0, CONTRACT, one.vector, "bench", b"\xff\xd8 planted picture" + bytes(300))
            for one in faces(4711)
        ]
        person = people.add(Person(0, _NAME, _NUMBER, _DEPARTMENT, _NOTES, email=_EMAIL), samples)
        for number in range(20):  # rows before and behind: pages are split and filled
            people.add(Person(0, f"Other {number}", notes="other"), faces(number))
        credentials = Credentials(database)
        credentials.set_pin(person.id, _PIN)
        credentials.set_badge(person.id, _BADGE)
        mistake = faces(815)[0].vector
        StoredNegatives(database).add(person.id, CONTRACT, mistake, days=9)
        Punches(database).record(punch_of(person.id, 1))
        secrets = {
            "notes": _NOTES.encode(),
            "e-mail": _EMAIL.encode(),
            "PIN": _PIN.encode(),
            "badge": _BADGE.encode(),
            "first vector": samples[0].vector.tobytes(),
            "second vector": samples[1].vector.tobytes(),
            "mistaken vector": mistake.tobytes(),
            "picture": samples[0].crop_jpeg[:17],
        }
        in_file = _found(path, secrets)
        in_backup = _found(backups.make(database, folder / "backups", 3).path, secrets)
        rotation.begin(database)
        rotation.run(database)
        after_rotation = _found(path, secrets)
        names = {what: text.encode() for what, text in clear.items()}
        by_design = _found(path, names)
        people.remove(person.id)
        left = _found(path, secrets | names)
    found = tuple(sorted({*in_file, *in_backup, *after_rotation, *left}))
    return Planted(
        len(secrets), len(in_file), len(in_backup), len(after_rotation), len(by_design), len(left),
        found,
    )  # fmt: skip


def _found(path: Path, secrets: dict[str, bytes]) -> list[str]:
    """Which of them stand in the file or its log; a start of 16 bytes is enough."""
    content = b"".join(
        file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.is_file()
    )
    return [what for what, secret in secrets.items() if secret[:16] in content]
