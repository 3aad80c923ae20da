"""The people of one kiosk in one file: opens with the passphrase, and only as it was written."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from facedesk.core.consent import Consent, ConsentAnswer, ConsentText
from facedesk.core.errors import BadInputError
from facedesk.core.records import Person
from facedesk.engine import gallery_file
from facedesk.engine.gallery_file import GalleryFile
from facedesk.store.consents import Consents
from facedesk.store.database import Database
from facedesk.store.people import People
from tests.fakes import FakeClock
from tests.store.samples import NAMES, sample

WORDS = "correct horse battery"


class Kiosk:
    def __init__(self, path: Path) -> None:
        self.database = Database.open(path, clock=FakeClock())
        self.people = People(self.database)
        self.consents = Consents(self.database)
        self.file = GalleryFile(self.database)

    def known(self) -> list[tuple[Person, list[tuple[str, bytes, bytes]]]]:
        return [
            (
                replace(person, id=0, created_utc=None),
                [(s.contract, s.vector.tobytes(), s.crop_jpeg)
                 for s in self.people.samples(person.id)],
            )
            for person in self.people.list()
        ]  # fmt: skip


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_file, "_COSTS", {"n": 16, "r": 8, "p": 1})


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Kiosk]:
    made = Kiosk(tmp_path / "here.db")
    for number, name in enumerate(NAMES):
        made.people.add(
            Person(0, name, f"E{number}", name, name, email="a@b.example", language="de",
                   start_day=date(2026, 3, 2), active=number % 5 > 0),
            [sample(number, crop=b"\xff\xd8" + bytes([number])), sample(100 + number)],
        )  # fmt: skip
    yield made
    made.database.close()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Kiosk]:
    made = Kiosk(tmp_path / "there.db")
    yield made
    made.database.close()


def test_everybody_arrives_unchanged_and_only_once(
    here: Kiosk, there: Kiosk, tmp_path: Path
) -> None:
    path = tmp_path / "staff.fdgallery"
    text = ConsentText("de", "Titel\n\nText")
    first = here.people.list()[0]
    here.consents.record(first.id, Consent(ConsentAnswer.GIVEN, date(2026, 3, 2), "Petra"), text)
    assert here.file.save(path, WORDS) == len(NAMES)
    imported = there.file.load(path, WORDS)
    assert (imported.added, imported.extended, imported.unchanged) == (len(NAMES), 0, 0)
    assert there.known() == here.known()
    arrived = there.people.find_by_staff_number(first.staff_number)
    assert arrived is not None
    consent = there.consents.of(arrived.id)
    assert consent is not None
    assert there.consents.text(consent.text_hash) == text
    again = there.file.load(path, WORDS)
    assert (again.added, again.extended, again.unchanged) == (0, 0, len(NAMES))
    assert there.known() == here.known()


def test_new_samples_of_known_people_are_added(here: Kiosk, there: Kiosk, tmp_path: Path) -> None:
    path = tmp_path / "staff.fdgallery"
    here.file.save(path, WORDS)
    there.file.load(path, WORDS)
    ada, bob = here.people.list()[:2]
    for person in (ada, bob):
        here.people.add_samples(person.id, [sample(500)])
    here.file.save(path, WORDS)
    local = there.people.find_by_staff_number(bob.staff_number)
    assert local is not None
    there.consents.record(local.id, Consent(ConsentAnswer.WITHDRAWN, date(2026, 3, 3), "Petra"))
    assert there.file.load(path, WORDS).extended == 1  # not whoever withdrew the consent there
    assert there.people.get(local.id).samples == 2


def test_nothing_of_anybody_is_readable_in_the_file(here: Kiosk, tmp_path: Path) -> None:
    path = tmp_path / "staff.fdgallery"
    here.file.save(path, WORDS)
    data = path.read_bytes()
    for name in NAMES[:10]:
        assert name.encode() not in data
    assert b"E3" not in data.partition(b"\n")[2].partition(b"\n")[0]
    assert path.stat().st_mode & 0o077 == 0
    first = data
    here.file.save(path, WORDS)
    assert path.read_bytes() != first  # a new salt and nonce each time


def test_every_changed_byte_is_noticed(here: Kiosk, there: Kiosk, tmp_path: Path) -> None:
    path = tmp_path / "staff.fdgallery"
    here.file.save(path, WORDS)
    data = path.read_bytes()
    end = data.find(b"\n", 20)
    changed = [5, 18, 25, 60, end, end + 1, len(data) // 2, len(data) - 1]
    for place in changed:
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(BadInputError):
            there.file.load(path, WORDS)
    for cut in (0, 10, end, len(data) - 5):
        path.write_bytes(data[:cut])
        with pytest.raises(BadInputError):
            there.file.load(path, WORDS)
    path.write_bytes(data)
    with pytest.raises(BadInputError, match="does not open"):
        there.file.load(path, WORDS + "!")
    assert there.people.list() == []


@pytest.mark.parametrize(
    "costs",
    [{"n": 1 << 30}, {"r": 1 << 20}, {"p": 1000}, {"n": 3}, {"n": "16"}, {"n": True}, {"n": -2},
     {"salt": ""}, {"nonce": "AAAA"}, {"salt": "!"}],
)  # fmt: skip
def test_a_header_cannot_make_the_kiosk_work_for_ever(
    here: Kiosk, there: Kiosk, tmp_path: Path, costs: dict[str, object]
) -> None:
    path = tmp_path / "staff.fdgallery"
    here.file.save(path, WORDS)
    magic, header, rest = path.read_bytes().split(b"\n", 2)
    evil = json.dumps(json.loads(header) | costs).encode()
    path.write_bytes(b"\n".join((magic, evil, rest)))
    with pytest.raises(BadInputError, match="not a gallery"):
        there.file.load(path, WORDS)


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b'{"people": 3}', b'{"people": [{}]}', b"\xff", b'{"people": [{"name": 1}]}'],
)
def test_a_document_that_is_none_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(BadInputError):
        gallery_file._people_in(content)


def test_all_or_nothing(here: Kiosk, there: Kiosk, tmp_path: Path) -> None:
    path = tmp_path / "staff.fdgallery"
    here.file.save(path, WORDS)

    def stop(done: int, _total: int, _text: str) -> None:
        if done == 5:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        there.file.load(path, WORDS, stop)
    assert there.people.list() == []


def test_a_short_passphrase_is_refused(here: Kiosk, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="too short"):
        here.file.save(tmp_path / "x", "short")
    assert not (tmp_path / "x").exists()
